"""The 智能机器人's channel on the emulated long connection: answered once, and come back again."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import ClientSession
from structlog.testing import capture_logs

from bot.channels.base import (
    Answer,
    ChannelBusyError,
    ChannelRefusedError,
    LineState,
    Parcel,
    Picture,
)
from bot.channels.turn import TurnPace
from bot.channels.wecom.aibot import AibotChannel
from handlers.events import Addressed
from storage.ledger import LedgerUnavailableError
from tests.wecom.platform import Clock
from tests.wecom.robot import QUICK, SECRET, Desk, Settings, channel_at, eventually, open_robot


def parcel(address: str, number: int = 1, **more: Any) -> Parcel:
    return replace(Parcel(id=str(number), address=address, to_group=True, text="公告"), **more)


async def test_a_question_in_a_group_is_answered_there_once_and_noted() -> None:
    async with open_robot() as robot:
        assert await robot.says("云阅读备案了吗")
        await eventually(lambda: robot.desk.noted)
        (event,) = robot.desk.events
        assert isinstance(event, Addressed)
        assert (event.account, event.text, event.home) == ("lisi", "云阅读备案了吗", "wecom")
        assert event.group.startswith("aibot:wr") and event.can_answer
        assert (robot.shown(), robot.codes()) == (["答：云阅读备案了吗"], [0])
        assert robot.desk.noted == ["1"]
        # Alone with it, too; and an event that nobody needs an answer to is taken in silently.
        await robot.says("云阅读", group="")
        await robot.robots.happens(robot.robots.box.world.bots[0], "enter_chat")
        await eventually(lambda: len(robot.desk.events) == 3 and len(robot.shown()) == 2)
        assert getattr(robot.desk.events[1], "group", None) == ""


async def test_frames_that_come_twice_or_out_of_order_or_are_none_do_no_harm() -> None:
    async with open_robot(bot_in_progress=9) as robot:
        for kind in ("duplicate", "garbage", "unknown", "out_of_order"):
            robot.fault("aibot", kind)
        for text in ("一", "二", "三", "四", "五"):
            assert await robot.says(text)
        await eventually(lambda: len(robot.shown()) == 5)
        assert robot.desk.texts() == ["一", "二", "三", "五", "四"]
        assert robot.codes() == [0] * 5
        assert robot.channel.line() is LineState.CONNECTED


async def test_a_long_text_is_heard_and_a_long_answer_fits() -> None:
    async with open_robot(desk=Desk(words="长" * 30_000)) as robot:
        await robot.says("问" * 100_000)
        await eventually(robot.shown)
        assert len(robot.desk.texts()[0]) == 20_000 - len("@备案助手 ")
        (shown,) = robot.shown()
        assert len(shown.encode()) <= 20_480 and shown.endswith("…")


@pytest.mark.parametrize(
    ("kind", "is_shown_at_once"), [("cut", False), ("cut_after", True), ("no_ack", True)]
)
async def test_an_answer_that_was_cut_off_stands_there_once(
    kind: str, is_shown_at_once: bool
) -> None:
    # Where the connection is gone nobody waits for an acknowledgement any more.
    seconds = 0.3 if kind == "no_ack" else 30.0
    async with open_robot(pace=replace(QUICK, answer_seconds=seconds)) as robot:
        robot.fault("aibot/answer", kind)
        await robot.says("云阅读")
        await eventually(lambda: robot.desk.events)
        event = robot.desk.events[0]
        assert isinstance(event, Addressed)
        owed = robot.channel._owed
        await eventually(lambda: owed and next(iter(owed.values())).doubtful)
        await robot.connected()
        assert (len(robot.shown()), robot.desk.noted) == (int(is_shown_at_once), [])
        # The outbox brings it again: still as the answer to that message.
        await robot.channel.send(parcel(event.group))
        assert len(robot.shown()) == 1
        assert robot.codes()[-1] == (846606 if is_shown_at_once else 0)
        assert robot.codes("aibot_send_msg") == []


async def test_what_may_stand_there_is_not_said_again_when_no_answer_is_taken_any_more() -> None:
    async with open_robot() as robot:
        robot.fault("aibot/answer", "cut_after")
        await robot.says("云阅读")
        await eventually(robot.shown)
        await eventually(lambda: next(iter(robot.channel._owed.values())).doubtful)
        await robot.connected()
        robot.clock.pass_by(hours=25)
        event = robot.desk.events[0]
        assert isinstance(event, Addressed)
        with pytest.raises(ChannelRefusedError, match="may-have-arrived"):
            await robot.channel.send(parcel(event.group))
        assert len(robot.shown()) == 1


async def test_no_more_answers_are_owed_than_memory_is_kept_for() -> None:
    async with open_robot() as robot:
        await robot.says("云阅读")
        await eventually(lambda: robot.desk.noted)
        for number in range(1001):
            await robot.channel._answered("r", robot.desk.events[0], Answer("答", f"n{number}"))
        assert len(robot.channel._owed) == 1000


async def test_what_the_platform_takes_no_answer_to_is_said_as_a_message_of_its_own() -> None:
    async with open_robot() as robot:
        robot.fault("aibot", "expired")
        await robot.says("云阅读")
        await eventually(lambda: robot.codes() == [846604])
        event = robot.desk.events[0]
        assert isinstance(event, Addressed)
        assert (robot.shown(), robot.desk.noted) == ([], [])
        await robot.channel.send(parcel(event.group))
        assert (robot.shown(), robot.codes("aibot_send_msg")) == (["公告"], [0])
        # Where a first try may stand there already, nothing would tell the platform of a repeat.
        with pytest.raises(ChannelRefusedError, match="may-have-arrived"):
            await robot.channel.send(parcel(event.group, 9, doubtful=True))


async def test_an_answer_refused_for_good_is_refused_to_the_outbox_too() -> None:
    async with open_robot() as robot:
        robot.fault("aibot/answer", "errcode", errcode=45002, times=2)
        await robot.says("云阅读")
        await eventually(lambda: robot.codes() == [45002])
        assert robot.desk.noted == []
        with pytest.raises(ChannelRefusedError, match="45002"):
            await robot.channel.send(parcel("aibot:x"))


async def test_nobody_who_never_spoke_to_it_is_told_anything() -> None:
    async with open_robot() as robot:
        with pytest.raises(ChannelRefusedError) as refused:
            await robot.channel.send(parcel("aibot:nowhere"))
        assert (refused.value.code, refused.value.person) == ("846607", True)
        robot.fault("aibot/answer", "errcode", errcode=846609)
        with pytest.raises(ChannelBusyError, match="846609"):
            await robot.channel.send(parcel("aibot:nowhere"))
        picture = Picture(b"", "", "", "")
        with pytest.raises(ChannelRefusedError, match="no-pictures"):
            await robot.channel.send(replace(parcel("aibot:x"), text="", picture=picture))
        with pytest.raises(ChannelRefusedError, match="no-files"):
            await robot.channel.fetch("m")


async def test_a_crowd_in_one_group_waits_for_its_places() -> None:
    async with open_robot(bot_in_progress=9) as robot:
        for number in range(25):
            await robot.says(f"问{number}")
            await eventually(lambda number=number: len(robot.desk.events) == number + 1)
        await eventually(lambda: len(robot.desk.noted) == 20)
        event = robot.desk.events[0]
        assert isinstance(event, Addressed)
        late = parcel(event.group, 25)
        wait = robot.channel.may_send_at(late, robot.clock.now())
        assert 0 < wait <= 60
        # Another group is not held up.
        assert robot.channel.may_send_at(parcel("aibot:other"), robot.clock.now()) == 0
        robot.clock.pass_by(seconds=61)
        assert robot.channel.may_send_at(late, robot.clock.now()) == 0
        await robot.channel.send(late)
        assert robot.shown()[-1] == "公告" and set(robot.codes()) == {0}


async def test_what_the_ledger_could_not_take_is_handed_to_it_again() -> None:
    desk = Desk(errors=[LedgerUnavailableError("away") for _ in range(3)])
    async with open_robot(desk=desk, pace=replace(QUICK, workers=1)) as robot:
        await robot.says("云阅读")
        await eventually(lambda: robot.shown() == ["答：云阅读"])
        # What it never takes costs nobody else anything, and is heard when it is brought again.
        desk.errors += [LedgerUnavailableError("away") for _ in range(QUICK.tries)]
        await robot.says("二", msgid="again")
        await eventually(lambda: not desk.errors)
        await robot.says("三")
        await eventually(lambda: robot.shown()[-1] == "答：三")
        await robot.says("二", msgid="again")
        await eventually(lambda: robot.shown()[-1] == "答：二")


async def test_more_than_can_wait_is_said_loudly() -> None:
    desk = Desk(gate=asyncio.Event())
    async with open_robot(desk=desk, pace=replace(QUICK, backlog=2), bot_in_progress=9) as robot:
        with capture_logs() as logs:
            for text in ("一", "二", "三"):
                await robot.says(text)
            await eventually(lambda: any("backlog" in one["event"] for one in logs))
        assert desk.gate is not None
        desk.gate.set()
        await eventually(lambda: len(robot.shown()) == 2)


async def test_a_lost_connection_comes_back_and_a_silent_one_is_given_up() -> None:
    pace = replace(QUICK, ping_seconds=0.05, answer_seconds=0.05)
    async with open_robot(pace=pace) as robot:
        first = robot.robots.lines[0]
        await eventually(lambda: first.pings >= 4)
        assert robot.robots.lines == [first]  # its pings are answered
        first.cut()
        await eventually(lambda: robot.robots.lines and robot.robots.lines[0] is not first)
        await robot.connected()
        second = robot.robots.lines[0]
        second.deaf = True
        await eventually(lambda: robot.robots.lines and robot.robots.lines[-1] is not second)
        await robot.connected()
        with capture_logs() as logs:
            await robot.says("云阅读")
            await eventually(robot.shown)
        assert not [one for one in logs if one["log_level"] == "error"]


async def test_who_does_not_ping_is_cut_off_by_the_platform() -> None:
    """The emulator means it: the test before would not show that our pings are needed."""
    async with open_robot(bot_silence_seconds=0.1) as robot:
        first = robot.robots.lines[0]
        await eventually(lambda: robot.robots.lines and robot.robots.lines[0] is not first)
    pace = replace(QUICK, ping_seconds=0.03)
    async with open_robot(pace=pace, bot_silence_seconds=0.2) as robot:
        first = robot.robots.lines[0]
        await eventually(lambda: first.pings >= 10)
        assert robot.robots.lines == [first]


async def test_a_refused_secret_is_tried_ever_more_rarely_and_never_written_down() -> None:
    with capture_logs() as logs:
        async with open_robot(secret="wrong-canary") as robot:
            told = "aibot not connected"
            await eventually(lambda: sum(one["event"] == told for one in logs) >= 2)
            assert set(robot.codes("aibot_subscribe")) == {853000}
            assert robot.channel.line() is LineState.OPENING
            with pytest.raises(ChannelBusyError, match="not connected"):
                await robot.channel.send(parcel("aibot:x"))
    refused = [one for one in logs if one["event"] == told]
    assert [one["log_level"] for one in refused[:2]] == ["error", "error"]
    assert 0 < refused[0]["again_in"] <= refused[1]["again_in"]  # longer than after a loss
    assert "canary" not in str(logs)


async def test_certificates_that_cannot_be_read_any_more_are_tried_again() -> None:
    channel = AibotChannel(
        Settings("wss://127.0.0.1:1/", ca_file="nowhere.pem"), home="wecom", installation="i",
        lines=None, now=Clock().now, pace=QUICK,
    )  # fmt: skip
    channel.routes(Desk())
    with capture_logs() as logs:
        await channel.start()
        await eventually(lambda: len(logs) >= 3)
    await channel.stop()
    assert {one["reason"] for one in logs} == {"FileNotFoundError"}


async def test_who_is_put_out_by_another_program_stays_away_for_a_while() -> None:
    pace = replace(QUICK, kicked_seconds=30.0, most_away_seconds=30.0)
    async with open_robot(pace=pace) as robot:
        other = channel_at(robot.url, robot.clock)
        desk = Desk()
        other.routes(desk)
        with capture_logs() as logs:
            await other.start()
            await eventually(lambda: not robot.channel._line.is_connected)
            told = "aibot connected by another program"
            await eventually(lambda: any(one["event"] == told for one in logs))
            await eventually(lambda: other.line() is LineState.CONNECTED)
        try:
            await robot.says("云阅读")
            await eventually(lambda: desk.noted)
            assert len(robot.robots.lines) == 1 and robot.desk.events == []
        finally:
            await other.stop()


async def test_a_message_is_not_answered_twice_at_one_moment() -> None:
    async with open_robot() as robot:
        robot.fault("aibot/answer", "no_ack")
        connection = robot.channel._line._connection
        assert connection is not None
        first = asyncio.create_task(connection.ask("aibot_respond_msg", "r1"))
        await asyncio.sleep(0)
        with pytest.raises(ChannelBusyError, match="being answered"):
            await connection.ask("aibot_respond_msg", "r1")
        with pytest.raises(ChannelBusyError, match="no acknowledgement"):
            await first


class Leases:
    """Where two processes agree on who holds the line."""

    def __init__(self) -> None:
        self.holder = ""

    async def take(self, name: str, holder: str, lease_seconds: float) -> bool:
        assert name == "aibot:aib-1"
        self.holder = self.holder or holder
        return self.holder == holder

    async def give_up(self, name: str, holder: str) -> None:
        self.holder = "" if self.holder == holder else self.holder


async def test_of_two_processes_one_is_connected_and_hands_over() -> None:
    leases = Leases()
    async with open_robot(lines=leases) as robot:
        other = channel_at(robot.url, robot.clock, lines=leases)
        for channel in (robot.channel, other):
            assert channel._turn is not None
            channel._turn.pace = TurnPace(
                look_seconds=0.02, renew_seconds=0.02, overlap_seconds=0.2
            )
        desk = Desk()
        other.routes(desk)
        await other.start()
        try:
            await eventually(lambda: other.line() is LineState.ELSEWHERE)
            assert len(robot.robots.lines) == 1
            await robot.channel.hand_over()
            await eventually(lambda: other.line() is LineState.CONNECTED)
            await robot.says("云阅读")
            await eventually(lambda: desk.noted)
            assert robot.desk.events == [] and robot.shown() == ["答：云阅读"]
            # Who left did not come back to put the other out.
            assert robot.codes("aibot_subscribe") == [0, 0]
        finally:
            await other.stop()


async def test_who_is_stopped_while_a_connection_is_closed_stops() -> None:
    async with open_robot() as robot, ClientSession() as http:
        stands, leaves = asyncio.Event(), asyncio.Event()

        async def holds() -> None:
            async with robot.channel._line._open(http):
                stands.set()
                await leaves.wait()

        task = asyncio.create_task(holds())
        await stands.wait()
        leaves.set()
        await asyncio.sleep(0)  # now it waits for its reader to end
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_the_secret_is_in_no_word_of_the_channel() -> None:
    async with open_robot() as robot:
        assert SECRET not in repr(robot.channel._line)
