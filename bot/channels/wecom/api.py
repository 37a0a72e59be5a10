"""WeCom's server API as far as the bot uses it: one method for each call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import aiohttp
import structlog

from bot.channels.base import ChannelBusyError, ChannelRefusedError, Media
from bot.channels.cleaning import clean
from bot.channels.token import TokenCache, TokenStore
from bot.channels.wecom.errors import (
    MEDIA_TOO_LARGE,
    RATE_SECONDS,
    Meaning,
    meaning,
    refusal,
)
from bot.channels.wire import JSON_BYTES, Reply, Wire, as_json

log = structlog.get_logger()

ROOT = "/cgi-bin/"
MAX_RECEIVERS = 1000
MEDIA_BYTES = 50 * 1024 * 1024
RANGE_BYTES = 20 * 1024 * 1024
NAME_CHARS = 120


class Sent(NamedTuple):
    """What message/send answered: ids, and the receivers (lower case) it did not reach."""

    msgid: str
    response_code: str
    missed: frozenset[str]


def errcode(answer: Mapping[str, Any]) -> int:
    """Return an answer's code; some calls omit it on success (D90664)."""
    code = answer.get("errcode", 0)
    return code if isinstance(code, int) else -1


class Api:
    """Calls on behalf of one application. Every method raises the channel errors.

    A refused token is replaced and the call repeated exactly once. A call that was refused for its
    frequency is not made again before its block is over. ``means`` is the platform's own table of
    codes.
    """

    platform = "wecom"

    def __init__(
        self, wire: Wire, *, corp_id: str, agent_id: int, secret: str, tokens: TokenStore,
        now: Callable[[], datetime], means: Callable[[int], Meaning] = meaning,
    ) -> None:  # fmt: skip
        self._wire = wire
        self._means = means
        self._corp_id = corp_id
        self._secret = secret
        self._now = now
        self._blocked: dict[str, datetime] = {}
        self.agent_id = agent_id
        self.tokens = TokenCache(
            f"{self.platform}:{corp_id}:{agent_id}", tokens, self._fetch_token, now
        )

    async def send(self, body: Mapping[str, Any], *, touser: Sequence[str]) -> Sent:
        """Send a message to members.

        Raises:
            ValueError: no receiver or more than 1000.
        """
        if not 1 <= len(touser) <= MAX_RECEIVERS:
            raise ValueError("1 to 1000 receivers")
        answer = await self.post("message/send", {"touser": "|".join(touser), **body})
        missed = f"{answer.get('invaliduser') or ''}|{answer.get('unlicenseduser') or ''}"
        return Sent(
            str(answer.get("msgid") or ""),
            str(answer.get("response_code") or ""),
            frozenset(name.lower() for name in missed.split("|") if name),
        )

    async def update_card(
        self, body: Mapping[str, Any], *, userids: Sequence[str]
    ) -> frozenset[str]:
        """Redraw the copies of ``userids``; return those (lower case) that have none."""
        answer = await self.post("message/update_template_card", {"userids": [*userids], **body})
        missed = answer.get("invaliduser") or ()
        return frozenset(str(name).lower() for name in missed)

    async def recall(self, msgid: str) -> None:
        """Take back a message of the last 24 hours."""
        await self.post("message/recall", {"msgid": msgid})

    async def appchat(self, body: Mapping[str, Any], *, chat_id: str) -> None:
        """Send to a group that this application created."""
        await self.post("appchat/send", {"chatid": chat_id, **body})

    async def user(self, userid: str) -> dict[str, Any]:
        """Return what the application may see of a member."""
        return await self.get("user/get", {"userid": userid})

    async def upload(self, kind: str, name: str, content: bytes) -> str:
        """Upload an ``image``, ``voice``, ``video`` or ``file`` for three days; return its id."""

        def form() -> aiohttp.FormData:
            data = aiohttp.FormData(quote_fields=False)
            data.add_field("media", content, filename=name, content_type="application/octet-stream")
            return data

        answer = self._checked(
            "media/upload", await self._call("POST", "media/upload", {"type": kind}, form=form)
        )
        media_id = answer.get("media_id")
        if not isinstance(media_id, str) or not media_id:
            raise ChannelBusyError("no media_id", RATE_SECONDS)
        return media_id

    async def media(self, media_id: str, *, max_bytes: int = MEDIA_BYTES) -> Media:
        """Fetch a file; what is larger than 20 MB is fetched in ranges (D90254).

        Raises:
            ChannelRefusedError: gone (40007), or larger than ``max_bytes``.
        """
        reply = await self._part(media_id, None, max_bytes)
        if isinstance(reply, Reply):
            return _media(reply, reply.content)
        if reply != MEDIA_TOO_LARGE:
            raise self._refusal(reply)
        content = bytearray()
        while True:
            start = len(content)
            part = await self._part(media_id, (start, start + RANGE_BYTES - 1), RANGE_BYTES)
            if not isinstance(part, Reply):
                raise self._refusal(part)
            content += part.content
            if part.total > max_bytes or len(content) > max_bytes:
                raise ChannelRefusedError("file-too-large")
            if len(content) >= part.total:
                return _media(part, bytes(content))
            if not part.content:
                raise ChannelBusyError("empty range", RATE_SECONDS)

    async def get(self, name: str, query: Mapping[str, str]) -> dict[str, Any]:
        """Make a GET call and return its answer, which is OK."""
        return self._checked(name, await self._call("GET", name, query))

    async def post(
        self, name: str, body: Mapping[str, Any], *, most: int = JSON_BYTES
    ) -> dict[str, Any]:
        """Make a POST call and return its answer, which is OK."""
        return self._checked(name, await self._call("POST", name, {}, body=body, most=most))

    def blocked_for(self, name: str) -> float:
        """Return the seconds for which a call must not be made."""
        until = self._blocked.get(name)
        if until is None:
            return 0.0
        left = (until - self._now()).total_seconds()
        if not 0 < left <= RATE_SECONDS:
            del self._blocked[name]
            return 0.0
        return left

    async def _call(
        self, method: str, name: str, query: Mapping[str, str], **what: Any
    ) -> dict[str, Any]:
        self._refuse_blocked(name)
        token = await self.tokens.get()
        answer = await self._wire.ask(
            method, f"{ROOT}{name}", {"access_token": token, **query}, **what
        )
        if self._means(errcode(answer)) is Meaning.TOKEN:
            token = await self.tokens.replace(token)
            answer = await self._wire.ask(
                method, f"{ROOT}{name}", {"access_token": token, **query}, **what
            )
        return answer

    def _checked(self, name: str, answer: dict[str, Any]) -> dict[str, Any]:
        code = errcode(answer)
        kind = self._means(code)
        text = str(answer.get("errmsg", ""))
        if "wrong json format" in text:
            log.warning("a wrong type was taken for nothing", platform=self.platform, call=name)
        if kind is Meaning.OK:
            return answer
        log.warning(f"{self.platform} refused", call=name, errcode=code, meaning=kind.value)
        if kind is Meaning.RATE:
            self._blocked[name] = self._now() + timedelta(seconds=RATE_SECONDS)
        raise refusal(code, kind)

    def _refusal(self, code: int) -> Exception:
        return refusal(code, self._means(code))

    def _refuse_blocked(self, name: str) -> None:
        left = self.blocked_for(name)
        if left:
            raise ChannelBusyError(f"{name} is blocked", left)

    async def _fetch_token(self) -> tuple[str, int]:
        self._refuse_blocked("gettoken")
        query = {"corpid": self._corp_id, "corpsecret": self._secret}
        answer = self._checked("gettoken", await self._wire.ask("GET", f"{ROOT}gettoken", query))
        token, seconds = answer.get("access_token"), answer.get("expires_in", 7200)
        if not isinstance(token, str) or not token or not isinstance(seconds, int):
            raise ChannelBusyError("no access_token", RATE_SECONDS)
        return token, seconds

    async def _part(
        self, media_id: str, span: tuple[int, int] | None, max_bytes: int
    ) -> Reply | int:
        """Fetch a file or one range of it; a refusal comes back as its code."""
        self._refuse_blocked("media/get")
        headers = {"Range": f"bytes={span[0]}-{span[1]}"} if span else {}
        token = await self.tokens.get()
        for again in (True, False):
            reply = await self._wire.exchange(
                "GET", f"{ROOT}media/get", {"access_token": token, "media_id": media_id},
                most=max_bytes, headers=headers,
            )  # fmt: skip
            code = _refused(reply)
            if code is None:
                return reply
            if not again or self._means(code) is not Meaning.TOKEN:
                return code
            token = await self.tokens.replace(token)
        raise AssertionError("both tries return")


def _refused(reply: Reply) -> int | None:
    """Return the code of an error answer; a JSON file that somebody sent is none (D90254)."""
    if reply.attached or reply.media_type not in ("application/json", "text/plain"):
        return None
    answer = as_json(reply)
    code = errcode(answer) if answer is not None else 0
    return code or None


def _media(reply: Reply, content: bytes) -> Media:
    name = clean(reply.name.replace("\\", "/").rpartition("/")[2]).replace("\n", " ")
    return Media(name[-NAME_CHARS:], reply.media_type, content)
