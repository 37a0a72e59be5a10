"""The public question: asked on one form, answered as in the chats, and nothing is kept of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from html.parser import HTMLParser
from urllib.parse import quote, urlencode

import pytest
from sqlalchemy import select

from handlers.context import Office, Tenant
from handlers.links import Links
from handlers.query import answer
from storage import tables as t
from storage.ledger import Ledger
from storage.names import SCHOOL, school_key
from storage.transaction import Transaction
from tests.storage.conftest import TENANT
from tests.storage.office import RULES
from tests.web.house import NOW, ZONE, House
from tests.web.register import AT, NUMBER, add_school, change, furnish

LINK = re.compile(r'<a class="ways__one" href="([^"]*)">([^<]*)</a>')
LINE = re.compile(r'<p class="said__line[^>]*>([^<]*)</p>')
FIELD = re.compile(r'<input[^>]*name="(\w+)"[^>]*value="([^"]*)"')


@pytest.fixture
def furnished(house: House) -> House:
    house.ledger.call(furnish)
    return house


class Seen:
    """A page as somebody sees it."""

    def __init__(self, status: int, text: str) -> None:
        self.status = status
        self.text = text
        self.lines = [unescape(one) for one in LINE.findall(text)]
        self.ways = {unescape(words): unescape(to) for to, words in LINK.findall(text)}
        self.fields = {name: unescape(value) for name, value in FIELD.findall(text)}


async def asks(house: House, **given: str) -> Seen:
    return Seen(*await house.opens(f"/?{urlencode(given)}"))


async def taps(house: House, seen: Seen, words: str) -> Seen:
    return Seen(*await house.opens(seen.ways[words]))


def in_the_chat(ledger: Ledger, text: str) -> list[str]:
    """Return the lines that a chat's parent is answered."""
    tenant = Tenant(TENANT, "鹿城区", "教育局", "0302", RULES)
    office = Office({TENANT: tenant}, Links("http://127.0.0.1", b"k" * 32), ZONE)
    reply = ledger.call(lambda tx: answer(tx, office, NOW, text, {}))
    assert reply is not None and isinstance(reply.what, str)
    return reply.what.split("\n")


@pytest.mark.covers("R21")
async def test_a_mistyped_name_is_confirmed_before_anything_is_said_of_it(
    furnished: House,
) -> None:
    seen = await asks(furnished, q="老师叫装云阅渎 有备案吗", school="")
    assert seen.lines == ["您问的可能是“云阅读”。请问是哪所学校？发校名即可，不问孩子姓名。"]
    assert "号" not in seen.text.split("<footer")[0] and seen.fields == {"app": "云阅读"}
    # Who names the school agrees to the product, as in the chat.
    seen = await asks(furnished, app="云阅读", school="瓯江实小")
    assert seen.lines == in_the_chat(furnished.ledger, "瓯江实验小学用的云阅读备案了没")
    assert f"查到：云阅读，瓯江实验小学已备案，编号 {NUMBER}" in seen.lines[0]
    assert seen.ways == {"看该校已备案清单": f"/s/{AT}"}
    assert (seen.fields["q"], seen.fields["school"]) == ("云阅读", "瓯江实验小学")
    # With the school at once it is asked about all the same.
    seen = await asks(furnished, q="云阅渎", school="瓯江实验小学")
    assert seen.lines == ["您问的可能是“云阅读”，对吗？"] and NUMBER not in seen.text
    assert list(seen.ways) == ["是", "不是"]
    assert NUMBER in (await taps(furnished, seen, "是")).text
    again = await taps(furnished, seen, "不是")
    assert not again.lines and again.fields["school"] == "瓯江实验小学"
    seen = await asks(furnished, q="云阅读", school="望海小学")
    assert seen.lines[0].startswith("云阅读：他校已备案，望海小学未备案。")


async def test_a_school_that_may_be_meant_is_asked_about_and_chosen_by_a_tap(
    furnished: House,
) -> None:
    furnished.ledger.call(_namesake)
    seen = await asks(furnished, q="云阅读", school="望海小学")
    assert seen.lines == ["您说的是哪所学校？"] and len(LINK.findall(seen.text)) == 3
    chosen = await taps(furnished, seen, "望海小学（鹿城区）")
    assert chosen.lines[0].startswith("云阅读：他校已备案，望海小学未备案。")
    assert (await taps(furnished, seen, "都不是")).lines[0].endswith("不问孩子姓名。")
    for words in ("", "是"):  # which agrees to nothing
        seen = await asks(furnished, q=words, school="瓯江实检小学")
        assert seen.lines == ["您问的可能是“瓯江实验小学”，对吗？"]
    assert seen.ways["是"] == f"/s/{AT}"
    seen = await asks(furnished, q="云阅读", school="哈哈镇中学")
    assert seen.lines == ["没有找到这所学校。请发学校全称，不确定的可发“不限学校”。"]
    seen = await asks(furnished, q="云阅读", school="不限学校")
    assert seen.lines[0].startswith("云阅读：已有学校备案。")
    seen = await asks(furnished, q="云阅渎", school="不限学校")
    assert "已有学校备案" not in seen.text
    assert "已有学校备案" in (await taps(furnished, seen, "不限学校")).text


def _namesake(tx: Transaction) -> None:
    add_school(tx, "S4", "望海小学")
    tx.names.due(SCHOOL, [school_key(TENANT, "S4")])
    while tx.names.work():
        pass


async def test_what_is_not_found_leads_on_and_running_cases_are_not_disclosed(
    furnished: House,
) -> None:
    seen = await asks(furnished, q="小鹿作业在瓯江实验小学备案了吗")
    assert seen.lines == [
        "没有查到“小鹿作业”在瓯江实验小学的备案。可能是尚未备案、名称不同或正在办理。"
    ]
    assert list(seen.ways) == ["换个名字再查", "看该校已备案清单", "反映"]
    assert (await asks(furnished, q="小鹿作业", school="瓯江实验小学")).lines == seen.lines
    assert seen.ways["反映"] == "/r" and (await taps(furnished, seen, "反映")).status == 200
    assert (await taps(furnished, seen, "看该校已备案清单")).status == 200
    filing = furnished.ledger.call(lambda tx: tx.filings.by_number([TENANT], (NUMBER,)))
    assert filing is not None
    hide = {"stage": "in_review", "number": None, "serial": None, "series": None}
    furnished.ledger.call(lambda tx: change(tx, filing, registered_at=None, **hide))
    seen = await asks(furnished, q="云阅读", school="瓯江实验小学")
    assert seen.lines[0].startswith("没有查到“云阅读”在瓯江实验小学的备案")
    furnished.later(1)
    assert "云阅读" not in (await furnished.opens(f"/s/{AT}"))[1]


async def test_half_a_name_and_a_fee_are_answered_both_at_once(furnished: House) -> None:
    seen = await asks(furnished, q="那个口算什么宝的，学校让买会员", school="瓯江实验小学")
    assert seen.lines[0].startswith("先查是否备案") and "口算宝" in seen.text
    assert seen.ways["反映"] == "/r"
    seen = await asks(furnished, q="反映学校收了3280买平板")
    assert "收费问题由计财部门查处" in seen.lines[0] and seen.ways == {"反映": "/r"}
    assert "发“查”加回执号" in (await asks(furnished, q="查 7K2P")).lines[0]
    seen = await asks(furnished, q="Is 云阅读 approved?")
    assert seen.fields == {"app": "云阅读"} and "school" in seen.lines[0]


async def test_a_number_is_answered_and_one_that_does_not_exist_is_not(furnished: House) -> None:
    seen = await asks(furnished, q=NUMBER)
    assert seen.lines[0].startswith("查到：云阅读，瓯江实验小学已备案")
    assert (await asks(furnished, q="0001")).lines[0] == seen.lines[0]
    furnished.ledger.call(lambda tx: tx.names.registered("晴禾口算13857712345", "name:晴禾口算"))
    seen = await asks(furnished, q="晴禾口算138577123")
    assert "晴禾口算138****2345" in seen.lines[0]
    seen = await asks(furnished, q=NUMBER.replace("0001", "0009"))
    assert seen.lines == ["没有查到这个编号。请核对后再发，或发应用名称。"]


async def test_what_is_said_of_a_child_is_neither_said_back_nor_kept(
    furnished: House, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    before = everything(furnished.ledger)
    for given in (
        {"q": "我家王小明在三班，云阅读安全吗"},
        {"q": "云阅读", "school": "瓯江实验小学三班王小明家长"},
        {"q": "云阅读", "school": "王小明"},
        {"q": "我家王小明在三班"},
        {"q": "学号20230112，小明同学用的小鹿云课"},
        {"q": "云阅渎，王小明", "school": "瓯江实验小学"},
        {"q": "云阅读", "school": "三班的小明同学"},
    ):
        path = f"/?{urlencode(given)}"
        async with furnished.client.get(path) as answer:
            text = await answer.text()
            assert "Set-Cookie" not in answer.headers
            assert answer.headers["Cache-Control"] == "no-store"
        assert "小明" not in text and quote("小明") not in text, given
        assert "三班" not in text
    seen = await asks(furnished, q="我家王小明在三班，云阅读安全吗")
    assert seen.lines[0] == "您不必提供孩子姓名班级，刚才的信息不会保存。"
    assert "是否安全我不能判断" in seen.lines[1]
    seen = await asks(furnished, q="云阅读", school="瓯江实验小学三班王小明家长")
    assert seen.lines[0] == "您不必提供孩子姓名班级，刚才的信息不会保存。"
    assert everything(furnished.ledger) == before
    written = caplog.text + "".join(capfd.readouterr())
    assert "小明" not in written and quote("小明") not in written


def everything(ledger: Ledger) -> dict[str, int]:
    """Return how many rows each table has."""
    tables = t.filing.metadata.sorted_tables
    return ledger.call(lambda tx: {one.name: len(tx.execute(select(one)).all()) for one in tables})


ATTRIBUTES = {
    "action", "aria-describedby", "aria-hidden", "aria-label", "aria-labelledby", "autocapitalize",
    "autocomplete", "charset", "class", "content", "data-weui-mode", "enterkeyhint", "for", "href",
    "id", "lang", "maxlength", "method", "name", "rel", "required", "role", "spellcheck", "type",
    "value",
}  # fmt: skip


def attributes_in(text: str) -> set[str]:
    """Return the names of all attributes that a browser finds in a page."""
    found: set[str] = set()

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.update(name for name, _ in attrs)

    Reader().feed(text)
    return found


HOSTILE = {
    "nothing": "",
    "wildcards": "%%__**??",
    "signs of control": "\x00\x01\x1b[31m云\x7f阅\u202e读",
    "a page": "<img src=x onerror=alert(1)><script>alert(1)</script>",
    "an attribute": '" autofocus onfocus=alert(1) x="',
    "a formula": "=cmd|' /C calc'!A0",
    "a statement": "云阅读'; drop table filing; --",
    "a template": "{{ 7*7 }}{% debug %}${7*7}",
    "long": "云" * 400,
    "pictures": "\U0001f600" * 50,
    "yes": "是",
}


@pytest.mark.parametrize("words", HOSTILE.values(), ids=HOSTILE.keys())
async def test_whatever_is_written_is_answered_calmly(furnished: House, words: str) -> None:
    for given in ({"q": words}, {"q": words, "school": words}, {"app": words, "at": words}):
        seen = await asks(furnished, **given)
        assert seen.status == 200 and (seen.lines or seen.fields)
        for mark in ("<script", "<img", "Traceback", "\x00", "\x1b", "\u202e"):
            assert mark not in seen.text, mark
        assert attributes_in(seen.text) <= ATTRIBUTES


async def test_an_address_that_is_too_long_gets_a_page_and_its_words_stay_out_of_it(
    furnished: House,
) -> None:
    for path in (f"/?q={'a' * 100_000}", f"/?q={quote('云' * 100_000)}", f"/s/{'9' * 9000}"):
        async with furnished.client.get(path) as answer:
            text = await answer.text()
            assert answer.status == 414 and "内容太长，没有读完" in text
            assert "aaaa" not in text and answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_an_address_claims_nothing(furnished: House) -> None:
    forged: tuple[Mapping[str, str], ...] = (
        {"app": "云阅读官方推荐版", "at": AT},
        {"app": "云阅读", "at": f"{TENANT}-D-legal"},
        {"app": "云阅读", "at": "999999-S2"},
        {"app": "云阅渎", "at": AT},
    )
    for given in forged:
        seen = await asks(furnished, **given)
        assert seen.status == 200 and NUMBER not in seen.text, given
        assert "官方推荐版已备案" not in seen.text


async def test_the_empty_page_says_what_is_to_be_written_and_may_be_kept(house: House) -> None:
    async with house.client.get("/") as answer:
        text = await answer.text()
        assert answer.headers["Cache-Control"] == "public, max-age=300"
    for shown in ("应用名称或备案号", "学校（可以不写）", "不向学生和家长收费", "不用写孩子的姓名"):
        assert shown in text
    assert "<script" not in text and "/r" in re.findall(r'href="([^"]*)"', text)
    assert (await asks(house, q="")).lines == ["请发应用名称，记不准也可以；也可以发备案号。"]
