"""Deliveries to the bot: sealed afresh, repeated, lost, out of order; and its passive answers."""

import base64
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from aiohttp import web

from bot.sandbox.box import Limits
from bot.sandbox.wecom.envelope import BadReplyError, decrypt, sign
from tests.sandbox.lab import AES_KEY, BUTTONS, CORP, TOKEN, Lab, text_reply

WHOLE = "<MsgType>update_template_card</MsgType>"
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


async def test_the_answer_is_shown_on_the_phone_and_counted_unread(lab: Lab) -> None:
    lab.bot.reply = text_reply("请填写项目名称。")
    said = await lab.finger("ZhangSan", "say", text="备案")
    assert said["answer"]["bubble"]["text"] == "请填写项目名称。"
    mine, answer = await lab.bubbles()
    assert (mine["side"], answer["side"]) == ("me", "app")
    phones = await lab.get("/sandbox/phones")
    assert phones["members"][0]["unread"] == 1
    await lab.finger("ZhangSan", "read")
    assert (await lab.get("/sandbox/phones"))["members"][0]["unread"] == 0


async def test_a_passive_text_is_cut_at_2048_bytes_between_characters(lab: Lab) -> None:
    lab.bot.reply = text_reply("备" * 700)
    said = await lab.finger("ZhangSan", "say", text="备案")
    assert said["answer"]["bubble"]["text"] == "备" * 682


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda sealed: sealed.replace("4242", "4243"), "signature"),
        (lambda sealed: sealed.replace("TimeStamp", "Timestamp"), "all needed"),
        (lambda sealed: "success", "not XML"),
        (lambda sealed: sealed.replace("xml>", "body>"), "root"),
    ],
)
async def test_an_answer_with_a_wrong_envelope_is_not_shown(
    lab: Lab, spoil: object, reason: str
) -> None:
    lab.bot.reply = text_reply("好的")
    lab.bot.spoil = spoil  # type: ignore[assignment]
    said = await lab.finger("ZhangSan", "say", text="备案")
    assert said["answer"]["type"] == "ignored"
    assert reason in said["answer"]["reason"]
    assert len(await lab.bubbles()) == 1


@pytest.mark.parametrize(
    ("encrypted", "reason"),
    [
        ("?", "cannot be decrypted"),
        (base64.b64encode(b"x" * 48).decode(), "multiple of 32"),
        (base64.b64encode(b"x" * 64).decode(), ""),
    ],
)
async def test_a_rightly_signed_answer_must_be_rightly_encrypted(
    lab: Lab, encrypted: str, reason: str
) -> None:
    lab.bot.reply = text_reply("好的")
    lab.bot.spoil = lambda _: (
        f"<xml><Encrypt>{encrypted}</Encrypt><TimeStamp>1</TimeStamp><Nonce>n</Nonce>"
        f"<MsgSignature>{sign(TOKEN, '1', 'n', encrypted)}</MsgSignature></xml>"
    )
    said = await lab.finger("ZhangSan", "say", text="备案")
    assert said["answer"]["type"] == "ignored"
    assert reason in said["answer"]["reason"]
    assert len(await lab.bubbles()) == 1


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("<CreateTime>1</CreateTime>", "", "CreateTime"),
        ("<MsgType>text</MsgType>", "<MsgType>markdown</MsgType>", "no passive reply"),
        ("<![CDATA[好的]]>", "", "44004"),
    ],
)
async def test_an_answer_that_is_no_message_is_not_shown(
    lab: Lab, before: str, after: str, reason: str
) -> None:
    lab.bot.reply = lambda got: text_reply("好的")(got).replace(before, after)
    said = await lab.finger("ZhangSan", "say", text="备案")
    assert reason in said["answer"]["reason"]
    assert len(await lab.bubbles()) == 1


async def test_articles_and_pictures_may_answer_too(lab: Lab) -> None:
    item = "<item><Title>公告</Title><Url>http://127.0.0.1/</Url></item>"
    news = f"<ArticleCount>2</ArticleCount><Articles>{item}{item}</Articles>"
    lab.bot.reply = lambda got: (
        text_reply("")(got)
        .replace("<Content><![CDATA[]]></Content>", news)
        .replace("<MsgType>text", "<MsgType>news")
    )
    said = await lab.finger("ZhangSan", "say", text="备案")
    titles = [one["title"] for one in said["answer"]["bubble"]["articles"]]
    assert titles == ["公告", "公告"]
    media = lab.wecom.keep(CORP, "image", "a.png", "image/png", b"123456")
    lab.bot.reply = lambda got: (
        text_reply("")(got)
        .replace("<Content><![CDATA[]]></Content>", f"<Image><MediaId>{media.id}</MediaId></Image>")
        .replace("<MsgType>text", "<MsgType>image")
    )
    said = await lab.finger("ZhangSan", "say", text="备案")
    assert said["answer"]["bubble"]["media"]["name"] == "a.png"


async def test_an_answer_for_somebody_else_is_not_shown(lab: Lab) -> None:
    lab.bot.reply = lambda got: text_reply("好的")({**got, "FromUserName": "lisi"})
    said = await lab.finger("ZhangSan", "say", text="备案")
    assert said["answer"]["type"] == "ignored"
    assert len(await lab.sent("bad_reply")) == 1


async def test_the_answer_to_a_card_tap_is_not_shown(lab: Lab) -> None:
    await lab.card(BUTTONS)
    lab.bot.reply = text_reply("好的")
    said = await lab.tap("ZhangSan", "approve")
    assert "takes no passive reply" in said["answer"]["reason"]
    assert len(await lab.bubbles()) == 1


async def test_opening_the_app_and_its_menu_may_be_answered(lab: Lab) -> None:
    lab.bot.reply = text_reply("您好")
    assert (await lab.finger("ZhangSan", "enter"))["answer"]["type"] == "text"
    assert (await lab.finger("ZhangSan", "menu", key="我的待办"))["answer"]["type"] == "text"
    said = await lab.finger("ZhangSan", "menu", key="查询")
    assert said["open"] == "http://127.0.0.1:8000/"
    events = [(one.fields["Event"], one.fields["EventKey"]) for one in lab.bot.heard]
    assert events == [
        ("enter_agent", ""),
        ("click", "todo"),
        ("view", "http://127.0.0.1:8000/"),
    ]
    assert "MsgId" not in lab.bot.heard[0].fields


async def test_a_passive_card_update_is_ignored_as_shipped(lab: Lab) -> None:
    await lab.card(BUTTONS)
    lab.bot.reply = _grey_button
    said = await lab.tap("ZhangSan", "approve")
    assert said["answer"] == {"type": "ignored", "reason": "passive card updates are ignored"}
    assert (await lab.bubbles())[0]["state"]["live"]


class TestPassiveCardUpdates:
    """The other mode, in which the platform applies them."""

    @pytest.fixture
    def limits(self) -> Limits:
        """Apply passive card updates."""
        return replace(Limits(), passive_card_updates=True)

    async def test_it_changes_the_copy_of_who_tapped_only(self, lab: Lab) -> None:
        await lab.card(BUTTONS, to="ZhangSan|lisi")
        lab.bot.reply = _grey_button
        await lab.tap("ZhangSan", "approve")
        assert (await lab.bubbles("ZhangSan"))[0]["state"]["replaced"] == "已通过"
        assert (await lab.bubbles("lisi"))[0]["state"]["live"]

    async def test_a_whole_card_in_camel_case_is_drawn(self, lab: Lab) -> None:
        await lab.card(BUTTONS)
        lab.bot.reply = lambda got: (
            f"<xml><ToUserName>{got['FromUserName']}</ToUserName>"
            f"<FromUserName>{CORP}</FromUserName><CreateTime>1</CreateTime>"
            "<MsgType>update_template_card</MsgType><TemplateCard>"
            "<CardType>text_notice</CardType><MainTitle><Title>已办结</Title></MainTitle>"
            "<HorizontalContentList><KeyName>审核人</KeyName><Value>张三</Value>"
            "</HorizontalContentList>"
            "<CardAction><Type>1</Type><Url>http://x/</Url></CardAction></TemplateCard></xml>"
        )
        await lab.tap("ZhangSan", "approve")
        card = (await lab.bubbles())[0]["card"]
        assert card["main_title"] == {"title": "已办结"}
        assert card["horizontal_content_list"] == [{"keyname": "审核人", "value": "张三"}]

    @pytest.mark.parametrize(
        ("part", "reason"),
        [
            ("<MsgType>update_button</MsgType>", "ReplaceName"),
            (WHOLE, "TemplateCard is missing"),
            (f"{WHOLE}<TemplateCard><CardType>x</CardType></TemplateCard>", "42031"),
        ],
    )
    async def test_an_incomplete_one_changes_nothing(
        self, lab: Lab, part: str, reason: str
    ) -> None:
        await lab.card(BUTTONS)
        lab.bot.reply = lambda got: (
            f"<xml><ToUserName>{got['FromUserName']}</ToUserName><CreateTime>1</CreateTime>"
            f"<FromUserName>{CORP}</FromUserName>{part}</xml>"
        )
        said = await lab.tap("ZhangSan", "approve")
        assert reason in said["answer"]["reason"]
        assert (await lab.bubbles())[0]["state"]["live"]


def _grey_button(got: dict[str, str]) -> str:
    return (
        f"<xml><ToUserName>{got['FromUserName']}</ToUserName><FromUserName>{CORP}</FromUserName>"
        "<CreateTime>1</CreateTime><MsgType>update_button</MsgType>"
        "<Button><ReplaceName>已通过</ReplaceName></Button></xml>"
    )


@pytest.mark.parametrize(
    ("kind", "refused"),
    [
        ("bad_signature", "InvalidSignatureException"),
        ("no_signature", "KeyError"),
        ("wrong_receive_id", "InvalidCorpIdException"),
        ("bomb", "ValueError"),
        ("not_xml", "ExpatError"),
        ("empty", "TypeError"),
    ],
)
async def test_a_forgery_is_wrong_in_just_the_way_it_says(
    lab: Lab, kind: str, refused: str
) -> None:
    said = await lab.post("/sandbox/apps/1000002/forge", {"kind": kind, "userid": "lisi"})
    assert said["statuses"] == [403]
    assert lab.bot.refused == [refused]


async def test_junk_is_signed_rightly_and_cannot_be_read(lab: Lab) -> None:
    await lab.post("/sandbox/apps/1000002/forge", {"kind": "junk", "userid": "lisi"})
    assert lab.bot.heard == []
    assert lab.bot.refused[0] != "InvalidSignatureException"


@pytest.mark.parametrize(
    ("kind", "word"),
    [("sender_twice", "somebody"), ("unknown_type", "hologram"), ("inner_bomb", "<!DOCTYPE")],
)
async def test_a_rightly_sealed_oddity_arrives_whole(lab: Lab, kind: str, word: str) -> None:
    lab.bot.reply = lambda _: ""
    await lab.post("/sandbox/apps/1000002/forge", {"kind": kind, "userid": "lisi"})
    assert [word in one.xml for one in lab.bot.heard] == [True]


async def test_a_huge_delivery_is_huge_and_an_empty_one_empty(lab: Lab) -> None:
    await lab.post("/sandbox/apps/1000002/forge", {"kind": "huge", "userid": "lisi"})
    await lab.post("/sandbox/apps/1000002/forge", {"kind": "inner_empty", "userid": "lisi"})
    huge, empty = lab.bot.heard
    assert len(huge.envelope) > 512 * 1024
    assert empty.fields == {}


async def test_wrong_padding_is_right_in_all_but_the_padding(lab: Lab) -> None:
    await lab.post("/sandbox/apps/1000002/forge", {"kind": "bad_padding", "userid": "lisi"})
    envelope = ET.fromstring(lab.bot.heard[0].envelope)  # wechatpy does not look at the padding
    with pytest.raises(BadReplyError, match="PKCS#7"):
        decrypt(lab.box.world.apps[0], envelope.findtext("Encrypt", ""))


async def test_a_replay_is_the_same_bytes_twice(lab: Lab) -> None:
    said = await lab.post("/sandbox/apps/1000002/forge", {"kind": "replay", "userid": "lisi"})
    assert said["statuses"] == [200, 200]
    assert lab.bot.heard[0] == lab.bot.heard[1]


async def test_an_old_envelope_carries_yesterdays_stamp(lab: Lab) -> None:
    await lab.post("/sandbox/apps/1000002/forge", {"kind": "old", "userid": "lisi"})
    stamp = int(lab.bot.heard[0].query["timestamp"])
    assert stamp == int(lab.clock.now().timestamp()) - 86_400
