"""Silent sign-in of pages opened inside WeCom (D91022, D91023)."""

from __future__ import annotations

import re
from urllib.parse import quote

from bot.channels.wecom.api import Api

_STATE = re.compile(r"[A-Za-z0-9]{1,128}")
_CODE = re.compile(r"[A-Za-z0-9_.~-]{1,512}")


def authorize_url(
    oauth_base: str, *, corp_id: str, agent_id: int, redirect_uri: str, state: str
) -> str:
    """Return where to send the browser; it comes back to ``redirect_uri`` with ``code``.

    Raises:
        ValueError: ``state`` is not 1 to 128 letters and digits.
    """
    if not _STATE.fullmatch(state):
        raise ValueError("state must be 1 to 128 letters and digits")
    query = (
        f"appid={quote(corp_id, safe='')}&redirect_uri={quote(redirect_uri, safe='')}"
        f"&response_type=code&scope=snsapi_base&state={state}&agentid={agent_id}"
    )
    return f"{oauth_base.rstrip('/')}/connect/oauth2/authorize?{query}#wechat_redirect"


async def member(api: Api, code: str) -> str | None:
    """Return the userid behind a code; None for somebody who is no member (an ``openid`` only).

    Raises:
        ChannelRefusedError: the code is old, used or foreign (40029, 42022).
        ChannelBusyError: not now.
    """
    if not _CODE.fullmatch(code):
        return None
    answer = await api.get("auth/getuserinfo", {"code": code})
    userid = answer.get("userid") or answer.get("UserId")
    return userid if isinstance(userid, str) and userid else None
