"""Which rows go out at one go: what one push told several people, where a channel can do that."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from storage.outbox import Errand, apart, doubt_together


def together(
    errands: Iterable[Errand], tells_many: Callable[[str], bool]
) -> Iterator[list[Errand]]:
    """Part errands into those that go out together. ``tells_many`` says which instances can.

    What may have arrived together goes together once more, or each alone: in any other company
    the channel could not tell whether it did.
    """
    parts: dict[object, list[Errand]] = {}
    for errand in errands:
        is_joint = bool(errand.joint) and tells_many(errand.instance)
        parts.setdefault(_company(errand) if is_joint else errand.seq, []).append(errand)
    for part in parts.values():
        if part[0].doubtful and {str(one.seq) for one in part} != {*part[0].fellows}:
            yield from ([errand] for errand in part)
        else:
            yield part


def foreword(errands: Sequence[Errand]) -> str:
    """Return what is to be noted before these leave: what leaves together, or no longer does.

    A process that dies on the way leaves nothing else to tell by.
    """
    first = errands[0]
    if len(errands) > 1 and not first.doubtful:
        return doubt_together(errand.seq for errand in errands)
    if len(errands) == 1 and first.doubtful and first.fellows and not first.is_apart:
        return apart(first.fellows, doubtful=True)
    return ""


def _company(errand: Errand) -> object:
    """Return what errands that may go out together have in common."""
    if errand.is_apart:
        return errand.seq
    if errand.doubtful:
        return (errand.instance, errand.fellows)
    return (errand.instance, errand.joint, _look(errand.body))


def _look(body: Mapping[str, Any]) -> str:
    """Return what people are told, but for the link that is each one's own."""
    card = body.get("card")
    look = {**body, "card": {**card, "page": ""}} if card else body
    return json.dumps(look, sort_keys=True)
