"""The public page of 反映 over a county's ledger, and a visitor in front of it."""

from __future__ import annotations

import io
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from pathlib import Path

from aiohttp import FormData, web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import func, select

from bot.files import FileStore
from bot.web import drawing
from bot.web.headers import calm
from bot.web.reporting import MORE, PROGRESS, Counting, ReportingPage
from storage import tables as t
from tests.handlers.reporting import open_county, sound
from tests.handlers.school import School

OWN = {"Sec-Fetch-Site": "same-origin"}


@dataclass(slots=True)
class Browser:
    """Somebody without an account, in front of the page."""

    client: TestClient[web.Request, web.Application]
    county: School
    store: FileStore
    form: str = ""
    kept: str = ""
    headers: dict[str, str] | None = None

    async def opens(self) -> str:
        """Open the form."""
        async with self.client.get("/r") as answer:
            assert answer.status == 200
            return self._read(await answer.text())

    async def sends(self, *photos: bytes, form: str | None = None, **said: str) -> str:
        """Fill the form in and send it; return what is shown then."""
        body = FormData(default_to_multipart=True)
        body.add_field("form", self.form if form is None else form)
        body.add_field("kept", self.kept)
        for name, value in said.items():
            body.add_field(name, value)
        for number, content in enumerate(photos):
            body.add_field("photos", io.BytesIO(content), filename=f"王小明{number}.jpg")
        return await self._post("/r", body)

    async def asks(self, code: str, words: str = "") -> str:
        """Ask how far a report is, or add something."""
        body = {"code": code, **({"words": words} if words else {})}
        return await self._post(MORE if words else PROGRESS, body)

    async def _post(self, path: str, body: object) -> str:
        headers = OWN if self.headers is None else self.headers
        async with self.client.post(path, data=body, headers=headers) as answer:
            return self._read(f"{answer.status} {await answer.text()}")

    def _read(self, text: str) -> str:
        for name in ("form", "kept"):
            if found := re.search(rf'name="{name}" value="([^"]*)"', text):
                setattr(self, name, unescape(found[1]))
        return unescape(text)

    def reports(self) -> int:
        """Return how many reports there are."""
        counted = select(func.count()).select_from(t.report)
        return int(self.county.reads(lambda tx: tx.execute(counted).scalar_one()))


@asynccontextmanager
async def opened(tmp_path: Path) -> AsyncIterator[Browser]:
    """Open the page; afterwards the ledger is sound."""
    county = open_county(f"sqlite:///{tmp_path}/beian.db")
    store = FileStore.open(f"file:{tmp_path}/files")
    app = web.Application(client_max_size=256 * 1024, middlewares=[calm])
    drawing.set_up(app)
    office = county.switchboard.office

    def now() -> datetime:
        return county.now

    page = ReportingPage(county.ledger, store, office, now, Counting(now))
    app.add_routes(page.routes())
    async with TestClient(TestServer(app)) as client:
        yield Browser(client, county, store)
    sound(county)
    county.ledger.close()


def receipt_in(text: str) -> str:
    """Return the receipt that a page shows."""
    found = re.findall(r"slip__code[^>]*>([0-9A-Z]{4}-[0-9A-Z]{4})<", text)
    assert found, text
    return str(found[0])
