"""What the tests of the routing say again and again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from storage.rules.office import OfficeRules
from storage.rules.routing import Facts, Part, Route
from storage.rules.terms import Desk, Kind, Owner, SchoolStage

APP, TERMINAL, BOTH = Kind.APP, Kind.TERMINAL, Kind.BOTH
COUNTY, CITY = Owner.COUNTY, Owner.CITY
PRIMARY, VOCATIONAL, PRE_SCHOOL = (
    SchoolStage.PRIMARY,
    SchoolStage.VOCATIONAL,
    SchoolStage.KINDERGARTEN,
)
CONTENT = {Desk.LEGAL, Desk.RESEARCH, Desk.TECH}
DEFAULT = OfficeRules()


def facts(kind: Kind, stage: SchoolStage, owner: Owner, **more: Any) -> Facts:
    """Return the facts of a filing of one stage."""
    return replace(Facts(kind, (stage,), owner), **more)


def only_part(found: Route) -> Part:
    """Return the one part of a route."""
    (part,) = found.parts
    return part


def co(part: Part) -> set[Desk]:
    """Return the desks of a part's co-reviewers."""
    return {seat.desk for seat in part.co_reviewers}
