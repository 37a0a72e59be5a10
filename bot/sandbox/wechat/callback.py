"""Delivering to the bot as an official account does: three times, five seconds each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from bot.sandbox.faults import WECHAT_CALLBACK
from bot.sandbox.wechat.state import WeChat, openid
from bot.sandbox.wecom.callback import Outcome
from bot.sandbox.wecom.envelope import BadReplyError, Field, encrypt, open_reply, sign, to_xml
from bot.sandbox.world import Member

TROUBLE = "该公众号提供的服务出现故障，请稍后再试"
TEXT_BYTES = 2048
EVENTS_WITH_REPLY = frozenset({"subscribe", "CLICK", "SCAN"})


@dataclass(slots=True, eq=False)
class Callbacks:
    """The account's side of the callback address."""

    wechat: WeChat
    _http: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Open the connections to the bot."""
        self._http = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())

    async def close(self) -> None:
        """Close them."""
        if self._http is not None:
            await self._http.close()

    async def verify(self) -> str:
        """Do the GET check: return what is wrong, empty when all is well."""
        box, app = self.wechat.wecom.box, self.wechat.account.app
        echo = str(box.dice.randrange(10**18, 10**19))
        query = {**self._signed(), "echostr": echo}
        try:
            status, body = await self._call("GET", query, None, box.limits.answer_seconds)
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            return f"no answer from {app.callback_url}: {type(error).__name__}"
        return "" if (status, body) == (200, echo.encode()) else "the answer is not the echostr"

    async def message(self, member: Member, kind: str, fields: Mapping[str, Field]) -> Outcome:
        """Deliver a message; every message has its own MsgId."""
        own = {"MsgId": self.wechat.wecom.next_msg_id(), **fields}
        return await self._deliver(member, kind, "", own)

    async def event(self, member: Member, event: str, fields: Mapping[str, Field]) -> Outcome:
        """Deliver an event; it has no MsgId."""
        return await self._deliver(member, "event", event, {"Event": event, **fields})

    async def post(self, xml: str, spoil: Mapping[str, str] | None = None) -> tuple[int, bytes]:
        """Post one plain message, sealed and signed anew; ``spoil`` replaces query parameters."""
        box, account = self.wechat.wecom.box, self.wechat.account
        encrypted = encrypt(account.app, xml)
        query = self._signed()
        stamp, nonce = query["timestamp"], query["nonce"]
        query["msg_signature"] = sign(account.app.token, stamp, nonce, encrypted)
        query["encrypt_type"] = "aes"
        outer: list[tuple[str, Field]] = [
            ("ToUserName", account.original_id),
            ("Encrypt", encrypted),
        ]
        box.dice.shuffle(outer)
        body = to_xml(outer).encode()
        return await self._call("POST", {**query, **(spoil or {})}, body, box.limits.answer_seconds)

    def compose(self, member: Member, kind: str, own: Mapping[str, Field]) -> str:
        """Return the plain XML of a message."""
        box, account = self.wechat.wecom.box, self.wechat.account
        fields: dict[str, Field] = {
            "ToUserName": account.original_id,
            "FromUserName": openid(account, member),
            "CreateTime": int(box.now().timestamp()),
            "MsgType": kind,
            **own,
        }
        order = list(fields.items())
        box.dice.shuffle(order)
        return to_xml(order)

    async def _deliver(
        self, member: Member, kind: str, event: str, own: Mapping[str, Field]
    ) -> Outcome:
        box = self.wechat.wecom.box
        xml = self.compose(member, kind, own)
        fault = box.faults.take(WECHAT_CALLBACK, anything="")
        if fault is not None:
            box.journal.note("fault", api=WECHAT_CALLBACK, fault=fault.kind)
        if not self.wechat.account.app.callback_url or (fault and fault.kind == "lost"):
            return Outcome(False)
        takes_reply = kind != "event" or event in EVENTS_WITH_REPLY
        for attempt in range(1, box.limits.official_tries + 1):
            body = await self._attempt(member, xml, attempt)
            if body is None or (fault and fault.kind == "redeliver" and attempt == 1):
                continue
            answer = self._shown(member, body, takes_reply=takes_reply)
            if fault and fault.kind == "duplicate":
                await self._attempt(member, xml, attempt + 1)
            return Outcome(True, attempt, answer)
        if takes_reply:
            self.wechat.screens.arrive(member, "note", {"text": TROUBLE})
        return Outcome(False, box.limits.official_tries)

    async def _attempt(self, member: Member, xml: str, attempt: int) -> bytes | None:
        status: int | None = None
        body, trouble = b"", ""
        try:
            status, body = await self.post(xml)
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            trouble = type(error).__name__
        self.wechat.wecom.box.journal.note(
            "wechat.callback", member=member.userid, attempt=attempt, status=status, trouble=trouble
        )
        return body if status == 200 else None

    def _shown(self, member: Member, body: bytes, *, takes_reply: bool) -> dict[str, Any] | None:
        if body.strip() in (b"", b"success"):
            return None
        try:
            text = self._read(member, body)
            if not takes_reply:
                raise BadReplyError("this event takes no reply")
        except BadReplyError as error:
            self.wechat.wecom.box.journal.note("wechat.bad_reply", reason=str(error))
            self.wechat.screens.arrive(member, "note", {"text": TROUBLE})
            return {"type": "trouble", "reason": str(error)}
        bubble = self.wechat.screens.arrive(member, "text", {"text": text})
        self.wechat.wecom.box.journal.note("wechat.reply", member=member.userid, text=text)
        return {"type": "text", "bubble": bubble.to_json()}

    def _read(self, member: Member, body: bytes) -> str:
        account = self.wechat.account
        reply = open_reply(account.app, body)
        named = (reply.get("FromUserName"), reply.get("ToUserName"))
        if named != (account.original_id, openid(account, member)):
            raise BadReplyError("ToUserName must be the person and FromUserName the account")
        if not str(reply.get("CreateTime", "")).isdigit() or reply.get("MsgType") != "text":
            raise BadReplyError("CreateTime and a text are needed")
        content = reply.get("Content")
        if not isinstance(content, str) or not 1 <= len(content.encode()) <= TEXT_BYTES:
            raise BadReplyError("Content is empty or too long")
        return content

    def _signed(self) -> dict[str, str]:
        """Return the query that is signed by the token alone: the text is signed apart."""
        box, app = self.wechat.wecom.box, self.wechat.account.app
        stamp = str(int(box.now().timestamp()))
        nonce = str(box.dice.randrange(10**8, 10**9))
        signature = sign(app.token, stamp, nonce, "")
        return {"signature": signature, "timestamp": stamp, "nonce": nonce}

    async def _call(
        self, method: str, query: Mapping[str, str], body: bytes | None, seconds: float
    ) -> tuple[int, bytes]:
        assert self._http is not None, "the sandbox is not running"
        async with self._http.request(
            method,
            self.wechat.account.app.callback_url,
            params=query,
            data=body,
            headers={"Content-Type": "text/xml"} if body is not None else {},
            timeout=aiohttp.ClientTimeout(total=seconds),
            allow_redirects=False,
        ) as response:
            return response.status, await response.read()
