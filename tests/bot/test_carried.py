"""What an acknowledgement was to carry, where nobody noted that it did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from bot.app import Bot
from bot.channels.base import Answer, Capabilities, Media, Parcel, Receipt
from bot.delivery import Delivery
from bot.metrics import Metrics
from bot.settings import load_settings
from storage import tables as t
from storage.ledger import Ledger
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
