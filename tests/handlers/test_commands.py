"""上一步, 修改, 保存, 退出, 继续, 还差什么, 放弃, 帮助, 人工: at any moment, losing nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from cards.language import Tap
from handlers.router import SCHOOL, Router, Routes
from storage import tables as t
from tests.handlers.counts import PASTE, SEND, filing_messages_stepwise, upload_all
from tests.handlers.school import OVERVIEW, School, Someone
from tests.handlers.test_dialogues import to_papers


def to_owner(teacher: Someone) -> None:
    for words in ("备案", "应用", "云阅读", "4-6年级620"):
        teacher.says(words)


def test_one_step_back_shows_what_was_said_and_takes_another_answer(teacher: Someone) -> None:
    to_owner(teacher)
    teacher.says("上一步").sees("刚才填的是：620名。", "大约有多少名学生使用")
    teacher.says("上一步").sees("刚才填的是：小学（四至六年级）。")
    teacher.says("五年级").sees("项目负责人是谁")
    answers = teacher.draft().answers
    assert (answers["stages"]["grades"], answers["students"]) == ("五年级", 620)


def test_one_step_back_from_a_choice_asks_what_led_to_it(teacher: Someone) -> None:
    teacher.says(PASTE.replace("云阅读", "作业宝", 1)).sees("“作业宝”是哪一个")
    teacher.says("上一步").sees("刚才填的是：作业宝", "请发应用名称")
    teacher.says("云阅读").says("1").says("1").sees("暂不能报送")
    teacher.says("上一步").sees("刚才填的是：学生或家长需要支付费用", "免费原则")


def test_back_at_the_very_first_question_says_so(teacher: Someone) -> None:
    teacher.says("备案").says("应用").says("上一步").sees("已经是第一项", "请发应用名称")


def test_an_item_is_changed_by_its_name_or_at_once(teacher: Someone) -> None:
    to_owner(teacher)
    teacher.says("修改 学生人数").sees("现在填的是：620名", "多少名学生").says("630").sees(
        "项目负责人是谁"
    )
    teacher.says("修改学生人数 640").sees("项目负责人是谁")
    assert teacher.draft().answers["students"] == 640
    teacher.says("修改").sees("可以修改：项目名称、使用学段、学生人数").does_not_see("没有找到")
    teacher.says("修改 我的手机").sees("11位号码")
    teacher.says("修改 月亮").sees("没有找到这一项")
    teacher.says("修改 材料").sees("材料 0/4", "/m/upload/")


def test_changing_the_project_looks_the_product_up_again(teacher: Someone) -> None:
    to_owner(teacher)
    assert teacher.draft().answers["product"] == "p1"
    teacher.says("修改 项目名称 作业宝").sees("是哪一个").says("1").sees("项目负责人是谁")
    assert teacher.draft().answers["product"] == "p2"


def test_saving_says_until_when_and_repeats_the_open_question(teacher: Someone) -> None:
    to_owner(teacher)
    teacher.says("保存").sees("已保存，保留到5月11日（周一）", "刚才在填：项目负责人")


def test_leaving_keeps_everything_and_going_on_returns_to_the_same_question(
    teacher: Someone,
) -> None:
    to_owner(teacher)
    teacher.says("退出").sees("内容和材料都已保存")
    teacher.says("我").sees("没有认出这句话")
    teacher.says("继续").sees("项目负责人是谁").says("我").sees("11位号码")


def test_an_open_draft_is_offered_before_a_new_one_begins(school: School, teacher: Someone) -> None:
    to_owner(teacher)
    teacher.says("备案").sees("您有1份未完成的备案“云阅读”", "新建备案")
    teacher.says("新建备案").sees("要备案的是哪一类").says("1").says("小鹿作业")
    teacher.says("退出").says("继续").sees("要继续填哪一份", "云阅读", "小鹿作业")
    teacher.taps("云阅读").sees("项目负责人是谁")
    assert len(school.drafts("chen")) == 2


def test_what_is_missing_is_listed_at_any_moment(teacher: Someone) -> None:
    to_owner(teacher)
    teacher.says("还差什么").sees("还差", "项目负责人；手机号码", "实施方案", "发“继续”接着填")


def test_giving_up_is_asked_twice(school: School, teacher: Someone) -> None:
    to_owner(teacher)
    teacher.says("放弃").sees("确定放弃吗").taps("继续填写").sees("项目负责人是谁")
    teacher.says("放弃").taps("确定放弃").sees("已放弃")
    assert school.drafts("chen") == []
    teacher.says("继续").sees("没有正在填写的备案")


def test_help_and_a_person_are_there_in_the_middle_of_a_form(
    school: School, teacher: Someone
) -> None:
    to_owner(teacher)
    teacher.says("帮助").sees("上一步、修改加项名、保存、退出")
    teacher.says("帮助 全部").sees("变更、续期", "接着填请发“继续”")
    teacher.says("人工").sees("已转告鹿城区技术中心（审技术）")
    teacher.says("人工")
    desk = school.person("d-tech")
    assert [what for what in desk.told() if "请您协助" in str(what)] == desk.told()
    assert len(desk.told()) == 1
    teacher.says("我").sees("11位号码")


@pytest.mark.parametrize(
    ("who", "on_the_card", "among_all", "nowhere"),
    [
        ("chen", "补正：", "转全面备案", "申请复核"),
        ("lin", "申请复核：", "转全面备案", "不予通过、登记"),
        ("d-legal", "补充意见：", "典型案例", "未备案学校"),
        ("d-tech", "线下办件：", "未备案学校", "申请复核"),
    ],
)
def test_help_is_short_for_each_and_the_rest_is_one_word_away(
    school: School, who: str, on_the_card: str, among_all: str, nowhere: str
) -> None:
    person = school.person(who)
    person.says("帮助").sees(on_the_card, "更多")
    assert among_all not in person.heard()
    person.taps("更多").sees(among_all)
    assert nowhere not in person.heard()
    person.says("帮助 全部").sees(among_all)


def test_opening_the_chat_greets_once_a_day_and_never_in_a_form(
    school: School, teacher: Someone
) -> None:
    teacher.opens_chat().sees("陈晓老师您好", "新建备案")
    teacher.opens_chat()
    assert teacher.heard() == ""
    teacher.taps("新建备案").sees("要备案的是哪一类").says("1")
    school.now += timedelta(days=1)
    teacher.opens_chat()
    assert teacher.heard() == ""


@pytest.mark.parametrize(
    "word", ["上一步", "修改 手机", "保存", "还差什么", "交回", "继续", "放弃"]
)
def test_a_command_without_a_draft_is_answered_calmly(teacher: Someone, word: str) -> None:
    teacher.says(word).sees("没有正在填写的备案")


def test_a_question_answered_before_may_be_tapped_again(teacher: Someone) -> None:
    to_owner(teacher)
    teacher.says("我").says("13857712345").taps("选好了", "精准教学").says(OVERVIEW)
    card, button = teacher.button("财政专项")
    teacher.taps("不需要经费").sees("信息收集")
    assert button.tap is not None
    teacher.taps_old(button.tap).sees("金额是多少")
    assert teacher.draft().answers["fund"] == "treasury"
    assert card.title == "经费来源"


def test_an_old_card_of_a_dropped_draft_says_what_happened(
    school: School, teacher: Someone
) -> None:
    to_owner(teacher)
    draft_id = teacher.draft().id
    teacher.says("放弃").taps("确定放弃")
    teacher.taps_old(Tap("form.pick", f"fund:none:{draft_id}")).sees("已经不在了")
    teacher.taps_old(Tap("form.step", f"check:send:{draft_id}")).sees("已经不在了")


def test_a_draft_of_another_school_cannot_be_tapped(school: School, teacher: Someone) -> None:
    to_owner(teacher)
    stranger = school.person("nohead")
    stranger.taps_old(Tap("draft.act", f"go:{teacher.draft().id}")).sees("属于其他同志")
    stranger.taps_old(Tap("form.step", f"check:send:{teacher.draft().id}")).sees("属于其他同志")
    assert school.filings() == []


def test_a_person_of_two_schools_is_asked_for_which(school: School) -> None:
    two = school.person("two")
    two.says("备案").sees("1 瓯江实验小学", "2 瓯江九年一贯学校")
    two.says("5").sees("没有对上单位").says("九年一贯").sees("要备案的是哪一类").says("终端")
    two.sees("终端项目名称")
    assert two.draft().unit_code == "S2"


def test_an_old_card_of_schools_begins_nothing(school: School) -> None:
    two = school.person("two")
    two.says("备案")
    _, other = two.button("瓯江实验小学")
    two.taps("瓯江九年一贯学校").taps("移动学习终端").sees("终端项目名称")
    assert other.tap is not None
    two.taps_old(other.tap).sees("请重新发“备案”开始")
    assert two.draft().unit_code == "S2"


def test_an_old_card_of_kinds_asks_who_is_of_two_schools_for_which_again(school: School) -> None:
    two = school.person("two")
    two.says("备案").says("2")
    _, kind = two.button("应用")
    two.taps("移动学习终端").sees("终端项目名称")
    assert kind.tap is not None
    two.taps_old(kind.tap).sees("1 瓯江实验小学", "2 瓯江九年一贯学校")


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("云阅读", "备案由学校的经办人或校长发起"),
        ("给四年级的620个孩子用，负责人陈晓", "属于其他同志或其他学校"),
    ],
)
def test_a_post_that_ended_while_the_kind_was_asked_begins_nothing(
    school: School, teacher: Someone, typed: str, answer: str
) -> None:
    teacher.says("备案").sees("要备案的是哪一类")
    ended = update(t.post).where(t.post.c.person_id == "chen").values(valid_to=date(2026, 3, 11))
    school.reads(lambda tx: tx.execute(ended))
    teacher.says(typed).sees(answer)
    assert school.drafts("chen") == []


def test_not_sure_is_asked_step_by_step_and_may_still_name_the_kind(teacher: Someone) -> None:
    teacher.says("备案").says("4").sees("需要备案吗", "谁来用？").says("小程序").sees("应用名称")


def test_a_reviewer_cannot_begin_a_filing(school: School) -> None:
    school.person("d-legal").says("备案").sees("没有办理这一项的权限")


def test_the_same_product_of_the_same_school_is_shown_first(
    school: School, teacher: Someone
) -> None:
    filing_messages_stepwise(school)
    other = school.person("wang")
    other.says("备案").says("1").says("云阅读").sees(
        "贵校已有同一产品的备案", "26-0302-0001 待校长确认"
    )
    other.says("3").sees("没有新建")
    assert school.drafts("wang") == []
    other.says("备案").says("1").says("云阅").says("2").sees("哪个学段")


def test_a_tap_of_the_same_answer_twice_changes_nothing(
    open_one: Callable[..., School],
) -> None:
    school = open_one()
    teacher = school.person("chen")
    to_owner(teacher)
    before: dict[str, Any] = dict(teacher.draft().answers)
    teacher.says("备案").sees("未完成的备案")
    teacher.taps("继续").taps("继续")
    assert dict(teacher.draft().answers) == before


def test_a_number_answers_the_newest_card_not_the_question_before_it(teacher: Someone) -> None:
    to_owner(teacher)
    teacher.says("在吗").sees("1 继续", "3 放弃")
    teacher.says("2").sees("还差", "项目负责人")
    teacher.says("在吗").says("3").sees("确定放弃吗").says("1").sees("项目负责人是谁")


def test_the_greetings_first_number_begins_a_filing(teacher: Someone) -> None:
    teacher.opens_chat().says("1").sees("要备案的是哪一类")


def test_a_colleague_of_the_same_school_cannot_tap_into_a_draft(
    school: School, teacher: Someone
) -> None:
    to_owner(teacher)
    colleague = school.person("wang")
    colleague.taps_old(Tap("draft.act", f"go:{teacher.draft().id}")).sees("属于其他同志")


def test_a_check_card_left_for_a_change_no_longer_sends(school: School, teacher: Someone) -> None:
    to_papers(teacher)
    upload_all(teacher)
    _, send = teacher.button(SEND)
    teacher.says("修改 手机号码")
    assert send.tap is not None
    teacher.taps_old(send.tap).sees("这张卡片已经过去了")
    assert school.filings() == []


def test_no_two_matters_answer_one_button() -> None:
    one, other = Router("one"), Router("other")
    for router in (one, other):
        router.tap("draft.act", roles=SCHOOL)(lambda _ctx, _tap: None)
    with pytest.raises(ValueError, match=r"draft\.act"):
        Routes.of([one, other])
