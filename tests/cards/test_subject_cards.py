"""What each subject's card says in the cases that only some people meet."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cards.announce import announce_card
from cards.case import CaseView
from cards.filing import BODY_CHARS, papers_card, school_card, slot_card, summary_card
from cards.language import Card, Tap
from cards.sign import ADVICE, OTHER, REASONS, sign_card
from cards.todo import todo_card
from storage.finding import MOST_OPEN
from storage.rules.documents import Slot

VIEW = CaseView(
    filing_id="f1",
    case_no="26-0302-0187",
    title="云阅读",
    link="https://beian.example.cn/m/filing/abc",
    school="瓯江实验小学",
    kind="应用",
    scope="四至六年级",
    fee="不收费",
    product_no="",
    papers=3,
    overview="",
)


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        ([], "名单中还没有本校的学校群，补充后可发公告。"),
        (["四年级家长群", "五年级家长群"], "确认后将在四年级家长群、五年级家长群各发一次。"),
    ],
)
def test_who_confirms_an_announcement_reads_where_it_will_be_heard(
    groups: list[str], said: str
) -> None:
    card = announce_card(VIEW, seen=4, number="0302A0007", text="公告。", groups=groups)
    assert card.body == f"{said}公告文字：公告。"


def _schools(*names: str) -> Card:
    return school_card([(f"s{at}", name) for at, name in enumerate(names)])


def _slots(*names: str) -> Card:
    return slot_card("1.pdf", [(f"s{at}", name) for at, name in enumerate(names)], "d1", 2)


@pytest.mark.parametrize("card_of", [_schools, _slots], ids=["schools", "papers"])
def test_a_name_that_a_button_would_cut_is_spelled_out_above_it(
    card_of: Callable[..., Card],
) -> None:
    long = "瓯江实验小学教育集团南校区"
    cut = card_of("云岭小学", long)
    assert cut.body.splitlines()[1:] == ["1 云岭小学", f"2 {long}"]
    assert cut.buttons[1].text == long[:10]
    assert card_of("云岭小学", "南塘小学").body.count("\n") == 0


def test_what_was_not_understood_stands_above_what_was() -> None:
    rows, offer = [("项目名称", "云阅读")], [("ok", "都对")]
    plain = summary_card(rows, [], offer, "d1").body
    assert plain == "请核对，有误的直接发正确内容，或发“修改”加项名。"
    troubled = summary_card(rows, ["人数请填数字。"], offer, "d1").body
    assert troubled == f"人数请填数字。\n{plain}"


def test_papers_are_listed_with_their_reasons_only_as_far_as_they_are_seen_at_once() -> None:
    slots = [
        Slot(f"p{at}", f"材料{at}", True, "三（一）", "法定代表人签字并盖章") for at in range(12)
    ]

    def body(many: int) -> str:
        return papers_card(slots[:many], 0, many, "https://a.example/x", "d1", []).body

    assert "1 材料0：法定" in body(2)
    assert len(body(2)) <= BODY_CHARS
    assert "盖章" not in body(12)
    assert body(12).endswith("12 材料11\n每份材料的要求见上传页。")


@pytest.mark.parametrize(
    ("by", "changes", "said"),
    [
        ("陈晓", None, "陈晓老师提交，请您审核。"),
        ("", None, "请您核对后签署。"),
        ("陈晓", ["费用"], "陈晓老师补正后，申报情况有变化，请您重新确认：费用。"),
        ("", ["费用", "范围"], "申报情况有变化，请您重新确认：费用；范围。"),
    ],
)
def test_the_principal_reads_why_a_signature_is_asked(
    by: str, changes: list[str] | None, said: str
) -> None:
    card = sign_card(VIEW, 3, by=by, route="", others=(), subject="s", changes=changes)
    assert card.body == said


def test_the_list_of_what_is_to_be_done_counts_what_it_does_not_show() -> None:
    rows = [(f"项目{at} 会审", Tap("todo.open", f"t{at}", 1)) for at in range(1, 8)]
    few, many = todo_card(rows[:5], ()), todo_card(rows, ())
    assert few.body.splitlines() == [f"{at} 项目{at} 会审" for at in range(1, 6)]
    assert many.body.splitlines()[5:] == ["共7件，先办最急的5件。"]
    assert (many.title, len(many.buttons)) == ("今日待办7件", 5)


def test_what_waits_for_others_is_listed_apart() -> None:
    row = ("云阅读 审批", Tap("todo.open", "t1", 1))
    assert todo_card([row], ["云读：法规处"]).body == "1 云阅读 审批\n等待会审：\n云读：法规处"
    assert "等待会审" not in todo_card([row], ()).body
    assert todo_card([row] * MOST_OPEN, ()).title == "今日待办100件以上"


def test_each_reason_that_keeps_a_declaration_from_holding_comes_with_advice() -> None:
    assert set(ADVICE) == {one for reasons in REASONS for one in reasons} - {OTHER}
