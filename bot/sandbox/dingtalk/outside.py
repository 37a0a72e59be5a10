"""The platform's own calls to a bot that chose HTTP, and how any delivery ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from bot.sandbox.dingtalk.state import as_text


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a delivery ended; ``answer`` is what was shown of the bot's answer to it."""

    delivered: bool
    acked: bool = False
    attempts: int = 0
    reason: str = ""
    answer: Mapping[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as pages read it."""
        return {
            "delivered": self.delivered,
            "acked": self.acked,
            "attempts": self.attempts,
            "reason": self.reason,
            "answer": self.answer,
        }


@dataclass(slots=True, eq=False)
class Outside:
    """The way to the bots; no cookies, no proxies, no redirects followed."""

    _http: aiohttp.ClientSession | None = None

    def open(self) -> None:
        """Open it."""
        self._http = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())

    async def close(self) -> None:
        """Close it."""
        if self._http is not None:
            await self._http.close()

    async def post(
        self, url: str, body: Mapping[str, Any], headers: Mapping[str, str], seconds: float
    ) -> tuple[int | None, bytes, str]:
        """Post an object; return status and body, or no status and what went wrong."""
        json_type = {"Content-Type": "application/json; charset=utf-8"}
        return await self.send(url, as_text(body).encode(), {**json_type, **headers}, seconds)

    async def send(
        self, url: str, data: bytes, headers: Mapping[str, str], seconds: float
    ) -> tuple[int | None, bytes, str]:
        """Post bytes; return status and body, or no status and what went wrong."""
        assert self._http is not None, "the sandbox is not running"
        try:
            async with self._http.post(
                url,
                data=data,
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=seconds),
                allow_redirects=False,
            ) as response:
                return response.status, await response.read(), ""
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            return None, b"", type(error).__name__
