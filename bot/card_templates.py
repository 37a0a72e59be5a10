"""``beian card-templates``: what an operator needs to build the card templates by hand."""

from __future__ import annotations

import json
from pathlib import Path

from cards.render.dingtalk import FORM, REVIEW

# A link to the operators' document, so that an installed package holds it too.
_GUIDE = Path(__file__).with_suffix(".md")
GUIDE = "README.md"


def write(directory: Path, review_id: str, form_id: str) -> list[Path]:
    """Write each manifest, its values for a preview, and the guide; return what was written.

    Raises:
        OSError: the directory cannot be written.
    """
    contents = {}
    for manifest, template_id in ((REVIEW, review_id), (FORM, form_id)):
        example = {variable.name: variable.example for variable in manifest.variables}
        contents[f"{manifest.name}.manifest.json"] = _json(manifest.to_json(template_id))
        contents[f"{manifest.name}.example.json"] = _json(example)
    contents[GUIDE] = _GUIDE.read_text(encoding="utf-8")
    directory.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (directory / name).write_text(content, encoding="utf-8")
    return [directory / name for name in contents]


def _json(whole: object) -> str:
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"
