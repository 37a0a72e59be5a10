"""What people write does nothing on DingTalk: in cards, in texts and in groups."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cards.language import Button, Card, Fact, Option, Select, Tap
from cards.render import text as twin
from cards.render.dingtalk import group_markdown, render, texts
from cards.render.dingtalk_values import plain, unlinked
from tests.cards.samples import CARDS
from tests.cards.test_wecom_cards import any_card

NASTY = st.text(alphabet="<>[]()!*_`#@~|\\&-+=1.):/ahtpwcom \t\r\n\x85\u2028字", max_size=80)
MARKUP = re.compile(
    r"[<>\[\]*_`#@~|\\&]|://|\w\.[^\W\d]|^[^\S\n]|^[-+=]|^\d+[.)](?!\d)", re.MULTILINE
)

# What a client makes a link of by itself.
LINK = re.compile(r"://|\w\.[^\W\d]")


def _squeezed(text: str) -> str:
    return "".join(text.split())


@settings(max_examples=500)
@given(NASTY | st.text(max_size=300))
def test_what_people_write_is_never_markdown_a_link_or_a_mention(text: str) -> None:
    safe = plain(text)
    assert MARKUP.search(safe) is None
    assert plain(safe) == safe
    assert len(_squeezed(safe)) == len(_squeezed(text))


@pytest.mark.parametrize(
    ("wrote", "shown"),
    [
        ("# 标题", "＃ 标题"),
        ("- 一\n  + 二\n=== ", "－ 一\n＋ 二\n＝=="),
        ("甲\r- 乙\u2028+ 丙\x852. 丁", "甲\n－ 乙\n＋ 丙\n2． 丁"),
        ("3. 三\n12) 四", "3． 三\n12） 四"),
        ("[点我](http://evil.example/x)", "［点我］(http：//evil．example/x)"),
        ("dtmd://dingtalkclient/sendMessage", "dtmd：//dingtalkclient/sendMessage"),
        ("<a atId=1>李四</a> @所有人", "＜a atId=1＞李四＜/a＞ ＠所有人"),
        ("2026.9.1 版本v2.0，方案.docx", "2026.9.1 版本v2.0，方案．docx"),
    ],
)  # fmt: skip
def test_words_keep_their_look(wrote: str, shown: str) -> None:
    assert plain(wrote) == shown


@settings(max_examples=200)
@given(any_card, NASTY)
def test_no_value_that_people_read_holds_markup(card: Card, nasty: str) -> None:
    drawn = render(
        replace(
            card,
            title=nasty,
            lead=nasty,
            body=nasty,
            facts=(Fact(nasty, nasty),),
            buttons=(Button(nasty, Tap("a.b", "t1", 2)), Button(nasty, Tap("a.c", "t1", 2))),
            selects=(Select("k", nasty, (Option("o", nasty),)),),
            page="https://a.example/p",
            page_text=nasty,
        )
    )
    values = drawn.params | drawn.private
    for name in ("title", "lead", "body", "hint", "done", "page_text", "form_text", "lastMessage"):
        assert MARKUP.search(values[name]) is None
    fields = json.loads(drawn.params["form"])["fields"]
    assert all(MARKUP.search(field["label"]) is None for field in fields)
    rows = json.loads(drawn.params["facts"]) + json.loads(drawn.params["buttons"])
    rows += [option for field in fields for option in field["options"]]
    for row in rows:
        assert all(MARKUP.search(row.get(name, "")) is None for name in ("name", "value", "text"))


def test_a_button_that_must_be_typed_is_named_harmlessly() -> None:
    taps = [Tap("case.do", f"c{n}" * 60, 1) for n in range(1, 8)]
    drawn = render(Card("请选择", buttons=tuple(Button("<@all>", tap) for tap in taps)))
    assert drawn.params["hint"].startswith("另可回复：")
    assert drawn.params["hint"].endswith("7 ＜＠all＞")


@settings(max_examples=100)
@given(NASTY)
def test_the_text_before_a_card_is_as_harmless_as_the_card(nasty: str) -> None:
    buttons = (Button(nasty, Tap("a.b", "t1", 2)),)
    drawn = render(
        Card(
            nasty,
            lead=nasty,
            body=f"{nasty}{'长' * 400}",
            facts=(Fact("名", nasty),),
            buttons=buttons,
        )
    )
    assert drawn.texts
    assert all(LINK.search(text) is None for text in drawn.texts)


# --- texts, which are no markdown ----------------------------------------------------------------

OURS = "https://beian.example.cn"
PAGE = f"{OURS}/m/view/f1.p_-2.1773366400.Zy-_x~a"


@settings(max_examples=500)
@given(NASTY | st.text(max_size=300))
def test_what_people_write_in_a_text_is_never_a_link(text: str) -> None:
    safe = unlinked(text, OURS)
    assert LINK.search(safe) is None
    assert unlinked(safe, OURS) == safe
    assert len(_squeezed(safe)) == len(_squeezed(text))


@settings(max_examples=200)
@given(NASTY, NASTY)
def test_our_own_link_in_a_sentence_is_left_to_the_letter(before: str, after: str) -> None:
    (told,) = texts(f"{before}\n全文与材料：{PAGE}\n{after}", OURS)
    assert PAGE in told.splitlines()[-1] or f"{PAGE}\n" in told
    assert LINK.search(told.replace(PAGE, "")) is None


@pytest.mark.parametrize(
    ("wrote", "shown"),
    [
        ("3~6年级，a_b@c，1. 一\n- 二 [x](y)", "3~6年级，a_b@c，1. 一\n- 二 [x](y)"),
        ("看 http://evil.example/x", "看 http：//evil．example/x"),
        ("dtmd://dingtalkclient/sendMessage", "dtmd：//dingtalkclient/sendMessage"),
        (f"{OURS}.evil.example/m/1", "https：//beian．example．cn．evil．example/m/1"),
        (f"{OURS}@evil.example/m/1", "https：//beian．example．cn@evil．example/m/1"),
        (f"http://evil.example/?{PAGE}", f"http：//evil．example/?{PAGE}"),
        (f"链接：{PAGE}。请看", f"链接：{PAGE}。请看"),
    ],
)
def test_only_addresses_below_our_own_are_links(wrote: str, shown: str) -> None:
    assert texts(wrote, OURS) == [shown]
    assert texts(wrote, f"{OURS}/") == [shown]


def test_an_installation_without_pages_has_no_links_of_its_own() -> None:
    assert texts(PAGE) == [PAGE.replace("://", "：//").replace(".e", "．e").replace(".c", "．c")
                           .replace(".p", "．p").replace(".Z", "．Z")]  # fmt: skip


@settings(max_examples=200)
@given(any_card, NASTY)
def test_a_card_that_goes_as_a_text_keeps_its_links_and_nobody_else_s(
    card: Card, nasty: str
) -> None:
    ours = replace(card, title=nasty, lead=nasty, page=PAGE, page_text=nasty)
    told = "\n".join(texts(ours))
    links = [address for _, address in twin.links(ours)]
    assert all(address in told for address in links)
    for address in sorted(links, key=len, reverse=True):
        told = told.replace(address, "")
    assert LINK.search(told) is None


# --- groups ------------------------------------------------------------------------------------


def test_a_group_gets_the_whole_card_with_our_own_link() -> None:
    title, text = group_markdown(CARDS["notice"])
    assert title == "已登记，备案号已生成"
    assert "  \n  证书可在页面查看和下载。  \n  " in text
    assert text.endswith("  \n  [查看证书](https://beian.example.cn/f/0302A0007)")
    assert group_markdown("已备案。\n请知悉。") == ("已备案。", "已备案。  \n  请知悉。")


@settings(max_examples=200)
@given(any_card | NASTY | st.text(max_size=9000))
def test_a_group_message_fits_and_its_only_markup_is_ours(what: Card | str) -> None:
    title, text = group_markdown(what)
    assert title and text and len(title) <= 50
    assert len(json.dumps({"title": title, "text": text})) <= 15_000
    assert MARKUP.search(title) is None or isinstance(what, Card)
    ours = 0 if isinstance(what, str) else len(list(twin.links(what)))
    assert text.count("](") <= ours


@pytest.mark.parametrize("address", ["https://a.example/a b", "https://a.example/)x", "x" * 1025])
def test_an_address_that_would_break_a_link_is_sent_as_words(address: str) -> None:
    _, text = group_markdown(Card(title="公告", page=address))
    assert "](" not in text
    assert plain(address) in text


def test_a_text_too_long_for_a_group_ends_visibly_and_keeps_the_link() -> None:
    _, text = group_markdown(Card(title="公告", body="字" * 9000, page="https://a.example/p"))
    assert text.endswith("…  \n  [查看全文](https://a.example/p)")


def test_links_leave_the_words_half_of_the_room() -> None:
    buttons = tuple(Button("打开", url="https://a.example/" + "x" * 900) for _ in range(5))
    _, text = group_markdown(Card(title="公告", body="正文" * 300, buttons=buttons))
    assert text.count("](") == 2 and text.endswith("  \n  …")
    assert "正文" * 300 in text
