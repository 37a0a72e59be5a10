"""The three principles as the teacher's eight questions and the principal's four declarations."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple

from storage.rules.facts import Facts
from storage.rules.office import OfficeRules
from storage.rules.terms import Kind, Term, cite, clause


class Principle(Term):
    """The principle a question belongs to (二)."""

    FREE = "free", "免费"
    FAIR = "fair", "公平"
    APPROVED = "approved", "审批"


class Effect(StrEnum):
    """What an answer changes about the case."""

    FEE_UNCERTAIN = "fee_uncertain"
    BYOD = "byod"
    PAID_ENTRY = "paid_entry"
    PARTIAL_USE = "partial_use"
    PRODUCT_NO_MISSING = "product_no_missing"
    LEGACY = "legacy"
    IN_USE = "in_use"


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer. ``stops`` and ``warns`` are the sentences that follow from it."""

    key: str
    label: str
    stops: str = ""
    warns: str = ""
    effect: Effect | None = None
    needs_words: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """One of the eight questions. ``option`` is its line on a multi-select card (ticked = yes)."""

    key: str
    principle: Principle
    text: str
    option: str
    clause: str
    choices: tuple[Choice, ...]


class Remark(NamedTuple):
    """What one answer leads to: a sentence, its clause, and whether words are asked for."""

    key: str
    sentence: str
    clause: str
    needs_words: bool = False
    ask_again: bool = False


@dataclass(frozen=True, slots=True)
class Findings:
    """The outcome of the questions. With ``stops`` or ``missing`` nothing may be submitted."""

    stops: tuple[Remark, ...]
    warnings: tuple[Remark, ...]
    missing: tuple[Question, ...]
    effects: frozenset[Effect]

    @property
    def passes(self) -> bool:
        """Tell whether the filing may go on."""
        return not self.stops and not self.missing

    def applied_to(self, facts: Facts) -> Facts:
        """Return ``facts`` with what the answers say about fees, devices, entries and use."""
        return replace(
            facts,
            fee_uncertain=Effect.FEE_UNCERTAIN in self.effects,
            byod=Effect.BYOD in self.effects,
            paid_entry=Effect.PAID_ENTRY in self.effects,
            legacy=Effect.LEGACY in self.effects,
        )


_NO = Choice("no", "否")
_FEE_STOP = (
    f"按{cite('二（一）')}，不得直接或间接向家长收取任何费用。"
    "请改为免费后再报送，或先咨询计财部门。"
)
_DEVICE_STOP = (
    f"按{cite('二（一）')}，不得强制或诱导购买特定的学习终端。"
    "请取消该要求后再报送，或先咨询计财部门。"
)
_BYOD_STOP = "按本地设置，暂不办理学生自带设备的项目。请改用学校配备的终端，或咨询计财部门。"
_CLASS_STOP = (
    f"按{cite('二（二）')}，不得以学习终端和应用作为分班的前置条件。"
    "请取消后再报送，或咨询牵头部门。"
)
_MERIT_STOP = (
    f"按{cite('二（二）')}，不得以学习终端和应用作为评价等的前置条件。"
    "请取消后再报送，或咨询牵头部门。"
)
CONDITION: Final = "condition"
"""The key of what a school wrote as 其他前置条件: words that stop, not one of several choices."""
NUMBER: Final = "number"
"""The key of what the register says of the product's own number."""
VOID: Final = ("查无此号", "已撤销")
"""What a check of a product's number may show and no filing should rest on."""

_CONDITION_STOP = (
    f"按{cite('二（二）')}，不得以学习终端和应用作为分班、评价等的前置条件，包括所写的“{{words}}”。"
    "请取消后再报送，或咨询牵头部门。"
)
_NUMBER_STOP = "按本地设置，应用须先取得产品备案号。请联系开发者办理，或咨询教育技术部门。"

QUESTIONS: Final[tuple[Question, ...]] = (
    Question(
        "fee",
        Principle.FREE,
        "学生或家长是否需要为本项目支付任何费用（含押金、租金、流量、代购）？",
        "学生或家长需要支付费用",
        clause("二（一）"),
        (
            Choice("yes", "是", stops=_FEE_STOP),
            _NO,
            Choice(
                "unsure",
                "不确定",
                warns="收费情况请计财部门核实。",
                effect=Effect.FEE_UNCERTAIN,
            ),
        ),
    ),
    Question(
        "device",
        Principle.FREE,
        "是否要求或推荐家长购买指定品牌终端？",
        "要求或推荐家长购买指定终端",
        clause("二（一）"),
        (
            Choice("yes", "是", stops=_DEVICE_STOP),
            _NO,
            Choice(
                "own",
                "自愿自带",
                warns="自愿自带设备请说明：不指定品牌、不集中采购、不影响不带的学生。由计财部门核实。",
                effect=Effect.BYOD,
                needs_words=True,
            ),
        ),
    ),
    Question(
        "paid_entry",
        Principle.FREE,
        "APP内是否有付费入口或广告？",
        "APP内有付费入口或广告",
        clause("二（一）"),
        (
            Choice(
                "yes",
                "有",
                warns="付费入口或广告由法规、计财部门共同审查。",
                effect=Effect.PAID_ENTRY,
            ),
            Choice("no", "没有"),
        ),
    ),
    Question(
        "class_placement",
        Principle.FAIR,
        "是否作为分班、编班依据？",
        "作为分班、编班依据",
        clause("二（二）"),
        (Choice("yes", "是", stops=_CLASS_STOP), _NO),
    ),
    Question(
        "evaluation",
        Principle.FAIR,
        "是否作为评价、评优、完成作业的必要条件？",
        "作为评价、评优、完成作业的必要条件",
        clause("二（二）"),
        (Choice("yes", "是", stops=_MERIT_STOP), _NO),
    ),
    Question(
        "partial_use",
        Principle.FAIR,
        "是否只有部分班级或学生使用？",
        "只有部分班级或学生使用",
        clause("二（二）"),
        (
            Choice(
                "yes",
                "是",
                warns="请说明只在部分班级或学生中使用的原因，以及对其他学生的安排。",
                effect=Effect.PARTIAL_USE,
                needs_words=True,
            ),
            _NO,
        ),
    ),
    Question(
        "product_no",
        Principle.APPROVED,
        "产品是否已有教育App备案号？",
        "产品已有教育App备案号",
        clause("二（三）"),
        (
            Choice("yes", "有"),
            Choice(
                "no",
                "没有",
                warns="产品备案号由教育技术部门核对。",
                effect=Effect.PRODUCT_NO_MISSING,
            ),
            Choice(
                "unsure",
                "不清楚",
                warns="产品备案号由教育技术部门核对。",
                effect=Effect.PRODUCT_NO_MISSING,
            ),
        ),
    ),
    Question(
        "in_use",
        Principle.APPROVED,
        "在备案完成前是否已经使用？",
        "已经在使用",
        clause("二（三）"),
        (
            Choice(
                "yes",
                "是",
                warns="已在使用的产品按存量补备办理，请填写开始使用的日期。",
                effect=Effect.IN_USE,
                needs_words=True,
            ),
            _NO,
        ),
    ),
)
"""The eight questions of requirements A.5, in the order in which they are asked."""


def questions(kind: Kind, office: OfficeRules) -> tuple[Question, ...]:
    """Return the questions that apply: a device itself has no product number (Q1)."""
    asks_number = kind is not Kind.TERMINAL and office.require_product_no != "off"
    return tuple(q for q in QUESTIONS if q.key != "product_no" or asks_number)


def check(
    answers: Mapping[str, str],
    office: OfficeRules,
    kind: Kind = Kind.APP,
    *,
    on: date | None = None,
    asked_again: bool = False,
    checked: str = "",
) -> Findings:
    """Weigh the teacher's answers (question key → choice key; ``CONDITION`` → words).

    ``on`` is the office's date today, for ``legacy_until``; ``asked_again``: the product number
    was asked a second time, so that 不清楚 now goes to 教育技术 with a flag; ``checked``: what the
    register says of the number. An answer that its question does not offer counts as missing.

    Source: 二（一） to 二（三）; requirements A.5, Q1, Q24, Q33, R20, R24.
    """
    stops: list[Remark] = []
    warnings: list[Remark] = []
    missing: list[Question] = []
    effects: set[Effect] = set()
    for question in questions(kind, office):
        chosen = next((c for c in question.choices if c.key == answers.get(question.key)), None)
        if chosen is None:
            missing.append(question)
            continue
        choice = _settled(question.key, chosen, office, on)
        place = question.clause
        if choice.stops:
            stops.append(Remark(question.key, choice.stops, place))
        if choice.warns:
            again = question.key == "product_no" and _asks_again(choice, office, asked_again)
            warnings.append(
                Remark(question.key, choice.warns, place, choice.needs_words, ask_again=again)
            )
        if choice.effect:
            effects.add(choice.effect)
            if choice.effect is Effect.IN_USE and _is_legacy(office, on):
                effects.add(Effect.LEGACY)
    if words := answers.get(CONDITION):
        stops.append(Remark(CONDITION, _CONDITION_STOP.format(words=words), clause("二（二）")))
    if sentence := about_number(checked, office):
        found = stops if office.require_product_no == "block" else warnings
        found.append(Remark(NUMBER, sentence, clause("二（三）")))
    return Findings(tuple(stops), tuple(warnings), tuple(missing), frozenset(effects))


def about_number(checked: str, office: OfficeRules) -> str:
    """Say what is wrong with a product's number by the register's check; empty where nothing is.

    Source: 二（三）; requirements R24.
    """
    if checked not in VOID:
        return ""
    then = (
        "按本地设置不能报送，请换用其他产品，或咨询教育技术部门。"
        if office.require_product_no == "block"
        else "由教育技术部门核对，请先与开发者联系。"
    )
    return f"产品备案号在产品库中核验为“{checked}”（{cite('二（三）')}），{then}"


def _settled(key: str, choice: Choice, office: OfficeRules, on: date | None) -> Choice:
    """Return ``choice`` as the office's settings bend it."""
    if key == "device" and choice.key == "own" and office.byod == "forbidden":
        return Choice(choice.key, choice.label, stops=_BYOD_STOP)
    if key == "product_no" and choice.key == "no" and office.require_product_no == "block":
        return replace(choice, stops=_NUMBER_STOP, warns="")
    if key == "in_use" and choice.key == "yes" and not _is_legacy(office, on):
        return replace(choice, warns="请填写开始使用的日期。")
    return choice


def _asks_again(choice: Choice, office: OfficeRules, asked_again: bool) -> bool:
    return choice.key == "unsure" and office.require_product_no == "block" and not asked_again


def _is_legacy(office: OfficeRules, on: date | None) -> bool:
    return office.legacy_until is None or on is None or on <= office.legacy_until


class Declaration(NamedTuple):
    """One of the principal's four sentences, confirmed one by one."""

    key: str
    text: str
    clause: str


WORDING_VERSION: Final = "1"
"""Stored with each confirmation; a changed wording takes the next number."""

DECLARATIONS: Final[tuple[Declaration, ...]] = (
    Declaration("no_fee", "不直接或间接收取任何费用", clause("二（一）")),
    Declaration("no_forced_purchase", "不强制或诱导购买特定终端或收费应用", clause("二（一）")),
    Declaration("no_class_condition", "不作为分班前置条件", clause("二（二）")),
    Declaration("no_evaluation_condition", "不作为评价等前置条件", clause("二（二）")),
)
