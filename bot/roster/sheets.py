"""The four sheets of the roster, their columns, and what a single cell may say (design 2.6)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

import phonenumbers

from bot.roster.workbook import RawSheet, Row
from storage.rules.terms import Desk, Role

UNITS: Final = "单位"
PEOPLE: Final = "人员"
GROUPS: Final = "群"
PRODUCTS: Final = "产品"

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    UNITS: (
        "单位编码",
        "单位名称",
        "类型",
        "区划代码",
        "隶属",
        "办学类别",
        "办学层次",
        "部门角色",
    ),
    PEOPLE: (
        "姓名",
        "单位编码",
        "角色",
        "手机号",
        "企业微信账号",
        "钉钉账号",
        "浙政钉账号",
    ),
    GROUPS: ("群名称", "用途", "单位编码", "平台", "标识", "密钥"),
    PRODUCTS: ("产品名称", "别名", "开发者", "产品备案号", "类型", "核验状态"),
}

ACCOUNT_COLUMNS: Final[Mapping[str, str]] = {
    "企业微信账号": "wecom",
    "钉钉账号": "dingtalk",
    "浙政钉账号": "zhezhengding",
}
"""Column → the channel instance its accounts belong to."""

PLATFORM_LABELS: Final = {instance: name[:-2] for name, instance in ACCOUNT_COLUMNS.items()}

ROLES: Final[Mapping[str, Role]] = {
    "校长": Role.PRINCIPAL,
    "园长": Role.PRINCIPAL,
    "单位负责人": Role.PRINCIPAL,
    "经办人": Role.OWNER,
    "审核人": Role.REVIEWER,
    "部门负责人": Role.HEAD,
    "代办人": Role.DEPUTY,
    "管理员": Role.ADMIN,
    "审计": Role.AUDITOR,
    "纪检": Role.DISCIPLINE,
}

ROLE_LABELS: Final = {
    **{role: word for word, role in reversed(tuple(ROLES.items()))},
    Role.PRINCIPAL: "校长（负责人）",
}

DESK_ALIASES: Final[Mapping[str, Desk]] = {
    **{desk.value: desk for desk in Desk},
    "法规": Desk.LEGAL,
    "计财": Desk.FINANCE,
    "基教": Desk.BASIC,
    "直属处": Desk.DIRECT,
    "直属管理处": Desk.DIRECT,
    "职教": Desk.VOC,
    "学前": Desk.PRE,
    "教研": Desk.RESEARCH,
    "教研院": Desk.RESEARCH,
    "技术": Desk.TECH,
    "教技中心": Desk.TECH,
    "教育技术": Desk.TECH,
    "纪检": Desk.DISCIPLINE,
    **{desk.label: desk for desk in Desk},
}
"""The workbook's keys, and the names that people use for the same desk (requirements A.2)."""

_LIST: Final = re.compile(r"[、，,;；/\n]+")
_CODE: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,39}")
_ACCOUNT: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.@$:-]{0,63}")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_FORMULA: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_MOBILE: Final = re.compile(r"1[3-9][0-9]{9}")

T = TypeVar("T")


class BadCellError(Exception):
    """A cell cannot be taken; the text says why, for the column of reasons."""


@dataclass(slots=True, eq=False)
class Sheet:
    """A sheet being judged. ``problems`` holds the reasons by row number, ``faults`` what is wrong
    with the sheet as a whole, ``notes`` what was seen and left alone."""

    name: str
    rows: Sequence[Row]
    problems: dict[int, list[str]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        """Say whether this sheet may be written: all of it or nothing."""
        return not self.problems and not self.faults

    def blame(self, number: int, why: str) -> None:
        """Note a reason beside a row, once."""
        reasons = self.problems.setdefault(number, [])
        if why not in reasons:
            reasons.append(why)

    def copy(self) -> Sheet:
        """Return this judgement as it stands, to be carried further."""
        problems = {number: list(reasons) for number, reasons in self.problems.items()}
        return Sheet(self.name, self.rows, problems, list(self.faults), list(self.notes))


def open_sheet(raw: RawSheet) -> Sheet:
    """Hold a sheet's header against the columns it must have; nothing unknown passes in silence."""
    expected = COLUMNS[raw.name]
    sheet = Sheet(raw.name, raw.rows)
    missing = [column for column in expected if column not in raw.columns]
    doubled = [column for column in expected if list(raw.columns).count(column) > 1]
    if raw.rows and missing:
        sheet.faults.append(f"缺少列：{'、'.join(missing)}")
    if doubled:
        sheet.faults.append(f"列重复：{'、'.join(doubled)}")
    unknown = [column for column in raw.columns if column not in expected]
    if unknown:
        sheet.notes.append(f"“{raw.name}”表有不认识的列，没有读取：{'、'.join(unknown)}。")
    return sheet


def listed(text: str) -> list[str]:
    """Return the entries of a cell whose values are separated by 、 (commas pass too)."""
    return list(dict.fromkeys(part.strip() for part in _LIST.split(text) if part.strip()))


def name(row: Row, column: str, *, most: int, least: int = 1) -> str:
    """Return a required name.

    Raises:
        BadCellError: empty, too long, or not a name: a line break, or the look of a formula.
    """
    text = row[column]
    if not text:
        raise BadCellError(f"“{column}”没有填写")
    return checked_name(text, column, most=most, least=least)


def checked_name(text: str, column: str, *, most: int, least: int = 1) -> str:
    """Return ``text`` if it can be a name.

    Raises:
        BadCellError: as ``name``.
    """
    if text.startswith(_FORMULA):
        raise BadCellError(f"“{column}”以“{text[0]}”开头，像是公式，请改为文字")
    if _CONTROL.search(text):
        raise BadCellError(f"“{column}”里有换行或看不见的字符")
    if not least <= len(text) <= most:
        raise BadCellError(f"“{column}”应为 {least} 至 {most} 个字")
    return text


def code(row: Row, column: str = "单位编码") -> str:
    """Return a unit's code.

    Raises:
        BadCellError: empty, or other signs than letters, digits and ``. _ -``.
    """
    text = row[column]
    if not text:
        raise BadCellError(f"“{column}”没有填写")
    if not _CODE.fullmatch(text):
        raise BadCellError(f"“{column}”只能用字母、数字和 . _ -（数字很长时请把该列设为文本格式）")
    return text


def choice(row: Row, column: str, choices: Mapping[str, T]) -> T:
    """Return what a word means.

    Raises:
        BadCellError: empty or not one of ``choices``.
    """
    text = row[column]
    if not text:
        raise BadCellError(f"“{column}”没有填写")
    return _meaning(text, column, choices)


def choices_in(row: Row, column: str, choices: Mapping[str, T]) -> tuple[T, ...]:
    """Return what the words of a list cell mean, each once, in their order.

    Raises:
        BadCellError: a word that is not one of ``choices``.
    """
    return tuple(dict.fromkeys(_meaning(word, column, choices) for word in listed(row[column])))


def _meaning(word: str, column: str, choices: Mapping[str, T]) -> T:
    if word not in choices:
        raise BadCellError(f"“{column}”没有“{word}”这一项，可以填：{'、'.join(_first(choices))}")
    return choices[word]


def _first(choices: Mapping[str, T]) -> Iterable[str]:
    found: dict[T, str] = {}
    for word, value in choices.items():
        found.setdefault(value, word)
    return found.values()


def mobile(row: Row, column: str = "手机号") -> str:
    """Return a mainland mobile number as eleven digits, empty where none is given.

    Raises:
        BadCellError: a landline, a number of another country, or no number.

    Source: 附件 手机号码; requirements A.7.
    """
    text = row[column]
    if not text:
        return ""
    try:
        number = phonenumbers.parse(text, "CN")
    except phonenumbers.NumberParseException:
        number = None
    digits = str(number.national_number) if number and number.country_code == 86 else ""
    if not _MOBILE.fullmatch(digits) or (number and number.extension):
        raise BadCellError(f"“{column}”应为 11 位手机号码")
    return digits


def accounts(row: Row) -> tuple[tuple[str, str], ...]:
    """Return the (instance, account) pairs of a person's row.

    Raises:
        BadCellError: none at all (nobody is ever found by name), or one that cannot be an account.
    """
    found = []
    for column, instance in ACCOUNT_COLUMNS.items():
        for text in listed(row[column]):
            if not _ACCOUNT.fullmatch(text):
                raise BadCellError(
                    f"“{column}”的“{text[:20]}”不像账号（数字很长时请把该列设为文本格式）"
                )
            found.append((instance, text))
    if not found:
        raise BadCellError("企业微信、钉钉、浙政钉账号至少填写一个")
    return tuple(found)
