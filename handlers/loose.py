"""Finds answers in free words without labels: a phone number, 620人, 四到六年级, 负责人陈晓."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from handlers.form import Around, BadAnswerError, Form
from handlers.forms import stages
from handlers.forms.dates import dated_pieces

Span = tuple[int, int]
Finder = Callable[[str, Around], Iterator[tuple[str, str, Span]]]

# Patterns are compiled when a text first needs them. A number is looked for from its first digit
# only: tried from each of five thousand digits, one message would hold up the office for seconds.
# What is written half in digits (2千人, 3万5千元) is asked again, never read from its middle.
_START: Final = r"(?<![\d百千万亿])(?<!\d,)"
_WORDS: Final = "零一二两三四五六七八九十百千"
_NUMBER: Final = rf"(?:{_START}\d[\d,]*[百千万]?|(?<![\d{_WORDS}万])[{_WORDS}万]+)"
_PHONE: Final = r"(?<![\dA-Za-z])(?:\+?86[- ]?)?1\d(?:[ -]?\d){7,11}(?![\dA-Za-z])"
_OWNER: Final = (
    r"(?:项目)?(?:负责人|负责老师|联系人)\s*(?:是|为|[:：])?\s*(?P<name>[\u4e00-\u9fff·]{1,12})"
)
_FORMAL: Final = _WORDS + "壹贰叁肆伍陆柒捌玖拾佰仟"
_MONEY: Final = (
    rf"(?:{_START}\d[\d,]*(?:\.\d+)?|(?<![\d{_FORMAL}万亿])[{_FORMAL}万亿]*[{_FORMAL}])"
    rf"\s*(?:万元|亿元|千元|万(?![人名\d{_FORMAL}])|元|块)"
)
_FUND: Final = r"学校公用经费|公用经费|财政专项|财政拨款|企业赠送|企业捐赠|不需要经费|不花钱"
_FUND_YEAR: Final = r"(?<![\d\-—~～至到])20\d{2}\s*(?:年?度?\s*[-—~～至到]\s*20\d{2}\s*)?年度"
_COUNTS: Final = (
    (
        "students",
        rf"(?:(?:约|大约|共|大概)\s*)?({_NUMBER})\s*(?:多|余)?(?:名|人|位|个)(?:学生|同学|孩子|人)?(?!班|学期)",
    ),
    ("devices", rf"({_NUMBER})\s*台"),
    ("classes", rf"({_NUMBER})\s*个?班(?!级)"),
    ("terms", rf"({_NUMBER})\s*个?学期"),
)
_STEPS: Final = (
    ("experts_on", r"论证"),
    ("legality_on", r"审查|合法性"),
    ("minutes_on", r"会议|决策|纪要|开会|校务会|班子会"),
    ("first_use", r"开始使用|启用|已用|使用日期"),
)
_LOOK_BACK: Final = 14
_FILLER: Final = (
    r"(?i)^(备案|应用|终端|app|小程序|软件|平台|学生|使用|老师|项目|负责人|电话|手机|手机号|号码|学校"
    r"|我们|用于|给|在|叫|名称|和|的|是|约|共|用|你好|您好|好|请问|麻烦|谢谢|不收费|免费)+$"
)
_LEAD_IN: Final = (
    r"^((我们|我|本|学)?(学校|校|园)?(现在|目前)?(想|要|准备|打算|计划)(使用|用|引进|推广|申报|报|备案)?"
    r"|(我们学校|我们|我校|本校|学校)(使用|用|引进|推广|申报|报)(的是|了)?)"
)
_THIS_ONE: Final = r"(?i)(这个|这款|这种)(软件|应用|APP|平台|小程序|系统)?$"
_QUOTED: Final = r"[《“\"「【]([^》”\"」】\n]{2,60})[》”\"」】]"


def loose_answers(
    text: str, form: Form, around: Around, problems: dict[str, str]
) -> list[tuple[str, Any, Span]]:
    """Return (field key, answer, where) of all that ``text`` says without labels.

    A piece that looks like an answer and is none (a phone of ten digits) goes to ``problems``.
    """
    found: list[tuple[str, Any, Span]] = []
    taken: list[Span] = []
    for finder in _FINDERS:
        for key, piece, span in finder(text, around):
            field = form.by_key.get(key)
            if field is None or any(span[0] < end and start < span[1] for start, end in taken):
                continue
            taken.append(span)
            try:
                found.append((key, field.parse(piece, around), span))
            except BadAnswerError as refusal:
                problems.setdefault(field.label, str(refusal))
    return found


def loose_name(rest: str) -> str:
    """Return the words that may be the project's name once everything else was taken out."""
    if quoted := re.search(_QUOTED, rest):
        return quoted[1].strip()
    for piece in re.split(r"[\s，,；;。、：:|｜!！?？（）()]+", rest):
        word = re.sub(_THIS_ONE, "", re.sub(_LEAD_IN, "", piece.strip("“”\"'《》")))
        is_stage = not re.sub(r"[和及与的]", "", stages.without_stages(word)).strip()
        if 2 <= len(word) <= 40 and not (is_stage or re.match(_FILLER, word) or word.isdecimal()):
            return word
    return ""


def _phones(text: str, _around: Around) -> Iterator[tuple[str, str, Span]]:
    for match in re.finditer(_PHONE, text):
        yield "phone", match[0], match.span()


def _owners(text: str, around: Around) -> Iterator[tuple[str, str, Span]]:
    if match := re.search(_OWNER, text):
        word = match["name"]
        names = sorted((p.name for p in around.staff()), key=len, reverse=True)
        name = next((one for one in names if word.startswith(one)), None)
        if name is None:
            name = next((me for me in ("本人", "我") if word.startswith(me)), word[:4])
        start = match.start("name")
        yield "owner", name, (match.start(), start + len(name))
        return
    if re.search(_PHONE, text):
        for piece in re.finditer(r"[\u4e00-\u9fff·]{2,6}", text):
            if any(piece[0] == person.name for person in around.staff()):
                yield "owner", piece[0], piece.span()
                return


def _steps(text: str, _around: Around) -> Iterator[tuple[str, str, Span]]:
    end_before = 0
    for start, end in dated_pieces(text):
        before = text[max(end_before, start - _LOOK_BACK) : start]
        hits = [(m.start(), key, m) for key, word in _STEPS for m in re.finditer(word, before)]
        if hits:
            _, key, _match = max(hits)
            yield key, text[start:end], (start, end)
        end_before = end


def _money(text: str, _around: Around) -> Iterator[tuple[str, str, Span]]:
    for match in re.finditer(_MONEY, text):
        yield "amount", match[0], match.span()
    for match in re.finditer(_FUND, text):
        yield "fund", match[0], match.span()
    for match in re.finditer(_FUND_YEAR, text):
        yield "fund_year", match[0], match.span()


def _counts(text: str, _around: Around) -> Iterator[tuple[str, str, Span]]:
    for key, pattern in _COUNTS:
        for match in re.finditer(pattern, text):
            yield key, match[1], match.span()


def _stages(text: str, _around: Around) -> Iterator[tuple[str, str, Span]]:
    spans = stages.stage_pieces(text)
    if spans:
        # One answer, however many pieces it stands in: 小学和初中.
        words = "、".join(text[start:end] for start, end in spans)
        yield "stages", words, spans[0]


_FINDERS: Final[tuple[Finder, ...]] = (_phones, _owners, _steps, _money, _stages, _counts)
