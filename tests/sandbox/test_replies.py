"""The bot's passive answers: which are shown, which are not."""

import base64
from dataclasses import replace

import pytest

from bot.sandbox.box import Limits
from bot.sandbox.wecom.envelope import sign
from tests.sandbox.lab import BUTTONS, CORP, TOKEN, Lab, text_reply

WHOLE = "<MsgType>update_template_card</MsgType>"


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
