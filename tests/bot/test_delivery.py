"""Sending: every row ends, each arrives once, and a redraw follows what changed on the way."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from sqlalchemy import select

from bot.channels.base import (
    Capabilities,
    ChannelBusyError,
    ChannelRefusedError,
    Media,
    Parcel,
    Receipt,
)
from bot.clock import Clock
from bot.delivery import AT_ONCE, Delivery
from bot.ends import PATIENCE
from bot.metrics import Metrics
from cards.language import Button, Card, Tap
from storage import tables as t
from storage.crypto import FieldCipher, KeyRing
from storage.ledger import Ledger
from storage.migrations import migrate
from storage.rules.workdays import Day
from storage.transaction import Transaction

OPEN = Card("待审核", subject="task:1", buttons=(Button("同意", Tap("x", "1", 1)),))
DONE = Card("已办", subject="task:1", done="已同意")


class Weekdays:
    def day(self, on: object) -> Day:
        return Day(True, False)


@dataclass
class Platform:
    """A channel that keeps what it got and fails as it is told to."""

    instance: str = "wecom"
    capabilities: Capabilities = field(default_factory=Capabilities)
    got: list[Parcel] = field(default_factory=list)
    fails: list[Exception] = field(default_factory=list)
    gate: asyncio.Event | None = None

    def routes(self, dispatcher: object) -> list[object]:
        return []

    async def start(self) -> None: ...
    async def stop(self) -> None: ...

    async def send(self, parcel: Parcel) -> Receipt:
        if self.gate is not None:
            await self.gate.wait()
        if self.fails:
            raise self.fails.pop(0)
        self.got.append(parcel)
        return Receipt(f"copy-{parcel.id}", f"code-{parcel.id}")

    async def fetch(self, media: str) -> Media:
        raise NotImplementedError(media)

    def may_send_at(self, parcel: Parcel, now: datetime) -> float:
        return 0.0

    @property
    def texts(self) -> list[str]:
        return [parcel.text or (parcel.card.title if parcel.card else "") for parcel in self.got]


@dataclass
class Post:
    """A ledger, a sender and a platform."""

    ledger: Ledger
    delivery: Delivery
    platform: Platform
    clock: Clock

    def put(self, text: str, to: str = "chen", **more: object) -> None:
        now = self.clock.now()
        self.ledger.call(
            lambda tx: tx.outbox.put(
                instance="wecom",
                address=to,
                body={"text": text},
                now=now,
                **more,  # type: ignore[arg-type]
            )
        )

    def card(self, card: Card, address: str = "chen", **more: object) -> None:
        now = self.clock.now()
        self.ledger.call(
            lambda tx: tx.outbox.put(
                instance="wecom",
                address=address,
                body={"card": card.to_json()},
                now=now,
                subject=card.subject,
                **more,  # type: ignore[arg-type]
            )
        )

    def states(self) -> list[str]:
        def read(tx: Transaction) -> list[str]:
            return list(tx.execute(select(t.outbox.c.state).order_by(t.outbox.c.seq)).scalars())

        return self.ledger.call(read)


@pytest.fixture
async def post(database_url: str) -> AsyncIterator[Post]:
    migrate(database_url)
    cipher = FieldCipher(KeyRing({"k": b"d" * 32}, "k", b"i" * 32))
    ledger = Ledger(database_url, cipher, Weekdays()).open()
    clock, platform = Clock(), Platform()
    clock.move(datetime(2026, 3, 12, 2, 0, tzinfo=UTC))
    delivery = Delivery(ledger, {"wecom": platform}, clock.now, Metrics())  # type: ignore[dict-item]
    ledger.on_outbox = delivery.wake
    clock.on_move(delivery.wake)
    delivery.start()
    yield Post(ledger, delivery, platform, clock)
    await delivery.stop()
    ledger.close()


async def until(holds: Callable[[], bool]) -> None:
    """Wait for something that must come true; the test's own timeout is the limit."""
    while not holds():  # noqa: ASYNC110
        await asyncio.sleep(0.005)


async def test_a_commit_wakes_the_sender(post: Post) -> None:
    post.put("您好")
    await until(lambda: post.platform.texts == ["您好"])
    await post.delivery.idle()
    assert post.states() == ["sent"]


async def test_a_busy_platform_is_asked_again_and_hears_it_once(post: Post) -> None:
    post.platform.fails = [ChannelBusyError("busy", 1), ChannelBusyError("busy", 1)]
    post.put("您好")
    for _ in range(2):
        left = len(post.platform.fails)
        await until(
            lambda left=left: post.states() == ["pending"] and len(post.platform.fails) < left
        )
        # Past the pause, but not past a lease: that would be one more try.
        post.clock.move(post.clock.now() + timedelta(seconds=10))
    await until(lambda: post.states() == ["sent"])
    assert post.platform.texts == ["您好"]
    assert post.platform.got[0].attempt == 3


async def test_a_refused_row_says_why_and_lets_the_next_one_pass(post: Post) -> None:
    post.platform.fails = [ChannelRefusedError("81013", person=True)]
    post.put("没有人")
    post.put("下一条")
    await until(lambda: post.states() == ["refused", "sent"])
    note = post.ledger.call(lambda tx: tx.execute(select(t.outbox.c.note)).scalars().first())
    assert note == "81013"


async def test_a_platform_that_stays_away_ends_in_a_parked_row(post: Post) -> None:
    post.platform.fails = [ChannelBusyError("away", 1) for _ in range(30)]
    post.put("您好")

    async def time_passes() -> None:
        while post.states() != ["parked"]:
            post.clock.move(post.clock.now() + timedelta(hours=1))
            await asyncio.sleep(0.01)

    await asyncio.wait_for(time_passes(), 60)
    assert post.platform.texts == []


async def test_a_time_out_after_accepting_marks_the_next_try_as_doubtful(post: Post) -> None:
    post.platform.fails = [
        ChannelBusyError("timed out", 1, unknown=True),
        ChannelBusyError("busy", 1),
    ]
    post.put("您好")
    for left in (1, 0):
        await until(
            lambda left=left: post.states() == ["pending"] and len(post.platform.fails) == left
        )
        post.clock.move(post.clock.now() + timedelta(hours=1))
    await until(lambda: post.states() == ["sent"])
    assert post.platform.got[0].doubtful


async def test_a_row_whose_sender_died_is_doubtful(post: Post) -> None:
    post.platform.gate = asyncio.Event()
    post.put("您好")
    await until(lambda: post.states() == ["leased"])
    later = post.clock.now() + timedelta(minutes=10)
    (again,) = post.ledger.call(
        lambda tx: tx.outbox.claim(holder="b", now=later, lease_until=later, most=1)
    )
    assert again.doubtful
    post.platform.gate.set()


async def test_a_row_for_no_channel_is_parked(post: Post) -> None:
    now = post.clock.now()
    post.ledger.call(
        lambda tx: tx.outbox.put(instance="pigeon", address="x", body={"text": "咕"}, now=now)
    )
    await until(lambda: post.states() == ["parked"])


async def test_what_was_sealed_is_opened_on_its_way(post: Post) -> None:
    now = post.clock.now()

    def put(tx: Transaction) -> None:
        body = {"sealed": tx.outbox.seal("手机号码 13857712345")}
        tx.outbox.put(instance="wecom", address="a", body=body, now=now)

    post.ledger.call(put)
    await until(lambda: post.platform.texts == ["手机号码 13857712345"])


async def test_a_broken_row_does_not_stop_the_others(post: Post) -> None:
    now = post.clock.now()
    post.ledger.call(
        lambda tx: tx.outbox.put(instance="wecom", address="a", body={"card": {"v": 99}}, now=now)
    )
    post.put("好的")
    await until(lambda: post.platform.texts == ["好的"])


async def test_a_channel_that_must_be_put_right_keeps_what_it_has(post: Post) -> None:
    post.platform.fails = [ChannelRefusedError("40001", stop=True)]
    post.put("您好")
    await until(lambda: post.platform.fails == [] and post.states() == ["pending"])
    post.clock.move(post.clock.now() + timedelta(seconds=300))
    await until(lambda: post.platform.texts == ["您好"])


async def test_what_fails_for_an_unknown_reason_is_tried_again_and_then_left_to_a_person(
    post: Post,
) -> None:
    most = PATIENCE // 3
    post.platform.fails = [ValueError("odd")] * (most + 1)
    post.put("您好")
    for left in range(most, 1, -1):
        await until(lambda: len(post.platform.fails) == left and post.states() == ["pending"])  # noqa: B023
        post.clock.move(post.clock.now() + timedelta(minutes=16))
    await until(lambda: post.states() == ["parked"])
    assert len(post.platform.fails) == 1


async def test_no_more_than_so_many_are_on_their_way_at_once(post: Post) -> None:
    post.platform.gate = asyncio.Event()
    for at in range(AT_ONCE + 6):
        post.put("您好", to=f"person{at}")
    await until(lambda: post.states().count("leased") == AT_ONCE)
    post.delivery.wake()
    await asyncio.sleep(0.05)
    assert post.states().count("pending") == 6
    post.platform.gate.set()
    await post.delivery.idle()
    assert len(post.platform.texts) == AT_ONCE + 6


async def test_a_card_that_changed_on_its_way_is_redrawn_when_it_arrives(post: Post) -> None:
    post.platform.gate = asyncio.Event()
    post.card(OPEN)
    await until(lambda: post.states() == ["leased"])
    body = {"card": DONE.to_json()}
    post.ledger.call(lambda tx: tx.outbox.set_live("task:1", body))
    post.platform.gate.set()
    await until(lambda: post.platform.texts == ["待审核", "已办"])
    first, second = post.platform.got
    assert second.redraws == f"copy-{first.id}"
    assert second.redraw_code == f"code-{first.id}"


async def test_a_code_works_once(post: Post) -> None:
    post.card(OPEN)
    await until(lambda: post.states() == ["sent"])
    await post.delivery.idle()
    (copy,) = post.ledger.call(lambda tx: tx.outbox.copies("task:1"))
    now = post.clock.now()
    post.ledger.call(
        lambda tx: tx.outbox.put(
            instance="wecom",
            address="chen",
            body={"card": DONE.to_json()},
            now=now,
            subject="task:1",
            redraws=copy.copy_key,
            redraw_code=copy.redraw_code,
        )
    )
    await until(lambda: len(post.platform.got) == 2)
    await post.delivery.idle()
    (copy,) = post.ledger.call(lambda tx: tx.outbox.copies("task:1"))
    assert copy.redraw_code == ""


async def test_what_waits_for_the_morning_leaves_when_the_clock_gets_there(post: Post) -> None:
    morning = post.clock.now() + timedelta(hours=22)
    post.put("早上好", not_before=morning)
    await post.delivery.idle()
    assert post.platform.texts == []
    post.clock.move(morning + timedelta(seconds=1))
    await until(lambda: post.platform.texts == ["早上好"])


async def test_what_could_not_leave_by_day_waits_for_the_morning_and_holds_up_no_answer(
    post: Post,
) -> None:
    evening, morning = (post.clock.now() + timedelta(hours=hours) for hours in (8, 22))
    post.delivery.told_at = lambda _tenant, now, _tx: morning if evening <= now < morning else now
    post.platform.fails = [ChannelBusyError("busy", 1)]
    post.put("快到时限", hours_of="330302")
    await until(lambda: not post.platform.fails and post.states() == ["pending"])
    post.clock.move(evening)
    await until(lambda: post.states() == ["pending"] and not post.delivery._sending)
    post.put("您问的办件")
    post.put("暂停使用")
    await until(lambda: post.platform.texts == ["您问的办件", "暂停使用"])
    post.clock.move(morning)
    await until(lambda: post.platform.texts[2:] == ["快到时限"])
    # Having been put off was no try.
    assert post.platform.got[-1].attempt == 2


async def test_stopping_lets_what_is_on_its_way_arrive(post: Post) -> None:
    post.platform.gate = asyncio.Event()
    post.put("再等一下")
    await until(lambda: post.states() == ["leased"])
    stopping = asyncio.ensure_future(post.delivery.stop())
    post.platform.gate.set()
    await stopping
    assert (post.platform.texts, post.states()) == (["再等一下"], ["sent"])


async def test_stopping_waits_for_what_is_being_claimed(post: Post) -> None:
    claiming, go_on = threading.Event(), threading.Event()

    def hold(point: str) -> None:
        if point == "commit.pre":
            claiming.set()
            go_on.wait(10)

    await post.delivery.stop()
    post.put("再等一下")
    post.ledger.at = hold
    heir = Delivery(post.ledger, post.delivery.channels, post.clock.now, Metrics())
    heir.start()
    await until(claiming.is_set)
    stopping = asyncio.ensure_future(heir.stop())
    await asyncio.sleep(0)
    go_on.set()
    await stopping
    assert (post.platform.texts, post.states()) == (["再等一下"], ["sent"])


async def test_a_sender_with_nothing_to_send_rests(post: Post) -> None:
    await post.delivery.idle()
    points: list[str] = []
    post.ledger.at = points.append
    await asyncio.sleep(0.2)
    assert points.count("commit.pre") < 5


async def test_what_may_go_in_a_moment_leaves_in_a_moment(post: Post) -> None:
    post.put("稍后", not_before=post.clock.now() + timedelta(seconds=0.2))
    async with asyncio.timeout(5):
        await until(lambda: post.platform.texts == ["稍后"])


async def test_a_database_that_was_away_for_a_while_does_not_end_the_sending(post: Post) -> None:
    away = [psycopg.OperationalError("the connection is lost") for _ in range(5)]

    def lost(point: str) -> None:
        if point == "commit.pre" and away:
            raise away.pop()

    post.put("前")
    await until(lambda: post.states() == ["sent"])
    post.ledger.at = lost
    post.delivery.wake()
    await until(lambda: not away)
    post.put("后")
    await until(lambda: post.platform.texts[-1] == "后")
