"""The town and its people, fresh for each story, on each database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from zlib import crc32

import pytest

from tests.stories.town import EVERYBODY, Somebody, Town, open_town

PLATFORMS = {"wecom": frozenset[str](), "dingtalk": EVERYBODY}
MAIN_WAY = frozenset({"test_main_path", "test_taps", "test_signing", "test_returns"})
"""The way of a filing itself, which is walked on both platforms."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave every story some platform and some database, and the main path nearly all of them.

    WeCom is met on SQLite, DingTalk on PostgreSQL; the main path meets DingTalk on both. The way
    of a filing meets both platforms, what surrounds it one of them, by the story's name. Stories
    that ask for SQLite meet their platforms there.
    """
    items[:] = [item for item in items if not (_is_apart(item) or _is_elsewhere(item))]


def _is_apart(item: pytest.Item) -> bool:
    met = _met(item)
    has_both = item.path.stem == "test_main_path" or _is_side(item)
    return met == ("postgres", "wecom") or (met == ("sqlite", "dingtalk") and not has_both)


def _is_elsewhere(item: pytest.Item) -> bool:
    platform = _met(item)[1]
    if platform is None or item.path.stem in MAIN_WAY:
        return False
    name = getattr(item, "originalname", item.name)
    return platform != sorted(PLATFORMS)[crc32(f"{item.path.stem}:{name}".encode()) % 2]


def _met(item: pytest.Item) -> tuple[str | None, str | None]:
    params = getattr(getattr(item, "callspec", None), "params", {})
    return params.get("database_url"), params.get("on_dingtalk")


def _is_side(item: pytest.Item) -> bool:
    """Tell whether a story asks for SQLite alone."""
    return any(mark.args[:1] == ("database_url",) for mark in item.iter_markers("parametrize"))


@pytest.fixture(params=PLATFORMS)
def on_dingtalk(request: pytest.FixtureRequest) -> frozenset[str]:
    """Name who has DingTalk on the phone: every story runs once on each platform."""
    people: frozenset[str] = PLATFORMS[request.param]
    return people


@pytest.fixture
async def town(
    tmp_path: Path, database_url: str, on_dingtalk: frozenset[str]
) -> AsyncIterator[Town]:
    town = await open_town(tmp_path, database_url, on_dingtalk=on_dingtalk)
    yield town
    await town.close()


@pytest.fixture
async def city(
    tmp_path: Path, database_url: str, on_dingtalk: frozenset[str]
) -> AsyncIterator[Town]:
    town = await open_town(tmp_path, database_url, whole_city=True, on_dingtalk=on_dingtalk)
    yield town
    await town.close()


@pytest.fixture
def teacher(town: Town) -> Somebody:
    return town.person("chen")


@pytest.fixture
def principal(town: Town) -> Somebody:
    return town.person("lin")
