"""The law imports the standard library and itself, and reads no clock."""

import ast
import sys
from pathlib import Path

import pytest

import storage.rules

ROOM = Path(storage.rules.__file__).parent
FILES = sorted(ROOM.glob("**/*.py"))
# What would let a rule look at the world: files, sockets, processes, the time, chance.
WORLD = {"os", "io", "pathlib", "socket", "subprocess", "time", "random", "secrets", "zoneinfo"}
CLOCK = {"now", "utcnow", "today"}


def foreign_imports(source: str) -> set[str]:
    """Return what ``source`` imports beyond the standard library's pure part and the room."""
    named: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            named |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            named.add("." * node.level + (node.module or ""))
    allowed = sys.stdlib_module_names - WORLD
    return {
        name
        for name in named
        if name.split(".")[0] not in allowed and not f"{name}.".startswith("storage.rules.")
    }


def clock_reads(source: str) -> set[str]:
    """Return the calls in ``source`` that would read a clock or open a file."""
    return {
        ast.unparse(node.func)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and (
            (isinstance(node.func, ast.Attribute) and node.func.attr in CLOCK)
            or (isinstance(node.func, ast.Name) and node.func.id in {"open", "print", "input"})
        )
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_rule_imports_only_the_standard_library_and_rules(path: Path) -> None:
    assert foreign_imports(path.read_text(encoding="utf-8")) == set()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_rule_reads_no_clock_and_no_file(path: Path) -> None:
    assert clock_reads(path.read_text(encoding="utf-8")) == set()


def test_the_walk_sees_the_whole_room() -> None:
    assert {"terms.py", "workflow.py", "routing.py", "workdays.py"} <= {p.name for p in FILES}


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("import sqlalchemy", {"sqlalchemy"}),
        ("from storage.tables import Filing", {"storage.tables"}),
        ("from storage import ledger", {"storage"}),
        ("import storage.rulesbook", {"storage.rulesbook"}),
        ("def late():\n    import os", {"os"}),
        ("from . import terms", {"."}),
        ("from storage.rules.terms import Act\nimport re", set()),
    ],
)
def test_the_walk_sees_a_foreign_import(source: str, seen: set[str]) -> None:
    assert foreign_imports(source) == seen


def test_the_walk_sees_a_clock() -> None:
    assert clock_reads("from datetime import date\nx = date.today()") == {"date.today"}
