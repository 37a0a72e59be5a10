"""What every answer carries, and what the pages never contain."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.files import FileStore
from bot.settings import Sandbox
from bot.web.drawing import ROOM, STATIC, set_up, static_address
from bot.web.headers import calm
from storage.ledger import Ledger, LedgerUnavailableError
from tests.web.house import House, Settings, open_house, other_settings
from tests.web.register import AT

WEUI = "d162d07343b00e7e13e24e2ce919a19e90ed3727831c85befd4c0f2313f2b482"
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def paths(app: web.Application) -> list[tuple[str, str]]:
    """Return (method, path) of every route, with something in its holes."""
    found = []
    for route in app.router.routes():
        info = route.resource.get_info() if route.resource else {}
        path = info.get("path") or info.get("formatter") or f"{info['prefix']}/pages.css"
        found.append((route.method, re.sub(r"{\w+}", "nothing", path)))
    return found


async def test_every_route_carries_the_headers(house: House) -> None:
    asked = [*paths(house.client.app), ("GET", "/nowhere"), ("PUT", "/m/view/x"), ("GET", "/m/")]
    assert len(asked) >= 9
    for method, path in asked:
        async with house.client.request(method, path) as answer:
            assert answer.headers["Content-Security-Policy"] == POLICY, path
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert answer.headers["Permissions-Policy"].startswith("camera=(), geolocation=()")
            assert not {"Server", "Strict-Transport-Security"} & set(answer.headers)


async def test_over_https_the_browser_stays_on_https(ledger: Ledger, store: FileStore) -> None:
    house = await open_house(ledger, store, other_settings(public_url="https://beian.example"))
    async with house.client.get("/healthz") as answer:
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    await house.client.close()


async def test_only_the_sandbox_s_phones_may_frame_a_page(ledger: Ledger, store: FileStore) -> None:
    house = await open_house(ledger, store, Settings(sandbox=Sandbox(enabled=True, port=8081)))
    async with house.client.get("/healthz") as answer:
        policy = answer.headers["Content-Security-Policy"]
    assert policy.endswith("frame-ancestors http://127.0.0.1:8081")
    await house.client.close()


KEPT = {
    "/": "public, max-age=300",
    "/s/{school}": "public, max-age=60",
    "/static": "public, max-age=31536000, immutable",
}
"""What a route's answer may be kept for, where it may be; all else is read anew each time."""
NO_PAGES = {"/healthz", "/readyz", "/metrics"}


async def test_only_what_is_the_same_for_all_is_kept_by_caches(house: House) -> None:
    for route in house.client.app.router.routes():
        assert route.resource is not None
        path = route.resource.canonical
        if route.method != "GET" or path in NO_PAGES or path.endswith(("/callback", ".json")):
            continue
        at = path.replace("{school}", AT).replace("{number}", "2026-0302A0001")
        at = "/static/pages.css" if path == "/static" else re.sub(r"{\w+}", "nothing", at)
        async with house.client.get(at, headers={"Accept": "text/html"}) as answer:
            assert answer.headers["Cache-Control"] == KEPT.get(path, "no-store"), path


async def test_pages_are_not_kept_by_caches(house: House) -> None:
    links = house.link("view", house.filing().id), house.link("upload", house.draft().id)
    for path in (*links, "/m/view/x"):
        async with house.client.get(path) as answer:
            assert answer.headers["Cache-Control"] == "no-store"


async def test_what_never_changes_is_kept_by_the_phone(house: House) -> None:
    path = static_address("pages.css")
    async with house.client.get(path) as answer:
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        mark = hashlib.sha256(await answer.read()).hexdigest()[:8]
    assert path == f"/static/pages.css?{mark}"
    async with house.client.get("/static/nothing.css") as answer:
        assert "Cache-Control" not in answer.headers


@pytest.mark.parametrize("template", sorted((ROOM / "templates").glob("*.html")))
def test_no_page_has_script_or_style_within(template: Path) -> None:
    text = template.read_text()
    assert not re.search(r"<style|style=|\son\w+=|javascript:|\|\s*safe", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)


def test_the_vendored_style_is_the_published_one_with_its_licence() -> None:
    folder = STATIC / "vendor" / "weui"
    assert hashlib.sha256((folder / "weui.min.css").read_bytes()).hexdigest() == WEUI
    assert "MIT License" in (folder / "LICENSE").read_text()


async def test_what_cannot_be_had_is_said_calmly(house: House) -> None:
    for path, status, sentence in (
        ("/m/nowhere", 404, "没有找到这一页"),
        ("/m/view/x", 403, "这个链接不完整"),
        ("/m/view/../../etc/passwd", 404, "404"),
        ("/static/../house.py", 404, "404"),
    ):
        found, text = await house.opens(path)
        assert found == status and sentence in text, path


@pytest.mark.parametrize(
    ("trouble", "status", "sentence"),
    [
        (LedgerUnavailableError(), 503, "暂时连不上，请过一会儿再打开。"),
        (ZeroDivisionError(), 500, "这一页暂时打不开，已经记下，会有人处理（编号"),
        (web.HTTPGone(), 410, "这一页已经结束"),
    ],
)
async def test_a_page_that_fails_says_so_and_what_is_no_page_is_left_to_the_server(
    trouble: Exception, status: int, sentence: str
) -> None:
    async def fails(_request: web.Request) -> web.Response:
        raise trouble

    app = web.Application(middlewares=[calm])
    set_up(app)
    app.router.add_get("/m/view/x", fails)
    app.router.add_post("/wecom/callback", fails)
    async with TestClient(TestServer(app)) as client:
        async with client.get("/m/view/x") as answer:
            assert answer.status == status and sentence in await answer.text()
        async with client.post("/wecom/callback") as answer:
            assert answer.status == (status if status == 410 else 500)
            assert sentence not in await answer.text()


async def test_whoever_comes_without_a_link_is_told_where_the_office_is(house: House) -> None:
    async with house.client.get("/") as answer:
        assert answer.status == 200
        assert "请在企业微信或钉钉里打开“备案助手”" in await answer.text()
