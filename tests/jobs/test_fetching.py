"""A file sent in chat is fetched after the ack and comes back as an event, once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web

from bot.channels.base import (
    Acknowledge,
    Answer,
    Capabilities,
    ChannelBusyError,
    ChannelRefusedError,
    Media,
    Parcel,
    Receipt,
)
from bot.delivery import Delivery
from bot.dispatcher import Dispatcher
from bot.files import FileStore
from bot.jobs import GONE, LAST_TRY, NOT_HAD, JobsChannel
from bot.metrics import Metrics
from handlers import jobs
from handlers.context import Context, Office
from handlers.events import Event, SentFile, Uploaded
from handlers.jobs import Fetch
from handlers.links import Links
from handlers.router import Routes
from handlers.switchboard import Switchboard
from storage.crypto import FieldCipher, KeyRing
from storage.ledger import Ledger
from tests.files import samples
from tests.pattern import migrated
from tests.storage.conftest import Weekdays
from tests.storage.office import settle_in

NOW = datetime(2026, 3, 12, 2, 0, tzinfo=UTC)
JOB = Fetch("wecom", "chen", "m1", NOW.isoformat(), "media-1", "方案.pdf")


class Platform:
    """A channel whose files are given to it, or an error instead."""

    instance = "wecom"
    capabilities = Capabilities()

    def __init__(self, outcome: Media | Exception) -> None:
        self.outcome = outcome
        self.asked: list[str] = []
        self.sent: list[Parcel] = []

    def routes(self, dispatcher: Acknowledge) -> list[web.RouteDef]:
        return []

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def send(self, parcel: Parcel) -> Receipt:
        self.sent.append(parcel)
        return Receipt()

    async def fetch(self, media: str) -> Media:
        self.asked.append(media)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome

    def may_send_at(self, parcel: Parcel, now: datetime) -> float:
        return 0.0


class Desk:
    """Takes events and remembers them."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    async def handle(self, event: Event) -> Answer | None:
        self.events.append(event)
        return None

    def carried(self, answer: Answer) -> None: ...


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore.open(f"file:{tmp_path}/files")


async def outcome_of(
    store: FileStore,
    outcome: Media | Exception,
    *,
    attempt: int = 1,
    later: timedelta = timedelta(),
    job: Fetch = JOB,
) -> Uploaded:
    """Do one job and return the event it came to."""
    desk = Desk()
    channel = JobsChannel({"wecom": Platform(outcome)}, store, desk, lambda: NOW + later)
    await channel.send(Parcel("7", "fetch:wecom:chen", text=job.to_text(), attempt=attempt))
    (event,) = desk.events
    assert isinstance(event, Uploaded)
    return event


async def test_a_fetched_file_is_stored_and_told_by_its_content(store: FileStore) -> None:
    event = await outcome_of(store, Media("x.bin", "text/html", samples.PDF))
    assert (event.instance, event.account, event.key) == ("wecom", "chen", "fetched:m1")
    assert (event.media_type, event.name, event.size) == (
        "application/pdf", "方案.pdf", len(samples.PDF)
    )  # fmt: skip
    assert store.path(event.digest).read_bytes() == samples.PDF and not event.refusal


REFUSED = {
    "wrong kind": (Media("a.html", "", samples.HTML), "没有认出这种文件"),
    "gone": (ChannelRefusedError("40007"), GONE),
    "too large": (ChannelRefusedError("file-too-large"), "超过 20 MB"),
}


@pytest.mark.parametrize(("outcome", "sentence"), REFUSED.values(), ids=REFUSED)
async def test_what_is_not_taken_comes_back_with_its_sentence(
    store: FileStore, outcome: Media | Exception, sentence: str
) -> None:
    event = await outcome_of(store, outcome)
    assert sentence in event.refusal and not event.digest


async def test_a_busy_platform_is_asked_again_later(store: FileStore) -> None:
    with pytest.raises(ChannelBusyError):
        await outcome_of(store, ChannelBusyError("slow", 5), attempt=LAST_TRY - 1)


async def test_after_two_days_or_many_tries_the_person_is_asked_again(store: FileStore) -> None:
    busy = ChannelBusyError("slow", 5)
    assert (await outcome_of(store, busy, attempt=LAST_TRY)).refusal == NOT_HAD
    assert (await outcome_of(store, busy, later=timedelta(days=2))).refusal == NOT_HAD


async def test_a_stopped_channel_keeps_its_jobs_waiting(store: FileStore) -> None:
    with pytest.raises(ChannelRefusedError):
        await outcome_of(store, ChannelRefusedError("40001", stop=True))


async def test_what_is_no_job_is_refused(store: FileStore) -> None:
    channel = JobsChannel({}, store, Desk(), lambda: NOW)
    for text in ("", "{}", "[1]", '{"a": 1}', JOB.to_text()):
        with pytest.raises(ChannelRefusedError):
            await channel.send(Parcel("7", "fetch", text=text))


# --- the whole way, over a real ledger ---------------------------------------------------------


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    url = f"sqlite:///{tmp_path}/beian.db"
    migrated(url)
    opened = Ledger(url, FieldCipher(KeyRing({"k1": b"d" * 32}, "k1", b"i" * 32)), Weekdays())
    opened.open()
    opened.call(settle_in)
    yield opened
    opened.close()


def receives(ctx: Context, event: SentFile | Uploaded) -> None:
    """Fetch what was sent; say what came."""
    if isinstance(event, SentFile):
        for _ in range(2):
            jobs.fetch(ctx, event, slot="plan")
    else:
        ctx.say(f"{event.slot} {event.name} {event.size}")


async def test_a_sent_file_comes_back_once_however_often_it_is_told(
    ledger: Ledger, store: FileStore
) -> None:
    office = Office({}, Links("http://127.0.0.1", b"k" * 32), ZoneInfo("Asia/Shanghai"))
    board = Switchboard(
        routes=Routes.of([]),
        office=office,
        talks=lambda ctx, text: None,
        receives=receives,
        greets=lambda ctx: None,
        redraws=lambda ctx, refusal: None,
    )
    metrics = Metrics()
    dispatcher = Dispatcher(ledger, board, lambda: NOW, metrics)
    platform = Platform(Media("", "", samples.PDF))
    worker = JobsChannel({"wecom": platform}, store, dispatcher, lambda: NOW)
    delivery = Delivery(ledger, {"wecom": platform, "jobs": worker}, lambda: NOW, metrics)
    ledger.on_outbox = delivery.wake
    delivery.start()
    event = SentFile("m1", "wecom", "chen", NOW, media="media-1", name="方案.pdf")
    for _ in range(2):
        await dispatcher.handle(event)
    await delivery.idle()
    # The worker is killed after its event was taken in, before its row was settled: again.
    job = replace(JOB, slot="plan")
    await worker.send(Parcel("1", "fetch:wecom:chen", text=job.to_text(), attempt=2))
    await delivery.idle()
    await delivery.stop()
    assert platform.asked == ["media-1", "media-1"]
    assert [parcel.text for parcel in platform.sent] == [f"plan 方案.pdf {len(samples.PDF)}"]


WORDS = "关于2026年部分节假日安排的通知\n一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。"


def word_file(words: str) -> bytes:
    """Return a Word document as an office sends it: runs are broken anywhere."""
    runs = "".join(
        f'<w:p><w:r><w:t xml:space="preserve">{line[:3]}</w:t></w:r>'
        f"<w:r><w:rPr/><w:t>{line[3:]}</w:t></w:r></w:p>"
        for line in words.splitlines()
    )
    return samples.docx({"word/document.xml": runs.encode()})


@pytest.mark.parametrize(
    "content", [word_file(WORDS), WORDS.encode(), WORDS.encode("gb18030")], ids=["word", "8", "gb"]
)
async def test_a_notice_of_holidays_comes_back_as_its_words_and_is_not_kept(
    store: FileStore, content: bytes
) -> None:
    event = await outcome_of(store, Media("x", "", content), job=replace(JOB, reads=True))
    assert (event.text, event.digest) == (WORDS, "")
    plain = await outcome_of(store, Media("x", "", content))
    assert plain.text == ""


async def test_any_other_file_of_an_administrator_is_kept_as_ever(store: FileStore) -> None:
    for content in (word_file("实施方案\n2026年元旦后使用"), samples.PDF):
        event = await outcome_of(store, Media("x", "", content), job=replace(JOB, reads=True))
        assert (event.text, event.refusal) == ("", "") and event.digest
    bomb = await outcome_of(store, Media("x", "", samples.bomb()), job=replace(JOB, reads=True))
    assert bomb.text == "" and bomb.refusal
