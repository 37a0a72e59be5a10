"""What a card says of whom a changed rule reaches is what the code reads."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from storage.rules.changeable import SETTINGS, Reach, Setting
from storage.rules.office import KEYS

ROOT = Path(__file__).parents[2]
OF_THE_DAY = {
    "storage/rules/ladder.py", "handlers/afterwards.py", "handlers/context.py",
    "handlers/digest.py", "handlers/due.py", "handlers/duties.py", "handlers/followup.py",
    "handlers/acceptance.py", "handlers/bulletin.py", "handlers/self_check.py",
    "handlers/report_sending.py", "storage/reports.py", "handlers/rectify_order.py",
}  # fmt: skip
"""Rooms that ask the rules of the day; all others ask those that a filing or draft is under."""
LAW = {
    "bot/settings.py",
    "storage/rules/office.py",
    "storage/rules/changeable.py",
    "handlers/glossary.py",
    "handlers/ruling.py",
}
SAID_WITH_IT = {("days.complete", "storage/rules/ladder.py")}
"""What ``remarks`` says beside the card: of 补正 the last rung follows at once."""
SOURCES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for floor in ("storage", "handlers", "bot", "cards")
    for path in (ROOT / floor).rglob("*.py")
}


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda one: one.key)
def test_a_rule_is_read_where_its_reach_says(setting: Setting) -> None:
    attribute = next(name for name, key in KEYS.items() if key == setting.key)
    reads = re.compile(rf"\.{attribute}\b")
    rooms = {
        name
        for name, source in SOURCES.items()
        if name not in LAW and reads.search(source) and (setting.key, name) not in SAID_WITH_IT
    }
    if setting.reach is Reach.ALL:
        assert rooms <= OF_THE_DAY
    else:
        assert rooms & OF_THE_DAY == set()
