"""What the machine found, as fixed tests: two acts on one filing in the same moment."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.machine.conftest import Pair
from tests.machine.hands import Effect, Events, Hands
from tests.machine.machine import Machine

Prepared = tuple[Events, Effect]


@pytest.fixture
def office(pair: Pair) -> Iterator[Machine]:
    """An office whose newest filing is with its co-reviewers."""
    Machine.pair = staticmethod(pair)
    machine = Machine()
    machine.begins("app", 0, 1)
    yield machine
    machine.teardown()


def opinion(office: Machine, desk: str, verdict: str = "yes") -> Prepared:
    """Prepare a desk's opinion up to the tap that counts."""
    prepared = office._prepare(("26-0302-0001", "co_review", desk, 0, 0), 0, verdict)
    assert prepared is not None
    who, button, effect = prepared
    return office.hands.tapped(who, button), effect


def withdrawal(office: Machine) -> Prepared:
    """Prepare the principal's withdrawal up to the tap that counts."""
    hands, case_no = office.hands, "26-0302-0001"
    who, seen = hands.model.cases[case_no]["principal"], hands.model.cases[case_no]["version"]
    hands.says(who, f"撤回 {case_no}")
    button = hands.newest(who, "progress.withdraw")
    assert button is not None
    return hands.tapped(who, button), lambda model: model.withdraw(who, case_no, seen)


def announcement(office: Machine, by: str) -> Prepared:
    """Prepare the confirmation of the announcement."""
    hands, case_no = office.hands, "26-0302-0001"
    who = hands.model.cases[case_no][by]
    button = hands.last("announce.send", lambda tap: hands.named(tap.subject) == case_no)
    assert button is not None
    return hands.tapped(who, button), lambda model: model.announce(who, case_no)


def both_count(hands: Hands, first: Prepared, second: Prepared) -> None:
    hands.at_once(first[0], second[0], (first[1], second[1]))


def one_counts(hands: Hands, first: Prepared, second: Prepared) -> None:
    hands.at_once(first[0], second[0], (first[1],))


def test_of_two_last_opinions_at_once_one_is_the_last(office: Machine) -> None:
    office._decides(("26-0302-0001", "co_review", "research", 0, 0))
    both_count(office.hands, opinion(office, "legal"), opinion(office, "tech"))
    assert office.hands.model.cases["26-0302-0001"]["stage"] == "awaiting_decision"


def test_two_returns_at_once_are_both_the_school_s_to_mend(office: Machine) -> None:
    both_count(office.hands, opinion(office, "legal", "back"), opinion(office, "tech", "back"))
    office.is_mended(0, False, "owner")
    assert office.hands.model.cases["26-0302-0001"]["stage"] == "in_review"


def test_a_withdrawal_beside_a_return_leaves_nobody_with_a_task(office: Machine) -> None:
    both_count(office.hands, opinion(office, "legal", "back"), withdrawal(office))
    assert office.hands.model.cases["26-0302-0001"]["stage"] == "withdrawn"


def test_an_opinion_beside_a_withdrawal_comes_too_late(office: Machine) -> None:
    one_counts(office.hands, withdrawal(office), opinion(office, "legal"))


def test_an_announcement_confirmed_twice_at_once_is_confirmed_once(office: Machine) -> None:
    for _ in range(3):
        office.goes_on(0)
    first, second = announcement(office, "owner"), announcement(office, "principal")
    one_counts(office.hands, first, second)
    assert office.hands.model.cases["26-0302-0001"]["announced"] == "chen"
