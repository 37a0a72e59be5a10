"""小范围试点 (M12): what stays the school's own decision, and why something does not."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Final, NamedTuple

from storage.rules.facts import Facts
from storage.rules.office import OfficeRules
from storage.rules.terms import Desk, clause


class PilotOutcome(NamedTuple):
    """Whether a wish for a pilot holds.

    ``reasons``: one sentence per limit passed; with any, the filing is a full one. ``reviewers``:
    people at the school who look at it, the principal counted. ``notified`` hears of it and may
    call it in (转为全面审查) within ``callin_days`` working days.
    """

    inside: bool
    reasons: tuple[str, ...]
    reviewers: int
    callin_days: int
    notified: tuple[Desk, ...]
    clause: str


def weigh_pilot(facts: Facts, office: OfficeRules, leads: tuple[Desk, ...]) -> PilotOutcome:
    """Hold a wished pilot against all limits at once; at the limit is inside it.

    ``leads`` are the departments that would decide a full filing: they are the ones notified.

    Source: 三（一）5 names no figures; they are each office's own (requirements Q9, Q10, Q19).
    """
    reasons = tuple(_passed(facts, office))
    asks_finance = facts.byod or facts.paid_entry or facts.fee_uncertain
    notified = dict.fromkeys((*leads, Desk.TECH, *((Desk.FINANCE,) if asks_finance else ())))
    return PilotOutcome(
        inside=not reasons,
        reasons=reasons,
        reviewers=office.pilot_min_reviewers,
        callin_days=office.pilot_callin_days,
        notified=tuple(notified),
        clause=clause("三（一）5"),
    )


def _passed(facts: Facts, office: OfficeRules) -> list[str]:
    counted = (
        ("班级", "个", facts.classes, office.pilot_max_classes),
        ("学生", "名", facts.students, office.pilot_max_students),
        ("时间", "个学期", facts.terms, office.pilot_max_terms),
    )
    reasons: list[str] = []
    for name, unit, count, limit in counted:
        if count is None:
            reasons.append(f"{name}尚未填写，不能按试点办理。")
        elif count > limit:
            reasons.append(f"{name}{count}{unit}，超过试点的{limit}{unit}。")
    if facts.money and not office.pilot_allow_money:
        reasons.append("项目需要支出经费，不属于试点。")
    if facts.biometrics and not office.pilot_allow_biometrics:
        reasons.append("项目采集人脸等生物识别信息，不属于试点。")
    return reasons


class ChecklistItem(NamedTuple):
    """One line that everybody who looks at a pilot confirms from their own account."""

    key: str
    label: str
    clause: str

    @property
    def ticked(self) -> str:
        """Return the line as it is ticked; short enough for a list on any platform."""
        return f"{self.label}（{self.clause}）"


CHECKLIST: Final = (
    ChecklistItem("free", "不收费、不指定购买", clause("二（一）")),
    ChecklistItem("fair", "不挂钩分班和评价", clause("二（二）")),
    ChecklistItem("chosen", "学校选用并负责", clause("二（三）")),
    ChecklistItem("product_no", "产品备案号已核对", clause("二（三）")),
    ChecklistItem("content", "未见有害内容", clause("三（二）2")),
    ChecklistItem("data", "只收集必要的信息", clause("三（一）5")),
    ChecklistItem("person", "责任人已明确", clause("二（三）")),
    ChecklistItem("ends", "到期即停或转备案", clause("三（一）5")),
)
"""三（一）5 asks the school to 严格做好审查、审批和管理; what that is follows from part 二."""


def unticked(keys: Collection[str]) -> tuple[ChecklistItem, ...]:
    """Return the lines of the checklist that are not among ``keys``."""
    return tuple(item for item in CHECKLIST if item.key not in keys)


def checkers_needed(office: OfficeRules, *, head_files: bool) -> int:
    """Return how many people besides the principal look at a pilot; who files it is none of them.

    ``head_files``: the principal filed it, so that another person looks in any case.

    Source: requirements Q19.
    """
    return max(office.pilot_min_reviewers - 1, 1 if head_files else 0)


def latest_end(begins: date, terms: int, office: OfficeRules) -> date:
    """Return the last day that a pilot of so many terms may run.

    A term ends on 31 January or on 31 July; August belongs to the term that follows.

    Source: none in the notice; requirements Q9 counts in terms.
    """
    end = begins
    for _ in range(max(1, min(terms, office.pilot_max_terms))):
        end = _term_end(end if end == begins else end + timedelta(days=1))
    return end


def _term_end(on: date) -> date:
    if on.month == 1:
        return date(on.year, 1, 31)
    return date(on.year, 7, 31) if on.month <= 7 else date(on.year + 1, 1, 31)
