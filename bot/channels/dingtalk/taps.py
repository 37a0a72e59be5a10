"""Card callbacks that are open: what they are answered, how soon, and who waits for their end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from bot.channels.base import Answer
from cards.render import dingtalk as drawing
from cards.render.dingtalk_values import plain

# The platform gives two seconds from the tap (event-callback-card); the way takes some of them.
ANSWER_SECONDS = 1.8
SETTLE_SECONDS = 0.3


def response_to(answer: Answer | None) -> tuple[dict[str, Any], Answer | None]:
    """Return what the tapper's own screen is told, and the answer that is made good by it.

    Without a card to show nothing changes there. Where something of the card had to be shortened
    its row goes out all the same: no second card, but the whole of this one as text.
    """
    if answer is None or answer.card is None:
        return {}, None
    drawn = drawing.render(answer.card)
    response: dict[str, Any] = {
        "cardUpdateOptions": {"updateCardDataByKey": True, "updatePrivateDataByKey": True},
        "cardData": {"cardParamMap": drawn.params},
    }
    # Whatever an earlier tap was told beside the card is over.
    response["userPrivateData"] = {"cardParamMap": {**drawn.private, "said": plain(answer.text)}}
    return response, answer._replace(owes=bool(drawn.texts))


@dataclass(slots=True, eq=False)
class _Stay:
    """The callbacks of one card that are open, or were a moment ago."""

    count: int = 0
    over: asyncio.Event = field(default_factory=asyncio.Event)
    ending: asyncio.TimerHandle | None = None


@dataclass(slots=True, eq=False)
class OpenTaps:
    """Keeps a card from being redrawn while one of its callbacks is open.

    The platform forbids an update during a callback, and applies the answer a moment after it was
    given: a card counts as closed ``settle_seconds`` after its last callback. Where the callbacks
    may come to another process (``are_here`` is false), what redraws a card waits as long as the
    callback that led to it can last.
    """

    settle_seconds: float = SETTLE_SECONDS
    are_here: Callable[[], bool] = lambda: True
    _stays: dict[str, _Stay] = field(default_factory=dict)

    @contextlib.contextmanager
    def open(self, out_track_id: str) -> Iterator[None]:
        """Hold the card open while its callback is being answered."""
        stay = self._stays.setdefault(out_track_id, _Stay())
        stay.count += 1
        if stay.ending is not None:
            stay.ending.cancel()
        try:
            yield
        finally:
            stay.count -= 1
            if not stay.count:
                loop = asyncio.get_running_loop()
                stay.ending = loop.call_later(self.settle_seconds, self._end, out_track_id)

    async def closed(self, out_track_id: str) -> None:
        """Wait until no callback of this card is open any more."""
        if not self.are_here():
            await asyncio.sleep(ANSWER_SECONDS + self.settle_seconds)
        while (stay := self._stays.get(out_track_id)) is not None:
            await stay.over.wait()

    def _end(self, out_track_id: str) -> None:
        self._stays.pop(out_track_id).over.set()
