"""反映: from a sentence of somebody without an account to an answer, and who learns what."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from cards.language import Tap
from tests.handlers.reporting import WORDS, acts, open_county, receipt, reports, row, sound
from tests.handlers.school import School


@pytest.fixture
def county(tmp_path: Path) -> Iterator[School]:
    school = open_county(f"sqlite:///{tmp_path}/beian.db")
    yield school
    sound(school)
    school.ledger.close()


@pytest.mark.covers(45, 46)
def test_a_parent_reports_a_fee_in_one_sentence_and_hears_what_became_of_it(county: School) -> None:
    parent, finance = county.person("parent"), county.person("d-finance")
    parent.says("您好").sees("没有认出您的账号", "要反映问题，发“反映”")
    parent.says("学校收了3280买平板").sees("收费类反映", "匿名提交").taps("不反映了")
    parent.says(f"反映{WORDS}")
    parent.sees("收费类反映", "瓯江实验小学", "不必写孩子姓名", "匿名提交", "留联系方式")
    parent.says("匿名提交").sees("已提交，回执", "5个工作日内会有首次答复", "学校看不到您是谁")
    code = receipt(parent)
    finance.sees(f"反映 {code}", "强制或诱导购买", "浙教办函〔2022〕252号", "查看内容")
    finance.does_not_see("3280")
    county.person("jian").sees("本通知不含内容").does_not_see("3280")
    finance.taps("查看内容").sees("3280", "反映人身份已封存").does_not_see("parent")
    finance.taps("受理").sees("反映人将看到", "不显示姓名")
    parent.says(f"查 {code.lower()}").sees("计财部门已受理，正在核实").does_not_see("审计财")
    finance.taps("办理结果").taps("属实在整改").says("1").sees("属实在整改")
    parent.says(f"查 {code}").sees("正在整改")
    finance.says(f"办结 {code} 属实已整改 已全部退还，并提醒学校。").sees("已答复反映人")
    parent.sees("已全部退还")
    assert acts(county, code)[:3] == [
        ("report", ""), ("open_report", "d-finance"), ("take", "d-finance"),
    ]  # fmt: skip
    assert row(county, code).outcome == "fixed"


def test_every_question_can_be_left_open_and_there_are_five(county: School) -> None:
    parent = county.person("parent").says("反映").sees("请直接写一句", "收费、强制购买")
    parent.taps("个人信息、广告").sees("是哪所学校")
    parent.says("瓯江").sees("您说的是？").says("不清楚").sees("涉及哪款应用")
    parent.says("跳过").sees("什么时候")
    parent.taps("不清楚，跳过").sees("可以直接发图片")
    parent.says("没有").sees("个人信息、弹窗广告反映", "匿名提交")
    parent.taps("留联系方式").sees("只有承办人员可以调阅")
    parent.says("13857719999").sees("还不知道由哪里办理")
    parent.says("反映 瓯江幼儿园").sees("瓯江幼儿园").taps("留联系方式")
    parent.says("13857719999").sees("已提交")
    code = receipt(parent)
    tech = county.person("d-tech")
    tech.does_not_see("13857719999")
    tech.says(f"看内容 {code}").sees("13857719999")
    county.person("d-legal").sees(f"发“看内容 {code}”可以调阅")


def test_where_no_button_is_shown_its_number_is_typed(county: School) -> None:
    parent = county.person("parent").says("反映").says("6").sees("是哪所学校")
    parent.says("瓯江").sees("3 瓯江", "4 不清楚，跳过").says("4").sees("涉及哪款应用")
    parent.says("好了").sees("涉及哪款应用")
    parent.says("1").sees("什么时候").says("1").sees("可以直接发图片").says("1")
    parent.sees("个人信息、弹窗广告反映", "可以再补充：学校、时间和方式").does_not_see("应用已写明")


def test_a_report_is_followed_from_elsewhere_by_its_whole_receipt_alone(county: School) -> None:
    code = reports(county)
    whole = re.findall(r"回执 (\S{4}-\S{4})。", county.person("parent").heard())[0]
    other = county.person("aunt")
    for typed in (code, f"{code}-2222"):
        other.says(f"查 {typed}").sees("没有查到这个回执号").does_not_see("计财")
        other.says(f"补充 {typed} 300元").sees("没有查到这个回执号")
    other.says(f"查 {code}").sees("没有查到").says(f"查 {whole}").sees("请明天再查")
    county.person("uncle").says(f"查{whole.replace('-', '')}").sees("等待受理")
    county.person("uncle").says(f"补充 {whole.lower()} 300元").sees("已补充到回执")
    county.person("d-finance").says(f"看内容 {code}").sees("300元")
    # Who handles it is shown the way to it, and does not speak for the reporter.
    county.person("d-finance").says(f"查 {code}").sees(f"发“看内容 {code}”")
    county.person("d-finance").says(f"补充 {code} 没有的事").does_not_see("已补充")
    report_id = row(county, code).id
    said = county.reads(lambda tx: tx.reports.find.content_of(tx.reports.known(report_id)).text)
    assert "没有的事" not in said


def test_a_picture_that_arrives_after_its_report_was_sent_joins_it(county: School) -> None:
    parent = county.person("parent").says(f"反映 {WORDS}")
    parent.sends_file("收据.png", "image").sees("正在保存", "发完请发“好了”")
    parent.says("好了").sees("匿名提交").does_not_see("图片1张").taps("匿名提交")
    code = receipt(parent)
    parent.uploads("收据.png", "report", media_type="image/png").sees(f"图片已补充到回执 {code}")
    county.person("d-finance").taps("查看内容").sees("图片1")
    county.now += timedelta(minutes=11)
    late = county.person("parent").uploads("晚了.png", "report", media_type="image/png")
    late.sees("图片没有保存").does_not_see("没有认出您的账号")


def test_who_is_not_asked_finds_nothing(county: School) -> None:
    code = reports(county)
    for other in ("d-basic", "lin", "chen", "admin", "auditor", "d-tech"):
        for words in (f"看内容 {code}", f"受理 {code}", f"转 {code} 法规", f"办结 {code} 不属实"):
            county.person(other).says(words).does_not_see("3280")
    assert row(county, code).state == "waiting"
    county.person("auditor").says("看举报内容").sees("仅可查看数量与办理时间", "三（二）1")
    county.person("auditor").says("反映情况").sees("收到1件", "在办1件").does_not_see("瓯江")


def test_a_stranger_with_a_desk_s_card_in_hand_is_told_who_they_are_not(county: School) -> None:
    code = reports(county)
    report_id = row(county, code).id
    for verb in ("take", "read", "pass", "settle", "copy", "show"):
        county.person("thief").taps_old(Tap(f"report.{verb}", report_id, 1))
        county.person("thief").sees("没有认出您的账号").does_not_see("3280")
    assert acts(county, code) == [("report", "")]


def test_what_goes_to_another_desk_is_that_desk_s_alone(county: School) -> None:
    code = reports(county, "瓯江实验小学推荐的云阅读里有暴力画面")
    legal, tech = county.person("d-legal"), county.person("d-tech")
    legal.sees("有害内容").taps("转其他部门").taps("教育技术")
    tech.sees(f"反映 {code}")
    legal.says(f"看内容 {code}").sees("不由您办理")
    tech.says(f"受理 {code}").sees("已受理")
    tech.says(f"办结 {code} 限期补备").sees("没有“限期补备”这种结果")
    county.person("parent").says(f"查 {code}").sees("教育技术部门已受理")


def test_nobody_handles_what_names_them_or_comes_from_their_school(county: School) -> None:
    code = reports(county, "瓯江实验小学收费买平板，听说和教育局周算有关")
    county.person("fin2").does_not_see(code)
    county.person("fin2").says(f"看内容 {code}").sees("不由您办理")
    county.person("d-finance").sees(code)


def test_a_reporter_does_not_handle_their_own_report(county: School) -> None:
    code = reports(county, "瓯江幼儿园收押金", "fin2")
    county.person("fin2").says(f"受理 {code}").sees("不由您办理")
    county.person("d-finance").says(f"受理 {code}").sees("已受理")


def test_the_same_from_the_same_person_is_one_and_a_day_holds_five(county: School) -> None:
    code = reports(county)
    again = county.person("parent").says(f"反映 {WORDS}。").says("匿名提交")
    again.sees(f"已并入回执 {code}")
    for words in ("瓯江幼儿园有弹窗广告", "瓯江九年一贯学校按用不用分班", "瓯江幼儿园收费",
                  "瓯江九年一贯学校未备案就在用"):  # fmt: skip
        reports(county, words)
    parent = county.person("parent").says("反映 瓯江幼儿园有色情内容")
    parent.says("匿名提交").sees("今天已经反映了5次")


def test_five_wrong_receipts_are_answered_a_day(county: School) -> None:
    code = reports(county)
    thief = county.person("thief")
    for at in range(5):
        thief.says(f"查 222{at + 2}").sees("没有查到这个回执号")
    thief.says(f"查 {code}").sees("请明天再查").does_not_see("计财")
    county.person("parent").says(f"查 {code}").sees("等待受理")


def test_what_is_asked_back_is_answered_by_the_receipt(county: School) -> None:
    code = reports(county, "瓯江实验小学乱收费")
    finance = county.person("d-finance").taps("请反映人补充").sees("内容不足以核查")
    finance.says("1").sees("已请反映人补充")
    parent = county.person("parent").sees("请补充时间、学校和金额", f"补充 {code}")
    parent.says(f"补充 {code} 3月2日，每人300元").sees("已补充到回执")
    finance.sees(f"反映 {code}").says(f"看内容 {code}").sees("每人300元")
    assert row(county, code).state == "taken"


def test_a_teacher_who_sees_something_unfiled_reports_it_in_one_tap(county: School) -> None:
    teacher = county.person("chen").taps_old(Tap("report.unfiled", "p4"))
    teacher.sees("未备案使用", "瓯江实验小学", "应用已写明")
    teacher.taps("匿名提交").sees("已提交")
    tech = county.person("d-tech").sees("未备案使用", "瓯江实验小学").taps("受理")
    tech.taps("办理结果").sees("限期补备", "停用").taps("限期补备").says("1")
    teacher.sees("已要求限期办理备案")
    county.person("lin").does_not_see("反映")


def test_who_asked_and_found_nothing_reports_it_from_there(county: School) -> None:
    parent = county.person("parent").says("查询 小鹿作业 瓯江实验小学").taps("反映")
    parent.sees("未备案使用反映").says("瓯江实验小学").sees("瓯江实验小学").taps("匿名提交")
    code = receipt(parent)
    parent.says(f"回执号：{code}").sees("等待受理")


def test_a_picture_is_handed_out_to_who_handles_it(county: School) -> None:
    parent = county.person("parent").says(f"反映 {WORDS}")
    parent.sends_file("王小明收据.png", "image").sees("正在保存")
    parent.uploads("王小明收据.png", "report", media_type="image/png")
    parent.says("好了").sees("图片1张").taps("匿名提交")
    finance = (
        county.person("d-finance").sees("1张").taps("查看内容").sees("图片1（10分钟内可打开）")
    )
    finance.does_not_see("王小明")
