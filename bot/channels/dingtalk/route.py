"""HTTP mode: tells the platform where taps on our cards go (register-card-callback-address).

The platform keeps the address, but nobody can ask it which one it has: it is told at every start.
An address without TLS is told to an emulator on this machine only: the platform's signature holds
no body, so whoever reads the way could change what was tapped.
"""

from __future__ import annotations

import asyncio
import contextlib
from urllib.parse import urlsplit

import structlog

from bot.channels.base import ChannelBusyError, ChannelRefusedError
from bot.channels.dingtalk.api import Api
from bot.channels.wire import is_loopback

log = structlog.get_logger()

AGAIN_SECONDS = 5.0
MOST_AGAIN_SECONDS = 3600.0


class CardRoute:
    """The address of one application's card callbacks, told until it was taken.

    ``is_taken`` says whether it was, since this process began: before, a card of this route may be
    refused though nothing is wrong with it.
    """

    def __init__(
        self, api: Api, *, key: str, url: str, secret: str, again_seconds: float = AGAIN_SECONDS
    ) -> None:
        self._api = api
        self._key = key
        self._url = url
        self._secret = secret
        self._again_seconds = again_seconds
        self._tried = asyncio.Event()
        self._telling: asyncio.Task[None] | None = None
        self.is_taken = False

    def start(self) -> None:
        """Begin to tell, in the background."""
        self._telling = asyncio.get_running_loop().create_task(self._tell())

    async def stop(self) -> None:
        """Leave off."""
        if self._telling is not None:
            self._telling.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._telling

    async def tried(self) -> None:
        """Wait for the end of the first try: mostly the route is known afterwards."""
        await self._tried.wait()

    async def _tell(self) -> None:
        seconds = self._again_seconds
        while True:
            try:
                await self._api.register_route(self._key, self._url, self._secret)
            except ChannelRefusedError as error:
                log.error("card route refused", code=error.code, again_in=seconds)
            except ChannelBusyError as error:
                log.warning("card route not taken", reason=str(error), again_in=seconds)
            else:
                self.is_taken = True
                log.info("card route taken", url=self._url)
                return
            finally:
                self._tried.set()
            await asyncio.sleep(seconds)
            # A refusal is mended by a person, and each try may cost a call of the month.
            seconds = min(2 * seconds, MOST_AGAIN_SECONDS)


def may_tell(url: str, api_base: str) -> bool:
    """Return whether the platform behind ``api_base`` may be told to call ``url``."""
    parts = urlsplit(url)
    return parts.scheme == "https" or is_loopback(urlsplit(api_base).hostname or "")
