"""WeCom: one self-built application as a channel, with its group robots."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

from aiohttp import web

from bot.channels.base import (
    Acknowledge,
    Capabilities,
    ChannelBusyError,
    ChannelRefusedError,
    Media,
    Parcel,
    Receipt,
)
from bot.channels.pacing import Limit, Pacing
from bot.channels.token import TokenStore
from bot.channels.wecom import oauth, webhook
from bot.channels.wecom.api import ROOT, Api
from bot.channels.wecom.callback import MAX_CARRIED_BYTES, Callback
from bot.channels.wecom.codec import CallbackCodec
from bot.channels.wecom.errors import RATE_SECONDS, TASK_ID_USED, Meaning, meaning
from bot.channels.wecom.pacing import APP, MEMBER, ROBOT
from bot.channels.wire import TOTAL_SECONDS, Count, Wire, checked_base
from cards.render import wecom as drawing

__all__ = ["MAX_CARRIED_BYTES", "TokenStore", "WecomChannel", "WecomSettings"]

APPCHAT = "appchat:"
PICTURE_NAME = "进校园备案公告.png"
_TASK_ID = re.compile(r"[0-9A-Za-z_@-]{1,128}")
_MOST_DOUBTS = 10_000
# D90236: the check takes up to four hours. Its length differs by parcel, so that two equal
# sentences are two requests and only a repeat of one parcel is taken for a repeat.
_CHECK_SECONDS = (1800, 4 * 3600)


class WecomSettings(Protocol):
    """What the section ``[wecom]`` of the settings holds."""

    @property
    def corp_id(self) -> str: ...
    @property
    def agent_id(self) -> int: ...
    @property
    def secret(self) -> str: ...
    @property
    def token(self) -> str: ...
    @property
    def encoding_aes_key(self) -> str: ...
    @property
    def api_base(self) -> str: ...
    @property
    def oauth_base(self) -> str: ...
    @property
    def ca_file(self) -> str: ...


class WecomChannel:
    """The channel of one application; ``installation`` makes its task ids its own for ever.

    ``on_knock`` is told of each knock of 微信客服 (token, account), and says whether it is its own.

    Raises:
        ValueError: a setting cannot be right; the sentence names its key.
    """

    instance = "wecom"
    capabilities = Capabilities(pictures=True)

    def __init__(
        self,
        settings: WecomSettings,
        *,
        installation: str,
        tokens: TokenStore,
        now: Callable[[], datetime],
        count: Count,
        total_seconds: float = TOTAL_SECONDS,
    ) -> None:
        self._base = checked_base(settings.api_base, "wecom.api_base")
        self._oauth_base = checked_base(settings.oauth_base, "wecom.oauth_base")
        self._corp_id = settings.corp_id
        self._agent_id = settings.agent_id
        self._installation = installation
        self._now = now
        try:
            self._codec = CallbackCodec(settings.token, settings.encoding_aes_key, settings.corp_id)
        except ValueError as error:
            raise ValueError(f"wecom.{error}") from None
        ca_file = str(settings.ca_file or "")
        named = partial(_named, count)
        self._wire = Wire(self._base, count=named, ca_file=ca_file, total_seconds=total_seconds)
        self._robots = Wire(
            self._base, count=named, ca_file=ca_file, fresh=True, total_seconds=total_seconds
        )
        self.api = Api(
            self._wire, corp_id=settings.corp_id, agent_id=settings.agent_id,
            secret=settings.secret, tokens=tokens, now=now,
        )  # fmt: skip
        self._pacing = Pacing()
        self._doubts: dict[str, None] = {}
        self.on_knock: Callable[[str, str], bool] | None = None

    def routes(self, dispatcher: Acknowledge) -> list[web.RouteDef]:
        """Return the callback's routes."""
        return Callback(
            self._codec, dispatcher, instance=self.instance, corp_id=self._corp_id,
            agent_id=self._agent_id, now=self._now, on_knock=self.on_knock,
        ).routes()  # fmt: skip

    async def start(self) -> None:
        """Open the connections' pools; nothing is called yet."""
        await self._wire.start()
        await self._robots.start()

    async def stop(self) -> None:
        """Close what ``start`` opened."""
        await self._wire.stop()
        await self._robots.stop()

    async def send(self, parcel: Parcel) -> Receipt:
        """Send or redraw one parcel; a repeat of the same parcel reaches its person once."""
        try:
            if parcel.to_group:
                return await self._to_group(parcel)
            if parcel.card is not None and parcel.redraws and parcel.redraw_code:
                return await self._redraw(parcel)
            return await self._afresh(parcel)
        except ChannelBusyError as error:
            if error.unknown:
                self._doubt(parcel.id)
            raise

    async def fetch(self, media: str) -> Media:
        """Fetch a file that somebody sent in chat, at most 50 MiB of it."""
        return await self.api.media(media)

    def may_send_at(self, parcel: Parcel, now: datetime) -> float:
        """Return the seconds to wait; what the platform blocked waits for its block's end."""
        blocked = self.api.blocked_for(_call_of(parcel))
        if blocked:
            return blocked
        messages = 1 if parcel.to_group or parcel.redraw_code else len(self._bodies(parcel))
        return self._pacing.may_send_at(_limits(parcel), now, messages=messages)

    def signs_in(self, agent: str) -> bool:
        """Say whether a User-Agent, in lower case, is WeCom's own browser."""
        return "wxwork" in agent

    def authorize_url(self, redirect_uri: str, state: str) -> str:
        """Return where a page opened in WeCom goes for its silent sign-in; see ``oauth``."""
        return oauth.authorize_url(
            self._oauth_base, corp_id=self._corp_id, agent_id=self._agent_id,
            redirect_uri=redirect_uri, state=state,
        )  # fmt: skip

    async def member(self, code: str) -> str | None:
        """Return the account behind a sign-in code, None for an outsider."""
        return await oauth.member(self.api, code)

    # --- one parcel ----------------------------------------------------------------------------

    async def _afresh(self, parcel: Parcel, *, instead: bool = False) -> Receipt:
        code = note = ""
        task_id = self._task_id(parcel)
        for body in self._bodies(parcel):
            is_card = "template_card" in body
            try:
                sent = await self.api.send({**body, **_check(parcel)}, touser=[parcel.address])
            except ChannelRefusedError as error:
                if is_card and error.code == str(TASK_ID_USED) and parcel.attempt > 1:
                    return Receipt(task_id, fresh=instead)
                raise
            if parcel.address.lower() in sent.missed:
                raise ChannelRefusedError("invaliduser", person=True)
            code, note = sent.response_code, sent.msgid
            copy_key = task_id if is_card else ""
        return Receipt(copy_key, code, fresh=instead or bool(parcel.redraws), note={"msgid": note})

    async def _redraw(self, parcel: Parcel) -> Receipt:
        assert parcel.card is not None  # the caller looked
        body = drawing.render_update(
            parcel.card, agent_id=self._agent_id, response_code=parcel.redraw_code
        )
        try:
            missed = await self.api.update_card(body, userids=[parcel.address])
        except ChannelRefusedError as error:
            if meaning(int(error.code) if error.code.isdecimal() else 0) is not Meaning.SPENT:
                raise
            if parcel.doubtful or parcel.id in self._doubts:
                # The first try spent the code: the copy is redrawn already.
                return Receipt(parcel.redraws)
            return await self._instead(parcel)
        if parcel.address.lower() in missed:
            return await self._instead(parcel)
        return Receipt(parcel.redraws)

    async def _instead(self, parcel: Parcel) -> Receipt:
        """Send a fresh card where the old copy cannot be redrawn; it needs its own place."""
        wait = self._pacing.may_send_at(
            {f"member:{parcel.address.lower()}": MEMBER}, self._now(),
            messages=len(self._bodies(parcel)),
        )  # fmt: skip
        if wait:
            raise ChannelBusyError("pacing", wait)
        return await self._afresh(parcel, instead=True)

    async def _to_group(self, parcel: Parcel) -> Receipt:
        """Push to a group, at most once: groups have no duplicate check."""
        if parcel.doubtful or parcel.id in self._doubts:
            raise ChannelRefusedError("may-have-arrived")
        is_appchat = parcel.address.startswith(APPCHAT)
        if parcel.picture is None:
            body = drawing.group_text(parcel.card if parcel.card is not None else parcel.text)
        elif is_appchat:
            media = await self.api.upload("image", PICTURE_NAME, parcel.picture.content)
            body = {"msgtype": "image", "image": {"media_id": media}}
        else:
            body = webhook.image(parcel.picture.content)
        if is_appchat:
            await self.api.appchat(body, chat_id=parcel.address.removeprefix(APPCHAT))
        else:
            await self._push(parcel.address, body)
        return Receipt()

    async def _push(self, address: str, body: dict[str, Any]) -> None:
        try:
            await webhook.push(self._robots, webhook.key_of(address, self._base), body)
        except ChannelBusyError as error:
            if error.retry_after >= RATE_SECONDS:
                until = self._now() + timedelta(seconds=error.retry_after)
                self._pacing.block(_group_key(address), until)
            raise

    def _bodies(self, parcel: Parcel) -> list[dict[str, Any]]:
        if parcel.card is None:
            return drawing.texts(drawing.plain(parcel.text), agent_id=self._agent_id)
        return drawing.render(parcel.card, agent_id=self._agent_id, task_id=self._task_id(parcel))

    def _task_id(self, parcel: Parcel) -> str:
        task_id = f"{self._installation}-{parcel.id}"
        if _TASK_ID.fullmatch(task_id):
            return task_id
        return hashlib.sha256(task_id.encode()).hexdigest()

    def _doubt(self, parcel_id: str) -> None:
        self._doubts[parcel_id] = None
        if len(self._doubts) > _MOST_DOUBTS:
            del self._doubts[next(iter(self._doubts))]


def _named(count: Count, path: str) -> None:
    count(f"wecom {path.removeprefix(ROOT)}")


def _check(parcel: Parcel) -> dict[str, int]:
    shortest, longest = _CHECK_SECONDS
    spread = int.from_bytes(hashlib.sha256(parcel.id.encode()).digest()[:8], "big")
    return {
        "enable_duplicate_check": 1,
        "duplicate_check_interval": shortest + spread % (longest - shortest + 1),
    }


def _call_of(parcel: Parcel) -> str:
    if parcel.to_group:
        return "appchat/send" if parcel.address.startswith(APPCHAT) else "webhook/send"
    return "message/update_template_card" if parcel.redraw_code else "message/send"


def _group_key(address: str) -> str:
    """Name a group without its address, which is a secret."""
    return "group:" + hashlib.sha256(address.encode()).hexdigest()


def _limits(parcel: Parcel) -> dict[str, tuple[Limit, ...]]:
    if parcel.to_group:
        return {_group_key(parcel.address): ROBOT}
    if parcel.redraw_code:
        return {"update": APP}
    return {f"member:{parcel.address.lower()}": MEMBER, "app": APP}
