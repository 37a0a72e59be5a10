"""Parents write from WeChat, to 微信客服 and to the official account."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
from aiohttp import ClientSession

from bot.channels.questions import QuestionBook
from bot.channels.wechat import WAITS, WechatChannel
from bot.channels.wechat.callback import MORE
from bot.channels.wecom.kf import KfChannel
from bot.channels.wecom.kf.reading import ReadingPace
from bot.questions import LedgerQuestions
from bot.sandbox.app import SANDBOX, WECHAT
from bot.sandbox.wechat.callback import TROUBLE
from cards.basics import HELP
from cards.language import Button, Card, Tap
from handlers.context import ack_key
from handlers.events import Said
from handlers.switchboard import STRANGER
from storage.outbox import Outbox
from storage.questions import TOO_LATE, TOO_MANY
from tests.stories.town import SCHOOL, START, TENANT, Town, open_town
from tests.stories.wechat import KF, OFFICIAL, Parent

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(32)


@pytest.fixture
async def town(tmp_path: Path, database_url: str) -> AsyncIterator[Town]:
    town = await open_town(tmp_path, database_url, with_parents=True)
    yield town
    await town.close()


@pytest.fixture
async def sending_town(tmp_path: Path, database_url: str) -> AsyncIterator[Town]:
    town = await open_town(tmp_path, database_url, with_parents=True, may_send=True)
    yield town
    await town.close()


def reading_of(town: Town) -> Any:
    channel = town.bot.channels["wecom-kf"]
    assert isinstance(channel, KfChannel)
    return channel.reading


@pytest.mark.covers("R21")
async def test_a_parent_is_heard_and_answered_alike_on_both_ways(town: Town) -> None:
    found = []
    for phone in (KF, OFFICIAL):
        parent = Parent(phone, town)
        await parent.says("你好", "小鹿作业有备案吗")
        await town.phones.sends_picture(phone, PNG)
        first, answer, photo = await parent.hears()
        assert (first, photo) == (STRANGER, STRANGER)
        found.append(answer)
        assert parent.taken_in() == ["said", "said", "sentfile"]
        assert {state for state, _ in parent.rows()} <= {"sent", "carried"}
    assert "没有查到“小鹿作业”的备案" in found[0]
    # What is a menu there is numbered here, and rides on the reply.
    assert found[1] == f"{found[0]}\n1 换个名字再查  2 反映"
    # Tapped there and typed here it is the same button.
    kf, official = Parent(KF, town), Parent(OFFICIAL, town)
    for parent in (kf, official):
        await parent.says("小鹿作业有备案吗")
    bubbles = await town.phones.bubbles(KF)
    await kf.does("tap", bubble=bubbles[-1]["id"], item="换个名字再查")
    await official.says("1")
    again = (await kf.hears())[-1]
    assert "发" in again
    assert (await official.hears())[-1] == again
    await official.does("speak", heard="小鹿作业有备案吗")
    await official.does("menu", key="帮助")
    await official.does("speak", heard="")
    assert official.taken_in() == ["said"] * 6 + ["sentfile"] * 2
    assert (await official.hears())[5:] == [found[1], HELP, STRANGER]


async def test_a_reader_that_dies_before_it_noted_how_far_it_was_loses_and_doubles_nothing(
    town: Town,
) -> None:
    parent, reading = Parent(KF, town), reading_of(town)
    town.sandbox[SANDBOX].limits = type(town.sandbox[SANDBOX].limits)(kf_page=2)
    reading.pace = ReadingPace(again_seconds=0.01)
    reading.book = Dying(LedgerQuestions(town.bot.ledger))
    await parent.fault("callback", "lost", times=4)
    await parent.says("一", "二", "三", "四", "五")
    assert reading.book.pages == 5
    assert await parent.hears() == [STRANGER] * 5
    assert parent.taken_in() == ["said"] * 5


class Dying:
    """A book whose process dies after the first and the third page, before it noted so."""

    def __init__(self, book: LedgerQuestions) -> None:
        self._book = book
        self.pages = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._book, name)

    async def advance(self, *place: Any) -> bool:
        self.pages += 1
        if self.pages in (1, 3):
            raise ConnectionError
        return await self._book.advance(*place)


@ON_SQLITE
async def test_what_can_go_wrong_with_the_list_of_messages_makes_no_difference(town: Town) -> None:
    parent, reading = Parent(KF, town), reading_of(town)
    reading.pace = ReadingPace(again_seconds=0.01)
    await parent.says("一")
    faults = [
        ("kf/page", "empty"),
        ("kf/page", "again"),
        ("kf/page", "cursor_lost"),
        ("kf/sync_msg", "busy"),
        ("kf/sync_msg", "drop"),
        ("kf/sync_msg", "token_expired"),
        ("callback", "duplicate"),
        ("kf/send_msg", "timeout_after"),
    ]
    for number, (api, kind) in enumerate(faults, start=2):
        await parent.fault(api, kind)
        await parent.says(kind)
        while len(await parent.hears()) < number or await parent.waits():
            await parent.settles()
        assert await parent.hears() == [STRANGER] * number, kind
    assert {state for state, _ in parent.rows()} == {"sent"}
    # A knock that nobody heard: the slow look beside it finds the message.
    await parent.fault("callback", "lost")
    await parent.says("没听到")
    assert len(await parent.hears()) == len(faults) + 1
    reading.knock("")
    await town.phones.quiet()
    assert len(await parent.hears()) == len(faults) + 2
    # Who asked days ago cannot be answered any more, and is not.
    await parent.fault("callback", "lost")
    await parent.says("太久了")
    town.clock.move(town.clock.now() + timedelta(hours=49))
    reading.knock("")
    await town.phones.quiet()
    assert parent.taken_in().count("ignored") == 1
    assert len(await parent.hears()) == len(faults) + 2


@ON_SQLITE
async def test_a_new_parent_is_greeted_once_and_in_time(town: Town) -> None:
    parent = Parent(KF, town)
    # By the school's own link: it is named, and asked about.
    await parent.does("enter", scene="school", scene_param=f"{TENANT}-{SCHOOL}")
    assert "您是从瓯江实验小学的链接进来的" in (await parent.hears())[0]
    await parent.does("enter")
    await parent.does("enter", scene="school", scene_param=f"{TENANT}-{SCHOOL}")
    await parent.says("小鹿作业")
    (_, answer) = await parent.hears()
    assert "没有查到“小鹿作业”在瓯江实验小学的备案" in answer
    late = Parent("he", town)
    await late.fault("callback", "lost")
    await late.does("enter")
    town.clock.move(town.clock.now() + timedelta(seconds=25))
    reading_of(town).knock("")
    await town.phones.quiet()
    assert await late.hears() == []
    assert parent.rows()[-1][0] == "refused"


@ON_SQLITE
async def test_what_the_platform_does_not_take_any_more_is_refused_with_its_reason(
    town: Town,
) -> None:
    parent = Parent(KF, town)
    await parent.says("你好")
    await parent.is_told(*({"text": f"{number}"} for number in range(2, 7)))
    assert await parent.hears() == [STRANGER, "2", "3", "4", "5"]
    assert parent.rows()[-1] == ("refused", TOO_MANY)
    await parent.says("你好")
    await parent.fault("kf/delivery", "fails_later")
    await parent.is_told({"text": "没有收到"}, {"text": "收到"})
    assert (await parent.hears())[-2:] == [STRANGER, "收到"]
    assert ("refused", "refused later: fail_type 10") in parent.rows()
    await parent.does("session", state=3)
    await parent.is_told({"text": "有人在接待"})
    assert parent.rows()[-1] == ("refused", "95018")
    town.clock.move(town.clock.now() + timedelta(hours=48))
    await parent.is_told({"text": "太晚"})
    assert parent.rows()[-1] == ("refused", TOO_LATE)


@ON_SQLITE
async def test_buttons_become_a_menu_whose_items_are_taps(town: Town) -> None:
    parent = Parent(KF, town)
    await parent.says("你好")
    card = Card(
        title="请问是哪一个？",
        buttons=tuple(Button(f"作业{one}", Tap("query.pick", f"p:{one}", 1)) for one in "甲乙"),
    )
    await parent.is_told({"card": card.to_json()})
    (menu,) = [one for one in await town.phones.bubbles(KF) if one["kind"] == "menu"]
    assert [one["text"] for one in menu["items"]] == ["作业甲", "作业乙"]
    await parent.does("tap", bubble=menu["id"], item="作业乙")
    assert parent.taken_in() == ["said", "tapped"]
    assert (await parent.hears())[-1] == STRANGER


HOSTILE = (
    "<a href=x>点我</a>备案了吗", "]]><Content>甲</Content>备案了吗", "{{7*7}}备案了吗",
    "%备案了吗", "____备案了吗", "*备案了吗", "' or 1=1 --备案了吗", "<@all>备案了吗",
)  # fmt: skip


@ON_SQLITE
async def test_whatever_is_typed_is_only_words_on_both_ways(town: Town) -> None:
    for phone in (KF, OFFICIAL):
        parent = Parent(phone, town)
        # What is fetched has no bound; a callback holds no more than 256 KiB.
        flood = "云" * (100_000 if phone == KF else 50_000)
        await parent.says(*HOSTILE, flood)
        heard = await parent.hears()
        assert len(heard) == len(HOSTILE) + 1
        for answer in heard:
            # Nothing that a phone would draw, nothing that stands for anything else, no long echo.
            assert not re.search(r"<|49|已备案", answer)
            assert len(answer) < 400
        assert {state for state, _ in parent.rows()} <= {"sent", "carried"}


# --- the official account ------------------------------------------------------------------------


@ON_SQLITE
async def test_a_repeat_is_given_what_was_answered(town: Town) -> None:
    parent = Parent(OFFICIAL, town)
    for kind in ("redeliver", "duplicate"):
        await parent.fault("wechat/callback", kind)
        await parent.says("你好")
    assert await parent.hears() == [STRANGER] * 2
    assert parent.taken_in() == ["said"] * 2
    await parent.does("unfollow")
    await parent.does("follow")
    assert await parent.hears() == [STRANGER] * 3
    assert parent.taken_in() == ["ignored", "joined", "said", "said"]


@ON_SQLITE
async def test_news_without_a_question_waits_for_the_next_one_and_rides_on_its_answer(
    town: Town,
) -> None:
    parent = Parent(OFFICIAL, town)
    await parent.says("你好")
    card = Card(title="进展", body="已受理", buttons=(Button("看看", Tap("query.more", "1")),))
    await parent.is_told({"card": card.to_json()}, {"text": "长" * 700})
    assert parent.rows()[1:] == [("pending", WAITS), ("pending", "")]
    await parent.says("你好")
    assert (await parent.hears())[-1] == f"{STRANGER}\n\n进展\n已受理\n1 看看\n\n{MORE}"
    await parent.says("你好")
    # The answer comes first; what is too long for the room behind it ends visibly.
    last = (await parent.hears())[-1]
    assert last.startswith(f"{STRANGER}\n\n长长")
    assert last.endswith("长…")
    await parent.says("你好")
    assert (await parent.hears())[-1] == STRANGER
    assert [state for state, _ in parent.rows()[1:3]] == ["sent"] * 2
    assert TROUBLE not in await parent.hears()


@ON_SQLITE
async def test_an_account_with_the_right_sends_what_cannot_ride(sending_town: Town) -> None:
    parent = Parent(OFFICIAL, sending_town)
    await parent.says("你好")
    await parent.fault("wechat/message/custom/send", "token_expired")
    await parent.is_told(*({"text": f"{number}"} for number in range(1, 7)))
    assert await parent.hears() == [STRANGER, "1", "2", "3", "4", "5"]
    assert parent.rows()[-1] == ("refused", TOO_MANY)
    await parent.says("你好")
    # The platform cannot tell a repeat: what may have arrived is left to a person.
    await parent.fault("wechat/message/custom/send", "timeout_after")
    await parent.is_told({"text": "只说一次"})
    while await parent.waits():
        await parent.settles()
    assert (await parent.hears())[-2:] == [STRANGER, "只说一次"]
    assert parent.rows()[-1] == ("parked", "may-have-arrived")
    # Of several answers to one question those that have no room on the reply are sent behind it.
    channel = sending_town.bot.channels["wechat"]
    assert isinstance(channel, WechatChannel) and channel.callback is not None
    event, now = Said("m9", "wechat", parent.address(), sending_town.clock.now()), START
    for number, text in enumerate(("先" * 600, "再" * 600), start=1):
        put = partial(
            Outbox.put, instance="wechat", address=event.account, body={"text": text}, now=now,
            once=f"{ack_key(event)}:{number}", state="carried",
            not_before=event.sent_at + timedelta(days=1),
        )  # fmt: skip
        sending_town.bot.ledger.call(lambda tx, put=put: put(tx.outbox))
    assert (await channel.callback.told(event))[1].startswith("先先")
    assert [state for state, _ in parent.rows()[-2:]] == ["carried", "pending"]


@ON_SQLITE
async def test_what_rode_is_not_told_again_before_that_is_written_down(town: Town) -> None:
    parent, channel = Parent(OFFICIAL, town), town.bot.channels["wechat"]
    assert isinstance(channel, WechatChannel)
    assert channel.callback is not None
    slow = Slow(channel.callback.book)
    channel.callback.book = cast(QuestionBook, slow)
    await parent.says("你好")
    await parent.is_told({"text": "已受理"})
    await parent.says("你好", "你好")
    slow.may_note.set()
    assert await parent.hears() == [STRANGER, f"{STRANGER}\n\n已受理", STRANGER]


class Slow:
    """A book that writes down what rode only when it may."""

    def __init__(self, book: QuestionBook) -> None:
        self._book = book
        self.may_note = asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._book, name)

    async def rode(self, seqs: Sequence[int], now: datetime) -> None:
        await self.may_note.wait()
        await self._book.rode(seqs, now)


@ON_SQLITE
async def test_nobody_else_is_heard_at_the_official_account_s_address(town: Town) -> None:
    platform = town.sandbox[WECHAT]
    member = town.sandbox[SANDBOX].world.member("wu")
    assert member is not None
    assert await platform.verify() == ""
    xml = platform.compose(member, "text", {"MsgId": 1, "Content": "你好"})
    assert (await platform.post(xml))[0] == 200
    for wrong in ("msg_signature", "timestamp", "nonce"):
        assert (await platform.post(xml, {wrong: "0" * 40}))[0] == 403
    address = f"{town.bot.settings.web.public_url}/wechat/callback"
    async with ClientSession() as session:
        # In the clear nothing is signed but the query.
        signed = dict(platform._signed())
        async with session.post(address, params=signed, data=xml.encode()) as answer:
            assert answer.status == 403
        query = {**signed, "signature": "0" * 40, "echostr": "12"}
        async with session.get(address, params=query) as answer:
            assert answer.status == 403
    assert Parent(OFFICIAL, town).taken_in() == ["said"]
