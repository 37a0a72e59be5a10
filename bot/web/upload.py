"""The upload page: what is still missing, and the files that arrive, streamed part by part."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

import structlog
from aiohttp import BodyPartReader, web

from bot.channels.base import Acknowledge
from bot.files import FileStore, Stored, display_name
from bot.filetypes import RefusedFileError
from bot.web.drawing import page
from bot.web.headers import CalmError
from bot.web.parts import PartReader
from bot.web.signin import Door, Visitor
from handlers.events import Uploaded
from storage.drafts import Attachment, Draft
from storage.ledger import Ledger, LedgerUnavailableError
from storage.paper import is_clerks
from storage.people import Person
from storage.transaction import Transaction

log = structlog.get_logger()

MOST_FILES = 50
# A whole submission may be this many times as large as one file.
MOST_AT_ONCE = 6
TOTAL_SECONDS = 900.0
_SLOT_BYTES = 64

NOT_YOURS = "这份材料由本校的经办人和校长上传。如职责有变动，请联系本单位管理员更新名单。"
NO_DRAFT = "没有找到这份草稿，请回到聊天里重新打开。"
CLOSED = "这份材料已经送出或已过保存期，不在这里改动。请回到聊天里发“进度”查看。"
NO_ACCOUNT = "名单里还没有您的聊天账号，收到的材料无法告诉您。请联系本单位管理员。"
NO_SLOT = "请先选择这是哪一份材料，再上传。"
TOO_MANY = f"一个链接最多上传 {MOST_FILES} 个文件。请回到聊天里重新打开上传页。"
NOT_NOTED = "文件到了，但暂时没有记下，请稍后再传一次。"
NOT_TAKEN = "没有留在这份材料里，原因已经发到聊天里。"
NOTHING = "还没有选择文件。"


class SlotState(Protocol):
    """One document of a draft's route, and the files that stand there now."""

    @property
    def key(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def required(self) -> bool: ...
    @property
    def reason(self) -> str: ...
    @property
    def files(self) -> Sequence[Attachment]: ...


Slots = Callable[[Draft, Transaction], Sequence[SlotState]]


@dataclass(frozen=True, slots=True, eq=False)
class Desk:
    """A draft as its page shows it: whose it is, and where its events come from."""

    draft: Draft
    school: str
    project: str
    slots: Sequence[SlotState]
    instance: str
    account: str

    @property
    def wanted(self) -> int:
        """How many required documents there are."""
        return sum(slot.required for slot in self.slots)

    @property
    def had(self) -> int:
        """How many required documents have a file."""
        return sum(slot.required and bool(slot.files) for slot in self.slots)

    @property
    def files(self) -> int:
        """How many files stand in the draft."""
        return sum(len(slot.files) for slot in self.slots)

    def stands(self, slot: str, digest: str) -> bool:
        """Say whether these bytes stand in a slot."""
        return any(
            file.digest == digest for one in self.slots if one.key == slot for file in one.files
        )


class Arrival(NamedTuple):
    """One file of a submission: what came of it. ``sentence`` is empty where it was taken."""

    name: str
    sentence: str = ""
    stored: Stored | None = None


@dataclass(slots=True, eq=False)
class Tally:
    """How many files came over each link in this process, until the link ends."""

    _counts: dict[str, tuple[int, datetime]] = field(default_factory=dict)

    def take(self, visitor: Visitor, token: str, standing: int, now: datetime) -> bool:
        """Count one more file; False where the link has had its fifty."""
        for old in [key for key, (_, ends) in self._counts.items() if ends <= now]:
            del self._counts[old]
        count = max(self._counts.get(token, (0, now))[0], standing) + 1
        if count > MOST_FILES:
            return False
        self._counts[token] = (count, visitor.grant.ends_at)
        return True


@dataclass(slots=True, eq=False)
class UploadPage:
    """Shows and takes the documents of one draft; ``slots`` says which there are."""

    door: Door
    ledger: Ledger
    files: FileStore
    dispatcher: Acknowledge
    slots: Slots
    zone: ZoneInfo
    now: Callable[[], datetime]
    _tally: Tally = field(default_factory=Tally)

    def routes(self) -> list[web.RouteDef]:
        """Return the page's routes."""
        address = "/m/upload/{token}"
        return [web.get(address, self.show, allow_head=False), web.post(address, self.take)]

    async def show(self, request: web.Request) -> web.Response:
        """Show what is there and what is missing."""
        visitor = await self.door.visitor(request, "upload")
        return self._draw(request, await self._desk(visitor), "", ())

    async def take(self, request: web.Request) -> web.Response:
        """Take the files of one submission and show what came of each."""
        visitor = await self.door.visitor(request, "upload")
        desk = await self._desk(visitor)
        most = MOST_AT_ONCE * self.files.max_bytes
        if (request.content_length or 0) > most:
            raise CalmError(413)
        if request.content_type != "multipart/form-data":
            raise CalmError(400)
        counter = PartReader(most)
        try:
            async with asyncio.timeout(TOTAL_SECONDS):
                slot, arrivals = await self._receive(request, visitor, desk, counter)
        except TimeoutError:
            raise CalmError(408) from None
        except ValueError as error:
            log.info("upload broken", reason=type(error).__name__)
            raise CalmError(400) from None
        told: list[Arrival] = []
        for arrival in arrivals:
            has_company = any(one.stored and not one.sentence for one in told)
            told.append(await self._tell(desk, slot, arrival, joins=has_company))
        desk = await self._desk(visitor)
        shown = [
            Arrival(one.name, NOT_TAKEN)
            if one.stored and not one.sentence and not desk.stands(slot, one.stored.digest)
            else one
            for one in told
        ]
        return self._draw(request, desk, slot, shown or [Arrival("", NOTHING)])

    # --- reading -------------------------------------------------------------------------------

    async def _desk(self, visitor: Visitor) -> Desk:
        def look(tx: Transaction) -> Desk:
            draft = tx.drafts.get(visitor.grant.subject)
            if draft is None:
                raise CalmError(404, NO_DRAFT)
            person = tx.people.get(visitor.person_id)
            if person is None or not self._is_theirs(draft, person):
                raise CalmError(403, NOT_YOURS)
            if draft.state != "open" or draft.expires_at <= self.now():
                raise CalmError(410, CLOSED)
            address = tx.people.address_of(person.id)
            if address is None:
                raise CalmError(403, NO_ACCOUNT)
            unit = tx.people.unit(draft.tenant, draft.unit_code)
            project = str(draft.answers.get("project") or "")
            return Desk(draft, unit.name if unit else "", project, self.slots(draft, tx), *address)

        return await self.ledger.read(look)

    def _is_theirs(self, draft: Draft, person: Person) -> bool:
        """Say whether somebody is of this draft's people today: who fills it, or the principal."""
        today = self.now().astimezone(self.zone).date()
        if person.is_principal_of(draft.tenant, draft.unit_code, today):
            return True
        if is_clerks(draft, person, today):
            return True
        is_there = person.works_in(draft.tenant, draft.unit_code, today)
        return is_there and person.id == draft.person_id

    async def _receive(
        self, request: web.Request, visitor: Visitor, desk: Desk, counter: PartReader
    ) -> tuple[str, list[Arrival]]:
        """Read the parts in order; the choice of the document comes before its files."""
        slot = ""
        arrivals: list[Arrival] = []
        keys = {one.key for one in desk.slots}
        token = request.match_info["token"]
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            if not isinstance(part, BodyPartReader):
                raise CalmError(400)
            if part.name == "slot" and not part.filename:
                chosen = b"".join([chunk async for chunk in counter.read(part, _SLOT_BYTES)])
                slot = chosen.decode("utf-8", "replace")
            elif part.name != "files" or not part.filename:
                await counter.drain(part)
            elif slot not in keys:
                arrivals.append(Arrival(display_name(part.filename), NO_SLOT))
                await counter.drain(part)
            elif not self._tally.take(visitor, token, desk.files, self.now()):
                arrivals.append(Arrival(display_name(part.filename), TOO_MANY))
                await counter.drain(part)
            else:
                arrivals.append(await self._keep(part, counter))
        return slot, arrivals

    async def _keep(self, part: BodyPartReader, counter: PartReader) -> Arrival:
        name = part.filename or ""
        try:
            stored = await self.files.keep(counter.read(part), name)
        except RefusedFileError as refusal:
            await counter.drain(part)
            return Arrival(display_name(name), str(refusal))
        return Arrival(stored.name, stored=stored)

    async def _tell(self, desk: Desk, slot: str, arrival: Arrival, *, joins: bool) -> Arrival:
        """Let a stored file be noted, and the chat say so; ``joins`` the one that came before."""
        stored = arrival.stored
        if stored is None or desk.stands(slot, stored.digest):
            # Refused, or handed in once more because the page gave no answer: it is there.
            return arrival
        event = Uploaded(
            key=f"upload:{secrets.token_hex(12)}", instance=desk.instance, account=desk.account,
            sent_at=self.now(), draft=desk.draft.id, slot=slot, digest=stored.digest,
            size=stored.size, media_type=stored.media_type, name=stored.name, joins=joins,
            on_page=True,
        )  # fmt: skip
        try:
            await self.dispatcher.handle(event)
        except LedgerUnavailableError:
            return Arrival(arrival.name, NOT_NOTED)
        return arrival

    def _draw(
        self, request: web.Request, desk: Desk, slot: str, arrivals: Sequence[Arrival]
    ) -> web.Response:
        missing = next((one.key for one in desk.slots if one.required and not one.files), "")
        was_taken = all(not one.sentence for one in arrivals)
        values = {
            "desk": desk,
            "arrivals": arrivals,
            "chosen": missing if was_taken else slot or missing,
            "most": self.files.max_bytes,
            "most_at_once": MOST_AT_ONCE * self.files.max_bytes,
        }
        return page(request, "upload.html", values)
