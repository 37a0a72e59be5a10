"""微信客服 and the official account are as strict as the platform's papers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from bot.sandbox.app import KF, WECHAT, build_sandbox
from bot.sandbox.clock import Clock
from bot.sandbox.faults import Fault
from bot.sandbox.wechat.state import OLD_TOKEN_LIFE, WeChat
from bot.sandbox.wecom.answers import RefusalError
from bot.sandbox.wecom.kf import Desk, external_id
from bot.sandbox.world import App, World
from tests.sandbox.lab import CITY, START

ACCOUNT = {"agent_id": 1000002, "open_kfid": "wk1"}
OFFICIAL = {"app_id": "wx1", "original_id": "gh_1", "name": "查询", "secret": "s1"}
ITEMS = [{"type": "click", "click": {"id": f"i{number}", "content": "甲"}} for number in range(11)]


@pytest.fixture
def clock() -> Clock:
    return Clock(START, ticks=lambda: 0.0)


@pytest.fixture
def desk(clock: Clock) -> Desk:
    city = {**CITY, "kf": [ACCOUNT], "officials": [OFFICIAL]}
    desk = build_sandbox(World.from_dict(city), clock, seed=1)[KF]
    for app in desk.wecom.box.world.apps:
        app.callback_url = ""  # nobody is knocked at
    return desk


@pytest.fixture
def app(desk: Desk) -> App:
    return desk.wecom.box.world.apps[0]


@pytest.fixture
def wechat(clock: Clock) -> WeChat:
    return build_sandbox(World.from_dict({**CITY, "officials": [OFFICIAL]}), clock)[WECHAT].wechat


async def says(desk: Desk, text: str) -> None:
    world = desk.wecom.box.world
    parent = world.member("parent1")
    assert parent is not None
    await desk.said(world.kf_accounts[0], parent, "text", {"content": text})


def words(answer: dict[str, Any]) -> list[str]:
    return [one["text"]["content"] for one in answer["msg_list"]]


def code_of(act: Callable[[], object]) -> int:
    with pytest.raises(RefusalError) as refusal:
        act()
    return refusal.value.code


async def test_a_list_is_read_in_pages_and_says_no_to_what_it_does_not_know(
    desk: Desk, app: App, clock: Clock
) -> None:
    for text in "一二三":
        await says(desk, text)
    body = {"open_kfid": "wk1", "limit": 2}
    first = desk.sync(app, body)
    assert (words(first), first["has_more"]) == (["一", "二"], 1)
    second = desk.sync(app, {**body, "cursor": first["next_cursor"]})
    assert (words(second), second["has_more"]) == (["三"], 0)
    assert desk.sync(app, {**body, "cursor": second["next_cursor"]})["msg_list"] == []
    for kind, expected in (("empty", []), ("again", ["二", "三"])):
        desk.wecom.box.faults.add(Fault("kf/page", kind))
        page = desk.sync(app, {**body, "cursor": second["next_cursor"]})
        assert (words(page), page["has_more"]) == (expected, 1)
    token = next(iter(desk.tokens))
    assert desk.sync(app, {**body, "token": token})["errcode"] == 0
    wrong: tuple[tuple[dict[str, Any], int], ...] = (
        ({"open_kfid": "wk2"}, 95000),
        ({"open_kfid": "wk1", "token": "x"}, 95007),
        ({"open_kfid": "wk1", "cursor": "x"}, 40058),
        ({"open_kfid": "wk1", "limit": 1001}, 40058),
    )
    for given, code in wrong:
        assert code_of(lambda given=given: desk.sync(app, given)) == code, given
    other = desk.wecom.box.world.apps[1]
    assert code_of(lambda: desk.sync(other, body)) == 48007
    clock.move(clock.now() + timedelta(minutes=10))
    assert code_of(lambda: desk.sync(app, {**body, "token": token})) == 95007
    clock.move(clock.now() + timedelta(days=3))
    assert desk.sync(app, body)["msg_list"] == []
    for _ in range(desk.wecom.box.limits.kf_tokenless_per_minute - 1):
        desk.sync(app, body)
    assert code_of(lambda: desk.sync(app, body)) == 45009


async def test_a_question_is_answered_five_times_within_two_days(
    desk: Desk, app: App, clock: Clock
) -> None:
    parent = desk.wecom.box.world.member("parent1")
    assert parent is not None
    account = desk.wecom.box.world.kf_accounts[0]
    to = {"touser": external_id(parent), "open_kfid": "wk1"}
    text = {**to, "msgtype": "text", "text": {"content": "好"}}
    menu = {"head_content": "请选", "list": ITEMS[:10]}
    assert code_of(lambda: desk.send(app, text)) == 40003
    await desk.entered(account, parent, "")
    assert code_of(lambda: desk.send(app, text)) == 95031
    await says(desk, "你好")
    assert desk.send(app, {**text, "msgid": "a"})["msgid"] == "a"
    wrong: tuple[tuple[dict[str, Any], int], ...] = (
        ({"msgid": "a"}, 95033),
        ({"msgid": "ä"}, 40058),
        ({"open_kfid": "wk2"}, 95000),
        ({"msgtype": "markdown"}, 40008),
        ({"text": {"content": ""}}, 44004),
        ({"msgtype": "msgmenu", "msgmenu": {**menu, "list": ITEMS}}, 95008),
        ({"msgtype": "msgmenu", "msgmenu": {**menu, "head_content": "长" * 342}}, 45002),
        ({"msgtype": "msgmenu", "msgmenu": {**menu, "list": [{"type": "click"}]}}, 40058),
    )
    for given, code in wrong:
        assert code_of(lambda given=given: desk.send(app, {**text, **given})) == code, given
    desk.send(app, {**text, "msgtype": "msgmenu", "msgmenu": menu})
    desk.session(account, parent).state = 3
    assert code_of(lambda: desk.send(app, text)) == 95018
    desk.session(account, parent).state = 0
    for _ in range(3):
        desk.send(app, text)
    assert code_of(lambda: desk.send(app, text)) == 95001
    await says(desk, "还有")
    desk.send(app, text)
    clock.move(clock.now() + timedelta(hours=48))
    assert code_of(lambda: desk.send(app, text)) == 95002


async def test_a_greeting_is_taken_once_within_twenty_seconds(
    desk: Desk, app: App, clock: Clock
) -> None:
    world = desk.wecom.box.world
    parent = world.member("parent1")
    assert parent is not None
    await desk.entered(world.kf_accounts[0], parent, "school")
    await desk.entered(world.kf_accounts[0], parent, "school")
    first, second = desk.welcomes
    text = {"msgtype": "text", "text": {"content": "您好"}}
    desk.send_on_event(app, {"code": first, **text})
    assert code_of(lambda: desk.send_on_event(app, {"code": first, **text})) == 41050
    clock.move(clock.now() + timedelta(seconds=20))
    assert code_of(lambda: desk.send_on_event(app, {"code": second, **text})) == 41050
    await desk.entered(world.kf_accounts[0], parent, "school")
    assert len(desk.welcomes) == 2  # who was greeted lately gets no third code


def test_the_tokens_of_an_official_account_end(wechat: WeChat, clock: Clock) -> None:
    assert code_of(lambda: wechat.grant("wx2", "s1")) == 40013
    assert code_of(lambda: wechat.grant("wx1", "s2")) == 40125
    first = wechat.grant("wx1", "s1")
    second = wechat.grant("wx1", "s1")
    assert wechat.owner(first) is wechat.owner(second)
    clock.move(clock.now() + OLD_TOKEN_LIFE)
    assert code_of(lambda: wechat.owner(first)) == 42001
    assert code_of(lambda: wechat.owner("")) == 41001
    assert code_of(lambda: wechat.owner("x")) == 40001
    wechat.owner(second)
    clock.move(clock.now() + timedelta(hours=2))
    assert code_of(lambda: wechat.owner(second)) == 42001
