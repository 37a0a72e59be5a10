"""What each room may import, where the contracts cannot say it, and what the parcel holds."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FLOORS = ("bot", "handlers", "cards", "storage")
OUTSIDE_OF_THE_BOT = {"aiohttp", "jinja2", "wechatpy", "xmltodict"}
# What is needed by name only: a driver, an index's extra, the zones of machines without any.
NEVER_IMPORTED = {"psycopg", "tzdata"}
OTHER_NAMES = {
    "chinesecalendar": "chinese_calendar",
    "python-calamine": "python_calamine",
    "prometheus-client": "prometheus_client",
    "aiohttp-jinja2": "aiohttp_jinja2",
}


def imported(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield (file, module) for each absolute import below ``folder``."""
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                for one in node.names:
                    yield str(path.relative_to(folder)), one.name
            elif isinstance(node, ast.ImportFrom):
                yield str(path.relative_to(folder)), "." * node.level + (node.module or "")


def strangers(folder: Path, allowed: set[str], within: str) -> list[str]:
    """Return the imports below ``folder`` that are neither standard, ``allowed`` nor ``within``."""
    return [
        f"{path}: {module}"
        for path, module in imported(folder)
        if module.split(".")[0] not in sys.stdlib_module_names | allowed
        and not f"{module}.".startswith(f"{within}.")
    ]


def test_the_law_knows_the_standard_library_and_itself() -> None:
    assert strangers(ROOT / "storage/rules", set(), "storage.rules") == []


def test_the_sandbox_knows_nothing_of_the_bot() -> None:
    assert strangers(ROOT / "bot/sandbox", OUTSIDE_OF_THE_BOT, "bot.sandbox") == []


@pytest.mark.parametrize(
    "line",
    [
        "import sqlalchemy",
        "from storage import ids",
        "from storage.rulesets import x",
        "import bot",
    ],
)
def test_a_stranger_in_the_law_is_seen(tmp_path: Path, line: str) -> None:
    (tmp_path / "terms.py").write_text(
        f"import datetime\nfrom storage.rules.terms import x\n{line}\n"
    )
    assert len(strangers(tmp_path, set(), "storage.rules")) == 1


def test_every_import_resolves_inside_our_own_distribution_or_a_declared_one() -> None:
    declared = dependencies()
    unknown = {
        module.split(".")[0]
        for floor in FLOORS
        for _path, module in imported(ROOT / floor)
        if module.split(".")[0] not in sys.stdlib_module_names | declared | set(FLOORS)
    }
    assert unknown == set()


def test_nothing_is_declared_that_nobody_imports() -> None:
    used = {module.split(".")[0] for floor in FLOORS for _path, module in imported(ROOT / floor)}
    assert dependencies() - used - NEVER_IMPORTED == set()


def dependencies() -> set[str]:
    """Return the import names of the run-time dependencies that ``pyproject.toml`` declares."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    names = [re.split(r"[\[<>=;~! ]", one)[0] for one in declared["project"]["dependencies"]]
    return {OTHER_NAMES.get(name, name) for name in names}


def test_the_wheel_holds_every_file_of_the_floors(tmp_path: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", *FLOORS], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout
    ours = {name for name in listed.split("\0") if name and (ROOT / name).is_file()}
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as parcel:
        packed = set(parcel.namelist())
    assert ours - packed == set()
    assert {name.split("/")[0] for name in packed} - {*FLOORS} == {
        f"{'-'.join(wheel.name.split('-')[:2])}.dist-info"
    }
