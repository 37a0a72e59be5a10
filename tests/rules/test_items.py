"""What a part of a project consists of, and which letter its approval gives."""

import pytest

from storage.rules.items import Item, items_of, kinds_covered
from storage.rules.terms import Kind

APP, DEVICE, BOTH = Kind.APP, Kind.TERMINAL, Kind.BOTH


@pytest.mark.parametrize(
    ("kind", "apps", "names"),
    [
        # one thing is decided as it is
        (APP, [], ""),
        (APP, ["云阅读"], ""),
        (APP, ["云阅读", "云阅读"], ""),
        # applications one by one
        (APP, ["云阅读", "口算宝"], "云阅读 口算宝"),
        # devices are one thing whatever runs on them
        (DEVICE, ["云阅读", "口算宝"], ""),
        # a unit's project in one part holds both
        (BOTH, [], ""),
        (BOTH, ["云阅读"], "终端 云阅读"),
    ],
)
def test_items_are_what_can_be_told_apart(kind: Kind, apps: list[str], names: str) -> None:
    assert " ".join(one.name for one in items_of(kind, apps)) == names


@pytest.mark.parametrize(
    ("kind", "approved", "covered"),
    [
        (APP, None, {APP}),
        (DEVICE, None, {DEVICE}),
        (BOTH, None, {APP, DEVICE}),
        (BOTH, {"终端": True, "云阅读": False}, {DEVICE}),
        (BOTH, {"终端": False, "云阅读": True}, {APP}),
        (BOTH, {"终端": True, "云阅读": True}, {APP, DEVICE}),
        (APP, {"云阅读": True, "口算宝": False}, {APP}),
    ],
)
def test_an_approval_covers_the_kinds_of_what_was_approved(
    kind: Kind, approved: dict[str, bool] | None, covered: set[Kind]
) -> None:
    items = (Item("终端", DEVICE), Item("云阅读", APP), Item("口算宝", APP))
    assert kinds_covered(kind, items, approved) == covered
