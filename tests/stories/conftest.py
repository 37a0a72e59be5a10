"""The town and its people, fresh for each story, on each database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from zlib import crc32

import pytest

from tests.stories.town import EVERYBODY, Somebody, Town, open_town

PLATFORMS = {"wecom": frozenset[str](), "dingtalk": EVERYBODY}
SURROUNDING = frozenset(
    f"test_{matter}"
    for matter in (
        "absence", "annex", "appeals", "batch", "changes", "corrections", "differences", "figures",
        "followups", "handing_on", "harms", "inspection", "items", "mornings", "owner", "paper",
        "pilots", "rerouting", "rescue", "reuse", "several_roles", "standing", "stops",
        "undoing", "urging", "workdays",
    )
)  # fmt: skip
"""What surrounds the way of a filing."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave every story each database and each platform, but not all four together.

    WeCom is met on SQLite; PostgreSQL is met with DingTalk. The way of a filing itself is met on
    both platforms throughout; of what surrounds it a side story has one of them, by its name.
    """
    items[:] = [item for item in items if not (_is_fourth(item) or _is_elsewhere(item))]


def _is_fourth(item: pytest.Item) -> bool:
    params = getattr(getattr(item, "callspec", None), "params", {})
    return (params.get("database_url"), params.get("on_dingtalk")) == ("postgres", "wecom")


def _is_elsewhere(item: pytest.Item) -> bool:
    is_side = any(mark.args[:1] == ("database_url",) for mark in item.iter_markers("parametrize"))
    platform = getattr(getattr(item, "callspec", None), "params", {}).get("on_dingtalk")
    if not is_side or platform is None or item.path.stem not in SURROUNDING:
        return False
    name = getattr(item, "originalname", item.name)
    return platform != sorted(PLATFORMS)[crc32(f"{item.path.stem}:{name}".encode()) % 2]


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
