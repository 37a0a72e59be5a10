"""The channel against the strict emulator, which shares no code with it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.channels.base import Answer, ChannelBusyError, Parcel
from bot.channels.wecom import WecomChannel
from bot.sandbox.box import Limits
from cards.language import Button, Card, Option, Select, Tap
from handlers.events import Event, Said, Tapped
from tests.cards.samples import CARDS
from tests.sandbox.lab import AES_KEY, AGENT, CORP, ROBOT, SECRET, TOKEN, Lab, open_lab
from tests.wecom.platform import CountingDispatcher, MemoryTokens, Settings


@dataclass(slots=True)
class Town:
    """An emulated city with our channel in it."""

    lab: Lab
    channel: WecomChannel
    dispatcher: CountingDispatcher

    async def newest(self) -> Any:
        return (await self.lab.bubbles())[-1]

    def tapped(self) -> Tapped:
        event: Event = self.dispatcher.events[-1]
        assert isinstance(event, Tapped)
        return event


@pytest_asyncio.fixture
async def town() -> AsyncIterator[Town]:
    lab, close = await open_lab(replace(Limits(), redelivery_seconds=0.0))
    base = str(lab.client.make_url("")).rstrip("/")
    settings = Settings(
        f"{base}/wecom-api", CORP, AGENT, SECRET, TOKEN, AES_KEY, f"{base}/wecom-oauth"
    )
    channel = WecomChannel(
        settings, installation="inst", tokens=MemoryTokens(), now=lab.clock.now,
        count=lambda _: None, total_seconds=5,
    )  # fmt: skip
    dispatcher = CountingDispatcher()
    app = web.Application()
    app.add_routes(channel.routes(dispatcher))
    server = TestServer(app)
    await server.start_server()
    lab.box.world.apps[0].callback_url = str(server.make_url("/wecom/callback"))
    await channel.start()
    yield Town(lab, channel, dispatcher)
    await channel.stop()
    await server.close()
    await close()


async def test_a_typed_word_is_answered_in_the_same_breath(town: Town) -> None:
    town.dispatcher.answer = Answer("请先选：1 应用 2 终端 ]]> <x>", "5")
    await town.lab.finger("ZhangSan", "say", text="备案")
    (event,) = town.dispatcher.events
    assert isinstance(event, Said)
    assert event.text == "备案"
    assert (await town.newest())["text"] == "请先选：1 应用 2 终端 ]]> ＜x>"
    assert town.dispatcher.written == [town.dispatcher.answer]


@pytest.mark.parametrize("name", CARDS)
async def test_every_card_is_taken_without_a_warning(town: Town, name: str) -> None:
    await town.channel.send(Parcel(id="7", address="ZhangSan", card=CARDS[name]))
    sent = await town.lab.sent("message")
    assert sent
    assert all(entry["warnings"] == [] for entry in sent)


async def test_a_tapped_card_is_redrawn_by_the_taps_own_code(town: Town) -> None:
    card = Parcel(id="7", address="ZhangSan", card=CARDS["review"])
    await town.channel.send(card)
    await town.lab.tap("ZhangSan", "review.approve|t31|2")
    tapped = town.tapped()
    assert tapped.tap == Tap("review.approve", "t31", 2)
    redraw = replace(
        card, id="8", card=CARDS["done"], redraws=tapped.copy_key, redraw_code=tapped.redraw_code
    )
    receipt = await town.channel.send(redraw)
    assert not receipt.fresh
    shown = await town.newest()
    assert shown["card"]["main_title"]["title"] == CARDS["done"].title
    assert "已通过 · 王老师" in str(shown["state"])
    again = await town.channel.send(replace(redraw, id="9"))
    assert again.fresh


async def test_a_redrawn_card_with_new_buttons_can_be_tapped_again(town: Town) -> None:
    card = Parcel(id="7", address="ZhangSan", card=CARDS["review"])
    sent = await town.channel.send(card)
    sure = Card(title="请确认", buttons=(Button("确认", Tap("review.sure", "t31", 2)),))
    await town.channel.send(
        replace(card, id="8", card=sure, redraws=sent.copy_key, redraw_code=sent.redraw_code)
    )
    await town.lab.tap("ZhangSan", "review.sure|t31|2")
    assert town.tapped().tap.verb == "review.sure"


async def test_what_is_chosen_on_a_card_comes_back(town: Town) -> None:
    await town.channel.send(Parcel(id="7", address="ZhangSan", card=CARDS["vote"]))
    await town.lab.tap("ZhangSan", "form.facts|d1|4", selected={"facts": ["free", "norank"]})
    assert town.tapped().tap.choices == {"facts": ("free", "norank")}
    await town.channel.send(Parcel(id="8", address="ZhangSan", card=CARDS["three_selects"]))
    chosen = {"stage": ["pri"], "from": ["g4"], "to": ["g6"]}
    await town.lab.tap("ZhangSan", "form.scope|d1|3", selected=chosen)
    assert town.tapped().tap.choices == {"stage": ("pri",), "from": ("g4",), "to": ("g6",)}


async def test_a_select_beside_buttons_comes_back_too(town: Town) -> None:
    select = Select("why", "理由", (Option("fit", "契合度不足"), Option("need", "必要性不足")))
    card = replace(CARDS["sorted_select"], selects=(select,))
    await town.channel.send(Parcel(id="7", address="ZhangSan", card=card))
    await town.lab.tap("ZhangSan", "review.return|t31|2", selected={"why": ["need"]})
    assert town.tapped().tap.choices == {"why": ("need",)}


async def test_a_card_sent_into_silence_arrives_once(town: Town) -> None:
    parcel = Parcel(id="7", address="ZhangSan", card=CARDS["long_overview"])
    await town.lab.fault("message/send", "timeout_after", times=2)
    for attempt in (1, 2):
        with pytest.raises(ChannelBusyError) as busy:
            await town.channel.send(replace(parcel, attempt=attempt))
        assert busy.value.unknown
    receipt = await town.channel.send(replace(parcel, attempt=3))
    assert receipt.copy_key == "inst-7"
    assert [one["kind"] for one in await town.lab.bubbles()] == ["text", "card"]


async def test_a_group_is_told(town: Town) -> None:
    await town.channel.send(Parcel(id="7", address=ROBOT, to_group=True, text="公告 <@all>"))
    (entry,) = await town.lab.sent("group")
    assert entry["body"]["text"]["content"] == "公告 ＜@all>"


async def test_a_page_learns_who_opened_it(town: Town) -> None:
    url = town.channel.authorize_url("http://127.0.0.1:8000/m/upload/x", "state1")
    opened = await town.lab.finger("lisi", "open", url=url)
    query = parse_qs(urlsplit(opened["url"]).query)
    assert query["state"] == ["state1"]
    assert await town.channel.member(query["code"][0]) == "lisi"
    outsider = await town.lab.finger("parent1", "open", url=url)
    code = parse_qs(urlsplit(outsider["url"]).query)["code"][0]
    assert await town.channel.member(code) is None


async def test_forty_messages_of_one_morning_all_reach_their_person(town: Town) -> None:
    lab, channel = town.lab, town.channel
    started = lab.clock.now()
    for number in range(40):
        # By turns a sentence, and a card that takes two messages.
        said: dict[str, Any] = {"text": f"第{number}条"}
        parcel = Parcel(id=f"{number}", address="ZhangSan", **said)
        if number % 2:
            parcel = Parcel(id=f"{number}", address="zhangsan", card=CARDS["long_overview"])
        while wait := channel.may_send_at(parcel, lab.clock.now()):
            lab.later(seconds=wait)
        await channel.send(parcel)
    kinds = [one["kind"] for one in await lab.bubbles()]
    assert (kinds.count("text"), kinds.count("card")) == (40, 20)
    assert await lab.sent("dropped") == []
    minutes = (lab.clock.now() - started).total_seconds() / 60
    assert 1 < minutes <= 4
