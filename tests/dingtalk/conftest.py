"""The cast of DingTalk's tests, and on which database those of groups and desks play."""

from __future__ import annotations

from zlib import crc32

import pytest

from tests.conftest import KINDS
from tests.dingtalk.platform import odd, office

__all__ = ["odd", "office"]
IN_TURN = frozenset({"test_groups", "test_department", "test_town_form"})
"""What is said here is about the platform: each is met on one database, by its name."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items[:] = [item for item in items if not _is_elsewhere(item)]


def _is_elsewhere(item: pytest.Item) -> bool:
    kind = getattr(getattr(item, "callspec", None), "params", {}).get("database_url")
    if kind is None or item.path.stem not in IN_TURN:
        return False
    return kind != KINDS[crc32(getattr(item, "originalname", item.name).encode()) % 2]
