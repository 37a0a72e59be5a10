"""Sends what the outbox holds: leased, paced, in order, and never given up silently.

Every row ends as sent, refused (why), dropped (out of date) or parked for a person. A row is sent
with no transaction open; a crash in between sends it again under the same id, which the platform
sees as a repeat.
"""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog

from bot.annex import DrawingBusyError, DrawingError
from bot.channels.base import (
    Channel,
    ChannelBusyError,
    ChannelRefusedError,
    JointChannel,
    Parcel,
    Picture,
    Receipt,
)
from bot.company import foreword, together
from bot.ends import End, end_of
from bot.metrics import Metrics
from bot.quotas import Quotas
from bot.tally import Tally, charged_to
from cards.language import Card
from handlers.context import TO_GROUP
from handlers.events import Event, GroupChanged
from storage.ledger import Ledger, LedgerUnavailableError, nothing
from storage.opening import opened
from storage.outbox import CARRIED, SPARED, Copy, Errand
from storage.transaction import Transaction

log = structlog.get_logger()

AT_ONCE = 64
LEASE = timedelta(seconds=120)
NOTE_CHARS = 1000  # enough to name everybody of one claim
IDLE_SECONDS = 15.0
NAP_SECONDS = 1.0
DRAWING_SECONDS = 5.0
# A platform repeats what was not acknowledged at once, three times, five seconds apart.
REPEATED_WITHIN = timedelta(seconds=10)


async def _undrawn(_wish: Mapping[str, Any]) -> bytes:
    """Draw nothing: who has no worker sends no pictures."""
    raise DrawingError


def _any_hour(_tenant: str, now: datetime, _tx: Transaction) -> datetime:
    """Know of no quiet hours."""
    return now


def _unanswered(_event: Event, _now: datetime, _tx: Transaction) -> None:
    """Hear nothing: who only sends has no switchboard."""


@dataclass(slots=True, eq=False)
class Delivery:
    """The sender. ``wake`` may be called from any thread: the ledger calls it after a commit.

    ``answer`` is the switchboard's: it hears of a group that refused what it was told. ``draw``
    draws the picture that a row asks for, ``told_at`` says when an authority's people may be told.
    """

    ledger: Ledger
    channels: Mapping[str, Channel]
    now: Callable[[], datetime]
    metrics: Metrics
    at: Callable[[str], None] = nothing
    tally: Tally = field(default_factory=Tally)
    quotas: Quotas = field(default_factory=Quotas)
    holder: str = field(default_factory=lambda: secrets.token_hex(6))
    answer: Callable[[Event, datetime, Transaction], object] = _unanswered
    draw: Callable[[Mapping[str, Any]], Awaitable[bytes]] = _undrawn
    told_at: Callable[[str, datetime, Transaction], datetime] = _any_hour
    _bell: asyncio.Event = field(default_factory=asyncio.Event)
    _loop: asyncio.AbstractEventLoop | None = None
    _runner: asyncio.Task[None] | None = None
    _sending: dict[int, asyncio.Task[None]] = field(default_factory=dict)
    _closing: bool = False
    _started_at: datetime | None = None

    def start(self) -> None:
        """Begin to send."""
        self._loop = asyncio.get_running_loop()
        self._started_at = self.now()
        self._runner = self._loop.create_task(self._run())

    async def stop(self, patience_seconds: float = 8.0) -> None:
        """Claim nothing more, and let what is on its way arrive."""
        self._closing = True
        self._bell.set()
        if self._runner:
            await self._runner
        if self._sending:
            _, late = await asyncio.wait(self._sending.values(), timeout=patience_seconds)
            for task in late:
                task.cancel()

    def wake(self) -> None:
        """Look at the outbox now."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._bell.set)

    async def idle(self) -> None:
        """Wait until nothing that may go now is left. For the demo's story and for tests."""
        # Rows change in other processes too, so nothing here could ring a bell.
        while bool(self._sending) or await self.ledger.read(self._waits_now):  # noqa: ASYNC110
            await asyncio.sleep(0.01)

    def _waits_now(self, tx: Transaction) -> bool:
        due = tx.outbox.oldest_due(self.now())
        return due is not None

    async def _run(self) -> None:
        while not self._closing:
            self._bell.clear()
            try:
                claimed = await self._claim()
            except LedgerUnavailableError:
                claimed = 0
            if not claimed:
                await self._rest()

    async def _claim(self) -> int:
        room = AT_ONCE - len(self._sending)
        if room <= 0:
            return 0
        now = self.now()

        def claim(tx: Transaction) -> tuple[list[Errand], list[Errand], list[Errand]]:
            leased = tx.outbox.claim(
                holder=self.holder, now=now, lease_until=now + LEASE, most=room
            )
            # Settled at once: whoever came after a death in between could not tell any more.
            arrived = [one for one in leased if self._was_acknowledged(one)]
            for one in arrived:
                tx.outbox.settle(one, holder=self.holder, state="sent", now=now, note=CARRIED)
            spared = self._spared(tx, leased, now)
            for one in spared:
                tx.outbox.settle(one, holder=self.holder, state="dropped", now=now, note=SPARED)
            left = [one for one in leased if one not in arrived and one not in spared]
            left = [one for one in left if not self._is_put_off(tx, one, now)]
            return leased, left, spared

        claimed, errands, spared = await self.ledger.run(claim)
        for one in spared:
            self.metrics.sends.labels(one.instance, "dropped").inc()
        mine = [one for one in errands if one.seq not in self._sending]
        for part in together(mine, lambda name: isinstance(self.channels.get(name), JointChannel)):
            task = asyncio.get_running_loop().create_task(self._send(part))
            self._sending.update((errand.seq, task) for errand in part)
        return len(claimed)

    def _is_put_off(self, tx: Transaction, errand: Errand, now: datetime) -> bool:
        """Let a row wait for the morning that was put out by day and could not leave in time.

        Source: requirements A.10b (quiet_hours; stop notices do not wait).
        """
        if errand.hours_of is None:
            return False
        until = self.told_at(errand.hours_of, now, tx)
        if until > now:
            tx.holding.put_off(errand, holder=self.holder, until=until)
        return until > now

    def _spared(self, tx: Transaction, leased: Sequence[Errand], now: datetime) -> list[Errand]:
        """Return the courtesies that are not sent, because their platform's month runs out."""
        courtesies = [one for one in leased if one.courtesy]
        sparing = {
            instance
            for instance in {one.instance for one in courtesies}
            if self.quotas.spares(tx, instance, now)
        }
        return [one for one in courtesies if one.instance in sparing]

    async def _rest(self) -> None:
        """Wait for the bell, or for the next row's time."""
        seconds = IDLE_SECONDS
        try:
            due = await self.ledger.run(lambda tx: tx.outbox.next_due(self.now()))
        except LedgerUnavailableError:
            due = None
            seconds = 1.0
        if due is not None:
            seconds = min(seconds, max((due - self.now()).total_seconds(), 0.01))
        try:
            async with asyncio.timeout(seconds):
                await self._bell.wait()
        except TimeoutError:
            return

    async def _send(self, errands: Sequence[Errand]) -> None:
        try:
            with charged_to(errands[0].about):
                ends = await self._try(errands)
            self.at("send.post")
            await self._settle(ends)
            for end in ends:
                self.metrics.sends.labels(end.errand.instance, end.state).inc()
        except LedgerUnavailableError:
            log.warning("receipt not stored", seq=[errand.seq for errand in errands])
        finally:
            for errand in errands:
                del self._sending[errand.seq]
            self._bell.set()

    async def _try(self, errands: Sequence[Errand]) -> list[End]:
        channel = self.channels.get(errands[0].instance)
        if channel is None:
            return [End(errand, "parked", note="no such channel") for errand in errands]
        ends: list[End] = []
        parcels: list[Parcel] = []
        ready: list[Errand] = []
        for errand in errands:
            try:
                parcels.append(await self._parcel(errand, channel))
                ready.append(errand)
            except Exception as error:
                ends.append(end_of(errand, error))
        foretold = ""
        if ready and isinstance(channel, JointChannel):
            foretold = await self._foretell(ready)
            beside = tuple(str(one.seq) for one in ready) if len(ready) > 1 else ()
            parcels = [replace(parcel, beside=beside) for parcel in parcels]
        try:
            for parcel in parcels:
                # A place is booked when it is free; until then there is only time to wait for.
                while (wait := channel.may_send_at(parcel, self.now())) > 0:  # noqa: ASYNC110
                    # In short naps, for the clock that the places are booked by may be moved.
                    await asyncio.sleep(min(wait, NAP_SECONDS))
            self.at("send.pre")
            outcomes: Sequence[Receipt | Exception]
            if len(parcels) > 1 and isinstance(channel, JointChannel):
                outcomes = await channel.send_joint(parcels)
            else:
                outcomes = [await channel.send(parcel) for parcel in parcels]
        except Exception as error:
            outcomes = [error] * len(ready)
        # What failed together rests equally long, so that it can go together again.
        share = random.uniform(0.5, 1)
        return ends + [
            end_of(errand, one, foretold=foretold, share=share)
            for errand, one in zip(ready, outcomes, strict=True)
        ]

    async def _foretell(self, errands: Sequence[Errand]) -> str:
        """Write down what must be known of these rows before they leave, and return it."""
        note, seqs = foreword(errands), [errand.seq for errand in errands]
        if not note:
            return ""
        await self.ledger.run(lambda tx: tx.outbox.foretell(seqs, self.holder, note))
        return note

    def _was_acknowledged(self, errand: Errand) -> bool:
        """Say whether an answer that rode on an ack arrived, though nobody noted that it did.

        A process that died right after answering leaves no note. Where the next one was there in
        time to hear the platform repeat the event, and did not, the answer had arrived. A tap,
        which is shown a card, is never repeated: there silence tells nothing.
        """
        began = self._started_at
        if began is None or errand.note != CARRIED or "card" in errand.body:
            return False
        return errand.made_at < began <= errand.made_at + REPEATED_WITHIN

    async def _parcel(self, errand: Errand, channel: Channel) -> Parcel:
        address, secret = errand.address, ""
        if errand.group_id is not None:
            group = errand.group_id
            address, secret = await self.ledger.run(lambda tx: tx.people.group_address(group))
        body = errand.body
        if "sealed" in body:
            body = await self.ledger.run(lambda tx: opened(tx, errand.body))
        card, text = body.get("card"), str(body.get("text", ""))
        readers: Sequence[str] = ()
        if errand.redraws and errand.subject and isinstance(channel, JointChannel):
            readers = await self.ledger.run(partial(_readers, errand))
        picture = errand.body.get("picture")
        return Parcel(
            id=str(errand.seq),
            address=address,
            to_group=errand.group_id is not None or bool(errand.body.get(TO_GROUP)),
            secret=secret,
            card=Card.from_json(card) if card else None,
            text=text,
            picture=await self._picture(errand.instance, picture) if picture else None,
            redraws=errand.redraws,
            redraw_code=errand.redraw_code,
            attempt=errand.attempts,
            doubtful=errand.doubtful,
            joint=errand.joint,
            apart_from=errand.fellows,
            readers=tuple(readers),
            shown=errand.is_shown,
        )

    async def _picture(self, instance: str, wish: Mapping[str, Any]) -> Picture:
        """Have a picture drawn. What is wrong with it is never the receiver's fault."""
        if not self.channels[instance].capabilities.pictures:
            raise ChannelRefusedError("no-pictures")
        try:
            content = await self.draw(wish)
        except DrawingBusyError:
            raise ChannelBusyError("drawing", DRAWING_SECONDS) from None
        except DrawingError:
            raise ChannelRefusedError("not-drawn") from None
        return Picture(content, str(wish["picture"]), str(wish["address"]), str(wish["title"]))

    async def _settle(self, ends: Sequence[End]) -> None:
        now = self.now()
        bill = self.tally.take_due()

        def settle(tx: Transaction) -> None:
            for end in ends:
                mine = tx.outbox.settle(
                    end.errand,
                    holder=self.holder,
                    state=end.state,
                    now=now,
                    not_before=now + timedelta(seconds=end.pause),
                    note=end.note[:NOTE_CHARS],
                    counted=not end.stopped,
                )
                is_new = end.errand.subject and not end.errand.is_shown
                if mine and end.receipt is not None and is_new:
                    _keep_copy(tx, end.errand, end.receipt, now)
                if mine and end.deaf and end.errand.group_id:
                    self._report(tx, end, now)
            if bill is not None:
                bill.write(tx)

        try:
            await self.ledger.run(settle)
        except Exception:
            # Of a sending that was cut off nobody knows whether it was written: never twice.
            if bill is not None:
                self.tally.give_back(bill)
            raise

    def _report(self, tx: Transaction, end: End, now: datetime) -> None:
        """Have a group that refused seen by a person, in the transaction that settles the row."""
        errand = end.errand
        try:
            address, _ = tx.people.group_address(str(errand.group_id))
        except LookupError:
            return  # given up meanwhile: nobody waits for it
        key = f"deaf:{errand.seq}:{errand.attempts}"
        event = GroupChanged(
            key, errand.instance, "", now, group=address, is_gone=end.gone, is_deaf=True
        )
        self.answer(event, now, tx)


def _readers(errand: Errand, tx: Transaction) -> list[str]:
    """Return who has the copy that an errand redraws, where that is more than one."""
    copies = tx.outbox.copies(errand.subject)
    found = sorted(one.address for one in copies if one.copy_key == errand.redraws)
    return found if len(found) > 1 else []


def _keep_copy(tx: Transaction, errand: Errand, receipt: Receipt, now: datetime) -> None:
    """Remember where a card stands; redraw it at once where it changed while it was on its way."""
    if errand.redraws and not receipt.fresh:
        tx.outbox.spend(errand.subject, errand.instance, errand.address)
        return
    copy = Copy(
        errand.subject, errand.instance, errand.address, receipt.copy_key, receipt.redraw_code, now
    )
    tx.outbox.keep_copy(copy)
    newer = None if errand.redraws else tx.outbox.live(errand.subject, errand.seq)
    if newer is not None:
        tx.outbox.put(
            instance=errand.instance,
            address=errand.address,
            body=newer,
            now=now,
            person_id=errand.person_id,
            subject=errand.subject,
            redraws=receipt.copy_key,
            redraw_code=receipt.redraw_code,
            # What several people have between them is redrawn once.
            once=f"late:{receipt.copy_key or errand.seq}",
            about=errand.about,
        )
