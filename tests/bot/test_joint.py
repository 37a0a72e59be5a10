"""What one push tells several people goes out together, where the channel can do that."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.channels.base import (
    ChannelApartError,
    ChannelBusyError,
    ChannelRefusedError,
    Outcome,
    Parcel,
    Receipt,
)
from bot.delivery import Delivery
from bot.metrics import Metrics
from cards.language import Card
from storage import tables as t
from storage.outbox import Errand
from tests.bot.test_delivery import DONE, OPEN, Platform, Post, post, until

__all__ = ["post"]


@dataclass
class Hall(Platform):
    """A channel that tells many at one go; ``fares`` says how somebody's parcel fares."""

    halls: list[list[str]] = field(default_factory=list)
    parcels: list[Parcel] = field(default_factory=list)
    fares: dict[str, Outcome] = field(default_factory=dict)

    async def send_joint(self, parcels: Sequence[Parcel]) -> list[Outcome]:
        assert len({parcel.joint for parcel in parcels}) == 1
        if self.gate is not None:
            await self.gate.wait()
        self.halls.append([parcel.address for parcel in parcels])
        self.parcels += parcels
        if self.fails:
            raise self.fails.pop(0)
        return [
            self.fares.pop(parcel.address, Receipt("hall", f"code-{parcel.address}"))
            for parcel in parcels
        ]


@pytest.fixture
def hall(post: Post) -> Hall:
    found = Hall()
    post.platform = found
    post.delivery.channels = {"wecom": found}  # type: ignore[dict-item]
    return found


def push(post: Post, once: str, *people: str, text: str = "待审核") -> None:
    for person in people:
        post.put(text, person, once=f"{once}:{person}", person_id=person, subject="task:1")


def show(post: Post, once: str, **cards: Card) -> None:
    for person, card in cards.items():
        post.card(card, address=person, once=f"{once}:{person}", person_id=person)


def notes(post: Post) -> list[str]:
    rows = select(t.outbox.c.note).order_by(t.outbox.c.seq)
    return post.ledger.call(lambda tx: list(tx.execute(rows).scalars()))


def claimed(post: Post, most: int = 64, **later: float) -> list[Errand]:
    """Lease what may go, as another process would."""
    now = post.clock.now() + timedelta(**later)
    until = now + timedelta(seconds=120)
    return post.ledger.call(
        lambda tx: tx.outbox.claim(holder="b", now=now, lease_until=until, most=most)
    )


async def test_one_push_to_several_people_goes_out_at_one_go(post: Post, hall: Hall) -> None:
    push(post, "task:1:1", "li", "wang", "zhao")
    push(post, "task:2:1", "li", "wang")
    push(post, "task:3:1", "sun")
    for person in ("li", "wang"):
        post.put("您好", person)
    await post.delivery.idle()
    assert sorted(hall.halls) == [["li", "wang"], ["li", "wang", "zhao"]]
    assert [parcel.address for parcel in hall.got] == ["sun", "li", "wang"]
    assert set(post.states()) == {"sent"}


async def test_each_of_them_fares_by_themselves(post: Post, hall: Hall) -> None:
    hall.fares = {
        "li": ChannelRefusedError("staffId.notExisted", person=True),
        "wang": ChannelBusyError("flow", 0.01),
    }
    push(post, "task:1:1", "li", "wang", "zhao")
    await post.delivery.idle()
    assert post.states() == ["refused", "pending", "sent"]
    post.clock.move(post.clock.now() + timedelta(seconds=5))
    await until(lambda: post.states() == ["refused", "sent", "sent"])
    assert hall.halls == [["li", "wang", "zhao"]]
    (again,) = hall.got
    assert (again.address, again.attempt, again.joint) == ("wang", 2, "task:1:1")


async def test_what_fails_for_all_is_tried_again_for_all(post: Post, hall: Hall) -> None:
    hall.fails = [ChannelBusyError("slow", 0.01, unknown=True)]
    push(post, "task:1:1", "li", "wang")
    await post.delivery.idle()
    assert (post.states(), hall.halls) == (["pending"] * 2, [["li", "wang"]])
    post.clock.move(post.clock.now() + timedelta(seconds=5))
    await until(lambda: post.states() == ["sent", "sent"])
    # Doubtful now: the channel is told, so that nobody gets the same card twice.
    again = [parcel for parcel in (*hall.got, *hall.parcels) if parcel.attempt == 2]
    assert {(parcel.address, parcel.doubtful) for parcel in again} == {("li", True), ("wang", True)}


async def test_only_the_link_of_a_card_may_differ(post: Post, hall: Hall) -> None:
    mine, theirs = (replace(OPEN, page=f"https://beian.example/{who}") for who in ("li", "wang"))
    show(post, "task:1:1", li=mine, wang=theirs, zhao=replace(OPEN, lead="请您牵头"))
    await post.delivery.idle()
    assert hall.halls == [["li", "wang"]]
    assert [parcel.address for parcel in hall.got] == ["zhao"]
    assert [parcel.card for parcel in hall.parcels] == [mine, theirs]
    # Each knows with whom it goes, so that a channel can pace what is one call.
    assert {parcel.beside for parcel in hall.parcels} == {("1", "2")}
    assert hall.got[0].beside == ()


async def test_what_went_together_is_written_down_before_it_leaves(post: Post, hall: Hall) -> None:
    hall.gate = asyncio.Event()
    push(post, "task:1:1", "li", "wang")
    await until(lambda: notes(post) == ["unknown with 1 2"] * 2)
    assert hall.halls == []
    # Whoever comes after a death finds it.
    heirs = claimed(post, minutes=3)
    assert [(one.doubtful, one.fellows, one.is_apart) for one in heirs] == [
        (True, ("1", "2"), False)
    ] * 2
    hall.gate.set()


async def test_what_may_have_arrived_together_goes_together_again(post: Post, hall: Hall) -> None:
    hall.fails = [ChannelBusyError("slow", 0.01, unknown=True) for _ in range(5)]
    push(post, "task:1:1", "li", "wang", "zhao")
    for tries in range(1, 6):
        await until(lambda: len(hall.halls) == tries and "leased" not in post.states())  # noqa: B023
        rows = select(t.outbox.c.not_before).distinct()
        assert len(post.ledger.call(lambda tx: tx.execute(rows).all())) == 1  # noqa: B023
        post.clock.move(post.clock.now() + timedelta(hours=1))
    await until(lambda: post.states() == ["sent"] * 3)
    assert hall.halls == [["li", "wang", "zhao"]] * 6 and hall.got == []


@asynccontextmanager
async def heir_of(post: Post) -> AsyncIterator[Delivery]:
    """Run the sender of another process."""
    heir = Delivery(post.ledger, post.delivery.channels, post.clock.now, Metrics())
    heir.start()
    try:
        yield heir
    finally:
        await heir.stop()


async def test_in_other_company_each_goes_alone_and_stays_so(post: Post, hall: Hall) -> None:
    slow = ChannelBusyError("slow", 0.01, unknown=True)
    hall.fails = [slow]
    push(post, "task:1:1", "li", "wang", "zhao")
    await until(lambda: notes(post) == ["unknown with 1 2 3"] * 3 and "leased" not in post.states())
    await post.delivery.stop()
    # One of them is held up, so that the company is not whole.
    (away,) = claimed(post, most=1, hours=1)
    hall.fails = [slow, slow]
    post.clock.move(post.clock.now() + timedelta(hours=1))
    apart = "unknown apart from 1 2 3"
    async with heir_of(post) as heir:
        await until(lambda: notes(post) == ["unknown with 1 2 3", apart, apart])
        await until(lambda: hall.fails == [] and post.states() == ["leased", "pending", "pending"])
        back = {"state": "pending", "now": post.clock.now(), "note": away.note}
        post.ledger.call(lambda tx: tx.outbox.settle(away, holder="b", **back))  # type: ignore[arg-type]
        post.clock.move(post.clock.now() + timedelta(hours=1))
        heir.wake()
        await until(lambda: post.states() == ["sent"] * 3)
    assert len(hall.halls) == 1
    assert {parcel.apart_from for parcel in hall.got} == {("1", "2", "3")}
    assert all(parcel.doubtful and not parcel.beside for parcel in hall.got)


async def test_whom_the_platform_does_not_take_together_go_alone_at_once(
    post: Post, hall: Hall
) -> None:
    hall.fares = {who: ChannelApartError("param.userIdNotExist") for who in ("li", "wang")}
    push(post, "task:1:1", "li", "wang")
    await until(lambda: post.states() == ["sent"] * 2)
    assert [(one.address, one.doubtful, one.attempt) for one in hall.got] == [
        ("li", False, 2),
        ("wang", False, 2),
    ]


async def test_a_doubt_outlives_whatever_comes_after_it(post: Post, hall: Hall) -> None:
    hall.fails = [
        ChannelBusyError("slow", 0.01, unknown=True),
        ChannelRefusedError("40001", stop=True),
        ValueError("odd"),
        ChannelBusyError("busy", 0.01),
    ]
    push(post, "task:1:1", "li", "wang")
    for left in (3, 2, 1, 0):
        await until(lambda: len(hall.fails) == left and "leased" not in post.states())  # noqa: B023
        assert notes(post) == ["unknown with 1 2"] * 2
        post.clock.move(post.clock.now() + timedelta(hours=1))
    await until(lambda: post.states() == ["sent"] * 2)
    assert all(parcel.doubtful for parcel in hall.parcels[2:])


async def test_what_changed_while_one_card_was_on_its_way_to_many_is_redrawn_once(
    post: Post, hall: Hall
) -> None:
    hall.gate = asyncio.Event()
    hall.fares = {who: Receipt("hall") for who in ("li", "wang", "zhao")}
    show(post, "task:1:1", li=OPEN, wang=OPEN, zhao=OPEN)
    await until(lambda: "unknown with 1 2 3" in notes(post))
    body = {"card": DONE.to_json()}
    post.ledger.call(lambda tx: tx.outbox.set_live("task:1", body))
    hall.gate.set()
    await until(lambda: post.states() == ["sent"] * 4)
    assert [(parcel.redraws, parcel.card) for parcel in hall.got] == [("hall", DONE)]


async def test_a_channel_without_it_tells_each_by_themselves(post: Post) -> None:
    post.platform.fails = [ChannelRefusedError("81013", person=True)]
    push(post, "task:1:1", "li", "wang")
    await post.delivery.idle()
    assert post.states() == ["refused", "sent"]


async def test_a_redraw_names_all_who_have_the_copy(post: Post, hall: Hall) -> None:
    show(post, "task:1:1", li=OPEN, wang=OPEN)
    show(post, "task:1:2", zhao=OPEN)
    await post.delivery.idle()
    (own,) = [one for one in hall.got if one.address == "zhao"]
    for copy, address in (("hall", "wang"), (f"copy-{own.id}", "zhao")):
        post.card(OPEN, address=address, redraws=copy)
    await post.delivery.idle()
    assert sorted(one.readers for one in hall.got if one.redraws) == [(), ("li", "wang")]
