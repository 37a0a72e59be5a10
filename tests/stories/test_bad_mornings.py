"""Mornings on which a platform is busy: everything arrives later, once, and never at night."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select, update

from storage import tables as t
from storage.transaction import Transaction
from tests.stories.filing import submits
from tests.stories.test_mornings import at
from tests.stories.town import TENANT, Town, turn_to

BUSY = {
    "wecom": {"api": "message/send", "kind": "rate"},
    "dingtalk": {"api": "dingtalk/v1.0/card/instances/createAndDeliver", "kind": "throttled"},
}


async def is_busy(town: Town, times: int) -> None:
    """Let the platform turn the next calls away: too many, it says."""
    wish = BUSY[await town.phones.platform_of("legal")]
    await town.phones.fails(**wish, times=times)


async def has_left(town: Town) -> None:
    """Let time pass until nothing is on its way that may leave now."""
    box = t.outbox.c
    waits = select(box.seq).where(box.state.in_(["pending", "leased"]), ~box.for_digest)
    while town.bot.ledger.call(lambda tx: tx.execute(waits).first()):
        # No more at once than a lease would bear.
        town.clock.move(town.clock.now() + timedelta(seconds=15))
        await asyncio.sleep(0.25)


async def greeted(town: Town, people: Sequence[str]) -> list[int]:
    """Count how often each was greeted in the morning."""
    return [(await town.person(one).screen()).count("早上好") for one in people]


async def test_where_a_platform_is_busy_a_morning_comes_later_and_once_and_never_at_night(
    town: Town,
) -> None:
    await submits(town)
    people = ("legal", "tech")
    # Somebody whose account is no more, which the directory does not know yet.
    gone = update(t.account).where(t.account.c.person_id == "research")
    town.bot.ledger.call(lambda tx: tx.execute(gone.values(address="ghost")).rowcount)
    await is_busy(town, 3)
    town.clock.move(at("03-18T08:41"))
    await town.bot.sweeping.run()
    await has_left(town)
    assert await greeted(town, people) == [1, 1]
    assert await town.phones.failing() == []
    # What could not leave by day does not at night either: its process had ended.
    town.clock.move(at("03-18T19:00"))
    noon = at("03-18T12:00")
    town.bot.ledger.call(partial(_leaves_behind, noon))
    await town.bot.delivery.idle()
    await town.person("legal").does_not_see("中午的消息")
    await turn_to(town, at("03-19T08:41"))
    await town.person("legal").sees("中午的消息")
    assert await greeted(town, people) == [2, 2]
    listed = "没有送达的消息：教育research"
    assert (await town.person("tech").screen()).count(listed) == 1


def _leaves_behind(noon: datetime, tx: Transaction) -> None:
    instance, address = tx.people.address_of("legal") or ("", "")
    tx.outbox.put(
        instance=instance, address=address, body={"text": "中午的消息"}, now=noon,
        person_id="legal", hours_of=TENANT,
    )  # fmt: skip
