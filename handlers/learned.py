"""What desks have put right for a school: said at its next filing."""

from __future__ import annotations

from handlers.context import Context
from storage.rules.correcting import Fact, in_words, value_of
from storage.rules.facts import Facts
from storage.rules.terms import Desk


def hints(ctx: Context, tenant: str, school: str, facts: Facts | None, *only: Fact) -> list[str]:
    """Return a line for each fact that was put right last time; with ``facts`` only where it
    says otherwise now. ``only``: those facts."""
    found = []
    for one in ctx.ledger.rerouting.learned(tenant, school):
        if (only and one.fact not in only) or (facts and value_of(facts, one.fact) == one.value):
            continue
        department = ctx.ledger.people.department(tenant, Desk(one.desk))
        name = department.name if department else Desk(one.desk).label
        words = in_words(one.fact, one.value)
        found.append(f"上次由{name}将{one.fact.label}更正为{words}，请核对。")
    return found
