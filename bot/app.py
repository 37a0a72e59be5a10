"""The one place that knows everybody: builds the bot from its settings and runs it."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog
from aiohttp import web

from bot.anchor import must_hold
from bot.annex import Drawer
from bot.bookkeeping import Bookkeeping
from bot.calendar import PublishedCalendar
from bot.channels.base import Channel, LineChannel
from bot.channels.wecom import WecomChannel
from bot.clock import Clock
from bot.delivery import Delivery
from bot.dispatcher import Dispatcher
from bot.files import FileStore
from bot.health import health_routes
from bot.jobs import JobsChannel
from bot.keys import load_keys
from bot.lines import LedgerLines
from bot.matters import ROUTERS, SWEEPS
from bot.metrics import Metrics
from bot.office import office_of
from bot.questions import LedgerQuestions
from bot.quotas import Quotas, quotas_of
from bot.ruling import impossible, overruled
from bot.scheduler import Ticks
from bot.settings import Settings, SettingsError
from bot.sweeping import Sweeping
from bot.tally import Tally
from bot.tokens import LedgerTokens
from bot.web import Pages
from bot.web.headers import MOST_LINE
from handlers import asking, conversation, groups, review
from handlers import help as helping
from handlers.asked import asked_papers
from handlers.context import Office
from handlers.links import Links
from handlers.router import Routes
from handlers.switchboard import Switchboard
from storage.engine import LedgerError
from storage.ledger import Ledger, nothing
from storage.migrations import migrate
from storage.rules.quotas import Resource
from storage.transaction import Transaction

log = structlog.get_logger()

# With two seconds for the pages before and one for the anchor after, less than ten in all.
DRAIN_SECONDS = 5.0
# What nobody waits for yet comes after the first answers.
AFTERWARDS_SECONDS = 5.0


@dataclass(slots=True, eq=False)
class Bot:
    """A running bot. ``at`` is told named points of the path; only tests pass one in."""

    settings: Settings
    clock: Clock = field(default_factory=Clock)
    at: Callable[[str], None] = nothing
    metrics: Metrics = field(default_factory=Metrics)
    ledger: Ledger = field(init=False)
    office: Office = field(init=False)
    dispatcher: Dispatcher = field(init=False)
    delivery: Delivery = field(init=False)
    channels: dict[str, Channel] = field(init=False)
    files: FileStore = field(init=False)
    tally: Tally = field(init=False)
    quotas: Quotas = field(init=False)
    books: Bookkeeping = field(init=False)
    sweeping: Sweeping = field(init=False)
    calendar: PublishedCalendar = field(default_factory=PublishedCalendar)
    drawer: Drawer = field(default_factory=Drawer)
    _ticks: Ticks = field(init=False)
    _runners: list[web.AppRunner] = field(default_factory=list)

    def prepare(self) -> None:
        """Open the ledger and wire every part to its neighbours. Nothing runs yet.

        Raises:
            LedgerError, SettingsError: one sentence for the operator.
        """
        settings = self.settings
        keys = load_keys(settings)
        if migrate(settings.database.url):
            log.info("ledger migrated")
        cipher = keys.cipher(settings.keys.suite)
        self.ledger = Ledger(settings.database.url, cipher, self.calendar, self.at)
        self.ledger.open()
        anchor = Path(settings.ledger.anchor)
        try:
            must_hold(anchor, self.ledger)
            self._must_fit()
        except (LedgerError, SettingsError):
            self.ledger.close()
            raise
        self.office = office_of(settings, Links(settings.web.public_url, keys.links))
        switchboard = Switchboard(
            Routes.of(ROUTERS),
            self.office,
            conversation.talks,
            conversation.receives,
            helping.greets,
            review.redraw_stale,
            groups.follows,
            asking.outsiders,
            asking.enters,
        )
        self.dispatcher = Dispatcher(
            self.ledger, switchboard, self.clock.now, self.metrics, self.at
        )
        self.quotas = quotas_of(settings.sections, self.office.zone)
        self.tally = Tally(self.clock.now, self.office.zone, self.quotas.metered)
        self.files = FileStore.open(settings.files.url, settings.files.max_bytes, self.at)
        self.channels = {channel.instance: channel for channel in self._platforms()}
        jobs = JobsChannel(dict(self.channels), self.files, self.dispatcher, self.clock.now)
        self.channels[jobs.instance] = jobs
        self.delivery = Delivery(
            self.ledger, self.channels, self.clock.now, self.metrics, self.at, self.tally,
            self.quotas, answer=switchboard.answer, draw=self.drawer.picture,
            told_at=switchboard.told_at,
        )  # fmt: skip
        self.ledger.on_outbox = self.delivery.wake
        self.ledger.on_batch = self.metrics.batches.observe
        self.clock.on_move(self.delivery.wake)
        self.books = Bookkeeping(
            self.ledger, self.tally, self.quotas, self.office, self.channels.keys()
        )
        self.sweeping = Sweeping(self.ledger, switchboard, SWEEPS, self.clock.now, self.at)
        self._ticks = Ticks(
            self.ledger, self.delivery, self.clock.now, anchor, self.files, self.books,
            self.sweeping,
        )  # fmt: skip

    def _must_fit(self) -> None:
        """Say which settings a change in the chat has put out of force; refuse what cannot be.

        What holds today is known from here on, so that no event has to ask for it.
        """
        today = self.clock.now().astimezone(ZoneInfo(self.settings.office.timezone)).date()

        def look(tx: Transaction) -> tuple[list[str], list[str]]:
            tx.rulebook.in_force(today)
            wrong = list(impossible(self.settings, tx, today))
            return wrong, list(overruled(self.settings, tx))

        wrong, told = self.ledger.call(look)
        if wrong:
            raise SettingsError(wrong[0])
        for line in told:
            log.warning("rule changed in the chat", line=line)

    def _today(self) -> date:
        return self.clock.now().astimezone(self.office.zone).date()

    def _platforms(self) -> list[Channel]:
        found: list[Channel] = []
        # A process that is alone would only wait, after a crash, for its own lease.
        lines = LedgerLines(self.ledger) if self.ledger.is_shared else None
        if self.settings.wecom.enabled:
            wecom = WecomChannel(
                self.settings.wecom.access(),
                installation=self.ledger.installation,
                tokens=LedgerTokens(self.ledger),
                now=self.clock.now,
                count=self._count_unmetered,
            )
            found.append(wecom)
            if self.settings.wecom.kf.enabled:
                found.append(self._customer_service(wecom, lines))
            if self.settings.wecom.aibot.enabled:
                found.append(self._in_groups(wecom, lines))
        if self.settings.wechat.enabled:
            from bot.channels.wechat import WechatChannel  # noqa: PLC0415

            found.append(
                WechatChannel(
                    self.settings.wechat.access(),
                    book=LedgerQuestions(self.ledger),
                    tokens=LedgerTokens(self.ledger),
                    now=self.clock.now,
                    count=self._count_unmetered,
                )
            )
        if self.settings.dingtalk.enabled:
            # An office without DingTalk does not wait for it at every start.
            from bot.channels.dingtalk import DingTalkChannel  # noqa: PLC0415

            found.append(
                DingTalkChannel(
                    self.settings.dingtalk.access(),
                    installation=self.ledger.installation,
                    tokens=LedgerTokens(self.ledger),
                    lines=lines,
                    public_url=self.settings.web.public_url,
                    now=self.clock.now,
                    count=self.metrics.count_call,
                    meter=self.tally.of(DingTalkChannel.instance),
                )
            )
        return found

    def _customer_service(self, wecom: WecomChannel, lines: LedgerLines | None) -> Channel:
        """Return 微信客服, which knocks at the callback of the application."""
        from bot.channels.wecom.kf import KfChannel  # noqa: PLC0415

        kf = KfChannel(
            wecom.api,
            open_kfid=self.settings.wecom.kf.open_kfid,
            installation=self.ledger.installation,
            book=LedgerQuestions(self.ledger),
            lines=lines,
            now=self.clock.now,
        )
        wecom.on_knock = kf.knock
        return kf

    def _in_groups(self, wecom: WecomChannel, lines: LedgerLines | None) -> Channel:
        """Return the 智能机器人; what is not for a group the application tells."""
        from bot.channels.wecom.aibot import AibotChannel  # noqa: PLC0415

        section = self.settings.wecom
        return AibotChannel(
            section.aibot.access(section.ca_file),
            home=wecom.instance,
            installation=self.ledger.installation,
            lines=lines,
            now=self.clock.now,
        )

    def _count_unmetered(self, api: str) -> None:
        """Count a call to a platform that gives as many in a month as are asked for."""
        self.metrics.count_call(api)
        instance, _, name = api.partition(" ")
        self.tally.spend(instance, Resource.API, name)

    def face(self) -> web.Application:
        """Return the HTTP face: platforms' callbacks, pages, health and metrics."""
        app = web.Application(client_max_size=256 * 1024)
        for channel in self.channels.values():
            app.add_routes(channel.routes(self.dispatcher))
        app.add_routes(
            health_routes(self.ledger, self.channels, self.metrics, self.clock.now, self.quotas)
        )
        Pages(
            settings=self.settings,
            ledger=self.ledger,
            office=self.office,
            files=self.files,
            dispatcher=self.dispatcher,
            channels=self.channels,
            now=self.clock.now,
            slots=asked_papers(self.office, self._today),
            count=self.metrics.count_callback,
            api_token=self._api_token(),
            drawer=self.drawer,
        ).add_to(app)
        return app

    def _api_token(self) -> str:
        api = self.settings.api
        return api.token.get_secret_value() if api.enabled else ""

    async def start(self) -> None:
        """Begin to answer and to send."""
        face = self.face()
        for channel in self.channels.values():
            await channel.start()
        self.delivery.start()
        self._ticks.start()
        await self.listen(face, self.settings.web.host, self.settings.web.port)

    async def listen(self, app: web.Application, host: str, port: int) -> None:
        """Serve one more application of this process."""
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0, max_line_size=MOST_LINE)
        await runner.setup()
        self._runners.append(runner)
        await web.TCPSite(runner, host, port, backlog=512).start()

    async def stop(self) -> None:
        """Stop taking, finish what was taken, within ten seconds."""
        lines = [one for one in self.channels.values() if isinstance(one, LineChannel)]
        handing_over = asyncio.gather(*(one.hand_over() for one in lines))
        for runner in self._runners:
            await runner.cleanup()
        self._ticks.stop()
        await self.dispatcher.stop()
        await self.delivery.stop(DRAIN_SECONDS)
        await self.drawer.stop()
        await self._ticks.last_counts()
        await self._ticks.anchor_heads()
        await handing_over
        for channel in self.channels.values():
            await channel.stop()
        # What a channel acknowledged while it ended.
        await self.dispatcher.stop()
        await asyncio.get_running_loop().run_in_executor(None, self.ledger.close)


def serve(
    settings: Settings, at: Callable[[str], None] = nothing, clock: Clock | None = None
) -> None:
    """Run the bot until it is told to stop (SIGTERM, SIGINT)."""
    asyncio.run(_serve(Bot(settings, clock or Clock(), at)))


async def _serve(bot: Bot) -> None:
    bot.prepare()
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, ended.set)
    await bot.start()
    _rest_memory()
    if bot.settings.sandbox.enabled:
        await bot.listen(
            clock_app(bot.clock, bot.sweeping.run), "127.0.0.1", bot.settings.sandbox.port
        )
    loop.call_later(
        AFTERWARDS_SECONDS,
        partial(loop.run_in_executor, None, bot.calendar.look_ahead, bot.clock.now().date()),
    )
    log.info("serving", host=bot.settings.web.host, port=bot.settings.web.port)
    await ended.wait()
    await bot.stop()


def _rest_memory() -> None:
    """Spare the garbage collector what lives as long as the process, and look less often.

    Nearly everything that an event makes is freed by its count as soon as the event is over.
    """
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def clock_app(clock: Clock, sweep: Callable[[], Awaitable[None]]) -> web.Application:
    """Return the small application that reads and moves the clock (design 2.3, ``[sandbox]``).

    What became due by a move is done before the move is answered.
    """

    async def read(_request: web.Request) -> web.Response:
        return web.json_response({"now": clock.now().isoformat()})

    async def move(request: web.Request) -> web.Response:
        try:
            clock.move(datetime.fromisoformat(str((await request.json())["now"])))
        except (ValueError, KeyError, TypeError):
            return web.json_response(
                {"error": "请按 2026-09-30T08:47:00+08:00 的样式写时间。"}, status=400
            )
        await sweep()
        return await read(request)

    app = web.Application()
    app.add_routes([web.get("/sandbox/clock", read), web.post("/sandbox/clock", move)])
    return app
