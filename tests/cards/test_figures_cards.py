"""What the cards of figures, boards, duties and trails say in the rarer cases."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cards.board import BoardRow, board_card, unfiled_card
from cards.duties import duties_card, wanting
from cards.figures import FiguresView, figures_card, summary_paper, told
from cards.render.text import render
from cards.trail import TrailView, proved, sample_card, steps_card
from storage.duties import Duty
from storage.figures import Figures
from storage.gaps import Want
from storage.rules.terms import Desk
from storage.trail import Proof, Sample, Step

NOW = datetime(2026, 3, 12, 2, 0, tzinfo=UTC)


def test_a_span_without_filings_is_told_in_one_line() -> None:
    card = figures_card(
        FiguresView("2026年2月", "泰顺县教育局", Figures()), book="https://b", page=""
    )
    assert render(card) == (
        "2026年2月情况\n泰顺县教育局\n新收0件，办结0件（备案0，不予通过0），退回补正0件。\n"
        "导出表格：https://b"
    )


def test_figures_are_told_with_mean_median_steps_and_share() -> None:
    total = Figures(
        received=15, registered=11, rejected=1, returned=4, went_back=3, days=[8, 9, 10]
    )
    view = FiguresView(
        "2026年一季度", "泰顺县教育局", total, steps={"会审": [2, 3, 4], "审批": [1, 2]}
    )
    assert told(view) == [
        "新收15件，办结12件（备案11，不予通过1），退回补正4件。",
        "签署到备案平均9个工作日，中位9个。",
        "各环节中位：会审3、审批1.5个工作日。",
        "办结的12件中，3件曾退回补正（25%）。",
    ]


def test_an_authority_without_anything_is_left_out_of_the_card_and_stands_in_the_table() -> None:
    parts = [("鹿城区教育局", Figures(received=1)), ("龙湾区教育局", Figures())]
    view = FiguresView("2026年", "2个主管单位合计", Figures(received=1), parts)
    assert "龙湾" not in figures_card(view, book="https://b", page="").body
    table = summary_paper(view, "2026年3月12日").tables[-1]
    assert [row[0] for row in table.rows] == ["鹿城区教育局", "龙湾区教育局"]


def test_a_board_of_one_page_has_no_more_and_an_empty_one_says_so() -> None:
    row = BoardRow("f1", "26-0302-0001", "云阅读", "瓯江实验小学", "会审中，等法规处，已2个工作日")
    card = board_card("longest", [row], skip=4, total=5, above=["会审中5"])
    assert [button.text for button in card.buttons] == ["看第5件", "全部办件"]
    assert card.body.startswith("5 26-0302-0001") and "会审中5" not in card.body
    empty = board_card("all", [], skip=0, total=0, above=())
    assert empty.body == "没有办件。" and [one.text for one in empty.buttons] == ["停留最久"]


def test_schools_are_counted_by_authority_without_a_word_of_blame() -> None:
    card = unfiled_card([("鹿城区教育局", 3, 40), ("龙湾区教育局", 0, 20)], book="")
    assert card.title == "还没有报送过备案的学校3所" and card.buttons == ()
    assert card.body.splitlines()[1:] == [
        "鹿城区教育局：3所（共40所）",
        "龙湾区教育局：0所（共20所）",
    ]


def test_a_duty_without_anybody_is_marked_where_it_is_missing() -> None:
    duties = [
        Duty("330302", Desk.LEGAL, ("法规科",), ("王某",), ("王某",), (Want.DEPUTY,)),
        Duty("330302", Desk.VOC, (), (), (), (Want.DEPARTMENT,)),
        Duty("330302", Desk.PRE, ("学前科",), ("吴某",), ("李某",), ()),
    ]
    assert duties_card("鹿城区教育局", duties, page="https://p").body.splitlines() == [
        "还有2项未明确，请管理员在名单中补全。",
        "法规处：法规科，负责 王某，代办 王某（未明确）",
        "职教处：责任部门（未明确）",
        "学前指导中心：学前科，负责 吴某，代办 李某",
    ]
    assert "法规处缺代办人；职教处缺责任部门。" in wanting("鹿城区教育局", duties)


@pytest.mark.parametrize(
    ("proof", "says"),
    [
        (Proof(3, 40, 38, True, (), "9f3c" * 16),
         "校验：完整（第3至40号记录逐条相符），末次摘要 9f3c9f3c9f3c…"),
        (Proof(3, 9000, 12, False, (), "9f3c" * 16),
         "校验：完整（本件12条记录及其上一条相符），末次摘要 9f3c9f3c9f3c…"),
        (Proof(3, 40, 38, True, (7, 8), "9f3c" * 16),
         "校验：不符，第7、8号记录对不上，请管理员运行检查。末次摘要 9f3c9f3c9f3c…"),
    ],
)  # fmt: skip
def test_what_was_verified_is_said_and_no_more(proof: Proof, says: str) -> None:
    assert proved(proof) == says


def test_a_case_that_was_never_changed_has_no_changes_to_show() -> None:
    step = Step(1, NOW, "签署", "林校长", "校长", "", "附件", "ab12", "", False)
    view = TrailView("f1", "26-0302-0001", "云阅读", [step], ["3月12日（周四）10:00"],
                     Proof(1, 1, 1, True, (), "9f"), "温教办技〔2022〕65号")  # fmt: skip
    assert steps_card(view, [], which="changes", skip=0).body == "报送之后没有改动过内容。"
    assert view.line(0) == "1 3月12日（周四）10:00 签署｜林校长（校长）｜附件｜规则ab12"


def test_a_sample_of_nothing_leads_nowhere() -> None:
    sample = Sample("2026Q1-ab", "2026年一季度", "终端", NOW, 0, [])
    card = sample_card(sample, tenant="330302", book="https://b")
    assert card.title == "已随机抽取0件" and card.buttons == ()
