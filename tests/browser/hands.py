"""What tests of the phones do with their hands and eyes."""

from xml.etree import ElementTree as ET

from playwright.async_api import Locator, Page

from tests.sandbox.lab import Lab

DING_ZHANG, LI = "zhang@dingtalk", "li"
"""The phones on DingTalk: of 张三, who has one on WeCom as well, and of 李四."""


def phone(page: Page, userid: str) -> Locator:
    """Return the phone that shows a person."""
    return page.locator(f'.slot[data-key="m:{userid}"]')


def chosen(lab: Lab) -> dict[str, list[str | None]]:
    """Return what the newest tap chose, as the bot heard it."""
    items = ET.fromstring(lab.bot.heard[-1].xml).iter("SelectedItem")
    return {
        item.findtext("QuestionKey", ""): [one.text for one in item.iter("OptionId")]
        for item in items
    }


async def types(page: Page, userid: str, text: str) -> None:
    """Write a message on a phone and send it with the return key."""
    box = phone(page, userid).get_by_role("textbox")
    await box.fill(text)
    await box.press("Enter")
