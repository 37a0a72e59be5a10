"""Numbers: the filing number we issue, the case number, and the product's own number.

The filing number (备案号, ours) and the product number (产品备案号, outside) are never the same.
"""

import re
import unicodedata
from datetime import date, datetime, tzinfo
from typing import Final, NamedTuple

from storage.rules.terms import RuleViolationError, Term

LETTERS: Final = ("Z", "A", "X")
"""Z 终端, A 应用, X one number that covers a terminal part and an APP part."""

_PLACES: Final = {
    "{年}": r"(?P<year>[0-9]{4})",
    "{区划}": r"(?P<code>[0-9A-Z]{4})",
    "{类别}": r"(?P<letter>[ZAX])",
    "{流水}": r"(?P<serial>[0-9]{4,5})",
}
_CODE: Final = re.compile(r"[0-9A-Z]{4}")


class FilingNumber(NamedTuple):
    """A filing number taken apart."""

    year: int
    number_code: str
    letter: str
    serial: int


class Series(NamedTuple):
    """What one counter counts: one series per authority, year and kind letter."""

    tenant: str
    year: int
    letter: str

    @property
    def key(self) -> str:
        """Return the counter's name: ``filing:330302:2026:A``."""
        return f"filing:{self.tenant}:{self.year}:{self.letter}"


def series(tenant: str, year: int, letter: str) -> Series:
    """Return the series that a filing of this authority, year and letter takes its serial from.

    Raises:
        ValueError: not a letter of ``LETTERS``.
    """
    if letter not in LETTERS:
        raise ValueError(f"not a kind letter: {letter!r}")
    return Series(tenant, year, letter)


def check_template(template: str) -> None:
    """Refuse a template that could give two filings the same number.

    Raises:
        RuleViolationError: a place is missing, doubled or unknown.
    """
    for place in _PLACES:
        if template.count(place) != 1:
            raise RuleViolationError(f"备案号样式中“{place}”应出现一次。")
    rest = template
    for place in _PLACES:
        rest = rest.replace(place, "")
    if "{" in rest or "}" in rest:
        raise RuleViolationError("备案号样式中只能使用{年}{区划}{类别}{流水}。")
    # A digit beside the serial, or year and place run together with it, could be read two ways.
    if re.search(r"\{流水\}(\d|\{年\}|\{区划\})|(\d|\{年\}|\{区划\})\{流水\}", template):
        raise RuleViolationError("备案号样式中“{流水}”的前后不能紧接数字。")
    if "教APP备" in template.upper():
        raise RuleViolationError("备案号样式不能使用“教APP备”，这是产品备案号的字头。")


def filing_number(template: str, year: int, number_code: str, letter: str, serial: int) -> str:
    """Return a filing number, such as ``温教进校备〔2026〕0302A0007号``.

    The serial has four digits and grows to five.

    Raises:
        RuleViolationError: an unsound template, or a series that is used up.
        ValueError: a year, code, letter or serial that no number can hold.

    Source: none in the notice; the template is each office's own (requirements A.11).
    """
    check_template(template)
    series("", year, letter)
    if not _CODE.fullmatch(number_code) or not 1000 <= year <= 9999 or serial < 1:
        raise ValueError(f"no number for {year=} {number_code=} {serial=}")
    if serial > 99_999:
        raise RuleViolationError("本年度这一类的备案号已用完，请联系管理员。")
    return (
        template.replace("{年}", str(year))
        .replace("{区划}", number_code)
        .replace("{类别}", letter)
        .replace("{流水}", f"{serial:04d}")
    )


def filing_number_pattern(template: str) -> re.Pattern[str]:
    """Return the pattern that a template's numbers match, with the parts as named groups."""
    check_template(template)
    pattern = re.escape(template)
    for place, group in _PLACES.items():
        pattern = pattern.replace(re.escape(place), group)
    return re.compile(pattern)


def parse_filing_number(template: str, text: str) -> FilingNumber | None:
    """Take a filing number apart, forgiving about spaces and brackets; ``None`` if it is none."""
    typed = "".join(text.split()).translate(str.maketrans("[]()（）【】", "〔〕〔〕〔〕〔〕"))
    found = filing_number_pattern(template).fullmatch(typed)
    if found is None:
        return None
    parts = found.groupdict()
    number = FilingNumber(int(parts["year"]), parts["code"], parts["letter"], int(parts["serial"]))
    # 00007 is not how the seventh number is written.
    return number if parts["serial"] == f"{number.serial:04d}" and number.serial else None


class Yearless(NamedTuple):
    """A filing number without its year: place, letter and serial."""

    number_code: str
    letter: str
    serial: int

    def stands_in(self, number: str) -> bool:
        """Tell whether a whole number is one of these."""
        return f"{self.number_code}{self.letter}{self.serial:04d}" in number


_YEARLESS: Final = re.compile(r"([0-9A-Z]{4})([ZAX])([0-9]{4,5})")


def without_year(text: str) -> Yearless | None:
    """Take apart a number of which the year was left out; ``None`` where it is none."""
    found = _YEARLESS.fullmatch("".join(text.split()).upper().removesuffix("号"))
    return Yearless(found[1], found[2], int(found[3])) if found else None


_SHORT: Final = re.compile(r"([0-9]{4})-?([0-9A-Z]{4})([ZAX])([0-9]{4,5})")


def short_number(template: str, number: str) -> str:
    """Return what stands for a filing number in an address: ``2026-0302A0007``.

    Whatever the template, a number is one year, place, letter and serial. Written whole it would
    take more than a hundred characters of an address, and of a square to be scanned.

    Raises:
        ValueError: not a number of this template.
    """
    found = parse_filing_number(template, number)
    if found is None:
        raise ValueError(f"not a number of {template}: {number!r}")
    return f"{found.year}-{found.number_code}{found.letter}{found.serial:04d}"


def parse_short_number(text: str) -> FilingNumber | None:
    """Take apart what ``short_number`` wrote, however it is typed; ``None`` if it is none."""
    typed = "".join(unicodedata.normalize("NFKC", text).upper().split())
    found = _SHORT.fullmatch(re.sub("[‐‑–—−]", "-", typed))
    if found is None:
        return None
    year, code, letter, serial = found.groups()
    return FilingNumber(int(year), code, letter, int(serial))


def ways_to_write(text: str) -> tuple[str, ...]:
    """Return the filing numbers that somebody may mean who typed ``text``, all to be looked up.

    Brackets of either width are 〔〕, digits and letters of either width the narrow ones.
    """
    typed = "".join(text.split())
    narrow = unicodedata.normalize("NFKC", typed)
    tidy = narrow.translate(str.maketrans("[]()【】「」", "〔〕〔〕〔〕〔〕"))
    return tuple(dict.fromkeys((typed, narrow, tidy, tidy.upper())))


CASE_NUMBER: Final = re.compile(r"(?<![0-9A-Z])([0-9]{2})-([0-9A-Z]{4})-([0-9]{4,6})(?![0-9A-Z])")
"""Finds case numbers inside a message."""


class CaseNumber(NamedTuple):
    """A case number taken apart; ``year`` has four digits."""

    year: int
    number_code: str
    serial: int


def case_number(year: int, number_code: str, serial: int) -> str:
    """Return a case number 办件号, such as ``26-0302-0187``; its series may have gaps.

    Raises:
        ValueError: a code or serial that no case number can hold.
    """
    if not _CODE.fullmatch(number_code) or not 1 <= serial <= 999_999:
        raise ValueError(f"no case number for {number_code=} {serial=}")
    return f"{year % 100:02d}-{number_code}-{serial:04d}"


def parse_case_number(text: str) -> CaseNumber | None:
    """Return the one case number in ``text``, ``None`` where there is none or more than one."""
    typed = unicodedata.normalize("NFKC", text).upper()
    typed = re.sub(r"\s*[-‐‑–—−]\s*", "-", typed)  # the dashes of keyboards
    found = set(CASE_NUMBER.findall(typed))
    if len(found) != 1:
        return None
    year, code, serial = found.pop()
    return CaseNumber(2000 + int(year), code, int(serial)) if int(serial) else None


def valid_until(issued_on: date, years: int = 3) -> date:
    """Return the 31 August that ends the last school year, the one of issue counted.

    A school year begins on 1 September: issued 2026-11-23 and valid for three → 2029-08-31.

    Raises:
        ValueError: ``years`` is not positive.

    Source: none in the notice; requirements Q25.
    """
    if years < 1:
        raise ValueError("valid for at least one school year")
    school_year = issued_on.year if issued_on.month >= 9 else issued_on.year - 1
    return date(school_year + years, 8, 31)


def office_date(instant: datetime, zone: tzinfo) -> date:
    """Return the date on the office's wall at an aware ``instant``.

    Raises:
        ValueError: ``instant`` carries no zone.
    """
    if instant.tzinfo is None:
        raise ValueError("an instant needs its zone")
    return instant.astimezone(zone).date()


def office_year(on: date) -> int:
    """Return the year whose series an act on this office date belongs to (the calendar year)."""
    return on.year


class NumberShape(Term):
    """Whether a product number looks like the others."""

    NORMAL = "normal", "正常"
    ODD = "odd", "格式异常"


class ProductNumber(NamedTuple):
    """A product number as typed and as kept; odd ones are kept too, and checked by a person."""

    text: str
    shape: NumberShape


_PROVINCE: Final = "(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12])"
_PRODUCT: Final = re.compile(rf"教APP备{_PROVINCE}[0-9]{{5,6}}号")


def check_product_number(typed: str) -> ProductNumber:
    """Return a product number in one writing, with its shape; nothing is refused for its shape.

    Normal is 教APP备, a province's two digits, five or six digits, 号 (which may be left out).

    Source: 二（三）; requirements B.3a (no rule text is known, only samples).
    """
    text = "".join(unicodedata.normalize("NFKC", typed).split())
    found = re.fullmatch(r"教app备([0-9]+)号?", text, flags=re.IGNORECASE)
    if found is None:
        return ProductNumber(typed.strip(), NumberShape.ODD)
    text = f"教APP备{found.group(1)}号"
    shape = NumberShape.NORMAL if _PRODUCT.fullmatch(text) else NumberShape.ODD
    return ProductNumber(text, shape)
