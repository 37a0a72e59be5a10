"""The annex on paper: a page with its sheets as pictures, and the PDF to keep or to print."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from aiohttp import web

from bot.annex import Drawer, DrawingBusyError, DrawingError
from bot.web.drawing import NO_STORE, page
from bot.web.headers import CalmError
from bot.web.reading import note_reveal, readable
from bot.web.signin import Door, Visitor
from bot.web.view import disposition
from handlers.annex_sheet import Sheet, annex, file_name
from handlers.context import Office
from handlers.readers import Standing, may_read_opinions, may_reveal, standing
from storage.ledger import Ledger
from storage.transaction import Transaction

NOT_DRAWN: Final = "审批表暂时没有生成，已经记下，会有人处理。备案本身不受影响，请稍后再试。"
T = TypeVar("T")

BUSY: Final = "现在生成审批表的人较多，请过一会儿再打开。"


@dataclass(frozen=True, slots=True, eq=False)
class AnnexPage:
    """Hands out the annex to those who may read its filing."""

    door: Door
    ledger: Ledger
    drawer: Drawer
    office: Office
    now: Callable[[], datetime]

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of the page and of the PDF."""
        return [
            web.get("/m/annex/{token}", self.show, allow_head=False),
            web.get("/m/annex/{token}/pdf", self.download, allow_head=False),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """Show the sheets as pictures to a browser; whoever asks for no page is given the PDF.

        In the chat tools' own browsers a PDF may only be saved: the pictures are seen at once. The
        phone number stays masked on them.
        """
        if "text/html" not in request.headers.get("Accept", ""):
            return await self.download(request)
        visitor = await self.door.visitor(request, "annex")
        now = self.now()

        def read(tx: Transaction) -> Sheet:
            return self._read(tx, visitor, now, is_printed=False)

        sheet = await self.ledger.read(read)
        pages = await _drawn(self.drawer.pages(sheet))
        values = {
            "sheet": sheet,
            "pages": [f"data:image/png;base64,{b64encode(one).decode()}" for one in pages],
            "pdf": f"{request.path}/pdf",
        }
        return page(request, "annex.html", values)

    async def download(self, request: web.Request) -> web.Response:
        """Hand out the PDF; with the whole phone number where its reader handles the filing.

        That is written down before anything leaves (R93).
        """
        visitor = await self.door.visitor(request, "annex")
        now = self.now()

        def read(tx: Transaction) -> Sheet:
            return self._read(tx, visitor, now, is_printed=True)

        sheet = await self.ledger.run(read)
        file = await _drawn(self.drawer.pdf(sheet))
        headers = {
            **NO_STORE,
            "Content-Type": "application/pdf",
            "Content-Disposition": disposition(file_name(sheet)),
        }
        return web.Response(body=file, headers=headers)

    def _read(self, tx: Transaction, visitor: Visitor, now: datetime, *, is_printed: bool) -> Sheet:
        today = now.astimezone(self.office.zone).date()
        filing, person = readable(tx, visitor.grant.subject, visitor.person_id, today)
        tasks = tx.tasks.of(filing)
        is_school = standing(filing, tasks, person, today) is Standing.SCHOOL
        phone_shown = is_printed and (is_school or may_reveal(filing, tasks, person, today))
        if phone_shown:
            note_reveal(tx, filing, person, now)
        return annex(
            tx, filing, self.office, now, phone_shown=phone_shown,
            opinions_shown=may_read_opinions(filing, tasks, person, today),
        )  # fmt: skip


async def _drawn(drawing: Awaitable[T]) -> T:
    try:
        return await drawing
    except DrawingBusyError:
        raise CalmError(503, BUSY) from None
    except DrawingError:
        raise CalmError(503, NOT_DRAWN) from None
