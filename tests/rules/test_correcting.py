"""A fact put right, and the way that follows from it."""

from dataclasses import replace

import pytest

from storage.rules.correcting import Fact, corrected, in_words, new_way, value_of
from storage.rules.facts import Facts
from storage.rules.office import OfficeRules
from storage.rules.routing import added_seat, added_seats, route
from storage.rules.terms import Desk, Kind, RuleViolationError, SchoolStage

RULES = OfficeRules()
APP = Facts(kind=Kind.APP, stages_in_use=(SchoolStage.PRIMARY,))


@pytest.mark.parametrize(
    ("fact", "value", "lead", "words"),
    [
        (Fact.STAGES, "vocational", Desk.VOC, "中职"),
        (Fact.STAGES, "kindergarten", Desk.PRE, "幼儿园"),
        # the same desk leads, and the stage is right all the same
        (Fact.STAGES, "primary,junior", Desk.BASIC, "初中、小学"),
        (Fact.KIND, "terminal", Desk.TECH, "移动学习终端"),
        (Fact.OWNER, "city", Desk.DIRECT, "市局直属"),
    ],
)
def test_the_way_follows_from_what_was_put_right(
    fact: Fact, value: str, lead: Desk, words: str
) -> None:
    facts = corrected(APP, fact, value)
    (part,) = new_way(facts, RULES)
    assert part.lead.desk is lead
    assert in_words(fact, value) == words
    assert set(value_of(facts, fact).split(",")) == set(value.split(","))


@pytest.mark.parametrize(
    ("fact", "value"), [(Fact.STAGES, "primary"), (Fact.KIND, "app"), (Fact.OWNER, "county")]
)
def test_what_says_so_already_is_not_put_right(fact: Fact, value: str) -> None:
    with pytest.raises(RuleViolationError, match=f"{fact.label}本来就是"):
        corrected(APP, fact, value)


def test_several_leads_are_several_filings() -> None:
    with pytest.raises(RuleViolationError, match="改后应由2个部门分别牵头"):
        new_way(corrected(APP, Fact.STAGES, "primary,vocational"), RULES)


def test_who_was_added_by_hand_stays_unless_asked_anyway() -> None:
    ways = route(APP, RULES).filings[0]
    added = added_seat(Desk.FINANCE, "核实押金", blocking=False)
    by_hand = replace(ways[0], co_reviewers=(*ways[0].co_reviewers, added))
    before = added_seats(ways, [by_hand])
    assert added in before[0].co_reviewers
    stays = new_way(corrected(APP, Fact.STAGES, "vocational"), RULES, before)
    assert added in stays[0].co_reviewers
    # devices have the finance department by the matrix, and it must be waited for
    asked = new_way(corrected(APP, Fact.KIND, "terminal"), RULES, before)
    seats = [seat for seat in asked[0].co_reviewers if seat.desk is Desk.FINANCE]
    assert [seat.blocking for seat in seats] == [True]
