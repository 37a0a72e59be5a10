"""Whether rounds of self-inspection, their answers and what these ask for are sound."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from storage import tables as t
from storage.rectifying import FROM_REPORT
from storage.rules.followup import FollowKind, FollowState
from storage.rules.inspection import RoundState, SheetState, sample
from storage.rules.office import OfficeRules
from storage.transaction import Transaction

_ZONE = ZoneInfo(OfficeRules().timezone)
_AT_SCHOOLS = (RoundState.OPEN.value, RoundState.CLOSED.value)


def inspections(tx: Transaction, now: datetime) -> Iterator[str]:
    """16. A school has one sheet in a round, answered in its days by somebody; each 否 has exactly
    one item to put right, and none stands without; who is visited follows from the seed."""
    rounds = {(row.tenant, row.id): row for row in tx.execute(select(t.inspection))}
    sheets = {(row.tenant, row.id): row for row in tx.execute(select(t.inspection_sheet))}
    once = Counter((row.tenant, row.inspection_id, row.school) for row in sheets.values())
    for (_, round_id, school), many in once.items():
        if many > 1:
            yield f"round {round_id} has {many} sheets of school {school}"
    for row in sheets.values():
        yield from _sheet(row, rounds.get((row.tenant, row.inspection_id)))
    yield from _answers(tx, sheets)
    yield from _visits(tx, rounds, sheets)


def _sheet(row: Any, one: Any) -> Iterator[str]:
    if one is None or one.state not in _AT_SCHOOLS:
        yield f"sheet {row.id} is of a round that has not reached its schools"
        return
    is_received = row.state == SheetState.RECEIVED.value
    if is_received != (row.received_at is not None and row.received_by is not None):
        yield f"sheet {row.id} is {row.state} and who answered it does not fit that"
    elif is_received:
        on = row.received_at.astimezone(_ZONE).date()
        if not one.opens_on <= on <= one.closes_on:
            yield f"sheet {row.id} was answered outside its round"


def _answers(tx: Transaction, sheets: dict[tuple[str, str], Any]) -> Iterator[str]:
    f, a = t.filing.c, t.inspection_answer.c
    rows = tx.execute(
        select(a.tenant, a.sheet_id, a.filing_id, a.said, f.school)
        .select_from(t.inspection_answer)
        .join(t.filing, (f.tenant == a.tenant) & (f.id == a.filing_id))
    )
    amiss: set[tuple[str, str, str]] = set()
    noes: Counter[tuple[str, str]] = Counter()
    for row in rows:
        sheet = sheets.get((row.tenant, row.sheet_id))
        if sheet is None or sheet.school != row.school:
            yield f"sheet {row.sheet_id} answers for filing {row.filing_id} of another school"
            continue
        if sheet.state != SheetState.RECEIVED.value:
            yield f"sheet {row.sheet_id} has answers and is {sheet.state}"
        for no, is_so in row.said.items():
            if not is_so:
                amiss.add((row.tenant, f"{row.sheet_id}:{no}", row.filing_id))
                noes[row.tenant, row.sheet_id] += 1
    yield from _rectifying(tx, sheets, amiss, noes)


def _rectifying(
    tx: Transaction,
    sheets: dict[tuple[str, str], Any],
    amiss: set[tuple[str, str, str]],
    noes: Counter[tuple[str, str]],
) -> Iterator[str]:
    kept = t.followup.c
    every = tx.execute(select(t.followup).where(kept.kind == FollowKind.RECTIFY.value)).all()
    ordered = [row for row in every if (row.cause or "").startswith(FROM_REPORT)]
    rows = [row for row in every if not (row.cause or "").startswith(FROM_REPORT)]
    yield from _ordered(tx, ordered)
    live = Counter(
        (row.tenant, row.cause, row.filing_id)
        for row in rows
        if row.state != FollowState.DROPPED.value
    )
    for one in sorted(amiss):
        if live[one] != 1:
            yield f"a 否 of {one[1]} about filing {one[2]} has {live[one]} items to put right"
    for _, cause, filing_id in sorted(set(live) - amiss):
        yield f"filing {filing_id} has something to put right that no 否 of {cause} asked for"
    done = Counter(
        (row.tenant, (row.cause or "").partition(":")[0])
        for row in rows
        if row.state == FollowState.DONE.value
    )
    for key, sheet in sheets.items():
        if (sheet.noes, sheet.mended) != (noes[key], done[key]):
            yield f"sheet {sheet.id} counts otherwise than its answers"


def _ordered(tx: Transaction, rows: list[Any]) -> Iterator[str]:
    """What a desk asked for after a report is of that report's own school."""
    r, f = t.report.c, t.filing.c
    for row in rows:
        report_id = row.cause.removeprefix(FROM_REPORT)
        found = tx.execute(
            select(r.school.label("reported"), f.school.label("filed"))
            .join(t.filing, (f.tenant == r.tenant) & (f.id == row.filing_id))
            .where(r.tenant == row.tenant, r.id == report_id)
        ).first()
        if found is None or found.reported not in ("", found.filed):
            yield f"filing {row.filing_id} puts right what no report about its school asked for"


def _visits(tx: Transaction, rounds: dict[Any, Any], sheets: dict[Any, Any]) -> Iterator[str]:
    drawn: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for row in tx.execute(select(t.inspection_visit)):
        sheet = sheets.get((row.tenant, row.sheet_id))
        school = sheet.school if sheet is not None else ""
        drawn.setdefault((row.tenant, row.inspection_id), []).append((row.place, school))
    schools: dict[tuple[str, str], list[str]] = {}
    for row in sheets.values():
        schools.setdefault((row.tenant, row.inspection_id), []).append(row.school)
    for key, one in rounds.items():
        wanted = sample(one.seed, schools.get(key, ())) if one.seed else ()
        if sorted(drawn.get(key, [])) != list(enumerate(wanted, start=1)):
            yield f"round {one.id} visits other schools than its seed draws"
