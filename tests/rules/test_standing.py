"""How a registered filing stands to somebody outside, and when it may be renewed."""

from datetime import date, timedelta

import pytest

from storage.rules.standing import GROUNDS, Force, ground, in_force, renewal_window
from storage.rules.terms import CLAUSES, Stage
from storage.rules.workdays import Day, between
from storage.rules.workflow import NUMBERED

UNTIL = date(2028, 8, 31)


class Weekdays:
    """A calendar where Monday to Friday are worked."""

    def day(self, on: date) -> Day:
        return Day(on.weekday() < 5)


@pytest.mark.parametrize(
    ("stage", "until", "day", "force"),
    [
        # the last day still counts, the next does not, whatever the stage says
        (Stage.REGISTERED, UNTIL, UNTIL, Force.IN_FORCE),
        (Stage.REGISTERED, UNTIL, UNTIL + timedelta(days=1), Force.EXPIRED),
        (Stage.EXPIRED, UNTIL, UNTIL, Force.EXPIRED),
        # what the authority or the school ended is said as such, also after its date
        (Stage.SUSPENDED, UNTIL, date(2030, 1, 1), Force.SUSPENDED),
        (Stage.REVOKED, UNTIL, date(2030, 1, 1), Force.REVOKED),
        (Stage.CANCELLED, UNTIL, date(2026, 4, 1), Force.CANCELLED),
        # nothing of a running, refused or merged case is disclosed
        (Stage.DRAFT, None, UNTIL, Force.UNLISTED),
        (Stage.IN_REVIEW, None, UNTIL, Force.UNLISTED),
        (Stage.REJECTED, None, UNTIL, Force.UNLISTED),
        (Stage.WITHDRAWN, None, UNTIL, Force.UNLISTED),
        (Stage.MERGED, None, UNTIL, Force.UNLISTED),
    ],
)
def test_what_is_told_outside(stage: Stage, until: date | None, day: date, force: Force) -> None:
    assert in_force(stage, until, day) is force


@pytest.mark.parametrize("stage", Stage)
def test_only_what_has_a_number_is_told_outside(stage: Stage) -> None:
    listed = in_force(stage, None, UNTIL) is not Force.UNLISTED
    assert listed is (stage in NUMBERED)


def test_a_renewal_is_open_from_so_many_working_days_before_to_so_many_after() -> None:
    window = renewal_window(UNTIL, 60, 30, Weekdays())
    assert between(window.first, UNTIL, Weekdays()) == 60
    assert between(UNTIL, window.last, Weekdays()) == 30
    assert window.holds(window.first) and window.holds(window.last)
    assert not window.holds(window.first - timedelta(days=1))
    assert not window.holds(window.last + timedelta(days=1))


def test_every_ground_names_its_place_in_the_notice() -> None:
    assert all(one.clause in CLAUSES for one in GROUNDS)
    assert ground("fee") is GROUNDS[0] and ground("no such") is None
