"""Writes the golden drawings anew; look at the difference before it is committed.

Run ``python -m tests.cards.draw_golden``.
"""

from __future__ import annotations

import json
from pathlib import Path

from cards.render.dingtalk import render as on_dingtalk
from cards.render.text import render as as_text
from cards.render.wecom import render, render_update
from tests.cards.samples import CARDS

GOLDEN = Path(__file__).parent / "golden"


def main() -> None:
    """Draw every sample card."""
    (GOLDEN / "dingtalk").mkdir(parents=True, exist_ok=True)
    for name, card in CARDS.items():
        drawn = {
            "send": render(card, agent_id=1000002, task_id="inst-7"),
            "update": render_update(card, agent_id=1000002, response_code="code"),
        }
        text = json.dumps(drawn, ensure_ascii=False, indent=1) + "\n"
        (GOLDEN / f"{name}.json").write_text(text, encoding="utf-8")
        params = json.dumps(on_dingtalk(card)._asdict(), ensure_ascii=False, indent=1) + "\n"
        (GOLDEN / "dingtalk" / f"{name}.json").write_text(params, encoding="utf-8")
        (GOLDEN / f"{name}.txt").write_text(as_text(card) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
