"""Numbers written in Chinese, small and formal: 六百二十, 九十六万, 玖拾陆."""

from __future__ import annotations

from typing import Final

_DIGITS: Final = {
    **{char: at for at, char in enumerate("零一二三四五六七八九")},
    **{char: at for at, char in enumerate("〇壹贰叁肆伍陆柒捌玖")},
    "两": 2,
}
_UNITS: Final = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_GROUPS: Final = {"万": 10_000, "亿": 100_000_000}
_LONGEST: Final = 24
"""No number of an office is written longer; `int` itself gives up at some thousands of digits."""


def read_number(word: str) -> int | None:
    """Return the whole number that ``word`` writes in digits or Chinese; ``None`` where it is none.

    ``二〇二六`` is read digit by digit. What runs on for more than 24 characters is no number.
    """
    if len(word) > _LONGEST:
        return None
    if word.isdecimal():
        return int(word)
    if any(char not in _DIGITS and char not in _UNITS and char not in _GROUPS for char in word):
        return None
    if all(char in _DIGITS for char in word):
        return int("".join(str(_DIGITS[char]) for char in word))
    total = group = digit = 0
    for char in word:
        if char in _DIGITS:
            digit = _DIGITS[char]
        elif char in _UNITS:
            group += (digit or 1) * _UNITS[char]
            digit = 0
        else:
            total = (
                (total + group + digit) * _GROUPS[char]
                if char == "亿"
                else (total + (group + digit) * _GROUPS[char])
            )
            group = digit = 0
    return total + group + digit


def write_small(number: int) -> str:
    """Write 1 to 19 in Chinese, as grades are: 四, 十二."""
    digits = "零一二三四五六七八九"
    if number < 10:
        return digits[number]
    return "十" + (digits[number - 10] if number > 10 else "")
