"""The page of phones, used as a person uses it, over the real sandbox."""

import base64
from datetime import timedelta

import pytest
from playwright.async_api import Browser, FilePayload, Page, Route, expect

from tests.browser.hands import phone, types
from tests.sandbox.lab import BUTTONS, ROBOT, START, Lab, text_reply

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


# --- talking ------------------------------------------------------------------------------------


async def test_a_sent_text_is_my_bubble_and_the_answer_the_apps(lab: Lab, page: Page) -> None:
    lab.bot.reply = text_reply('请点<a href="http://127.0.0.1:8000/m/upload/1">上传材料</a>。')
    await types(page, "ZhangSan", "备案")
    mine = phone(page, "ZhangSan").locator(".line.is-mine .bubble")
    await expect(mine).to_have_text("备案")
    theirs = phone(page, "ZhangSan").locator(".line.is-theirs .bubble")
    await expect(theirs).to_have_text("请点上传材料。")
    await expect(theirs.get_by_role("link", name="上传材料")).to_be_visible()
    assert lab.bot.heard[-1].fields["Content"] == "备案"


async def test_what_a_person_types_is_never_markup(lab: Lab, page: Page) -> None:
    nasty = '<script>document.title="hit"</script><img src=x onerror=alert(1)><a href="http://x/">点</a>'
    lab.bot.reply = text_reply(nasty.replace('<a href="http://x/">点</a>', ""))
    await types(page, "ZhangSan", nasty)
    bubbles = phone(page, "ZhangSan").locator(".bubble")
    await expect(bubbles).to_have_count(2)
    await expect(bubbles.first).to_have_text(nasty)
    await expect(bubbles.last).to_contain_text("<img src=x onerror=alert(1)>")
    assert await bubbles.locator("script, img").count() == 0
    assert await bubbles.first.get_by_role("link", name="点").count() == 0
    assert await page.title() == "备案助手·演示"


async def test_markdown_and_cards_are_no_markup_either(lab: Lab, page: Page) -> None:
    nasty = "<b onclick=alert(1)>粗</b>[点](javascript:alert(1))"
    await lab.send("markdown", {"content": f"# 标题\n**要点** {nasty}"})
    await lab.card(
        BUTTONS,
        source={"desc": nasty},
        main_title={"title": nasty, "desc": nasty},
        sub_title_text=nasty,
        horizontal_content_list=[{"keyname": nasty, "value": nasty}],
        button_list=[{"text": nasty, "key": "approve"}],
    )
    screen = phone(page, "ZhangSan")
    await expect(screen.locator(".is-markdown h3")).to_have_text("标题")
    await expect(screen.locator(".is-markdown strong")).to_have_text("要点")
    card = screen.locator(".card")
    for place in (".card-source", ".card-title", ".card-desc", ".card-sub", "dt", "dd", "button"):
        await expect(card.locator(place)).to_have_text(nasty)
    assert await screen.locator(".is-markdown b, .is-markdown a, .card b, .card a").count() == 0


async def test_a_link_opens_over_the_chat_and_closes_again(lab: Lab, page: Page) -> None:
    address = str(lab.client.make_url("/sandbox/clock"))
    await lab.send("text", {"content": f'<a href="{address}">查看</a>'})
    screen = phone(page, "ZhangSan")
    await screen.get_by_role("link", name="查看").click()
    await expect(screen.frame_locator(".browser-page").locator("body")).to_contain_text("now")
    await screen.get_by_role("button", name="关闭").click()
    await expect(screen.locator(".browser")).to_have_count(0)


async def test_a_line_is_drawn_between_what_lies_apart(lab: Lab, page: Page) -> None:
    await lab.send("text", {"content": "第一条"})
    lab.later(days=1)
    lab.tokens.clear()
    await lab.send("text", {"content": "第二条"})
    times = phone(page, "ZhangSan").locator("time")
    await expect(times).to_have_text(["昨天 17:02", "17:02"])


async def test_a_photo_is_sent_from_the_drawer_and_seen_whole(lab: Lab, page: Page) -> None:
    screen = phone(page, "ZhangSan")
    await screen.get_by_role("button", name="更多").click()
    async with page.expect_file_chooser() as asked:
        await screen.get_by_role("button", name="照片").click()
    photo: FilePayload = {"name": "会议纪要.png", "mimeType": "image/png", "buffer": PNG}
    await (await asked.value).set_files(photo)
    await screen.get_by_role("button", name="查看图片").click()
    await expect(screen.get_by_role("dialog", name="会议纪要.png")).to_be_visible()
    await lab.bot.arrived.wait()
    assert lab.bot.heard[-1].fields["MsgType"] == "image"


async def test_the_apps_menu_takes_the_place_of_the_keyboard(lab: Lab, page: Page) -> None:
    screen = phone(page, "ZhangSan")
    await screen.get_by_role("button", name="切换菜单与键盘").click()
    await screen.get_by_role("button", name="我的待办").click()
    await expect(screen.locator(".line.is-note")).to_have_text("我的待办")
    await lab.bot.arrived.wait()
    assert lab.bot.heard[-1].fields["EventKey"] == "todo"


async def test_an_empty_chat_says_how_to_begin_until_something_is_said(page: Page) -> None:
    hint = phone(page, "ZhangSan").locator(".hollow")
    await expect(hint).to_contain_text("还没有消息")
    await types(page, "ZhangSan", "备案")
    await expect(hint).to_have_count(0)


async def test_a_number_is_never_broken_over_two_lines(lab: Lab, page: Page) -> None:
    await lab.send("text", {"content": "已请校长签署，办件号 26-0302-0187。"})
    number = phone(page, "ZhangSan").locator(".bubble .number")
    await expect(number).to_have_text("26-0302-0187")
    assert await number.evaluate("one => one.getClientRects().length") == 1


# --- who is shown -------------------------------------------------------------------------------


async def test_a_desk_opens_with_teacher_principal_and_reviewer(page: Page) -> None:
    await expect(page.locator(".slot")).to_have_count(3)
    keys = [await slot.get_attribute("data-key") for slot in await page.locator(".slot").all()]
    assert keys == ["m:ZhangSan", "m:lisi", "m:wangwu"]


@pytest.mark.parametrize(("width", "phones"), [(390, 1), (600, 1), (1000, 2), (1920, 4)])
async def test_as_many_phones_stand_as_fit(page: Page, width: int, phones: int) -> None:
    await page.set_viewport_size({"width": width, "height": 844})
    await expect(page.locator(".slot")).to_have_count(phones)
    scrolls = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert not await page.evaluate(scrolls)


async def test_on_a_phone_chips_change_the_person(lab: Lab, page: Page) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})
    await lab.send("text", {"content": "请您审核"}, to="lisi")
    chip = page.locator('.chip[data-key="m:lisi"]')
    await expect(chip.locator(".badge")).to_have_text("1")
    await chip.click()
    await expect(page.locator(".slot")).to_have_count(1)
    await expect(phone(page, "lisi").locator(".bubble")).to_have_text("请您审核")
    await expect(chip.locator(".badge")).to_have_count(0)


async def test_an_unread_mark_goes_once_the_phone_is_looked_at(lab: Lab, page: Page) -> None:
    await lab.send("text", {"content": "请您办理"}, to="lisi")
    person = page.locator('.person[data-key="m:lisi"]')
    await expect(phone(page, "lisi").locator(".bubble")).to_be_visible()
    await expect(person.locator(".badge")).to_have_count(0)
    gone = page.locator('.person[data-key="m:parent1"]')
    lab.box.arrive(lab.box.world.members[4], lab.box.world.apps[0], "text", {"text": "您好"})
    await expect(gone.locator(".badge")).to_have_text("1")


async def test_a_groups_line_is_read_in_the_group_and_on_its_members_phones(
    lab: Lab, page: Page
) -> None:
    await page.locator('.person[data-key="g:work"]').click()
    body = {"msgtype": "text", "text": {"content": "备案公告"}}
    await lab.post("/wecom-api/cgi-bin/webhook/send", body, key=ROBOT)
    room = page.locator('.slot[data-key="g:work"]')
    await expect(room.locator(".bubble")).to_have_text("备案公告")
    await phone(page, "ZhangSan").get_by_role("button", name="返回消息列表").click()
    await phone(page, "ZhangSan").get_by_role("button", name="工作群").click()
    await expect(phone(page, "ZhangSan").locator(".bubble")).to_have_text("备案公告")


# --- clock and story ----------------------------------------------------------------------------


async def test_the_wheel_turns_the_clock_for_everybody(lab: Lab, page: Page) -> None:
    face = page.get_by_role("button", name="演示时钟")
    await expect(face).to_contain_text("9月30日 周三")
    await face.click()
    await page.get_by_role("button", name="+1小时").click()
    await expect(phone(page, "ZhangSan").locator(".status-time")).to_have_text("18:02")
    # The page's own clock runs on between two looks: the minute counts.
    assert lab.clock.now().replace(second=0) == START + timedelta(hours=1)
    await page.get_by_role("button", name="次日 08:40").click()
    await expect(face).to_contain_text("10月1日 周四")
    await expect(face).to_contain_text("08:40")
    for wheel, key, times in (
        ("日期", "ArrowDown", 8),
        ("时", "ArrowDown", 8),
        ("分", "PageUp", 1),
    ):
        for _ in range(times):
            await page.get_by_role("spinbutton", name=wheel, exact=True).press(key)
    await page.get_by_role("button", name="拨到此时").click()
    await expect(face).to_contain_text("10月9日 周五")
    await page.get_by_role("button", name="+1个工作日").click()
    await expect(face).to_contain_text("10月12日 周一")
    assert f"{lab.clock.now():%Y-%m-%d %H:%M}" == "2026-10-12 16:30"


async def test_a_finger_turns_the_wheel_to_a_row(lab: Lab, page: Page) -> None:
    await page.get_by_role("button", name="演示时钟").click()
    hours = page.get_by_role("spinbutton", name="时", exact=True)
    await expect(hours).to_have_attribute("aria-valuetext", "17时")
    await hours.evaluate("column => { column.scrollTop = 34 * 9; }")
    await expect(hours).to_have_attribute("aria-valuetext", "09时")
    await hours.get_by_text("10时").click()
    await page.get_by_role("button", name="拨到此时").click()
    await expect(phone(page, "ZhangSan").locator(".status-time")).to_have_text("10:02")
    assert lab.clock.now().isoformat() == "2026-09-30T10:02:00+08:00"


async def story_plays(lab: Lab, page: Page, member: str) -> list[str]:
    """Let a story stand at a step of ``member``; returns what will be pressed."""
    pressed: list[str] = []

    async def press(route: Route) -> None:
        pressed.append(route.request.url.rsplit("/", 1)[1])
        await route.fulfill(json={"ok": True})

    await page.route("**/sandbox/story/*", press)
    state = {"state": "playing", "caption": "家长在问", "member": member, "step": 2, "of": 5}
    await lab.post("/sandbox/story", state)
    await expect(page.locator(".slot.is-live")).to_have_attribute("data-key", f"m:{member}")
    return pressed


async def test_whoever_types_on_a_phone_takes_the_story_over(lab: Lab, page: Page) -> None:
    pressed = await story_plays(lab, page, "ZhangSan")
    await types(page, "ZhangSan", "备案")
    await expect(page.locator(".story-caption")).to_contain_text("已由您接管")
    await types(page, "ZhangSan", "应用")
    await expect(phone(page, "ZhangSan").locator(".line.is-mine .bubble")).to_have_count(2)
    assert pressed == ["pause"]


async def test_on_a_small_screen_looking_at_somebody_else_stops_the_story(
    lab: Lab, page: Page
) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})
    await expect(page.locator(".slot")).to_have_count(1)
    pressed = await story_plays(lab, page, "ZhangSan")
    await page.locator('.chip[data-key="m:lisi"]').click()
    await expect(phone(page, "lisi")).to_be_visible()
    assert pressed == ["pause"]


async def test_while_a_story_plays_the_opening_two_keep_their_places(lab: Lab, page: Page) -> None:
    await story_plays(lab, page, "parent1")
    keys = [await slot.get_attribute("data-key") for slot in await page.locator(".slot").all()]
    assert keys == ["m:ZhangSan", "m:lisi", "m:parent1"]


async def test_the_phones_follow_the_story_until_it_is_taken_over(lab: Lab, page: Page) -> None:
    pressed = await story_plays(lab, page, "parent1")
    await expect(page.locator(".story-caption")).to_have_text("家长在问")
    await expect(page.locator(".story-count")).to_have_text("2/5")
    await page.get_by_role("button", name="接管").click()
    await expect(page.locator(".story-caption")).to_contain_text("已由您接管")
    await expect(page.locator(".slot.is-live")).to_have_count(0)
    await page.get_by_role("button", name="继续").click()
    await page.get_by_role("button", name="暂停").click()
    await page.get_by_role("button", name="重新开始").click()
    await expect(page.locator(".slot.is-live")).to_have_count(1)
    assert pressed == ["pause", "resume", "pause", "restart"]


# --- the page itself ----------------------------------------------------------------------------


async def test_the_page_asks_nobody_but_the_sandbox(lab: Lab, browser: Browser) -> None:
    page = await browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(str(lab.client.make_url("/")))
    await expect(page.locator("body.is-ready")).to_be_attached()
    home = str(lab.client.make_url("/"))
    assert [url for url in asked if not url.startswith((home, "data:"))] == []
    assert len(asked) > 10


async def test_the_policy_lets_no_written_script_run(lab: Lab) -> None:
    async with lab.client.get("/") as answer:
        policy = answer.headers["Content-Security-Policy"]
        text = await answer.text()
    assert "default-src 'self'" in policy
    assert "unsafe-inline" not in policy
    assert "<style" not in text
    assert "<script>" not in text


@pytest.mark.parametrize("name", ["__init__.py", "../phones.py", "css/%2e%2e/__init__.py", "js/"])
async def test_only_the_pages_own_files_are_served(lab: Lab, name: str) -> None:
    async with lab.client.get(f"/static/{name}") as answer:
        assert answer.status == 404
