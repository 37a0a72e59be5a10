"""The upload page and the preview on a phone, with and without scripts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Browser, FilePayload, Page, expect

from bot.files import FileStore
from tests.files import samples
from tests.storage.office import register
from tests.web.conftest import house, ledger, store
from tests.web.house import House

__all__ = ["house", "ledger", "store"]

PDF = FilePayload(name="专家论证意见.pdf", mimeType="application/pdf", buffer=samples.PDF)
OLD = FilePayload(name="旧方案.doc", mimeType="application/msword", buffer=samples.OLD_DOC)


@pytest_asyncio.fixture
async def phone(browser: Browser) -> AsyncIterator[Page]:
    """A phone's screen on which nothing may go wrong unseen."""
    page = await browser.new_page(viewport={"width": 390, "height": 844}, locale="zh-CN")
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda line: troubles.append(line.text) if line.type == "error" else None)
    yield page
    assert troubles == []


def address(house: House, path: str) -> str:
    return str(house.client.make_url(path))


async def test_files_go_up_with_progress_and_the_page_says_what_came(
    house: House, phone: Page
) -> None:
    await phone.goto(address(house, house.link("upload", house.draft().id)))
    await expect(phone.get_by_text("还差 5 份")).to_be_visible()
    await phone.get_by_text("专家论证意见").click()
    await phone.set_input_files("#files", [PDF, OLD])
    names = phone.locator("#picked .picker__file-name")
    await expect(names).to_have_text(["专家论证意见.pdf", "旧方案.doc"])
    await phone.get_by_role("button", name="上传").click()
    await expect(phone.locator(".arrival").first).to_contain_text("已收到")
    await expect(phone.locator(".arrival_refused")).to_contain_text("旧版 Word")
    await expect(phone.get_by_text("还差 4 份")).to_be_visible()
    # The replaced page works like the first one.
    await phone.get_by_text("规范性合法性审查意见").click()
    await phone.set_input_files("#files", [PDF])
    await phone.get_by_role("button", name="上传").click()
    await expect(phone.get_by_text("还差 3 份")).to_be_visible()


async def test_a_file_over_the_limit_is_told_before_it_is_sent(
    house: House, phone: Page, tmp_path: Path
) -> None:
    large = tmp_path / "大.pdf"
    large.write_bytes(samples.PDF + bytes(21 * 1024 * 1024))
    await phone.goto(address(house, house.link("upload", house.draft().id)))
    await phone.set_input_files("#files", large)
    await expect(phone.locator("#say")).to_contain_text("“大.pdf”超过 20 MB")
    await phone.get_by_role("button", name="上传").click()
    await expect(phone.locator("#say")).to_contain_text("超过 20 MB")
    assert house.everything_stored() == []


async def test_everything_works_without_scripts(house: House, browser: Browser) -> None:
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(address(house, house.link("upload", house.draft().id)))
    await page.set_input_files("#files", [PDF, OLD])
    await page.get_by_role("button", name="上传").click()
    await expect(page.locator(".arrival").first).to_contain_text("已收到")
    await expect(page.locator(".arrival_refused")).to_contain_text("旧版 Word")


async def test_no_page_is_wider_than_the_phone_and_targets_are_large(
    house: House, store: FileStore, phone: Page
) -> None:
    long = "长" * 100
    filing = house.filing(overview=long * 2, owner={"name": long}, device_words=long)
    for link in (
        house.link("upload", house.draft(project="x" * 120).id),
        house.link("view", filing.id, "legal"),
    ):
        await phone.goto(address(house, link))
        width = await phone.evaluate("document.documentElement.scrollWidth")
        assert width == 390
        for one in await phone.locator("button, label, a").all():
            box = await one.bounding_box()
            assert box is not None and box["height"] >= 40


async def test_what_a_person_wrote_runs_nowhere(house: House, phone: Page) -> None:
    trick = "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>"
    filing = house.filing(overview=trick, owner={"name": trick})
    await phone.goto(address(house, house.link("view", filing.id)))
    assert await phone.title() == "云阅读"
    await expect(phone.locator(".words").first).to_contain_text("<img")


async def test_a_file_is_saved_under_its_name(
    house: House, store: FileStore, phone: Page, tmp_path: Path
) -> None:
    kept = await store.keep(samples.stream(samples.PDF), "方案.pdf")
    house.digest = kept.digest
    filing = house.filing()
    await phone.goto(address(house, house.link("view", filing.id, "legal")))
    async with phone.expect_download() as waiting:
        await phone.get_by_text("方案.pdf").click()
    download = await waiting.value
    assert download.suggested_filename == "方案.pdf"
    await download.save_as(tmp_path / "saved")
    assert (tmp_path / "saved").read_bytes() == samples.PDF


async def test_annex_and_certificate_fit_a_phone_and_load_nothing_from_elsewhere(
    house: House, phone: Page
) -> None:
    filing = house.ledger.call(register)
    for path, shown in (
        (house.link("annex", filing.id), "下载 PDF（可打印）"),
        (f"/f/{filing.number}", "已备案"),
    ):
        await phone.goto(address(house, path))
        await expect(phone.get_by_text(shown).first).to_be_visible()
        width = await phone.evaluate("document.documentElement.scrollWidth")
        assert width <= 390, path
    await phone.goto(address(house, house.link("annex", filing.id)))
    drawn = await phone.evaluate("[...document.images].map(one => one.naturalWidth)")
    assert drawn == [1191, 1191]


async def test_a_bulletin_draws_its_chart_from_the_table_and_fits_a_phone(
    house: House, browser: Browser, phone: Page
) -> None:
    house.ledger.call(register)
    link = address(house, house.link("bulletin", "330302-20260316-w"))
    await phone.goto(link)
    await expect(phone.locator(".chart canvas")).to_be_visible()
    await expect(phone.locator(".chart-data tbody tr")).to_have_count(8)
    assert await phone.evaluate("document.documentElement.scrollWidth") == 390
    drawn = "echarts.getInstanceByDom(document.querySelector('.chart__canvas')).getOption()"
    series = await phone.evaluate(f"{drawn}.series.map(one => [one.name, one.data.at(-1)])")
    assert series == [["新收", 1], ["办结", 1]]
    context = await browser.new_context(java_script_enabled=False)
    bare = await context.new_page()
    await bare.goto(link)
    await expect(bare.locator(".chart")).to_be_hidden()
    await expect(bare.locator(".chart-data tbody tr").last).to_contain_text("3月9日")
