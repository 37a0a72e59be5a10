"""Binding groups by the books: one row whatever happens at once, nothing told after an end."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, insert, select

from storage import tables as t
from storage.check import check
from storage.ledger import Ledger
from storage.people import Group
from storage.transaction import Transaction
from tests.storage.conftest import NOW, TENANT

ADDRESS = "room:cid6EU=="


def bind(tx: Transaction, unit: str = "S1", tenant: str = TENANT) -> tuple[Group, bool]:
    wanted = Group(tenant, "", unit, "家长群", "学校群", "dingtalk")
    return tx.groups.bind(
        wanted, platform="room", address=ADDRESS, person_id="lin", role="principal", now=NOW
    )


def put(tx: Transaction, group: Group, once: str) -> int | None:
    return tx.outbox.put(
        instance=group.instance, address="", body={"text": "公告"}, now=NOW, group_id=group.id,
        once=once,
    )  # fmt: skip


@pytest.mark.parametrize("tenants", [(TENANT, TENANT), (TENANT, "330381")])
def test_of_two_who_bind_in_the_same_moment_one_does(
    ledger: Ledger, tenants: tuple[str, str]
) -> None:
    second_is_done = threading.Event()
    begun = threading.Barrier(2 if not ledger.url.startswith("sqlite") else 1)

    def first(tx: Transaction) -> tuple[Group, bool]:
        begun.wait(5)
        bound = bind(tx, "S1", tenants[0])
        # As long as the other could be done, were it not made to wait.
        second_is_done.wait(0.5)
        return bound

    def second(tx: Transaction) -> tuple[Group, bool]:
        begun.wait(5)
        bound = bind(tx, "S2", tenants[1])
        second_is_done.set()
        return bound

    with ThreadPoolExecutor(2) as pool:
        done = [pool.submit(ledger.call, work) for work in (first, second)]
        bound = [one.result() for one in done]
    assert sorted(is_new for _, is_new in bound) == [False, True]
    assert bound[0][0] == bound[1][0]
    rows = ledger.call(lambda tx: tx.execute(select(func.count()).select_from(t.chat_group)))
    assert rows.scalar_one() == 1


def test_a_group_bound_again_is_the_same_and_hears_nothing_twice(ledger: Ledger) -> None:
    group, _ = ledger.call(bind)
    assert ledger.call(lambda tx: put(tx, group, f"announce:f1:{group.id}")) is not None
    assert ledger.call(lambda tx: tx.groups.end(group, now=NOW)) == 1
    again, is_new = ledger.call(bind)
    assert (again, is_new) == (group, True)
    assert ledger.call(lambda tx: put(tx, again, f"announce:f1:{again.id}")) is None


def listed(tx: Transaction, platform: str, unit: str = "S1") -> None:
    """Let the roster list a group of the same name."""
    tx.execute(
        insert(t.chat_group).values(
            tenant=TENANT, id=f"listed-{platform}", unit_code=unit, name="家长群",
            purpose="学校群", instance="dingtalk", platform=platform, address="sealed",
            address_index=platform,
        )
    )  # fmt: skip


def told(tx: Transaction, unit: str = "S1") -> list[str]:
    return sorted(one.id for one in tx.people.groups(TENANT, unit, "学校群"))


def test_a_robot_of_the_same_name_is_the_same_chat_and_another_chat_is_not(ledger: Ledger) -> None:
    for platform in ("robot", "room"):
        ledger.call(lambda tx, platform=platform: listed(tx, platform))
    group, _ = ledger.call(bind)
    assert ledger.call(told) == sorted([group.id, "listed-room"])


def test_a_robot_is_told_for_its_own_unit_when_the_chat_serves_another(ledger: Ledger) -> None:
    ledger.call(lambda tx: listed(tx, "robot"))
    group, _ = ledger.call(bind)
    assert ledger.call(told) == [group.id]
    ledger.call(lambda tx: tx.groups.end(group, now=NOW))
    ledger.call(lambda tx: bind(tx, "S2"))
    assert ledger.call(told) == ["listed-robot"]
    assert ledger.call(lambda tx: told(tx, "S2")) == [group.id]


def test_an_end_comes_once_and_what_waited_is_kept_for_a_person(ledger: Ledger) -> None:
    group, _ = ledger.call(bind)
    ledger.call(lambda tx: put(tx, group, "one"))
    assert ledger.call(lambda tx: tx.groups.end(group, now=NOW)) == 1
    assert ledger.call(lambda tx: tx.groups.end(group, now=NOW)) is None
    (row,) = ledger.call(lambda tx: tx.execute(select(t.outbox)).all())
    assert (row.state, row.note) == ("parked", "the group was given up before this left")
    assert ledger.call(lambda tx: check(tx, NOW)) == []
    assert ledger.call(lambda tx: tx.groups.at("dingtalk", ADDRESS)) is None


def test_a_group_in_use_that_refused_is_a_finding_until_it_takes_something(ledger: Ledger) -> None:
    group, _ = ledger.call(bind)

    def settle(once: str, state: str, note: str) -> None:
        def work(tx: Transaction) -> None:
            put(tx, group, once)
            (errand,) = tx.outbox.claim(holder="h", now=NOW, lease_until=NOW, most=1)
            tx.outbox.settle(errand, holder="h", state=state, now=NOW, note=note)

        ledger.call(work)

    settle("one", "refused", "bot.forbidden")
    (finding,) = ledger.call(lambda tx: check(tx, NOW))
    assert finding == f"outcomes: group {group.id} of S1 refused outbox 1: bot.forbidden"
    settle("two", "sent", "")
    assert ledger.call(lambda tx: check(tx, NOW)) == []
    settle("three", "refused", "bot.forbidden")
    ledger.call(lambda tx: tx.groups.end(group, now=NOW))
    assert ledger.call(lambda tx: check(tx, NOW)) == []


def test_each_act_leaves_who_did_it_and_no_name(ledger: Ledger) -> None:
    group, _ = ledger.call(bind)
    ledger.call(lambda tx: tx.groups.rename(group, "六年级群", now=NOW))
    ledger.call(lambda tx: tx.groups.end(group, now=NOW, person_id="guan", role="admin"))
    rows = ledger.call(lambda tx: tx.execute(select(t.journal).order_by(t.journal.c.seq)).all())
    assert [(row.act, row.person_id, row.role, row.subject) for row in rows] == [
        ("group-bind", "lin", "principal", f"group:{group.id}"),
        ("group-rename", "", "system", f"group:{group.id}"),
        ("group-end", "guan", "admin", f"group:{group.id}"),
    ]
    assert "群" not in str([row.rows for row in rows]).replace("学校群", "")
