"""Whether anything may be due: one question at every tick for all that becomes due by itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    bindparam,
    exists,
    literal,
    literal_column,
    or_,
    select,
    text,
    union_all,
)

from storage import tables as t
from storage.rules.principles import VOID
from storage.session import Session
from storage.succession import ownerless, strays, unsigned
from storage.types import Day, Instant

_TODAY: Final = bindparam("today", type_=Day)
_NOW: Final = bindparam("now", type_=Instant)
_ONE: Final[ColumnElement[int]] = literal_column("1")


def _any(*where: Any) -> Select[Any]:
    return select(_ONE).where(*where)


_draft, _digest, _filing, _held = t.draft.c, t.digest.c, t.filing.c, t.measure.c
_report, _stop, _task = t.report.c, t.product_stop.c, t.task.c
_is_stopped = _any(_stop.state == "confirmed", _stop.stops_on <= _TODAY)
# Word for word the conditions of partial indexes, where one is written out.
_is_held = (_held.stop_id.is_not(None), _held.state == literal_column("'in_force'"))
_has_words_waiting = exists(
    _any(text("outbox.for_digest and outbox.state = 'pending'"), t.outbox.c.not_before <= _NOW)
)
_is_inspected = _any(text("inspection.state in ('planned', 'open')")).select_from(t.inspection)
_is_watched = (
    t.installation.c.watched_version == t.installation.c.directory_version,
    t.installation.c.watched_on.is_not_distinct_from(_TODAY),
)

DUES: Final[Mapping[str, Select[Any]]] = MappingProxyType(
    {
        "silence": _any(
            _task.state == literal_column("'open'"),
            _task.kind == literal_column("'co_review'"),
            ~_task.blocking,
            _task.due_on < _TODAY,
        ),
        "lapses": _any(
            _filing.stage == literal_column("'registered'"), _filing.valid_until < _TODAY
        ),
        "stops": _is_stopped,
        "stops in groups": _any(*_is_held, _held.told_at.is_(None)),
        "stops lifted": _any(*_is_held),
        "pilots of stopped products": _is_stopped,
        "pilot over": _any(
            t.pilot.c.decided_at.is_not(None),
            t.pilot.c.ended_at.is_(None),
            t.pilot.c.ends_on < _TODAY,
        ),
        "numbers revoked": _any(t.product.c.checked == VOID[1], t.product.c.product_no != ""),
        "absence": _any(
            t.absence.c.ended_at.is_(None),
            or_(
                t.absence.c.to_on < _TODAY,
                (t.absence.c.from_on <= _TODAY) & t.absence.c.started_at.is_(None),
            ),
        ),
        "rescue": _any(~(_is_watched[0] & _is_watched[1])).select_from(t.installation),
        "revocations to confirm": _any(_held.state == literal_column("'proposed'")),
        "stops to confirm": _any(_stop.state == "proposed"),
        "inherited": _any(or_(*(exists(_any(one)) for one in unsigned(_TODAY)))),
        "ownerless": _any(or_(exists(_any(ownerless(_TODAY))), exists(_any(strays(_NOW, _TODAY))))),
        "clues without officer": _any(
            _report.settled_at.is_(None), _report.desk == literal_column("'discipline'")
        ),
        "recount": _any(t.calendar_load.c.recounted_at.is_(None)),
        "rules for running cases": _any(
            t.rule_change.c.running,
            t.rule_change.c.recounted_at.is_(None),
            t.rule_change.c.effective_on <= _TODAY,
        ),
        "mornings ahead": _any(t.morning.c.on > _TODAY, t.morning.c.done_at > _NOW),
        "inspection begins": _is_inspected,
        "inspection ends": _is_inspected,
        # Of the week that runs the sweep finds nothing: a row for each authority where one asked.
        "unfiled": _any(t.asked_week.c.begun < _TODAY),
        "digests": _any(or_(exists(_any(_digest.told_at.is_(None))), _has_words_waiting)),
    }
)
"""What is to be there before a sweep of that name can find anything; it may hold where the sweep
then finds nothing. Sweeps that are not named here look for themselves."""


def may_be_due(tx: Session, names: Collection[str], today: date, now: datetime) -> set[str]:
    """Return which of some sweeps may find something; those without a question of theirs do."""
    asked = [name for name in names if name in DUES]
    if not asked:
        return set(names)
    question = tx.statements.once(f"due: {asked}", partial(_which, asked))
    found = {name for (name,) in tx.hot(question, today=today, now=now)}
    return found.union(names).difference(set(asked) - found)


def _which(names: Collection[str]) -> CompoundSelect[Any]:
    return union_all(*(select(literal(name)).where(exists(DUES[name])) for name in names))
