"""反映 on a phone without scripts: what only a browser says of its own forms."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Browser, FilePayload, expect

from tests.files.samples import PDF, png
from tests.web.reporting import opened

NOTICE = FilePayload(name="通知.pdf", mimeType="application/pdf", buffer=PDF)
PHOTO = FilePayload(name="通知.png", mimeType="image/png", buffer=png())


async def test_a_report_is_made_and_followed_on_a_phone_without_scripts(
    browser: Browser, tmp_path: Path
) -> None:
    context = await browser.new_context(
        java_script_enabled=False, viewport={"width": 390, "height": 844}, locale="zh-CN"
    )
    page = await context.new_page()
    async with opened(tmp_path) as visitor:
        await page.goto(str(visitor.client.make_url("/r")))
        await page.get_by_text("收费、强制购买", exact=True).click()
        await page.get_by_label("什么时候、怎么做的").fill("每人交300元买平板")
        await page.get_by_label("哪所学校").fill("瓯江实验小学")
        await page.get_by_label("图片").set_input_files([PHOTO, NOTICE])
        await page.get_by_role("button", name="提交").click()
        # What is not taken is said, and everything else is still there.
        await expect(page.get_by_role("alert")).to_contain_text("反映只收 JPG、PNG 图片")
        await expect(page.get_by_text("已收到1张")).to_be_visible()
        await expect(page.get_by_label("收费、强制购买")).to_be_checked()
        await page.get_by_role("button", name="提交").click()
        whole = await page.locator(".slip__code").inner_text()
        await page.get_by_role("link", name="查进展").click()
        assert whole not in page.url
        await page.get_by_label("回执").fill(whole.lower())
        await page.get_by_role("button", name="查进展").click()
        await expect(page.get_by_text("已转计财部门，等待受理")).to_be_visible()
        await page.get_by_label("还有要补充的").fill("班主任收的")
        await page.get_by_role("button", name="提交补充").click()
        await expect(page.get_by_role("status")).to_contain_text("已补充")
        assert whole not in page.url and visitor.reports() == 1
    await context.close()
