"""What arrives on phones and in groups, and how often."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from alibabacloud_dingtalk.robot_1_0 import models as robot_models

from bot.channels.base import ChannelBusyError, ChannelRefusedError, Picture
from bot.channels.dingtalk import DingTalkChannel
from cards.language import Button, Card, Tap
from tests.dingtalk.platform import (
    BATCH,
    GROUP,
    ZHANG,
    Odd,
    Office,
    card,
    misspelt,
    post,
    text,
)
from tests.sandbox_dingtalk.lab import OTHER_APP, OTHER_SECRET

LONG = Card(title="待审核", body="概况" * 400, buttons=(Button("通过", Tap("a.b", "1", 1)),))


async def group_address(office: Office) -> str:
    return f"dingtalk:{await office.lab.group_id()}"


# --- to a person ---------------------------------------------------------------------------------


async def test_a_text_arrives_as_it_is_and_its_body_is_the_official_one(office: Office) -> None:
    receipt = await office.channel.send(text())
    assert await office.texts() == ["备案已受理。"]
    assert receipt.note["processQueryKey"] and not receipt.copy_key
    (call,) = await office.calls(BATCH)
    assert misspelt(robot_models.BatchSendOTORequest, call["body"]) == []


async def test_a_link_of_ours_in_a_sentence_arrives_as_it_is_and_no_other(office: Office) -> None:
    page = "https://beian.example/m/view/f1.p1.2000000000.a-_Z"
    async with office.another(public_url="https://beian.example") as channel:
        await channel.send(text(f"全文与材料：{page}\n说明：见 http://evil.example"))
    assert await office.texts() == [f"全文与材料：{page}\n说明：见 http：//evil．example"]


async def test_a_long_text_arrives_in_pieces_and_only_the_missing_ones_are_repeated(
    office: Office,
) -> None:
    words = "\n".join(f"第 {number} 行" + "字" * 300 for number in range(12))
    await office.lab.control("rules", qps=1)
    with pytest.raises(ChannelBusyError) as busy:
        await office.channel.send(text(words))
    assert not busy.value.unknown
    assert len(await office.texts()) == 1
    await office.lab.control("rules", qps=20)
    office.lab.later(seconds=2)
    await office.channel.send(text(words, attempt=2))
    assert "\n".join(await office.texts()) == words


async def test_a_text_whose_receipt_was_lost_here_is_not_sent_again(office: Office) -> None:
    await office.channel.send(text())
    await office.channel.send(text(attempt=2))
    assert await office.texts() == ["备案已受理。"]


async def test_a_text_with_an_unknown_end_is_not_sent_again(office: Office) -> None:
    await office.lab.fault(BATCH, "timeout_after")
    with pytest.raises(ChannelBusyError) as busy:
        await office.channel.send(text())
    assert busy.value.unknown
    with pytest.raises(ChannelRefusedError, match="may-have-arrived"):
        await office.channel.send(text(attempt=2))
    assert await office.texts() == ["备案已受理。"]


async def test_a_doubtful_text_of_a_process_that_died_is_not_sent_again(office: Office) -> None:
    with pytest.raises(ChannelRefusedError, match="may-have-arrived"):
        await office.channel.send(text(attempt=2, doubtful=True))
    assert await office.calls(BATCH) == []


async def test_who_is_slowed_down_inside_a_200_gets_it_later(office: Office) -> None:
    await office.lab.fault(BATCH, "flow_controlled")
    with pytest.raises(ChannelBusyError) as busy:
        await office.channel.send(text())
    assert (busy.value.unknown, busy.value.retry_after) == (False, 60.0)
    await office.channel.send(text(attempt=2))
    assert await office.texts() == ["备案已受理。"]


@pytest.mark.parametrize("missed", ["invalid", "filtered"])
async def test_who_is_not_reached_inside_a_200_is_reported(
    odd: tuple[Odd, DingTalkChannel], missed: str
) -> None:
    server, channel = odd
    server.says(json={"processQueryKey": "key", f"{missed}StaffIdList": ["U-Zhang"]})
    with pytest.raises(ChannelRefusedError) as refused:
        await channel.send(text())
    assert (refused.value.code, refused.value.person) == (f"{missed}StaffId", True)


async def test_each_list_inside_a_200_is_read(office: Office) -> None:
    await office.lab.control("rules", person_per_minute=1)
    api = office.channel.api
    await api.batch_send([ZHANG], "sampleText", {"content": "一"})
    sent = await api.batch_send([ZHANG, "nobody"], "sampleText", {"content": "二"})
    assert [*map(set, sent[1:])] == [{"nobody"}, set(), {ZHANG}]
    app = {"client_id": OTHER_APP, "client_secret": OTHER_SECRET, "robot_code": OTHER_APP}
    async with office.another(**app) as other:
        sent = await other.api.batch_send([ZHANG, "u-li"], "sampleText", {"content": "三"})
        assert [*map(set, sent[1:])] == [set(), {ZHANG}, set()]
        with pytest.raises(ChannelRefusedError) as refused:
            await other.send(text())
    assert (refused.value.code, refused.value.person) == ("filteredStaffId", True)


async def test_a_stranger_is_the_receivers_fault(office: Office) -> None:
    with pytest.raises(ChannelRefusedError) as refused:
        await office.channel.send(text(address="nobody"))
    assert (refused.value.code, refused.value.person) == ("staffId.notExisted", True)


async def test_twenty_receivers_are_the_most(office: Office) -> None:
    for userids in ([], [f"u{number}" for number in range(21)]):
        with pytest.raises(ValueError, match="receivers"):
            await office.channel.api.batch_send(userids, "sampleText", {"content": "x"})


async def test_an_account_that_would_be_several_places_is_refused(office: Office) -> None:
    for address in ("u-zhang;IM_ROBOT.u-li", ""):
        with pytest.raises(ChannelRefusedError, match="address"):
            await office.channel.send(card(address=address))
    assert await office.calls() == []


# --- to a group ----------------------------------------------------------------------------------


async def test_a_group_gets_markdown_and_its_body_is_the_official_one(office: Office) -> None:
    await office.channel.send(post(await group_address(office)))
    (bubble,) = await office.lab.room("work")
    assert (bubble["kind"], bubble["text"]) == ("markdown", "备案公告")
    (call,) = await office.calls(GROUP)
    assert misspelt(robot_models.OrgGroupSendRequest, call["body"]) == []


async def test_a_message_to_a_group_fits_however_much_json_makes_of_it(office: Office) -> None:
    await office.channel.send(post(await group_address(office), '"\n' * 7400))
    (call,) = await office.calls(GROUP)
    assert len(call["body"]["msgParam"].encode()) <= 15_000


async def test_a_group_message_with_an_unknown_end_is_not_sent_again(office: Office) -> None:
    address = await group_address(office)
    await office.lab.fault(GROUP, "error_after")
    with pytest.raises(ChannelBusyError) as busy:
        await office.channel.send(post(address))
    assert busy.value.unknown
    for doubtful in (False, True):
        with pytest.raises(ChannelRefusedError, match="may-have-arrived"):
            await office.channel.send(post(address, attempt=2, doubtful=doubtful))
    assert len(await office.lab.room("work")) == 1


async def test_a_call_for_groups_that_rests_holds_only_groups_back(office: Office) -> None:
    address, now = await group_address(office), office.lab.clock.now()
    await office.lab.fault(GROUP, "throttled")
    with pytest.raises(ChannelBusyError):
        await office.channel.send(post(address))
    assert office.channel.may_send_at(post(address), now) == 1.0
    assert office.channel.may_send_at(text(), now) == 0.0


async def test_a_dissolved_group_is_the_groups_fault(office: Office) -> None:
    address = await group_address(office)
    await office.lab.control("groups", id="work")
    with pytest.raises(ChannelRefusedError) as refused:
        await office.channel.send(post(address))
    assert (refused.value.code, refused.value.person) == ("group.disbanded", True)


# --- pacing --------------------------------------------------------------------------------------


async def test_a_person_gets_thirty_messages_a_minute_and_the_office_fifteen_a_second(
    office: Office,
) -> None:
    channel, begins = office.channel, office.lab.clock.now()
    for second in (0, 1):
        now = begins + timedelta(seconds=second)
        waits = [channel.may_send_at(text(number=f"{second}{n}"), now) for n in range(16)]
        assert waits[:15] == [0.0] * 15
    assert waits[15] == 59.0
    now = begins + timedelta(seconds=2)
    assert channel.may_send_at(text(), now) == 58.0
    for number in range(15):
        channel.may_send_at(text(address=f"u-{number}"), now)
    assert channel.may_send_at(text(address="u-li"), now) == 1.0
    assert channel.may_send_at(card(redraws="inst-1"), now) == 1.0


async def test_a_card_books_a_place_for_each_of_its_messages(office: Office) -> None:
    channel, now = office.channel, office.lab.clock.now()
    for number in range(15):
        at = now + timedelta(seconds=number)
        assert channel.may_send_at(card(LONG, number=str(number)), at) == 0.0
    assert channel.may_send_at(card(LONG), now + timedelta(seconds=15)) > 1


async def test_a_group_gets_fifteen_messages_a_minute(office: Office) -> None:
    address, now = await group_address(office), office.lab.clock.now()
    waits = [office.channel.may_send_at(post(address), now) for _ in range(16)]
    assert waits[:15] == [0.0] * 15 and waits[15] == 60.0


PICTURE = Picture(
    b"", "https://beian.example.cn/f/1.png", "https://beian.example.cn/f/1", "公告 *1*"
)


async def test_a_group_is_shown_a_picture_by_its_address(office: Office) -> None:
    await office.channel.send(replace(post(await group_address(office)), text="", picture=PICTURE))
    (bubble,) = await office.lab.room("work")
    assert (bubble["kind"], bubble["media"]["url"]) == ("image", PICTURE.address)
    assert len(await office.calls(GROUP)) == 1


async def test_a_custom_robot_shows_it_within_its_markdown(office: Office) -> None:
    await office.channel.send(replace(post("webhook-2"), text="", picture=PICTURE))
    (bubble,) = await office.lab.room("school")
    assert bubble["text"] == (f"![公告 ＊1＊]({PICTURE.address})  \n  [查看备案]({PICTURE.page})")
