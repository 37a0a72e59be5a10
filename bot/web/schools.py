"""``/s/{school}``: what a school has filed, for anybody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from aiohttp import web

from bot.web.drawing import draw, drawn
from bot.web.headers import CalmError
from bot.web.turnstile import Turnstile
from handlers.certificate import RULES, day_words
from handlers.context import Office
from handlers.school_list import school_list
from storage.transaction import Transaction

NO_SCHOOL: Final = "没有查到这所学校的清单。请核对网址，或者从下面重新查询。"
# Whole classes look at it within a minute; what was suspended must be seen soon after.
FOR_A_MINUTE: Final = {"Cache-Control": "public, max-age=60"}
KEPT: Final = timedelta(seconds=20)
MOST_KEPT: Final = 128
_MOST_DIGITS: Final = 4


@dataclass(frozen=True, slots=True, eq=False)
class SchoolPage:
    """Shows the filed list of a school, page by page; what was drawn serves whoever comes within
    some seconds."""

    reads: Turnstile
    office: Office
    now: Callable[[], datetime]
    _kept: dict[tuple[str, int], tuple[datetime, str]] = field(default_factory=dict)

    def routes(self) -> list[web.RouteDef]:
        """Return the route of the list."""
        return [web.get("/s/{school}", self.show)]

    async def show(self, request: web.Request) -> web.Response:
        """Show one page; what is no school and no page is one and the same."""
        at, page = request.match_info["school"], _page_of(request.query.get("page", "1"))
        now = self.now()
        today = now.astimezone(self.office.zone).date()

        def work(tx: Transaction) -> str:
            # Somebody ahead in the line may have asked for the same.
            if kept := self._drawn(at, page, now):
                return kept
            found = school_list(tx, self.office, at, page, today)
            if found is None:
                return ""
            values = {"list": found, "rules": RULES, "date": day_words}
            text = draw(request.app, "school.html", values)
            self._keep(at, page, now, text)
            return text

        text = self._drawn(at, page, now) or await self.reads.read(work)
        if not text:
            raise CalmError(404, NO_SCHOOL)
        return drawn(text, cache=FOR_A_MINUTE)

    def _drawn(self, at: str, page: int, now: datetime) -> str:
        drawn_at, text = self._kept.get((at, page), (now, ""))
        return text if timedelta() <= now - drawn_at < KEPT else ""

    def _keep(self, at: str, page: int, now: datetime, text: str) -> None:
        self._kept.pop((at, page), None)
        self._kept[at, page] = (now, text)
        if len(self._kept) > MOST_KEPT:
            del self._kept[next(iter(self._kept))]


def _page_of(typed: str) -> int:
    is_number = typed.isascii() and typed.isdecimal() and len(typed) <= _MOST_DIGITS
    return int(typed) if is_number else 0
