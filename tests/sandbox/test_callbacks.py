"""Deliveries to the bot: sealed afresh, repeated, lost, out of order."""

from dataclasses import replace

import pytest
from aiohttp import web

from bot.sandbox.box import Limits
from tests.sandbox.lab import AES_KEY, TOKEN, Lab, text_reply

FORM = "/sandbox/apps/1000002/callback"


async def test_the_console_saves_an_address_that_answers_the_check(lab: Lab) -> None:
    said = await lab.post(FORM, {"url": lab.bot_url})
    assert said == {"saved": True, "reason": ""}


@pytest.mark.parametrize(
    "answer",
    [
        lambda plain: web.Response(text=plain + "\n"),
        lambda plain: web.Response(text=f'"{plain}"'),
        lambda plain: web.Response(body=b"\xef\xbb\xbf" + plain.encode()),
        lambda plain: web.Response(text=plain, status=201),
        lambda plain: web.Response(text=""),
    ],
)
async def test_one_byte_too_many_fails_the_check(lab: Lab, answer: object) -> None:
    lab.bot.echo = answer  # type: ignore[assignment]
    said = await lab.post(FORM, {"url": lab.bot_url, "token": TOKEN})
    assert not said["saved"]
    assert said["reason"]


@pytest.mark.parametrize(
    "form", [{"token": "a" * 33}, {"encoding_aes_key": AES_KEY[:-1]}, {"url": "ftp://x/"}]
)
async def test_a_form_the_console_would_not_take_is_not_saved(
    lab: Lab, form: dict[str, str]
) -> None:
    assert not (await lab.post(FORM, form))["saved"]
    assert lab.box.world.apps[0].callback_url == lab.bot_url


async def test_each_delivery_is_sealed_afresh_and_its_elements_come_in_any_order(lab: Lab) -> None:
    for _ in range(12):
        assert (await lab.finger("ZhangSan", "say", text="备案"))["delivered"]
    heard = lab.bot.heard
    assert len({one.query["nonce"] for one in heard}) == 12
    assert len({one.fields["MsgId"] for one in heard}) == 12
    assert all(int(one.fields["MsgId"]) > 2**53 for one in heard)
    assert len({tuple(one.fields) for one in heard}) > 3
    assert len({one.envelope[:12] for one in heard}) > 1
    assert {"<AgentID>" in one.envelope for one in heard} == {True, False}
    assert {one.fields["Content"] for one in heard} == {"备案"}


async def test_texts_of_every_length_come_through_the_padding(lab: Lab) -> None:
    for length in range(1, 34):
        await lab.finger("ZhangSan", "say", text="x" * length)
    assert [len(one.fields["Content"]) for one in lab.bot.heard] == list(range(1, 34))


async def test_markup_in_a_text_arrives_as_it_was_typed(lab: Lab) -> None:
    nasty = "a]]></Content><FromUserName>lisi</FromUserName><![CDATA[&amp;"
    await lab.finger("ZhangSan", "say", text=nasty)
    assert lab.bot.heard[0].fields["Content"] == nasty
    assert lab.bot.heard[0].fields["FromUserName"] == "ZhangSan"


async def test_anything_but_200_is_delivered_again_with_the_same_number(lab: Lab) -> None:
    lab.bot.statuses = [500, 403, 302, 200]
    said = await lab.finger("ZhangSan", "say", text="备案")
    assert (said["delivered"], said["attempts"]) == (True, 4)
    heard = lab.bot.heard
    assert len({one.xml for one in heard}) == 1
    assert len({one.query["nonce"] for one in heard}) == 4
    assert len({one.query["msg_signature"] for one in heard}) == 4


async def test_after_three_more_attempts_it_is_lost(lab: Lab) -> None:
    lab.bot.statuses = [500] * 9
    said = await lab.finger("ZhangSan", "say", text="备案")
    assert (said["delivered"], said["attempts"]) == (False, 4)
    assert len(lab.bot.heard) == 4


class TestSlowBot:
    """A bot that does not answer in time."""

    @pytest.fixture
    def limits(self) -> Limits:
        """Wait half a second instead of five."""
        return replace(Limits(), redelivery_seconds=0.0, answer_seconds=0.5, verify_seconds=0.1)

    async def test_no_answer_in_time_is_delivered_again(self, lab: Lab) -> None:
        lab.bot.hangs = 1
        said = await lab.finger("ZhangSan", "say", text="备案")
        assert said["delivered"]
        assert said["attempts"] >= 2
        assert len({one.xml for one in lab.bot.heard}) == 1
        assert (await lab.sent("callback"))[0]["trouble"] == "TimeoutError"

    async def test_no_answer_in_time_fails_the_check(self, lab: Lab) -> None:
        lab.bot.hangs = 1
        said = await lab.post(FORM, {"url": lab.bot_url})
        assert "within 0.1 s" in said["reason"]


async def test_a_duplicate_comes_although_200_was_answered(lab: Lab) -> None:
    await lab.fault("callback", "duplicate")
    await lab.finger("ZhangSan", "say", text="备案")
    assert len(lab.bot.heard) == 2
    assert lab.bot.heard[0].xml == lab.bot.heard[1].xml


async def test_a_redelivery_ignores_the_first_answer(lab: Lab) -> None:
    await lab.fault("callback", "redeliver")
    lab.bot.reply = text_reply("好的")
    said = await lab.finger("ZhangSan", "say", text="备案")
    assert said["attempts"] == 2
    assert [one["kind"] for one in await lab.bubbles()] == ["text", "text"]


async def test_what_is_held_back_comes_after_the_next_one(lab: Lab) -> None:
    await lab.fault("callback", "out_of_order")
    await lab.finger("ZhangSan", "say", text="一")
    await lab.finger("ZhangSan", "say", text="二")
    assert [one.fields["Content"] for one in lab.bot.heard] == ["二", "一"]


async def test_a_lost_callback_never_comes(lab: Lab) -> None:
    await lab.fault("callback", "lost")
    said = await lab.finger("ZhangSan", "say", text="备案")
    assert (said["delivered"], said["attempts"]) == (False, 0)
    assert lab.bot.heard == []
