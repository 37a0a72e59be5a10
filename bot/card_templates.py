"""``beian card-templates``: what an operator needs to build the card template by hand."""

from __future__ import annotations

import json
from pathlib import Path

from cards.render.dingtalk import REVIEW

# A link to the operators' document, so that an installed package holds it too.
_GUIDE = Path(__file__).with_suffix(".md")
GUIDE, MANIFEST, EXAMPLE = "README.md", "review.manifest.json", "review.example.json"


def write(directory: Path, template_id: str) -> list[Path]:
    """Write the manifest, the values for a preview and the guide; return what was written.

    Raises:
        OSError: the directory cannot be written.
    """
    example = {variable.name: variable.example for variable in REVIEW.variables}
    contents = {
        MANIFEST: _json(REVIEW.to_json(template_id)),
        EXAMPLE: _json(example),
        GUIDE: _GUIDE.read_text(encoding="utf-8"),
    }
    directory.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (directory / name).write_text(content, encoding="utf-8")
    return [directory / name for name in contents]


def _json(whole: object) -> str:
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"
