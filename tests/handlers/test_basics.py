"""What parents ask besides a name: the basics, in English, by a school's link, a bare name."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import insert, literal, select

from bot.matters import ROUTERS
from cards import basics, query, query_english
from handlers.events import Joined
from handlers.switchboard import STRANGER
from storage import tables as t
from storage.rules.basics import Topic
from tests.handlers.school import LUCHENG, School, Someone
from tests.handlers.test_asking import NUMBER, parent, read_names, turn

__all__ = ["parent"]


@pytest.mark.parametrize(
    ("said", "tells"),
    [
        ("什么是备案", ("凡进必审", "二（三）")),
        ("备案有什么用？", ("凡进必审",)),
        ("可以不买吗", ("二（一）", "二（二）", "您可以不交、不买")),
        ("家长能拒绝吗？", ("二（一）",)),
        ("不买会影响分班吗", ("二（二）",)),
        ("怎么反映", ("发“反映”", "三（二）3", "学校看不到您是谁")),
        ("在哪里可以投诉", ("发“反映”",)),
        ("帮助", ("直接发应用名称", "反映", "查加回执号")),
    ],
)
def test_the_basics_are_told_with_their_clauses(
    parent: Someone, said: str, tells: tuple[str, ...]
) -> None:
    parent.says(said).sees(*tells).does_not_see("保证")


def test_help_in_the_middle_of_a_report_leaves_the_report_where_it_was(open_one: Any) -> None:
    parent = open_one(routers=ROUTERS).person("parent")
    parent.says("反映").taps("个人信息、广告").sees("是哪所学校")
    parent.says("帮助").sees("直接发应用名称").says("help").sees("You can:")
    parent.says("不清楚").sees("涉及哪款应用")


def test_a_product_beside_it_is_asked_about_itself(parent: Someone) -> None:
    parent.says("云阅读要钱吗").sees("请问是哪所学校")
    parent.says("什么是备案").sees("凡进必审")
    # The question in between left the other one open.
    parent.says("瓯江实验小学").sees("查到：云阅读")


# --- English -------------------------------------------------------------------------------------


def test_english_questions_are_answered_in_english_with_the_same_facts(
    school: School, parent: Someone
) -> None:
    parent.says("Is 云阅读 approved at my son's school?").sees("Which school is it?")
    parent.says("瓯江实验小学").sees(
        f"Found: 云阅读 is filed at 瓯江实验小学, number {NUMBER}, used in primary school.",
        "Last looked at 2026-03-12", "教APP备3301234号", "no fees", "no guarantee",
    ).does_not_see("已备案")  # fmt: skip
    parent.says("Is 云阅渎 safe at 瓯江实验小学?").sees(
        "not for me to judge", "Do you mean “云阅读”?"
    )
    parent.says("yes").sees("Found: 云阅读")
    parent.says("what is this?").sees("Filing (备案)", "二（三）")
    parent.says("must I pay?").sees("二（一）", "二（二）", "decline")
    parent.says("how can I report the school").sees("Send “反映”")
    parent.says("is xiaoluzuoye registered").sees("Do you mean “小鹿作业”?").says("no")
    parent.sees("Please send the app’s name")
    turn(school, stage="revoked")
    parent.says("has 云阅读 been filed").sees("was revoked")
    parent.says("云阅读备案了吗").sees("已撤销")


def _texts(module: Any) -> dict[str, str]:
    return {
        name: text
        for name, text in vars(module).items()
        if isinstance(text, str) and name.isupper() and name[0] != "_"
    }


def test_nothing_in_english_is_called_safe_or_recommended_and_each_text_has_its_twin() -> None:
    english = _texts(query_english)
    assert set(english) <= set(_texts(query))
    every = [*english.values(), *basics.ENGLISH.values(), basics.ENGLISH_HELP]
    assert not re.search(r"\bsafe|\brecommend|\bguaranteed", " ".join(every), re.IGNORECASE)
    for topic in Topic:
        clauses = [
            set(re.findall(r"[二三]（[一二三]）3?2?", one[topic]))
            for one in (basics.CHINESE, basics.ENGLISH)
        ]
        assert clauses[0] == clauses[1]


# --- a bare name, a school's link ----------------------------------------------------------------


def test_a_bare_name_is_a_question_whatever_was_said_before(parent: Someone) -> None:
    for before in ("你好", "谢谢", "云阅读在瓯江实验小学备案了吗"):
        parent.says(before).says("橙汁作文").sees("没有查到“橙汁作文”")
    for other in ("今天天气不错", "你好", "哈哈", "我不太懂"):
        parent.says(other).sees(STRANGER)


def enters(school: School, context: str, **more: Any) -> Someone:
    """Open the chat by a link that says ``context``."""
    someone = school.person("newcomer")
    someone._hear_from_now()
    school.happens(Joined(school.key(), "wecom", "newcomer", school.now, context=context, **more))
    return someone


def test_who_comes_by_a_school_s_link_is_answered_about_that_school(
    school: School, parent: Someone
) -> None:
    someone = enters(school, f"{LUCHENG}-S1").sees("您是从瓯江实验小学的链接进来的")
    someone.says("云阅读").sees("查到：云阅读，瓯江实验小学已备案")
    someone.says("瓯江幼儿园的云阅读呢").sees("瓯江幼儿园未备案")
    # Who was here before is not greeted, and asks about the other school from now on.
    enters(school, f"{LUCHENG}-S1", is_known=True).does_not_see("您好")
    someone.says("云阅读").sees("瓯江实验小学已备案")


@pytest.mark.parametrize(
    "context",
    [
        "", "330302-D0", "330302-none", "999999-S1", "330399-S1", "330302-S1' or 1=1", "<script>",
        "瓯江实验小学", "x" * 128, "330302-%",
    ],
)  # fmt: skip
def test_a_link_that_names_no_school_is_a_link(school: School, context: str) -> None:
    school.ledger.call(read_names)
    # An authority that this office does not serve (any more).
    school.ledger.call(
        lambda tx: tx.execute(
            insert(t.unit).from_select(
                [one.name for one in t.unit.columns],
                select(
                    *(literal("330399") if one.name == "tenant" else one for one in t.unit.columns)
                ).where(t.unit.c.code == "S1"),
            )
        )
    )
    enters(school, context).sees(STRANGER)
    enters(school, context, is_known=True).does_not_see("您好")


def test_a_link_opens_nothing_but_the_question(school: School, parent: Someone) -> None:
    turn(school, stage="in_review", number=None, serial=None, series=None, registered_at=None)
    someone = enters(school, f"{LUCHENG}-S1").sees("瓯江实验小学")
    someone.says("云阅读").sees("没有查到“云阅读”在瓯江实验小学的备案").does_not_see("26-0302")
