"""Takes a message apart that answers several questions at once, labelled or not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from cards.render.text import COPY_BELOW, OFFERED
from handlers.form import Around, BadAnswerError, Field, Form
from handlers.forms import stages
from handlers.forms.dates import dated_pieces
from handlers.forms.principles import LABELS, read_one
from handlers.loose import loose_answers, loose_name
from storage.rules.textcount import count_characters

MOST_CHARS: Final = 5000
"""What one message may hold; a longer one is told so, calmly, and changes nothing."""

_PASSED_OVER: Final = (
    OFFERED,
    "学校名称（盖章）",
    "学校名称",
    "学校",
    "单位",
    "办学类别",
    "类型",
    "备案类型",
    "详细方案",
    "学校审核",
    "审核日期",
    "填表日期",
    # Of a device alone; where applications are filed these are a field's names.
    "产品备案号",
    "教育App备案号",
    "产品备案",
)
_OPENING: Final = re.compile(
    r"^\s*(我要|我想|申请|新建)?(做|办|办理)?(一个|一件)?(应用|终端|APP|进校园)*备案(?!号)[\s，,：:。；;!！]*",
    re.IGNORECASE,
)
_BARE_YEAR: Final = (
    r"(?<![\d.])20\d{2}\s*年?度?\s*[-—~～至到]\s*20\d{2}\s*年?度?(?!\s*[\d万元])"
    r"|(?<![\d.])20\d{2}\s*年度?(?!\s*\d+\s*月)|[去今本明]年度?"
)
_TRAILING: Final = " \n\t，,；;。|｜"
_BARE_NUMBER: Final = r"\D*?(\d[\d,]*)\s*(?:(?:多|余|左右|上下)\s*)?(?:[，,。；;、]\D*)?"


@dataclass(slots=True, eq=False)
class Found:
    """What a message said. ``values``: field key → answer; ``problems``: label → sentence.

    ``long``: an overview over its limit, kept whole; ``said``: some of the principle questions;
    ``name``: words that may be the project's name; ``kind``: ``app``, ``terminal`` or ``both``.
    """

    values: dict[str, Any] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    long: str = ""
    said: dict[str, dict[str, str]] = field(default_factory=dict)
    name: str = ""
    kind: str = ""


_LABELLED: dict[str, re.Pattern[str]] = {}


def opening_removed(text: str) -> str:
    """Return ``text`` without the word that opens a filing."""
    return _OPENING.sub("", text, count=1)


def labels_in(text: str, form: Form) -> int:
    """Count how many of the form's labels stand in ``text``."""
    return len(_labels(text, form))


def _labels(text: str, form: Form) -> list[re.Match[str]]:
    """Return the labels in ``text``. One between blanks counts where its line begins with one."""
    found: list[re.Match[str]] = []
    begun: set[int] = set()
    for match in _label_pattern(form).finditer(text):
        start = text.rfind("\n", 0, match.start()) + 1
        if not text[start : match.start()].strip():
            begun.add(start)
        if match.lastgroup != "cell" or start in begun:
            found.append(match)
    return found


def take_apart(text: str, form: Form, around: Around) -> Found:
    """Read every answer that ``text`` holds; what cannot be read becomes a problem, never a guess.

    Directory look-ups happen only where a name or a stage was written.
    """
    found = Found(kind=kind_in(text))
    text = text.rpartition(COPY_BELOW)[2]
    pieces = _labels(text, form)
    for at, match in enumerate(pieces):
        end = pieces[at + 1].start() if at + 1 < len(pieces) else len(text)
        label = re.sub(r"\s+", "", match[match.lastgroup or "label"])
        _labelled(label, text[match.end() : end].strip(), form, around, found)
    free = opening_removed(text[: pieces[0].start()] if pieces else text)
    rest = free
    for key, value, span in loose_answers(free, form, around, found.problems):
        found.values.setdefault(key, value)
        rest = rest[: span[0]] + " " * (span[1] - span[0]) + rest[span[1] :]
    if "project" not in found.values:
        found.name = loose_name(rest)
    return found


def kind_in(text: str) -> str:
    """Return which kind the words of ``text`` speak of, empty where they do not."""
    line = text[:400]
    app = bool(re.search(r"应用(?!方向)|APP|小程序|软件|平台", line, re.IGNORECASE))
    terminal = bool(
        re.search(r"(?<!预装)(?<!指定)终端|平板|学习机", re.sub(r"终端或(学习类)?APP", "", line))
    )
    if re.search(r"类型\s*[:：]\s*(终端和应用|两者)", line):
        return "both"
    if found := re.search(
        r"类型\s*[:：]\s*(移动学习终端|终端|应用|APP|小程序)", line, re.IGNORECASE
    ):
        return "terminal" if "终端" in found[1] else "app"
    if app and terminal:
        return ""
    return "app" if app else "terminal" if terminal else ""


def _label_pattern(form: Form) -> re.Pattern[str]:
    known = _LABELLED.get(form.matter)
    if known is None:
        names = {name for one in form.fields for name in (one.label, *one.names)}
        words = "|".join(
            re.escape(word)
            for word in sorted({*names, *LABELS, *_PASSED_OVER}, key=len, reverse=True)
        )
        number = r"(?:[(（]?(?:\d{1,2}|[一二三四五六七八九十])[.、)）．]\s*)?"
        beside = r"(?:（[^）\n]{0,20}）|\([^)\n]{0,20}\))?"
        known = _LABELLED[form.matter] = re.compile(
            rf"(?:^|(?<=[\n\s，,；;。|｜])){number}[*·\-]*"
            rf"(?:[【\[](?P<boxed>{words})[】\]]\s*{beside}\s*[:：]?"
            rf"|[【\[]*(?P<label>{words})[】\]]*\s*{beside}\s*[:：]"
            # The annex as a table: its cells stand beside their labels, or below them.
            rf"|(?:^|(?<=\n))(?P<line>{words}){beside}[ \t]+(?=\S)"
            rf"|(?:^|(?<=\n))(?P<below>{words}){beside}[ \t]*(?:\n|$)"
            rf"|(?<=[ \t])(?P<cell>{words}){beside}[ \t]+(?=\S))\s*",
            re.IGNORECASE | re.MULTILINE,
        )
    return known


def _labelled(label: str, value: str, form: Form, around: Around, found: Found) -> None:
    if not value:
        return
    one = _field(label, form)
    if label in LABELS and not (one and _is_chosen(one, value, around)):
        _principle(label, value, form, around, found)
    elif one:
        read_answer(one, value, form, around, found)


def _is_chosen(one: Field, value: str, around: Around) -> bool:
    """Tell whether ``value`` is nothing but options of the field, in their own words."""
    rest = value
    for pick in one.widget.picks(around) if one.widget else ():
        rest = rest.replace(pick.text, "")
    return rest != value and not rest.strip(_TRAILING + "、")


def _field(label: str, form: Form) -> Field | None:
    for one in form.fields:
        if label.casefold() in (name.casefold() for name in (one.label, *one.names)):
            return one
    return None


def read_answer(one: Field, value: str, form: Form, around: Around, found: Found) -> None:
    """Read what stands beside a field's name, and what people write along with it."""
    raw = value if one.limit else value.strip(_TRAILING)
    if one.limit and count_characters(raw) > one.limit:
        found.long = raw
        return
    if one.key == "product_no" and _number_said(raw, found):
        return
    if one.secret and one.key in around.answers and re.search(r"[*＊]{4}", raw):
        # What was shown masked and comes back says nothing new.
        return
    try:
        if one.key == "amount" and re.search(_BARE_YEAR, raw):
            found.values.update(_amount_and_year(raw, form, {}, around))
            return
        # "陈晓 13857712345" under 项目负责人: the number is read beside it.
        bare = re.split(r"[\d+（(，,；;/]", raw)[0] if one.key == "owner" else raw
        found.values[one.key] = one.parse(bare, around)
    except BadAnswerError as refusal:
        found.problems[one.label] = str(refusal)
        return
    for other, answer in _beside(one, raw, form, around):
        found.values.setdefault(other, answer)


def _number_said(raw: str, found: Found) -> bool:
    """Read 产品备案号：无 as an answer to the question whether there is one."""
    said = read_one("product_no", raw)
    none = said if said in ("no", "unsure") else None
    found.said.setdefault("fair", {})["product_no"] = none or "yes"
    return none is not None or raw in ("有", "已有", "是")


def _beside(one: Field, raw: str, form: Form, around: Around) -> Iterator[tuple[str, Any]]:
    """Read what people write beside an answer: a name with a number, a stage with a count."""
    group = {field.key for field in form.group(one.key)} | (
        {"phone"} if one.key == "owner" else set()
    )
    for key, value, _span in loose_answers(raw, form, around, {}):
        if key in group:
            yield key, value


def _principle(label: str, value: str, form: Form, around: Around, found: Found) -> None:
    key, question = LABELS[label]
    said = read_one(question, value)
    if said is None:
        found.problems[label] = "没有认出是“是”还是“否”，稍后单独问您。"
        return
    found.said.setdefault(key, {})[question] = said
    words = re.sub(r"^(是|有|自愿自带|自带)[，,。；;：:\s]*", "", value.strip(_TRAILING))
    follow = {"partial_use": "partial_words", "device": "device_words", "in_use": "first_use"}.get(
        question
    )
    if follow and said in ("yes", "own") and words != value:
        try:
            found.values[follow] = form.by_key[follow].parse(words, around)
        except BadAnswerError:
            return


def spread(text: str, form: Form, asked: Field, around: Around) -> Mapping[str, Any]:
    """Read one message that answers the fields asked together with ``asked``.

    Bare dates go to the open fields in their order; a bare number beside a stage is the count.

    Raises:
        BadAnswerError: what was asked is there and cannot be right.
    """
    group = form.group(asked.key)
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for key, value, _span in loose_answers(text, form, around, problems):
        if any(one.key == key for one in group):
            values.setdefault(key, value)
    if asked.label in problems:
        raise BadAnswerError(problems[asked.label])
    if asked.together == "steps":
        spans = dated_pieces(text)
        missing = [one for one in group if one.key not in around.answers or one is asked]
        if not values and len(spans) == len(missing):
            for one, (start, end) in zip(missing, spans, strict=True):
                values[one.key] = one.parse(text[start:end], around)
    elif asked.key == "amount":
        values = _amount_and_year(text, form, values, around)
    elif "stages" in values and "students" not in values:
        rest = stages.without_stages(text)
        if number := re.fullmatch(_BARE_NUMBER, rest):
            # A count that cannot be right is asked for by itself, as the next question.
            with suppress(BadAnswerError):
                values["students"] = form.by_key["students"].parse(number[1], around)
    return values


def _amount_and_year(
    text: str, form: Form, values: Mapping[str, Any], around: Around
) -> dict[str, Any]:
    """Read a bare year beside an amount, or an amount without its unit beside a year."""
    found = dict(values)
    year = re.search(_BARE_YEAR, text)
    if year and "fund_year" not in found:
        found["fund_year"] = form.by_key["fund_year"].parse(year[0], around)
    if year and "amount" not in found:
        rest = text[: year.start()] + text[year.end() :]
        found["amount"] = form.by_key["amount"].parse(rest.strip(_TRAILING), around)
    return found
