"""The answers of ``cards.query`` in English: the same facts, briefly.

What is registered keeps its registered name. Never that something is harmless, never a
recommendation.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Final

from storage.rules.standing import Force

RULES: Final = (
    "By the rules: no fees, nobody has to buy anything, no link to class placement or assessment. "
    "A filing is no guarantee of the content. If this is not so, send “反映” to report it."
)
NO_CHILD: Final = "A child’s name or class is not needed; what you just sent is not kept. "
NOT_SAFE: Final = (
    "That is not for me to judge. I can only say whether it is filed, and what the rules are: "
    "no fees, nobody has to buy anything, no link to assessment. "
)
WHICH_SCHOOL: Final = (
    "Which school is it? Please send the school’s Chinese name; no child’s name is needed. "
    "If you would rather not say, send “any school”."
)
WHICH_APP: Final = "Please send the app’s name (Chinese or pinyin), or its filing number."
NO_SUCH_SCHOOL: Final = (
    "No such school was found. Please send its full Chinese name, or send “any school”."
)
NO_SUCH_NUMBER: Final = "No such number was found. Please check it, or send the app’s name."
USABLE: Final = "What is not filed may not be used at the school (温教办技〔2022〕65号 二（三）)."
REPORTING: Final = (
    "Please report to the school or its education authority: fees to 计财, harmful content to "
    "法规, unfiled use to 教育技术. No child’s name is needed."
)
FIRST_ASKED: Final = "First whether it is filed; afterwards send “反映” to report the fee."
NO_RECEIPT: Final = "No such receipt was found. Please check it and send it again."
WHICH_ONE: Final = "Which one do you mean?"
WHICH_OF_SCHOOLS: Final = "Which school do you mean?"
WHAT_FOR: Final = "What would you like?"
RESULT: Final = "Result"
YES: Final = "yes"
NO: Final = "no"
NEITHER: Final = "none of these"
AGAIN: Final = "another name"
LIST: Final = "list of this school"
REPORT: Final = "反映 (report)"
ASK: Final = "is it filed?"
FEE: Final = "反映收费 (report a fee)"
BOTH: Final = "both"
_ENDED: Final = {
    Force.EXPIRED: "has expired",
    Force.SUSPENDED: "is suspended",
    Force.REVOKED: "was revoked",
    Force.CANCELLED: "was given up by the school",
}
_STAGES: Final = {
    "小学": "primary school",
    "初中": "junior high school",
    "高中": "senior high school",
    "中职": "vocational school",
    "幼儿园": "kindergarten",
}
_DIGITS: Final = "一二三四五六七八九"
_SPAN: Final = re.compile(rf"([{_DIGITS}])(?:至([{_DIGITS}]))?年级")


def perhaps(names: Sequence[str]) -> str:
    """Say which products may be meant, before anything is said of them."""
    return f"You may mean {_and(names)}. "


def is_it(names: Sequence[str]) -> str:
    """Ask whether these are meant."""
    return f"Do you mean {_and(names)}?"


def alike(lines: Sequence[str]) -> str:
    """Say that several numbers end alike."""
    return "These numbers end alike:\n" + "\n".join(lines) + "\nPlease send the whole number."


def filed(
    product: str, school: str, number: str, users: str, checked: date | None, product_no: str
) -> str:
    """Say that a school has filed a product, under which number, for whom, last looked at when."""
    who = f", used in {_users(users)}" if users else ""
    looked = f" Last looked at {checked}." if checked else ""
    outside = f" Product number (held by its developer): {product_no}." if product_no else ""
    return f"Found: {product} is filed at {school}, number {number}{who}.{looked}{outside}"


def stands(product: str, school: str, number: str, force: Force, since: date | None) -> str:
    """Say of a filing that is not in force how it stands."""
    on = f" ({since})" if since else ""
    return (
        f"The filing of {product} at {school} (number {number}) {_ENDED[force]}{on}; "
        "it may not be used as a filed one now."
    )


def elsewhere(product: str, school: str) -> str:
    """Say that another school has filed it, and this one has not."""
    return f"{product}: filed at another school, not filed at {school}. {USABLE}"


def somewhere(product: str) -> str:
    """Say that some school has filed it, where no school was named."""
    return (
        f"{product}: filed at some school. Whether your child’s school may use it depends on "
        "whether that school has filed it."
    )


def not_found(product: str, school: str) -> str:
    """Say that nothing was found."""
    what = f"“{product}”" if product else "this name"
    where = f" at {school}" if school else ""
    return (
        f"No filing of {what} was found{where}. It may not be filed yet, have another name, or be "
        "under way."
    )


def other_sound(names: Sequence[str]) -> str:
    """Name what sounds the same, for who spoke."""
    return f"{_and(names)} sounds the same; send its whole name to ask about it."


def listed(school: str, titles: Sequence[str], most: int) -> str:
    """List what a school has filed."""
    if not titles:
        return f"No filed app or device of {school} was found. {USABLE}"
    more = f" and others, {len(titles)} in all" if len(titles) > most else ""
    return f"Filed at {school}: {', '.join(titles[:most])}{more}. {RULES}"


def charge_of(authority: str, leads: Sequence[str]) -> str:
    """Say to staff who is in charge."""
    return f"In charge: {authority}" + (f", {', '.join(leads)}." if leads else ".")


def _users(words: str) -> str:
    for stage, english in _STAGES.items():
        words = words.replace(stage, english)
    words = _SPAN.sub(_grades, words)
    return words.replace("、", ", ").replace("，", ", ")


def _grades(found: re.Match[str]) -> str:
    first = _DIGITS.index(found[1]) + 1
    return f"grades {first} to {_DIGITS.index(found[2]) + 1}" if found[2] else f"grade {first}"


def _and(names: Sequence[str]) -> str:
    return " and ".join(f"“{name}”" for name in names)
