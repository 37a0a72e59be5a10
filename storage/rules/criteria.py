"""What each department checks, in the notice's own words, and what it may answer."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from storage.rules.terms import Act, Desk, Kind, RuleViolationError, clause


class Answer(NamedTuple):
    """One answer to a criterion. ``blocks``: the lead cannot approve over it."""

    key: str
    label: str
    blocks: bool = False
    needs_words: bool = False


class Criterion(NamedTuple):
    """One line of a department's list, with the clause that gives it to the department."""

    key: str
    label: str
    clause: str
    answers: tuple[Answer, ...]


class Verdict(NamedTuple):
    """One button under the list: what it does, and whether it asks for words first.

    ``settles``: the answers it stands for, criterion by criterion, where one tap answers all.
    """

    key: str
    label: str
    act: Act
    blocks: bool = False
    needs_words: bool = False
    settles: str | None = None


_HARM = (
    Answer("none", "未发现"),
    Answer("found", "发现", blocks=True, needs_words=True),
    Answer("unclear", "无法判断", needs_words=True),
)
_FUNDS = (Answer("secured", "已落实"), Answer("unsecured", "未落实", needs_words=True))
_FEE = (Answer("none", "未发现"), Answer("found", "发现", blocks=True, needs_words=True))
_MEETS = (Answer("meets", "符合"), Answer("falls_short", "不符合", needs_words=True))
_TECHNICAL = (
    Answer("passes", "通过"),
    Answer("remarks", "有意见", needs_words=True),
    Answer("grave", "重大安全问题", blocks=True, needs_words=True),
)
_CLASSROOM = (
    Answer("usable", "可用"),
    Answer("usable_with_advice", "可用并有建议", needs_words=True),
    Answer("not_advised", "不建议", needs_words=True),
    Answer("no_opinion", "不提意见"),
)

_FIT: Final = ("fit", "与学校教育教学的契合度")
_NEED: Final = ("necessity", "必要性")
_DOABLE: Final = ("feasibility", "可行性")
_SCIENCE: Final = ("soundness", "科学性")
_PLAN_NEED: Final = ("necessity", "方案实施的必要性")

_Lines = tuple[tuple[str, str], ...]


def _list(place: str, lines: _Lines, answers: tuple[Answer, ...]) -> tuple[Criterion, ...]:
    return tuple(Criterion(key, label, clause(place), answers) for key, label in lines)


_LEGAL = _list(
    "三（二）2",
    (
        ("infringement", "侵权"),
        ("reactionary", "反动"),
        ("violence", "暴力"),
        ("pornography", "涉黄"),
        ("other_harm", "其他有害内容"),
    ),
    _HARM,
)
_FINANCE = (
    *_list("三（二）3", (("funds", "项目经费保障"),), _FUNDS),
    *_list("三（二）3", (("fee", "是否乱收费"), ("tied_fee", "是否搭车收费")), _FEE),
)
_GENERAL = _list("三（二）4", (_FIT, _NEED, _DOABLE, _SCIENCE), _MEETS)
_VOC = _list("三（二）5", (_PLAN_NEED, _DOABLE, _SCIENCE), _MEETS)
_PRE = _list("三（二）7", (("fit", "契合度"), _PLAN_NEED, _DOABLE, _SCIENCE), _MEETS)
_TECH_PLAN = _list(
    "三（二）8",
    (("reasonable", "实施方案合理性"), ("advanced", "先进性"), _DOABLE),
    _MEETS,
)
_PURCHASE = _list("三（二）8", (("purchase", "采购方案"),), _MEETS)
_REVIEW = _list("三（二）8", (("technical", "技术审查"),), _TECHNICAL)
_PLAN = _list("三（二）8", (("plan", "实施方案"),), _MEETS)
_RESEARCH = _list("三（二）6", (("classroom", "课堂应用"),), _CLASSROOM)
_OTHER = _list("三（二）9", (("opinion", "配合意见"),), _MEETS)

_LISTS: Final[Mapping[Desk, tuple[Criterion, ...]]] = MappingProxyType(
    {
        Desk.LEGAL: _LEGAL,
        Desk.FINANCE: _FINANCE,
        Desk.BASIC: _GENERAL,
        Desk.DIRECT: _GENERAL,
        Desk.VOC: _VOC,
        Desk.PRE: _PRE,
        Desk.RESEARCH: _RESEARCH,
        Desk.OTHER: _OTHER,
    }
)


def criteria(desk: Desk, as_lead: bool, kind: Kind) -> tuple[Criterion, ...]:
    """Return the list that ``desk`` works through, and nobody else's.

    教育技术 has one list as lead and another as co-reviewer; on terminals both look at the
    purchase plan, which an APP need not have.

    Raises:
        RuleViolationError: 纪检, which reviews no filing.

    Source: 三（二）2 to 9; requirements A.4, second table.
    """
    if desk is Desk.TECH:
        purchase = () if kind is Kind.APP else _PURCHASE
        if as_lead:
            return _TECH_PLAN + purchase
        return _REVIEW + (_PLAN if purchase else ()) + purchase
    if desk not in _LISTS:
        raise RuleViolationError(f"{desk.label}不参与备案会审。")
    return _LISTS[desk]


_ASK_BACK = Verdict("return", "退回补正", Act.RETURN, needs_words=True)
_LEAD = (
    Verdict("approve", "均符合，同意", Act.APPROVE, settles="meets"),
    _ASK_BACK,
    Verdict("reject", "不予通过", Act.REJECT, needs_words=True),
)
_CO = (
    Verdict("agree", "同意", Act.OPINE, settles="meets"),
    Verdict("remarks", "有意见", Act.OPINE, needs_words=True),
    _ASK_BACK,
)
_VERDICTS: Final[Mapping[Desk, tuple[Verdict, ...]]] = MappingProxyType(
    {
        Desk.LEGAL: (
            Verdict("none_found", "均未发现", Act.OPINE, settles="none"),
            Verdict("found", "有发现", Act.OPINE, blocks=True, needs_words=True),
            Verdict("unclear", "无法判断", Act.OPINE, needs_words=True, settles="unclear"),
            _ASK_BACK,
        ),
        Desk.FINANCE: (
            Verdict("in_order", "经费落实，无收费问题", Act.OPINE, settles="secured,none"),
            Verdict("return", "需补充", Act.RETURN, needs_words=True),
            Verdict("fee_found", "发现收费问题", Act.OPINE, blocks=True, needs_words=True),
        ),
        Desk.TECH: (
            Verdict("passes", "通过", Act.OPINE, settles="passes,meets"),
            Verdict("remarks", "有意见", Act.OPINE, needs_words=True),
            Verdict("grave", "重大安全问题", Act.OPINE, blocks=True, needs_words=True),
            _ASK_BACK,
        ),
        Desk.RESEARCH: (
            Verdict("usable", "可用", Act.OPINE, settles="usable"),
            Verdict(
                "usable_with_advice",
                "可用并有建议",
                Act.OPINE,
                needs_words=True,
                settles="usable_with_advice",
            ),
            Verdict("not_advised", "不建议", Act.OPINE, needs_words=True, settles="not_advised"),
            Verdict("no_opinion", "不提意见", Act.OPINE, settles="no_opinion"),
        ),
    }
)


def verdict_options(desk: Desk, as_lead: bool) -> tuple[Verdict, ...]:
    """Return the buttons of a department's card, the common one first.

    教研 has no return: its opinion is advice (Q14).
    """
    if as_lead:
        return _LEAD
    return _VERDICTS.get(desk, _CO)


def settled_answers(verdict: Verdict, asked: tuple[Criterion, ...]) -> dict[str, str]:
    """Return criterion → answer for what one tap on ``verdict`` answers by itself."""
    offered = verdict.settles.split(",") if verdict.settles else []
    return {
        criterion.key: answer.key
        for criterion in asked
        for answer in criterion.answers
        if answer.key in offered
    }


def blocking_findings(
    asked: tuple[Criterion, ...], answers: Mapping[str, str]
) -> tuple[Criterion, ...]:
    """Return the criteria whose answer bars the approval, in the list's order.

    ``answers`` maps criterion key to answer key; what was not answered bars nothing.

    Raises:
        RuleViolationError: an answer that its criterion does not offer, or a foreign criterion.

    Source: 三（二）2 杜绝有害APP进入校园; 三（二）3; requirements R42, A.4.
    """
    known = {criterion.key for criterion in asked}
    if foreign := set(answers) - known:
        raise RuleViolationError(f"这项任务没有“{'、'.join(sorted(foreign))}”这一条。")
    found = []
    for criterion in asked:
        if criterion.key not in answers:
            continue
        given = [a for a in criterion.answers if a.key == answers[criterion.key]]
        if not given:
            offered = "、".join(answer.label for answer in criterion.answers)
            raise RuleViolationError(f"“{criterion.label}”可以答：{offered}。")
        if given[0].blocks:
            found.append(criterion)
    return tuple(found)
