"""Several answers in one message, labelled or not, are taken apart and confirmed once."""

from __future__ import annotations

from typing import Any

import pytest

from bot.channels.cleaning import clean
from handlers.forms import app, terminal
from handlers.paste import spread, take_apart
from tests.handlers.counts import PASTE
from tests.handlers.school import School, Someone
from tests.handlers.test_parsers import Around

WHO = {"stages": ["primary"], "grades": "四至六年级"}


@pytest.mark.parametrize(
    "text",
    [
        "云阅读 四到六年级 620人 负责人陈晓 13857712345",
        "云阅读，4-6年级，620人，负责人：陈晓，13857712345",
        "云阅读\n四至六年级\n约620名学生\n负责人是陈晓\n手机138 5771 2345",
        "13857712345 陈晓 云阅读 四～六年级 620名",
        "《云阅读》给四到六年级620个学生用，项目负责人陈晓，电话+8613857712345",
        "项目名称：云阅读 使用学段：四到六年级 学生人数：620 负责人：陈晓 手机：13857712345",
        "项目名称：云阅读\n使用学段：四到六年级620人\n负责人：陈晓（13857712345）",
        "1. 名称：云阅读\n2、学段：四至六年级\n3）人数：620\n4．联系人：陈晓\n5. 电话：13857712345",
        "应用名称 云阅读\n使用年级 四到六年级\n人数 620\n负责人 陈晓\n电话 13857712345",
        "备案：云阅读；四到六年级；620人；陈晓；13857712345",
        "我要备案云阅读 四到六年级共620人 负责人陈晓13857712345",
        "【项目名称】：云阅读\n【使用学段】：四到六年级，约620人\n【项目负责人】：陈晓 13857712345",
        "【项目名称】云阅读\n【使用学段】四到六年级\n【人数】620\n【负责人】陈晓\n【手机】13857712345",
        "项目名称\t云阅读\t使用年级\t四到六年级\n人数\t620\n负责人\t陈晓\t手机号码\t13857712345",
        "项目名称\n云阅读\n使用年级\n四到六年级\n人数\n620\n负责人\n陈晓\n手机号码\n13857712345",
        "您好，我们学校想用云阅读这个软件，四到六年级620人用，不收费，负责人陈晓，13857712345",
        "四到六年级620人，准备使用云阅读，负责人陈晓13857712345",
    ],
)
def test_the_same_five_answers_are_read_however_they_are_pasted(text: str) -> None:
    found = take_apart(clean(text), app.FORM, Around())
    assert found.problems == {}
    assert (found.values.get("project") or found.name) == "云阅读"
    assert found.values["stages"] == WHO
    assert found.values["students"] == 620
    assert found.values["owner"] == {"id": "p1", "name": "陈晓"}
    assert found.values["phone"] == "13857712345"


def test_the_annex_copied_as_a_table_is_read_cell_by_cell() -> None:
    text = (
        "学校名称（盖章）\t瓯江实验小学\n办学类别\t☑公办 □民办\n"
        "办学层次\t□高中 □中职 □初中 ☑小学 □幼儿园\n项目名称（终端或学习类APP名称）\t云阅读\n"
        "项目负责人\t陈晓\t手机号码\t13857712345\n"
        "项目概况（字数200以内）\n分级阅读，每周一节。\n学校审核\t校长签字（盖章）：\n"
    )
    found = take_apart(clean(text), app.FORM, Around())
    assert (found.problems, found.name) == ({}, "")
    assert found.values == {
        "stages": {"stages": ["primary"], "grades": ""},
        "project": "云阅读",
        "owner": {"id": "p1", "name": "陈晓"},
        "phone": "13857712345",
        "overview": "分级阅读，每周一节。",
    }


def test_a_word_between_blanks_is_no_label_in_a_free_text() -> None:
    found = take_apart("云阅读 会议 四到六年级 620人", app.FORM, Around())
    assert found.values["stages"] == WHO
    assert found.name == "云阅读"


def test_what_can_not_be_a_name_is_none() -> None:
    assert take_apart("七八九年级 620人 不收费", app.FORM, Around()).name == ""


def test_a_pasted_form_keeps_the_lines_of_its_overview() -> None:
    text = (
        "项目名称：云阅读\n项目概况：第一行，做阅读。\n第二行：推进措施。\n"
        "经费来源：学校公用经费 3万元"
    )
    found = take_apart(text, app.FORM, Around())
    assert found.values["overview"] == "第一行，做阅读。\n第二行：推进措施。"
    assert (found.values["fund"], found.values["amount"]) == ("school", 30_000)


def test_lines_of_the_annex_that_the_directory_answers_are_passed_over() -> None:
    text = (
        "学校名称（盖章）：瓯江实验小学\n办学类别：公办\n项目名称：云阅读\n"
        "办学层次：小学\n审核日期：3月1日"
    )
    assert set(take_apart(text, app.FORM, Around()).values) == {"project", "stages"}


@pytest.mark.parametrize(
    ("text", "label", "says"),
    [
        ("云阅读 620人 1385777123", "手机号码", "10位"),
        ("云阅读 620人 负责人陈老师", "项目负责人", "名单中有：陈晓"),
        ("云阅读 初一 620人", "使用学段", "没有初中"),
        ("云阅读 620人 会议2026年9月1日", "会议日期", "还没有到"),
    ],
)
def test_what_looks_like_an_answer_and_is_none_becomes_a_problem(
    text: str, label: str, says: str
) -> None:
    found = take_apart(text, app.FORM, Around())
    assert says in found.problems[label]


def test_the_principle_answers_of_a_pasted_form_are_read_one_by_one() -> None:
    text = (
        "是否收费：完全免费\n自带设备：学生自愿自带，不指定品牌\n广告：无\n"
        "分班：否\n部分使用：是，四年级先试，其余下学期"
    )
    found = take_apart(text, app.FORM, Around())
    assert found.said["free"] == {"fee": "no", "device": "own", "paid_entry": "no"}
    assert found.said["fair"] == {"class_placement": "no", "partial_use": "yes"}
    assert found.values["partial_words"] == "四年级先试，其余下学期"


@pytest.mark.parametrize("said", ["应该不用吧", "暂时不收"])
def test_a_hedged_fee_stays_uncertain(said: str) -> None:
    assert take_apart(f"收费：{said}", app.FORM, Around()).said["free"]["fee"] == "unsure"


def test_a_terminal_filing_reads_devices_and_money() -> None:
    text = "智学平板 四到六年级 620人 240台 学校公用经费96万元 论证3月1日，审查3月2日，会议3月5日"
    values = take_apart(text, terminal.FORM, Around()).values
    assert (values["devices"], values["amount"], values["fund"]) == (240, 960_000, "school")
    assert values["minutes_on"] == "2026-03-05"


@pytest.mark.parametrize(
    ("text", "asked", "values"),
    [
        ("4-6年级620", "stages", {"stages": WHO, "students": 620}),
        ("四到六年级，约620人", "stages", {"stages": WHO, "students": 620}),
        ("620人", "stages", {"students": 620}),
        ("3月1日 3月2日 3月5日", "experts_on",
         {"experts_on": "2026-03-01", "legality_on": "2026-03-02", "minutes_on": "2026-03-05"}),
        ("会议3月5日，论证3月1日", "experts_on",
         {"experts_on": "2026-03-01", "minutes_on": "2026-03-05"}),
        ("公用经费 96万元", "fund", {"fund": "school", "amount": 960_000}),
        ("620", "students", {}),
    ],
)  # fmt: skip
def test_one_message_answers_the_fields_that_are_asked_together(
    text: str, asked: str, values: dict[str, Any]
) -> None:
    assert spread(text, app.FORM, app.FORM.by_key[asked], Around()) == values


def test_a_paste_without_any_other_word_begins_a_filing(teacher: Someone) -> None:
    teacher.says("云阅读 四到六年级 620人 负责人陈晓 13857712345")
    teacher.sees("已认出以下内容", "使用学段：小学（四至六年级）", "手机号码：138****2345")
    teacher.does_not_see("13857712345")
    teacher.says("都对").sees("主要用在哪些方面")


def test_two_labels_are_a_paste_without_any_other_word(teacher: Someone) -> None:
    teacher.says("项目名称：云阅读\n学生人数：620").sees("已认出以下内容", "620名")


def test_talk_of_grades_and_names_without_a_number_begins_nothing(
    school: School, teacher: Someone
) -> None:
    teacher.says("四到六年级的事，负责人陈晓，说不需要经费").sees("没有认出这句话")
    assert school.drafts("chen") == []


def test_a_wrong_value_in_the_summary_is_corrected_by_typing_it(teacher: Someone) -> None:
    teacher.says("云阅读 四到六年级 620人 负责人陈晓 1385771234")
    teacher.sees("手机号码：这个号码是10位")
    teacher.says("13857712345，630人").sees("学生人数：630名", "138****2345").does_not_see("10位")
    teacher.says("修改 使用学段 五年级").sees("小学（五年级）")
    teacher.says("1").sees("主要用在哪些方面")
    assert teacher.draft().answers["students"] == 630


def test_an_unknown_name_asks_the_kind_and_keeps_the_paste(teacher: Someone) -> None:
    teacher.says("备案 阅读星球 四到六年级 620人 负责人陈晓 13857712345").sees("要备案的是哪一类")
    teacher.says("1").sees("已认出以下内容", "阅读星球", "620名")


def test_a_product_of_the_register_tells_the_kind(teacher: Someone) -> None:
    teacher.says("备案 智学平板 四到六年级 620人 负责人陈晓 13857712345 240台").sees(
        "终端数量：240台"
    )
    assert teacher.draft().matter == "campus_terminal"


def test_two_products_of_one_name_are_asked_before_the_summary(teacher: Someone) -> None:
    teacher.says("备案 作业宝 四到六年级 620人 负责人陈晓 13857712345").sees(
        "教APP备1100001号", "都不是"
    )
    teacher.says("2").sees("已认出以下内容", "教APP备1100001号")


def test_a_pasted_overview_that_is_too_long_is_weighed_after_the_summary(teacher: Someone) -> None:
    teacher.says(f"备案\n项目名称：云阅读\n学生人数：620\n项目概况：{'十个字的一句话在此。' * 21}")
    teacher.sees("项目概况超过字数").taps("都对，继续").sees("共210字")


def test_several_answers_in_the_middle_of_a_form_are_confirmed_together(teacher: Someone) -> None:
    teacher.says("备案").says("1").says("云阅读")
    teacher.says("四到六年级 620人 负责人陈晓 13857712345 不需要经费").sees("已认出以下内容")
    teacher.says("1").sees("主要用在哪些方面")
    teacher.says("修改 项目负责人").says("负责人陈晓 13900001111").sees("已填手机号码 139****1111")


def test_an_open_text_that_mentions_numbers_stays_one_answer(
    school: School, teacher: Someone
) -> None:
    for words in ("备案", "1", "云阅读", "四到六年级620人", "我", "13857712345"):
        teacher.says(words)
    overview = "本项目面向四到六年级620名学生，联系电话见表，经费3万元，负责人：教务处统筹。"
    teacher.taps("选好了", "精准教学").says(overview).sees("经费从哪里来")
    assert teacher.draft().answers["overview"] == overview


@pytest.mark.covers("R5")
def test_tags_are_not_asked_of_who_pasted_a_whole_form(teacher: Someone) -> None:
    teacher.says(PASTE.replace("应用方向：精准教学、个性化教学\n", "")).taps("都对，继续")
    teacher.sees("免费原则").does_not_see("主要用在哪些方面")


def test_a_kind_that_the_paste_names_is_not_asked(teacher: Someone) -> None:
    teacher.says("备案 月光口算小程序 四到六年级 620人 负责人陈晓 13857712345")
    teacher.sees("已认出以下内容").does_not_see("要备案的是哪一类")


def test_a_bare_answer_is_that_of_the_one_value_that_could_not_be_read(teacher: Someone) -> None:
    teacher.says(PASTE.replace("会议日期：3月5日", "会议日期：月底")).sees("会议日期")
    teacher.says("3月5日").sees("会议日期：2026年3月5日")


def test_a_reviewer_s_paste_begins_nothing(school: School) -> None:
    school.person("d-legal").says(PASTE.removeprefix("备案\n")).sees("没有认出这句话")
