"""What comes back from a form is never believed: old copies, strangers, odd values, lines."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

import pytest
from sqlalchemy import select

from cards.language import Tap
from cards.render import text as twin
from handlers.filling import FORMS
from storage import tables as t
from storage.transaction import Transaction
from tests.handlers.forms import FIRST_QUESTION, WHOLE, WRONG, Form, phone_of, redrawn
from tests.handlers.school import OVERVIEW, School, Someone

# --- what must do no harm ------------------------------------------------------------------------


def test_a_masked_number_that_comes_back_is_no_answer(filler: Someone) -> None:
    filler.says("备案：应用 云阅读 四到六年级 620人 负责人陈晓 13857712345")
    Form(filler).send({**WHOLE, "手机号码": "138****2345"})
    assert redrawn(filler).done == "已收到15项"
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
