"""反映 as tables: what words are about, whose each category is, and where each step leads."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from storage.rules.reports import (
    CODE_ALPHABET,
    HANDLING,
    NOT_KNOWN,
    RECEIPT,
    REPORT_MOVES,
    Category,
    Outcome,
    ReportAct,
    ReportState,
    bare,
    category_of,
    kind_of,
    lead_of,
    move,
    receipt_of,
    speaks_of_a_child,
    tail_of,
)
from storage.rules.terms import Desk, NotAllowedError, Owner, SchoolStage
from storage.rules.totp import code_at, step_matched, step_of, written

SAID = (
    ("学校收了3280买平板", Category.FORCED),  # E.14, E.4: 归类为强制购买
    ("要求购买指定平板3 280元", Category.FORCED),
    ("老师让我们充值会员", Category.FORCED),
    ("某软件每月收费30元", Category.FEE),
    ("收了押金不退", Category.FEE),
    ("教材费里搭车收软件钱", Category.RIDING),
    ("家委会代收平台费", Category.RIDING),
    ("不装这个软件不让交作业", Category.LINKED),
    ("买平板的进智慧班", Category.LINKED),
    ("里面有暴力画面", Category.CONTENT),
    ("首页是盗版教辅", Category.CONTENT),
    ("一打开就是弹窗广告", Category.PRIVACY),
    ("孩子的人脸被采集", Category.PRIVACY),
    ("校长收了回扣", Category.BREACH),
    ("采购里有利益输送，还收费", Category.BREACH),  # what only 纪检 may read goes first
    ("没有备案就在用", Category.UNFILED),
    ("未备案", Category.UNFILED),
    ("这个软件不好用", None),
)


@pytest.mark.parametrize(("words", "category"), SAID)
def test_what_a_report_is_about_is_read_from_its_words(
    words: str, category: Category | None
) -> None:
    assert category_of(words) is category


@pytest.mark.parametrize(
    ("category", "first", "copies", "lead_reads", "notice", "repeated"),
    [
        (Category.FEE, Desk.FINANCE, (), False, True, False),
        (Category.RIDING, Desk.FINANCE, (), False, True, False),
        (Category.FORCED, Desk.FINANCE, (), False, True, False),
        (Category.CONTENT, Desk.LEGAL, (Desk.TECH,), True, False, False),
        (Category.UNFILED, Desk.TECH, (), True, False, False),
        (Category.LINKED, None, (), False, True, True),
        (Category.BREACH, Desk.DISCIPLINE, (), False, False, False),  # 纪检 only, copied to nobody
        (Category.PRIVACY, Desk.TECH, (Desk.LEGAL,), False, False, False),
        (Category.OTHER, Desk.TECH, (), False, False, False),
    ],
)
def test_each_category_has_its_desk(
    category: Category,
    first: Desk | None,
    copies: tuple[Desk, ...],
    lead_reads: bool,
    notice: bool,
    repeated: bool,
) -> None:
    rule = HANDLING[category]
    assert (rule.first, rule.copies, rule.lead_reads) == (first, copies, lead_reads)
    assert (rule.notice, rule.repeated) == (notice, repeated)


def test_unfiled_use_ends_in_filing_or_stopping_and_a_clue_in_closed_words() -> None:
    assert set(HANDLING) == set(Category)
    assert {Outcome.FILE_BY, Outcome.STOPPED} < set(HANDLING[Category.UNFILED].outcomes)
    assert HANDLING[Category.BREACH].outcomes == (Outcome.CLOSED,)
    assert kind_of(Category.RIDING) == "收费类" and kind_of(Category.CONTENT) == "有害内容"


@pytest.mark.parametrize(
    ("levels", "owner", "desk"),
    [
        ((SchoolStage.PRIMARY,), Owner.COUNTY, Desk.BASIC),
        ((SchoolStage.PRIMARY, SchoolStage.KINDERGARTEN), Owner.COUNTY, Desk.BASIC),
        ((SchoolStage.KINDERGARTEN,), Owner.CITY, Desk.PRE),  # Q4
        ((SchoolStage.VOCATIONAL,), Owner.CITY, Desk.VOC),  # 职业学校除外
        ((SchoolStage.SENIOR,), Owner.CITY, Desk.DIRECT),
        ((), Owner.COUNTY, Desk.BASIC),
    ],
)
def test_the_lead_is_that_of_the_school(
    levels: tuple[SchoolStage, ...], owner: Owner, desk: Desk
) -> None:
    assert lead_of(levels, owner) is desk


def test_nothing_is_done_with_what_is_closed_and_settled_is_what_was_taken() -> None:
    assert not [act for state, act in REPORT_MOVES if state is ReportState.CLOSED]
    with pytest.raises(NotAllowedError, match=r"待受理.*不能办结"):
        move(ReportState.WAITING, ReportAct.SETTLE)
    letters = [row.letter for row in REPORT_MOVES.values()]
    assert len(set(letters)) == len(letters)


@pytest.mark.parametrize("words", ["不清楚", "跳过", "不知道。", "没有", "无", "暂无"])
def test_every_question_may_be_left_open(words: str) -> None:
    assert NOT_KNOWN.fullmatch(words)


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("孩子叫王小明，学校收费", True),
        ("三年级2班收了钱", True),
        ("身份证被收走", True),
        ("学校收了3280买平板", False),
    ],
)
def test_words_about_a_child_are_noticed(words: str, named: bool) -> None:
    assert speaks_of_a_child(words) is named


def test_a_receipt_is_read_however_it_is_typed_and_has_no_doubtful_sign() -> None:
    assert receipt_of(" ７k2ｐ ") == ("7K2P", "")
    for typed in ("7k2p-m4xq", "７Ｋ２Ｐ－Ｍ４ＸＱ", "7K2PM4XQ", "7K2P — M4XQ"):
        assert receipt_of(typed) == ("7K2P", "M4XQ")
    assert not re.search("[01OIL]", CODE_ALPHABET) and len(CODE_ALPHABET) == 31
    assert bare("收了 3280，买平板！") == bare("收了３２８０买平板")


@pytest.mark.parametrize(
    ("typed", "is_one"),
    [
        ("7K2P", True),
        ("7k2p-m4xq", True),
        ("7K2P － M4XQ", True),
        ("7K2PM4XQ", True),
        ("Duolingo", False),  # an app
        ("keepyoga", False),
        ("7K2P 2026", False),  # what is added begins with a year
        ("7K2P-M4X", False),
    ],
)
def test_a_whole_receipt_is_told_from_the_name_of_an_app(typed: str, is_one: bool) -> None:
    assert (re.fullmatch(RECEIPT, typed) is not None) is is_one


def test_the_second_half_of_a_receipt_has_the_same_signs_and_follows_from_its_digest() -> None:
    tails = {tail_of(f"{number:064x}") for number in range(1000)}
    assert len(tails) == 1000 and set("".join(tails)) <= set(CODE_ALPHABET)
    assert {len(one) for one in tails} == {4}


RFC_SECRET = b"12345678901234567890"


@pytest.mark.parametrize(
    ("at", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_codes_are_those_of_rfc_6238(at: int, code: str) -> None:
    now = datetime.fromtimestamp(at, UTC)
    assert code_at(RFC_SECRET, step_of(now)) == code
    assert step_matched(RFC_SECRET, code, now, 0) == step_of(now)


def test_a_code_is_good_for_its_own_half_minute_and_one_beside_and_works_once() -> None:
    now = datetime.fromtimestamp(1234567890, UTC)
    here = step_of(now)
    for drift, fits in ((-2, False), (-1, True), (0, True), (1, True), (2, False)):
        code = code_at(RFC_SECRET, here + drift)
        assert (step_matched(RFC_SECRET, code, now, 0) is not None) is fits
    assert step_matched(RFC_SECRET, code_at(RFC_SECRET, here), now, here) is None
    assert written(RFC_SECRET).startswith("GEZD GNBV")
