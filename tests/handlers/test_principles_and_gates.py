"""Answers that stop with their clause and a way on, gates that ask, the pilot, a stated reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import update

from storage import tables as t
from storage.rules.office import OfficeRules
from storage.rules.terms import Desk, Stage
from tests.handlers.counts import SEND, upload_all
from tests.handlers.school import OVERVIEW, School, Someone

DATES = "3月1日 3月2日 3月5日"


def to_free(teacher: Someone, project: str = "云阅读", who: str = "四到六年级620人") -> None:
    for words in ("备案", "应用", project, who, "我", "13857712345"):
        teacher.says(words)
    teacher.taps("选好了", "精准教学").says(OVERVIEW).says("不需要经费").says("都没有")


@pytest.mark.covers("R14", "R17")
def test_a_fee_stops_with_its_clause_and_leads_to_the_finance_desk(
    school: School, teacher: Someone
) -> None:
    to_free(teacher)
    teacher.taps("选好了", "学生或家长需要支付费用").sees(
        "二（一）", "不得直接或间接向家长收取", "咨询计财"
    )
    teacher.taps("咨询计财").sees("已转告计财部门（审计财）")
    school.person("d-finance").sees("瓯江实验小学陈晓老师", "云阅读")
    teacher.taps("先填其他").sees("公平与审批")
    teacher.says("都没有").says(DATES)
    upload_all(teacher)
    teacher.says("继续").sees("暂不能报送").does_not_see("请检查")
    assert school.filings() == []
    teacher.taps("改一下回答").sees("免费原则").says("都没有").sees("请检查").taps(SEND)
    assert len(school.filings()) == 1


def test_a_stopping_answer_cannot_be_sent_by_an_old_card(school: School, teacher: Someone) -> None:
    to_free(teacher)
    teacher.says("都没有").says("都没有").says(DATES)
    upload_all(teacher)
    _, send = teacher.button(SEND)
    teacher.says("修改 收费情况").taps("选好了", "学生或家长需要支付费用")
    assert send.tap is not None
    teacher.taps_old(send.tap)
    assert school.filings() == []


@pytest.mark.covers("R19")
def test_class_placement_stops_by_its_own_clause(teacher: Someone) -> None:
    to_free(teacher)
    teacher.says("都没有").taps("选好了", "作为分班、编班依据").sees("二（二）", "分班的前置条件")
    teacher.says("都没有").sees("分别在哪天")


def test_pupils_own_devices_bring_the_finance_desk_in_with_words(
    school: School, teacher: Someone
) -> None:
    to_free(teacher)
    teacher.taps("选好了", "学生自愿自带设备").says("都没有").sees("是否不指定品牌、不集中采购")
    teacher.says("嗯").sees("至少要4个字").says("不指定品牌，不集中采购，不带的用学校的").says(
        DATES
    )
    upload_all(teacher)
    teacher.sees("鹿城区计财科（三（二）3）").taps(SEND)
    [filing] = school.filings()
    assert filing.facts.byod
    assert Desk.FINANCE in {seat.desk for seat in filing.seats}


def test_own_devices_stop_where_the_office_forbids_them(open_one: Callable[..., School]) -> None:
    teacher = open_one(byod="forbidden").person("chen")
    to_free(teacher)
    teacher.taps("选好了", "学生自愿自带设备").sees("暂不办理学生自带设备的项目", "咨询计财")


def test_no_money_at_all_is_said_in_any_words(teacher: Someone) -> None:
    for words in ("备案", "应用", "云阅读", "小学300人", "我", "13857712345", "1", OVERVIEW):
        teacher.says(words)
    teacher.says("没有").sees("会收集学生的哪些信息")
    assert teacher.draft().answers["fund"] == "none"


def test_parents_are_no_source_of_money(teacher: Someone) -> None:
    for words in ("备案", "应用", "云阅读", "四到六年级620人", "我", "13857712345"):
        teacher.says(words)
    teacher.taps("选好了", "精准教学").says(OVERVIEW).says("家委会代收").sees(
        "二（一）", "经费不能由学生或家长承担"
    )
    teacher.says("公用经费3万元").sees("已填经费金额 3万元", "信息收集")


@pytest.mark.covers("R71")
def test_dates_in_the_wrong_order_are_asked_about_not_refused(
    school: School, teacher: Someone
) -> None:
    to_free(teacher)
    teacher.says("都没有").says("都没有").says("论证3月9日，审查3月2日，会议3月5日")
    teacher.sees(
        "专家论证的日期2026年3月9日（周一）晚于集体决策的日期2026年3月5日（周四）",
        "请说明原因",
        "四（二）",
    )
    teacher.says("专家当周出差").sees("材料 0/4")
    upload_all(teacher)
    teacher.sees("学校说明：专家当周出差").taps(SEND)
    [filing] = school.filings()
    assert filing.explained == (
        "专家论证的日期2026年3月9日（周一）晚于集体决策的日期2026年3月5日（周四）。学校说明：专家当周出差",
    )


def test_a_mended_date_needs_no_reason_any_more(school: School, teacher: Someone) -> None:
    to_free(teacher)
    teacher.says("都没有").says("都没有").says("论证3月9日，审查3月2日，会议3月5日")
    teacher.says("修改 论证日期 3月1日").sees("材料 0/4")
    upload_all(teacher)
    teacher.taps(SEND)
    assert school.filings()[0].explained == ()


@pytest.mark.covers("R18")
def test_a_special_class_in_the_overview_is_asked_about(teacher: Someone) -> None:
    for words in ("备案", "应用", "云阅读", "四到六年级620人", "我", "13857712345"):
        teacher.says(words)
    teacher.taps("选好了", "精准教学").says("在智慧班先行试用云阅读。").says("不需要经费")
    teacher.says("都没有").says("都没有").says("都没有").says(DATES)
    teacher.sees("“智慧班”", "如何产生", "二（二）").says("自愿报名，抽签产生").sees("材料 0/4")


@pytest.mark.covers("R18")
def test_use_in_some_classes_asks_reason_and_plan(teacher: Someone) -> None:
    to_free(teacher)
    teacher.says("都没有").taps("选好了", "只有部分班级或学生使用", "已经在使用")
    teacher.sees("以及对其他学生的安排").says("四年级先试，其余下学期").sees("从哪一天开始使用")
    teacher.says("9月1日").sees("2025年9月1日（周一）")


def test_a_product_without_a_number_may_give_a_reason_for_the_missing_proof(
    school: School, teacher: Someone
) -> None:
    to_free(teacher, "小鹿作业")
    teacher.says("都没有").says("都没有").sees("请再选一下产品备案号的情况")
    teacher.says("5 7").sees("分别在哪天").says(DATES).sees("产品备案号证明", "说明原因")
    upload_all(teacher)
    teacher.taps("说明原因").sees("请用一句话说明暂时不能提供“产品备案号证明”的原因")
    teacher.says("开发者正在办理，预计四月取得").sees(
        "请检查", "产品备案号由教育技术部门核对", "开发者正在办理"
    )
    teacher.taps(SEND)
    assert school.filings()[0].answers["waived"] == {"product_no": "开发者正在办理，预计四月取得"}


def test_papers_left_for_later_need_no_reason(school: School, teacher: Someone) -> None:
    to_free(teacher, "小鹿作业")
    for words in ("都没有", "5 7", DATES):
        teacher.says(words)
    teacher.taps("先保存").sees("已保存。材料随时可以发来").does_not_see("原因")
    teacher.says("开发者正在办理，预计四月取得").sees("请先发“1”再写原因")
    assert "waived" not in teacher.draft().answers


def test_stray_words_never_stand_in_for_a_paper(school: School, teacher: Someone) -> None:
    to_free(teacher, "小鹿作业")
    for words in ("都没有", "5 7", DATES, "会议纪要我明天再传"):
        teacher.says(words)
    teacher.sees("正在等材料", "暂时不能提供“产品备案号证明”的，请先发“1”再写原因")
    assert "waived" not in teacher.draft().answers
    teacher.says("1").says("开发者正在办理，预计四月取得").sees("已记下“产品备案号证明”的说明")
    teacher.says("会议纪要我明天再传").sees("正在等材料")
    assert teacher.draft().answers["waived"] == {"product_no": "开发者正在办理，预计四月取得"}


@pytest.mark.parametrize(
    ("said", "answered"),
    [("暂时不收费", "按“不确定”理解，没有其他情况请发“2”"), ("不收费的", "明白，不收费")],
)
def test_words_about_fees_are_understood_and_the_rest_is_asked(
    teacher: Someone, said: str, answered: str
) -> None:
    to_free(teacher)
    teacher.says(said).sees(answered)
    assert "free" not in teacher.draft().answers


def test_a_number_that_is_not_clear_is_asked_once_more_where_it_must_be(
    open_one: Callable[..., School],
) -> None:
    school = open_one(require_product_no="block")
    teacher = school.person("chen")
    to_free(teacher, "小鹿作业")
    teacher.says("都没有").says("5 8").says(DATES).sees("请向开发者再确认一次")
    teacher.says("3").sees("材料 0/5")


def test_a_typed_number_is_asked_for_where_the_register_has_none(teacher: Someone) -> None:
    to_free(teacher, "小鹿作业")
    teacher.says("都没有").says("5 6").sees("请发教育App备案号").says("教APP备110213号").sees(
        "分别在哪天"
    )
    assert teacher.draft().answers["product_no"] == "教APP备110213号"


def test_a_small_school_project_inside_the_limits_may_stay_a_pilot(
    school: School, teacher: Someone
) -> None:
    for words in ("备案", "应用", "云阅读", "五年级60人"):
        teacher.says(words)
    teacher.sees("小范围试点").taps("小范围试点").says("1个班").says("1个学期").says("我").says(
        "13857712345"
    )
    teacher.taps("选好了", "精准教学").says(OVERVIEW).says("不需要经费").says("都没有").says(
        "都没有"
    ).says("都没有")
    teacher.sees("符合小范围试点", "三（一）5").taps("按全面备案办理").sees("分别在哪天")
    teacher.says(DATES).sees("材料 0/4")


def test_a_pilot_over_its_limits_becomes_a_full_filing_and_says_why(teacher: Someone) -> None:
    for words in (
        "备案",
        "应用",
        "云阅读",
        "五年级60人",
        "试点",
        "3个班",
        "1",
        "我",
        "13857712345",
    ):
        teacher.says(words)
    teacher.taps("选好了", "精准教学").says(OVERVIEW).says("不需要经费").says("都没有").says(
        "都没有"
    ).says("都没有")
    teacher.sees("班级3个，超过试点的2个", "按全面备案办理（三（一）5）", "分别在哪天")


def test_biometrics_ask_for_their_own_paper(teacher: Someone) -> None:
    for words in ("备案", "应用", "云阅读", "四到六年级620人", "我", "13857712345"):
        teacher.says(words)
    teacher.taps("选好了", "精准教学").says(OVERVIEW).says("不需要经费")
    teacher.taps("选好了", "收集学生个人信息", "采集人脸、指纹、声纹").says("都没有").says(
        "都没有"
    ).says(DATES)
    teacher.sees("材料 0/6", "生物识别必要性论证", "隐私和数据说明")


def test_a_terminal_filing_asks_devices_and_leads_to_the_technical_desk(
    school: School, teacher: Someone
) -> None:
    for words in ("备案", "终端", "智学平板", "四到六年级620人", "我", "13857712345"):
        teacher.says(words)
    teacher.taps("选好了", "精准教学").says(OVERVIEW).says("240台").says("口算宝、云阅读")
    teacher.says("学校公用经费96万元").says("都没有").says("都没有").says("都没有").says(DATES)
    teacher.sees("采购方案").uploads("采购方案.pdf").uploads("产品备案号证明.png", "product_no")
    upload_all(teacher)
    teacher.sees(
        "由鹿城区技术中心牵头审批（三（一）1）", "鹿城区计财科", "终端数量：240台", "96万元"
    ).taps(SEND)
    [filing] = school.filings()
    assert filing.stage is Stage.AWAITING_PRINCIPAL
    assert filing.facts.preinstalled_apps
    assert filing.answers["devices"] == 240


def test_devices_and_apps_in_one_project_are_two_parts_of_one_filing(
    school: School, teacher: Someone
) -> None:
    for words in ("备案", "两者都有", "平板阅读项目", "四到六年级620人", "我", "13857712345"):
        teacher.says(words)
    teacher.taps("选好了", "精准教学").says(OVERVIEW).says("240台").says("云阅读").says(
        "财政专项 96万元"
    )
    teacher.says("都没有").says("都没有").says("5 6").says("教APP备3301234号").says(DATES)
    teacher.uploads("采购方案.pdf").uploads("证明.png", "product_no")
    upload_all(teacher)
    teacher.sees("应用部分由", "移动学习终端部分由").taps(SEND)
    assert [len(filing.parts) for filing in school.filings()] == [2]


def test_rules_that_changed_since_the_last_look_are_held_to_when_it_is_sent(
    school: School, teacher: Someone
) -> None:
    to_free(teacher)
    teacher.taps("选好了", "学生自愿自带设备").says("都没有")
    teacher.says("不指定品牌，不集中采购，自愿").says(DATES)
    upload_all(teacher)
    stricter = OfficeRules.from_settings({"byod": "forbidden"})
    office = school.switchboard.office
    tenants = {code: replace(one, rules=stricter) for code, one in office.tenants.items()}
    school.switchboard = replace(school.switchboard, office=replace(office, tenants=tenants))
    teacher.taps(SEND).sees("暂不办理学生自带设备的项目")
    assert school.filings() == []


@pytest.mark.covers("R25")
def test_a_paper_that_vanished_since_the_last_look_is_asked_for(
    school: School, teacher: Someone
) -> None:
    to_free(teacher)
    teacher.says("都没有").says("都没有").says(DATES)
    upload_all(teacher)
    gone = update(t.attachment).where(t.attachment.c.slot == "experts").values(replaced=True)
    school.reads(lambda tx: tx.execute(gone))
    teacher.taps(SEND).sees("还差材料：专家论证意见")
    assert school.filings() == []


def test_an_authority_without_a_finance_desk_says_whom_to_ask(
    school: School, teacher: Someone
) -> None:
    gone = update(t.post).where(t.post.c.person_id == "d-finance").values(unit_code="D0")
    school.reads(lambda tx: tx.execute(gone))
    to_free(teacher)
    teacher.taps("选好了", "学生或家长需要支付费用").taps("咨询计财")
    teacher.sees("名单中还没有计财部门的同志，请先联系教育技术部门或管理员")
