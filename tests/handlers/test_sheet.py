"""A whole form on one card, for who can fill it in: asked, sent off, handed back, taken."""

from __future__ import annotations

import pytest

from cards.language import Card
from handlers.filling import FORMS
from tests.handlers.forms import FIRST_QUESTION, WHOLE, WRONG, Form, phone_of, redrawn
from tests.handlers.school import OVERVIEW, School, Someone

# --- asked ---------------------------------------------------------------------------------------


def test_who_can_fill_it_in_gets_the_form_in_place_of_the_first_question(form: Form) -> None:
    card = form.card()
    assert (card.title, [one.text for one in card.buttons]) == (
        "进校园备案（应用）",
        ["提交", "一项一项填"],
    )
    assert [one.label for one in card.entries] == list(WHOLE)
    assert [one.label for one in card.entries if one.required] == ["项目名称"]
    form.who.does_not_see(FIRST_QUESTION)


def test_who_cannot_gets_the_question_as_ever(teacher: Someone) -> None:
    teacher.says("备案").taps("应用").sees(FIRST_QUESTION)
    teacher.says("云阅读 四到六年级 620人 负责人陈晓 13857712345").sees("已认出以下内容")
    assert not any(isinstance(what, Card) and what.entries for what in teacher.told())
    assert "_sheet" not in teacher.draft().answers


@pytest.mark.parametrize("matter", FORMS)
def test_every_entry_is_a_question_that_waits_for_no_other_answer(
    matter: str, school: School
) -> None:
    who = Someone(school, "chen", fills=True)
    kind = {"campus_app": "应用", "campus_terminal": "移动学习终端", "campus_both": "两者都有"}
    who.says("备案").taps(kind[matter])
    card = Form(who).card()
    by_key = FORMS[matter].by_key
    asked = [by_key[entry.key] for entry in card.entries if "/" not in entry.key]
    assert [one.key for one in asked] == [one.key for one in FORMS[matter].fields if one in asked]
    follow_ups = {"scale", "classes", "terms", "amount", "fund_words", "product_no", "first_use"}
    assert not follow_ups & {one.key for one in asked}


def test_words_typed_beside_the_form_answer_the_first_question(form: Form) -> None:
    form.who.says("云阅读").sees("已对上产品库", "准备给哪个学段")


def test_a_button_of_the_form_can_be_typed(form: Form) -> None:
    form.who.says("一项一项填").sees(FIRST_QUESTION)
    assert "project" not in form.who.draft().answers


def test_several_answers_in_one_message_are_confirmed_as_ever(form: Form) -> None:
    form.who.says("云阅读 四到六年级 620人 负责人陈晓 13857712345")
    form.who.sees("已认出以下内容", "138****2345")


def test_what_a_message_said_stands_in_the_form_beforehand(filler: Someone) -> None:
    filler.says("备案：应用 云阅读 四到六年级 620人 负责人陈晓 13857712345")
    form = Form(filler)
    assert form.shows("项目名称") == "云阅读"
    assert form.shows("使用学段") == "小学（四至六年级）"
    assert form.shows("学生人数") == "620"
    assert form.shows("手机号码") == "138****2345"
    filler.does_not_see("已认出以下内容")


def test_what_of_a_message_could_not_be_read_is_said_above_the_form(filler: Someone) -> None:
    filler.says("备案：应用 云阅读 四到六年级 620人 负责人陈晓 1385771234")
    filler.sees("以下内容请再看一下", "手机号码：这个号码是10位")
    assert Form(filler).shows("手机号码") == ""


def test_said_principles_are_ticked_beforehand(filler: Someone) -> None:
    filler.says("备案：应用\n项目名称：云阅读\n广告：有\n已使用：是\n经费来源：学校公用经费")
    form = Form(filler)
    assert form.shows("收费情况") == ["APP内有付费入口或广告"]
    assert form.shows("公平与审批") == ["已经在使用"]
    assert form.shows("经费来源") == "学校公用经费" or form.shows("经费来源") == ["学校公用经费"]
    assert form.entry("经费金额").value == ""


def test_what_stands_in_the_form_may_be_sent_off_as_it_is(filler: Someone) -> None:
    filler.says("备案：应用 云阅读 四到六年级 620人 负责人陈晓 13857712345")
    Form(filler).send_raw({}).sees("主要用在哪些方面").does_not_see("已认出以下内容")
    assert redrawn(filler).done == "已收到5项"


def test_nothing_open_is_nothing_to_fill_in(filler: Someone) -> None:
    lines = "\n".join(
        f"{label}：{value if isinstance(value, str) else value[0]}"
        for label, value in WHOLE.items()
        if label not in ("备案号情况", "公平与审批")
    )
    said = "分班：否\n评价：否\n部分使用：否\n已使用：否\n产品备案号：教APP备3301234号"
    filler.says(f"备案：应用\n{lines}\n{said}").sees("已认出以下内容")
    assert not any(isinstance(what, Card) and what.entries for what in filler.told())


# --- taken ---------------------------------------------------------------------------------------


def test_a_whole_form_leaves_only_the_papers(form: Form) -> None:
    form.send(WHOLE)
    done = redrawn(form.who)
    assert (done.done, done.entries, done.buttons) == ("已收到15项", (), ())
    assert dict(done.facts) == {
        "项目名称": "云阅读",
        "使用学段": "小学（四至六年级）",
        "项目负责人": "陈晓",
        "手机号码": "138****2345",
        "其他前置条件": "没有",
    }
    assert "已对上产品库：云阅读" in done.body
    form.who.sees("材料 0/4")
    answers = form.who.draft().answers
    assert answers["students"] == 620
    assert answers["minutes_on"] == "2026-03-05"
    assert answers["purposes"] == ["smart"]
    assert answers["free"]["fee"] == "no"
    assert (phone_of(form.who), answers["product"]) == ("13857712345", "p1")
    assert "_sheet" not in answers


def test_what_is_left_empty_is_asked_later(form: Form) -> None:
    form.send({**WHOLE, "学生人数": "", "论证日期": "", "审查日期": "", "会议日期": ""})
    assert redrawn(form.who).done == "已收到11项"
    form.who.sees("大约有多少名学生使用")
    form.who.says("620").sees("分别在哪天")


def test_what_follows_from_an_answer_is_asked_afterwards(form: Form) -> None:
    form.send({**WHOLE, "经费来源": "学校公用经费", "公平与审批": ["已经在使用"], "学生人数": "20"})
    form.who.sees("您要哪一种").says("2").sees("试点在几个班")
    form.who.says("1").sees("几个学期").says("1").sees("金额是多少")
    form.who.says("3万元").sees("从哪一天开始使用")


def test_a_project_of_a_name_that_several_have_is_chosen_afterwards(form: Form) -> None:
    form.send({**WHOLE, "项目名称": "作业宝"}).sees("您要的是")
    form.who.taps("选第1个").sees("材料 0/4")


def test_an_overview_over_its_limit_is_never_cut(form: Form) -> None:
    long = "本项目在四年级开展分级阅读。" * 20
    form.send({**WHOLE, "项目概况": long}).sees("项目概况超过200字")
    assert form.who.draft().answers["_long"] == long
    form.who.taps("全文作为附件").taps("采用").sees("材料")
    assert form.who.draft().answers["overview_full"] == long


def test_what_stands_beside_an_answer_is_read_where_its_own_entry_is_empty(form: Form) -> None:
    form.send({**WHOLE, "项目负责人": "陈晓 13900001111", "手机号码": ""})
    assert phone_of(form.who) == "13900001111"


def test_the_bound_number_is_that_of_the_named_owner(form: Form) -> None:
    form.send({**WHOLE, "项目负责人": "王芳", "手机号码": "用我绑定的号码"})
    assert phone_of(form.who) == "13857712345"
    assert form.who.draft().answers["owner"]["id"] == "wang"


# --- handed back ---------------------------------------------------------------------------------


def test_for_what_cannot_stand_the_form_comes_back_with_all_that_was_entered(form: Form) -> None:
    form.send(WRONG)
    card = redrawn(form.who)
    lines = card.body.splitlines()
    assert lines[0] == "以下内容请再看一下，其余都已保存。"
    assert [line.partition("：")[0] for line in lines[1:4]] == ["使用学段", "手机号码", "会议日期"]
    assert [one.label for one in card.entries[:3]] == ["使用学段", "手机号码", "会议日期"]
    assert (form.shows("使用学段"), form.shows("会议日期")) == ("初一", "2027-03-05")
    assert (form.shows("学生人数"), form.shows("项目概况")) == ("620", OVERVIEW)
    assert (form.shows("项目负责人"), form.shows("审查日期")) == ("陈晓", "2026-03-02")
    assert form.shows("收费情况") == form.shows("公平与审批") == ["以上都没有"]
    assert form.who.draft().answers["students"] == 620


def test_once_it_is_right_the_filing_goes_on(form: Form) -> None:
    form.send(WRONG)
    form.send({"手机号码": "13857712345", "使用学段": "四到六年级", "会议日期": "2026-03-05"})
    assert redrawn(form.who).done == "已收到15项"
    form.who.sees("材料 0/4")


def test_what_is_still_wrong_comes_back_once_more(form: Form) -> None:
    form.send(WRONG)
    form.send({"手机号码": "13857712345", "会议日期": "2026-03-05"})
    assert [line.partition("：")[0] for line in redrawn(form.who).body.splitlines()[1:3]] == [
        "使用学段",
        "填好发回即可，不清楚的可以先空着，稍后再问您。",
    ]


def test_a_wrong_entry_may_be_emptied_and_is_asked_later(form: Form) -> None:
    form.send(WRONG)
    form.send({"手机号码": "13857712345", "使用学段": "", "会议日期": "2026-03-05"})
    form.who.sees("准备给哪个学段")


def test_after_a_form_came_back_words_are_answers_as_well(form: Form) -> None:
    form.send({**WHOLE, "手机号码": "1385777123"})
    form.who.says("13857712345").sees("材料 0/4")


def test_ticks_that_contradict_each_other_come_back_ticked(form: Form) -> None:
    form.send({**WHOLE, "收费情况": ["学生自愿自带设备", "以上都没有"]})
    assert "收费情况：" in redrawn(form.who).body
    assert form.shows("收费情况") == ["学生自愿自带设备", "以上都没有"]


def test_of_a_list_and_its_other_half_none_is_taken_alone(form: Form) -> None:
    form.send({**WHOLE, "项目名称": "小鹿作业", "备案号情况": []})
    assert "公平与审批：请和“备案号情况”一起选" in redrawn(form.who).body
    assert "fair" not in form.who.draft().answers
    form.send({"备案号情况": "尚无教育App备案号"})
    assert form.who.draft().answers["fair"]["product_no"] == "no"


def test_what_the_register_knows_needs_no_other_half(form: Form) -> None:
    form.send({**WHOLE, "备案号情况": []})
    assert redrawn(form.who).done == "已收到15项"
