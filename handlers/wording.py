"""How decisions are written: what they are about, why, and item by item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from storage.cases import Decision, Task
from storage.rules.criteria import Criterion, criteria
from storage.rules.terms import Act, Desk, Kind, TaskKind, TaskState


def labels(listed: Sequence[Criterion], keys: Sequence[str]) -> str:
    """Write the criteria that were chosen, in the list's order."""
    return "、".join(one.label for one in listed if one.key in keys)


def reason_text(listed: Sequence[Criterion], decision: Decision) -> str:
    """Return why something was rejected: the criteria it is about and what was written."""
    about = labels(listed, decision.findings.get("criteria", ()))
    if len(decision.findings.get("said", ())) > 1:
        return decision.reason  # which names each of them
    return "：".join(part for part in (about, decision.reason) if part)


def items_text(decision: Decision) -> str:
    """Return 同意：云阅读；不予通过：口算宝, where items were decided one by one."""
    given: Mapping[str, bool] = decision.findings.get("items") or {}
    sides = (("同意", True), ("不予通过", False))
    names = [(word, [name for name, is_on in given.items() if is_on is on]) for word, on in sides]
    return "；".join(f"{word}：{'、'.join(those)}" for word, those in names if those)


def is_standing_rejection(task: Task, decision: Decision) -> bool:
    """Tell whether a decision is a rejection that nothing has taken the place of."""
    return decision.act is Act.REJECT and task.state is TaskState.DECIDED


def found_text(task: Task, decision: Decision) -> str:
    """Return which harms were found, and which could not be judged where it is not all of them."""
    if task.desk not in (Desk.LEGAL, Desk.FINANCE) or task.kind is not TaskKind.CO_REVIEW:
        return ""
    listed = criteria(task.desk, False, Kind.APP)
    answers = decision.findings.get("answers", {})
    found = [
        one.label
        for one in listed
        if any(a.blocks and a.key == answers.get(one.key) for a in one.answers)
    ]
    unclear = [one.label for one in listed if answers.get(one.key) == "unclear"]
    if len(unclear) == len(listed):
        return ""
    open_ones = f"{'无法判断：' if found else ''}{'、'.join(unclear)}" if unclear else ""
    return "；".join(part for part in ("、".join(found), open_ones) if part)
