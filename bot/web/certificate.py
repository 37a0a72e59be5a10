"""The live certificate behind each number: for anybody, without signing in and without scripts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from bot.annex import Drawer, DrawingBusyError, DrawingError
from bot.web.drawing import draw, drawn
from bot.web.headers import CalmError
from bot.web.turnstile import Turnstile
from handlers.certificate import RULES, Certificate, day_words, find, picture_of
from handlers.context import Office
from storage.transaction import Transaction

# A whole group of parents looks at it within minutes of its announcement.
FOR_A_WHILE = {"Cache-Control": "public, max-age=300"}


@dataclass(frozen=True, slots=True, eq=False)
class CertificatePage:
    """Shows how a number stands today. Of what has no number nothing can be learnt here."""

    reads: Turnstile
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
        look = self._look(request)

        def work(tx: Transaction) -> tuple[int, str]:
            found = look(tx)
            if found is None:
                return 404, draw(request.app, "certificate_none.html", {})
            values = {"one": found, "rules": RULES, "date": day_words}
            return 200, draw(request.app, "certificate.html", values)

        status, text = await self.reads.read(work)
        return drawn(text, status)

    async def picture(self, request: web.Request) -> web.Response:
        """Hand out the picture, for groups whose platform fetches it itself."""
        found = await self.reads.read(self._look(request))
        if found is None:
            raise web.HTTPNotFound
        try:
            content = await self.drawer.picture(picture_of(found))
        except (DrawingError, DrawingBusyError):
            raise CalmError(503) from None
        return web.Response(body=content, content_type="image/png", headers=FOR_A_WHILE)

    def _look(self, request: web.Request) -> Callable[[Transaction], Certificate | None]:
        # PostgreSQL takes no NUL, and no number holds one.
        typed = request.match_info.get("number", "").replace("\0", "")
        today = self.now().astimezone(self.office.zone).date()
        return lambda tx: find(tx, self.office, typed, today)
