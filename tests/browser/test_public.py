"""The public pages in a real browser: without scripts, for every eye, and with their headers."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from typing import Literal
from urllib.parse import quote

import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from storage.rules.terms import Stage
from storage.transaction import Transaction
from tests.storage.conftest import TENANT
from tests.web.conftest import house, ledger, store
from tests.web.house import House
from tests.web.register import AT, NUMBER, change, copies, furnish

__all__ = ["house", "ledger", "store"]

PAGES = {
    "empty": "/",
    "nothing written": "/?q=",
    "which school": f"/?q={quote('云阅渎')}",
    "confirm": f"/?q={quote('云阅渎')}&school={quote('瓯江实验小学')}",
    "found": f"/?q={quote('云阅读')}&school={quote('瓯江实验小学')}",
    "not found": f"/?q={quote('小鹿作业')}&school={quote('瓯江实验小学')}",
    "no such number": "/?q=2026-0302A0999",
    "a school": f"/s/{AT}",
    "its last page": f"/s/{AT}?page=2",
    "a school without any": f"/s/{TENANT}-S2",
    "in force": "/f/2026-0302A0001",
    "suspended": "/f/2026-0302A0002",
    "revoked": "/f/2026-0302A0003",
    "no certificate": "/f/2026-0302A0999",
    "nowhere": "/nowhere",
    "a report": "/r",
    "its receipt": "/r/progress",
    "too long": f"/?q={'a' * 9000}",
    "too many": "/?",
}
COLOURS = ("color-contrast", "link-in-text-block")
LOOKS: Sequence[tuple[int, Literal["light", "dark"]]] = (
    (390, "light"), (390, "dark"), (1280, "light"), (1280, "dark"),
)  # fmt: skip
WHOLE = {"empty", "found", "a school", "in force", "too many"}
"""Of these the first look and the last are held to every rule, of the others the first; all of all
to those of colours."""
LOWEST = """() => Math.min(...[...document.querySelectorAll(
    "main .ways a, main .pager a, button, input[type=text], footer a"
)].map(one => one.getBoundingClientRect().height))"""
"""How high the lowest of what is tapped is."""


def furnish_all(tx: Transaction) -> None:
    filing = furnish(tx)
    copies(tx, filing, 24)
    for copy, stage in (("copy2", Stage.SUSPENDED), ("copy3", Stage.REVOKED)):
        change(tx, filing._replace(id=copy), stage=stage.value)


@pytest_asyncio.fixture
async def phone(browser: Browser, house: House) -> AsyncIterator[Page]:
    """A phone's screen; whatever a page's own policy refuses fails the test."""
    house.ledger.call(furnish_all)
    page = await browser.new_page(
        viewport={"width": 390, "height": 844}, locale="zh-CN",
        base_url=str(house.client.make_url("/")),
    )  # fmt: skip
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda line: troubles.append(line.text) if line.type == "error" else None)
    yield page
    assert [one for one in troubles if "the server responded with" not in one] == []


async def faults(page: Page, rules: Sequence[str] = ()) -> list[str]:
    """Return what axe finds wrong with the page as it is shown now, by all rules or by some."""
    wish = {"resultTypes": ["violations"], **({"runOnly": list(rules)} if rules else {})}
    found = await page.evaluate("wish => axe.run(wish)", wish)
    assert found["passes"]
    return [f"{one['id']}: {node['html']}" for one in found["violations"] for node in one["nodes"]]


async def test_every_page_is_fit_for_every_eye_and_every_size(phone: Page, house: House) -> None:
    script = Axe().axe_script
    for name, address in PAGES.items():
        house.seconds[0] += 60.0
        if name == "too many":
            for at in range(30):
                await house.opens(f"/f/{at}")
        await phone.goto(address)
        await phone.evaluate(script)
        for look, (width, scheme) in enumerate(LOOKS):
            await phone.set_viewport_size({"width": width, "height": 844})
            await phone.emulate_media(color_scheme=scheme)
            is_whole = look == 0 or ((width, scheme) == LOOKS[-1] and name in WHOLE)
            rules = () if is_whole else COLOURS
            assert await faults(phone, rules) == [], (name, width, scheme)
        # Twice as large, by the browser's zoom and by the reader's own size of text.
        await phone.set_viewport_size({"width": 195, "height": 422})
        assert await wide(phone) <= 195, name
        await phone.set_viewport_size({"width": 390, "height": 844})
        assert await phone.evaluate(LOWEST) >= 40, name
        await phone.evaluate("document.documentElement.style.fontSize = '225%'")
        assert await wide(phone) <= 390, name
    await expect(phone.get_by_text("同一网络刚才打开的次数较多")).to_be_visible()


async def wide(page: Page) -> int:
    found: int = await page.evaluate("document.documentElement.scrollWidth")
    return found


async def test_a_parent_asks_chooses_and_sees_the_certificate_without_any_script(
    browser: Browser, house: House
) -> None:
    house.ledger.call(furnish_all)
    context = await browser.new_context(
        java_script_enabled=False, base_url=str(house.client.make_url("/"))
    )
    page = await context.new_page()
    await page.goto("/")
    await page.get_by_label("应用名称或备案号").fill("老师叫装云阅渎 有备案吗")
    await page.get_by_label("应用名称或备案号").press("Enter")
    await expect(page.get_by_text("您问的可能是“云阅读”。请问是哪所学校？")).to_be_visible()
    await page.get_by_label("学校名称").fill("瓯江实小")
    await page.get_by_role("button", name="继续查询").click()
    await expect(page.get_by_text(f"瓯江实验小学已备案，编号 {NUMBER}")).to_be_visible()
    await page.get_by_role("link", name="看该校已备案清单").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("瓯江实验小学")
    await page.get_by_role("link", name="下一页").click()
    await page.get_by_role("link", name="上一页").click()
    await page.get_by_role("link", name=NUMBER).first.click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("已备案")
    assert page.url.endswith("/f/2026-0302A0001")


async def test_a_browser_is_given_the_headers_on_every_route_and_obeys_them(
    browser: Browser, house: House
) -> None:
    page = await browser.new_page(base_url=str(house.client.make_url("/")))
    await page.goto("/")
    for route in house.client.app.router.routes():
        assert route.resource is not None
        path = re.sub(r"{\w+}", "nothing", route.resource.canonical)
        house.seconds[0] += 60.0
        said = await page.evaluate(
            """async ([path, method]) => {
                const answer = await fetch(path, {method});
                return Object.fromEntries(answer.headers);
            }""",
            ["/static/pages.css" if path == "/static" else path, route.method],
        )
        assert said["content-security-policy"].startswith("default-src 'none'"), path
        assert said["x-content-type-options"] == "nosniff", path
        assert said["referrer-policy"] == "no-referrer", path
        assert "permissions-policy" in said and "strict-transport-security" not in said, path
    # A script or a style within the page is not taken, and no other page holds ours in a frame.
    refused = await page.evaluate(
        """() => new Promise(done => {
            const seen = [];
            document.addEventListener("securitypolicyviolation", one => {
                seen.push(one.effectiveDirective);
                if (seen.length === 2) done(seen.sort());
            });
            for (const name of ["script", "style"]) {
                const made = document.createElement(name);
                made.textContent = name === "style" ? "p { top: 0 }" : "document.title = ''";
                document.head.append(made);
            }
        })"""
    )
    assert refused == ["script-src-elem", "style-src-elem"]
    assert await page.title() == "查应用是否备案 - 进校园备案"
    await page.goto("about:blank")
    await page.set_content(f'<iframe src="{house.client.make_url("/")}"></iframe>')
    await page.frames[1].wait_for_load_state()
    assert await page.frames[1].locator("form").count() == 0
