"""How a registered filing stands: in force or not, the grounds to end that, when to renew."""

from collections.abc import Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final, NamedTuple

from storage.rules.terms import Stage, Term, clause
from storage.rules.workdays import Calendar, add


class Force(Term):
    """What somebody outside is told of a filing."""

    IN_FORCE = "in_force", "已备案"
    EXPIRED = "expired", "已到期"
    SUSPENDED = "suspended", "已暂停"
    REVOKED = "revoked", "已撤销"
    CANCELLED = "cancelled", "已注销"
    UNLISTED = "unlisted", "未在册"


_FORCE: Final[Mapping[Stage, Force]] = MappingProxyType(
    {
        Stage.REGISTERED: Force.IN_FORCE,
        Stage.EXPIRED: Force.EXPIRED,
        Stage.SUSPENDED: Force.SUSPENDED,
        Stage.REVOKED: Force.REVOKED,
        Stage.CANCELLED: Force.CANCELLED,
    }
)


def in_force(stage: Stage, valid_until: date | None, day: date) -> Force:
    """Say how a filing stands on ``day`` to somebody outside.

    What has no number is 未在册: a draft, a running case and a refused one are never disclosed.
    The date tells that a filing has expired before its stage does.

    Source: requirements A.10b (what a parent is told); design 2.7.
    """
    force = _FORCE.get(stage, Force.UNLISTED)
    over = valid_until is not None and valid_until < day
    return Force.EXPIRED if force is Force.IN_FORCE and over else force


class Ground(NamedTuple):
    """Why a filing is suspended or revoked, and where the notice says so."""

    key: str
    label: str
    clause: str


GROUNDS: Final = (
    Ground("fee", "收费问题", clause("二（一）")),
    Ground("fair", "与分班或评价挂钩", clause("二（二）")),
    Ground("content", "有害内容", clause("三（二）2")),
    Ground("scope", "与备案内容不符", clause("二（三）")),
    Ground("safety", "技术安全问题", clause("三（二）8")),
    Ground("other", "其他情况", clause("三")),
)
"""What the notice gives an authority to act on."""


def ground(key: str) -> Ground | None:
    """Return a ground by its key."""
    return next((one for one in GROUNDS if one.key == key), None)


class Window(NamedTuple):
    """From when until when a filing may be renewed, both days counted."""

    first: date
    last: date

    def holds(self, day: date) -> bool:
        """Tell whether ``day`` lies inside."""
        return self.first <= day <= self.last


def renewal_window(valid_until: date, before: int, after: int, calendar: Calendar) -> Window:
    """Return when a renewal may be handed in: so many working days before and after the end.

    Source: none in the notice; requirements R10, Q25; the days are the office's own.
    """
    first = valid_until
    left = before
    while left:
        first -= timedelta(days=1)
        left -= calendar.day(first).is_workday
    return Window(first, add(valid_until, after, calendar).on)
