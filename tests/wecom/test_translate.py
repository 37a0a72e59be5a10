"""What each kind of message becomes."""

from __future__ import annotations

import unicodedata
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.cleaning import MAX_CHARS, clean
from bot.channels.wecom.translate import translate
from handlers.events import Event, Ignored, Joined, Said, SentFile, Tapped
from tests.wecom.platform import NOW

STAMP = int(NOW.timestamp())


def event_of(inside: str, kind: str = "event") -> Event:
    xml = (
        f"<xml><FromUserName>Chen</FromUserName><CreateTime>{STAMP}</CreateTime>"
        f"<MsgType>{kind}</MsgType>{inside}</xml>"
    )
    return translate(xml, instance="wecom", agent_id=218, now=NOW + timedelta(seconds=2))


def test_the_time_and_the_account_are_the_platforms_own() -> None:
    event = event_of("<Content>x</Content><MsgId>1</MsgId>", "text")
    assert (event.sent_at, event.account, event.instance) == (NOW, "Chen", "wecom")


@pytest.mark.parametrize(
    ("kind", "inside", "name"),
    [
        ("image", "<PicUrl>http://x</PicUrl><MediaId>m1</MediaId>", ""),
        ("voice", "<MediaId>m1</MediaId><Format>amr</Format>", ""),
        ("video", "<MediaId>m1</MediaId><ThumbMediaId>t</ThumbMediaId>", ""),
        ("file", "<MediaId>m1</MediaId><FileName>方案\u202e.docx</FileName>", "方案.docx"),
    ],
)
def test_files_carry_what_fetches_them(kind: str, inside: str, name: str) -> None:
    event = event_of(f"{inside}<MsgId>1</MsgId>", kind)
    assert isinstance(event, SentFile)
    assert (event.media, event.kind, event.name, event.can_carry) == ("m1", kind, name, True)


def test_a_file_without_its_id_is_ignored() -> None:
    event = event_of("<MsgId>1</MsgId>", "image")
    assert isinstance(event, Ignored)
    assert event.kind == "image"


@pytest.mark.parametrize(("name", "carries"), [("enter_agent", True), ("subscribe", False)])
def test_whoever_opens_the_chat_has_joined(name: str, carries: bool) -> None:
    event = event_of(f"<Event>{name}</Event><EventKey></EventKey>")
    assert isinstance(event, Joined)
    assert event.can_carry is carries


def test_a_menu_click_says_its_key() -> None:
    event = event_of("<Event>click</Event><EventKey>待办</EventKey>")
    assert isinstance(event, Said)
    assert (event.text, event.can_carry) == ("待办", True)


@pytest.mark.parametrize("name", ["template_card_event", "template_card_menu_event"])
def test_a_tap_brings_its_choices(name: str) -> None:
    event = event_of(
        f"<Event>{name}</Event><EventKey>review.return|t1|2</EventKey><TaskId>i-7</TaskId>"
        "<ResponseCode>X</ResponseCode><SelectedItems><SelectedItem><QuestionKey>why</QuestionKey>"
        "<OptionIds><OptionId>fit</OptionId><OptionId>need</OptionId></OptionIds></SelectedItem>"
        "</SelectedItems>"
    )
    assert isinstance(event, Tapped)
    assert event.tap.choices == {"why": ("fit", "need")}
    assert event.can_carry is False


def test_the_location_in_capitals_and_a_link_are_ignored_by_name() -> None:
    located = event_of("<Event>LOCATION</Event><Latitude>1</Latitude>")
    linked = event_of("<Title>t</Title><Url>http://x</Url><MsgId>3</MsgId>", "link")
    assert isinstance(located, Ignored)
    assert isinstance(linked, Ignored)
    assert (located.kind, linked.kind) == ("LOCATION", "link")


def test_a_message_without_an_id_is_known_by_its_words() -> None:
    first, again = (event_of("<Content>a</Content>", "text") for _ in range(2))
    other = event_of("<Content>b</Content>", "text")
    assert first.key == again.key != other.key


def test_typed_words_are_cleaned_of_what_cannot_be_seen() -> None:
    assert clean("备\u200b案\u202e\ufeff\x07\r\n第二行\t完\u2028尾") == "备案\n第二行 完\n尾"
    assert clean("e\u0301") == "é"
    assert len(clean("字" * 100_000)) == MAX_CHARS


@given(st.text(max_size=200))
def test_cleaned_text_is_normal_and_stays_clean(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert unicodedata.is_normalized("NFC", cleaned)
    assert all(sign == "\n" or unicodedata.category(sign) != "Cc" for sign in cleaned)


@pytest.mark.parametrize("kind", ["image", "event"])
def test_what_nobody_sent_is_ignored(kind: str) -> None:
    inside = "<MediaId>m1</MediaId><Event>enter_agent</Event><MsgId>1</MsgId>"
    xml = f"<xml><CreateTime>{STAMP}</CreateTime><MsgType>{kind}</MsgType>{inside}</xml>"
    assert isinstance(translate(xml, instance="wecom", agent_id=218, now=NOW), Ignored)


def test_an_event_is_known_by_its_words_in_whatever_order_they_come() -> None:
    one = event_of("<Event>enter_agent</Event><EventKey></EventKey><AgentID>218</AgentID>")
    other = event_of("<AgentID>218</AgentID><EventKey></EventKey><Event>enter_agent</Event>")
    assert one.key == other.key
