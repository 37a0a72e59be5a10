"""A running page server: real ledger, files and HTTP, and a small platform to sign in with."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from aiohttp import FormData, web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import select

from bot.annex import Drawer
from bot.channels.base import ChannelRefusedError
from bot.dispatcher import Dispatcher
from bot.files import FileStore
from bot.metrics import Metrics
from bot.settings import Sandbox, Web
from bot.web import Pages
from bot.web.headers import MOST_LINE
from handlers.context import Context, Office, Tenant
from handlers.events import SentFile, Uploaded
from handlers.links import Links
from handlers.router import Routes
from handlers.switchboard import Switchboard
from storage import tables as t
from storage.cases import Filing
from storage.drafts import Attachment, Draft
from storage.ledger import Ledger
from storage.rules.documents import required_documents
from storage.rules.routing import route
from storage.transaction import Transaction
from tests.storage.conftest import TENANT
from tests.storage.office import APP, RULES, SCHOOL, sign, who

NOW = datetime(2026, 3, 12, 2, 0, tzinfo=UTC)
WXWORK = "Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0 wxwork/4.1.30 MicroMessenger/7.0.1"
ZONE = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Slot:
    """What the form says of one document."""

    key: str
    label: str
    required: bool
    reason: str
    files: Sequence[Attachment]


def slots(draft: Draft, tx: Transaction) -> Sequence[Slot]:
    """Return the documents of a full APP filing."""
    files = tx.drafts.files(draft.id)
    return [
        Slot(
            one.key,
            one.label,
            one.required,
            one.reason,
            [file for file in files if file.slot == one.key],
        )
        for one in required_documents(APP, RULES)
    ]


def receives(ctx: Context, event: SentFile | Uploaded) -> None:
    """Note the file and say so."""
    assert isinstance(event, Uploaded)
    draft = ctx.ledger.drafts.get(event.draft)
    assert draft is not None
    if event.name == "不收.pdf":
        ctx.say("这份材料现在不能换。")
        return
    ctx.ledger.drafts.attach(
        draft, slot=event.slot, name=event.name, digest=event.digest, size=event.size,
        media_type=event.media_type, person_id=ctx.person.id, now=ctx.now, keeps=event.joins,
    )  # fmt: skip
    ctx.say(f"收到{event.name}。")


@dataclass(slots=True)
class Gate:
    """A platform's silent sign-in: ``codes`` says who each code stands for, once."""

    codes: dict[str, str | None] = field(default_factory=dict)

    def signs_in(self, agent: str) -> bool:
        return "wxwork" in agent

    def authorize_url(self, redirect_uri: str, state: str) -> str:
        assert state.isalnum() and len(state) <= 128
        return "https://open.example/authorize?" + urlencode({"to": redirect_uri, "state": state})

    async def member(self, code: str) -> str | None:
        if code not in self.codes:
            raise ChannelRefusedError("40029")
        return self.codes.pop(code)


@dataclass(frozen=True, slots=True)
class Settings:
    """The two sections that the pages read."""

    web: Web = field(default_factory=Web)
    sandbox: Sandbox = field(default_factory=Sandbox)


@dataclass(slots=True)
class House:
    """Everything a page test needs; ``now`` may be moved, and ``seconds``, which visits go by."""

    ledger: Ledger
    files: FileStore
    links: Links
    gate: Gate
    client: TestClient[web.Request, web.Application]
    clock: list[datetime]
    seconds: list[float]
    digest: str = "0" * 64

    # --- rows ----------------------------------------------------------------------------------

    def draft(self, person: str = "chen", **answers: Any) -> Draft:
        """Begin a draft of the school's teacher."""
        return self.ledger.call(
            lambda tx: tx.drafts.open(
                tenant=TENANT, unit_code=SCHOOL, person_id=person, matter="campus_app", now=NOW,
                answers={"project": "云阅读", **answers},
            )
        )  # fmt: skip

    def filing(self, *, signed: bool = True, **answers: Any) -> Filing:
        """Send one filing with a document to the principal, and let the principal sign."""
        draft = self.draft()

        def story(tx: Transaction) -> Filing:
            tx.drafts.attach(
                draft, slot="plan", name="方案.pdf", digest=self.digest, size=70,
                media_type="application/pdf", person_id="chen", now=NOW,
            )  # fmt: skip
            (filing,) = tx.filings.open(
                draft, title="云阅读", product_key="x", facts=APP, explained=(),
                answers={"owner": {"id": "chen", "name": "陈晓"}, **answers},
                route=route(APP, RULES), office=RULES, number_code="0302", owner=who(tx, "chen"),
                principal=who(tx, "lin"), now=NOW,
            )  # fmt: skip
            tx.drafts.turn(draft, "sent", filing_id=filing.id)
            return sign(tx, filing) if signed else filing

        return self.ledger.call(story)

    def standing(self, draft: Draft) -> list[tuple[str, str]]:
        """Return (slot, name) of the files that stand in a draft."""
        files = self.ledger.call(lambda tx: tx.drafts.files(draft.id))
        return [(file.slot, file.name) for file in files]

    def said(self, account: str) -> list[str]:
        """Return what was said to somebody, the newest last."""

        def read(tx: Transaction) -> list[str]:
            rows = tx.execute(select(t.outbox).order_by(t.outbox.c.seq))
            return [row.body["text"] for row in rows if row.address == account]

        return self.ledger.call(read)

    # --- pages ---------------------------------------------------------------------------------

    def link(self, page: str, subject: str, person: str = "chen") -> str:
        """Return the path of a signed link made now."""
        address = self.links.make(page, subject, person, self.clock[0])
        return address.removeprefix(self.links.public_url)

    async def opens(
        self, path: str, *, agent: str = "Safari", cookies: Mapping[str, str] | None = None
    ) -> tuple[int, str]:
        """Open a page without following anywhere; return status and text."""
        headers = {"User-Agent": agent}
        if cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        async with self.client.get(path, headers=headers, allow_redirects=False) as answer:
            return answer.status, await answer.text()

    async def sends(
        self, path: str, files: Mapping[str, bytes], slot: str = "plan", agent: str = "Safari"
    ) -> tuple[int, str]:
        """Post the upload form."""
        form = FormData(quote_fields=False)
        if slot:
            form.add_field("slot", slot)
        for name, content in files.items():
            body = io.BytesIO(content)
            form.add_field("files", body, filename=name, content_type="application/pdf")
        headers = {"User-Agent": agent}
        async with self.client.post(path, data=form, headers=headers) as answer:
            return answer.status, await answer.text()

    def everything_stored(self) -> list[Path]:
        """Return every file under the store's folder."""
        return [path for path in self.files.root.rglob("*") if path.is_file()]

    def later(self, hours: float) -> None:
        """Let time pass."""
        self.clock[0] += timedelta(hours=hours)


def build(
    ledger: Ledger,
    files: FileStore,
    clock: list[datetime],
    seconds: list[float],
    channel: object,
    settings: Settings,
) -> tuple[web.Application, Links]:
    """Wire the pages as the app does."""
    links = Links(settings.web.public_url, b"k" * 32)
    tenant = Tenant(TENANT, "鹿城区", "教育局", "0302", RULES)
    office = Office({TENANT: tenant}, links, ZONE)
    drawer = Drawer()

    def now() -> datetime:
        return clock[0]

    board = Switchboard(
        routes=Routes.of([]),
        office=office,
        talks=lambda ctx, text: None,
        receives=receives,
        greets=lambda ctx: None,
        redraws=lambda ctx, refusal: None,
    )
    dispatcher = Dispatcher(ledger, board, now, Metrics())
    app = web.Application(client_max_size=256 * 1024)
    app.on_cleanup.append(lambda _app: drawer.stop())
    app.router.add_get("/healthz", _healthy)
    Pages(
        settings=settings, ledger=ledger, office=office, files=files, dispatcher=dispatcher,
        channels={getattr(channel, "instance", "wecom"): channel}, now=now, slots=slots,
        count=dispatcher.metrics.count_callback, drawer=drawer, timer=lambda: seconds[0],
    ).add_to(app)  # fmt: skip
    return app, links


async def until(happens: Callable[[], bool]) -> None:
    """Wait for something that tells nobody, such as a file's coming and going."""
    async with asyncio.timeout(10):
        while not happens():  # noqa: ASYNC110  (nobody could set an event)
            await asyncio.sleep(0)


async def _healthy(_request: web.Request) -> web.Response:
    return web.Response(text="ok")


async def open_house(
    ledger: Ledger,
    files: FileStore,
    settings: Settings | None = None,
    *,
    channel: object = None,
    port: int | None = None,
) -> House:
    """Serve the pages on a free port of this machine; ``channel`` signs in, else the gate."""
    clock, seconds, gate = [NOW], [0.0], Gate()
    app, links = build(ledger, files, clock, seconds, channel or gate, settings or Settings())
    server = TestServer(app, port=port)
    await server.start_server(max_line_size=MOST_LINE)
    client = TestClient(server)
    return House(ledger, files, links, gate, client, clock, seconds)


def other_settings(**web_settings: Any) -> Settings:
    """Return settings with another ``[web]``."""
    return replace(Settings(), web=Web(**web_settings))
