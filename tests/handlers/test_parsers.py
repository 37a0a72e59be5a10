"""From typed text to an answer, as tables: what is read, and what is refused with which words."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest

from handlers.form import BadAnswerError, Colleague, Parser, Pick
from handlers.forms import app, fields
from handlers.forms.dates import dated_pieces, past_date, shown_date
from handlers.forms.numerals import read_number
from handlers.forms.parsers import (
    colleague,
    count,
    many_of,
    money,
    money_text,
    one_of,
    phone_number,
)
from handlers.forms.principles import read_one
from handlers.forms.stages import shown_stages, stages_in_use
from storage.rules.office import OfficeRules
from storage.rules.terms import SchoolStage

TODAY = date(2026, 3, 12)  # a Thursday


@dataclass
class Around:
    """A school around an answer."""

    answers: dict[str, Any] = field(default_factory=dict)
    stages: tuple[SchoolStage, ...] = (SchoolStage.PRIMARY,)
    rules: OfficeRules = field(default_factory=OfficeRules)
    today: date = TODAY
    me: Colleague = field(default_factory=lambda: Colleague("p1", "陈晓"))
    in_school: bool = True

    def staff(self) -> list[Colleague]:
        return [Colleague("p1", "陈晓"), Colleague("p2", "陈晓东"), Colleague("p3", "林国强"),
                Colleague("p4", "王芳"), Colleague("p5", "王芳")]  # fmt: skip

    def phone_of(self, person_id: str) -> str:
        return {"p1": "13857712345", "p3": "13900001111"}.get(person_id, "")

    def levels(self) -> tuple[SchoolStage, ...]:
        return self.stages


def refusal(parse: Parser, raw: str, around: Around | None = None) -> str:
    with pytest.raises(BadAnswerError) as caught:
        parse(raw, around or Around())
    return str(caught.value)


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        ("13857712345", "13857712345"),
        (" 138 5771 2345 ", "13857712345"),
        ("138-5771-2345", "13857712345"),
        ("+86 13857712345", "13857712345"),
        ("8613857712345", "13857712345"),
        ("0086-13857712345", "13857712345"),
        ("１３８５７７１２３４５", "13857712345"),  # full width
        ("我的号码是13857712345", "13857712345"),
    ],
)
def test_a_phone_number_is_read_however_it_is_written(raw: str, number: str) -> None:
    assert phone_number(raw) == number


@pytest.mark.covers("R93")
@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ("1385777123", "这个号码是10位，手机号应为11位。请再发一次，或发“用我绑定的号码”。"),
        ("138577712345", "这个号码是12位"),
        ("12857712345", "以13至19开头"),
        ("没有", "没有认出手机号码"),
        ("0577-88881234", "这个号码是12位"),
    ],
)
def test_a_wrong_phone_number_is_told_by_its_count(raw: str, says: str) -> None:
    assert says in refusal(lambda text, _around: phone_number(text), raw)


def test_the_bound_number_is_the_owners_unless_it_is_said_to_be_mine() -> None:
    parse = fields.PHONE.parse
    other = Around({"owner": {"id": "p3", "name": "林国强"}})
    assert parse("用我绑定的号码", Around()) == "13857712345"
    assert parse("用绑定的号码", other) == "13900001111"
    assert parse("用我绑定的号码", other) == "13857712345"
    assert parse("用绑定的号码", Around()) == "13857712345"  # nobody was named yet
    assert "没有登记" in refusal(parse, "用绑定的号码", Around({"owner": {"id": "p2"}}))


@pytest.mark.parametrize(
    ("raw", "day"),
    [
        ("2026-03-01", "2026-03-01"),
        ("2026.3.1", "2026-03-01"),
        ("2026年3月1日（周日）", "2026-03-01"),
        ("26年3月1日", "2026-03-01"),
        ("20260301", "2026-03-01"),
        ("二〇二六年三月一日", "2026-03-01"),
        ("3月1日", "2026-03-01"),
        ("3/1", "2026-03-01"),
        ("3.1", "2026-03-01"),
        ("三月十二号", "2026-03-12"),
        ("9月1日", "2025-09-01"),  # without a year: the most recent past one
        ("3月13日", "2025-03-13"),  # tomorrow's date was last held a year ago
        ("2月29日", "2024-02-29"),
        ("昨天", "2026-03-11"),
        ("周四", "2026-03-12"),
        ("周4", "2026-03-12"),
        ("上周7", "2026-03-08"),
        ("上周三", "2026-03-11"),  # the most recent Wednesday before today
        ("上周四", "2026-03-05"),
        ("星期天", "2026-03-08"),
        ("5号", "2026-03-05"),
        ("20号", "2026-02-20"),
        ("上月5号", "2026-02-05"),
    ],
)
def test_a_date_already_held_is_the_most_recent_one(raw: str, day: str) -> None:
    assert past_date(raw, TODAY).isoformat() == day


def test_a_weekday_beside_a_date_is_no_second_date() -> None:
    text = "论证3月1日（周日），审查3月2日周一，会议周四"
    pieces = [text[start:end] for start, end in dated_pieces(text)]
    assert pieces == ["3月1日（周日）", "3月2日周一", "周四"]


def test_a_date_is_shown_back_with_year_and_weekday() -> None:
    assert shown_date("2026-03-12") == "2026年3月12日（周四）"


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ("2026-09-01", "还没有到"),
        ("本月20号", "2026年3月20日（周五）还没有到"),  # not last month's
        ("2026-02-30", "没有2月30日"),
        ("2月30日", "没有2月30日"),
        ("3月5日（周三）", "与所写的周三不一致"),
        ("过几天", "没有认出日期"),
        ("99999999", "没有认出日期"),
    ],
)
def test_a_date_that_cannot_be_is_asked_again(raw: str, says: str) -> None:
    assert says in refusal(lambda text, _around: past_date(text, TODAY), raw)


@pytest.mark.parametrize(
    ("raw", "yuan"),
    [
        ("96万元", 960_000), ("96万", 960_000), ("九十六万元", 960_000), ("玖拾陆万元", 960_000),
        ("3280", 3280), ("3,280元", 3280), ("￥3280.50", 3280.5), ("1.2亿", 120_000_000),
        ("学校公用经费96万元", 960_000),
    ],
)  # fmt: skip
def test_money_becomes_yuan(raw: str, yuan: float) -> None:
    assert money(raw) == yuan


@pytest.mark.parametrize("raw", ["没有", "0元", "96万或100万", "999999999999999999元"])
def test_an_amount_that_is_none_or_two_is_asked_again(raw: str) -> None:
    assert "金额" in refusal(lambda text, _around: money(text), raw)


def test_money_is_written_as_people_read_it() -> None:
    assert [money_text(v) for v in (960_000, 3280, 12_345)] == ["96万元", "3280元", "12345元"]


@pytest.mark.parametrize(
    ("raw", "stages", "shown"),
    [
        ("四到六年级", ["primary"], "小学（四至六年级）"),
        ("4-6年级", ["primary"], "小学（四至六年级）"),
        ("四五六年级", ["primary"], "小学（四、五、六年级）"),
        ("□初中 ☑小学 □幼儿园", ["primary"], "小学"),
        ("1～6年级", ["primary"], "小学（一至六年级）"),
        ("小学", ["primary"], "小学"),
        ("四、五年级", ["primary"], "小学（四、五年级）"),
        ("全校", ["primary", "junior"], None),
        ("五至八年级", ["primary", "junior"], None),
        ("初一到初三", ["junior"], "初中（初一至初三）"),
        ("小学和初中", ["primary", "junior"], None),
    ],
)
def test_stages_are_read_from_grades_and_words(
    raw: str, stages: list[str], shown: str | None
) -> None:
    value = stages_in_use(raw, Around(stages=(SchoolStage.PRIMARY, SchoolStage.JUNIOR)))
    assert sorted(value["stages"]) == sorted(stages)
    assert shown is None or shown_stages(value) == shown


def test_grades_of_a_vocational_school_are_its_own() -> None:
    around = Around(stages=(SchoolStage.VOCATIONAL,))
    assert stages_in_use("一年级", around)["stages"] == ["vocational"]
    assert stages_in_use("高二", around)["stages"] == ["vocational"]


@pytest.mark.covers("R90")
@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ("初一", "没有初中"),
        ("高二", "没有高中"),
        ("大家", "没有认出学段"),
        ("六到四年级", "写反了"),
    ],
)
def test_a_stage_the_school_does_not_have_is_asked_again(raw: str, says: str) -> None:
    assert says in refusal(stages_in_use, raw)


STUDENTS = count(unit="名", most=200_000, what="学生人数")


@pytest.mark.parametrize(
    ("raw", "number"), [("620", 620), ("约620人", 620), ("六百二十名", 620), ("1,200", 1200)]
)
def test_counts_are_read_with_and_without_units(raw: str, number: int) -> None:
    assert STUDENTS(raw, Around()) == number


@pytest.mark.parametrize("raw", ["很多", "620到650", "-3", "0", "99999999", "3.5"])
def test_a_count_that_is_none_or_two_is_asked_again(raw: str) -> None:
    assert refusal(STUDENTS, raw)


@pytest.mark.covers("R92")
@pytest.mark.parametrize(
    ("raw", "person"),
    [("我", "p1"), ("本人", "p1"), ("陈晓", "p1"), ("陈晓东", "p2"), (" 林国强 ", "p3")],
)
def test_the_owner_is_one_full_name_of_the_schools_directory(raw: str, person: str) -> None:
    assert colleague(raw, Around())["id"] == person


@pytest.mark.covers("R92")
@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ("陈老师", "名单中有：陈晓、陈晓东"),  # a form of address: the matching names are offered
        ("林校长", "名单中有：林国强"),
        ("陈晓、林国强", "名单中有：陈晓、林国强"),  # two names
        ("教务处", "贵校名单中没有“教务处”"),  # a post
        ("王芳", "有2位“王芳”"),
        ("老师", "贵校名单中没有“老师”"),  # nobody's name to offer
        ("林国", "贵校名单中没有“林国”"),  # part of a name is no form of address
        ("13857712345", "请发一位负责人的完整姓名；"),
    ],
)
def test_a_form_of_address_a_post_or_two_names_are_asked_again(raw: str, says: str) -> None:
    assert says in refusal(colleague, raw)


PICKS = (Pick("a", "学校公用经费"), Pick("b", "企业赠送"), Pick("none", "以上都没有"))


def test_a_choice_is_read_by_its_words_or_an_alias() -> None:
    parse = one_of(PICKS, {"捐": "b"})
    assert [parse(raw, Around()) for raw in ("企业赠送", "公用经费", "社会捐赠")] == ["b", "a", "b"]
    for nothing in ("别的", "", "。"):
        assert "1 学校公用经费" in refusal(parse, nothing)
    own = one_of((Pick("app", "应用"), Pick("both", "终端和应用")), {"终端": "terminal"})
    assert [own(word, Around()) for word in ("应用", "终端和应用")] == ["app", "both"]


@pytest.mark.parametrize(
    ("raw", "keys"),
    [
        ("1 2", ["a", "b"]), ("12", ["a", "b"]), ("1、2", ["a", "b"]), ("企业赠送", ["b"]),
        ("都没有", ["none"]), ("3", ["none"]), ("均否。", ["none"]), ("赠送", ["b"]),
        ("学校公用经费和企业赠送", ["a", "b"]),
    ],
)  # fmt: skip
def test_several_choices_are_read_by_numbers_or_words(raw: str, keys: list[str]) -> None:
    assert many_of(PICKS)(raw, Around()) == keys


@pytest.mark.parametrize("raw", ["9", "1 3", "随便", "0", "学", "1 校"])
def test_an_impossible_choice_is_asked_again(raw: str) -> None:
    assert refusal(many_of(PICKS), raw)


@pytest.mark.parametrize(
    ("word", "number"),
    [("六百二十", 620), ("两千零五", 2005), ("十二", 12), ("一万二千", 12000), ("二〇二六", 2026),
     ("九十六万", 960_000), ("一亿二千万", 120_000_000), ("一万亿", 10**12), ("3", 3), ("人", None),
     ("9" * 24, 10**24 - 1), ("9" * 25, None), ("九" * 24, 10**24 - 1), ("九" * 25, None)],
)  # fmt: skip
def test_chinese_numerals_are_read(word: str, number: int | None) -> None:
    assert read_number(word) == number


FREE, FAIR = app.FORM.by_key["free"], app.FORM.by_key["fair"]


@pytest.mark.parametrize(
    ("raw", "answers"),
    [
        ("6", {"fee": "no", "device": "no", "paid_entry": "no"}),
        ("都没有", {"fee": "no", "device": "no", "paid_entry": "no"}),
        ("4 5", {"fee": "no", "device": "own", "paid_entry": "yes"}),
        ("2", {"fee": "unsure", "device": "no", "paid_entry": "no"}),
        ("学生要付押金", {"fee": "yes", "device": "no", "paid_entry": "no"}),
    ],
)
def test_the_free_card_reads_what_is_ticked_and_the_rest_as_no(
    raw: str, answers: dict[str, str]
) -> None:
    assert FREE.parse(raw, Around()) == answers


@pytest.mark.parametrize("raw", ["应该不用吧", "1 2", "6 1", "不收费"])
def test_the_free_card_never_guesses_the_other_answers(raw: str) -> None:
    assert refusal(FREE.parse, raw)


def test_the_fair_card_asks_for_the_product_number_unless_the_register_has_it() -> None:
    assert "产品备案号" in refusal(FAIR.parse, "都没有")
    said = FAIR.parse("5 6", Around())
    assert said["product_no"] == "yes"
    assert said["class_placement"] == "no"
    known = FAIR.parse("都没有", Around({"product_known": True}))
    assert "product_no" not in known


@pytest.mark.parametrize(
    ("question", "raw", "said"),
    [
        ("fee", "完全免费", "no"),
        ("fee", "每生50元会员费", "yes"),
        ("fee", "应该不用吧", "unsure"),
        ("fee", "企业赠送", "no"),
        ("device", "学生自愿自带", "own"),
        ("device", "否", "no"),
        ("device", "自备平板", "own"),
        ("device", "不允许自带", "no"),
        ("device", "不确定", None),
        ("class_placement", "自备平板的编一班", None),
        ("product_no", "还不确定", "unsure"),
        ("paid_entry", "有，可关闭", "yes"),
        ("paid_entry", "无付费入口，但有广告", None),
        ("partial_use", "否，全校使用，对所有学生一样", "no"),
        ("evaluation", "对", "yes"),
        ("partial_use", "是，不影响其他班", "yes"),
        ("class_placement", "不作为依据", "no"),
        ("product_no", "不清楚", "unsure"),
        ("in_use", "已经使用", "yes"),
        ("evaluation", "看情况", None),
    ],
)
def test_one_pasted_principle_answer_is_read_or_left_to_be_asked(
    question: str, raw: str, said: str | None
) -> None:
    assert read_one(question, raw) == said
