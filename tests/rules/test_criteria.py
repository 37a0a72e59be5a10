"""Each department's own list, in the notice's words (requirements A.4, second table)."""

import pytest

from storage.rules.criteria import (
    blocking_findings,
    criteria,
    settled_answers,
    verdict_options,
)
from storage.rules.terms import Act, Desk, Kind, RuleViolationError

APP, TERMINAL = Kind.APP, Kind.TERMINAL


@pytest.mark.covers("R41", "R48", "R49", "R52", "R60", "R62", "R63", "R65")
@pytest.mark.parametrize(
    ("desk", "as_lead", "kind", "labels", "clause"),
    [
        # 法规 looks for five harms
        (Desk.LEGAL, False, APP, "侵权 反动 暴力 涉黄 其他有害内容", "三（二）2"),
        # 计财 has three
        (Desk.FINANCE, False, TERMINAL, "项目经费保障 是否乱收费 是否搭车收费", "三（二）3"),
        # 基教 and 直属管理处: four
        (Desk.BASIC, True, APP, "与学校教育教学的契合度 必要性 可行性 科学性", "三（二）4"),
        (Desk.DIRECT, True, APP, "与学校教育教学的契合度 必要性 可行性 科学性", "三（二）4"),
        (Desk.BASIC, False, TERMINAL, "与学校教育教学的契合度 必要性 可行性 科学性", "三（二）4"),
        # 职教: three, no 契合度 (Q17)
        (Desk.VOC, True, APP, "方案实施的必要性 可行性 科学性", "三（二）5"),
        # 学前 has four
        (Desk.PRE, True, APP, "契合度 方案实施的必要性 可行性 科学性", "三（二）7"),
        # 教育技术 as lead of a terminal
        (Desk.TECH, True, TERMINAL, "实施方案合理性 先进性 可行性 采购方案", "三（二）8"),
        # 教育技术 coordinating an APP of another unit (M14)
        (Desk.TECH, True, APP, "实施方案合理性 先进性 可行性", "三（二）8"),
        # 教育技术 as co-reviewer of an APP
        (Desk.TECH, False, APP, "技术审查", "三（二）8"),
        # 教育技术 as co-reviewer of a terminal: plan and purchase too (M7, M10)
        (Desk.TECH, False, TERMINAL, "技术审查 实施方案 采购方案", "三（二）8"),
        # 教研
        (Desk.RESEARCH, False, APP, "课堂应用", "三（二）6"),
        # an added signer
        (Desk.OTHER, False, APP, "配合意见", "三（二）9"),
    ],
)
def test_a_department_sees_its_own_list(
    desk: Desk, as_lead: bool, kind: Kind, labels: str, clause: str
) -> None:
    asked = criteria(desk, as_lead, kind)
    assert [criterion.label for criterion in asked] == labels.split()
    assert {criterion.clause for criterion in asked} == {clause}
    assert len({criterion.key for criterion in asked}) == len(asked)


@pytest.mark.covers("R39")
def test_the_discipline_desk_reviews_no_filing() -> None:
    with pytest.raises(RuleViolationError, match="纪检部门不参与备案会审"):
        criteria(Desk.DISCIPLINE, False, APP)


@pytest.mark.parametrize(
    ("desk", "answers"),
    [
        (Desk.LEGAL, "未发现 发现 无法判断"),
        (Desk.RESEARCH, "可用 可用并有建议 不建议 不提意见"),
        (Desk.TECH, "通过 有意见 重大安全问题"),
        (Desk.BASIC, "符合 不符合"),
    ],
)
def test_the_answers_are_the_departments_words(desk: Desk, answers: str) -> None:
    first = criteria(desk, False, APP)[0]
    assert [answer.label for answer in first.answers] == answers.split()


@pytest.mark.covers("R42", "R46")
@pytest.mark.parametrize(
    ("desk", "kind", "answers", "barred"),
    [
        # a found harm bars the approval, each of the five
        (Desk.LEGAL, APP, {"infringement": "found"}, ["侵权"]),
        (
            Desk.LEGAL,
            APP,
            {"pornography": "found", "other_harm": "found"},
            ["涉黄", "其他有害内容"],
        ),
        # what could not be judged does not
        (Desk.LEGAL, APP, {"violence": "unclear", "reactionary": "none"}, []),
        # a fee finding does, missing funds do not
        (Desk.FINANCE, APP, {"fee": "found"}, ["是否乱收费"]),
        (Desk.FINANCE, APP, {"tied_fee": "found"}, ["是否搭车收费"]),
        (Desk.FINANCE, APP, {"funds": "unsecured"}, []),
        # 技术 advises, but for a grave security problem
        (Desk.TECH, APP, {"technical": "remarks"}, []),
        (Desk.TECH, APP, {"technical": "grave"}, ["技术审查"]),
        # advice and criteria are the lead's to weigh
        (Desk.RESEARCH, APP, {"classroom": "not_advised"}, []),
        (Desk.BASIC, TERMINAL, {"fit": "falls_short"}, []),
        # nothing answered, nothing barred
        (Desk.LEGAL, APP, {}, []),
    ],
)
def test_which_findings_bar_the_approval(
    desk: Desk, kind: Kind, answers: dict[str, str], barred: list[str]
) -> None:
    found = blocking_findings(criteria(desk, False, kind), answers)
    assert [criterion.label for criterion in found] == barred


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        # another department's line
        ({"fee": "found"}, "这项任务没有“fee”这一条。"),
        # an answer the line does not have
        ({"violence": "maybe"}, "“暴力”可以答：未发现、发现、无法判断。"),
    ],
)
def test_an_answer_that_is_not_offered_is_refused(answers: dict[str, str], sentence: str) -> None:
    with pytest.raises(RuleViolationError, match=sentence):
        blocking_findings(criteria(Desk.LEGAL, False, APP), answers)


def test_a_lead_approves_returns_or_rejects() -> None:
    options = verdict_options(Desk.BASIC, as_lead=True)
    assert [option.act for option in options] == [Act.APPROVE, Act.RETURN, Act.REJECT]
    # 退回 and 不予通过 need a reason (Q34)
    assert [option.needs_words for option in options] == [False, True, True]


@pytest.mark.parametrize("desk", [desk for desk in Desk if desk is not Desk.DISCIPLINE])
def test_a_co_reviewer_never_decides(desk: Desk) -> None:
    acts = {option.act for option in verdict_options(desk, as_lead=False)}
    assert acts <= {Act.OPINE, Act.RETURN}


LEADS = [Desk.BASIC, Desk.DIRECT, Desk.VOC, Desk.PRE, Desk.TECH]
CO_REVIEWERS = [desk for desk in Desk if desk is not Desk.DISCIPLINE]


@pytest.mark.parametrize("kind", [APP, TERMINAL])
@pytest.mark.parametrize(
    ("desk", "as_lead"),
    [*((desk, True) for desk in LEADS), *((desk, False) for desk in CO_REVIEWERS)],
)
def test_the_first_button_answers_the_whole_list_without_a_finding(
    desk: Desk, as_lead: bool, kind: Kind
) -> None:
    asked = criteria(desk, as_lead, kind)
    answers = settled_answers(verdict_options(desk, as_lead)[0], asked)
    assert set(answers) == {criterion.key for criterion in asked}
    assert blocking_findings(asked, answers) == ()


def test_a_button_that_asks_for_words_leaves_the_list_open() -> None:
    returned = verdict_options(Desk.LEGAL, as_lead=False)[-1]
    assert (returned.act, returned.needs_words) == (Act.RETURN, True)
    assert settled_answers(returned, criteria(Desk.LEGAL, False, APP)) == {}
