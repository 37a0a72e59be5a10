"""The town and its people, fresh for each story, on each database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.stories.town import Somebody, Town, open_town


@pytest.fixture
async def town(tmp_path: Path, database_url: str) -> AsyncIterator[Town]:
    town = await open_town(tmp_path, database_url)
    yield town
    await town.close()


@pytest.fixture
async def city(tmp_path: Path, database_url: str) -> AsyncIterator[Town]:
    town = await open_town(tmp_path, database_url, whole_city=True)
    yield town
    await town.close()


@pytest.fixture
def teacher(town: Town) -> Somebody:
    return town.person("chen")


@pytest.fixture
def principal(town: Town) -> Somebody:
    return town.person("lin")
