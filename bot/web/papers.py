"""What the office prints, as pages, and its workbooks: read at opening, by who opens them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar

from aiohttp import web

from bot.export import XLSX, draw
from bot.web.drawing import NO_STORE, page
from bot.web.headers import CalmError
from bot.web.signin import Door, Visitor
from bot.web.view import disposition
from handlers import inspected, printed
from handlers.context import Office
from handlers.printed import GONE, NOT_YOURS, Reader
from storage.ledger import Ledger
from storage.rules.terms import RuleViolationError
from storage.transaction import Transaction

T = TypeVar("T")
PAGES = {**printed.PAGES, **inspected.PAGES}
BOOKS = {**printed.BOOKS, **inspected.BOOKS}


@dataclass(frozen=True, slots=True, eq=False)
class PaperPages:
    """Shows and hands out what ``handlers.printed`` reads."""

    door: Door
    ledger: Ledger
    office: Office
    now: Callable[[], datetime]

    def routes(self) -> list[web.RouteDef]:
        """Return one route for each kind of page, and one for the workbooks."""
        return [
            *(
                web.get(f"/m/{kind}/{{token}}", partial(self.show, kind), allow_head=False)
                for kind in PAGES
            ),
            web.get("/m/book/{token}", self.book, allow_head=False),
        ]

    async def show(self, kind: str, request: web.Request) -> web.Response:
        """Show a page that can be printed."""
        visitor = await self.door.visitor(request, kind)
        paper = await self._read(visitor, PAGES, kind, visitor.grant.subject)
        return page(request, "paper.html", {"paper": paper})

    async def book(self, request: web.Request) -> web.Response:
        """Hand out a workbook; it is drawn on a thread of its own."""
        visitor = await self.door.visitor(request, "book")
        kind, _, subject = visitor.grant.subject.partition("-")
        book = await self._read(visitor, BOOKS, kind, subject)
        body = await asyncio.to_thread(draw, book.sheets)
        headers = {"Content-Disposition": disposition(book.name), **NO_STORE}
        return web.Response(body=body, content_type=XLSX, headers=headers)

    async def _read(
        self,
        visitor: Visitor,
        readers: Mapping[str, Callable[[Reader, str], T]],
        kind: str,
        subject: str,
    ) -> T:
        if kind not in readers:
            raise CalmError(404, GONE)

        def read(tx: Transaction) -> T:
            person = tx.people.get(visitor.person_id)
            if person is None:
                raise CalmError(403, NOT_YOURS)
            try:
                return readers[kind](Reader(tx, self.office, person, self.now()), subject)
            except RuleViolationError as refusal:
                raise CalmError(403, str(refusal)) from None

        return await self.ledger.read(read)
