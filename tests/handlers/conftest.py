"""A small school for each test, closed afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.handlers.forms import Form
from tests.handlers.school import School, Someone, open_school


@pytest.fixture
def open_one(tmp_path: Path) -> Iterator[Callable[..., School]]:
    """Open schools with their office's rules; all are closed in the end."""
    opened: list[School] = []

    def open_with(**rules: Any) -> School:
        opened.append(open_school(f"sqlite:///{tmp_path}/school{len(opened)}.db", **rules))
        return opened[-1]

    yield open_with
    for school in opened:
        school.ledger.close()


@pytest.fixture
def school(open_one: Callable[..., School]) -> School:
    return open_one()


@pytest.fixture
def on_each_database(database_url: str) -> Iterator[School]:
    school = open_school(database_url)
    yield school
    school.ledger.close()


@pytest.fixture
def teacher(school: School) -> Someone:
    return school.person("chen")


@pytest.fixture
def principal(school: School) -> Someone:
    return school.person("lin")


@pytest.fixture
def filler(school: School) -> Someone:
    return Someone(school, "chen", fills=True)


@pytest.fixture
def form(filler: Someone) -> Form:
    filler.says("备案").taps("应用")
    return Form(filler)
