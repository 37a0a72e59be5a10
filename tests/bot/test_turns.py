"""One conversation is answered in its order, also where the database has many writers."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from sqlalchemy import select

from bot.dispatcher import Dispatcher
from bot.metrics import Metrics
from cards.language import Card
from handlers.context import Carried, body_of
from handlers.events import Event, Said
from handlers.switchboard import Switchboard
from storage import tables as t
from storage.ledger import Ledger
from storage.transaction import Transaction

NOW = datetime(2026, 3, 12, 2, tzinfo=UTC)


@dataclass
class Board:
    """Answers each event after so many seconds, and notes in which order it came to do so."""

    seconds: dict[str, float]
    answered: list[str] = field(default_factory=list)

    def answer(self, event: Event, _now: datetime, _tx: Transaction) -> None:
        time.sleep(self.seconds.get(event.key, 0))
        self.answered.append(event.key)


@dataclass
class Shower:
    """Shows each event a card, whose row is in a state."""

    state: str

    def answer(self, event: Event, now: datetime, tx: Transaction) -> Carried:
        card = Card("请确认")
        seq = tx.outbox.put(
            instance="dingtalk", address=event.account, body=body_of(card), now=now,
            not_before=now + timedelta(seconds=5), state=self.state,
        )  # fmt: skip
        assert seq is not None
        return Carried("", seq, card)


def said(key: str, account: str = "chen") -> Said:
    return Said(key, "wecom", account, NOW, True, text=key)


def dispatcher(ledger: Ledger, board: Board, **more: Any) -> Dispatcher:
    return Dispatcher(ledger, cast(Switchboard, board), lambda: NOW, Metrics(), **more)


async def test_what_one_person_says_is_answered_in_its_order(ledger: Ledger) -> None:
    board = Board({"first": 0.3, "second": 0.1})
    desk = dispatcher(ledger, board)
    told = ("first", "second", "third")
    await asyncio.gather(*(desk.handle(said(key, "Chen" if key == "second" else "chen"))
                           for key in told))  # fmt: skip
    assert board.answered == [*told]
    assert not desk._turns


async def test_others_wait_for_the_writer_only(database_url: str, ledger: Ledger) -> None:
    has_one_writer = database_url.startswith("sqlite")
    board = Board({"first": 0.5})
    desk = dispatcher(ledger, board)
    await asyncio.gather(*(desk.handle(said(key, key)) for key in ("first", "second")))
    assert board.answered == (["first", "second"] if has_one_writer else ["second", "first"])


@pytest.mark.parametrize("when", ["while it waits", "when its turn has come"])
async def test_one_who_gives_up_waiting_keeps_nobody_waiting(ledger: Ledger, when: str) -> None:
    board = Board({"first": 0.2})
    waiting: list[asyncio.Task[Any]] = []

    def at(point: str) -> None:
        if point == "ack.pre" and board.answered == ["first"] and when != "while it waits":
            waiting[0].cancel()

    desk = dispatcher(ledger, board, at=at)
    first = asyncio.create_task(desk.handle(said("first")))
    await asyncio.sleep(0)
    waiting += [asyncio.create_task(desk.handle(said(key))) for key in ("second", "third")]
    await asyncio.sleep(0.05)
    if when == "while it waits":
        waiting[0].cancel()
    await asyncio.wait_for(asyncio.gather(first, *waiting, return_exceptions=True), 10)
    assert board.answered == ["first", "third"]
    assert waiting[0].cancelled()
    assert not desk._turns


@pytest.mark.parametrize(
    ("state", "then"),
    [
        ("carried", "sent"),
        # What all have is redrawn for all, whoever has been shown it before.
        ("pending", "pending"),
    ],
)
async def test_a_card_that_was_shown_is_not_sent_again(
    ledger: Ledger, state: str, then: str
) -> None:
    desk = Dispatcher(ledger, cast(Switchboard, Shower(state)), lambda: NOW, Metrics())
    answer = await desk.handle(said("tap"))
    assert answer is not None and answer.card == Card("请确认")
    desk.carried(answer)
    await desk.stop()
    assert ledger.call(lambda tx: tx.execute(select(t.outbox.c.state)).scalars().all()) == [then]


async def test_the_sentence_beside_a_card_is_noted_with_it(ledger: Ledger) -> None:
    desk = Dispatcher(ledger, cast(Switchboard, Shower("carried")), lambda: NOW, Metrics())
    first, second = await desk.handle(said("one")), await desk.handle(said("two"))
    assert first is not None and second is not None
    desk.carried(first._replace(beside_id=second.outbox_id))
    await desk.stop()
    states = ledger.call(lambda tx: tx.execute(select(t.outbox.c.state)).scalars().all())
    assert states == ["sent", "sent"]
