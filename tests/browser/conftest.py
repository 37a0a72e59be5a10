"""A real browser, a running sandbox with a toy bot, and its page of phones."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright, expect

from bot.sandbox.box import Limits
from bot.sandbox.dingtalk.rules import Rules
from cards.render.dingtalk import REVIEW
from tests.sandbox.lab import Lab, open_lab
from tests.sandbox_dingtalk.lab import TEMPLATE
from tests.sandbox_dingtalk.lab import Lab as DingLab
from tests.sandbox_dingtalk.lab import open_lab as open_ding_lab

NEEDS = Path(__file__).parent / "needs.sh"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Nothing but this machine is reached, whatever a page asks for.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
CAST = {
    "ZhangSan": ("项目负责人", "第一小学"),
    "lisi": ("校长", "第一小学"),
    "wangwu": ("基教处审核人", "教育局"),
}
# True only of a page of the same address: the bot's own are of another one.
FRAMED = (
    "An iframe which has both allow-scripts and allow-same-origin for its sandbox attribute"
    " can escape its sandboxing."
)
expect.set_options(timeout=20_000)


def _find_chromium() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the browser's path: fetched by ``needs.sh`` where that may be done."""
    said = subprocess.run(["sh", str(NEEDS)], capture_output=True, text=True, check=False)
    path = _find_chromium()
    if path is not None and said.returncode == 0:
        return path
    missing = said.stdout.strip().splitlines()[-1:] or ["chromium fonts-noto-cjk"]
    reason = f"the browser tests need Chromium and a Chinese font: {missing[0]}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest_asyncio.fixture
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """A browser of this test's own."""
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=chromium, args=[*ARGUMENTS])
        yield opened
        await opened.close()


@pytest_asyncio.fixture
async def lab() -> AsyncIterator[Lab]:
    """A running sandbox with a toy bot; a teacher, a principal and a reviewer come first."""
    opened, close = await open_lab(replace(Limits(), redelivery_seconds=0.0))
    members = opened.box.world.members
    for place, member in enumerate(members):
        role, unit = CAST.get(member.userid, ("", "其他单位"))
        members[place] = replace(member, role=role, unit=unit)
    yield opened
    await close()


@contextlib.asynccontextmanager
async def watched(browser: Browser, address: str, width: int = 1440) -> AsyncIterator[Page]:
    """The page of phones; whatever it says on the console fails the test."""
    errors: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.text != FRAMED:
            errors.append(message.text)

    opened = await browser.new_page(viewport={"width": width, "height": 900})
    opened.on("console", hear)
    opened.on("pageerror", lambda error: errors.append(str(error)))
    await opened.goto(address)
    await expect(opened.locator("body.is-ready")).to_be_attached()
    yield opened
    await opened.close()
    assert errors == []


@pytest_asyncio.fixture
async def page(lab: Lab, browser: Browser) -> AsyncIterator[Page]:
    """The page of a sandbox with a toy bot on WeCom."""
    async with watched(browser, str(lab.client.make_url("/"))) as opened:
        yield opened


@pytest_asyncio.fixture
async def ding() -> AsyncIterator[DingLab]:
    """A running sandbox that knows the bot's real template, with a toy bot on DingTalk."""
    async with open_ding_lab(Rules()) as opened:
        await opened.control("templates", **REVIEW.to_json(TEMPLATE))
        yield opened


@pytest_asyncio.fixture
async def ding_page(ding: DingLab, browser: Browser) -> AsyncIterator[Page]:
    """The page of that sandbox: a group, both phones of 张三, and of 李四, on DingTalk only."""
    async with watched(browser, f"{ding.origin}/", 1920) as opened:
        yield opened
