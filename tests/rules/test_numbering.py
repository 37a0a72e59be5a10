"""Filing numbers, case numbers, validity, and the product's own number."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.rules.numbering import (
    LETTERS,
    CaseNumber,
    FilingNumber,
    NumberShape,
    case_number,
    check_product_number,
    check_template,
    filing_number,
    office_date,
    office_year,
    parse_case_number,
    parse_filing_number,
    parse_short_number,
    series,
    short_number,
    valid_until,
    ways_to_write,
)
from storage.rules.office import OfficeRules
from storage.rules.terms import RuleViolationError

TEMPLATE = OfficeRules().number_template
WENZHOU = timezone(timedelta(hours=8))


@pytest.mark.parametrize(
    ("year", "code", "letter", "serial", "number"),
    [
        # the example of A.11
        (2026, "0302", "A", 7, "温教进校备〔2026〕0302A0007号"),
        (2026, "0300", "Z", 9999, "温教进校备〔2026〕0300Z9999号"),
        # grown to five digits
        (2026, "0300", "X", 10000, "温教进校备〔2026〕0300X10000号"),
        # a zone with a code of its own
        (2027, "OJK0", "A", 1, "温教进校备〔2027〕OJK0A0001号"),
    ],
)
def test_a_filing_number(year: int, code: str, letter: str, serial: int, number: str) -> None:
    assert filing_number(TEMPLATE, year, code, letter, serial) == number


codes = st.from_regex(r"\A[0-9A-Z]{4}\Z")
years = st.integers(2022, 2099)
serials = st.integers(1, 99_999)


@given(years, codes, st.sampled_from(LETTERS), serials)
def test_a_filing_number_reads_back(year: int, code: str, letter: str, serial: int) -> None:
    number = filing_number(TEMPLATE, year, code, letter, serial)
    assert parse_filing_number(TEMPLATE, number) == FilingNumber(year, code, letter, serial)


@given(st.sets(st.tuples(years, codes, st.sampled_from(LETTERS), serials), min_size=2))
def test_two_filings_never_share_a_number(parts: set[tuple[int, str, str, int]]) -> None:
    assert len({filing_number(TEMPLATE, *part) for part in parts}) == len(parts)


@pytest.mark.parametrize(
    "typed",
    [
        "温教进校备〔2026〕0302A0007号",
        "温教进校备[2026]0302A0007号",
        "温教进校备（2026）0302A0007号",
        " 温教进校备 〔2026〕 0302A0007号 ",
    ],
)
def test_a_typed_filing_number_is_understood(typed: str) -> None:
    assert parse_filing_number(TEMPLATE, typed) == FilingNumber(2026, "0302", "A", 7)


@pytest.mark.parametrize(
    "typed",
    [
        "温教进校备〔2026〕0302A007号",
        "温教进校备〔2026〕0302A00007号",
        "温教进校备〔2026〕0302A0000号",
        "温教进校备〔2026〕0302B0007号",
        "教APP备3301234号",
        "",
    ],
)
def test_what_is_no_filing_number_is_none(typed: str) -> None:
    assert parse_filing_number(TEMPLATE, typed) is None


@pytest.mark.parametrize(
    ("template", "sentence"),
    [
        ("温教备{年}{区划}{类别}号", "“{流水}”应出现一次"),
        ("温教备{年}{区划}{类别}{流水}{流水}号", "“{流水}”应出现一次"),
        ("温教备{年}{区划}{类别}-{流水}{月}号", "只能使用"),
        ("温教备{年}{区划}{类别}-{流水}{号", "只能使用"),
        ("温教备{年}{区划}{类别}-{流水}}号", "只能使用"),
        ("温教备{年}{类别}{区划}{流水}号", "前后不能紧接数字"),
        ("温教备{年}{区划}{类别}{流水}1号", "前后不能紧接数字"),
        ("教App备{年}{区划}{类别}{流水}号", "不能使用“教APP备”"),
    ],
)
def test_a_template_that_could_mislead_is_refused(template: str, sentence: str) -> None:
    with pytest.raises(RuleViolationError) as refused:
        check_template(template)
    assert sentence in str(refused.value)


def test_a_series_that_is_used_up_says_so() -> None:
    with pytest.raises(RuleViolationError, match="已用完"):
        filing_number(TEMPLATE, 2026, "0302", "A", 100_000)


@pytest.mark.parametrize(
    ("year", "code", "letter", "serial"),
    [
        (2026, "302", "A", 1),
        (2026, "0302", "B", 1),
        (2026, "0302", "A", 0),
        (999, "0302", "A", 1),
        (10_000, "0302", "A", 1),
    ],
)
def test_a_number_that_cannot_be_is_an_error(
    year: int, code: str, letter: str, serial: int
) -> None:
    with pytest.raises(ValueError, match=r"no number|not a kind"):
        filing_number(TEMPLATE, year, code, letter, serial)


def test_one_series_per_authority_year_and_letter() -> None:
    keys = {
        series(tenant, year, letter).key
        for tenant in ("330302", "330303")
        for year in (2026, 2027)
        for letter in LETTERS
    }
    assert len(keys) == 12
    assert series("330302", 2026, "A").key == "filing:330302:2026:A"


@given(years, codes, st.integers(1, 999_999))
def test_a_case_number_reads_back(year: int, code: str, serial: int) -> None:
    found = parse_case_number(f"进度 {case_number(year, code, serial)} 谢谢")
    assert found == CaseNumber(year, code, serial)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("26-0302-0187", CaseNumber(2026, "0302", 187)),
        # a phone's full-width digits and long dashes
        ("２６—0302－0187", CaseNumber(2026, "0302", 187)),
        ("同意26-ojk0-0003", CaseNumber(2026, "OJK0", 3)),
        ("26 - 0302 - 0187", CaseNumber(2026, "0302", 187)),
        # said twice is still one
        ("26-0302-0187，就是26-0302-0187", CaseNumber(2026, "0302", 187)),
        # two different ones: which?
        ("26-0302-0187和26-0302-0188", None),
        ("2026-03-12", None),
        ("26-0302-0000", None),
        ("", None),
    ],
)
def test_a_typed_case_number(typed: str, found: CaseNumber | None) -> None:
    assert parse_case_number(typed) == found


def test_a_case_number_is_the_example_of_the_dialogues() -> None:
    assert case_number(2026, "0302", 187) == "26-0302-0187"
    with pytest.raises(ValueError, match="no case number"):
        case_number(2026, "0302", 0)
    with pytest.raises(ValueError, match="no case number"):
        case_number(2026, "302", 1)


@pytest.mark.parametrize(
    ("issued_on", "years", "until"),
    [
        # A.10b: in school year 2026/27
        (date(2026, 11, 23), 3, date(2029, 8, 31)),
        # A.10b: in school year 2025/26
        (date(2026, 8, 20), 3, date(2028, 8, 31)),
        # its first and last day
        (date(2026, 9, 1), 3, date(2029, 8, 31)),
        (date(2026, 8, 31), 3, date(2028, 8, 31)),
        (date(2027, 1, 1), 1, date(2027, 8, 31)),
    ],
)
def test_validity_ends_with_a_school_year(issued_on: date, years: int, until: date) -> None:
    assert valid_until(issued_on, years) == until


def test_validity_is_at_least_one_school_year() -> None:
    with pytest.raises(ValueError, match="at least one"):
        valid_until(date(2026, 9, 1), 0)


def test_the_year_of_a_number_is_the_offices_not_the_servers() -> None:
    # twenty past midnight on New Year's Day in Wenzhou is still the old year in UTC
    instant = datetime(2026, 12, 31, 16, 20, tzinfo=UTC)
    assert office_year(office_date(instant, WENZHOU)) == 2027
    with pytest.raises(ValueError, match="zone"):
        office_date(instant.replace(tzinfo=None), WENZHOU)


@pytest.mark.parametrize(
    ("typed", "text", "shape"),
    [
        # samples of B.3a
        ("教APP备1100871号", "教APP备1100871号", NumberShape.NORMAL),
        ("教APP备5100118号", "教APP备5100118号", NumberShape.NORMAL),
        # small letters, spaces, no 号, full width
        ("教app备 3301234", "教APP备3301234号", NumberShape.NORMAL),
        ("教ＡＰＰ备３３０１２３４号", "教APP备3301234号", NumberShape.NORMAL),
        ("教App备33012345号", "教APP备33012345号", NumberShape.NORMAL),
        # six digits are taken and marked
        ("教APP备110213号", "教APP备110213号", NumberShape.ODD),
        # no such province
        ("教APP备9912345号", "教APP备9912345号", NumberShape.ODD),
        # something else altogether is kept as it is
        ("浙ICP备12345号", "浙ICP备12345号", NumberShape.ODD),
        ("", "", NumberShape.ODD),
    ],
)
def test_a_product_number_is_marked_never_refused(
    typed: str, text: str, shape: NumberShape
) -> None:
    found = check_product_number(typed)
    assert (found.text, found.shape) == (text, shape)


@given(st.text())
def test_no_product_number_is_an_error(typed: str) -> None:
    once = check_product_number(typed)
    assert check_product_number(once.text) == once


@given(years, codes, st.sampled_from(LETTERS), serials)
def test_a_short_number_stands_for_the_whole_of_one(
    year: int, code: str, letter: str, serial: int
) -> None:
    number = filing_number(TEMPLATE, year, code, letter, serial)
    short = short_number(TEMPLATE, number)
    assert short.isascii() and "/" not in short
    assert parse_short_number(short) == FilingNumber(year, code, letter, serial)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("2026-0302A0007", FilingNumber(2026, "0302", "A", 7)),
        # as keyboards write it: wide, small, another dash, blanks, none
        ("２０２６－０３０２ａ０００７", FilingNumber(2026, "0302", "A", 7)),
        ("2026—0302a0007", FilingNumber(2026, "0302", "A", 7)),
        (" 2026 - 0302 A 0007 ", FilingNumber(2026, "0302", "A", 7)),
        ("20260302A0007", FilingNumber(2026, "0302", "A", 7)),
        # a zone, five digits
        ("2027-OJK0X10000", FilingNumber(2027, "OJK0", "X", 10_000)),
        # a case number, a whole number, another letter, too long
        ("26-0302-0187", None),
        ("温教进校备〔2026〕0302A0007号", None),
        ("2026-0302B0007", None),
        ("2026-0302A000007", None),
        ("", None),
    ],
)
def test_a_typed_short_number_is_understood(typed: str, found: FilingNumber | None) -> None:
    assert parse_short_number(typed) == found


def test_what_is_no_number_has_no_short_one() -> None:
    with pytest.raises(ValueError, match="not a number"):
        short_number(TEMPLATE, "26-0302-0187")


@pytest.mark.parametrize(
    "typed",
    [
        "温教进校备〔2026〕0302A0007号",
        "温教进校备[2026]0302A0007号",
        "温教进校备（2026）0302A0007号",
        "温教进校备【2026】０３０２a０００７ 号",
    ],
)
def test_a_typed_number_may_mean_the_one_that_was_issued(typed: str) -> None:
    assert "温教进校备〔2026〕0302A0007号" in ways_to_write(typed)


def test_a_number_with_other_brackets_is_looked_up_as_it_is_too() -> None:
    assert ways_to_write("甲（2026）0302A0007")[0] == "甲（2026）0302A0007"
