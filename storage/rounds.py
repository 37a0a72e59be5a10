"""A round of self-inspection as it is read: its days, its schools, and how it stands in numbers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from storage.rules.inspection import RoundDays, RoundScope, RoundState


class Round(NamedTuple):
    """One authority's round. ``bundle`` joins those that were opened together by ``made_for``."""

    tenant: str
    id: str
    bundle: str
    made_for: str
    scope: RoundScope
    days: RoundDays
    state: RoundState
    made_by: str
    filled_upto: str
    filled_at: datetime | None
    seed: str

    @property
    def name(self) -> str:
        """What people call it: 2026年3月自查."""
        return f"{self.days.opens_on.year}年{self.days.opens_on.month}月自查"


class School(NamedTuple):
    """A school that a round asks."""

    code: str
    name: str


class Tally(NamedTuple):
    """How a round stands in one authority, in numbers of schools."""

    schools: int = 0
    received: int = 0
    amiss: int = 0
    mended: int = 0

    @property
    def missing(self) -> int:
        """Schools whose sheet did not come yet."""
        return self.schools - self.received

    @classmethod
    def total(cls, parts: Iterable[Tally]) -> Tally:
        """Add several up."""
        schools, received, amiss, mended = (0, 0, 0, 0)
        for one in parts:
            schools, received = schools + one.schools, received + one.received
            amiss, mended = amiss + one.amiss, mended + one.mended
        return cls(schools, received, amiss, mended)
