"""What the takers of the four sheets share: the directory, the day, and the trace they leave."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from storage.crypto import FieldCipher
from storage.directory import Directory
from storage.people import Unit


@dataclass(slots=True, eq=False)
class Taking:
    """One import inside its transaction.

    ``tenants`` names the authorities; ``day`` is the office's date, on which new posts begin.
    ``units`` are the active ones by code, as the import has made them so far. ``covered`` are the
    codes of the units of the sheet 单位: for them the other sheets are the whole truth. ``traces``
    collect, per authority, what its journal will say.
    """

    directory: Directory
    cipher: FieldCipher
    tenants: Mapping[str, str]
    now: datetime
    day: date
    midnight: datetime
    step: Callable[[], None]
    units: dict[str, Unit] = field(default_factory=dict)
    covered: set[str] = field(default_factory=set)
    traces: dict[str, dict[str, list[Any]]] = field(default_factory=dict)

    def trace(self, tenant: str, what: str, value: Any) -> None:
        """Keep one change for the journal of an authority: ids and codes, never personal data."""
        self.traces.setdefault(tenant, {}).setdefault(what, []).append(value)
