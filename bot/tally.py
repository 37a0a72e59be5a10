"""What was spent of the platforms' months and is not in the ledger yet.

Counted where a call is made, written where a sending is settled: a count costs no transaction of
its own. A process that dies loses the calls of the tries it had not settled, so that the ledger's
count is too low by those and never too high.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from itertools import islice
from typing import NamedTuple

from storage.costs import Line
from storage.rules.quotas import Resource, month_of
from storage.transaction import Transaction

MOST_LINES = 200
"""So many are written in one transaction, that nobody waits long for the only writer."""
Key = tuple[str, str, Resource, str, str]
"""Month, instance, resource, about, and the name of the API: a ``Line`` without its number."""
_API_CHARS = 80
_about: ContextVar[str] = ContextVar("about", default="")


class Bill(NamedTuple):
    """What is to be written at one go: counts, and when a platform said that it gives no more."""

    lines: tuple[Line, ...]
    refusals: tuple[tuple[str, Resource, datetime], ...]

    def write(self, tx: Transaction) -> None:
        """Add it to the ledger's counts; what nobody needs does not wait for another month."""
        tx.costs.add(self.lines)
        for instance, resource, at in self.refusals:
            tx.costs.note_refusal(instance, resource, at)
            if resource is Resource.API:
                tx.outbox.spare(instance)


@contextmanager
def charged_to(about: str | None) -> Iterator[None]:
    """Count what is spent meanwhile for one filing, or before there is one for its draft."""
    token = _about.set(about or "")
    try:
        yield
    finally:
        _about.reset(token)


def _wall_clock() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True, eq=False)
class Tally:
    """Counts for every channel. What an instance of ``metered`` spends is due: it is written with
    the next sending that is settled. The rest, of which no month runs out, waits for a tick."""

    now: Callable[[], datetime] = _wall_clock
    zone: tzinfo = UTC
    metered: Collection[str] = ()
    _due: Counter[Key] = field(default_factory=Counter)
    _other: Counter[Key] = field(default_factory=Counter)
    _refusals: dict[tuple[str, Resource], datetime] = field(default_factory=dict)

    def of(self, instance: str) -> InstanceMeter:
        """Return the meter of one channel."""
        return InstanceMeter(self, instance)

    def spend(self, instance: str, resource: Resource, name: str) -> None:
        """Count one call or unit."""
        month = month_of(self.now(), self.zone).name
        self._kept(instance)[month, instance, resource, _about.get(), name[:_API_CHARS]] += 1

    def spent_up(self, instance: str, resource: Resource) -> None:
        """Note that the platform gives no more this month."""
        self._refusals[instance, resource] = self.now()

    def take_due(self) -> Bill | None:
        """Take out what is to be written with the sending that is settled now, if anything."""
        return self._bill(self._due) if self._due or self._refusals else None

    def take(self) -> Bill | None:
        """Take out what is to be written at one go; None where nothing is left."""
        return self.take_due() or (self._bill(self._other) if self._other else None)

    def give_back(self, bill: Bill) -> None:
        """Keep what could not be written for the next time."""
        for line in bill.lines:
            self._kept(line.instance)[line[:-1]] += line.times
        for instance, resource, at in bill.refusals:
            self._refusals.setdefault((instance, resource), at)

    def _kept(self, instance: str) -> Counter[Key]:
        return self._due if instance in self.metered else self._other

    def _bill(self, counts: Counter[Key]) -> Bill:
        taken = list(islice(counts.items(), MOST_LINES))
        for key, _ in taken:
            del counts[key]
        refusals = tuple((*key, at) for key, at in self._refusals.items())
        self._refusals.clear()
        return Bill(tuple(Line(*key, times) for key, times in taken), refusals)


@dataclass(frozen=True, slots=True)
class InstanceMeter:
    """What one channel is told to count with."""

    tally: Tally
    instance: str

    def spend(self, resource: Resource, name: str) -> None:
        """Count one call or unit of this channel."""
        self.tally.spend(self.instance, resource, name)

    def spent_up(self, resource: Resource) -> None:
        """Note that this channel's platform gives no more."""
        self.tally.spent_up(self.instance, resource)
