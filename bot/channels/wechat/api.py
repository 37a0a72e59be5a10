"""An official account's server API as far as the bot uses it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from bot.channels.base import ChannelBusyError
from bot.channels.token import TokenStore
from bot.channels.wechat.errors import meaning
from bot.channels.wecom.api import ROOT, Api
from bot.channels.wecom.errors import RATE_SECONDS
from bot.channels.wire import Wire


class WechatApi(Api):
    """WeCom's manner of calling, with the token and the codes of an official account."""

    platform = "wechat"

    def __init__(
        self, wire: Wire, *, app_id: str, secret: str, tokens: TokenStore,
        now: Callable[[], datetime],
    ) -> None:  # fmt: skip
        super().__init__(
            wire, corp_id=app_id, agent_id=0, secret=secret, tokens=tokens, now=now, means=meaning
        )

    async def say(self, openid: str, text: str) -> None:
        """Send a customer service message, which verified accounts may for a while."""
        body: dict[str, Any] = {"touser": openid, "msgtype": "text", "text": {"content": text}}
        await self.post("message/custom/send", body)

    async def _fetch_token(self) -> tuple[str, int]:
        self._refuse_blocked("token")
        query = {"grant_type": "client_credential", "appid": self._corp_id, "secret": self._secret}
        answer = self._checked("token", await self._wire.ask("GET", f"{ROOT}token", query))
        token, seconds = answer.get("access_token"), answer.get("expires_in", 7200)
        if not isinstance(token, str) or not token or not isinstance(seconds, int):
            raise ChannelBusyError("no access_token", RATE_SECONDS)
        return token, seconds
