"""The live page behind a bulletin, and its picture: numbers only, for whoever has the link."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from aiohttp import web

from bot.annex import Drawer, DrawingBusyError, DrawingError
from bot.web.drawing import page
from bot.web.headers import CalmError
from cards.bulletin import COUNTED, NOTE, BulletinView, bulletin_picture, compare, tiles
from handlers.bulletin import PAGE, by_key
from handlers.context import Office
from handlers.links import BadLinkError, EndedLinkError
from storage.ledger import Ledger

ENDED: Final = "这一期通报的链接已过期。请看群里最近的一期，或单独给助手发“本月情况”。"
# Members of a group look at it within minutes of each other, and a city's month is long to count.
KEPT: Final = timedelta(minutes=5)
MOST_KEPT: Final = 64
FOR_A_WHILE: Final = {"Cache-Control": f"public, max-age={KEPT.total_seconds():.0f}"}


@dataclass(frozen=True, slots=True, eq=False)
class BulletinPage:
    """Shows the numbers as the ledger has them now, give or take some minutes; a link opens one
    bulletin, for some weeks."""

    ledger: Ledger
    drawer: Drawer
    office: Office
    now: Callable[[], datetime]
    _kept: dict[str, tuple[datetime, BulletinView]] = field(default_factory=dict)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of the page and of its picture."""
        return [
            web.get(f"/m/{PAGE}/{{token}}.png", self.picture),
            web.get(f"/m/{PAGE}/{{token}}", self.show),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """Show the numbers, each section with its chart and the same as a table."""
        view = await self._read(request)
        values = {
            "view": view, "tiles": tiles, "compare": compare, "note": NOTE, "counted": COUNTED,
        }  # fmt: skip
        return page(request, "bulletin.html", values)

    async def picture(self, request: web.Request) -> web.Response:
        """Hand out the picture, for groups whose platform fetches it itself."""
        view = await self._read(request)
        address = self.office.links.address(PAGE, request.match_info["token"])
        wish = bulletin_picture(view, page=address, picture=f"{address}.png")
        try:
            content = await self.drawer.picture(wish)
        except (DrawingError, DrawingBusyError):
            raise CalmError(503) from None
        return web.Response(body=content, content_type="image/png", headers=FOR_A_WHILE)

    async def _read(self, request: web.Request) -> BulletinView:
        try:
            grant = self.office.links.read(PAGE, request.match_info["token"], self.now())
        except EndedLinkError:
            raise CalmError(410, ENDED) from None
        except BadLinkError as refusal:
            raise CalmError(403, str(refusal)) from None
        async with self._turn:  # who comes meanwhile reads what this one has read
            return await self._view(grant.subject)

    async def _view(self, key: str) -> BulletinView:
        now = self.now()
        read_at, kept = self._kept.get(key, (now - KEPT, None))
        if kept is not None and timedelta() <= now - read_at < KEPT:
            return kept
        view = await self.ledger.read(lambda tx: by_key(tx, self.office, key))
        if view is None:
            raise CalmError(404)
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        self._kept[key] = (now, view)
        return view
