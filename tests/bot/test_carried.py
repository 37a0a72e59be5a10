"""What an acknowledgement was to carry, where nobody noted that it did."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.app import Bot
from bot.channels.base import Answer, Capabilities, ChannelBusyError, Media, Parcel, Receipt
from bot.delivery import Delivery
from bot.dispatcher import Dispatcher
from bot.metrics import Metrics
from bot.settings import load_settings
from cards.language import Card
from storage import tables as t
from storage.ledger import Ledger
from storage.outbox import Errand
from storage.transaction import Transaction
from tests.bot.test_delivery import DONE, OPEN, Post, post, until
from tests.stories.town import SHIPPED

__all__ = ["post"]


async def test_an_unnoted_answer_is_sent_by_who_was_there_all_the_time(post: Post) -> None:
    later = post.clock.now() + timedelta(seconds=30)
    post.put("答", state="carried", not_before=later)
    post.clock.move(later + timedelta(seconds=1))
    await until(lambda: post.platform.texts == ["答"])


async def test_an_unnoted_answer_is_not_doubled_by_who_came_right_after(post: Post) -> None:
    await post.delivery.stop()
    later = post.clock.now() + timedelta(seconds=30)
    post.put("答", state="carried", not_before=later)
    post.clock.move(post.clock.now() + timedelta(seconds=3))
    heir = Delivery(post.ledger, post.delivery.channels, post.clock.now, Metrics())
    heir.start()
    post.clock.move(later + timedelta(seconds=1))
    heir.wake()
    await until(lambda: post.states() == ["sent"])
    await heir.stop()
    assert post.platform.texts == []


async def test_a_card_that_an_unwritten_ack_was_to_show_is_sent_by_whoever_comes(
    post: Post,
) -> None:
    await post.delivery.stop()
    now = post.clock.now()
    later = now + timedelta(seconds=5)
    post.card(OPEN, state="carried", not_before=later)
    post.clock.move(now + timedelta(seconds=3))
    heir = Delivery(post.ledger, post.delivery.channels, post.clock.now, Metrics())
    heir.start()
    post.clock.move(later)
    heir.wake()
    await until(lambda: post.states() == ["sent"])
    await heir.stop()
    (sent,) = post.platform.got
    # Fresh, never a redraw: others may have the card that was tapped.
    assert (sent.card, sent.redraws, sent.address) == (OPEN, "", "chen")


async def test_a_card_that_was_to_be_shown_and_is_out_of_date_does_not_leave(post: Post) -> None:
    later = post.clock.now() + timedelta(seconds=5)
    post.card(OPEN, state="carried", not_before=later)
    post.ledger.call(lambda tx: tx.outbox.set_live("task:1", {"card": DONE.to_json()}))
    assert post.states() == ["dropped"]


# --- a card that was shown shortened --------------------------------------------------------------


async def shown(post: Post, card: Card = OPEN) -> None:
    """Let an acknowledgement show a card that it had to shorten."""
    post.card(card, state="carried", not_before=post.clock.now() + timedelta(seconds=5))
    seq = post.ledger.call(lambda tx: tx.execute(select(func.max(t.outbox.c.seq))).scalar_one())
    dispatcher = Dispatcher(post.ledger, None, post.clock.now, Metrics())  # type: ignore[arg-type]
    dispatcher.carried(Answer("", str(seq), card, owes=True))
    await dispatcher.stop()


async def test_its_row_leaves_at_once_for_the_rest_and_is_no_new_copy(post: Post) -> None:
    post.card(OPEN)
    await until(lambda: post.states() == ["sent"])
    await shown(post)
    await until(lambda: post.states() == ["sent", "sent"])
    assert [one.shown for one in post.platform.got] == [False, True]
    (copy,) = post.ledger.call(lambda tx: tx.outbox.copies(OPEN.subject))
    assert copy.copy_key == f"copy-{post.platform.got[0].id}"


@pytest.mark.parametrize("unknown", [False, True])
async def test_it_is_known_for_shown_after_a_try_that_failed(post: Post, unknown: bool) -> None:
    post.platform.fails = [ChannelBusyError("busy", 1.0, unknown=unknown), ValueError("odd")]
    await shown(post)
    await until(lambda: len(post.platform.fails) == 1)
    for _ in range(2):
        await until(lambda: post.states() == ["pending"])
        post.clock.move(post.clock.now() + timedelta(seconds=20))
    await until(lambda: post.states() == ["sent"])
    assert [one.shown for one in post.platform.got] == [True]


async def test_it_is_known_for_shown_by_whoever_takes_it_over(post: Post) -> None:
    await post.delivery.stop()
    await shown(post)
    now = post.clock.now()
    for holder in ("a", "b"):
        (errand,) = post.ledger.call(partial(claimed, holder=holder, now=now))
        assert errand.is_shown
        now += timedelta(minutes=3)


def claimed(tx: Transaction, *, holder: str, now: datetime) -> list[Errand]:
    until = now + timedelta(minutes=2)
    return tx.outbox.claim(holder=holder, now=now, lease_until=until, most=1)


@dataclass(slots=True)
class Leaving:
    """A channel that answers a last event while it is being closed."""

    acks: Callable[[], None]
    instance: str = "leaving"
    capabilities: Capabilities = field(default_factory=Capabilities)

    def routes(self, _dispatcher: object) -> list[object]:
        return []

    async def start(self) -> None:
        """Open nothing."""

    async def stop(self) -> None:
        self.acks()

    async def send(self, _parcel: Parcel) -> Receipt:
        raise NotImplementedError

    async def fetch(self, _media: str) -> Media:
        raise NotImplementedError

    def may_send_at(self, _parcel: Parcel, _now: object) -> float:
        return 0.0


async def test_an_answer_that_a_closing_channel_still_carried_is_noted(
    tmp_path: Path, database_url: str, ledger: Ledger
) -> None:
    (tmp_path / "settings.toml").write_bytes(SHIPPED.read_bytes())
    environ = {"BEIAN_DATABASE__URL": database_url, "BEIAN_WEB__PORT": "0"}
    bot = Bot(load_settings(tmp_path / "settings.toml", environ))
    bot.prepare()
    now = bot.clock.now()
    seq = bot.ledger.call(
        lambda tx: tx.outbox.put(
            instance="leaving", address="chen", body={"text": "答"}, now=now,
            not_before=now + timedelta(seconds=30), state="carried", once="ack:1",
        )
    )  # fmt: skip
    leaving = Leaving(lambda: bot.dispatcher.carried(Answer("答", str(seq))))
    bot.channels["leaving"] = leaving  # type: ignore[assignment]
    await bot.start()
    await bot.stop()
    states = await ledger.run(lambda tx: tx.execute(select(t.outbox.c.state)).scalars().all())
    assert states == ["sent"]


async def test_what_is_noted_while_notes_are_written_is_written_too(post: Post) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()
    written: list[int] = []

    class Slow:
        async def run(self, _work: object) -> None:
            written.append(len(written))
            begun.set()
            await go_on.wait()

    dispatcher = Dispatcher(Slow(), None, post.clock.now, Metrics())  # type: ignore[arg-type]
    dispatcher.carried(Answer("一", "1"))
    await begun.wait()
    dispatcher.carried(Answer("二", "2"))
    go_on.set()
    await until(lambda: len(written) == 2)
