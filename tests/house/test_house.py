"""The house is the house: names, floors, letters, lengths, and nothing of any machine inside."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FLOORS = ("bot", "handlers", "cards", "storage")
# What may not be named anywhere: spelt in pieces, for this file is read as well.
ALIEN = re.compile(
    "|".join(
        (
            r"/wor" + "k/",
            r"/far" + "m/",
            r"pyp" + r"i\.org",
            r"pythonhoste" + r"d\.",
            r"npmj" + r"s\.",
            r"debian\.or" + "g",
            r"/op" + "t/",
            r"/tm" + "p/",
            r"/roo" + "t/",
            r"/hom" + "e/",
        )
    )
)


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def sources() -> list[Path]:
    return [path for path in tracked() if path.suffix == ".py"]


def test_no_file_has_outgrown_its_room() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in sources()
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert long == {}


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in sources()
        if path.read_text(encoding="utf-8").strip()
        and ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) is None
        and "tests" not in path.parts
    ]
    assert silent == []


def test_nothing_of_a_machine_or_a_registry_is_named() -> None:
    named = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked()
        if "vendor" not in path.parts and path.suffix not in {".png", ".ico", ".woff2"}
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1)
        if ALIEN.search(line)
    ]
    assert named == []


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_holds_hashes_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "--hash=sha256:" in text
    assert "index-url" not in text and "://" not in text


@pytest.mark.parametrize("floor", FLOORS)
def test_our_floors_are_not_shadowed_by_a_package_of_the_same_name(floor: str) -> None:
    place = Path(str(importlib.import_module(floor).__file__))
    assert place == ROOT / floor / "__init__.py"


def test_every_letter_of_the_workflow_stands_in_the_architecture_page() -> None:
    from storage.rules.followup import FOLLOWUP_MOVES
    from storage.rules.reports import REPORT_MOVES
    from storage.rules.workflow import FILING_MOVES, TASK_MOVES

    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    expected = [
        f"| {move.letter} | {stage.label} | {act.label} | "
        f"{'、'.join(role.label for role in move.by)} | {move.to.label} | {move.says} |"
        for moves in (FILING_MOVES, TASK_MOVES)
        for (stage, act), move in moves.items()
    ]
    expected += [
        f"| {move.letter} | {kind.label} | {state.label} | {act.label} | "
        f"{'、'.join(role.label for role in move.by)} | {move.to.label} | {move.says} |"
        for (kind, state, act), move in FOLLOWUP_MOVES.items()
    ]
    expected += [
        f"| {move.letter} | {state.label} | {act.label} | {move.to.label} | {move.says} |"
        for (state, act), move in REPORT_MOVES.items()
    ]
    assert [line for line in expected if line not in page] == []


def test_every_button_s_verb_has_a_handler() -> None:
    from bot.matters import ROUTERS
    from handlers.router import Routes

    known = set(Routes.of(ROUTERS).taps)
    written = {
        match.group(1)
        for path in sources()
        if path.relative_to(ROOT).parts[0] in {"cards", "handlers"}
        for match in re.finditer(
            r"""Tap\(\s*f?["']([a-z_]+\.[a-z_]+)["']""", path.read_text("utf-8")
        )
    }
    assert written and written - known == set()


def test_handlers_never_wait_and_never_ask_the_time() -> None:
    offenders = []
    for path in sources():
        if path.relative_to(ROOT).parts[0] != "handlers":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.expr | ast.stmt):
                continue
            waits = isinstance(node, ast.Await | ast.AsyncFunctionDef)
            asks = (
                isinstance(node, ast.Attribute)
                and node.attr in {"now", "today", "utcnow"}
                and isinstance(node.value, ast.Name)
                and node.value.id in {"datetime", "date"}
            )
            if waits or asks:
                offenders.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert offenders == []
