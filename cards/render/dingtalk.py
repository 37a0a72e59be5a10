"""Draws a card as the values of the one DingTalk card template, and texts for what does not fit.

Sources: create-and-deliver-cards and instructions-for-filling-in-api-card-data (every value a
string of at most 1 KB), form-variables, robot-message-type, faq-robot (line breaks).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeVar

from cards.language import Button, Card, Option, Select
from cards.render import text as twin
from cards.render.pen import Pen, first_bytes, joined, pieces

Row = dict[str, str]
Field = dict[str, Any]
Keyed = TypeVar("Keyed", Select, Option)

VALUE_BYTES = 1024
# msgParam holds 15,000 bytes of JSON; escaped, a text may become three times as long.
TEXT_BYTES, MAX_TEXTS = 4500, 5
LINK_BYTES = 1024
FACT_NAME, FACT_VALUE, BUTTON_TEXT, HINT = 20, 120, 20, 60
NOTICE, NOTICE_TITLE, GROUP_TITLE = 60, 44, 50
# How many characters of labels and options a form may have, the widest that fits is taken.
FORM_WIDTHS = (40, 16)
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
        Variable("lastMessage", "string", "会话列表里显示的一行", "备案待会审 · 26-0302-0187"),
    ),
)


def render(card: Card) -> Drawn:
    """Return the values of ``card``, and before it all of it as text where something was cut."""
    pen = Pen()
    submit, form = _form(card, pen)
    shown, left = _buttons(card, submit, pen)
    page = _address(card.page, pen)
    notice = _notice(card)
    params = {
        "title": _value(twin.one_line(card.title) or card.case or "提醒", pen),
        "case": _value(twin.one_line(card.case), pen),
        "lead": _value(twin.one_line(card.lead), pen),
        "body": _value(card.body.strip(), pen),
        "facts": _facts(card, pen),
        "hint": plain(twin.hint(card, left, pen, HINT)),
        "live": "true" if shown or submit else "false",
        "form": _json({"fields": form}),
        "form_key": submit.tap.to_key() if submit and submit.tap else "",
        "form_text": _label(submit.text, BUTTON_TEXT, pen) if submit else "",
        "buttons": _json(shown),
        "done": _value(twin.one_line(card.done), pen),
        "lastMessage": notice,
    }
    private = {}
    if page:
        page_text = _label(card.page_text, BUTTON_TEXT, pen, "查看全文")
        private = {"page": page, "page_text": page_text}
    return Drawn(_texts(card) if pen.cut else (), params, private, notice)


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


# --- words that people write -------------------------------------------------------------------

# Everything markdown, a link or a mention is made of, as signs that look the same and do nothing.
_SIGNS = str.maketrans("<>[]*_`#@~|\\&", "＜＞［］＊＿｀＃＠～｜＼＆")
_MARK = re.compile(r"[-+=]")
_NUMBER = re.compile(r"\d+[.)](?!\d)")
_DOT = re.compile(r"(?<=\w)\.(?=[^\W\d])")
_WIDE = str.maketrans("-+=.)", "－＋＝．）")
_BREAK = "  \n  "


def plain(text: str) -> str:
    """Return ``text`` such that no client takes any of it for markdown, a link or a mention."""
    return "\n".join(_plain_line(line) for line in text.splitlines()).strip()


def _plain_line(line: str) -> str:
    line = line.strip().translate(_SIGNS).replace("://", "：//")
    for mark in (_MARK, _NUMBER):
        if match := mark.match(line):
            line = match[0].translate(_WIDE) + line[match.end() :]
    return _DOT.sub("．", line)


# --- values ------------------------------------------------------------------------------------


def _texts(card: Card) -> tuple[str, ...]:
    whole = twin.render(card, quote=plain)
    return tuple(pieces(whole or "—", max_bytes=TEXT_BYTES, most=MAX_TEXTS))


def _value(words: str, pen: Pen) -> str:
    """Return what people wrote as one value, shortened where it is longer than that."""
    whole = plain(words)
    short = first_bytes(whole, VALUE_BYTES)
    pen.cut = pen.cut or short != whole
    return short


def _label(words: str, max_chars: int, pen: Pen, empty: str = "—") -> str:
    return pen.short(plain(twin.one_line(words)), max_chars) or empty


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


def _json(whole: object) -> str:
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))


def _fits(whole: object) -> bool:
    return len(_json(whole).encode()) <= VALUE_BYTES


def _facts(card: Card, pen: Pen) -> str:
    rows: list[Row] = [
        {
            "name": _label(fact.name, FACT_NAME, pen),
            "value": _label(fact.value, FACT_VALUE, pen),
        }
        for fact in card.facts
    ]
    if _fits(rows):
        return _json(rows)
    pen.cut = True
    more = {"name": "其余", "value": f"共 {len(rows)} 项，见文字消息"}
    while not _fits([*rows, more]):
        rows.pop()
    return _json([*rows, more])


# --- what can be tapped ------------------------------------------------------------------------


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
            "text": _label(button.text, BUTTON_TEXT, pen),
            "url": url,
            "tone": button.tone if button.tone in TONES else "plain",
        }
        if _fits([*shown, row]):
            shown.append(row)
        else:
            left.append(button)
    return shown, left


def _form(card: Card, pen: Pen) -> tuple[Button | None, list[Field]]:
    """Draw the selects as fields of one form, and return the button that sends it off.

    Without such a button, or where not even one option of each select has a place, there is no
    form: then the options are numbered in the text before the card.
    """
    wanted = () if card.done else card.selects
    selects = _unique([select for select in wanted if select.options])
    pen.cut = pen.cut or len(selects) < len(wanted)
    submit = next((button for _, button in twin.numbered(card)), None)
    if not selects:
        return None, []
    if submit is not None and submit.tap and len(submit.tap.to_key().encode()) <= VALUE_BYTES:
        for fields, cut in _trials(selects):
            if _fits({"fields": fields}):
                pen.cut = pen.cut or cut
                return submit, fields
    pen.cut = True
    return None, []


def _trials(selects: Sequence[Select]) -> Iterator[tuple[list[Field], bool]]:
    """Yield the form smaller and smaller, and whether anything of it was left out."""
    longest = max(len(select.options) for select in selects)
    narrow = FORM_WIDTHS[-1]
    sizes = [(width, longest) for width in FORM_WIDTHS]
    sizes += [(narrow, most) for most in range(longest - 1, 0, -1)]
    for width, most in sizes:
        pen = Pen()
        yield [_field(select, width, most, pen) for select in selects], pen.cut


def _field(select: Select, width: int, most: int, pen: Pen) -> Field:
    options = _unique(select.options)
    pen.cut = pen.cut or len(options) < len(select.options)
    label = _label(select.title, width, pen, "请选择")
    if len(options) > most:
        pen.cut = True
        label += f"（共 {len(options)} 项，其余见文字消息）"
    shown = options[:most]
    return {
        "name": select.key,
        "label": label,
        "type": "MULTI_SELECT" if select.many else "SELECT",
        "required": not select.many,
        "options": [
            {"value": option.key, "text": _label(option.text, width, pen)} for option in shown
        ],
        **_chosen(shown, many=select.many),
    }


def _unique(whole: Sequence[Keyed]) -> list[Keyed]:
    """Return the first of each key: what comes back could not be told from the others."""
    found: dict[str, Keyed] = {}
    for one in whole:
        found.setdefault(one.key, one)
    return list(found.values())


def _chosen(options: Sequence[Option], *, many: bool) -> Field:
    """Return what is chosen beforehand, in the shape in which the form sends it back."""
    chosen = [(at, option.key) for at, option in enumerate(options) if option.chosen]
    if not chosen:
        return {}
    places, keys = [at for at, _ in chosen], [key for _, key in chosen]
    if many:
        return {"defaultValue": {"index": places, "value": keys}}
    return {"defaultValue": {"index": places[0], "value": keys[0]}}


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
