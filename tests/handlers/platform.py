"""A platform in a test's hands: takes, refuses, is busy, or takes without its sender noting it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from bot.channels.base import (
    Capabilities,
    ChannelBusyError,
    ChannelRefusedError,
    Media,
    Parcel,
    Receipt,
)
from bot.delivery import Delivery
from bot.metrics import Metrics
from handlers.switchboard import Switchboard
from storage.ledger import Ledger

Fate = str | Callable[[], str]
METRICS: Final = Metrics()


class KilledError(BaseException):
    """The process is gone: nothing of it goes on."""


@dataclass(slots=True)
class Platform:
    """One that sees a repeat by its id, as WeCom does. ``arrived``: which row, and when.

    What becomes of a parcel: ``sent``, ``refused``, ``busy`` (429 and its kin), ``lost`` (it
    arrived, and its sender died before that was noted), ``doubt`` (it arrived, no answer did).
    """

    fate: Fate = "sent"
    instance: str = "wecom"
    capabilities: Capabilities = field(default_factory=Capabilities)
    arrived: dict[int, datetime] = field(default_factory=dict)
    now: Callable[[], datetime] = datetime.now

    def routes(self, dispatcher: object) -> list[Any]:
        """Be reached by nobody."""
        return []

    async def start(self) -> None:
        """Have nothing to open."""

    async def stop(self) -> None:
        """Have nothing to close."""

    async def fetch(self, media: str) -> Media:
        """Have no files."""
        raise NotImplementedError(media)

    def may_send_at(self, parcel: Parcel, now: datetime) -> float:
        """Ask for no pacing."""
        return 0.0

    async def send(self, parcel: Parcel) -> Receipt:
        """Take one parcel, or not."""
        fate = self.fate if isinstance(self.fate, str) else self.fate()
        if fate == "refused":
            raise ChannelRefusedError("81013", person=True)
        if fate == "busy":
            raise ChannelBusyError("45009", 60)
        self.arrived.setdefault(int(parcel.id), self.now())
        if fate == "lost":
            raise KilledError
        if fate == "doubt":
            raise ChannelBusyError("no answer", 60, unknown=True)
        return Receipt(f"copy-{parcel.id}", f"code-{parcel.id}")

    async def carries(self, ledger: Ledger, switchboard: Switchboard) -> int:
        """Let a fresh process send what may leave now; say how many rows it tried."""
        channels: dict[str, Any] = {self.instance: self}
        sender = Delivery(ledger, channels, self.now, METRICS, told_at=switchboard.told_at)
        count = 0
        while await sender._claim():
            count += len(sender._sending)
            await asyncio.gather(*sender._sending.values(), return_exceptions=True)
        return count
