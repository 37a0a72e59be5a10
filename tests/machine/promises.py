"""The ledger's promises, asked once more in other words than ``beian check`` asks them."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from storage import tables as t
from storage.journal import encode_row
from storage.rules.workflow import FILING_MOVES
from storage.transaction import Transaction
from storage.types import write_json

ZONE = ZoneInfo("Asia/Shanghai")
ARROWS = {(stage.value, move.to.value) for (stage, _), move in FILING_MOVES.items()}
ELEVEN_DIGITS = re.compile(r"1\d{10}")
NUMBERED = {"registered", "expired", "suspended", "revoked", "cancelled"}
COUNTED = {"id", "tenant", "due_on", "due_provisional", "office", "rule_version"}
WORKS = {"reviewer", "head", "deputy"}


def hold(tx: Transaction) -> None:
    """Hold a ledger to every promise.

    Raises:
        AssertionError: says which one is broken.
    """
    filings = {row.id: row for row in tx.execute(select(t.filing))}
    tasks = {row.id: row for row in tx.execute(select(t.task))}
    decisions = {row.task_id: row for row in tx.execute(select(t.decision))}
    numbers(filings)
    hands(tx, filings, tasks, decisions)
    waits(filings, tasks)
    pilots(tx, filings)
    measures(tx, filings)
    announcements(tx, filings)
    replay(tx)


def numbers(filings: dict[str, Any]) -> None:
    """A number exists exactly where a filing is registered, and its series has no gap."""
    series = defaultdict(list)
    for row in filings.values():
        assert (row.stage in NUMBERED) == (row.number is not None), row.case_no
        if row.number is not None:
            series[row.tenant, row.series].append(row.serial)
            assert row.number.endswith(f"{row.serial:04d}号"), row.number
    for name, serials in series.items():
        assert sorted(serials) == list(range(1, len(serials) + 1)), (name, serials)


def hands(
    tx: Transaction,
    filings: dict[str, Any],
    tasks: dict[str, Any],
    decisions: dict[str, Any],
) -> None:
    """Who decided held the desk that day, had not filed it, and approved or registered a terminal
    but not both."""
    posts = defaultdict(list)
    for post in tx.execute(select(t.post)):
        posts[post.person_id, post.tenant, post.unit_code].append(post)
    desks = {row.code: row.desks for row in tx.execute(select(t.unit)) if row.desks}
    leads = defaultdict(set)
    for task in tasks.values():
        if task.kind == "decision":
            leads[task.filing_id].add(task.desk)
    absences = list(tx.execute(select(t.absence)))
    did = defaultdict(set)
    for task in tasks.values():
        made = decisions.get(task.id)
        if task.state != "superseded":
            assert (task.state == "decided") == (made is not None), task.id
        if made is None or not made.person_id:
            continue
        filing = filings[task.filing_id]
        assert made.person_id not in (filing.owner_id, filing.principal_id), "decided on their own"
        assert made.tenant == filing.tenant
        day = made.at.astimezone(ZONE).date()
        by_desks = leads[filing.id] if made.act == "decide_early" else {task.desk}
        held = [
            post
            for desk_unit, named in desks.items()
            for post in posts[made.stands_for or made.person_id, filing.tenant, desk_unit]
            if by_desks & set(named) and post.role in WORKS
        ]
        assert any(
            post.valid_from <= day and (post.valid_to is None or day <= post.valid_to)
            for post in held
        ), f"{made.person_id} had no post for {task.desk}"
        if made.stands_for:
            assert any(
                (one.person_id, one.substitute_id) == (made.stands_for, made.person_id)
                and one.from_on <= day <= one.to_on
                and (one.ended_at is None or made.at <= one.ended_at)
                for one in absences
            ), f"{made.person_id} stood in for {made.stands_for}, who was there"
        did[filing.id, made.act].add(made.person_id)
    for filing in filings.values():
        if filing.kind != "app":
            assert not did[filing.id, "approve"] & did[filing.id, "register"], "one pair of hands"
        if filing.stage in NUMBERED:
            assert len(did[filing.id, "register"]) == 1
            assert did[filing.id, "approve"]


def waits(filings: dict[str, Any], tasks: dict[str, Any]) -> None:
    """A filing on its way waits for somebody; one that has ended waits for nobody."""
    asked = {
        "intake": "intake", "in_review": "co_review", "awaiting_decision": "decision",
        "awaiting_registration": "registration",
    }  # fmt: skip
    pending = defaultdict(list)
    for task in tasks.values():
        if task.state in ("open", "returned"):
            pending[task.filing_id].append(task)
    for row in filings.values():
        kinds = {task.kind for task in pending[row.id]}
        if row.stage in asked:
            assert asked[row.stage] in kinds, f"{row.case_no} is {row.stage}, nobody has it"
        elif row.stage == "returned":
            assert any(task.state == "returned" for task in pending[row.id]), row.case_no
        else:
            assert not kinds, f"{row.case_no} is {row.stage}, {kinds} still wait"


def pilots(tx: Transaction, filings: dict[str, Any]) -> None:
    """A pilot has a receipt and no number once all named and the principal have looked; who files
    it is none of them."""
    series = defaultdict(list)
    checks = defaultdict(list)
    for row in tx.execute(select(t.pilot_check)):
        checks[row.filing_id].append(row)
    for row in tx.execute(select(t.pilot)):
        filing, looked = filings[row.filing_id], checks[row.filing_id]
        last = [one for one in looked if one.round == max(other.round for other in looked)]
        assert filing.number is None, "a pilot has a number"
        assert all(one.person_id != filing.owner_id for one in last if one.role == "checker")
        if row.receipt is None:
            continue
        series[row.tenant, row.series].append(row.serial)
        assert all(one.at is not None and one.at <= row.decided_at for one in last), "not looked at"
        assert {one.role for one in last} == {"checker", "principal"}
    for serials in series.values():
        assert sorted(serials) == list(range(1, len(serials) + 1))


def measures(tx: Transaction, filings: dict[str, Any]) -> None:
    """A filing is suspended while something halts it and revoked by two; who filed it does
    neither."""
    halted, revoked = set(), set()
    for row in tx.execute(select(t.measure)):
        filing = filings[row.filing_id]
        assert row.stop_id or row.person_id not in (filing.owner_id, filing.principal_id)
        if (row.kind, row.state) == ("suspend", "in_force"):
            halted.add(row.filing_id)
        if (row.kind, row.state) == ("revoke", "in_force"):
            revoked.add(row.filing_id)
            assert row.confirmed_by not in (None, row.person_id), "revoked by one"
    assert halted == {one.id for one in filings.values() if one.stage == "suspended"}
    assert revoked == {one.id for one in filings.values() if one.stage == "revoked"}
    for row in tx.execute(select(t.product_stop).where(t.product_stop.c.confirmed_by.is_not(None))):
        assert row.confirmed_by != row.person_id, "a product was stopped by one"


def announcements(tx: Transaction, filings: dict[str, Any]) -> None:
    """A group hears of a registered filing once and sees its picture once, after its school
    confirmed it, and no phone; what became of it is told to nobody who has not heard of it."""
    heard = set()
    confirmed = {row.filing_id for row in tx.execute(select(t.announcement.c.filing_id))}
    by_number = {row.number: row.id for row in filings.values() if row.number}
    for row in tx.execute(select(t.outbox).where(t.outbox.c.group_id.is_not(None))):
        words = write_json(row.body)
        assert not ELEVEN_DIGITS.search(words), "a group is told a phone number"
        about = [one for number, one in by_number.items() if number in words]
        assert len(about) == 1 and about[0] in confirmed, f"group told: {words}"
        told = (row.group_id, row.once)
        assert told not in heard, "a group is told twice"
        heard.add(told)
    announced = {once.split(":")[1] for _, once in heard if once.startswith("announce:")}
    assert announced == confirmed


def replay(tx: Transaction) -> None:
    """The journal alone gives every row as it stands, along arrows that the workflow has."""
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    tables = {table.name: table for table in t.REPLAYED}
    journal = t.journal.c
    for act in tx.execute(select(t.journal).order_by(journal.tenant, journal.seq)):
        for image in act.rows:
            if "table" not in image:
                continue
            table, new = tables[image["table"]], image["row"]
            key = (table.name, write_json([new[one.name] for one in table.primary_key]))
            old = rows.setdefault(key, {})
            if table is t.filing and "stage" not in new:
                # Counted anew, or given another limit: its cards stay as good as they were.
                assert new.keys() <= COUNTED, f"{act.act} changed {new.keys()}"
            elif table is t.filing:
                arrow = (old.get("stage", "draft"), new["stage"])
                assert arrow in ARROWS or not old, f"{act.act} went from {arrow[0]} to {arrow[1]}"
                assert not old or new["version"] == old["version"] + 1
            if table is t.decision:
                assert not old, "a task was decided twice"
            if table is t.counter:
                assert new["value"] == old.get("value", 0) + 1
            old.update(new)
    for table in t.REPLAYED:
        for row in tx.execute(select(table)):
            is_now = encode_row(table, dict(row._mapping))
            key = (table.name, write_json([is_now[one.name] for one in table.primary_key]))
            told = rows.pop(key)
            changed = {n: v for n, v in told.items() if write_json(is_now[n]) != write_json(v)}
            assert not changed, f"{key} is not as the journal tells it: {changed}"
    assert not rows, f"only the journal knows {list(rows)}"
