"""What the 智能机器人 is told, read without trust, and how its answers are drawn."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.channels.wecom.aibot.frames import Frame, read_frame, write_frame
from bot.channels.wecom.aibot.pace import Pace
from bot.channels.wecom.aibot.translate import Reader, unmentioned
from cards.language import Button, Card, Tap
from cards.render import wecom_aibot as drawing
from handlers.events import Addressed, Event, Ignored
from tests.cards.samples import CARDS
from tests.wecom.platform import NOW
from tests.wecom.robot import BOT

READER = Reader("wecom-aibot", "wecom", BOT)


def body(**change: Any) -> dict[str, Any]:
    """Return a message as the platform writes it."""
    return {
        "msgid": "m1", "aibotid": BOT, "chatid": "wrA", "chattype": "group",
        "from": {"userid": "lisi"}, "msgtype": "text", "text": {"content": "@备案助手 云阅读"},
        **change,
    }  # fmt: skip


def event(told: dict[str, Any], cmd: str = "aibot_msg_callback", reader: Reader = READER) -> Event:
    return reader.event(Frame(cmd, "r1", told), NOW)


def test_words_in_a_group_come_with_the_group_and_without_the_mention() -> None:
    assert event(body()) == Addressed(
        "mm1", "wecom-aibot", "lisi", NOW, group="aibot:wrA", place="wecom-aibot", text="云阅读",
        can_answer=True, home="wecom",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("told", "text"),
    [
        (body(text={"content": "@备案助手"}), ""),
        (body(text={"content": "云阅读\u202e备案了吗 @备案助手"}), "云阅读备案了吗"),
        (body(text={"content": "@王老师 @备案助手\u2005云阅读"}), "云阅读"),
        (body(chattype="single", text={"content": "@云阅读 呢"}), "@云阅读 呢"),
        (body(chattype="single", msgtype="voice", voice={"content": "云阅读"}), "云阅读"),
        (
            body(
                msgtype="mixed",
                mixed={"msg_item": [
                    {"msgtype": "text", "text": {"content": "@备案助手 云"}},
                    {"msgtype": "image", "image": {"url": "https://x"}},
                    {"msgtype": "text", "text": {"content": "阅读"}},
                ]},
            ),
            "云 阅读",
        ),
        # What is quoted was said by somebody else.
        (body(quote={"msgtype": "text", "text": {"content": "王小明"}}), "云阅读"),
    ],
)  # fmt: skip
def test_what_was_said_is(told: dict[str, Any], text: str) -> None:
    said = event(told)
    assert isinstance(said, Addressed)
    assert said.text == text


@pytest.mark.parametrize(
    ("told", "cmd", "kind"),
    [
        (body(msgtype="image", image={"url": "https://x"}), "aibot_msg_callback", "image"),
        (body(msgtype="hologram"), "aibot_msg_callback", "hologram"),
        (body(text="no object"), "aibot_msg_callback", "text"),
        (body(text={"content": 7}), "aibot_msg_callback", "text"),
        (body(msgtype="mixed", mixed={"msg_item": 7}), "aibot_msg_callback", "mixed"),
        (body(msgtype=None), "aibot_msg_callback", "unknown"),
        (body(aibotid="another"), "aibot_msg_callback", "foreign"),
        (body(chatid=""), "aibot_msg_callback", "group"),
        (body(chatid="wr A\n"), "aibot_msg_callback", "group"),
        (body(**{"from": {"userid": "x" * 65}}), "aibot_msg_callback", "text"),
        (body(**{"from": "lisi"}), "aibot_msg_callback", "text"),
        (body(event={"eventtype": "enter_chat"}), "aibot_event_callback", "enter_chat"),
        (body(event={"eventtype": "feedback_event"}), "aibot_event_callback", "feedback_event"),
        (body(event=None), "aibot_event_callback", "unknown"),
    ],
)
def test_what_is_not_understood_is_kept_as_ignored(
    told: dict[str, Any], cmd: str, kind: str
) -> None:
    heard = event(told, cmd)
    assert isinstance(heard, Ignored)
    assert heard.kind == kind


def test_what_brings_no_name_has_one_by_its_content() -> None:
    one, two = (event(body(msgid="")) for _ in range(2))
    assert one.key == two.key and one.key.startswith("e")
    assert event(body(msgid="", chatid="wrB")).key != one.key


def test_a_name_with_a_blank_is_taken_out_where_the_settings_tell_it() -> None:
    assert unmentioned("@备案 助手 云阅读", "备案 助手") == "云阅读"
    assert unmentioned("@备案助手云阅读", "备案助手") == "云阅读"
    assert unmentioned("@备案 助手 云阅读", "") == "助手 云阅读"


@pytest.mark.parametrize(
    "text", ["", "<html>", "[]", "7", '{"cmd":', "[" * 100_000, '"\\ud800"', "null"]
)
def test_what_is_no_frame_is_none(text: str) -> None:
    assert read_frame(text) is None


def test_a_frame_is_read_without_trust() -> None:
    odd = {"cmd": 7, "headers": [], "body": "x", "errcode": True}
    assert read_frame(json.dumps(odd)) == Frame("", "", {}, None)
    assert read_frame('{"headers":{"req_id":"a"},"errcode":0}') == Frame("", "a", {}, 0)
    # Control characters stand bare in the platform's JSON.
    told = read_frame('{"cmd":"c","headers":{"req_id":"a"},"body":{"x":"a\x01b\\ud800"}}')
    assert told is not None and told.body == {"x": "ab\ud800"}
    assert json.loads(write_frame("ping", "r")) == {"cmd": "ping", "headers": {"req_id": "r"}}


@pytest.mark.parametrize("name", CARDS)
def test_every_card_is_one_text_in_which_nothing_is_markup(name: str) -> None:
    body = drawing.answer(CARDS[name], "s1")
    text = body["stream"]["content"]
    assert body["stream"] == {"id": "s1", "finish": True, "content": text}
    assert len(text.encode()) <= drawing.CONTENT_BYTES
    assert not set(text) & set("<[]*`|~")


def test_what_people_write_mentions_nobody_and_leads_nowhere() -> None:
    text = drawing.content("<@all> [点](http://evil) **急** `x`\n# 大\n> 引\n- 项\n<think>")
    assert text == "＜@all> ［点］(http://evil) ＊＊急＊＊ ｀x｀\n＃ 大\n＞ 引\n－ 项\n＜think>"
    assert drawing.content("") == "—"
    assert drawing.push("x")["msgtype"] == "markdown"
    card = Card("请选", buttons=(Button("是", Tap("query.choose")),))
    assert drawing.content(card) == "请选\n1 是"


def test_it_waits_longer_the_longer_it_fails_and_never_for_ever() -> None:
    pace = Pace(jitter=0.0)
    assert [pace.wait(count) for count in (0, 1, 2, 7, 99)] == [0, 1, 2, 60, 60]
    assert [pace.away(60, count) for count in (0, 1, 2, 99)] == [0, 60, 120, 1800]
