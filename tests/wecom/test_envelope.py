"""The XML readers: what WeCom writes is read, everything else is refused cheaply."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.bodies import MAX_BYTES
from bot.channels.wecom import envelope
from bot.channels.wecom.envelope import EnvelopeError, read, scan

TAP = """<xml><ToUserName>corp</ToUserName><FromUserName>li</FromUserName>
<CreateTime>1773280800</CreateTime><MsgType>event</MsgType>
<Event>template_card_event</Event><EventKey>review.return|t1|2</EventKey><TaskId>inst-7</TaskId>
<ResponseCode>X1</ResponseCode><AgentID>218</AgentID>
<SelectedItems><SelectedItem><QuestionKey>q1</QuestionKey><OptionIds><OptionId>o1</OptionId>
<OptionId>o2</OptionId></OptionIds></SelectedItem><SelectedItem><QuestionKey>q2</QuestionKey>
<OptionIds></OptionIds></SelectedItem></SelectedItems></xml>"""


def test_the_outer_envelope_in_any_order_with_and_without_agent() -> None:
    both = b"<xml><AgentID><![CDATA[218]]></AgentID><Encrypt><![CDATA[QUJD]]></Encrypt></xml>"
    bare = b"<xml>\n<Encrypt>QUJD</Encrypt>\n<ToUserName><![CDATA[c]]></ToUserName></xml>"
    assert scan(both) == ("QUJD", "218")
    assert scan(bare) == ("QUJD", "")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<xml></xml>",
        b"<xml><Encrypt></Encrypt></xml>",
        b"<xml><Encrypt>QUJD</Encrypt><Encrypt>QUJD</Encrypt></xml>",
        b"<!DOCTYPE x><xml><Encrypt>QUJD</Encrypt></xml>",
        b"<xml><!ENTITY a 'b'><Encrypt>QUJD</Encrypt></xml>",
        b"<xml><!-- x --><Encrypt>QUJD</Encrypt></xml>",
        b"<xml><Encrypt>QU JD</Encrypt></xml>",
        b"<xml><Encrypt><![CDATA[QUJD</Encrypt></xml>",
        b"<xml><AgentID>1</AgentID><AgentID>2</AgentID><Encrypt>QUJD</Encrypt></xml>",
        b"\xff\xfe\x00",
    ],
)
def test_an_outer_envelope_that_is_none_is_refused(body: bytes) -> None:
    with pytest.raises(EnvelopeError):
        scan(body)


def test_a_body_over_256_kib_is_refused_unread() -> None:
    inside = b"<xml><Encrypt>QUJD</Encrypt></xml>"
    assert scan(inside + b" " * (MAX_BYTES - len(inside)))[0] == "QUJD"
    with pytest.raises(EnvelopeError, match="large"):
        scan(inside + b" " * (MAX_BYTES - len(inside) + 1))


def test_a_flat_message_is_read_with_every_value_a_string() -> None:
    inner = read(
        "<xml><FromUserName><![CDATA[chen]]></FromUserName> <CreateTime>1</CreateTime>\n"
        "<Content><![CDATA[1 < 2 & <b>粗</b>\n]]></Content><Empty></Empty></xml>\n"
    )
    assert inner.fields == {
        "FromUserName": "chen", "CreateTime": "1", "Content": "1 < 2 & <b>粗</b>\n", "Empty": "",
    }  # fmt: skip


def test_the_choices_of_a_card_are_read() -> None:
    inner = read(TAP)
    assert inner.selected == {"q1": ("o1", "o2"), "q2": ()}
    assert inner.fields["EventKey"] == "review.return|t1|2"


def test_nested_leaves_are_named_by_their_path() -> None:
    xml = "<xml><Event>x</Event><BatchJob><JobId>j</JobId><ErrCode>0</ErrCode></BatchJob></xml>"
    assert read(xml).fields == {"Event": "x", "BatchJob/JobId": "j", "BatchJob/ErrCode": "0"}


def test_escapes_and_split_cdata_are_put_together() -> None:
    xml = "<xml><A>&lt;&#20320;&#x597D;&amp;</A><B><![CDATA[x]]]]><![CDATA[>y]]></B><C/></xml>"
    assert read(xml).fields == {"A": "<你好&", "B": "x]]>y", "C": ""}


def test_a_cdata_section_ends_where_it_ends() -> None:
    xml = "<xml><Content><![CDATA[a]]>evil<![CDATA[b]]></Content></xml>"
    assert read(xml).fields == {"Content": "aevilb"}
    with pytest.raises(EnvelopeError):
        read("<xml><A><![CDATA[a]]></A><Evil>x</Evil><B>]]></B></A></xml>")


@pytest.mark.parametrize(
    "xml",
    [
        "",
        "x",
        "<xml>",
        "<a></a>",
        "<xml><A>1</A><A>2</A></xml>",
        "<xml><B><A>1</A><A>2</A></B></xml>",
        "<xml><A>1</A></xml><xml></xml>",
        "<xml><A>1</B></xml>",
        "<xml><A>1</A></xmx>",
        "<xml><A>1</A>stray<B>2</B></xml>",
        "<xml><A b='c'>1</A></xml>",
        "<!DOCTYPE xml><xml><A>1</A></xml>",
        "<xml><!-- x --><A>1</A></xml>",
        "<xml><A>&evil;</A></xml>",
        "<xml><A>&#0;</A></xml>",
        "<xml><A>&#xD800;</A></xml>",
        "<xml><A>a & b</A></xml>",
        "<xml><A><![CDATA[x</A></xml>",
        "<xml><SelectedItems><SelectedItem><OptionIds/></SelectedItem></SelectedItems></xml>",
        "<xml>" + "<d>" * 8 + "</d>" * 8 + "</xml>",
        "<xml>" + "".join(f"<e{n}>x</e{n}>" for n in range(101)) + "</xml>",
    ],
)
def test_an_inner_message_that_is_none_is_refused(xml: str) -> None:
    with pytest.raises(EnvelopeError):
        read(xml)


def test_a_hundred_elements_are_still_read() -> None:
    xml = "<xml>" + "".join(f"<e{n}>x</e{n}>" for n in range(100)) + "</xml>"
    assert len(read(xml).fields) == 100


@settings(max_examples=300)
@given(st.text(max_size=200) | st.text("<>/![]xmlCDATA&;ab \n", max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    for xml in (text, f"<xml>{text}</xml>", f"<xml><A>{text}</A></xml>"):
        try:
            inner = read(xml)
        except EnvelopeError:
            continue
        assert all(isinstance(value, str) for value in inner.fields.values())


@settings(max_examples=200)
@given(st.dictionaries(st.sampled_from("ABCDEF"), st.text("<>&]x[你!", max_size=20), min_size=1))
def test_our_reader_agrees_with_a_real_parser(values: dict[str, str]) -> None:
    root = ET.Element("xml")
    for name, value in values.items():
        ET.SubElement(root, name).text = value
    assert read(ET.tostring(root, encoding="unicode")).fields == values


@pytest.mark.parametrize(
    "bomb",
    [
        "<xml>" + "<a>" * 80_000,
        "<xml>" + "<a/>" * 60_000 + "</xml>",
        "<xml>" + "<a><![CDATA[" * 20_000,
        "<xml>" + "<a><![CDATA[" * 20_000 + "</xml>",
        "<xml><a>" + "&amp;" * 50_000 + "&",
        "<xml>" + "<![CDATA[" * 28_000,
        "<xml>" + "]]>" * 80_000,
        "<xml>" + "<" * 250_000,
    ],
)
def test_a_bomb_inside_is_refused_after_few_looks(
    bomb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = 0
    token = envelope._TOKEN

    class Counted:
        def match(self, xml: str, at: int, end: int) -> object:
            nonlocal looks
            looks += 1
            return token.match(xml, at, end)

    monkeypatch.setattr(envelope, "_TOKEN", Counted())
    with pytest.raises(EnvelopeError):
        read(bomb)
    assert looks <= 2 * (envelope.MAX_ELEMENTS + 2)
