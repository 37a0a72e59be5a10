"""How the platforms' months stand: read from the ledger, never remembered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final, NamedTuple

from bot.sections import Sections
from storage.rules.quotas import Level, Resource, Standing, month_of
from storage.transaction import Transaction

# While something waits, the platform is asked once an hour whether it gives more again; a "no"
# that was not repeated for longer says nothing any more.
REFUSAL_HOLDS: Final = timedelta(hours=2)
WORDS: Final = {Resource.API: "接口调用", Resource.UNIT: "推送（Webhook 与 Stream）"}


class Figures(NamedTuple):
    """What a scrape shows of one quota; ``filings`` had a part in ``for_filings`` of it."""

    standing: Standing
    filings: int
    for_filings: int


@dataclass(frozen=True, slots=True)
class Quotas:
    """The limits of the settings, by instance and resource; 0 or nothing is no limit."""

    zone: tzinfo = UTC
    most: Mapping[tuple[str, Resource], int] = field(default_factory=dict)

    @property
    def metered(self) -> frozenset[str]:
        """The instances that are given so much and no more in a month."""
        return frozenset(instance for instance, _ in self.most)

    def standings(self, tx: Transaction, now: datetime) -> list[Standing]:
        """Return how every quota of this month stands."""
        return [
            standing
            for instance in sorted(self.metered)
            for standing in self._of(tx, instance, now)
        ]

    def spares(self, tx: Transaction, instance: str, now: datetime) -> bool:
        """Say whether an instance's calls are kept for what somebody has to act on.

        A courtesy costs a call; that the units run out is no reason to save those.
        """
        return any(
            standing.resource is Resource.API and standing.level >= Level.SPARING
            for standing in self._of(tx, instance, now)
        )

    def figures(self, tx: Transaction, now: datetime) -> list[Figures]:
        """Return what a scrape shows."""
        found = []
        for instance in sorted(self.metered):
            shares = tx.costs.by_filing(instance, month_of(now, self.zone))
            found += [
                Figures(standing, *shares[standing.resource])
                for standing in self._of(tx, instance, now)
            ]
        return found

    def warnings(self, tx: Transaction, now: datetime) -> Iterator[str]:
        """Say of each quota that is nearly used up how it stands, for the operator."""
        for one in self.standings(tx, now):
            if one.level >= Level.NEARLY:
                yield f"{one.instance} 的{WORDS[one.resource]}{_used(one)}。"

    def _of(self, tx: Transaction, instance: str, now: datetime) -> Sequence[Standing]:
        if instance not in self.metered:
            return ()
        month = month_of(now, self.zone)
        used = tx.costs.used(instance, month)
        return [
            Standing(
                instance,
                resource,
                month,
                used[resource],
                self.most.get((instance, resource), 0),
                self._refused(tx, instance, resource, now),
            )
            for resource in Resource
        ]

    def _refused(self, tx: Transaction, instance: str, resource: Resource, now: datetime) -> bool:
        at = tx.costs.refused_at(instance, resource)
        return at is not None and max(month_of(now, self.zone).start, now - REFUSAL_HOLDS) <= at


def _used(one: Standing) -> str:
    counted = f"本月已计 {one.used} 次，上限 {one.most} 次（{one.percent}%）"
    return f"{counted}，平台已说用完" if one.is_refused else counted


def quotas_of(sections: Sections, zone: tzinfo) -> Quotas:
    """Return the limits as the settings have them."""
    dingtalk = sections.dingtalk
    if not dingtalk.enabled:
        return Quotas(zone)
    return Quotas(
        zone,
        {
            ("dingtalk", Resource.API): dingtalk.monthly_calls,
            ("dingtalk", Resource.UNIT): dingtalk.monthly_units,
        },
    )
