"""What an administrator types to change a rule: 把法规处会审改为3个工作日."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Final, NamedTuple

from handlers.forms.numerals import read_number
from storage.rules.changeable import Form, Setting, by_name
from storage.rules.office import OWN_REVIEW
from storage.rules.terms import RuleViolationError

_BY_NAME: Final = by_name()
_NAMES: Final = "|".join(sorted(map(re.escape, _BY_NAME), key=len, reverse=True))
# What a reviewer may just as well ask a school to change: 把盖章改为扫描件.
_OF_SCHOOLS: Final = ("材料", "依据")
_OFFICE_NAMES: Final = "|".join(
    sorted(
        (re.escape(name) for name, one in _BY_NAME.items() if one.group not in _OF_SCHOOLS),
        key=len,
        reverse=True,
    )
)
_TO: Final = (
    r"(?:[改换变]为|[改换变]成|改到|[调设]为|[调设]成|调到|设置为|设置成|调整为|调整到|调整成|定为|定成"
    r"|[延缩]长?短?[到至为]|放宽到|放宽至|提高到|降到|降为)"
)
_TAIL: Final = r"(?:的?(?:时限|期限|限期|时间|天数|人数|上限))?"
_NUMBER: Final = r"[0-9０-９零〇一二两三四五六七八九十百千万]+"
_WITH_UNIT: Final = (
    rf"{_NUMBER}\s*个?\s*(?:工作日|工作天|天|日|年|月|班|班级|学期|学生|人|名|名学生|元)"
)

NAMED: Final = (
    rf"(?:请|麻烦)?(?:把|将)\s*[“\"]?(?:{_OFFICE_NAMES})[”\"]?{_TAIL}\s*{_TO}[\s\S]{{1,120}}"
)
"""A rule of the office, plainly to be changed."""
LOOSE: Final = (
    rf"(?:请|麻烦)?(?:把|将)?\s*[“\"]?(?:{_NAMES})[”\"]?{_TAIL}"
    rf"\s*(?:{_TO}[\s\S]{{1,120}}|改?[:：]?\s*{_WITH_UNIT})[。.]?"
)
"""Any rule, in as many or fewer words, which may be the answer to something else."""
UNKNOWN: Final = (
    rf"(?:请|麻烦)?(?:把|将)?\s*[^，。？\n]{{1,20}}(?:时限|期限|天数|时间|次数|人数|上限|规则|设置|年限)"
    rf"\s*{_TO}[\s\S]{{1,60}}"
)
"""What sounds like a rule and is none."""
_WISH: Final = re.compile(
    rf"(?:请|麻烦)?(?:把|将)?(?P<name>{_NAMES}){_TAIL}(?:{_TO}|改)?[:=]?(?P<value>.+?)[。.!]?"
)
_NAMED, _LOOSE = re.compile(NAMED), re.compile(LOOSE)
_NOISE: Final = re.compile(r"[\s“”\"'「」]+")


class Wish(NamedTuple):
    """A rule that somebody wants otherwise, with its value as plain text."""

    setting: Setting
    value: str


def read_wish(text: str) -> Wish | None:
    """Read which rule is to be what; ``None`` where no rule is named.

    Raises:
        RuleViolationError: the value is none of this rule, or outside its range.
    """
    plain = _plain(text)
    match = _WISH.fullmatch(plain)
    if match is None or not (_NAMED.fullmatch(plain) or _LOOSE.fullmatch(plain)):
        return None
    setting = _BY_NAME[match["name"]]
    return Wish(setting, read_value(setting, match["value"]))


def read_value(setting: Setting, typed: str) -> str:
    """Read a value as people write it into the settings' plain text.

    Raises:
        RuleViolationError: says how it is written, and in which range.
    """
    typed = _plain(typed) if setting.form is not Form.WORDS else typed.strip("“”\"' 。")
    return _READERS[setting.form](setting, typed)


def sounds_like_a_rule(text: str) -> bool:
    """Tell whether somebody wants a rule of the office changed, whatever right they have to it."""
    return _NAMED.fullmatch(_plain(text)) is not None


def how(setting: Setting) -> str:
    """Say which values a rule can have."""
    match setting.form:
        case Form.COUNT:
            return f"{setting.least}到{setting.most}{setting.unit}"
        case Form.CHOICE:
            return "、".join(words[0] for words in setting.choices.values())
        case Form.MOMENT:
            return "一个时刻，例如 8:50，请避开整点和半点"
        case Form.SPAN:
            return "起止时刻，例如 19:00到7:30"
        case Form.STEPS:
            return "一到三个由多到少的天数，例如 90、30、7"
        case Form.DAY:
            return "日期，例如 2026-12-31"
    return f"{setting.most}字以内的文字"


def _plain(text: str) -> str:
    return _NOISE.sub("", unicodedata.normalize("NFKC", text))


def _wrong(setting: Setting) -> RuleViolationError:
    return RuleViolationError(f"“{setting.label}”可以是{how(setting)}。请再发一次。")


def _count(setting: Setting, typed: str) -> str:
    if setting.key.startswith(OWN_REVIEW) and typed in _AS_OTHERS:
        return "0"
    match = re.fullmatch(rf"(?:([0-9]{{1,4}})万|({_NUMBER}))个?({_UNITS})?(?:内|以内|之内)?", typed)
    if match is None:
        raise _wrong(setting)
    number = int(match[1]) * 10_000 if match[1] else read_number(match[2])
    is_meant = not match[3] or match[3] in _KINDS[setting.unit]
    if number is None or not is_meant or not setting.least <= number <= setting.most:
        raise _wrong(setting)
    return str(number)


_AS_OTHERS: Final = ("0", "统一", "默认", "相同", "与其他部门相同", "和其他部门一样", "一样")
_UNITS: Final = "工作日|工作天|天|日|年|月|班级|班|学期|名学生|学生|人|名|元"
_KINDS: Final = {
    "个工作日": ("工作日", "工作天", "天", "日"), "年": ("年",), "个月": ("月",),
    "个班": ("班", "班级"), "个学期": ("学期",), "名学生": ("名学生", "学生", "人", "名"),
    "人": ("人", "名"), "人（含校长）": ("人", "名"), "元": ("元",),
}  # fmt: skip


def _choice(setting: Setting, typed: str) -> str:
    for value, words in setting.choices.items():
        if typed in words or typed == value:
            return value
    raise _wrong(setting)


_CLOCK: Final = re.compile(
    r"(?P<part>早上|上午|早|中午|下午|傍晚|晚上|晚)?(?P<hour>\d{1,2}|[零一二两三四五六七八九十]{1,3})"
    r"(?:[:点时](?P<minute>\d{1,2}|半|[零一二三四五六七八九十]{1,3})?分?)?"
)


def _at(match: re.Match[str] | None) -> str | None:
    """Return 08:50 of 8:50, 8点50分, 早上八点半; None of what is no time."""
    if match is None:
        return None
    hour, minute = read_number(match["hour"]), match["minute"]
    past = 30 if minute == "半" else read_number(minute) if minute else 0
    if hour is None or past is None:
        return None
    if match["part"] in ("下午", "傍晚", "晚上", "晚") and hour < 12:
        hour += 12
    return f"{hour:02d}:{past:02d}" if hour < 24 and past < 60 else None


def _moment(setting: Setting, typed: str) -> str:
    found = _at(_CLOCK.fullmatch(typed))
    # On the hour and the half everybody's programs send at once.
    if found is None or found.endswith((":00", ":30")):
        raise _wrong(setting)
    return found


def _span(setting: Setting, typed: str) -> str:
    parts = re.split(r"到|至|[-—~]+", typed.removeprefix("从"))
    times = [
        _at(_CLOCK.fullmatch(part.removeprefix("次日").removeprefix("第二天"))) for part in parts
    ]
    if len(times) != 2 or None in times or times[0] == times[1]:
        raise _wrong(setting)
    return f"{times[0]}-{times[1]}"


def _steps(setting: Setting, typed: str) -> str:
    bare = re.sub(r"个?工作日|天|日", "", typed)
    parts = [read_number(part) for part in re.split(r"[、,，;和/]+", bare)]
    days = [part for part in parts if part is not None]
    is_falling = days == sorted(set(days), reverse=True)
    if len(days) != len(parts) or not (1 <= len(days) <= 3 and is_falling and days[0] <= 250):
        raise _wrong(setting)
    return ",".join(map(str, days))


def _day(setting: Setting, typed: str) -> str:
    if setting.key == "legacy_until" and typed in ("", "没有", "无", "不限", "空", "取消"):
        return ""
    match = re.fullmatch(r"(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})日?", typed)
    try:
        return date(*(int(part) for part in match.groups())).isoformat() if match else _no(setting)
    except ValueError:
        raise _wrong(setting) from None


def _no(setting: Setting) -> str:
    raise _wrong(setting)


def _words(setting: Setting, typed: str) -> str:
    if not 2 <= len(typed) <= setting.most or "|" in typed:
        raise _wrong(setting)
    return typed


_READERS: Final = {
    Form.COUNT: _count, Form.CHOICE: _choice, Form.MOMENT: _moment, Form.SPAN: _span,
    Form.STEPS: _steps, Form.DAY: _day, Form.WORDS: _words,
}  # fmt: skip
