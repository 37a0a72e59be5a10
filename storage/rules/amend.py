"""Changes of a registered filing and its renewal: what is asked again, who looks, which papers."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from storage.rules.documents import Slot
from storage.rules.facts import Facts
from storage.rules.numbering import valid_until
from storage.rules.routing import Part, Route, Seat
from storage.rules.terms import Desk, RuleViolationError, TaskKind, Term, clause


class Change(Term):
    """What of a registered filing changes (Q36), or that it is to be valid for longer."""

    OWNER = "owner", "负责人"
    SCOPE = "scope", "范围扩大"
    FEE = "fee", "收费变化"
    PRODUCT = "product", "更换产品"
    VERSION = "version", "重大版本"
    RENEWAL = "renewal", "续期"


REVIEWED: Final = (Change.SCOPE, Change.FEE, Change.PRODUCT, Change.VERSION)
"""The changes that open the review again; another person in charge is only recorded."""


class Concern(NamedTuple):
    """What one kind of change touches.

    ``asked``: answers that are given anew, all others stay; ``desks``: who gives an opinion besides
    the lead (``None``: the whole route), and whether the decision waits for it (``None``: as in the
    route); ``papers``: documents that are handed in again (``None``: all).
    """

    asked: tuple[str, ...]
    desks: Mapping[Desk, bool | None] | None
    papers: frozenset[str] | None = frozenset()


CONCERNS: Final[Mapping[Change, Concern]] = MappingProxyType(
    {
        Change.SCOPE: Concern(
            ("stages", "students"),
            {Desk.RESEARCH: False, Desk.FINANCE: None},
            frozenset({"plan"}),
        ),
        Change.FEE: Concern(
            ("free", "device_words", "fund", "amount", "fund_words"),
            {Desk.FINANCE: True, Desk.LEGAL: None},
        ),
        Change.PRODUCT: Concern(
            (
                "project", "product", "product_known", "product_no", "same_seen", "waived", "data",
                "free", "fair", "device_words", "partial_words", "first_use", "no_again",
                "preinstalled", "overview", "overview_full", "explain",
                "experts_on", "legality_on", "minutes_on",
            ),
            None,
            None,
        ),
        Change.VERSION: Concern(("data",), {Desk.LEGAL: True, Desk.TECH: None}),
        Change.RENEWAL: Concern((), {}),
    }
)  # fmt: skip

CONTENT: Final[Mapping[Desk, bool | None]] = MappingProxyType({Desk.LEGAL: None, Desk.TECH: None})
"""Who looks at a renewal whose content has to be looked at again."""

OF_THE_CHANGE: Final = frozenset({"change_words", "version_words", "effect", "new_version"})
"""Answers that speak of the change itself; the original does not take them over."""

OF_THE_ORIGINAL: Final = frozenset({"paper", "pilot"})
"""Answers that say how the original came: a change comes by itself, from an account of its own."""

STAYS: Final = frozenset({"owner", "phone"}) | OF_THE_ORIGINAL
"""What the original keeps as it is by then, whatever its change was sent with."""

_REASONS: Final[Mapping[Desk, tuple[str, str]]] = MappingProxyType(
    {
        Desk.FINANCE: ("收费情况有变化，需计财部门审查。", clause("三（二）3")),
        Desk.LEGAL: ("内容有变化，需法规部门审查。", clause("三（二）2")),
        Desk.RESEARCH: ("课堂应用方面的意见，供审批参考。", clause("三（二）6")),
        Desk.TECH: ("技术审查，供审批参考。", clause("三（二）8")),
    }
)


def prefilled(answers: Mapping[str, Any], change: Change) -> dict[str, Any]:
    """Return a filing's answers without those that this change asks anew."""
    left = {*CONCERNS[change].asked, *OF_THE_CHANGE, *OF_THE_ORIGINAL}
    return {key: value for key, value in answers.items() if key not in left}


def taken_over(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the original takes over of a change's answers."""
    return {key: value for key, value in answers.items() if key not in OF_THE_CHANGE}


def narrowed(
    whole: Route, change: Change, leads: Iterable[Desk], facts: Facts, *, content: bool = True
) -> Route:
    """Return the way of a change: the lead, and of the whole route only whom it concerns.

    ``whole`` is the route of the changed ``facts``, ``leads`` who led the original. A department
    that the route only informs (抄送) is asked where the change concerns it; one outside the route
    never is. ``content``: a renewal's content is looked at again.

    Raises:
        RuleViolationError: another department would have to lead; that is no change but a new
            filing.

    Source: requirements Q36; 三（二）.
    """
    leads = tuple(leads)
    parts = next(
        (ps for ps in whole.filings if tuple(part.lead.desk for part in ps) == leads), None
    )
    if parts is None:
        raise RuleViolationError(
            "改后应由其他部门牵头（三（一）），不能作为变更办理。"
            "请改回，或发“新建备案”另行备案；原备案不受影响。"
        )
    desks = CONCERNS[change].desks
    if change is Change.RENEWAL and content:
        desks = CONTENT
    elif change is Change.FEE and not facts.paid_entry:
        desks = {desk: waits for desk, waits in (desks or {}).items() if desk is not Desk.LEGAL}
    kept = parts if desks is None else tuple(_concerned(part, desks) for part in parts)
    return replace(
        whole,
        parts=tuple(replace(part, filing=0) for part in kept),
        rows=tuple(dict.fromkeys(part.row for part in kept)),
    )


def _concerned(part: Part, desks: Mapping[Desk, bool | None]) -> Part:
    seats: list[Seat] = []
    named = {seat.desk: seat for seat in part.co_reviewers}
    for desk, blocking in desks.items():
        if desk is part.lead.desk:
            continue
        if desk in named:
            seat = named[desk]
            seats.append(seat if blocking is None else replace(seat, blocking=blocking))
        elif desk in part.cc and blocking is not None:
            reason, place = _REASONS[desk]
            seats.append(Seat(desk, TaskKind.CO_REVIEW, blocking, reason, place))
    asked = {seat.desk for seat in seats}
    return replace(
        part, co_reviewers=tuple(seats), cc=tuple(desk for desk in part.cc if desk not in asked)
    )


def papers(slots: Iterable[Slot], change: Change, had: Iterable[str]) -> tuple[Slot, ...]:
    """Return the documents of a change: what it hands in again, and what only it makes necessary.

    ``had``: what the original already had to hand in.
    """
    again, had = CONCERNS[change].papers, frozenset(had)
    if again is None:
        return tuple(slots)
    return tuple(
        slot._replace(required=slot.required and (slot.key in again or slot.key not in had))
        for slot in slots
    )


def looks_at_content(*, new_version: bool, reviewed_on: date, on: date, reuse_months: int) -> bool:
    """Tell whether a renewal's content is reviewed again: a new version, or a review too old.

    Source: requirements Q35 (``reuse_months``), R10.
    """
    months = (on.year - reviewed_on.year) * 12 + on.month - reviewed_on.month
    months -= on.day < reviewed_on.day
    return new_version or months >= reuse_months


def renewed_until(before: date | None, on: date, years: int) -> date:
    """Return until when a renewed filing is valid: counted from the renewal, never for less."""
    until = valid_until(on, years)
    return max(until, before) if before else until


def merged_parts(original: Iterable[Part], change: Iterable[Part]) -> tuple[Part, ...]:
    """Return the original's way with the stages of the change; who looked at it then stays."""
    return tuple(replace(old, stages=new.stages) for old, new in zip(original, change, strict=True))
