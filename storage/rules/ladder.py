"""The ladder of reminders: which rung a deadline stands on today, and whom that rung speaks to."""

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from storage.rules import workdays
from storage.rules.office import OfficeRules
from storage.rules.workdays import Calendar


class Rung(StrEnum):
    """A step of a ladder. One deadline is reminded of at most once on each."""

    BEFORE = "before"
    ON = "on"
    AFTER = "after"
    DEPUTY = "deputy"
    HEAD = "head"
    TECH = "tech"
    LONG_OVER = "long_over"
    HALF_TIME = "half_time"
    LAST_CALL = "last_call"


class Step(NamedTuple):
    """A rung and how many working days after the limit it begins; before it, negative."""

    rung: Rung
    late: int


class Span(NamedTuple):
    """The dates that stand on one rung today: later than ``after`` (None: any), up to ``upto``."""

    rung: Rung
    after: date | None
    upto: date


def desk_steps(rules: OfficeRules) -> tuple[Step, ...]:
    """Return the ladder of what waits for a department: itself, deputy, head, 教育技术中心.

    Source: 三 引 (R28), R83; the days are the office's own (内部办理时限).
    """
    return _in_order(
        Step(Rung.BEFORE, -rules.remind_before),
        Step(Rung.ON, 0),
        Step(Rung.AFTER, rules.remind_after),
        Step(Rung.DEPUTY, rules.remind_deputy),
        Step(Rung.HEAD, rules.remind_head),
        Step(Rung.TECH, rules.remind_tech),
    )


def school_steps(rules: OfficeRules) -> tuple[Step, ...]:
    """Return the ladder of what a school completes: its limit, then 超期未补正 at the longest.

    Source: requirements A.8 (10 working days, at 30 超期未补正, which is no rejection).
    """
    return _in_order(
        Step(Rung.BEFORE, -rules.remind_before),
        Step(Rung.ON, 0),
        Step(Rung.LONG_OVER, max(rules.days_complete_max - rules.days_complete, 1)),
    )


def signing_steps(rules: OfficeRules) -> tuple[Step, ...]:
    """Return the ladder of what waits for a principal, counted from the day it came."""
    return _in_order(
        Step(Rung.ON, rules.days_sign), Step(Rung.AFTER, rules.days_sign + rules.remind_head)
    )


def draft_steps(rules: OfficeRules) -> tuple[Step, ...]:
    """Return the ladder of a draft that nobody goes on with, counted from its last change; it is
    told of once more before it is not kept any longer."""
    return _in_order(Step(Rung.ON, rules.days_draft), Step(Rung.AFTER, 3 * rules.days_draft))


def following_steps(rules: OfficeRules) -> tuple[Step, ...]:
    """Return the ladder of an acceptance, an audit or 整改: whose it is, then who heads them.

    Source: 三（二）8, 三（二）3, 四; requirements R44, R64, R86; the days are the office's own
    (内部办理时限).
    """
    return _in_order(
        Step(Rung.BEFORE, -rules.remind_before),
        Step(Rung.ON, 0),
        Step(Rung.AFTER, rules.remind_after),
        Step(Rung.HEAD, rules.remind_head),
    )


def report_steps(rules: OfficeRules) -> tuple[Step, ...]:
    """Return the ladder of a report: who handles it, then who heads them; nobody beyond that desk.

    Source: requirements A.6, A.8 (首次处理, 办结); the days are the office's own (内部办理时限).
    """
    return following_steps(rules)


def pilot_steps(rules: OfficeRules) -> tuple[Step, ...]:
    """Return the ladder towards the end of a pilot; behind it there is nothing to be done.

    Source: 三（一）5; requirements R37, R38.
    """
    return _in_order(
        Step(Rung.BEFORE, -rules.pilot_remind_days),
        Step(Rung.HEAD, -rules.remind_head),
        Step(Rung.ON, 0),
    )


def expiry_steps(rules: OfficeRules) -> tuple[Step, ...]:
    """Return the ladder towards the end of a filing's validity, each rung by its own name."""
    days = expiry_days(rules)
    names = (Rung.BEFORE, Rung.ON, Rung.AFTER)
    return tuple(Step(rung, -ahead) for rung, ahead in zip(names, days, strict=False))


def expiry_days(rules: OfficeRules) -> tuple[int, ...]:
    """Return how many working days before the end a school is told, the longest first."""
    return workdays.read_days(rules.remind_expiry)


def spans(steps: Sequence[Step], today: date, calendar: Calendar) -> tuple[Span, ...]:
    """Return for each rung which limits stand on it on ``today``, the earliest rung first.

    Each limit stands on one rung at most, so that who was away for three days is told of the rung
    that is current and of no other. ``today`` is a working day.
    """
    found = []
    for at, step in enumerate(steps):
        last = at + 1 == len(steps)
        after = None if last else latest(today, steps[at + 1].late, calendar)
        found.append(Span(step.rung, after, latest(today, step.late, calendar)))
    return tuple(found)


def latest(today: date, late: int, calendar: Calendar) -> date:
    """Return the latest limit that is at least ``late`` working days past on ``today``.

    Negative: the latest that is at most that many working days ahead.
    """
    if late <= 0:
        return workdays.add(today, 1 - late, calendar).on - timedelta(days=1)
    on = today
    for _ in range(late - 1):
        on = workdays.last_workday(on, calendar)
    return on - timedelta(days=1)


def _in_order(*steps: Step) -> tuple[Step, ...]:
    """Leave out a rung that would begin no earlier than the one after it."""
    return tuple(
        step
        for at, step in enumerate(steps)
        if all(step.late < one.late for one in steps[at + 1 :])
    )
