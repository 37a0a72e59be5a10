"""The bot's own pages: opened from chat by signed links, and the certificates for anybody."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from aiohttp import web

from bot.annex import Drawer
from bot.channels.base import Acknowledge
from bot.files import FileStore
from bot.web import drawing
from bot.web.annex import AnnexPage
from bot.web.api import Api
from bot.web.bulletin import BulletinPage
from bot.web.certificate import CertificatePage
from bot.web.headers import SandboxSettings, WebSettings, add_headers, calm, headers_for
from bot.web.papers import PaperPages
from bot.web.reported import ReportedPage
from bot.web.reporting import Counting, ReportingPage
from bot.web.signin import Door
from bot.web.upload import Slots, SlotState, UploadPage
from bot.web.view import ViewPage
from handlers.context import Office
from storage.ledger import Ledger

WHERE = "备案、签署和审核都在聊天里办理：请在企业微信或钉钉里打开“备案助手”，发“帮助”可看用法。"

__all__ = ["Pages", "SlotState", "Slots"]


class PageSettings(Protocol):
    """What the pages need of the settings."""

    @property
    def web(self) -> WebSettings: ...
    @property
    def sandbox(self) -> SandboxSettings: ...


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Pages:
    """All pages of one installation. ``slots`` says which documents a draft's route asks for.

    With an ``api_token`` there is the interface for data platforms too.
    """

    settings: PageSettings
    ledger: Ledger
    office: Office
    files: FileStore
    dispatcher: Acknowledge
    channels: Mapping[str, object]
    now: Callable[[], datetime]
    slots: Slots
    count: Callable[[web.Request, web.StreamResponse], None]
    drawer: Drawer
    api_token: str = ""

    def add_to(self, app: web.Application) -> None:
        """Add the routes, the templates, and the headers of every answer of ``app``."""
        drawing.set_up(app)
        add_headers(app, headers_for(self.settings.web, self.settings.sandbox), self.count)
        app.middlewares.append(calm)
        door = Door(self.office.links, self.channels, self.ledger, self.now)
        upload = UploadPage(
            door, self.ledger, self.files, self.dispatcher, self.slots, self.office.zone, self.now
        )
        view = ViewPage(door, self.ledger, self.files, self.office, self.now)
        papers = PaperPages(door, self.ledger, self.office, self.now)
        api = Api(self.api_token, self.ledger, self.office, self.now)
        app.router.add_get("/", _door_plate)
        annex = AnnexPage(door, self.ledger, self.drawer, self.office, self.now)
        proof = CertificatePage(self.ledger, self.drawer, self.office, self.now)
        bulletin = BulletinPage(self.ledger, self.drawer, self.office, self.now)
        reported = ReportedPage(door, self.ledger, self.files, self.office, self.now)
        reporting = ReportingPage(
            self.ledger, self.files, self.office, self.now, Counting(self.now)
        )
        for room in (upload, view, papers, api, annex, proof, bulletin, reported, reporting):
            app.add_routes(room.routes())


async def _door_plate(request: web.Request) -> web.Response:
    """Tell whoever comes without a link where the office is."""
    return drawing.message(request, 200, "进校园备案助手", WHERE)
