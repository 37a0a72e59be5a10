"""What must not be called before a given time, because the platform said so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from bot.channels.base import ChannelBusyError, ChannelRefusedError
from bot.channels.dingtalk.errors import MONTH_USED_UP, Meaning, Verdict, refusal

EVERYTHING = "*"
# Quotas are counted by the calendar of the country; one more try an hour, because an office may
# have bought more.
_CHINA = timezone(timedelta(hours=8))
_MONTH_AGAIN = timedelta(hours=1)
_KEPT = (Meaning.SECOND, Meaning.CROWD, Meaning.MINUTE, Meaning.BLOCKED, Meaning.ADDRESS)


@dataclass(slots=True, eq=False)
class Blocks:
    """Blocks of single calls, of whole quotas and of everything, shared by all that call."""

    now: Callable[[], datetime]
    _until: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)

    def learn(self, call: str, quota: str, verdict: Verdict) -> None:
        """Remember a refusal that forbids more than the one call."""
        now = self.now()
        if verdict.meaning is Meaning.MONTH:
            self._until[quota] = now, min(now + _MONTH_AGAIN, _next_month(now))
        elif verdict.meaning in _KEPT:
            error = refusal(verdict)
            assert isinstance(error, ChannelBusyError)
            key = EVERYTHING if verdict.meaning is Meaning.ADDRESS else call
            self._until[key] = now, now + timedelta(seconds=error.retry_after)

    def check(self, call: str, quota: str = "") -> None:
        """Let a call pass that nothing forbids.

        Raises:
            ChannelRefusedError: the month's ``quota`` is used up; everything of it must wait.
            ChannelBusyError: not yet.
        """
        if over := self._left(quota):
            raise ChannelRefusedError(MONTH_USED_UP, stop=True, again_in=over)
        left = self.left(call)
        if left:
            raise ChannelBusyError(f"{call} is blocked", left)

    def left(self, call: str) -> float:
        """Return the seconds for which a call, or everything, is blocked."""
        return max(self._left(call), self._left(EVERYTHING))

    def _left(self, key: str) -> float:
        since, until = self._until.get(key, (None, None))
        if since is None or until is None:
            return 0.0
        now = self.now()
        # A clock that was turned back would keep a block for ever.
        if not since <= now < until:
            del self._until[key]
            return 0.0
        return (until - now).total_seconds()


def _next_month(now: datetime) -> datetime:
    first = now.astimezone(_CHINA).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first + timedelta(days=32)).replace(day=1)
