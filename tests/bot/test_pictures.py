"""Pictures follow the words, and whatever becomes of one holds up nothing and nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.annex import DrawingBusyError, DrawingError
from bot.channels.base import (
    Capabilities,
    ChannelBusyError,
    ChannelRefusedError,
    Parcel,
    Receipt,
)
from bot.ends import PICTURE_PATIENCE
from storage import tables as t
from storage.transaction import Transaction
from tests.bot.test_delivery import Platform, Post, post, until

__all__ = ["post"]

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
WISH = {"title": "公告", "address": "http://x/f/1", "picture": "http://x/f/1.png"}


@dataclass
class Gallery(Platform):
    """A platform that shows pictures, and fails at those alone as it is told to."""

    capabilities: Capabilities = field(default_factory=lambda: Capabilities(pictures=True))
    refuses: list[Exception] = field(default_factory=list)

    async def send(self, parcel: Parcel) -> Receipt:
        if parcel.picture is not None and self.refuses:
            raise self.refuses.pop(0)
        return await Platform.send(self, parcel)


class Easel:
    """Draws nothing but what it is told to, or fails."""

    def __init__(self, *fails: Exception) -> None:
        self.fails = list(fails)

    async def draw(self, wish: Mapping[str, Any]) -> bytes:
        if self.fails:
            raise self.fails.pop(0)
        return f"picture of {wish['address']}".encode()


def put_both(post: Post) -> None:
    """Put out words, the picture, and the words of another day."""
    post.put("公告", "group")
    now = post.clock.now()

    def picture(tx: Transaction) -> None:
        tx.outbox.put(instance="wecom", address="group", body={"picture": WISH}, now=now)

    post.ledger.call(picture)
    post.put("下一条", "group")


def note(post: Post) -> str:
    rows = post.ledger.call(lambda tx: list(tx.execute(select(t.outbox.c.note)).scalars()))
    return str(rows[1])


@pytest.fixture
def shown(post: Post) -> Post:
    """A platform that shows pictures, and a worker that draws them."""
    post.platform = Gallery()
    post.delivery.channels = {"wecom": post.platform}  # type: ignore[dict-item]
    post.delivery.draw = Easel().draw
    return post


async def test_a_picture_is_drawn_when_it_leaves_and_follows_the_words(shown: Post) -> None:
    put_both(shown)
    await until(lambda: shown.states() == ["sent"] * 3)
    words, picture, _ = shown.platform.got
    assert words.picture is None and picture.picture is not None
    assert picture.picture.content == b"picture of http://x/f/1"
    assert (picture.picture.address, picture.text) == ("http://x/f/1.png", "")


async def test_where_no_pictures_are_shown_the_words_stand_alone(post: Post) -> None:
    post.delivery.draw = Easel().draw
    put_both(post)
    await until(lambda: post.states() == ["sent", "dropped", "sent"])
    assert (post.platform.texts, note(post)) == (["公告", "下一条"], "picture: no-pictures")


@pytest.mark.parametrize(
    ("drawing", "platform", "why"),
    [
        ([DrawingError("unsound")], [], "picture: not-drawn"),
        ([], [ChannelRefusedError("93018")], "picture: 93018"),
        ([], [ChannelRefusedError("93000", person=True, gone=True)], "picture: 93000"),
        ([], [ChannelBusyError("timed out", 1, unknown=True)], "picture: timed out"),
        ([], [ValueError("odd")], "picture: odd"),
    ],
)
async def test_a_picture_that_cannot_be_had_is_let_go_at_once(
    shown: Post, drawing: list[Exception], platform: list[Exception], why: str
) -> None:
    shown.delivery.draw = Easel(*drawing).draw
    assert isinstance(shown.platform, Gallery)
    shown.platform.refuses = platform
    put_both(shown)
    await until(lambda: shown.states() == ["sent", "dropped", "sent"])
    assert (shown.platform.texts, note(shown)) == (["公告", "下一条"], why)


async def test_a_picture_waits_for_its_turn_a_few_times_only(shown: Post) -> None:
    shown.delivery.draw = Easel(*[DrawingBusyError()] * 9).draw
    put_both(shown)

    async def time_passes() -> None:
        while shown.states() != ["sent", "dropped", "sent"]:
            shown.clock.move(shown.clock.now() + timedelta(hours=1))
            shown.delivery.wake()
            # Moved under a row that is on its way, it would end the row's lease.
            await shown.delivery.idle()

    await asyncio.wait_for(time_passes(), 60)
    tries = shown.ledger.call(lambda tx: list(tx.execute(select(t.outbox.c.attempts)).scalars()))
    assert tries == [1, PICTURE_PATIENCE, 1]
