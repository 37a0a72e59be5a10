"""小范围试点 (M12): what stays the school's own decision, and why something does not."""

from typing import NamedTuple

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
