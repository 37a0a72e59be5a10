"""From typed text to an answer; what is refused is refused with the sentence people read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from handlers.form import Around, BadAnswerError, Colleague, Parser, Pick
from handlers.forms.numerals import read_number
from storage.rules.textcount import count_characters, graphemes

_UNSEEN: Final = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
)
_LINK: Final = re.compile(r"\s*\n\s*")


def tidy(raw: str) -> str:
    """Return typed text as one line: compatibility forms folded, unseen characters gone."""
    return _LINK.sub(" ", unicodedata.normalize("NFKC", _UNSEEN.sub("", raw)).strip())


def clauses(line: str) -> list[str]:
    """Return what stands between commas, stops and 但: a denial holds for one of them only."""
    return [one for piece in re.split(r"[，,。；;]|但是?|不过", line) if (one := piece.strip())]


def text(*, max_chars: int, min_chars: int = 1, what: str = "这一项") -> Parser:
    """Read a short line of ``min_chars`` to ``max_chars`` characters."""

    def parse(raw: str, _around: Around) -> str:
        line = " ".join(_UNSEEN.sub("", raw).split())
        count = count_characters(line)
        if count > max_chars:
            raise BadAnswerError(
                f"{what}最多{max_chars}个字，刚才的有{count}个字。请缩短后再发一次。"
            )
        if count < min_chars:
            raise BadAnswerError(f"{what}至少要{min_chars}个字，请再发一次。")
        return line

    return parse


def long_text(raw: str, _around: Around) -> str:
    """Read a text of several lines as it is; its length is weighed by the form."""
    kept = _UNSEEN.sub("", raw).strip()
    if count_characters(kept) < 2:
        raise BadAnswerError("这一项需要几句话，请再发一次。")
    return kept


def phone_number(raw: str) -> str:
    """Read a mainland mobile number: 11 digits, blanks, dashes and +86 aside.

    Source: 附件 手机号码; requirements R93.
    """
    line = re.sub(r"[\s\-—()]", "", unicodedata.normalize("NFKC", raw))
    line = re.sub(r"^(\+86|0086|86(?=1\d{10}$))", "", line)
    digits = re.sub(r"\D", "", line)
    again = "请再发一次，或发“用我绑定的号码”。"
    if not digits:
        raise BadAnswerError(f"没有认出手机号码。{again}")
    if len(digits) != 11:
        raise BadAnswerError(f"这个号码是{len(digits)}位，手机号应为11位。{again}")
    if not re.fullmatch(r"1[3-9][0-9]{9}", digits):
        raise BadAnswerError(f"这个号码不像手机号，手机号以13至19开头。{again}")
    return digits


_BOUND: Final = r"(用|使用|填)?(我|本人|他|她|负责人)?的?绑定的?(手机)?号码?"


def phone_of_owner(raw: str, around: Around) -> str:
    """Read a number, or take the one that the directory has (用我绑定的号码)."""
    line = tidy(raw)
    if not re.fullmatch(_BOUND, line):
        return phone_number(raw)
    owner = around.answers.get("owner")
    person = owner["id"] if isinstance(owner, Mapping) and "我" not in line else around.me.id
    bound = around.phone_of(person)
    if not bound:
        raise BadAnswerError("名单中没有登记手机号码，请直接发11位号码。")
    return bound


def count(*, unit: str, most: int, what: str) -> Parser:
    """Read how many: 620, 约620人, 六百二十. Never more than ``most``."""

    def parse(raw: str, _around: Around) -> int:
        line = tidy(raw)
        found = re.findall(r"\d[\d,]*|[零〇一二两三四五六七八九十百千万亿]+", line)
        if len(found) != 1 or re.search(r"\d\.\d|-\d", line):
            raise BadAnswerError(f"请发{what}，只要一个数，例如：{unit_example(unit)}。")
        number = read_number(found[0].replace(",", ""))
        if number is None or number > most:
            raise BadAnswerError(f"{what}超出常见范围，请核对后再发一次。")
        if number < 1:
            raise BadAnswerError(f"{what}至少是1{unit}，请再发一次。")
        return number

    return parse


def unit_example(unit: str) -> str:
    """Return how a count with this unit may look."""
    return {"名": "620人", "个班": "2个班", "个学期": "1个学期", "台": "240台"}.get(
        unit, f"3{unit}"
    )


_MONEY: Final = (
    r"(?P<number>\d[\d,]*(?:\.\d+)?|[零〇一二两三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟]+)"
    r"\s*(?P<scale>亿|万|千)?\s*(?:元|块|圆|人民币|rmb)?"
)


def money(raw: str, _around: Around | None = None) -> int | float:
    """Read an amount in yuan: 96万元 → 960000, 3280元, 1,200.50."""
    line = tidy(raw).lower().replace("￥", "").replace("¥", "")
    found = [match for match in re.finditer(_MONEY, line) if match["number"]]
    if len(found) != 1:
        raise BadAnswerError("请只发一个金额，例如：96万元，或 3280元。")
    match = found[0]
    word = match["number"].replace(",", "")
    number = Decimal(word) if word[0].isdecimal() else Decimal(read_number(word) or 0)
    amount = number * {"亿": 10**8, "万": 10**4, "千": 10**3}.get(match["scale"] or "", 1)
    if amount <= 0 or amount >= 10**10:
        raise BadAnswerError("没有认出金额，请按 96万元 或 3280元 的样式再发一次。")
    whole = int(amount)
    return whole if whole == amount else float(round(amount, 2))


def money_text(value: float) -> str:
    """Write an amount as people read it: 96万元, 3280元."""
    if value >= 10_000 and value % 100 == 0:
        return f"{value / 10_000:g}万元"
    return f"{value:g}元"


def one_of(picks: Sequence[Pick], aliases: Mapping[str, str]) -> Parser:
    """Read one of the offered words (or an alias: word → key) and return its key."""

    def parse(raw: str, _around: Around) -> str:
        word = tidy(raw).strip("。.")
        # The words of a button mean this button, whatever else they may hold.
        for pick in picks:
            if word == pick.text:
                return pick.key
        for alias, key in aliases.items():
            if alias in word:
                return key
        hits = [pick.key for pick in picks if word in pick.text or pick.text in word]
        if len(hits) == 1:
            return hits[0]
        raise BadAnswerError("没有对上选项，请发序号：" + numbered(picks) + "。")

    return parse


NONE_WORDS: Final = frozenset(
    {
        "都没有",
        "以上都没有",
        "均没有",
        "没有",
        "无",
        "都无",
        "均无",
        "都不是",
        "均否",
        "都否",
        "否",
        "不",
    }
)


def many_of(picks: Sequence[Pick]) -> Parser:
    """Read several of the offered words or numbers; 都没有 is the pick ``none`` alone."""

    def parse(raw: str, _around: Around) -> list[str]:
        keys = read_many(raw, picks)
        return [pick.key for pick in picks if pick.key in keys]

    return parse


def read_many(raw: str, picks: Sequence[Pick], none_key: str = "none") -> set[str]:
    """Return the keys that a text names, by number or word.

    Raises:
        BadAnswerError: something in it is no option, or 都没有 stands beside another.
    """
    line = tidy(raw).strip("。.")
    offers_none = any(pick.key == none_key for pick in picks)
    if line in NONE_WORDS and offers_none:
        return {none_key}
    for at, pick in enumerate(picks, start=1):
        line = line.replace(pick.text, f" {at} ")
    keys: set[str] = set()
    for piece in _pieces(line):
        if piece.isdecimal() and len(piece) < 3 and 1 <= int(piece) <= len(picks):
            keys.add(picks[int(piece) - 1].key)
            continue
        hit = next((p.key for p in picks if len(piece) > 1 and piece in p.text), None)
        if hit is None:
            none = "；都没有请发“都没有”" if offers_none else ""
            raise BadAnswerError(f"没有对上选项，请发序号，可以多个，例如：1 3{none}。")
        keys.add(hit)
    if none_key in keys and len(keys) > 1:
        raise BadAnswerError("“都没有”和其他选项不能同时选，请再发一次序号。")
    if not keys:
        raise BadAnswerError(
            "请至少选一项，都没有请选“以上都没有”。" if offers_none else "请至少选一项。"
        )
    return keys


def _pieces(line: str) -> list[str]:
    words = [word for word in re.split(r"[\s、,，;；/和]+", line) if word]
    return [c for word in words for c in (word if word.isdecimal() and len(word) < 9 else [word])]


def numbered(picks: Sequence[Pick]) -> str:
    """Write the options with their numbers."""
    return " ".join(f"{at} {pick.text}" for at, pick in enumerate(picks, start=1))


_NAME: Final = r"[\u4e00-\u9fff·]{2,20}|[A-Za-z][A-Za-z .·']{1,39}"
_ME: Final = frozenset({"我", "本人", "我自己", "我本人", "是我", "就是我", "自己"})


def colleague(raw: str, around: Around) -> dict[str, str]:
    """Read exactly one full name of the school's directory; 我 is the sender.

    Source: 附件 项目负责人; requirements A.10b (陈老师, a post or two names are asked again).
    """
    line = tidy(raw).strip("。.“”\"'")
    if line in _ME and not around.me.id:
        raise BadAnswerError("请发学校项目负责人的完整姓名。")
    if line in _ME:
        return {"id": around.me.id, "name": around.me.name}
    staff = around.staff()
    same = [person for person in staff if person.name == line]
    if len(same) == 1:
        return {"id": same[0].id, "name": same[0].name}
    if same:
        raise BadAnswerError(
            f"名单中有{len(same)}位“{line}”，请联系管理员核对名单，或由本人来填并发“我”。"
        )
    near = [person.name for person in staff if _is_near(line, person)]
    if near:
        names = "、".join(list(dict.fromkeys(near))[:5])
        raise BadAnswerError(f"请发一位负责人的完整姓名。名单中有：{names}。是您本人请发“我”。")
    if not re.fullmatch(_NAME, line):
        raise BadAnswerError("请发一位负责人的完整姓名；是您本人请发“我”。")
    raise BadAnswerError(
        f"贵校名单中没有“{''.join(list(graphemes(line))[:10])}”。请核对完整姓名；是您本人请发“我”；新同事请先请管理员加入名单。"
    )


def _is_near(line: str, person: Colleague) -> bool:
    title = re.sub(r"(老师|校长|园长|主任|组长|同学|女士|先生)$", "", line)
    if person.name in line:
        return True
    return bool(title) and title != line and person.name.startswith(title)
