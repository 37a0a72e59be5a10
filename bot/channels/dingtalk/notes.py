"""What a process remembers of parcels that are not done; another one has only the outbox row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

_MOST = 10_000


@dataclass(slots=True, eq=False)
class Notes:
    """Doubts, texts that arrived, and cards that exist but stand nowhere yet."""

    _doubts: dict[str, None] = field(default_factory=dict)
    _told: dict[str, int] = field(default_factory=dict)
    _homeless: dict[str, bool] = field(default_factory=dict)
    _owing: dict[str, None] = field(default_factory=dict)

    def doubt(self, parcel_id: str) -> None:
        """A try ended without our knowing how."""
        _put(self._doubts, parcel_id, None)

    def in_doubt(self, parcel_id: str) -> bool:
        """Say whether some try may have got through."""
        return parcel_id in self._doubts

    def tell(self, parcel_id: str, count: int) -> None:
        """So many of the parcel's texts have arrived."""
        _put(self._told, parcel_id, count)

    def told(self, parcel_id: str) -> int:
        """Return how many of the parcel's texts have arrived."""
        return self._told.get(parcel_id, 0)

    def owe(self, parcel_id: str) -> None:
        """The card went first, its texts are still to come."""
        _put(self._owing, parcel_id, None)

    def owes(self, parcel_id: str) -> bool:
        """Say whether texts are to come after the card."""
        return parcel_id in self._owing

    def leave_homeless(self, track: str) -> None:
        """The card was created, and the platform said that it was not delivered to anybody."""
        _put(self._homeless, track, True)

    def lose(self, track: str) -> None:
        """A homeless card was delivered for itself, and nobody knows whether it arrived."""
        _put(self._homeless, track, False)

    def house(self, track: str) -> None:
        """The card stands where it belongs."""
        self._homeless.pop(track, None)

    def homeless(self, track: str) -> bool | None:
        """Say whether the card stands nowhere: True certainly, False once so, None unknown."""
        return self._homeless.get(track)


def _put(notes: dict[str, Any], name: str, value: object) -> None:
    notes[name] = value
    if len(notes) > _MOST:
        del notes[next(iter(notes))]
