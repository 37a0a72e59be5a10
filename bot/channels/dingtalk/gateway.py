"""Opens one line of the stream: asks the gateway for a ticket and spends it at once."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

import aiohttp
from aiohttp import ClientTimeout, ClientWSTimeout

from bot.channels.base import FREE, Meter
from bot.channels.dingtalk.frames import read_object
from bot.channels.wire import is_loopback
from storage.rules.quotas import Resource

PATH = "/v1.0/gateway/connections/open"
PLATFORM = ".dingtalk.com"
UA = "beian-python/1"
_MAX_ANSWER = 64 * 1024
# A frame of two MiB is escaped once more inside its frame.
_MAX_FRAME = 8 * 1024 * 1024
# Nothing in it that two readers of addresses could understand differently.
_ENDPOINT = re.compile(
    r"(?P<scheme>wss?)://(?P<host>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?(?:/[\w.~/-]*)?",
    re.ASCII,
)


class GatewayError(Exception):
    """No line could be opened, and why: ids and codes only, never a secret or a ticket."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """The way to a line, for one application."""

    http: aiohttp.ClientSession
    api_base: str
    client_id: str
    client_secret: str = field(repr=False)
    topics: Sequence[tuple[str, str]]
    open_seconds: float
    heartbeat_seconds: float
    meter: Meter = FREE

    async def open(self) -> aiohttp.ClientWebSocketResponse:
        """Return a line that is open. The ticket was used, whatever came of it.

        Raises:
            GatewayError: refused, too slow, or an answer that is not to be followed.
        """
        try:
            async with asyncio.timeout(self.open_seconds):
                return await self._connect(await self._ask())
        except TimeoutError:
            raise GatewayError("too slow") from None
        except (aiohttp.ClientError, OSError) as error:
            # The name only: the message may hold the address, and that the ticket.
            raise GatewayError(type(error).__name__) from None

    async def _ask(self) -> str:
        body = {
            "clientId": self.client_id,
            "clientSecret": self.client_secret,
            "subscriptions": [{"type": kind, "topic": topic} for kind, topic in self.topics],
            "ua": UA,
        }
        async with self.http.post(
            self.api_base.rstrip("/") + PATH,
            json=body,
            headers={"Accept": "application/json"},
            allow_redirects=False,
        ) as response:
            status, raw = response.status, b""
            async for part in response.content.iter_any():
                raw += part
                if len(raw) > _MAX_ANSWER:
                    raise GatewayError("an answer too large")
        answer = read_object(raw) or {}
        if status == 200:
            # Whether it costs one nobody could confirm (reference 7.4 does not name it as free).
            self.meter.spend(Resource.API, PATH.removeprefix("/v1.0/"))
        if status != 200:
            code = answer.get("code")
            raise GatewayError(f"{status} {code if isinstance(code, str) else ''}"[:80].rstrip())
        endpoint, ticket = answer.get("endpoint"), answer.get("ticket")
        if not (isinstance(endpoint, str) and isinstance(ticket, str) and endpoint and ticket):
            raise GatewayError("an answer without address or ticket")
        if not may_follow(endpoint, self.api_base):
            raise GatewayError("an address that is not the platform's")
        return f"{endpoint}?ticket={quote(ticket, safe='')}"

    async def _connect(self, url: str) -> aiohttp.ClientWebSocketResponse:
        return await self.http.ws_connect(
            url,
            heartbeat=self.heartbeat_seconds,
            max_msg_size=_MAX_FRAME,
            timeout=ClientWSTimeout(ws_close=2.0),
        )


def may_follow(endpoint: str, api_base: str) -> bool:
    """Return whether the gateway's address may be spoken to: the platform's own, by TLS.

    Only where the gateway itself is on this machine may the address be so too.
    """
    found = _ENDPOINT.fullmatch(endpoint)
    if found is None:
        return False
    host = found["host"].strip("[]").rstrip(".").lower()
    if found["scheme"] == "wss" and host.endswith(PLATFORM):
        return True
    return is_loopback(host) and is_loopback(urlsplit(api_base).hostname or "")


def session() -> aiohttp.ClientSession:
    """Return a session without cookies; proxies of the environment are not asked."""
    return aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), timeout=ClientTimeout())
