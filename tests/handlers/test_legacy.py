"""Which filings stand on the track for products in use (存量补备), and how long they stay on it."""

from __future__ import annotations

from datetime import date

import pytest

from handlers.facts import settle
from storage.people import Unit
from storage.rules.facts import Facts, must_sign_again
from storage.rules.office import OfficeRules
from storage.rules.terms import Kind, Owner, Ownership, SchoolStage, UnitKind

UNTIL = date(2026, 9, 30)
SCHOOL = Unit(
    "330302", "S1", "小学", UnitKind.SCHOOL, "330302", Owner.COUNTY, Ownership.PUBLIC,
    (SchoolStage.PRIMARY,), frozenset(),
)  # fmt: skip


@pytest.mark.parametrize(
    ("in_use", "sent_in_time", "on", "legacy"),
    [
        # in use, on the last day of the track
        ("yes", False, UNTIL, True),
        # the day after: the ordinary way
        ("yes", False, date(2026, 10, 1), False),
        # sent in time, mended afterwards: it stays on the track
        ("yes", True, date(2026, 12, 1), True),
        # mended to say that it was not in use after all
        ("no", True, date(2026, 12, 1), False),
        ("no", False, UNTIL, False),
    ],
)
def test_the_track_is_open_to_its_date_and_kept_by_what_was_sent_in_time(
    in_use: str, sent_in_time: bool, on: date, legacy: bool
) -> None:
    answers = {"fair": {"in_use": in_use}, "stages": {"stages": ["primary"]}}
    if sent_in_time:
        answers["_legacy"] = True
    rules = OfficeRules(legacy_until=UNTIL)
    assert settle(answers, Kind.APP, SCHOOL, None, rules, on).facts.legacy is legacy


def test_being_on_the_track_is_kept_with_the_facts_and_signed_for_by_nobody() -> None:
    facts = Facts(kind=Kind.APP, legacy=True)
    assert Facts.from_dict(facts.to_dict()) == facts
    assert not must_sign_again(facts, Facts(kind=Kind.APP))
    # written before there was a track
    old = {key: value for key, value in facts.to_dict().items() if key != "legacy"}
    assert not Facts.from_dict(old).legacy
