"""Template cards on the page of phones: tapped, chosen from, redrawn."""

from playwright.async_api import Page, expect

from tests.browser.hands import chosen, phone
from tests.sandbox.lab import BUTTONS, NOTICE, SELECTS, VOTE, Lab


async def test_a_tapped_button_waits_and_is_inert_once_redrawn(lab: Lab, page: Page) -> None:
    lab.bot.hangs = 1
    await lab.card(BUTTONS)
    card = phone(page, "ZhangSan").locator(".card")
    await card.get_by_role("button", name="通过").click()
    await expect(card.locator(".card-button.is-waiting .spinner")).to_be_visible()
    await expect(card.get_by_role("button", name="退回补正")).to_be_disabled()
    await lab.bot.arrived.wait()
    heard = lab.bot.heard[-1].fields
    assert heard["EventKey"] == "approve"
    lab.bot.release.set()
    await lab.update(
        heard["ResponseCode"], userids=["ZhangSan"], button={"replace_name": "已通过 · 张三"}
    )
    await expect(card.get_by_role("button", name="已通过 · 张三")).to_be_disabled()
    await expect(card.locator(".card-button")).to_have_count(1)
    assert len(lab.bot.heard) == 1


async def test_a_card_that_is_not_redrawn_can_be_tapped_again(lab: Lab, page: Page) -> None:
    await lab.card(BUTTONS)
    button = phone(page, "ZhangSan").get_by_role("button", name="退回补正")
    await button.click()
    await expect(button).to_be_enabled()
    assert [one.fields["EventKey"] for one in lab.bot.heard] == ["return"]


async def test_a_bot_that_does_not_answer_is_said_calmly(lab: Lab, page: Page) -> None:
    lab.bot.statuses = [500] * 4
    await lab.card(BUTTONS)
    button = phone(page, "ZhangSan").get_by_role("button", name="通过")
    await button.click()
    await expect(page.locator("#notice")).to_have_text("助手暂时没有应答，请稍候再点。")
    await expect(button).to_be_enabled()


async def test_lists_are_picked_in_a_sheet_and_handed_in_together(lab: Lab, page: Page) -> None:
    await lab.card(SELECTS)
    screen = phone(page, "ZhangSan")
    await screen.get_by_role("button", name="理由").click()
    await screen.get_by_role("option", name="收费不明").click()
    await expect(screen.locator(".card-select").first).to_contain_text("收费不明")
    await screen.get_by_role("button", name="提交").click()
    await lab.bot.arrived.wait()
    assert chosen(lab) == {"why": ["b"], "who": ["x"]}


async def test_escape_leaves_a_list_as_it_was(lab: Lab, page: Page) -> None:
    await lab.card(SELECTS)
    screen = phone(page, "ZhangSan")
    opener = screen.get_by_role("button", name="理由")
    await opener.click()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Escape")
    await expect(screen.locator(".shade")).to_have_count(0)
    await expect(opener).to_be_focused()
    await expect(opener).to_contain_text("材料不全")


async def test_a_vote_needs_a_choice_and_sends_all_of_them(lab: Lab, page: Page) -> None:
    await lab.card(VOTE)
    screen = phone(page, "ZhangSan")
    submit = screen.get_by_role("button", name="确定")
    await screen.get_by_text("初中", exact=True).click()
    await expect(submit).to_be_disabled()
    await screen.get_by_text("高中", exact=True).click()
    await screen.get_by_text("小学", exact=True).click()
    await submit.click()
    await lab.bot.arrived.wait()
    assert chosen(lab) == {"stages": ["p", "h"]}


async def test_a_closed_choice_cannot_be_changed(lab: Lab, page: Page) -> None:
    code = (await lab.card(VOTE))["response_code"]
    shut = {**VOTE, "checkbox": {**VOTE["checkbox"], "disable": True}, "replace_text": "已提交"}
    del shut["submit_button"], shut["task_id"]
    await lab.update(code, userids=["ZhangSan"], template_card=shut)
    screen = phone(page, "ZhangSan")
    await expect(screen.locator(".card-button")).to_have_text("已提交")
    for box in await screen.get_by_role("checkbox").all():
        await expect(box).to_be_disabled()


async def test_a_choice_above_buttons_goes_with_the_button(lab: Lab, page: Page) -> None:
    options = [{"id": "p", "text": "小学"}, {"id": "m", "text": "初中"}]
    ask = {"question_key": "stage", "title": "学段", "option_list": options, "selected_id": "p"}
    await lab.card(BUTTONS, button_selection=ask)
    screen = phone(page, "ZhangSan")
    await screen.get_by_role("button", name="学段").click()
    await screen.get_by_role("option", name="初中").click()
    await screen.get_by_role("button", name="通过").click()
    await lab.bot.arrived.wait()
    assert chosen(lab) == {"stage": ["m"]}


async def test_a_cards_corner_menu_is_tapped_as_a_menu(lab: Lab, page: Page) -> None:
    menu = {"desc": "更多操作", "action_list": [{"text": "转给代办人", "key": "deputy"}]}
    await lab.card(BUTTONS, action_menu=menu)
    screen = phone(page, "ZhangSan")
    await screen.get_by_role("button", name="更多操作").click()
    await screen.get_by_role("option", name="转给代办人").click()
    await lab.bot.arrived.wait()
    heard = lab.bot.heard[-1].fields
    assert (heard["Event"], heard["EventKey"]) == ("template_card_menu_event", "deputy")


async def test_all_parts_of_a_notice_are_drawn(lab: Lab, page: Page) -> None:
    rows = [{"keyname": "待备案", "value": "2件"}]
    address = "http://127.0.0.1:8000/m/list"
    await lab.card(
        NOTICE,
        source={"desc": "教育技术中心", "desc_color": 3},
        main_title={"title": "今日待办", "desc": "3月12日"},
        emphasis_content={"title": "4", "desc": "待技术审查"},
        quote_area={"type": 1, "url": address, "title": "概况", "quote_text": "全文"},
        sub_title_text="请于今日办理",
        horizontal_content_list=rows,
        jump_list=[{"type": 1, "title": "打开清单", "url": address}],
    )
    card = phone(page, "ZhangSan").locator(".card")
    for text in (
        "教育技术中心",
        "今日待办",
        "3月12日",
        "4",
        "待技术审查",
        "概况",
        "全文",
        "请于今日办理",
    ):
        await expect(card.get_by_text(text, exact=True)).to_be_visible()
    await expect(card.locator("dt")).to_have_text("待备案")
    await expect(card.locator("dd")).to_have_text("2件")
    await expect(card.get_by_role("button", name="打开清单")).to_be_visible()
