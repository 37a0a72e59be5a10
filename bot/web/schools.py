"""``/s/{school}``: what a school has filed, for anybody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
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
# A class looks at it within the same minute; what is suspended must be seen the next.
FOR_A_MINUTE: Final = {"Cache-Control": "public, max-age=60"}
_MOST_DIGITS: Final = 4


@dataclass(frozen=True, slots=True, eq=False)
class SchoolPage:
    """Shows the filed list of a school, page by page."""

    reads: Turnstile
    office: Office
    now: Callable[[], datetime]

    def routes(self) -> list[web.RouteDef]:
        """Return the route of the list."""
        return [web.get("/s/{school}", self.show)]

    async def show(self, request: web.Request) -> web.Response:
        """Show one page; what is no school and no page is one and the same."""
        at, page = request.match_info["school"], _page_of(request.query.get("page", "1"))
        today = self.now().astimezone(self.office.zone).date()

        def work(tx: Transaction) -> str | None:
            found = school_list(tx, self.office, at, page, today)
            values = {"list": found, "rules": RULES, "date": day_words}
            return draw(request.app, "school.html", values) if found else None

        text = await self.reads.read(work)
        if text is None:
            raise CalmError(404, NO_SCHOOL)
        return drawn(text, cache=FOR_A_MINUTE)


def _page_of(typed: str) -> int:
    is_number = typed.isascii() and typed.isdecimal() and len(typed) <= _MOST_DIGITS
    return int(typed) if is_number else 0
