"""What a school is reminded of for a self-inspection: its sheet, and what it has to put right."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, select, text

from storage import tables as t
from storage.inspections import IS_LIVE
from storage.rules.inspection import RoundState, SheetState
from storage.rules.ladder import Rung, Span

INSPECTION, RECTIFY = "inspection", "rectify"
# Word for word the condition of ix_followup_mending.
_MENDING: Final = text("followup.kind = 'rectify' and followup.state in ('open', 'returned')")


def sheets(tenant: str, today: date) -> Iterator[Select[Any]]:
    """Return the sheets that did not come by half time, and by the last call (A.12)."""
    r = t.inspection.c
    half = and_(r.half_on <= today, r.last_on > today)
    last = r.last_on <= today
    for rung, is_now in ((Rung.HALF_TIME, half), (Rung.LAST_CALL, last)):
        yield _missing(tenant, today, rung, is_now)


def _missing(tenant: str, today: date, rung: Rung, is_now: ColumnElement[bool]) -> Select[Any]:
    s, r = t.inspection_sheet.c, t.inspection.c
    return (
        select(
            s.tenant,
            s.id,
            r.closes_on,
            literal(rung.value),
            literal(INSPECTION),
            literal(today, t.reminder.c.on.type),
            literal(""),
            s.school,
            literal(""),
        )
        .join(t.inspection, and_(r.tenant == s.tenant, r.id == s.inspection_id))
        .where(
            r.tenant == tenant,
            IS_LIVE,
            r.state == literal(RoundState.OPEN.value, literal_execute=True),
            r.opens_on < today,
            r.closes_on >= today,
            is_now,
            s.state == literal(SheetState.ASKED.value, literal_execute=True),
            ~was_put(s.id, r.closes_on, rung, tenant, today),
        )
        .order_by(r.closes_on, s.id)
    )


def rectifying(tenant: str, span: Span, today: date) -> Select[Any]:
    """Return what schools have to put right and that stands on a rung of its limit today (R86)."""
    one, filing = t.followup.c, t.filing.c
    return (
        select(
            one.tenant,
            one.id,
            one.due_on,
            literal(span.rung.value),
            literal(RECTIFY),
            literal(today, t.reminder.c.on.type),
            one.filing_id,
            filing.school,
            func.coalesce(one.owner_id, ""),
        )
        .join(t.filing, (filing.tenant == one.tenant) & (filing.id == one.filing_id))
        .where(
            one.tenant == tenant,
            _MENDING,
            *in_span(one.due_on, span),
            ~was_put(one.id, one.due_on, span.rung, tenant, today),
        )
        .order_by(one.due_on, one.id)
    )


def in_span(column: Any, span: Span) -> list[ColumnElement[bool]]:
    """Say which limits stand on a rung today."""
    within = [column <= span.upto]
    if span.after is not None:
        within.append(column > span.after)
    return within


def was_put(subject: Any, due_on: Any, rung: Rung, tenant: str, today: date) -> ColumnElement[bool]:
    """Tell whether a thing was reminded of on this rung, or is today on any."""
    r = t.reminder.c
    put = exists(
        select(1).where(
            r.tenant == tenant, r.subject == subject, r.due_on == due_on, r.rung == rung.value
        )
    )
    today_too = exists(select(1).where(r.tenant == tenant, r.subject == subject, r.on == today))
    return put | today_too
