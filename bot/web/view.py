"""The preview of a filing, read only, and the download of its files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import PurePath
from urllib.parse import quote

from aiohttp import web

from bot.files import FileStore
from bot.web.drawing import NO_STORE, page
from bot.web.headers import CalmError
from bot.web.reading import (
    NOT_YOURS,
    FilingView,
    note_reveal,
    read_filing,
    readable,
    readable_files,
)
from bot.web.signin import Door, Visitor
from handlers.context import Office
from handlers.links import LIFETIME
from handlers.readers import may_reveal
from storage.cases import Filing
from storage.drafts import Attachment
from storage.evidence import Proof
from storage.ledger import Ledger
from storage.people import Person
from storage.transaction import Transaction

NO_FILE = "这份材料已经换成新的一份，请回到备案页面重新打开。"
NOT_HERE = "这份材料暂时取不到，请联系本单位管理员。"


@dataclass(frozen=True, slots=True, eq=False)
class ViewPage:
    """Shows one filing to those on its way, and hands out its files."""

    door: Door
    ledger: Ledger
    files: FileStore
    office: Office
    now: Callable[[], datetime]

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of the preview and of the files."""
        return [
            web.get("/m/view/{token}", self.show, allow_head=False),
            web.post("/m/view/{token}", self.reveal),
            web.get("/m/file/{token}", self.download, allow_head=False),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """Show a filing; the phone number stays masked."""
        visitor = await self.door.visitor(request, "view")

        def read(tx: Transaction) -> FilingView:
            filing, person = self._known(tx, visitor.grant.subject, visitor)
            return read_filing(tx, filing, person, self._today(), revealed=False)

        return self._draw(request, await self.ledger.read(read), visitor)

    async def reveal(self, request: web.Request) -> web.Response:
        """Show a filing with the whole phone number, and write down who saw it."""
        visitor = await self.door.visitor(request, "view")
        now = self.now()

        def read(tx: Transaction) -> FilingView:
            filing, person = self._known(tx, visitor.grant.subject, visitor)
            if not may_reveal(filing, tx.tasks.of(filing), person, self._today()):
                raise CalmError(403, NOT_YOURS)
            note_reveal(tx, filing, person, now)
            return read_filing(tx, filing, person, self._today(), revealed=True)

        return self._draw(request, await self.ledger.run(read), visitor)

    async def download(self, request: web.Request) -> web.StreamResponse:
        """Hand out one file of a filing, never to be shown by the browser itself."""
        visitor = await self.door.visitor(request, "file")
        filing_id, _, file_id = visitor.grant.subject.partition("-")

        def read(tx: Transaction) -> Attachment | Proof:
            filing, person = self._known(tx, filing_id, visitor)
            for file in readable_files(tx, filing, person, self._today()):
                if file.id == file_id:
                    return file
            raise CalmError(404, NO_FILE)

        file = await self.ledger.read(read)
        if not self.files.holds(file.digest):
            raise CalmError(404, NOT_HERE)
        return web.FileResponse(
            self.files.path(file.digest),
            headers={
                **NO_STORE,
                "Content-Type": file.media_type,
                "Content-Disposition": disposition(file.name),
            },
        )

    def _today(self) -> date:
        return self.now().astimezone(self.office.zone).date()

    def _known(self, tx: Transaction, filing_id: str, visitor: Visitor) -> tuple[Filing, Person]:
        return readable(tx, filing_id, visitor.person_id, self._today())

    def _draw(self, request: web.Request, view: FilingView, visitor: Visitor) -> web.Response:
        made_at = visitor.grant.ends_at - LIFETIME

        def link(kind: str, subject: str) -> str:
            """Every link of the page ends with the page's own."""
            made = self.office.links.make(kind, subject, visitor.person_id, made_at)
            return f"/m/{kind}/{made.rpartition('/')[2]}"

        def address(file: Attachment | Proof) -> str:
            return link("file", f"{view.filing.id}-{file.id}")

        values = {
            "view": view,
            "filing": view.filing,
            "address": address,
            "annex": link("annex", view.filing.id),
        }
        return page(request, "view.html", values)


def disposition(name: str) -> str:
    """Return the header that makes a browser save a file under its own name (RFC 5987, 6266)."""
    suffix = PurePath(name).suffix.lower()
    plain = f"file{suffix}" if suffix.isascii() and suffix[1:].isalnum() else "file"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
