"""One open connection: what is asked on it, and which acknowledgement belongs to what."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from bot.channels.base import ChannelBusyError
from bot.channels.wecom.aibot.frames import Frame, write_frame

AGAIN_SECONDS = 1.0


@dataclass(slots=True, eq=False)
class Connection:
    """One connection; ``over`` is set once nothing more comes or goes on it.

    ``is_kicked``: another connection of the same robot took its place.
    """

    socket: aiohttp.ClientWebSocketResponse
    answer_seconds: float
    over: asyncio.Event = field(default_factory=asyncio.Event)
    is_kicked: bool = False
    _asked: dict[str, asyncio.Future[Frame | None]] = field(default_factory=dict)

    async def ask(self, cmd: str, req_id: str, body: Mapping[str, Any] | None = None) -> Frame:
        """Send a frame and return what acknowledges it.

        Raises:
            ChannelBusyError: there was none; ``unknown`` where it may have been done.
        """
        if self.over.is_set() or self.socket.closed:
            raise ChannelBusyError("not connected", AGAIN_SECONDS)
        if req_id in self._asked:
            raise ChannelBusyError("being answered", AGAIN_SECONDS)
        asked: asyncio.Future[Frame | None] = asyncio.get_running_loop().create_future()
        self._asked[req_id] = asked
        why = "connection cut"
        try:
            async with asyncio.timeout(self.answer_seconds):
                await self.socket.send_str(write_frame(cmd, req_id, body))
                if (frame := await asked) is not None:
                    return frame
        except TimeoutError:
            why = "no acknowledgement"
        except (ConnectionError, aiohttp.ClientError):
            self.over.set()
        finally:
            del self._asked[req_id]
        raise ChannelBusyError(why, AGAIN_SECONDS, unknown=True, sent=True)

    def acknowledged(self, frame: Frame) -> bool:
        """Take an acknowledgement; False where nothing waits for it."""
        asked = self._asked.get(frame.req_id)
        if asked is None or asked.done():
            return False
        asked.set_result(frame)
        return True

    def end(self) -> None:
        """Expect nothing more: what was asked and not acknowledged never will be."""
        self.over.set()
        for asked in self._asked.values():
            if not asked.done():
                asked.set_result(None)
