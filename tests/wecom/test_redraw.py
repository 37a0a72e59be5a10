"""A tapped card is redrawn, or followed by a fresh one, and never both."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.channels.base import ChannelBusyError, ChannelRefusedError, Parcel
from bot.channels.wecom import WecomChannel
from tests.cards.samples import CARDS
from tests.wecom.platform import Platform

REDRAW = Parcel(id="9", address="Wang", card=CARDS["done"], redraws="inst-7", redraw_code="code-1")


async def test_a_copy_is_redrawn_for_its_person_only(
    channel: WecomChannel, platform: Platform
) -> None:
    receipt = await channel.send(REDRAW)
    assert (receipt.copy_key, receipt.fresh) == ("inst-7", False)
    (body,) = platform.redrawn
    assert body["userids"] == ["Wang"]
    assert body["template_card"]["replace_text"] == "已通过 · 王老师"
    assert platform.delivered == []


@pytest.mark.parametrize("code", [60140, 42015, 42016, 82101, 82102])
async def test_a_copy_that_cannot_be_redrawn_is_followed_by_a_fresh_card(
    channel: WecomChannel, platform: Platform, code: int
) -> None:
    platform.next["message/update_template_card"].append({"errcode": code})
    receipt = await channel.send(replace(REDRAW, card=CARDS["review"]))
    assert (receipt.fresh, receipt.copy_key) == (True, "inst-9")
    assert len(platform.delivered) == 1


async def test_a_redraw_that_names_the_person_as_no_receiver_is_sent_afresh(
    channel: WecomChannel, platform: Platform
) -> None:
    platform.next["message/update_template_card"].append({"errcode": 0, "invaliduser": ["wang"]})
    receipt = await channel.send(REDRAW)
    assert receipt.fresh
    assert len(platform.delivered) == 1


async def test_a_redraw_that_arrived_before_the_time_ran_out_is_not_repeated_as_a_fresh_card(
    channel: WecomChannel, platform: Platform
) -> None:
    platform.next["message/update_template_card"].append(platform.hang)
    with pytest.raises(ChannelBusyError):
        await channel.send(REDRAW)
    receipt = await channel.send(replace(REDRAW, attempt=2))
    assert not receipt.fresh
    assert (len(platform.redrawn), platform.delivered) == (1, [])


async def test_a_doubtful_redraw_of_another_process_is_not_doubled_either(
    channel: WecomChannel, platform: Platform
) -> None:
    platform.codes.clear()
    receipt = await channel.send(replace(REDRAW, attempt=2, doubtful=True))
    assert not receipt.fresh
    assert platform.delivered == []


async def test_a_redraw_without_a_code_is_a_fresh_card(
    channel: WecomChannel, platform: Platform
) -> None:
    receipt = await channel.send(replace(REDRAW, redraw_code=""))
    assert receipt.fresh
    assert platform.named("message/update_template_card") == []


async def test_a_redraw_that_is_refused_for_another_reason_is_not_sent_afresh(
    channel: WecomChannel, platform: Platform
) -> None:
    platform.next["message/update_template_card"].append({"errcode": 40058})
    with pytest.raises(ChannelRefusedError):
        await channel.send(REDRAW)
    assert platform.delivered == []
