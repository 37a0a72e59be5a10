"""Which rows of the outbox may go now: the one long statement of the walk, and its words."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Dialect,
    FromClause,
    Integer,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.selectable import Select

from storage import tables as t

PUT_OFF: Final = "put off"
"""The holder of a row that waits for its receiver's hours."""


def claim(dialect: Dialect) -> ClauseElement:
    """Lease the rows that may go now: due, or left by a holder whose lease ended.

    A row waits while an older row of its lane is being tried again, or is leased by anybody, so
    that one person never reads an answer before the question. A redraw waits so for older redraws
    of the same copy, whoever's lane they are in: an older look must not come over a newer one. What
    several people have between them is then in nobody's way: its redraws wait for each other only.
    The card itself is never overtaken, for nobody knows a copy's key before it reached somebody.
    """
    row = t.outbox.alias("row")
    older = t.outbox.alias("older")
    redraw = t.outbox.alias("redraw")
    due: ColumnElement[bool] = row.c.not_before <= bindparam("now")
    if dialect.name == "sqlite":
        # Without this SQLite reads every row ever put out, oldest first, to spare itself a sort.
        due = func.unlikely(due)
    may_go: Select[Any] = (
        select(row.c.seq)
        .where(
            due,
            # Word for word the condition of ix_outbox_due, without which SQLite reads every row.
            is_in(row, "pending", "leased", "carried"),
            ~row.c.for_digest,
            or_(~is_in(row, "leased"), row.c.lease_until <= bindparam("now")),
            or_(
                ~exists(
                    select(1).where(
                        older.c.lane == row.c.lane,
                        *_comes_before(older, row),
                        ~_redraws_for_several(older),
                    )
                ),
                _redraws_for_several(row),
            ),
            ~exists(
                select(1).where(
                    # What several people have has a subject, and there is an index by it.
                    redraw.c.subject == row.c.subject,
                    redraw.c.subject != literal_column("''"),
                    redraw.c.redraws == row.c.redraws,
                    redraw.c.redraws != literal_column("''"),
                    *_comes_before(redraw, row),
                )
            ),
        )
        .order_by(row.c.seq)
        .limit(counted("most"))
        .with_for_update(skip_locked=True, of=row)
    )
    return (
        update(t.outbox)
        .where(t.outbox.c.seq.in_(may_go))
        .values(
            state="leased",
            holder=bindparam("holder"),
            lease_until=bindparam("lease_until"),
            attempts=t.outbox.c.attempts + 1,
            # Whoever held it before died on the way: it may have arrived. What says so stays.
            note=case(
                (t.outbox.c.state != "leased", t.outbox.c.note),
                (literal_column("substr(outbox.note, 1, 7) = 'unknown'"), t.outbox.c.note),
                # A text twice is better than a second card.
                (t.outbox.c.note == literal_column("'shown'"), t.outbox.c.note),
                else_=literal_column("'unknown'"),
            ),
        )
        .returning(
            t.outbox.c.seq,
            t.outbox.c.instance,
            t.outbox.c.lane,
            t.outbox.c.address,
            t.outbox.c.group_id,
            t.outbox.c.person_id,
            t.outbox.c.body,
            t.outbox.c.subject,
            t.outbox.c.redraws,
            t.outbox.c.redraw_code,
            t.outbox.c.made_at,
            t.outbox.c.attempts,
            t.outbox.c.note,
            t.outbox.c.once,
            t.outbox.c.about,
            t.outbox.c.courtesy,
            t.outbox.c.hours_of,
        )
    )


def oldest_due(now: datetime) -> Select[Any]:
    """Return the query for the oldest row that may go ``now`` or is on its way."""
    box, ahead = t.outbox.c, t.outbox.alias().c
    behind = exists(
        select(1).where(
            ahead.lane == box.lane,
            ahead.seq < box.seq,
            ahead.state == "pending",
            ahead.attempts > 0,
            ahead.not_before > now,
            ~ahead.for_digest,
        )
    )
    return select(func.min(box.seq)).where(
        box.state.in_(("pending", "leased")), box.not_before <= now, ~box.for_digest, ~behind
    )


def _comes_before(older: FromClause, row: FromClause) -> tuple[ColumnElement[bool], ...]:
    return (
        older.c.seq < row.c.seq,
        is_in(older, "pending", "leased"),
        ~older.c.for_digest,
        or_(
            # What was put off to the morning is in nobody's way until then.
            and_(older.c.attempts > 0, older.c.holder != literal_column(f"'{PUT_OFF}'")),
            older.c.not_before <= bindparam("now"),
        ),
    )


def _redraws_for_several(row: FromClause) -> ColumnElement[bool]:
    copy = t.card_copy.c
    several = (
        select(func.count() > literal_column("1"))
        .where(copy.subject == row.c.subject, copy.copy_key == row.c.redraws)
        .scalar_subquery()
    )
    return and_(row.c.redraws != literal_column("''"), several)


def counted(name: str) -> ColumnElement[int]:
    # A sum, for of a bare number SQLite plans the statement anew at every run.
    return bindparam(name, type_=Integer) + literal_column("0")


def is_in(row: FromClause, *states: str) -> ColumnElement[bool]:
    # Spelt out: for a list SQLite builds a small table at every run.
    return or_(*(row.c.state == literal_column(f"'{state}'") for state in states))
