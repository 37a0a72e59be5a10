"""Each import contract is seen red once, on a copy of the house with one wrong import in it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FLOORS = ("bot", "handlers", "cards", "storage")


def lint(house: Path) -> str:
    run = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=house,
        capture_output=True,
        text=True,
        check=False,
    )
    return run.stdout + run.stderr


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the house's code and contracts."""
    copy = tmp_path_factory.mktemp("house")
    shutil.copy(ROOT / "pyproject.toml", copy)
    for floor in FLOORS:
        shutil.copytree(
            ROOT / floor, copy / floor, ignore=shutil.ignore_patterns("__pycache__", "static")
        )
    return copy


def test_the_house_as_it_stands_keeps_every_contract(house: Path) -> None:
    assert "0 broken" in lint(house)


@pytest.mark.parametrize(
    ("room", "wrong_import", "contract"),
    [
        ("storage/ids.py", "import cards.language", "Four floors, one direction"),
        ("cards/language.py", "import handlers.events", "Four floors, one direction"),
        ("handlers/links.py", "import bot.clock", "Four floors, one direction"),
        ("storage/rules/terms.py", "import storage.ids", "The law knows nothing but itself"),
        ("storage/rules/terms.py", "import sqlalchemy", "The law knows nothing but itself"),
        ("bot/sandbox/clock.py", "import bot.clock", "The sandbox is the world outside"),
        ("bot/sandbox/clock.py", "import cards.language", "The sandbox is the world outside"),
        ("bot/sandbox/dingtalk/rules.py", "import bot.app", "The sandbox is the world outside"),
        ("bot/clock.py", "import bot.sandbox.clock", "Only the demo opens the sandbox"),
        (
            "handlers/links.py",
            "import aiohttp",
            "HTTP, scheduler and platforms live under the roof",
        ),
        ("storage/ids.py", "import wechatpy", "HTTP, scheduler and platforms live under the roof"),
        ("handlers/links.py", "import sqlalchemy", "SQL lives in the ledger"),
        ("bot/clock.py", "import sqlalchemy", "SQL lives in the ledger"),
        ("cards/language.py", "import urllib.request", "Drawing does no input or output"),
        ("storage/ids.py", "import storage.tasks", "No circle between files"),
        ("handlers/links.py", "import handlers.context", "No circle between files"),
    ],
)
def test_a_wrong_import_turns_its_contract_red(
    house: Path, room: str, wrong_import: str, contract: str
) -> None:
    path = house / room
    sound = path.read_text(encoding="utf-8")
    try:
        path.write_text(f"{sound}\n\n{wrong_import}\n", encoding="utf-8")
        assert f"{contract} BROKEN" in lint(house)
    finally:
        path.write_text(sound, encoding="utf-8")
