"""Several things in one project: which of them a lead may decide on one by one."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from storage.rules.terms import Kind


class Item(NamedTuple):
    """One device kind or one application of a project."""

    name: str
    kind: Kind


def items_of(kind: Kind, apps: Sequence[str]) -> tuple[Item, ...]:
    """Return what a part of ``kind`` consists of; nothing where there is but one thing to decide.

    Source: requirements Q28.
    """
    if kind is Kind.TERMINAL:
        return ()
    named = tuple(Item(name, Kind.APP) for name in dict.fromkeys(apps))
    whole = (Item("终端", Kind.TERMINAL), *named) if kind is Kind.BOTH else named
    return whole if len(whole) > 1 else ()


def kinds_covered(
    kind: Kind, items: Iterable[Item], approved: Mapping[str, bool] | None
) -> frozenset[Kind]:
    """Return the kinds that an approval covers: of items those that were approved."""
    if approved:
        return frozenset(item.kind for item in items if approved.get(item.name))
    return frozenset((Kind.TERMINAL, Kind.APP)) if kind is Kind.BOTH else frozenset((kind,))
