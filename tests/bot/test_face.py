"""All that the bot answers over HTTP, with every channel on: no route goes without headers."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr

from bot.app import Bot
from bot.demo.settings import demo_settings, for_parents, on_dingtalk
from bot.settings import Settings, load_settings

SHIPPED = Path(__file__).parents[2] / "settings.toml"
ROUTES = {
    "/", "/f/{number}", "/s/{school}", "/wecom/callback", "/wechat/callback", "/dingtalk/callback",
    "/dingtalk/card", "/healthz", "/readyz", "/metrics", "/api/v1/filings",
}  # fmt: skip


def everything_on(folder: Path) -> Settings:
    settings = demo_settings(load_settings(SHIPPED, {}), folder, web_port=0, sandbox_port=1)
    settings = for_parents(on_dingtalk(settings))
    more = {
        "api": settings.api.model_copy(update={"enabled": True, "token": SecretStr("t" * 32)}),
        "dingtalk": settings.dingtalk.model_copy(
            update={
                "mode": "http",
                "card_route_key": "route",
                "card_callback_secret": SecretStr("c" * 16),
            }
        ),
        "sandbox": settings.sandbox.model_copy(update={"enabled": False}),
    }
    return replace(settings, sections=settings.sections.model_copy(update=more))


async def test_no_route_of_the_whole_bot_answers_without_its_headers(tmp_path: Path) -> None:
    bot = Bot(everything_on(tmp_path))
    bot.prepare()
    app = bot.face()
    asked = [
        (route.method, route.resource.canonical)
        for route in app.router.routes()
        if route.resource is not None
    ]
    assert ROUTES - {path for _, path in asked} == set()
    async with TestClient(TestServer(app)) as client:
        for method, path in asked:
            at = "/static/pages.css" if path == "/static" else re.sub(r"{\w+}", "nothing", path)
            async with client.request(method, at) as answer:
                said = answer.headers
                policy = said["Content-Security-Policy"]
                assert policy.startswith("default-src 'none'"), path
                assert policy.endswith("frame-ancestors 'none'"), path
                assert "unsafe" not in policy and "*" not in policy
                assert said["X-Content-Type-Options"] == "nosniff", path
                assert said["Referrer-Policy"] == "no-referrer", path
                assert "Permissions-Policy" in said and "Server" not in said, path
                assert answer.status != 500, path
    bot.ledger.close()
