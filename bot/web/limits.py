"""How often one address may open the public pages: a calm 429, and looking for numbers counts more.

Nobody's visit is kept: of each address one moment is remembered, until which it has used up what it
may. Each process counts for itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.web.drawing import message
from bot.web.visitors import Proxies

log = structlog.get_logger()

PUBLIC: Final = frozenset({"", "s", "f", "r"})
"""What the public pages' paths begin with."""
MISSED: Final = web.RequestKey("missed", bool)
"""What a page notes on its request where somebody asked for a number that does not exist."""
MOST_ADDRESSES: Final = 20_000
_MINUTE: Final = 60.0
_SLACK: Final = 1e-6
"""Sums of fractions come out a little more or less than a minute."""
BUSY: Final = "请稍等"
SENTENCE: Final = (
    "同一网络刚才打开的次数较多，请过{seconds}秒再打开。一个网络里人多时也会这样，不是您的问题。"
)


class LimitSettings(Protocol):
    """What the limit depends on."""

    @property
    def trusted_proxies(self) -> tuple[str, ...]: ...
    @property
    def visits_per_minute(self) -> int: ...
    @property
    def miss_counts(self) -> int: ...


@dataclass(slots=True, eq=False)
class Allowance:
    """So many visits a minute for each address, at most a minute's worth at once.

    (The generic cell rate algorithm: instead of counting, one moment moves ahead with each visit.)
    ``timer`` gives seconds that only go forward. When there are more addresses than ``most``, the
    one that was seen least lately is forgotten, and starts anew: memory is bounded, and nobody is
    refused for what others do.
    """

    per_minute: int
    timer: Callable[[], float]
    most: int = MOST_ADDRESSES
    _until: dict[str, float] = field(default_factory=dict)

    def wait(self, address: str) -> float:
        """Return 0 and count a visit, or the seconds after which there will be room for one."""
        now = self.timer()
        until = max(self._until.get(address, now), now) + self._each
        wait = until - now - _MINUTE
        if wait > _SLACK:
            return wait
        self._note(address, until)
        return 0.0

    def charge(self, address: str, visits: int) -> None:
        """Count more visits for what somebody has done."""
        now = self.timer()
        until = max(self._until.get(address, now), now) + visits * self._each
        # Nobody has to wait for more than a minute.
        self._note(address, min(until, now + 2 * _MINUTE - self._each))

    def __len__(self) -> int:
        return len(self._until)

    @property
    def _each(self) -> float:
        return _MINUTE / self.per_minute

    def _note(self, address: str, until: float) -> None:
        self._until.pop(address, None)
        self._until[address] = until
        if len(self._until) > self.most:
            del self._until[next(iter(self._until))]


def limit(settings: LimitSettings, timer: Callable[[], float]) -> Middleware:
    """Return the middleware that holds visitors of the public pages to their allowance.

    With ``visits_per_minute = 0`` nobody is held to any.
    """
    proxies = Proxies.of(settings.trusted_proxies)
    allowance = Allowance(max(settings.visits_per_minute, 1), timer)
    more = settings.miss_counts - 1
    told: set[str] = set()

    @web.middleware
    async def hold(request: web.Request, handler: Handler) -> web.StreamResponse:
        is_nothing = request.match_info.http_exception is not None
        if not settings.visits_per_minute or not (is_nothing or is_public(request.path)):
            return await handler(request)
        if not told and (proxy := proxies.unknown(request)):
            # Everybody behind it would be one visitor.
            told.add(proxy)
            log.warning("a proxy is not among web.trusted_proxies", proxy=proxy)
        visitor = proxies.visitor(request)
        wait = allowance.wait(visitor)
        if wait:
            return _refused(request, math.ceil(wait))
        try:
            response = await handler(request)
        except web.HTTPNotFound:
            allowance.charge(visitor, more)
            raise
        if response.status == web.HTTPNotFound.status_code or request.get(MISSED):
            allowance.charge(visitor, more)
        return response

    return hold


def is_public(path: str) -> bool:
    """Tell whether a path is that of a page for anybody."""
    return path.partition("/")[2].partition("/")[0] in PUBLIC


def _refused(request: web.Request, seconds: int) -> web.Response:
    response = message(request, 429, BUSY, SENTENCE.format(seconds=seconds), is_public=True)
    response.headers["Retry-After"] = str(seconds)
    return response
