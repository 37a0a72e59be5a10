"""A filing that came to the wrong desk (转出): which fact was wrong, and the way made anew."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from storage.rules.facts import Facts
from storage.rules.office import OfficeRules
from storage.rules.routing import Part, added_seats, route
from storage.rules.terms import Kind, Owner, RuleViolationError, SchoolStage, Term, UnitKind


class Fact(Term):
    """A fact that sends a filing to the wrong desk when it is wrong."""

    STAGES = "stages", "使用学段"
    KIND = "kind", "终端还是应用"
    OWNER = "owner", "隶属"


_ORDER: Final = tuple(SchoolStage)


def stages_of(value: str) -> tuple[SchoolStage, ...]:
    """Read ``primary,junior`` in the annex's order.

    Raises:
        ValueError: not a stage.
    """
    named = [SchoolStage(one) for one in value.split(",") if one]
    return tuple(stage for stage in _ORDER if stage in named)


def value_of(facts: Facts, fact: Fact) -> str:
    """Return a fact as it is kept: ``vocational``, ``primary,junior``, ``app``, ``county``."""
    if fact is Fact.STAGES:
        return ",".join(stage.value for stage in _ORDER if stage in facts.stages_in_use)
    return facts.kind.value if fact is Fact.KIND else facts.owner.value


def in_words(fact: Fact, value: str) -> str:
    """Write a value for people."""
    if fact is Fact.STAGES:
        return "、".join(stage.label for stage in stages_of(value))
    return Kind(value).label if fact is Fact.KIND else Owner(value).label


def corrected(facts: Facts, fact: Fact, value: str) -> Facts:
    """Return the facts with one of them put right.

    Raises:
        RuleViolationError: it says so already, or a unit that is no school has no stages.
    """
    if fact is Fact.STAGES and facts.unit_kind is not UnitKind.SCHOOL:
        raise RuleViolationError("报送单位不是学校，不分学段，无需更正（三（二）9）。")
    if value_of(facts, fact) == value:
        raise RuleViolationError(f"本件的{fact.label}本来就是{in_words(fact, value)}，无需转出。")
    if fact is Fact.STAGES:
        return replace(facts, stages_in_use=stages_of(value))
    if fact is Fact.KIND:
        return replace(facts, kind=Kind(value))
    return replace(facts, owner=Owner(value))


def new_way(facts: Facts, office: OfficeRules, before: Sequence[Part] = ()) -> tuple[Part, ...]:
    """Return the way of a filing after its facts were put right; departments that were added by
    hand (``before``) stay, unless they lead now or are asked anyway.

    Raises:
        RuleViolationError: several departments would have to lead, each a filing of its own (M13).

    Source: 三（一）; requirements A.4.
    """
    ways = route(facts, office).filings
    if len(ways) != 1:
        raise RuleViolationError(
            f"改后应由{len(ways)}个部门分别牵头（三（一）），不能在原件上转出。"
            "请退回学校，由校长撤回后重新备案。"
        )
    return added_seats(ways[0], before)
