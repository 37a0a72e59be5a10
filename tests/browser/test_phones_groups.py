"""Groups of DingTalk on the page: on the phones of their members, and by themselves."""

from playwright.async_api import Page, expect

from tests.browser.hands import DING_ZHANG as ZHANG
from tests.browser.hands import LI, phone
from tests.sandbox_dingtalk.lab import APP, Lab


async def test_groups_of_both_platforms_stand_in_the_list_each_marked(ding_page: Page) -> None:
    marks = ding_page.locator('.person[data-key^="g:"] .platform')
    await expect(marks).to_have_text(["钉钉", "钉钉", "企业微信"])
    await ding_page.locator('.person[data-key="g:wecom-group"]').click()
    shown = ding_page.locator('.slot[data-key="g:wecom-group"]')
    await expect(shown).to_have_attribute("data-platform", "wecom")


async def test_a_phone_shows_the_groups_of_its_own_platform(ding_page: Page) -> None:
    screen = phone(ding_page, ZHANG)
    await screen.get_by_role("button", name="返回消息列表").click()
    await expect(screen.locator(".chat-name b")).to_have_text(["备案助手", "工作群"])
    await expect(phone(ding_page, "zhang").locator(".empty")).to_be_visible()


async def test_in_a_group_the_robot_hears_what_mentions_it(ding: Lab, ding_page: Page) -> None:
    line = await ding.line()
    screen = phone(ding_page, LI)
    await screen.get_by_role("button", name="返回消息列表").click()
    await screen.get_by_role("button", name="工作群").click()
    box = screen.get_by_role("textbox")
    await box.fill("大家好")
    await box.press("Enter")
    mine = screen.locator(".is-mine .bubble")
    await expect(mine).to_have_text("大家好")
    await screen.get_by_role("button", name="@备案助手").click()
    await box.press_sequentially("备案进度")
    await box.press("Enter")
    await expect(mine.last).to_contain_text("备案进度 @备案助手")
    await line.wait(1)
    assert [one["text"]["content"].strip() for one in line.data()] == ["备案进度"]
    room = ding_page.locator('.slot[data-key="g:work"]')
    await expect(room.locator(".is-theirs .sender").first).to_have_text("李四")


async def test_a_card_in_a_group_is_what_each_reader_sees(ding: Lab, ding_page: Page) -> None:
    for who in (ZHANG, LI):
        await phone(ding_page, who).get_by_role("button", name="返回消息列表").click()
        await phone(ding_page, who).get_by_role("button", name="工作群").click()
    manifest = [{"name": "title"}, {"name": "done", "private": True}]
    await ding.control("templates", id="own.schema", variables=manifest)
    await ding.card(
        space=f"IM_GROUP.{await ding.group_id()}",
        cardTemplateId="own.schema",
        cardData={"cardParamMap": {"title": "签到"}},
        imGroupOpenSpaceModel={"supportForward": False},
        imGroupOpenDeliverModel={"robotCode": APP},
    )
    for who in (ZHANG, LI):
        await expect(phone(ding_page, who).locator(".card-title")).to_have_text("签到")
    await ding.update(privateData={"u-li": {"cardParamMap": {"done": "您已签到"}}})
    await expect(phone(ding_page, LI).locator(".ding-done")).to_have_text("您已签到")
    await expect(phone(ding_page, ZHANG).locator(".ding-done")).to_have_count(0)
