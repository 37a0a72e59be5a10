"""Counting what people outside ask for that is not filed; ``handlers.unfiled`` tells of it."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.context import Context
from storage.gaps import CITY
from storage.rules.bulletins import Rhythm, begun


def note(ctx: Context, asked: Sequence[tuple[str, str]]) -> None:
    """Count what somebody outside asked for that is not filed: (name, authority or empty).

    Where no school was named it is the city's.
    """
    who = f"{ctx.event.instance}\0{ctx.event.account.lower()}"
    week = begun(Rhythm.WEEK, ctx.today)
    for name, tenant in dict.fromkeys(asked):
        known = tenant if tenant in ctx.office.tenants else CITY
        ctx.ledger.unfiled.note(known, name, who=who, week=week)
