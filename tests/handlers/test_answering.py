"""What reviewers type about their criteria: sentences and answers, by number or name."""

from __future__ import annotations

import pytest

from handlers.answering import fitting, read_answers
from handlers.opinion import read_said
from storage.rules.criteria import blocking_findings, criteria, verdict_options
from storage.rules.terms import Desk, Kind

LEAD = criteria(Desk.BASIC, True, Kind.APP)
LEGAL = criteria(Desk.LEGAL, False, Kind.APP)
FINANCE = criteria(Desk.FINANCE, False, Kind.APP)
NONE = dict.fromkeys((one.key for one in LEGAL), "none")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        # each with its own sentence
        (
            "1 缺少安全性 2 请补充账号注销",
            [("fit", "缺少安全性"), ("necessity", "请补充账号注销")],
        ),
        ("1、缺少安全性；3、请补充步骤", [("fit", "缺少安全性"), ("feasibility", "请补充步骤")]),
        (
            "必要性：理由不足，科学性：没有依据",
            [("necessity", "理由不足"), ("soundness", "没有依据")],
        ),
        # one sentence for several
        ("2、4 已有同类应用", [("necessity soundness", "已有同类应用")]),
        ("2和4已有", []),
        ("2 4", [("necessity soundness", "")]),
        # a group, then one more
        ("1、2 不清楚 4 无依据", [("fit necessity", "不清楚"), ("soundness", "无依据")]),
        # a number that was named before, or stands in a word, is part of the sentence
        ("1 只有 1 处说明", [("fit", "只有 1 处说明")]),
        ("2 用于3月、4年级", [("necessity", "用于3月、4年级")]),
        # a name inside a sentence is no new point
        ("1 请说明 必要性 依据", [("fit", "请说明 必要性 依据")]),
        # what names nothing says nothing
        ("240台太多", []),
        ("9 不明", []),
        ("请补充", []),
        ("", []),
    ],
)
def test_each_sentence_stands_with_its_criteria(text: str, said: list[tuple[str, str]]) -> None:
    assert [(" ".join(keys), words) for keys, words in read_said(text, LEAD)] == said


@pytest.mark.parametrize(
    ("text", "changed", "said", "still_open"),
    [
        # words alone are a finding
        (
            "1 首页有整本教辅扫描",
            {"infringement": "found"},
            [("infringement", "首页有整本教辅扫描")],
            "",
        ),
        (
            "1发现 4无法判断 其余未发现",
            {"infringement": "found", "pornography": "unclear"},
            [],
            "infringement pornography",
        ),
        (
            "1发现：有扫描；4无法判断，需要账号",
            {"infringement": "found", "pornography": "unclear"},
            [("infringement", "有扫描"), ("pornography", "需要账号")],
            "",
        ),
        ("侵权 未发现 暴力：发现 开屏打斗", {"violence": "found"}, [("violence", "开屏打斗")], ""),
        ("2、3发现 弹窗", {"reactionary": "found", "violence": "found"},
         [("reactionary violence", "弹窗")], ""),
        ("1未发现 2未发现 3未发现 4未发现 5未发现", {}, [], ""),
        ("1未发现 其余无法判断", {k: "unclear" for k in NONE if k != "infringement"}, [], ""),
    ],
)  # fmt: skip
def test_answers_are_read_criterion_by_criterion(
    text: str, changed: dict[str, str], said: list[tuple[str, str]], still_open: str
) -> None:
    found = read_answers(text, LEGAL)
    assert found is not None
    assert found.answers == NONE | changed
    assert [(" ".join(keys), words) for keys, words in found.said] == said
    assert " ".join(found.open) == still_open


@pytest.mark.parametrize(
    "text", ["你好", "请看 1 发现", "6 发现", "12发现", "1 已落实", "其余未发现"]
)
def test_what_answers_nothing_of_the_list_is_left_alone(text: str) -> None:
    assert read_answers(text, LEGAL) is None


@pytest.mark.parametrize(
    ("desk", "text", "verdict", "blocks"),
    [
        (Desk.LEGAL, "1发现 4无法判断", "found", ["infringement"]),
        (Desk.LEGAL, "4无法判断 其余未发现", "unclear", []),
        (Desk.LEGAL, "1未发现 其余未发现", "none_found", []),
        (Desk.FINANCE, "1已落实 2未发现 3发现 另购保护套", "fee_found", ["tied_fee"]),
        (Desk.FINANCE, "1未落实 只有意向", "return", []),
        (Desk.FINANCE, "1落实 2没有 3没有", "in_order", []),
    ],
)
def test_the_worst_answer_decides_the_verdict(
    desk: Desk, text: str, verdict: str, blocks: list[str]
) -> None:
    listed = criteria(desk, False, Kind.APP)
    found = read_answers(text, listed)
    assert found is not None
    fit = fitting(found.answers, listed, verdict_options(desk, False))
    assert fit is not None
    assert fit.key == verdict
    assert [one.key for one in blocking_findings(listed, found.answers)] == blocks
