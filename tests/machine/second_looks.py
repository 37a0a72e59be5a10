"""The ledger's promises about second looks: who may not look, and what an undo puts back."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from storage import tables as t
from storage.transaction import Transaction

FOLLOWS = {"receive", "pass_checks", "opinions_in"}
DECIDES = {"accept", "opine", "return", "approve", "reject"}


def hold(tx: Transaction) -> None:
    """Hold a ledger to every promise.

    Raises:
        AssertionError: says which one is broken.
    """
    tasks = {row.id: row for row in tx.execute(select(t.task))}
    decisions = {row.task_id: row for row in tx.execute(select(t.decision))}
    appeals(tx, tasks, decisions)
    undone(tx, tasks, decisions)
    put_back(tx)


def appeals(tx: Transaction, tasks: dict[str, Any], decisions: dict[str, Any]) -> None:
    """Who rejected does not decide on the appeal; what was appealed against stands no more."""
    for row in tx.execute(select(t.appeal)):
        about, rejected = tasks[row.task_id], decisions[row.task_id]
        assert (rejected.act, about.state) == ("reject", "superseded"), "nothing was rejected"
        assert rejected.at < row.at, "an appeal came before the rejection"
        again = [
            decisions[one.id]
            for one in tasks.values()
            if (one.filing_id, one.kind, one.part) == (row.filing_id, "decision", row.part)
            and one.id in decisions
            and decisions[one.id].at > row.at
        ]
        for made in again:
            assert made.person_id != rejected.person_id, "who rejected decided on the appeal"


def undone(tx: Transaction, tasks: dict[str, Any], decisions: dict[str, Any]) -> None:
    """Only one's own was undone, within ten minutes, and never a registration."""
    for row in tx.execute(select(t.undone)):
        task = tasks[row.task_id]
        assert task.kind != "registration", "a number was taken back"
        assert task.state == "superseded"
        if row.act == "return":
            assert any(point["by"] == row.person_id for point in task.points)
            continue
        made = decisions[row.task_id]
        assert (made.person_id, made.act) == (row.person_id, row.act), "another's word was undone"
        assert timedelta(0) <= row.at - made.at <= timedelta(minutes=10), "undone too late"


def put_back(tx: Transaction) -> None:
    """What is undone at once leaves a filing as it was: the same stage, the same desks asked."""
    stages: dict[str, str] = {}
    states: dict[str, dict[str, tuple[Any, ...]]] = defaultdict(dict)
    # filing → the last act's task, and how the filing stood before it
    before: dict[str, tuple[str, Any]] = {}
    journal = t.journal.c
    for act in tx.execute(select(t.journal).order_by(journal.tenant, journal.seq)):
        filing, was = act.subject, _as_it_stands(stages, states, act.subject)
        rows = [(image["table"], image["row"]) for image in act.rows if "table" in image]
        for table, row in rows:
            if table == "filing":
                stages[row["id"]] = row.get("stage", stages.get(row["id"], ""))
            elif table == "task":
                known = states[filing].get(row["id"], (None,) * 4)
                names = ("kind", "desk", "part", "state")
                news = (row.get(name, old) for name, old in zip(names, known, strict=True))
                states[filing][row["id"]] = tuple(news)
        undone = next((row["task_id"] for table, row in rows if table == "undone"), "")
        if undone and undone == before.get(filing, ("",))[0]:
            now = _as_it_stands(stages, states, filing)
            assert now == before[filing][1], f"{act.act} of {before[filing]} left {now}"
        if act.act in DECIDES:
            before[filing] = (next(row["id"] for table, row in rows if table == "task"), was)
        elif act.act not in FOLLOWS:
            before.pop(filing, None)


def _as_it_stands(
    stages: dict[str, str], states: dict[str, dict[str, tuple[Any, ...]]], filing: str
) -> tuple[str, Any]:
    live = [one for one in states[filing].values() if one[3] != "superseded"]
    return stages.get(filing, ""), sorted(live)
