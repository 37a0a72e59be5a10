"""The live certificate behind each number: for anybody, without signing in and without scripts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from aiohttp import web

from bot.annex import Drawer, DrawingBusyError, DrawingError
from bot.web.drawing import page
from bot.web.headers import CalmError
from handlers.certificate import RULES, Certificate, day_words, find, picture_of
from handlers.context import Office
from storage.ledger import Ledger

# A whole group of parents looks at it within minutes of its announcement.
FOR_A_WHILE = {"Cache-Control": "public, max-age=300"}


@dataclass(frozen=True, slots=True, eq=False)
class CertificatePage:
    """Shows how a number stands today. Of what has no number nothing can be learnt here."""

    ledger: Ledger
    drawer: Drawer
    office: Office
    now: Callable[[], datetime]

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of the page and of its picture."""
        return [
            web.get("/f/{number}.png", self.picture),
            web.get("/f/{number}", self.show),
            web.get("/f/", self.show),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """Show a certificate; for every number that does not exist one and the same page."""
        found = await self._find(request)
        if found is None:
            return page(request, "certificate_none.html", {}, 404)
        values = {"one": found, "rules": RULES, "date": _date}
        return page(request, "certificate.html", values)

    async def picture(self, request: web.Request) -> web.Response:
        """Hand out the picture, for groups whose platform fetches it itself."""
        found = await self._find(request)
        if found is None:
            raise web.HTTPNotFound
        try:
            content = await self.drawer.picture(picture_of(found))
        except (DrawingError, DrawingBusyError):
            raise CalmError(503) from None
        return web.Response(body=content, content_type="image/png", headers=FOR_A_WHILE)

    async def _find(self, request: web.Request) -> Certificate | None:
        typed = request.match_info.get("number", "")
        today = self.now().astimezone(self.office.zone).date()
        return await self.ledger.read(lambda tx: find(tx, self.office, typed, today))


def _date(day: date | None) -> str:
    return day_words(day) if day else ""
