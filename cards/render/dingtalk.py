"""Draws a card as the values of the one DingTalk card template, and texts for what does not fit.

Sources: create-and-deliver-cards and instructions-for-filling-in-api-card-data (every value a
string of at most 1 KB), form-variables, robot-message-type, faq-robot (line breaks).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from cards.language import Button, Card
from cards.render import text as twin
from cards.render.dingtalk_form import draw_form
from cards.render.dingtalk_values import VALUE_BYTES, as_json, fits, label, plain, unlinked
from cards.render.pen import Pen, first_bytes, joined, pieces

Row = dict[str, str]

# msgParam holds 15,000 bytes of JSON; escaped, a text may become three times as long.
TEXT_BYTES, MAX_TEXTS = 4500, 5
LINK_BYTES = 1024
FACT_NAME, FACT_VALUE, BUTTON_TEXT, HINT = 20, 120, 20, 60
NOTICE, NOTICE_TITLE, GROUP_TITLE = 60, 44, 50
_BREAK = "  \n  "
# Nothing but the tones that the template has a button for.
TONES = frozenset({"main", "plain", "warn"})


class Drawn(NamedTuple):
    """A card as DingTalk takes it.

    ``texts`` go before the card, each as the ``content`` of a ``sampleText``: everything in full
    where a value had to be shortened. ``params`` is the cardParamMap, always with the same keys,
    so that a redraw leaves nothing old behind. ``private`` is what only the reader whom the card
    was drawn for may have: the link that lets them in. ``notice`` is what the list of chats shows.
    """

    texts: tuple[str, ...]
    params: dict[str, str]
    private: dict[str, str]
    notice: str


class Variable(NamedTuple):
    """One variable of a card template; ``example`` is what the card platform previews."""

    name: str
    type: str
    shows: str
    example: str
    private: bool = False


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a template must have so that the drawings fit it."""

    name: str
    title: str
    variables: tuple[Variable, ...]

    def to_json(self, template_id: str = "") -> dict[str, Any]:
        """Return JSON data to keep beside a template, and to register with an emulator."""
        return {
            "id": template_id or f"{self.name}.schema",
            "name": self.name,
            "title": self.title,
            "variables": [variable._asdict() for variable in self.variables],
        }


_FACTS = '[{"name":"学校","value":"瓯海实验小学"},{"name":"办理时限","value":"2026-03-18（周三）"}]'
_FORM = (
    '{"fields":[{"name":"items","label":"涉及的项","type":"MULTI_SELECT","required":false,'
    '"options":[{"value":"a","text":"侵权"},{"value":"b","text":"广告"}]}]}'
)
_BUTTONS = (
    '[{"key":"a|1|1","text":"通过","url":"","tone":"main"},'
    '{"key":"b|1|1","text":"退回","url":"","tone":"warn"},'
    '{"key":"c|1|1","text":"转办","url":"","tone":"plain"},'
    '{"key":"","text":"上传材料","url":"https://beian.example.cn/m","tone":"plain"}]'
)
REVIEW = Manifest(
    "review",
    "备案助手卡片",
    (
        Variable("title", "string", "标题", "“云阅读”进校园备案待会审"),
        Variable("case", "string", "办件号", "26-0302-0187"),
        Variable("lead", "string", "标题下的一行说明", "瓯海实验小学"),
        Variable("body", "string", "正文", "请审应用内容。"),
        Variable("facts", "array", "各项情况，每项有 name、value", _FACTS),
        Variable("hint", "string", "按钮放不下时的提示", "另可回复：7 加签"),
        Variable("live", "boolean", "是否还能办理", "true"),
        Variable("form", "form", "选择项", _FORM),
        Variable("form_key", "string", "提交选择项时回传的 key", "d|1|1"),
        Variable("form_text", "string", "提交按钮的文字", "下一步"),
        Variable("buttons", "array", "按钮，每个有 key、text、url、tone", _BUTTONS),
        Variable("done", "string", "办理结果，代替按钮", "已通过 · 王老师"),
        Variable("page", "string", "全文的地址", "https://beian.example.cn/m", private=True),
        Variable("page_text", "string", "全文链接的文字", "查看全文", private=True),
        Variable("said", "string", "本人点后的一句话", "26-0302-0187 已记录“通过”。", private=True),
        Variable("lastMessage", "string", "会话列表里显示的一行", "备案待会审 · 26-0302-0187"),
    ),
)

_ENTRIES = (
    '{"fields":[{"name":"project","label":"项目名称","type":"TEXT","required":true},'
    '{"name":"students","label":"学生人数","type":"NUMBER","defaultValue":620},'
    '{"name":"overview","label":"项目概况","type":"TEXT_AREA","placeholder":"200字以内"},'
    '{"name":"fund","label":"经费来源","type":"SELECT",'
    '"options":[{"value":"none","text":"不需要经费"},{"value":"school","text":"学校公用经费"}]},'
    '{"name":"free","label":"收费情况","type":"MULTI_SELECT","placeholder":"符合的请勾选",'
    '"options":[{"value":"ads","text":"APP内有付费入口或广告"},{"value":"none","text":"以上都没有"}]},'
    '{"name":"held","label":"会议日期","type":"DATE"}]}'
)
_FORM_EXAMPLE: Mapping[str, str] = {
    "live": "true",
    "title": "进校园备案（应用）",
    "body": "填好发回即可，不清楚的可以先空着，稍后再问您。",
    "form": _ENTRIES,
    "form_key": "s|1|0",
    "form_text": "提交",
    "buttons": '[{"key":"l|1|0","text":"一项一项填","url":"","tone":"plain"}]',
    "facts": "[]",
    "lastMessage": "进校园备案（应用）",
}
FORM = Manifest(
    "form",
    "备案助手表单",
    tuple(
        # The same variables: a sent form is redrawn as any card.
        one if one.private else one._replace(example=_FORM_EXAMPLE.get(one.name, ""))
        for one in REVIEW.variables
    ),
)


def render(card: Card) -> Drawn:
    """Return the values of ``card``, and before it all of it as text where something was cut."""
    pen = Pen()
    submit, form = draw_form(card, pen)
    later = len(card.entries) - len(form) if card.entries and form else 0
    shown, left = _buttons(card, submit, pen)
    page = _address(card.page, pen)
    notice = _notice(card)
    params = {
        "title": _value(twin.one_line(card.title) or card.case or "提醒", pen),
        "case": _value(twin.one_line(card.case), pen),
        "lead": _value(twin.one_line(card.lead), pen),
        "body": _value(card.body.strip(), pen),
        "facts": _facts(card, pen),
        "hint": plain(twin.hint(card, left, pen, HINT) or _later(later)),
        "live": "true" if shown or submit else "false",
        "form": as_json({"fields": form}),
        "form_key": submit.tap.to_key() if submit and submit.tap else "",
        "form_text": label(submit.text, BUTTON_TEXT, pen) if submit else "",
        "buttons": as_json(shown),
        "done": _value(twin.one_line(card.done), pen),
        "lastMessage": notice,
    }
    private = {}
    if page:
        page_text = label(card.page_text, BUTTON_TEXT, pen, "查看全文")
        private = {"page": page, "page_text": page_text}
    return Drawn(tuple(texts(card)) if pen.cut else (), params, private, notice)


def texts(what: Card | str, ours: str = "") -> list[str]:
    """Return a card or a sentence as texts alone, each the ``content`` of a ``sampleText``.

    The links of a card lead where they lead; in a sentence only those do that begin with ``ours``.
    """
    words = unlinked(what, ours) if isinstance(what, str) else twin.render(what, quote=unlinked)
    return pieces(words or "—", max_bytes=TEXT_BYTES, most=MAX_TEXTS)


def group_markdown(what: Card | str) -> tuple[str, str]:
    """Return title and markdown of the one message that a group is sent.

    The only markup in it are our own links; both together fit into a ``msgParam`` of 15,000 bytes.
    """
    if isinstance(what, str):
        words, foot = plain(what), ""
    else:
        taps = tuple(button for button in what.buttons if button.tap)
        words = twin.render(replace(what, page="", buttons=taps), quote=plain)
        foot = _foot(twin.links(what))
    title = Pen().short(next(iter(words.splitlines()), ""), GROUP_TITLE)
    room = TEXT_BYTES - len(foot.encode()) - len(_BREAK)
    lines = first_bytes(words.replace("\n", _BREAK), room)
    return title or "提醒", joined([lines, foot], _BREAK) or "—"


def group_picture(title: str, address: str, page: str) -> tuple[str, str]:
    """Return title and markdown of a message that shows a picture that DingTalk fetches itself."""
    words = plain(title)
    # A custom robot may be told to let nothing pass but what names 备案.
    return words, joined([f"!{_link(words, address)}", _link("查看备案", page)], _BREAK)


# --- values ------------------------------------------------------------------------------------


def _value(words: str, pen: Pen) -> str:
    """Return what people wrote as one value, shortened where it is longer than that."""
    whole = plain(words)
    short = first_bytes(whole, VALUE_BYTES)
    pen.cut = pen.cut or short != whole
    return short


def _address(address: str, pen: Pen) -> str:
    if len(address.encode()) <= VALUE_BYTES:
        return address
    pen.cut = True
    return ""


def _notice(card: Card) -> str:
    title = plain(twin.one_line(card.title))
    case = plain(twin.one_line(card.case))
    parts = [Pen().short(title, NOTICE_TITLE), "" if case in title else case]
    return Pen().short(joined(parts, " · "), NOTICE) or "提醒"


def _facts(card: Card, pen: Pen) -> str:
    rows: list[Row] = [
        {
            "name": label(fact.name, FACT_NAME, pen),
            "value": label(fact.value, FACT_VALUE, pen),
        }
        for fact in card.facts
    ]
    if fits(rows):
        return as_json(rows)
    pen.cut = True
    more = {"name": "其余", "value": f"共 {len(rows)} 项，见文字消息"}
    while not fits([*rows, more]):
        rows.pop()
    return as_json([*rows, more])


# --- what can be tapped ------------------------------------------------------------------------


def _later(entries: int) -> str:
    return f"表单放不下的{entries}项，提交后再问您。" if entries else ""


def _buttons(card: Card, submit: Button | None, pen: Pen) -> tuple[list[Row], list[Button]]:
    """Draw the buttons that fit; return them and those that must be typed instead."""
    shown: list[Row] = []
    left: list[Button] = []
    for button in () if card.done else card.buttons:
        key = button.tap.to_key() if button.tap else ""
        url = "" if key else button.url
        if button is submit or not (key or url):
            continue
        row = {
            "key": key,
            "text": label(button.text, BUTTON_TEXT, pen),
            "url": url,
            "tone": button.tone if button.tone in TONES else "plain",
        }
        if fits([*shown, row]):
            shown.append(row)
        else:
            left.append(button)
    return shown, left


# --- links in a group --------------------------------------------------------------------------


def _foot(links: Iterator[tuple[str, str]]) -> str:
    """Draw the links, as many as leave the words half of the room."""
    lines: list[str] = []
    for text, address in links:
        line = _link(plain(twin.one_line(text)) or "查看", address)
        if len(_BREAK.join([*lines, line]).encode()) > TEXT_BYTES // 2:
            return _BREAK.join([*lines, "…"])
        lines.append(line)
    return _BREAK.join(lines)


def _link(text: str, address: str) -> str:
    if len(address.encode()) > LINK_BYTES or re.search(r"[\s()<>\[\]\"\\]", address):
        return f"{text}：{plain(address)}"
    return f"[{text}]({address})"
