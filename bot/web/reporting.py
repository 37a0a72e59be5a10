"""反映 for anybody with a browser: a form without scripts, its receipt, and how far a report is.

What is typed here stands in no address and in no log. A receipt is posted, never linked to.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, NamedTuple, Protocol
from urllib.parse import urlsplit

import structlog
from aiohttp import BodyPartReader, web

from bot.files import FileStore, once
from bot.filetypes import RefusedFileError
from bot.photographs import bare
from bot.web.drawing import message, page, size_text
from bot.web.headers import CalmError
from bot.web.parts import PartReader
from cards.report import KINDS, PROMISE
from handlers import report_page
from handlers.context import Office
from handlers.links import ANYBODY, BadLinkError
from handlers.report_draft import MOST_CHARS, MOST_PICTURES
from handlers.report_page import MOST_NAME_CHARS, Form
from handlers.report_sending import NoSchoolError
from storage.ledger import Ledger
from storage.rules.terms import RuleViolationError

log = structlog.get_logger()

ROOT: Final = "/r"
PROGRESS: Final = f"{ROOT}/progress"
MORE: Final = f"{ROOT}/more"
MOST_BYTES: Final = 8 * 1024 * 1024
"""Of one picture; it is held in memory while it is made bare."""
MOST_AT_ONCE: Final = 6 * MOST_BYTES
AT_ONCE: Final = 16
FORM_LIFE: Final = timedelta(hours=12)
TOTAL_SECONDS: Final = 300.0
WAIT_SECONDS: Final = 5.0
_FIELD_BYTES: Final = 64 * 1024
_SAID: Final = ("kind", "words", "school", "chosen", "product", "contact")
_FIELDS: Final = ("form", "kept", *_SAID)

FOREIGN: Final = "请打开本页后在这里填写，再提交。"
STALE: Final = "这张表打开太久了，请核对后再提交一次。"
NO_SCHOOL: Final = "还不知道由哪里办理，没有提交。请写明学校全称，例如：瓯江实验小学。"
OFTEN: Final = "这里今天提交得较多，请过一小时再来。也可以在微信里对备案助手发“反映”。"
WRONG_OFTEN: Final = "查询的次数较多，请过一小时再来。"
NOT_FOUND: Final = "没有查到这个回执，请核对后再填一次。回执共8位，例如 ABCD-2345。"
TOO_MANY: Final = f"图片最多{MOST_PICTURES}张，多的没有收下。"
TOO_LARGE: Final = f"每张图片不超过 {size_text(MOST_BYTES)}。请截图后再选。"


class Limit(NamedTuple):
    """How often something may come from one address."""

    what: str
    most: int
    within: timedelta = timedelta(hours=1)


# Many people share the address of a school or of a network of phones.
FORMS: Final = Limit("report", 30)
WRONG: Final = Limit("receipt", 10)


class Limiter(Protocol):
    """Counts by address; all pages may share one."""

    def is_spent(self, request: web.Request, limit: Limit) -> bool:
        """Tell whether as much came from there as may."""
        ...

    def count(self, request: web.Request, limit: Limit) -> None:
        """Count one more."""
        ...


class Pictures(NamedTuple):
    """The pictures of a submission that were kept, and why others were not."""

    kept: tuple[tuple[str, int, str], ...] = ()
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class ReportingPage:
    """Takes reports from the web, and tells who has a receipt how far theirs is."""

    ledger: Ledger
    files: FileStore
    office: Office
    now: Callable[[], datetime]
    limits: Limiter
    _places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of the form and of what follows it."""
        return [
            web.get(ROOT, self.show),
            web.post(ROOT, self.take),
            web.get(PROGRESS, self.ask),
            web.post(PROGRESS, self.tell),
            web.post(MORE, self.add),
        ]

    # --- the form ------------------------------------------------------------------------------

    async def show(self, request: web.Request) -> web.Response:
        """Show an empty form."""
        return self._form(request, {})

    async def take(self, request: web.Request) -> web.Response:
        """Take a form: its receipt, or what is to be put right in it."""
        self._must_be_own(request)
        if self.limits.is_spent(request, FORMS):
            return _often(request, OFTEN)
        self.limits.count(request, FORMS)
        if request.content_type != "multipart/form-data":
            raise CalmError(400)
        if (request.content_length or 0) > MOST_AT_ONCE:
            raise CalmError(413)
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._places.acquire()
        except TimeoutError:
            raise CalmError(503) from None
        try:
            async with asyncio.timeout(TOTAL_SECONDS):
                given, pictures = await self._receive(request)
        except TimeoutError:
            raise CalmError(408) from None
        except ValueError as error:
            log.info("report broken", reason=type(error).__name__)
            raise CalmError(400) from None
        finally:
            self._places.release()
        return await self._handed_in(request, given, pictures)

    async def _handed_in(
        self, request: web.Request, given: dict[str, str], pictures: Pictures
    ) -> web.Response:
        before = await self.ledger.read(partial(report_page.unpacked, given.get("kept", "")))
        kept = tuple(dict.fromkeys((*before, *pictures.kept)))[:MOST_PICTURES]
        given["kept"] = await self.ledger.read(partial(report_page.packed, kept)) if kept else ""
        redrawn = partial(self._form, request, given, pictures=len(kept))
        mark = self._mark(given.get("form", ""))
        if not mark:
            return redrawn(error=STALE)
        if pictures.refused:
            return redrawn(error="".join(dict.fromkeys(pictures.refused)))
        kind, words, school, chosen, product, contact = (given.get(key, "") for key in _SAID)
        form = Form(mark, kind, words, school, chosen, product, contact, kept)
        submit = partial(report_page.submit, form, self.office, self.now())
        try:
            taken = await self.ledger.run(submit)
        except NoSchoolError:
            return redrawn(error=NO_SCHOOL)
        except RuleViolationError as refusal:
            return redrawn(error=str(refusal))
        if taken.schools:
            return redrawn(schools=taken.schools, error="请选是哪一所学校，再提交。")
        return page(request, "report_receipt.html", {"taken": taken, "address": PROGRESS})

    def _form(
        self, request: web.Request, given: Mapping[str, str], *, error: str = "",
        schools: tuple[tuple[str, str], ...] = (), pictures: int = 0,
    ) -> web.Response:  # fmt: skip
        # The same form as long as its mark is good, so that it is taken once.
        mark = given.get("form", "")
        values: dict[str, Any] = {
            "given": {key: given.get(key, "") for key in _FIELDS},
            "form": mark if self._mark(mark) else self._new_mark(),
            "error": error,
            "schools": schools,
            "pictures": pictures,
            "kinds": [words for words, _ in KINDS],
            "promise": PROMISE,
            "most_chars": MOST_CHARS,
            "most_name": MOST_NAME_CHARS,
            "most_pictures": MOST_PICTURES,
            "most_bytes": MOST_BYTES,
            "progress": PROGRESS,
        }
        return page(request, "report_form.html", values, 422 if error else 200)

    # --- how far it is -------------------------------------------------------------------------

    async def ask(self, request: web.Request) -> web.Response:
        """Ask for a receipt."""
        return self._progress(request, None)

    async def tell(self, request: web.Request) -> web.Response:
        """Tell how far a report is."""
        return await self._followed(request, None)

    async def add(self, request: web.Request) -> web.Response:
        """Put words to a report."""
        return await self._followed(request, "words")

    async def _followed(self, request: web.Request, field_name: str | None) -> web.Response:
        self._must_be_own(request)
        if self.limits.is_spent(request, WRONG):
            return _often(request, WRONG_OFTEN)
        given = await request.post()
        typed, words = str(given.get("code", "")), str(given.get(field_name or "", ""))
        place = (self.office, self.now())
        error = said = ""
        found = None
        try:
            if words.strip():
                found = await self.ledger.run(partial(report_page.add, typed, words, *place))
                said = report_page.ADDED
            else:
                found = await self.ledger.read(partial(report_page.stand, typed, *place))
        except RuleViolationError as refusal:
            found = await self.ledger.read(partial(report_page.stand, typed, *place))
            error, said = str(refusal), ""
        if found is None:
            self.limits.count(request, WRONG)
            return self._progress(request, None, error=NOT_FOUND)
        return self._progress(request, found, said=said, error=error)

    def _progress(
        self, request: web.Request, found: report_page.Stand | None, *, said: str = "",
        error: str = "",
    ) -> web.Response:  # fmt: skip
        values = {
            "found": found, "said": said, "error": error, "more": MORE, "root": ROOT,
            "most_chars": MOST_CHARS, "progress": PROGRESS,
        }  # fmt: skip
        return page(request, "report_progress.html", values, 422 if error else 200)

    # --- reading -------------------------------------------------------------------------------

    async def _receive(self, request: web.Request) -> tuple[dict[str, str], Pictures]:
        """Read the parts in order; the form's mark comes before its pictures."""
        reader, parts = PartReader(MOST_AT_ONCE), await request.multipart()
        given: dict[str, str] = {}
        kept: list[tuple[str, int, str]] = []
        refused: list[str] = []
        while (part := await parts.next()) is not None:
            if not isinstance(part, BodyPartReader):
                raise CalmError(400)
            if part.name in _FIELDS and not part.filename:
                chunks = [chunk async for chunk in reader.read(part, _FIELD_BYTES)]
                given[part.name] = b"".join(chunks).decode("utf-8", "replace")
            elif (
                part.name != "photos" or not part.filename or not self._mark(given.get("form", ""))
            ):
                await reader.drain(part)
            elif len(kept) >= MOST_PICTURES:
                refused.append(TOO_MANY)
                await reader.drain(part)
            else:
                try:
                    kept.append(await self._picture(part, reader))
                except RefusedFileError as refusal:
                    await reader.drain(part)
                    refused.append(str(refusal))
        return given, Pictures(tuple(kept), tuple(refused))

    async def _picture(self, part: BodyPartReader, reader: PartReader) -> tuple[str, int, str]:
        held = bytearray()
        async for chunk in reader.read(part):
            held += chunk
            if len(held) > MOST_BYTES:
                raise RefusedFileError(TOO_LARGE)
        content = await asyncio.to_thread(bare, bytes(held))
        stored = await self.files.keep(once(content), "")
        return stored.digest, stored.size, stored.media_type

    # --- whose form it is ----------------------------------------------------------------------

    def _must_be_own(self, request: web.Request) -> None:
        """Refuse what another site had a browser post here.

        Our pages let no referrer out, so that some browsers say ``null`` as the origin of their
        forms; older ones say nothing. The form's signed mark stands for those.
        """
        site = request.headers.get("Sec-Fetch-Site")
        if site is not None:
            is_own = site == "same-origin"
        else:
            public = urlsplit(self.office.links.public_url)
            own = (f"{public.scheme}://{public.netloc}", f"{request.scheme}://{request.host}")
            is_own = request.headers.get("Origin", "null") in ("null", *own)
        if not is_own:
            raise CalmError(403, FOREIGN)

    def _new_mark(self) -> str:
        address = self.office.links.make(
            "report", secrets.token_hex(12), ANYBODY, self.now(), FORM_LIFE
        )
        return address.rpartition("/")[2]

    def _mark(self, token: str) -> str:
        """Return which form a token is of; empty where it is none of ours, or too old."""
        try:
            return self.office.links.read("report", token, self.now()).subject
        except BadLinkError:
            return ""


def _peer(request: web.Request) -> str:
    return request.remote or ""


@dataclass(slots=True, eq=False)
class Counting:
    """Counts in this process, by what ``visitor`` names whoever asks.

    When there are more than ``most``, whoever was seen least lately starts anew.
    """

    now: Callable[[], datetime]
    visitor: Callable[[web.Request], str] = _peer
    most: int = 20_000
    _seen: dict[tuple[str, str], deque[datetime]] = field(default_factory=dict)

    def is_spent(self, request: web.Request, limit: Limit) -> bool:
        """Tell whether as much came from there as may."""
        return len(self._of(request, limit)) >= limit.most

    def count(self, request: web.Request, limit: Limit) -> None:
        """Count one more."""
        self._of(request, limit).append(self.now())

    def _of(self, request: web.Request, limit: Limit) -> deque[datetime]:
        since, key = self.now() - limit.within, (limit.what, self.visitor(request))
        seen = self._seen.pop(key, None) or deque()
        self._seen[key] = seen
        if len(self._seen) > self.most:
            del self._seen[next(iter(self._seen))]
        while seen and seen[0] <= since:
            seen.popleft()
        return seen


def _often(request: web.Request, sentence: str) -> web.Response:
    response = message(request, 429, "请稍后再来", sentence)
    response.headers["Retry-After"] = "3600"
    if not request.content.at_eof():
        response.force_close()
    return response
