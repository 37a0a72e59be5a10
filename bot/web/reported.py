"""Pictures that came with a report: for who may read it, and for some minutes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from aiohttp import web

from bot.files import FileStore
from bot.web.drawing import NO_STORE
from bot.web.headers import CalmError
from bot.web.signin import Door
from handlers.context import Office
from handlers.report_opening import PAGE
from storage.ledger import Ledger
from storage.reporting import ReportFile
from storage.transaction import Transaction

NOT_YOURS = "这张图片只有承办人员可以打开，请回到聊天里重新查看内容。"


@dataclass(frozen=True, slots=True, eq=False)
class ReportedPage:
    """Hands out one file of a report to the person its link was made for."""

    door: Door
    ledger: Ledger
    files: FileStore
    office: Office
    now: Callable[[], datetime]

    def routes(self) -> list[web.RouteDef]:
        """Return the route of a file."""
        return [web.get(f"/m/{PAGE}/{{token}}", self.download)]

    async def download(self, request: web.Request) -> web.StreamResponse:
        """Hand out a file; whether its reader may have it is asked again."""
        visitor = await self.door.visitor(request, PAGE)
        if visitor.person_id != visitor.grant.person_id:
            raise CalmError(403, NOT_YOURS)
        report_id, _, file_id = visitor.grant.subject.partition("-")

        def read(tx: Transaction) -> tuple[int, ReportFile] | None:
            person, report = tx.people.get(visitor.person_id), tx.reports.find.get(report_id)
            if person is None or report is None:
                return None
            if not tx.reports.find.reads(report, person, self._today()):
                return None
            found = tx.reports.find.files(report)
            return next(((at, one) for at, one in enumerate(found, 1) if one.id == file_id), None)

        found = await self.ledger.read(read)
        if found is None or not self.files.holds(found[1].digest):
            raise CalmError(403, NOT_YOURS)
        at, file = found
        ending = file.media_type.rpartition("/")[2]
        suffix = ending if ending.isalnum() else "bin"
        return web.FileResponse(
            self.files.path(file.digest),
            headers={
                **NO_STORE,
                "Content-Type": file.media_type,
                "Content-Disposition": f'attachment; filename="report-{at}.{suffix}"',
            },
        )

    def _today(self) -> date:
        return self.now().astimezone(self.office.zone).date()
