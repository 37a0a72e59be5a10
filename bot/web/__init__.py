"""The bot's own pages: opened from chat by signed links, and the certificates for anybody."""

from __future__ import annotations

import time
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
from bot.web.limits import limit
from bot.web.papers import PaperPages
from bot.web.query import QueryPage
from bot.web.reported import ReportedPage
from bot.web.reporting import Counting, ReportingPage
from bot.web.schools import SchoolPage
from bot.web.signin import Door
from bot.web.turnstile import Turnstile
from bot.web.upload import Slots, SlotState, UploadPage
from bot.web.view import ViewPage
from bot.web.visitors import Proxies
from handlers.context import Office
from storage.ledger import Ledger

__all__ = ["Pages", "SlotState", "Slots"]


class PageSettings(Protocol):
    """What the pages need of the settings."""

    @property
    def web(self) -> WebSettings: ...
    @property
    def sandbox(self) -> SandboxSettings: ...


class Chats(Acknowledge, Protocol):
    """What takes the events of chats, and of some pages."""

    @property
    def is_busy(self) -> bool:
        """Tell whether some event is being done."""
        ...


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Pages:
    """All pages of one installation. ``slots`` says which documents a draft's route asks for.

    With an ``api_token`` there is the interface for data platforms too. ``timer`` gives seconds
    that only go forward.
    """

    settings: PageSettings
    ledger: Ledger
    office: Office
    files: FileStore
    dispatcher: Chats
    channels: Mapping[str, object]
    now: Callable[[], datetime]
    slots: Slots
    count: Callable[[web.Request, web.StreamResponse], None]
    drawer: Drawer
    api_token: str = ""
    timer: Callable[[], float] = time.monotonic

    def add_to(self, app: web.Application) -> None:
        """Add the routes, the templates, and the headers of every answer of ``app``."""
        drawing.set_up(app)
        add_headers(app, headers_for(self.settings.web, self.settings.sandbox), self.count)
        app.middlewares.extend((limit(self.settings.web, self.timer), calm))
        door = Door(self.office.links, self.channels, self.ledger, self.now)
        upload = UploadPage(
            door, self.ledger, self.files, self.dispatcher, self.slots, self.office.zone, self.now
        )
        view = ViewPage(door, self.ledger, self.files, self.office, self.now)
        papers = PaperPages(door, self.ledger, self.office, self.now)
        api = Api(self.api_token, self.ledger, self.office, self.now)
        annex = AnnexPage(door, self.ledger, self.drawer, self.office, self.now)
        reads = Turnstile(self.ledger, lambda: self.dispatcher.is_busy)
        proof = CertificatePage(reads, self.drawer, self.office, self.now)
        bulletin = BulletinPage(self.ledger, self.drawer, self.office, self.now)
        reported = ReportedPage(door, self.ledger, self.files, self.office, self.now)
        asking = QueryPage(reads, self.office, self.now)
        schools = SchoolPage(reads, self.office, self.now)
        visitor = Proxies.of(self.settings.web.trusted_proxies).visitor
        reporting = ReportingPage(
            self.ledger, self.files, self.office, self.now, Counting(self.now, visitor)
        )
        rooms = (
            upload, view, papers, api, annex, proof, bulletin, reported, reporting, asking, schools,
        )  # fmt: skip
        for room in rooms:
            app.add_routes(room.routes())
