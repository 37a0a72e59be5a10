"""Delivering messages and events to the bot, again and again if need be (D90238, D90930)."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from bot.sandbox.faults import CALLBACK, Fault
from bot.sandbox.wecom.envelope import BadReplyError, Field, Sealed, encrypt, seal, sign, to_xml
from bot.sandbox.wecom.replies import Delivery, show
from bot.sandbox.wecom.state import WeCom
from bot.sandbox.world import App, Member


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a delivery ended; ``answer`` is what the phone showed of the bot's answer."""

    delivered: bool
    attempts: int = 0
    answer: dict[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as pages read it."""
        return {"delivered": self.delivered, "attempts": self.attempts, "answer": self.answer}


@dataclass(slots=True, eq=False)
class Callbacks:
    """The platform's side of the callback address."""

    wecom: WeCom
    held: dict[str, list[Delivery]] = field(default_factory=dict)
    _http: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Open the connections to the bots; no cookies, no proxies, no redirects followed."""
        self._http = aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(), headers={"User-Agent": "Mozilla/4.0"}
        )

    async def close(self) -> None:
        """Close them."""
        if self._http is not None:
            await self._http.close()

    async def verify(self, app: App) -> str:
        """Do the GET check of the console: return what is wrong, empty when all is well."""
        dice = self.wecom.box.dice
        # A plain text whose cipher text holds + and / now and then, so that decoding once matters.
        echo = str(dice.randrange(10**18, 10**19))
        encrypted = encrypt(app, echo)
        while not set("+/") <= set(encrypted):
            encrypted = encrypt(app, echo)
        stamp = str(int(self.wecom.box.now().timestamp()))
        nonce = str(dice.randrange(10**9, 10**10))
        query = {
            "msg_signature": sign(app.token, stamp, nonce, encrypted),
            "timestamp": stamp,
            "nonce": nonce,
            "echostr": encrypted,
        }
        seconds = self.wecom.box.limits.verify_seconds
        try:
            status, body = await self._call("GET", app.callback_url, query, None, seconds)
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            return f"no answer within {seconds:g} s: {type(error).__name__}"
        if status != 200:
            return f"HTTP {status} instead of 200"
        if body != echo.encode():
            return "the answer is not the decrypted echostr, byte for byte"
        return ""

    async def message(
        self, app: App, member: Member, kind: str, fields: Mapping[str, Field]
    ) -> Outcome:
        """Deliver a message of a member; every message has its own MsgId."""
        own = {"MsgId": self.wecom.next_msg_id(), **fields}
        return await self.deliver(self._compose(app, member, kind, "", own))

    async def event(
        self, app: App, member: Member, event: str, fields: Mapping[str, Field]
    ) -> Outcome:
        """Deliver an event; it has no MsgId."""
        return await self.deliver(
            self._compose(app, member, "event", event, {"Event": event, **fields})
        )

    async def deliver(self, delivery: Delivery) -> Outcome:
        """Deliver with the faults that wait, and then what was held back before."""
        box = self.wecom.box
        fault = box.faults.take(CALLBACK)
        if fault is not None:
            box.journal.note("fault", api=CALLBACK, fault=fault.kind)
        if not delivery.app.callback_url or (fault is not None and fault.kind == "lost"):
            return Outcome(False)
        held = self.held.pop(delivery.member.userid, [])
        if fault is not None and fault.kind == "out_of_order":
            self.held[delivery.member.userid] = [*held, delivery]
            return Outcome(False)
        outcome = await self._until_taken(delivery, fault)
        if fault is not None and fault.kind == "duplicate":
            await self._attempt(delivery, 2)
        for late in held:
            await self._until_taken(late, None)
        return outcome

    async def _until_taken(self, delivery: Delivery, fault: Fault | None) -> Outcome:
        limits = self.wecom.box.limits
        if fault is not None and fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        for attempt in range(1, limits.redeliveries + 2):
            if attempt > 1:
                await asyncio.sleep(limits.redelivery_seconds)
            body = await self._attempt(delivery, attempt)
            if body is None or (fault is not None and fault.kind == "redeliver" and attempt == 1):
                continue
            return Outcome(True, attempt, self._reply(delivery, body))
        return Outcome(False, limits.redeliveries + 1)

    async def _attempt(self, delivery: Delivery, attempt: int) -> bytes | None:
        """Deliver once, freshly sealed: return the body of a 200, None for anything else."""
        box = self.wecom.box
        sealed = seal(delivery.app, delivery.xml, int(box.now().timestamp()), box.dice)
        status: int | None = None
        body: bytes | None = None
        trouble = ""
        try:
            status, body = await self.post(delivery.app, sealed, box.limits.answer_seconds)
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            trouble = type(error).__name__
        box.journal.note(
            "callback",
            member=delivery.member.userid,
            agent_id=delivery.app.agent_id,
            attempt=attempt,
            fields=delivery.fields,
            status=status,
            trouble=trouble,
        )
        return body if status == 200 else None

    async def post(self, app: App, sealed: Sealed, seconds: float) -> tuple[int, bytes]:
        """Post one sealed envelope to the bot and return status and body."""
        return await self._call("POST", app.callback_url, sealed.query, sealed.body, seconds)

    async def _call(
        self, method: str, url: str, query: Mapping[str, str], body: bytes | None, seconds: float
    ) -> tuple[int, bytes]:
        assert self._http is not None, "the sandbox is not running"
        async with self._http.request(
            method,
            url,
            params=query,
            data=body,
            headers={"Content-Type": "text/xml"} if body is not None else {},
            timeout=aiohttp.ClientTimeout(total=seconds),
            allow_redirects=False,
        ) as response:
            return response.status, await response.read()

    def _compose(
        self, app: App, member: Member, kind: str, event: str, own: Mapping[str, Field]
    ) -> Delivery:
        fields: dict[str, Field] = {
            "ToUserName": app.corp_id,
            "FromUserName": member.userid,
            "CreateTime": int(self.wecom.box.now().timestamp()),
            "MsgType": kind,
            "AgentID": app.agent_id,
            **own,
        }
        order = list(fields.items())
        self.wecom.box.dice.shuffle(order)
        return Delivery(app, member, kind, event, to_xml(order), fields)

    def _reply(self, delivery: Delivery, body: bytes) -> dict[str, Any] | None:
        if not body.strip():
            return None
        try:
            return show(self.wecom, delivery, body)
        except BadReplyError as error:
            note = self.wecom.box.journal.note
            note("bad_reply", member=delivery.member.userid, reason=str(error))
            return {"type": "ignored", "reason": str(error)}
