"""What an entry of 微信客服 says, and how answers are drawn there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.channels.base import ChannelRefusedError, Parcel
from bot.channels.wecom.kf import KfChannel
from bot.channels.wecom.kf.reading import Reading, ReadingPace
from bot.channels.wecom.kf.translate import ANSWERED_FOR, translate
from bot.channels.wecom.knock import knock_of
from bot.channels.wire import TOO_LARGE
from cards.language import Button, Card, Tap
from cards.render.wecom_kf import HEAD_BYTES, TEXT_BYTES, menu_id, render, tap_of
from handlers.events import Event, Ignored, Joined, Said, SentFile, Tapped
from storage.ledger import LedgerUnavailableError
from storage.questions import Asked, Place
from tests.cards.samples import CARDS
from tests.wecom.platform import CountingDispatcher

NOW = datetime(2026, 3, 12, 2, 0, tzinfo=UTC)
TAP = Tap("query.pick", "p:小鹿-1", 3)


def entry(kind: str = "text", part: object = None, **other: Any) -> dict[str, Any]:
    """Return an entry as the list holds it."""
    told = {"content": "你好"} if part is None else part
    return {
        "msgid": "k1", "open_kfid": "wk1", "external_userid": "wmA", "origin": 3,
        "send_time": int(NOW.timestamp()) - 5, "msgtype": kind, kind: told, **other,
    }  # fmt: skip


def event(name: str, **part: Any) -> dict[str, Any]:
    """Return an entry that the platform itself wrote."""
    told = {"event_type": name, "external_userid": "wmA", **part}
    return {**entry("event", told, origin=4), "external_userid": ""}


@pytest.mark.parametrize(
    ("given", "kind", "opens"),
    [
        (entry(), Said, 5),
        (entry("text", {"content": "甲", "menu_id": menu_id(TAP)}), Tapped, 5),
        (entry("text", {"content": "甲", "menu_id": "101"}), Said, 5),  # somebody else's menu
        (entry("image", {"media_id": "M"}), SentFile, 5),
        (entry("voice", {"media_id": "M"}), SentFile, 5),
        (entry("location", {"latitude": 1}), Ignored, 5),
        (entry("image", {"media_id": ["M"]}), Ignored, 5),
        (entry("text", "no object"), Said, 5),
        (entry(send_time=int((NOW - ANSWERED_FOR).timestamp())), Ignored, 0),  # too old
        (entry(external_userid="x" * 65), Ignored, 0),
        (entry(origin=5), None, 0),  # a colleague of the office
        (entry(msgid=""), None, 0),
        (event("enter_session", welcome_code="c"), Joined, 0),
        (event("enter_session"), Ignored, 0),  # nobody new
        (
            event("enter_session", scene_param="330302-1"),
            Joined,
            0,
        ),  # nobody new, by a school's link
        (event("enter_session", scene_param=["x"]), Ignored, 0),
        (event("user_recall_msg", recall_msgid="k0"), Ignored, 0),
    ],
)
def test_an_entry_says(given: dict[str, Any], kind: type[Event] | None, opens: int) -> None:
    heard = translate(given, instance="wecom-kf", now=NOW)
    assert (type(heard.event) if heard.event else None) is kind
    assert (heard.asked.places if heard.asked else 0) == opens
    if kind in (Said, Tapped, Joined):
        assert heard.event is not None
        assert heard.event.account == "wmA"
        assert heard.event.can_carry is False


def test_a_failure_and_a_greeting_say_what_they_are_about() -> None:
    failed = translate(event("msg_send_fail", fail_msgid="i-7", fail_type=6), instance="k", now=NOW)
    assert failed.failure == ("i-7", "6")
    entered = translate(event("enter_session", welcome_code="c"), instance="k", now=NOW)
    assert entered.asked is not None
    assert entered.asked.welcome == "c"
    assert entered.asked.until == NOW + timedelta(seconds=15)
    by_link = event("enter_session", welcome_code="c", scene_param="330302-1\u202e" + "x" * 200)
    link = translate(by_link, instance="k", now=NOW)
    assert isinstance(link.event, Joined)
    assert link.event.context.startswith("330302-1xx") and len(link.event.context) == 128
    assert not link.event.is_known
    again = translate(event("enter_session", scene_param="330302-1"), instance="k", now=NOW)
    assert isinstance(again.event, Joined) and again.event.is_known and again.asked is None


def test_every_button_comes_back_as_its_tap() -> None:
    taps = [button.tap for card in CARDS.values() for button in card.buttons if button.tap]
    for tap in (*taps, TAP):
        assert menu_id(tap).replace("_", "").isalnum()
        assert menu_id(tap).isascii()
        assert tap_of(menu_id(tap)) == replace(tap, choices=None)
    assert tap_of("_zz") is None
    assert tap_of("_ff|a|1") is None


@pytest.mark.parametrize("name", CARDS)
def test_every_card_is_one_menu_or_the_whole_of_its_text(name: str) -> None:
    first, *more = render(CARDS[name])
    if first["msgtype"] == "msgmenu":
        assert not more
        assert len(first["msgmenu"]["head_content"].encode()) <= HEAD_BYTES
        assert 1 <= len(first["msgmenu"]["list"]) <= 10
    else:
        assert all(len(one["text"]["content"].encode()) <= TEXT_BYTES for one in (first, *more))


def test_a_menu_takes_ten_items_and_a_greeting_one_message() -> None:
    buttons = tuple(Button(f"第{number}个", Tap("query.pick", f"{number}")) for number in range(11))
    assert render(Card("请选", buttons=buttons[:10]))[0]["msgtype"] == "msgmenu"
    assert render(Card("请选", buttons=buttons))[0]["msgtype"] == "text"
    assert "<" not in str(render("<a href=x>"))
    assert len(render("长" * 2000, most=1)) == 1


def test_a_knock_is_told_from_words_about_it() -> None:
    knock = "<xml><MsgType>event</MsgType><Event>kf_msg_or_event</Event><Token>t</Token>"
    assert knock_of(f"{knock}<OpenKfId>wk1</OpenKfId></xml>") == ("t", "wk1")
    for other in (
        "<xml><MsgType>text</MsgType><Content>kf_msg_or_event</Content></xml>",
        "<xml><MsgType>event</MsgType><Event>kf_msg_or_event</Event>",
    ):
        assert knock_of(other) is None


class Desk:
    """Where one reads: the turn, the list, how far it was read; keeps what was done, in order."""

    tokens: Any = None

    def __init__(self, taken: int) -> None:
        self.taken = taken
        self.done: list[str] = []
        self.entries: list[dict[str, Any]] = []
        self.limits: list[int] = []
        self.room = 1000

    async def take(self, name: str, holder: str, lease_seconds: float) -> bool:
        self.done.append("turn")
        self.taken -= 1
        return self.taken < 0

    async def give_up(self, name: str, holder: str) -> None:
        self.done.append("gave up")

    async def post(self, name: str, body: dict[str, Any], *, most: int) -> dict[str, Any]:
        self.limits.append(body["limit"])
        if body["limit"] > self.room:
            raise ChannelRefusedError(TOO_LARGE)
        self.done.append(f"page {body.get('cursor', '')}")
        if len(self.done) > 20:
            raise ChannelRefusedError("it never ends")
        if body.get("token"):
            raise ChannelRefusedError("95007")
        return {"next_cursor": "c1", "has_more": 1, "msg_list": [{}, "x", None, *self.entries]}

    async def note(self, instance: str, asked: Sequence[Asked]) -> None:
        self.done.append(f"asked {len(asked)}")

    async def cursor(self, name: str) -> str:
        return "c1" if any("page" in one for one in self.done) else ""

    async def advance(self, name: str, seen: str, cursor: str, now: datetime) -> bool:
        self.done.append("moved")
        return True

    async def forget(self, before: datetime) -> None:
        assert before == NOW - ANSWERED_FOR


async def test_one_reads_at_a_time_and_not_for_ever() -> None:
    desk: Any = Desk(taken=2)
    pace = ReadingPace(turn_seconds=0.0)
    reading = Reading(
        desk, "wk1", "wecom-kf", desk, desk, lambda: NOW, lambda _: None, pace, CountingDispatcher()
    )
    reading.knock("a token that nobody knows")
    await reading.read()
    # Another had the turn; the token is given up; a list that says the same again has no more.
    pages = ["page ", "page ", "moved", "turn", "page c1"]
    assert desk.done == ["turn", "turn", "turn", *pages, "gave up"]


async def test_a_page_that_has_no_room_in_an_answer_is_read_in_smaller_ones() -> None:
    desk: Any = Desk(taken=0)
    desk.room = 5
    reading = Reading(
        desk, "wk1", "k", desk, None, lambda: NOW, lambda _: None, dispatcher=CountingDispatcher()
    )
    await reading.read()
    assert desk.limits == [100, 10, 1, 100, 10, 1]
    desk.room = 0
    with pytest.raises(ChannelRefusedError, match=TOO_LARGE):
        await reading.read()
    # It is not taken for a cursor that nobody knows: nothing is read anew.
    assert desk.limits[6:] == [100, 10, 1]


async def test_a_greeting_that_may_have_arrived_is_not_said_again() -> None:
    said: list[str] = []

    class Greets:
        async def take(self, *_: Any) -> Place:
            return Place(welcome="code")

        async def post(self, name: str, _: Any) -> dict[str, Any]:
            said.append(name)
            return {}

    desk: Any = Greets()
    channel = KfChannel(
        desk, open_kfid="wk1", installation="i", book=desk, lines=None, now=lambda: NOW
    )
    parcel = Parcel(id="1", address="wmA", text="您好")
    await channel.send(parcel)
    with pytest.raises(ChannelRefusedError, match="may-have-arrived"):
        await channel.send(replace(parcel, attempt=2, doubtful=True))
    assert said == ["kf/send_msg_on_event"]


class Away(CountingDispatcher):
    """A dispatcher whose ledger is away for some people."""

    async def handle(self, event: Event) -> None:
        self.events.append(event)
        if event.key == "k2":
            raise LedgerUnavailableError


async def test_a_page_of_which_something_was_not_stored_is_read_again() -> None:
    desk: Any = Desk(taken=0)
    desk.entries = [entry(msgid=key) for key in ("k1", "k2", "k3")]
    away = Away()
    reading = Reading(desk, "wk1", "k", desk, None, lambda: NOW, lambda _: None, dispatcher=away)
    with pytest.raises(LedgerUnavailableError):
        await reading.read()
    assert [one.key for one in away.events] == ["k1", "k2", "k3"]
    assert "moved" not in desk.done
