"""Phones of DingTalk on the page, beside those of WeCom: chats, cards, forms."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from playwright.async_api import FilePayload, Page, expect

from cards.language import Button, Card, Fact, Option, Select, Tap
from cards.render.dingtalk import REVIEW, render
from tests.browser.hands import DING_ZHANG as ZHANG
from tests.browser.hands import LI, phone, types
from tests.sandbox_dingtalk.lab import CARD_TOPIC, Lab, Line, ack_of, good
from tests.sandbox_dingtalk.test_sends import BATCH, body

DECISION = Card(
    title="“云阅读”进校园备案待会审",
    case="26-0302-0187",
    lead="瓯海实验小学",
    body="请审应用内容。",
    facts=(Fact("学校", "瓯海实验小学"), Fact("办理时限", "2026-03-18（周三）")),
    buttons=(
        Button("通过", Tap("review.approve", "t1", 3), tone="main"),
        Button("补一句意见", Tap("review.note", "t1", 3)),
        Button("退回补正", Tap("review.return", "t1", 3), tone="warn"),
        Button("打开清单", url="http://127.0.0.1:8000/m/list"),
    ),
)
CHOICE = Card(
    title="退回理由",
    selects=(
        Select("why", "理由", (Option("a", "材料不全"), Option("b", "收费不明"))),
        Select("who", "给谁", (Option("x", "学校"), Option("y", "处室")), many=True),
    ),
    buttons=(Button("下一步", Tap("review.reasons", "t1", 3)),),
)
FIELDS: tuple[Mapping[str, Any], ...] = (
    {"name": "name", "label": "应用名称", "type": "TEXT", "required": True},
    {"name": "why", "label": "项目概况", "type": "TEXT_AREA"},
    {"name": "pupils", "label": "学生人数", "type": "NUMBER"},
    {"name": "met", "label": "会议日期", "type": "DATE", "defaultValue": "2026-03-05"},
    {"name": "old", "label": "旧项", "type": "TEXT", "hidden": True, "defaultValue": "留着"},
)


async def card(ding: Lab, drawn: Card, to: str = "u-zhang", track: str = "t-1") -> None:
    """Send somebody a card as the bot draws it, with the link to the whole of it."""
    link = {"page": "http://127.0.0.1:8000/m/view", "page_text": "查看全文"}
    own = {one.name for one in REVIEW.variables if one.private}
    params = {**render(drawn).params, **link}
    await ding.card(
        track,
        f"IM_ROBOT.{to}",
        cardData={"cardParamMap": {name: one for name, one in params.items() if name not in own}},
        privateData={to: {"cardParamMap": {n: one for n, one in params.items() if n in own}}},
    )


async def form(ding: Lab, fields: tuple[Mapping[str, Any], ...]) -> None:
    """Send 张三 a card with one form."""
    drawn = {**render(Card("备案")).params, "live": "true", "form_key": "form.send||0"}
    drawn |= {"form_text": "提交", "form": json.dumps({"fields": fields}, ensure_ascii=False)}
    await ding.card(cardData={"cardParamMap": drawn})


def pressed(line: Line) -> dict[str, Any]:
    """Return what the newest tap told the bot."""
    told: dict[str, Any] = json.loads(line.data(CARD_TOPIC)[-1]["content"])["cardPrivateData"]
    return told


# --- who has which phone ------------------------------------------------------------------------


async def test_who_is_on_both_platforms_has_a_phone_of_each(ding: Lab, ding_page: Page) -> None:
    slots = ding_page.locator(".slot")
    shown = [
        (await one.get_attribute("data-key"), await one.get_attribute("data-platform"))
        for one in await slots.all()
    ]
    assert shown == [
        ("g:work", "dingtalk"),
        ("m:zhang", "wecom"),
        ("m:zhang@dingtalk", "dingtalk"),
        ("m:li", "dingtalk"),
    ]
    await expect(slots.locator(".owner .platform")).to_have_text(
        ["钉钉", "企业微信", "钉钉", "钉钉"]
    )
    await expect(phone(ding_page, ZHANG).locator(".nav-title")).to_have_text("备案助手机器人")


async def test_the_two_phones_of_one_person_hear_their_own_platform_only(
    ding: Lab, ding_page: Page
) -> None:
    await ding.call(BATCH, body("sampleText", {"content": "有一件备案待您办理"}))
    await expect(phone(ding_page, ZHANG).locator(".bubble")).to_have_text("有一件备案待您办理")
    await expect(phone(ding_page, "zhang").locator(".bubble")).to_have_count(0)


async def test_a_page_of_one_platform_marks_no_phone(page: Page) -> None:
    await expect(page.locator(".platform")).to_have_count(0)


# --- talking ------------------------------------------------------------------------------------


async def test_what_is_typed_reaches_the_robot_and_a_quick_word_does_too(
    ding: Lab, ding_page: Page
) -> None:
    line = await ding.line()
    await types(ding_page, ZHANG, "备案")
    await expect(phone(ding_page, ZHANG).locator(".is-mine .bubble")).to_have_text("备案")
    await phone(ding_page, ZHANG).get_by_role("button", name="待办").click()
    await expect(phone(ding_page, ZHANG).locator(".is-mine .bubble")).to_have_text(["备案", "待办"])
    await line.wait(2)
    assert [one["text"]["content"].strip() for one in line.data()] == ["备案", "待办"]


async def test_a_document_is_sent_to_the_robot_from_the_drawer(ding: Lab, ding_page: Page) -> None:
    line = await ding.line()
    screen = phone(ding_page, ZHANG)
    await screen.get_by_role("button", name="更多").click()
    async with ding_page.expect_file_chooser() as asked:
        await screen.get_by_role("button", name="文件").click()
    plan: FilePayload = {"name": "方案.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4"}
    await (await asked.value).set_files(plan)
    await expect(screen.locator(".bubble.is-file")).to_contain_text("方案.pdf")
    await line.wait(1)
    assert line.data()[0]["content"]["fileName"] == "方案.pdf"


async def test_a_word_in_a_link_is_said_and_a_page_in_one_is_opened(
    ding: Lab, ding_page: Page
) -> None:
    line = await ding.line()
    says = f"dtmd://dingtalkclient/sendMessage?content={quote('进度')}"
    page = f"dingtalk://dingtalkclient/page/link?url={quote(ding.origin + '/sandbox/clock')}"
    text = f"[问进度]({says}) [看时间]({page})"
    await ding.call(BATCH, body("sampleMarkdown", {"title": "备案", "text": text}))
    screen = phone(ding_page, ZHANG)
    await screen.get_by_role("link", name="问进度").click()
    await expect(screen.locator(".is-mine .bubble")).to_have_text("进度")
    await line.wait(1)
    await screen.get_by_role("link", name="看时间").click()
    await expect(screen.frame_locator(".browser-page").locator("body")).to_contain_text("now")


# --- cards --------------------------------------------------------------------------------------


async def test_a_card_is_laid_out_by_the_names_of_its_variables(ding: Lab, ding_page: Page) -> None:
    await card(ding, DECISION)
    drawn = phone(ding_page, ZHANG).locator(".card")
    await expect(drawn.locator(".card-title")).to_have_text(DECISION.title)
    await expect(drawn.locator(".ding-case")).to_have_text("办件号 26-0302-0187")
    await expect(drawn.locator(".ding-lead")).to_have_text(DECISION.lead)
    await expect(drawn.locator(".ding-body")).to_have_text(DECISION.body)
    await expect(drawn.locator("dt")).to_have_text(["学校", "办理时限"])
    await expect(drawn.locator("dd")).to_have_text(["瓯海实验小学", "2026-03-18（周三）"])
    await expect(drawn.get_by_role("button", name="查看全文")).to_be_visible()
    buttons = drawn.locator(".card-button")
    await expect(buttons).to_have_text(["通过", "补一句意见", "退回补正", "打开清单"])
    tones = [await one.get_attribute("class") for one in await buttons.all()]
    assert [one.split("tone-")[1] for one in tones if one] == ["main", "plain", "warn", "plain"]


async def test_a_tap_waits_for_the_robot_and_the_new_look_is_drawn_at_once(
    ding: Lab, ding_page: Page
) -> None:
    line = await ding.line(lambda frame: None)
    await ding.control("rules", card_wait_seconds=20.0)
    await card(ding, DECISION)
    drawn = phone(ding_page, ZHANG).locator(".card")
    await drawn.get_by_role("button", name="通过").click()
    await expect(drawn.locator(".card-button.is-waiting .spinner")).to_be_visible()
    await expect(drawn.get_by_role("button", name="退回补正")).to_be_disabled()
    [frame] = await line.wait(1, CARD_TOPIC)
    assert pressed(line) == {"actionIds": ["main"], "params": {"key": "review.approve|t1|3"}}
    await line.socket.send_str(json.dumps(ack_of(frame)))
    await expect(drawn.locator(".is-waiting")).to_have_count(0)
    done = render(Card(DECISION.title, done="已通过 · 张三")).params
    await ding.update(cardData={"cardParamMap": done})
    await expect(drawn.locator(".ding-done")).to_have_text("已通过 · 张三")
    await expect(drawn.locator(".card-button")).to_have_count(0)


async def test_a_tap_without_an_answer_is_said_on_the_card(ding: Lab, ding_page: Page) -> None:
    await ding.hurry()
    await card(ding, DECISION)
    drawn = phone(ding_page, ZHANG).locator(".card")
    await drawn.get_by_role("button", name="通过").click()
    await expect(drawn.locator(".ding-failed")).to_be_visible()
    await expect(ding_page.locator("#notice")).to_have_text("助手暂时没有应答，请稍候再点。")
    await expect(drawn.get_by_role("button", name="通过")).to_be_enabled()


async def test_what_one_reader_alone_is_shown_stands_on_that_phone_only(
    ding: Lab, ding_page: Page
) -> None:
    manifest = [{"name": "title"}, {"name": "page", "private": True}]
    await ding.control("templates", id="own.schema", variables=manifest)
    private = {"u-li": {"cardParamMap": {"page": "http://127.0.0.1:8000/m/view"}}}
    await ding.card(
        space="IM_ROBOT.u-zhang;IM_ROBOT.u-li",
        cardTemplateId="own.schema",
        cardData={"cardParamMap": {"title": "备案"}},
        privateData=private,
    )
    await expect(phone(ding_page, ZHANG).locator(".card-title")).to_have_text("备案")
    await expect(phone(ding_page, LI).get_by_role("button", name="查看全文")).to_be_visible()
    await expect(phone(ding_page, ZHANG).locator(".ding-page")).to_have_count(0)


async def test_nothing_on_a_card_is_markup(ding: Lab, ding_page: Page) -> None:
    nasty = "<b onclick=alert(1)>粗</b>[点](javascript:alert(1))"
    shown = dict.fromkeys(("title", "case", "lead", "body", "hint", "done"), nasty)
    shown["facts"] = json.dumps([{"name": nasty, "value": nasty}])
    await ding.card(cardData={"cardParamMap": shown})
    drawn = phone(ding_page, ZHANG).locator(".card")
    for place in (
        ".card-title",
        ".ding-lead",
        ".ding-body",
        "dt",
        "dd",
        ".ding-hint",
        ".ding-done",
    ):
        await expect(drawn.locator(place)).to_have_text(nasty)
    assert await drawn.locator("b, a").count() == 0


# --- forms --------------------------------------------------------------------------------------


async def test_lists_are_chosen_in_sheets_and_sent_as_the_platform_writes_them(
    ding: Lab, ding_page: Page
) -> None:
    line = await ding.line()
    await card(ding, CHOICE)
    screen = phone(ding_page, ZHANG)
    await screen.get_by_role("button", name="理由：未填写").click()
    await screen.get_by_role("option", name="收费不明").click()
    await screen.get_by_role("button", name="给谁：未填写").click()
    for name in ("处室", "学校"):
        await screen.get_by_role("option", name=name).click()
    await screen.get_by_role("button", name="确定").click()
    await expect(screen.get_by_role("button", name="给谁：学校、处室")).to_be_focused()
    await screen.get_by_role("button", name="下一步").click()
    await line.wait(1, CARD_TOPIC)
    assert pressed(line) == {
        "actionIds": ["form"],
        "params": {
            "key": "review.reasons|t1|3",
            "form": {
                "why": {"index": 1, "value": "b"},
                "who": {"index": [0, 1], "value": ["x", "y"]},
            },
        },
    }


async def test_a_form_is_filled_in_and_sent_at_once(ding: Lab, ding_page: Page) -> None:
    line = await ding.line()
    await form(ding, FIELDS)
    screen = phone(ding_page, ZHANG)
    await screen.get_by_role("textbox", name="应用名称").fill("云阅读")
    await screen.get_by_role("textbox", name="项目概况").fill("学生阅读量不足。")
    await screen.get_by_role("textbox", name="学生人数").fill("620")
    await screen.get_by_role("button", name="会议日期：2026-03-05").click()
    await screen.get_by_role("spinbutton", name="月", exact=True).press("ArrowUp")
    await screen.get_by_role("spinbutton", name="日", exact=True).press("PageDown")
    await screen.get_by_role("button", name="确定").click()
    await expect(screen.get_by_role("textbox", name="旧项")).to_have_count(0)
    await screen.get_by_role("button", name="提交").click()
    await line.wait(1, CARD_TOPIC)
    assert pressed(line)["params"] == {
        "key": "form.send||0",
        "form": {
            "name": "云阅读",
            "why": "学生阅读量不足。",
            "pupils": 620,
            "met": "2026-02-15",
            "old": "留着",
        },
    }


async def test_a_day_that_a_month_has_not_becomes_its_last(ding: Lab, ding_page: Page) -> None:
    await form(ding, ({**FIELDS[3], "defaultValue": "2026-03-31"},))
    screen = phone(ding_page, ZHANG)
    await screen.get_by_role("button", name="会议日期").click()
    await screen.get_by_role("spinbutton", name="月", exact=True).press("ArrowUp")
    await screen.get_by_role("button", name="确定").click()
    await expect(screen.get_by_role("button", name="会议日期：2026-02-28")).to_be_visible()


async def test_what_must_be_filled_in_is_asked_for_before_anything_is_sent(
    ding: Lab, ding_page: Page
) -> None:
    line = await ding.line()
    await form(ding, FIELDS)
    screen = phone(ding_page, ZHANG)
    await screen.get_by_role("button", name="提交").click()
    await expect(ding_page.locator("#notice")).to_have_text("请填写“应用名称”。")
    name = screen.get_by_role("textbox", name="应用名称")
    await expect(name).to_be_focused()
    await name.fill("云阅读")
    await screen.get_by_role("textbox", name="学生人数").fill("六百")
    await screen.get_by_role("button", name="提交").click()
    await expect(ding_page.locator("#notice")).to_have_text("“学生人数”请填数字。")
    assert line.data(CARD_TOPIC) == []


async def test_what_is_written_in_a_form_stays_until_the_form_is_another(
    ding: Lab, ding_page: Page
) -> None:
    await form(ding, FIELDS)
    screen = phone(ding_page, ZHANG)
    name = screen.get_by_role("textbox", name="应用名称")
    await name.fill("云阅读")
    by_key = {"updateCardDataByKey": True}
    await ding.update(cardData={"cardParamMap": {"hint": "还可修改"}}, cardUpdateOptions=by_key)
    await expect(screen.locator(".ding-hint")).to_have_text("还可修改")
    await expect(name).to_have_value("云阅读")
    await ding.update(
        cardData={"cardParamMap": {"form_key": "form.send||1"}}, cardUpdateOptions=by_key
    )
    await expect(name).to_have_value("")


# --- small screens ------------------------------------------------------------------------------


async def test_on_a_small_screen_nothing_is_wider_than_it(ding: Lab, ding_page: Page) -> None:
    await ding.line(good)
    await card(ding, DECISION, "u-li")
    await ding_page.set_viewport_size({"width": 390, "height": 844})
    chip = ding_page.locator('.chip[data-key="m:li"]')
    await chip.click()
    await expect(chip.locator(".platform")).to_have_text("钉钉")
    button = phone(ding_page, LI).get_by_role("button", name="退回补正")
    await expect(button).to_be_visible()
    box = await button.bounding_box()
    assert box is not None and box["height"] >= 38
    scrolls = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert not await ding_page.evaluate(scrolls)
