"""What a school is called for short, by the ways in which people here shorten a school's name."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from storage.rules.patterns import Pattern

_DIGITS: Final = str.maketrans("0123456789", "零一二三四五六七八九")
_NUMBER: Final = "[一二三四五六七八九十百]+"
_PLACE: Final = Pattern(
    r"^(?:[\u4e00-\u9fff]{2,3}省)?(?:(?P<city>[\u4e00-\u9fff]{2})市)?(?:(?P<county>[\u4e00-\u9fff]{2})[区县])?市?"
)
_CITY_AHEAD: Final = Pattern(rf"^[\u4e00-\u9fff]{{2}}(?=第{_NUMBER}[中小高幼])")
_RANKED: Final = Pattern(r"^(?:[\u4e00-\u9fff]{2}[市县])?([\u4e00-\u9fff]{2})[市区县镇乡](?=..)")
_BESIDE: Final = Pattern(r"[（(]([^（）()]*)[)）]")
_CAMPUS: Final = Pattern(r"(?P<campus>[\u4e00-\u9fff]{1,4}(?:校区|分校|园区|分园))$")
_CAMPUS_ALONE: Final = Pattern(r"[\u4e00-\u9fff]{1,4}(?:校区|分校|园区|分园)")

_SHORTER: Final = (
    (rf"第({_NUMBER})(?:高级|初级)?中学$", r"\1中"),
    (rf"第({_NUMBER})(?:高级)?中学$", r"第\1中学"),
    (rf"第({_NUMBER})高级中学$", r"\1高"),
    (rf"第({_NUMBER})初级中学$", r"\1初"),
    (rf"第({_NUMBER})(?:实验)?小学$", r"\1小"),
    (rf"第({_NUMBER})幼儿园$", r"\1幼"),
    (rf"第({_NUMBER})职业.*$", r"\1职"),
    (r"实验小学$", "实小"),
    (r"实验中学$", "实中"),
    (r"实验学校$", "实验"),
    (r"实验学校$", "学校"),
    (r"(?:第一|第二|第三)?附属小学$", "附小"),
    (r"附属(?:初级|高级)?中学$", "附中"),
    (r"附属学校$", "附校"),
    (r"中心小学$", "中心小"),
    (r"中心小学$", "中心校"),
    (r"中心学校$", "中心校"),
    (r"中心幼儿园$", "中心幼"),
    (r"双语小学$", "双语"),
    (r"外国语(?:实验)?(?:学校|小学|中学)$", "外国语"),
    (r"外国语(?:实验)?(?:学校|小学|中学)$", "外校"),
    (r"(?:技师)?职业(?:技术|高级|中等专业|中专)*(?:学校|中学)$", "职校"),
    (r"(?:技师)?职业(?:技术|高级|中等专业|中专)*(?:学校|中学)$", "职高"),
    (r"(?:技师)?职业(?:技术|高级|中等专业|中专)*(?:学校|中学)$", "职专"),
    (r"(?:技师)?职业(?:技术|高级|中等专业|中专)*(?:学校|中学)$", "职业学校"),
    (r"特殊教育学校$", "特校"),
    (r"九年一贯制学校$", "学校"),
    (r"九年一贯制学校$", ""),
    (r"高级中学$", "高中"),
    (r"高级中学$", "高级"),
    (r"高级中学$", "高"),
    (r"初级中学$", "初中"),
    (r"(?<!高级)(?<!初级)中学$", "中"),
    (r"小学$", "小"),
    (r"小学$", ""),
    (r"学校$", ""),
    (r"幼儿园$", "幼"),
    (r"幼儿园$", ""),
)
"""How the end of a name is shortened: 瓯江实验小学 → 瓯江实小; 第二中学 → 二中.

None makes 实验中学 a 中学: that is another school, and somebody who says so is asked.
"""
_LEAST: Final = 3
"""A shorter name is only a name with a number in it: 二中."""
_NUMBERED: Final = Pattern(rf"{_NUMBER}[中小高初幼职]")
_ANYBODY_S: Final = frozenset(
    {"中心小", "中心校", "中心幼", "实验小", "实验中", "职业学校", "外国语", "幼儿园", "高级中"}
)
"""What is left where a place was all that told one from another, and says nothing any more."""
_FIRST_SIGN: Final = Pattern(
    r"^([\u4e00-\u9fff])[\u4e00-\u9fff](实小|实中|外校|附小|附中|职高|职专)$"
)


class Parted(NamedTuple):
    """A school's name and the campus that is named with it; ``campus`` may be empty."""

    school: str
    campus: str


def plain(name: str) -> str:
    """Return a name as schools write it: digits are numerals, 第2中学 is 第二中学."""
    return re.sub(r"\s+", "", name).translate(_DIGITS)


def without_rank(name: str) -> str:
    """Return a name without what rank its place has or had: 苍南县龙港镇第五小学 → 龙港第五小学."""
    return _RANKED.sub(r"\1", plain(name))


def part(name: str) -> Parted:
    """Part the campus from a school's name: 瓯江实验小学（滨江校区）, 瓯江实验小学滨江校区."""
    text = plain(name)
    for inside in _BESIDE.found(text):
        if _CAMPUS.search(inside):
            return Parted(_BESIDE.sub("", text), inside)
    text = _BESIDE.sub("", text)
    found = re.match(
        r"(?P<school>.+?(?:小学|中学|学校|幼儿园|实小|实中|附小|附中|中|小))"
        r"(?P<campus>[\u4e00-\u9fff]{1,4}(?:校区|分校|园区|分园))$",
        text,
    )
    return Parted(found["school"], found["campus"]) if found else Parted(text, "")


def campuses_in(text: str) -> tuple[str, ...]:
    """Return the campuses that a filing names; none are named where it is for the whole school."""
    return tuple(dict.fromkeys(_CAMPUS_ALONE.found(text)))


def covers(named: tuple[str, ...], campus: str) -> bool:
    """Tell whether a filing that names some campuses is for one; for the whole where none is.

    Source: requirements A.10b: a school's filing covers its campuses unless it names some.
    """
    return not named or not campus or any(campus in one or one in campus for one in named)


def also_called(name: str) -> set[str]:
    """Return everything a school is called by: its full name, without its place, for short."""
    school, campus = part(name)
    found = {school, *_without_place(school)}
    for full in tuple(found):
        found.update(_short(full))
    if campus:
        bare = re.sub(r"(校区|园区)$", "", campus)
        found = {school + campus, *(one + end for one in found for end in (campus, bare))}
    found = {one for one in found if len(one) >= _LEAST or _NUMBERED.fullmatch(one)}
    return {plain(name), *(found - _ANYBODY_S)}


def _without_place(school: str) -> Iterator[str]:
    place = _PLACE.match(school)
    rest = school[place.end() :] if place else school
    if rest == school:
        rest = _CITY_AHEAD.sub("", school)
    if rest != school and len(rest) >= _LEAST:
        yield rest
        if place:
            yield from (one + rest for one in (place["city"], place["county"]) if one)


def _short(full: str) -> Iterator[str]:
    for ending, by in _SHORTER:
        short = re.sub(ending, by, full)
        if short != full:
            yield short
            if first := _FIRST_SIGN.match(short):
                yield first[1] + first[2]
