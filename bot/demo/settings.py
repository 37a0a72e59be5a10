"""The demo's own settings: the shipped ones, with the sandbox as the world outside."""

from __future__ import annotations

import secrets
import string
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from bot.settings import Sandbox, Settings

CORP_ID = "ww00000000demo0001"
AGENT_ID = 1000002
DING_CORP_ID = "ding00000000demo0001"
CLIENT_ID = "dingdemo0001"
REVIEW_TEMPLATE = "demo-review.schema"
OPEN_KFID = "wkdemo00000000000001"
APP_ID = "wxdemo0000000001"
BOT_ID = "aibdemo0000000001"


def demo_settings(
    settings: Settings, folder: Path, *, web_port: int, sandbox_port: int, database_url: str = ""
) -> Settings:
    """Return ``settings`` with its data in ``folder`` and its WeCom in the sandbox.

    The secrets are made anew each time: nothing in the demo opens anything elsewhere.
    """
    sections = settings.sections
    outside = f"http://127.0.0.1:{sandbox_port}"
    wecom = sections.wecom.model_copy(
        update={
            "enabled": True,
            "corp_id": CORP_ID,
            "agent_id": AGENT_ID,
            "secret": SecretStr(secrets.token_urlsafe(24)),
            "token": SecretStr(_letters(24)),
            "encoding_aes_key": SecretStr(_letters(42) + "A"),
            "api_base": f"{outside}/wecom-api",
            "oauth_base": f"{outside}/wecom-oauth",
        }
    )
    web = sections.web.model_copy(
        update={"host": "127.0.0.1", "port": web_port, "public_url": f"http://127.0.0.1:{web_port}"}
    )
    ours = sections.model_copy(
        update={
            "web": web,
            "wecom": wecom,
            "database": sections.database.model_copy(
                update={"url": database_url or f"sqlite:///{folder}/beian.db"}
            ),
            "files": sections.files.model_copy(update={"url": f"file:{folder}/files"}),
            "keys": sections.keys.model_copy(update={"directory": f"{folder}/keys"}),
            "ledger": sections.ledger.model_copy(update={"anchor": f"{folder}/anchor.log"}),
            "sandbox": Sandbox(enabled=True, port=sandbox_port),
        }
    )
    return replace(settings, sections=ours)


def on_dingtalk(settings: Settings) -> Settings:
    """Return the demo's ``settings`` with DingTalk in the same sandbox, beside WeCom."""
    outside = f"http://127.0.0.1:{settings.sandbox.port}"
    dingtalk = settings.sections.dingtalk.model_copy(
        update={
            "enabled": True,
            "mode": "stream",
            "corp_id": DING_CORP_ID,
            "client_id": CLIENT_ID,
            "client_secret": SecretStr(_letters(43)),
            "robot_code": CLIENT_ID,
            "api_base": f"{outside}/dingtalk-api",
            "oapi_base": f"{outside}/dingtalk-oapi",
            "card_template_review": REVIEW_TEMPLATE,
        }
    )
    return replace(settings, sections=settings.sections.model_copy(update={"dingtalk": dingtalk}))


def for_parents(settings: Settings) -> Settings:
    """Return the demo's ``settings`` with both ways by which parents ask: from WeChat."""
    outside = f"http://127.0.0.1:{settings.sandbox.port}"
    sections = settings.sections
    kf = sections.wecom.kf.model_copy(update={"enabled": True, "open_kfid": OPEN_KFID})
    wechat = sections.wechat.model_copy(
        update={
            "enabled": True,
            "app_id": APP_ID,
            "secret": SecretStr(_letters(32)),
            "token": SecretStr(_letters(24)),
            "encoding_aes_key": SecretStr(_letters(42) + "A"),
            "api_base": f"{outside}/wechat-api",
        }
    )
    wecom = sections.wecom.model_copy(update={"kf": kf})
    return replace(
        settings, sections=sections.model_copy(update={"wecom": wecom, "wechat": wechat})
    )


def in_groups(settings: Settings) -> Settings:
    """Return the demo's ``settings`` with the 智能机器人 of WeCom's internal groups."""
    sections = settings.sections
    aibot = sections.wecom.aibot.model_copy(
        update={
            "enabled": True,
            "bot_id": BOT_ID,
            "secret": SecretStr(_letters(43)),
            "ws_url": f"ws://127.0.0.1:{settings.sandbox.port}/wecom-aibot",
        }
    )
    wecom = sections.wecom.model_copy(update={"aibot": aibot})
    return replace(settings, sections=sections.model_copy(update={"wecom": wecom}))


def parents_world(settings: Settings) -> dict[str, Any]:
    """Return what the sandbox's world holds of these two ways, as it reads it."""
    wechat = settings.wechat.access()
    kf = settings.wecom.kf
    found: dict[str, Any] = {}
    if kf.enabled:
        found["kf"] = [{"agent_id": settings.wecom.agent_id, "open_kfid": kf.open_kfid}]
    if wechat.app_id:
        found["officials"] = [
            {
                "app_id": wechat.app_id,
                "original_id": "gh_demo00000001",
                "name": "备案查询",
                "secret": wechat.secret,
                "token": wechat.token,
                "encoding_aes_key": wechat.encoding_aes_key,
                "callback_url": f"{settings.web.public_url}/wechat/callback",
                "may_send": wechat.service_messages,
                "menu": [{"type": "click", "name": "帮助", "key": "帮助"}],
            }
        ]
    return found


def _letters(count: int) -> str:
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(count))
