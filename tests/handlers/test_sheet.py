"""A whole form on one card, for who can fill it in: asked, sent off, handed back, taken."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from cards.language import Card, Entry, Tap
from cards.render import text as twin
from handlers.filling import FORMS
from storage import tables as t
from storage.transaction import Transaction
from tests.handlers.school import OVERVIEW, School, Someone

FIRST_QUESTION = "请发应用名称"
WHOLE: Mapping[str, Any] = {
    "项目名称": "云阅读",
    "使用学段": "四到六年级",
    "学生人数": "620",
    "项目负责人": "我",
    "手机号码": "13857712345",
    "应用方向": ["智慧教学"],
    "项目概况": OVERVIEW,
    "经费来源": "不需要经费",
    "信息收集": ["以上都没有"],
    "收费情况": ["以上都没有"],
    "公平与审批": ["以上都没有"],
    "备案号情况": "产品已有教育App备案号",
    "论证日期": "2026-03-01",
    "审查日期": "2026-03-02",
    "会议日期": "2026-03-05",
}


@dataclass(slots=True)
class Form:
    """The newest form on a phone, and what one would do with it."""

    who: Someone

    def card(self) -> Card:
        return next(
            what for what in reversed(self.who.told()) if isinstance(what, Card) and what.entries
        )

    def entry(self, label: str) -> Entry:
        return next(one for one in self.card().entries if one.label == label)

    def shows(self, label: str) -> str | list[str]:
        """Return what stands in an entry."""
        entry = self.entry(label)
        return [one.text for one in entry.options if one.chosen] if entry.options else entry.value

    def send(self, values: Mapping[str, Any], card: Card | None = None) -> Someone:
        """Fill entries in by their labels and send all of it, as a phone does."""
        whole: dict[str, tuple[str, ...]] = {}
        for entry in (card or self.card()).entries:
            given = values.get(entry.label, None)
            if given is None:
                chosen = tuple(one.key for one in entry.options if one.chosen)
                whole[entry.key] = chosen or (entry.value,)
            elif entry.options:
                wanted = [given] if isinstance(given, str) else given
                keys = tuple(one.key for one in entry.options if one.text in wanted)
                assert len(keys) == len(wanted), (given, entry)
                whole[entry.key] = keys
            else:
                whole[entry.key] = (given,)
        return self.send_raw(whole, card)

    def send_raw(
        self, choices: Mapping[str, tuple[str, ...]] | None, card: Card | None = None
    ) -> Someone:
        tap = (card or self.card()).buttons[0].tap
        assert tap is not None
        return self.who.taps_old(Tap(tap.verb, tap.subject, tap.seen, choices))


@pytest.fixture
def filler(school: School) -> Someone:
    return Someone(school, "chen", fills=True)


@pytest.fixture
def form(filler: Someone) -> Form:
    filler.says("备案").taps("应用")
    return Form(filler)


def redrawn(who: Someone) -> Card:
    """Return the last form card that was redrawn, live or done."""
    rows = who.school.reads(
        lambda tx: list(
            tx.execute(
                select(t.outbox.c.body).where(t.outbox.c.redraws != "").order_by(t.outbox.c.seq)
            )
        )
    )
    return Card.from_json(rows[-1].body["card"])


def phone_of(who: Someone) -> str:
    draft = who.draft()
    return str(who.school.reads(lambda tx: tx.drafts.unseal(draft.answers["phone"])))


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
    assert (done.done, done.entries, done.buttons) == ("已收到14项", (), ())
    assert dict(done.facts) == {
        "项目名称": "云阅读",
        "使用学段": "小学（四至六年级）",
        "项目负责人": "陈晓",
        "手机号码": "138****2345",
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
    assert redrawn(form.who).done == "已收到10项"
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

WRONG = {**WHOLE, "手机号码": "1385777123", "使用学段": "初一", "会议日期": "2027-03-05"}


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
    assert redrawn(form.who).done == "已收到14项"
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
    assert redrawn(form.who).done == "已收到14项"


# --- what must do no harm ------------------------------------------------------------------------


def test_a_masked_number_that_comes_back_is_no_answer(filler: Someone) -> None:
    filler.says("备案：应用 云阅读 四到六年级 620人 负责人陈晓 13857712345")
    Form(filler).send({**WHOLE, "手机号码": "138****2345"})
    assert redrawn(filler).done == "已收到14项"
    assert phone_of(filler) == "13857712345"


def test_a_masked_number_that_was_never_shown_is_refused(form: Form) -> None:
    form.send({**WHOLE, "手机号码": "138****2345"})
    assert "手机号码：" in redrawn(form.who).body
    assert "phone" not in form.who.draft().answers


def test_no_number_is_kept_in_the_clear_not_even_a_wrong_one(form: Form) -> None:
    form.send({**WHOLE, "手机号码": "1385777123", "项目负责人": "陈老师 13857712345"})

    def kept(tx: Transaction) -> str:
        bodies = [row.body for row in tx.execute(select(t.outbox.c.body))]
        return json.dumps([bodies, [row.answers for row in tx.execute(select(t.draft.c.answers))]])

    assert "1385777123" not in form.who.school.reads(kept)
    form.send({"手机号码": "13857712345", "项目负责人": "我"})
    assert "13857712345" not in form.who.school.reads(kept)


def test_an_old_copy_does_not_undo_what_was_said_since(filler: Someone) -> None:
    filler.says("备案：应用 云阅读 四到六年级 620人 负责人陈晓 13857712345")
    form = Form(filler)
    filler.says("修改 学生人数 630").says("修改 手机号码 13900001111")
    form.send({**WHOLE, "学生人数": "620", "手机号码": "138****2345"})
    assert filler.draft().answers["students"] == 630
    assert phone_of(filler) == "13900001111"


def test_an_answer_given_again_does_not_undo_what_rests_on_it(form: Form) -> None:
    form.who.says("作业宝").taps("选第2个")
    assert form.who.draft().answers["product"] == "p3"
    form.send({**WHOLE, "项目名称": "作业宝"}).does_not_see("您要的是")
    assert form.who.draft().answers["product"] == "p3"


def test_what_stands_beside_an_answer_does_not_change_another(filler: Someone) -> None:
    filler.says("备案：应用 云阅读 四到六年级 620人 负责人陈晓 13857712345")
    Form(filler).send({"项目负责人": "陈晓 13900001111"})
    assert phone_of(filler) == "13857712345"


def test_an_overview_that_was_shortened_is_no_longer_too_long(form: Form) -> None:
    long = "本项目在四年级开展分级阅读。" * 20
    form.send({**WHOLE, "项目概况": long, "手机号码": "1"})
    assert form.shows("项目概况") == long
    form.send({"项目概况": OVERVIEW, "手机号码": "13857712345"}).does_not_see("超过200字")
    assert form.who.draft().answers["overview"] == OVERVIEW


def test_the_same_form_sent_twice_changes_nothing(form: Form) -> None:
    card = form.card()
    form.send(WHOLE)
    before = form.who.draft().answers
    form.send({**WHOLE, "学生人数": "700"}, card)
    assert form.who.draft().answers == before
    form.who.sees("这次没有改动").does_not_see("材料 0/4")
    assert redrawn(form.who).done == "已收到"


def test_a_form_that_was_left_is_over(form: Form) -> None:
    card = form.card()
    form.who.taps("一项一项填").sees("已选：一项一项填", FIRST_QUESTION)
    form.send(WHOLE, card).sees("这次没有改动")
    form.who.taps_old(card.buttons[1].tap or Tap("")).does_not_see(FIRST_QUESTION)
    assert "project" not in form.who.draft().answers


def test_a_form_of_a_dropped_draft_is_answered_calmly(form: Form) -> None:
    card = form.card()
    form.who.says("放弃").taps("确定放弃")
    form.send(WHOLE, card).sees("这份草稿已经不在了")


def test_a_form_of_a_sent_draft_is_answered_calmly(form: Form) -> None:
    card = form.card()
    draft = form.who.draft()
    form.who.school.reads(lambda tx: tx.drafts.turn(draft, "sent"))
    form.send(WHOLE, card).sees("这份备案已经提交")


@pytest.mark.parametrize("account", ["wang", "lin", "nohead"])
def test_somebody_else_cannot_send_it(form: Form, account: str, school: School) -> None:
    other = Form(Someone(school, account, fills=True))
    other.send(WHOLE, form.card()).sees("这份草稿属于其他同志")
    assert "project" not in form.who.draft().answers


def test_a_desk_cannot_send_it(form: Form, school: School) -> None:
    other = Form(Someone(school, "d-legal", fills=True))
    other.send(WHOLE, form.card()).sees("没有办理这一项的权限")


def test_unknown_entries_and_such_as_do_not_belong_here_are_passed_over(form: Form) -> None:
    entries = {"project": ("云阅读",), "fund": ("none",), "amount": ("96万元",),
               "product": ("p2",), "_fresh": ("x",), "nothing": ("x",), "a/b": ("x",)}  # fmt: skip
    form.send_raw(entries)
    answers = form.who.draft().answers
    assert {"amount", "_fresh", "nothing", "a/b"} & set(answers) == set()
    assert answers["product"] == "p1"


def test_options_that_do_not_exist_are_no_answer(form: Form) -> None:
    form.send_raw({"project": ("云阅读",), "fund": ("gold",), "free": ("fee:never",)})
    assert {"fund", "free"} & set(form.who.draft().answers) == set()
    form.who.sees("准备给哪个学段")


def test_an_overlong_name_is_refused_and_not_cut(form: Form) -> None:
    form.send({**WHOLE, "项目名称": "云" * 61})
    assert "项目名称：项目名称最多60个字，刚才的有61个字" in redrawn(form.who).body
    assert form.shows("项目名称") == "云" * 61


def test_what_no_message_may_hold_no_entry_may(form: Form) -> None:
    form.send({**WHOLE, "项目概况": "长" * 5001})
    assert "项目概况：超过一次5000字的上限，没有保存" in redrawn(form.who).body
    assert {"overview", "_long"} & set(form.who.draft().answers) == set()
    assert form.shows("项目概况") == ""


def test_unseen_characters_are_not_kept(form: Form) -> None:
    form.send({**WHOLE, "项目名称": "云\x00阅\u200b读\x1b", "项目概况": OVERVIEW + "\x07\u202e"})
    answers = form.who.draft().answers
    assert (answers["project"], answers["overview"]) == ("云阅读", OVERVIEW)


@pytest.mark.parametrize("choices", [None, {}, {"project": ("",)}, {"free": ()}])
def test_an_empty_form_is_answered_calmly(
    form: Form, choices: Mapping[str, tuple[str, ...]] | None
) -> None:
    form.send_raw(choices).sees("表单里还没有填内容")
    assert Form(form.who).send(WHOLE).heard().count("材料 0/4") == 1


# --- taken up again ------------------------------------------------------------------------------


def test_who_comes_back_gets_the_form_again_with_what_was_wrong(form: Form) -> None:
    form.send(WRONG)
    form.who.says("退出").says("继续").sees("以下内容请再看一下", "使用学段：")
    assert form.shows("使用学段") == "初一"
    form.who.taps("一项一项填").says("退出").says("继续").does_not_see("可复制以下各行")


def test_on_a_phone_without_forms_the_questions_go_on(form: Form, teacher: Someone) -> None:
    form.who.says("退出")
    teacher.says("继续").sees(FIRST_QUESTION)


def test_what_came_back_from_the_office_is_no_form(form: Form) -> None:
    card = form.card()
    form.who.says("云阅读")
    draft = form.who.draft()

    def filed(tx: Transaction) -> None:
        tx.execute(t.draft.update().where(t.draft.c.id == draft.id).values(filing_id="f1"))

    form.who.school.reads(filed)
    form.send(WHOLE, card).sees("这次没有改动")


# --- as text -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["应用", "移动学习终端", "两者都有"])
def test_the_lines_of_a_form_are_read_when_they_are_sent_back_filled_in(
    kind: str, open_one: Callable[..., School]
) -> None:
    filled, typed = open_one(), open_one()
    extra = {"终端数量": "240", "预装应用": "没有", "项目应用": "云阅读、作业宝"}
    form = Form(Someone(filled, "chen", fills=True))
    form.who.says("备案").taps(kind)
    values = {label: value for label, value in {**WHOLE, **extra}.items()
              if any(one.label == label for one in form.card().entries)}  # fmt: skip
    lines = twin.render(form.card()).splitlines()
    form.send(values)
    for label, value in values.items():
        at = lines.index(f"{label}：")
        lines[at] += value if isinstance(value, str) else "；".join(value)
    other = Someone(typed, "chen")
    other.says("备案").taps(kind).says("\n".join(lines)).sees("已认出以下内容")
    wanted, read = form.who.draft().answers, other.draft().answers
    same = [key for key in FORMS[form.who.draft().matter].by_key if key in wanted]
    # Whether there is a number stands apart on the form; in a message it has names of its own.
    same = [key for key in same if key not in ("phone", "fair")]
    assert {key: read.get(key) for key in same} == {key: wanted[key] for key in same}
    assert phone_of(other) == "13857712345"


def test_a_masked_number_in_lines_sent_back_is_no_answer(filler: Someone) -> None:
    filler.says("备案：应用 云阅读 四到六年级 620人 负责人陈晓 13857712345")
    lines = twin.render(Form(filler).card())
    assert "手机号码：138****2345" in lines
    filler.says(lines.replace("经费来源：", "经费来源：企业赠送")).sees("已认出以下内容")
    filler.does_not_see("手机号码：这个号码")
    assert phone_of(filler) == "13857712345"


def test_lines_sent_back_as_they_were_shown_say_nothing(form: Form) -> None:
    form.send({**WRONG, "公平与审批": [], "备案号情况": []})
    before = {k: v for k, v in form.who.draft().answers.items() if not k.startswith("_")}
    form.who.says(twin.render(form.card()).replace("：初一", "：").replace("2027-03-05", ""))
    after = form.who.draft().answers
    assert {key: after[key] for key in before if key != "phone"} == before
    assert "_trouble" not in after
