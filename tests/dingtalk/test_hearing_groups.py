"""What is said in groups, and what becomes of them, as DingTalk writes it and as events."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.channels.dingtalk.stream import TOPICS
from bot.channels.dingtalk.translate import Reader
from handlers.events import Addressed, Event, GroupChanged, Ignored
from tests.dingtalk.street import eventually, open_street, typed
from tests.dingtalk.test_translate import SENT, one, sent
from tests.sandbox_dingtalk.lab import CORP, START

READER = Reader("dingtalk", CORP)
CHAT = "cid6EUbcd+/EFGhij=="
GROUP: dict[str, Any] = {
    "conversationType": "2", "conversationId": CHAT, "conversationTitle": "家长\n群\u202e",
    "isInAtList": True,
}  # fmt: skip


def said(text: str = "绑定", **change: Any) -> dict[str, Any]:
    return {**typed(text), **GROUP, **change}


def addressed(text: str, title: str = "家长 群") -> Addressed:
    return Addressed(
        "mm1", "dingtalk", "u-zhang", SENT, group=f"dingtalk:{CHAT}", place="dingtalk-group",
        title=title, text=text, units=1,
    )  # fmt: skip


def test_words_in_a_group_come_with_the_group_and_without_the_blank_ahead() -> None:
    assert one(said(" 绑定\u200b学校群 ")) == addressed("绑定学校群")


def test_a_mention_and_nothing_else_is_heard() -> None:
    assert one(said("")) == addressed("")


@pytest.mark.parametrize("title", [None, 7, ""])
def test_a_group_may_have_no_title(title: Any) -> None:
    assert one(said("绑定", conversationTitle=title)) == addressed("绑定", "")


def test_of_words_with_a_picture_the_words_are_heard() -> None:
    parts = [{"type": "picture", "downloadCode": "c"}, {"text": "绑定"}]
    assert one({**sent("richText", {"richText": parts}), **GROUP}) == addressed("绑定")


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (said(isInAtList=False), "group"),
        (said(isInAtList=None), "group"),
        (said(isInAtList="yes"), "group"),
        (said(conversationType="3"), "group"),
        (said(conversationId=""), "group"),
        (said(conversationId=["cid"]), "group"),
        (said(conversationId="cid 6 EU"), "group"),
        (said(conversationId="c" * 129), "group"),
        ({**said(), "text": "绑定"}, "group"),
        ({**sent("picture", {"downloadCode": "c"}), **GROUP}, "group"),
        (said(senderStaffId=""), "outsider"),
        (said(senderCorpId="dingother"), "outsider"),
        (said(senderCorpId="dingother", chatbotCorpId="dingother"), "foreign"),
    ],
)
def test_what_nobody_said_to_us_in_a_group_is_kept_as_ignored(message: Any, kind: str) -> None:
    event = one(message)
    assert isinstance(event, Ignored) and event.kind == kind


# --- what becomes of a group ---


def happened(kind: str, data: Any, **headers: Any) -> Event:
    whole = {"eventType": kind, "eventId": "e7", "eventBornTime": "1790000000000", **headers}
    return READER.event(json.dumps(data), whole, START)


@pytest.mark.parametrize("name", ["title", "Title"])
def test_a_new_title_is_told_in_either_spelling(name: str) -> None:
    event = happened("chat_update_title", {"openConversationId": CHAT, name: " 六年级\n群"})
    assert event == GroupChanged(
        "ve7", "dingtalk", "", SENT, group=f"dingtalk:{CHAT}", title="六年级 群", units=1
    )


def test_a_dissolved_group_is_told() -> None:
    event = happened("chat_disband", {"openConversationId": CHAT, "title": "x"}, eventCorpId=CORP)
    assert event == GroupChanged(
        "ve7", "dingtalk", "", SENT, group=f"dingtalk:{CHAT}", is_gone=True, units=1
    )


@pytest.mark.parametrize(
    ("kind", "data", "corp", "known"),
    [
        ("chat_update_title", {"openConversationId": CHAT}, CORP, "chat_update_title"),
        ("chat_update_title", {"openConversationId": CHAT, "title": 7}, CORP, "chat_update_title"),
        ("chat_disband", {"openConversationId": "no group"}, CORP, "chat_disband"),
        ("chat_disband", {"chatId": "chat1"}, CORP, "chat_disband"),
        ("chat_disband", [CHAT], CORP, "chat_disband"),
        ("chat_disband", {"openConversationId": CHAT}, "dingother", "foreign"),
        ("chat_quit", {"openConversationId": CHAT}, CORP, "chat_quit"),
    ],
)
def test_every_other_event_is_kept_as_ignored(kind: str, data: Any, corp: str, known: str) -> None:
    event = happened(kind, data, eventCorpId=corp)
    assert event == Ignored("ve7", "dingtalk", "", SENT, kind=known, units=1)


# --- as the emulated platform does it ---


async def test_what_the_platform_tells_of_a_group_is_understood() -> None:
    async with open_street(topics=TOPICS) as street:
        lab = street.lab
        await lab.finger("zhang", "say", text="绑定工作群", group="work")
        await lab.control("groups", id="work", title="新工作群")
        await lab.control("groups", id="work")
        await lab.control("groups", id="school")  # where the robot is not
        await eventually(lambda: len(street.desk.events) == 3)
        heard, renamed, gone = street.desk.events
        room = f"dingtalk:{await lab.group_id()}"
        assert isinstance(heard, Addressed) and (heard.group, heard.title) == (room, "工作群")
        assert isinstance(renamed, GroupChanged) and renamed.title == "新工作群"
        assert isinstance(gone, GroupChanged) and gone.is_gone
        assert {heard.group, renamed.group, gone.group} == {room}
        assert await lab.violations() == []
