"""Takes events from every channel, in order per conversation, one transaction each."""

from __future__ import annotations

import asyncio
import secrets
import time
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import structlog

from bot.channels.base import Answer
from bot.metrics import Metrics
from handlers.context import Carried
from handlers.events import Event
from handlers.switchboard import Switchboard, failed
from storage.ledger import Ledger, LedgerUnavailableError, nothing
from storage.transaction import Transaction

log = structlog.get_logger()

FLUSH_SECONDS = 0.05


@dataclass(slots=True, eq=False)
class Dispatcher:
    """Gives each event to the ledger and returns what its acknowledgement may carry."""

    ledger: Ledger
    switchboard: Switchboard
    now: Callable[[], datetime]
    metrics: Metrics
    at: Callable[[str], None] = nothing
    _turns: dict[str, deque[asyncio.Future[None]]] = field(default_factory=dict)
    _acked: list[int] = field(default_factory=list)
    _owing: list[int] = field(default_factory=list)
    _flush: asyncio.Task[None] | None = None

    @property
    def is_busy(self) -> bool:
        """Tell whether some event is still being done."""
        return bool(self._turns)

    async def handle(self, event: Event) -> Answer | None:
        """Do everything ``event`` asks for, durably.

        Raises:
            LedgerUnavailableError: nothing was written; the platform should send it again.
        """
        conversation = f"{event.instance}:{event.account.lower()}"
        waiting = self._turns.get(conversation)
        if waiting is None:
            self._turns[conversation] = deque()
        else:
            await self._turn(conversation, waiting)
        try:
            carried = await self._in_turn(event)
        finally:
            self._leave(conversation)
        self.at("ack.pre")
        if carried is None:
            return None
        return Answer(
            carried.text, str(carried.seq), carried.card,
            str(carried.beside) if carried.beside is not None else "",
        )  # fmt: skip

    async def _in_turn(self, event: Event) -> Carried | None:
        began = time.perf_counter()
        try:
            carried = await self.ledger.run(partial(self.switchboard.answer, event, self.now()))
            outcome = "done"
        except LedgerUnavailableError:
            self.metrics.steps.take(
                type(event).__name__, "unavailable", time.perf_counter() - began
            )
            raise
        except Exception as error:
            outcome = "failed"
            number = secrets.token_hex(3)
            trace = "".join(traceback.format_exception(error))
            log.error("event failed", number=number, kind=type(event).__name__, exc_info=error)
            carried = await self.ledger.run(partial(failed, event, self.now(), trace, number))
        self.metrics.steps.take(type(event).__name__, outcome, time.perf_counter() - began)
        return carried

    async def _turn(self, conversation: str, waiting: deque[asyncio.Future[None]]) -> None:
        """Wait until everything said before in this conversation has been answered.

        A lock for each message would cost more than what it is held for.
        """
        turn = asyncio.get_running_loop().create_future()
        waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                self._leave(conversation)
            raise

    def _leave(self, conversation: str) -> None:
        """Give the turn to whoever waits longest, and still does."""
        waiting = self._turns[conversation]
        while waiting:
            turn = waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        del self._turns[conversation]

    def carried(self, answer: Answer) -> None:
        """Note that an acknowledgement with this answer was written out.

        Notes are kept for a moment and written together: they only spare a second sending.
        """
        self.at("ack.post")
        self._acked += [int(answer.beside_id)] if answer.beside_id else []
        (self._owing if answer.owes else self._acked).append(int(answer.outbox_id))
        if self._flush is None or self._flush.done():
            self._flush = asyncio.get_running_loop().create_task(self._flush_soon())

    async def stop(self) -> None:
        """Write the notes that wait; again where more came since."""
        if self._flush is not None:
            self._flush.cancel()
        await self._write_notes()

    async def _flush_soon(self) -> None:
        # What is noted while the notes before it are being written is written right after them.
        while self._acked:
            await asyncio.sleep(FLUSH_SECONDS)
            await self._write_notes()

    async def _write_notes(self) -> None:
        acked, self._acked = self._acked, []
        owing, self._owing = self._owing, []
        if not acked and not owing:
            return
        now = self.now()

        def note(tx: Transaction) -> None:
            if acked:
                tx.outbox.mark_carried(acked, now)
            if owing:
                tx.outbox.mark_shown(owing, now)

        try:
            await self.ledger.run(note)
        except LedgerUnavailableError:
            # The rows leave by the outbox once more: late, and seen as a repeat by the person.
            log.warning("acks not noted", count=len(acked) + len(owing))
