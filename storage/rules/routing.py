"""Which department leads, who looks along and who registers: the rows M1 to M14.

The departments are those of the authority that owns the school: of a county for a county school.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from storage.rules.facts import Facts, StageGroup, group_of
from storage.rules.matrix import ROWS, Row, row_for, shared_by
from storage.rules.office import OfficeRules
from storage.rules.pilot import PilotOutcome, weigh_pilot
from storage.rules.terms import (
    Desk,
    Kind,
    RuleViolationError,
    Scale,
    SchoolStage,
    TaskKind,
    UnitKind,
    clause,
)

__all__ = [
    "NUMBER_LETTERS",
    "ROWS",
    "Facts",
    "Part",
    "PilotOutcome",
    "Route",
    "Row",
    "Seat",
    "added_seat",
    "added_seats",
    "route",
]


@dataclass(frozen=True, slots=True)
class Seat:
    """One department's place in a case. ``blocking``: the decision waits for it."""

    desk: Desk
    kind: TaskKind
    blocking: bool
    reason: str
    clause: str

    @property
    def advisory(self) -> bool:
        """Tell whether silence after the deadline counts as 无意见."""
        return not self.blocking


@dataclass(frozen=True, slots=True)
class Part:
    """What one lead decides. ``filing``: parts of equal number share one form and one number."""

    kind: Kind
    stages: tuple[SchoolStage, ...]
    lead: Seat
    co_reviewers: tuple[Seat, ...]
    cc: tuple[Desk, ...]
    registrar_desk: Desk
    distinct_registrar: bool
    row: str
    basis: tuple[str, ...]
    filing: int = 0


@dataclass(frozen=True, slots=True)
class Route:
    """The whole way. A pilot inside its limits has no parts and no number letter."""

    parts: tuple[Part, ...]
    clauses: tuple[str, ...]
    pilot: PilotOutcome | None
    number_letter: str | None
    rows: tuple[str, ...]

    @property
    def filings(self) -> tuple[tuple[Part, ...], ...]:
        """Return the parts by filing: M13 gives one filing per lead, M11 one with two parts."""
        numbers = dict.fromkeys(part.filing for part in self.parts)
        return tuple(tuple(p for p in self.parts if p.filing == number) for number in numbers)

    def co_reviewers(self, filing: int = 0) -> tuple[Seat, ...]:
        """Return each co-reviewing department of a filing once (M11: the union of its parts)."""
        return _union(
            seat for part in self.parts if part.filing == filing for seat in part.co_reviewers
        )


ADDED: Final = clause("三（二）9")
"""What the seat of a department rests on that was added by hand."""

NUMBER_LETTERS: Final = {Kind.TERMINAL: "Z", Kind.APP: "A", Kind.BOTH: "X"}


def route(facts: Facts, office: OfficeRules) -> Route:
    """Return who decides, who gives an opinion and who registers, each with its clause.

    Raises:
        RuleViolationError: a school's filing names no stage in use.

    Source: 三（一）, 三（二）; requirements A.4 M1 to M14 and the settings of A.10b.
    """
    filings = _filings(facts, office)
    parts = tuple(
        replace(part, filing=number) for number, parts in enumerate(filings) for part in parts
    )
    rows = _joining_rows(facts, filings)
    clauses = [place for part in parts for place in part.basis]
    clauses += [seat.clause for part in parts for seat in part.co_reviewers]
    pilot = None
    if facts.scale is Scale.PILOT:
        pilot = weigh_pilot(facts, office, tuple(dict.fromkeys(p.lead.desk for p in parts)))
        if pilot.inside:
            return Route((), (pilot.clause,), pilot, None, ("M12",))
        clauses.append(pilot.clause)
    return Route(
        parts=parts,
        clauses=tuple(dict.fromkeys(clauses)),
        pilot=pilot,
        number_letter=NUMBER_LETTERS[facts.kind],
        rows=(*rows, *dict.fromkeys(part.row for part in parts)),
    )


def added_seat(desk: Desk, reason: str, *, blocking: bool = True) -> Seat:
    """Return the seat of a department that a reviewer adds by hand (加签), with the reason given.

    Raises:
        RuleViolationError: no reason, or 纪检, which stays out of ordinary filings.

    Source: 三（二）9; requirements R66 and A.2.
    """
    if not reason.strip():
        raise RuleViolationError("加签请写明原因。")
    if desk is Desk.DISCIPLINE:
        raise RuleViolationError("纪检部门不参与备案会审，有线索请单独移交。")
    return Seat(desk, TaskKind.CO_REVIEW, blocking, reason.strip(), ADDED)


def added_seats(way: Sequence[Part], before: Sequence[Part]) -> tuple[Part, ...]:
    """Return a way made anew with the departments that were added by hand to the one before."""
    asked = {seat.desk for part in way for seat in (part.lead, *part.co_reviewers)}
    kept = [
        seat
        for seat in _union(seat for part in before for seat in part.co_reviewers)
        if seat.clause == ADDED and seat.desk not in asked
    ]
    first, *others = way
    return (replace(first, co_reviewers=(*first.co_reviewers, *kept)), *others)


def _filings(facts: Facts, office: OfficeRules) -> list[tuple[Part, ...]]:
    if facts.unit_kind is not UnitKind.SCHOOL:
        return [(_by_hand(facts, office),)]
    if not facts.stages_in_use:
        raise RuleViolationError("请先选择使用学段。")
    groups = dict.fromkeys(group_of(stage) for stage in facts.stages_in_use)
    by_leads: dict[tuple[Desk, ...], tuple[Part, ...]] = {}
    for group in groups:
        stages = tuple(dict.fromkeys(s for s in facts.stages_in_use if group_of(s) is group))
        parts = tuple(_part(kind, group, stages, facts, office) for kind in facts.kinds)
        leads = tuple(part.lead.desk for part in parts)
        same = by_leads.get(leads)
        by_leads[leads] = (
            parts
            if same is None
            else tuple(_merged(a, b) for a, b in zip(same, parts, strict=True))
        )
    main = facts.settled_main_stage
    if len(by_leads) > 1 and office.multi_stage == "main" and main is not None:
        stages = tuple(dict.fromkeys(facts.stages_in_use))
        return [tuple(_part(k, group_of(main), stages, facts, office) for k in facts.kinds)]
    return list(by_leads.values())


def _joining_rows(facts: Facts, filings: list[tuple[Part, ...]]) -> tuple[str, ...]:
    if facts.unit_kind is not UnitKind.SCHOOL:
        return ()
    several = len({group_of(stage) for stage in facts.stages_in_use}) > 1
    return (*(("M13",) if several else ()), *(("M11",) if len(filings[0]) > 1 else ()))


def _part(
    kind: Kind,
    group: StageGroup,
    stages: tuple[SchoolStage, ...],
    facts: Facts,
    office: OfficeRules,
) -> Part:
    row = row_for(kind, group, facts, office)
    seats = [_co_seat(desk, row, office) for desk in row.co]
    seats += [seat for seat in _conditional(row, facts, office) if seat.desk not in row.co]
    seats = [seat for seat in seats if seat.desk is not row.lead]
    cc = row.cc
    # Q15: money is also 计财's duty where nobody asks for its opinion, so it is told.
    if office.finance_when != "never" and Desk.FINANCE not in {seat.desk for seat in seats}:
        cc = (*cc, Desk.FINANCE)
    return Part(
        kind=kind,
        stages=stages,
        lead=_lead_seat(row),
        co_reviewers=tuple(seats),
        cc=tuple(desk for desk in cc if desk not in {seat.desk for seat in seats}),
        registrar_desk=Desk.TECH,
        distinct_registrar=_registrar_differs(kind, office),
        row=row.row,
        basis=row.basis,
    )


def _conditional(row: Row, facts: Facts, office: OfficeRules) -> list[Seat]:
    seats = []
    if row.kind is Kind.TERMINAL and facts.preinstalled_apps:
        seats.append(_seat(Desk.LEGAL, True, "终端预装应用，需审查应用内容。", "三（二）2"))
    elif facts.paid_entry:
        seats.append(_seat(Desk.LEGAL, True, "应用内有付费入口或广告，需审查内容。", "三（二）2"))
    reason = _finance_reason(row, facts, office)
    if reason:
        seats.append(_seat(Desk.FINANCE, True, reason, "三（二）3"))
    return seats


def _finance_reason(row: Row, facts: Facts, office: OfficeRules) -> str | None:
    """Return why 计财 is asked where the row does not name it (Q5, Q15, Q33), or ``None``."""
    when = office.finance_when
    for_terminal = when in ("terminal", "terminal_or_money")
    for_money = when in ("money", "terminal_or_money")
    causes = (
        (facts.fee_uncertain, "收费情况尚不确定，需核实。"),
        (facts.byod, "学生自愿自带设备，需核实是否涉及收费。"),
        (facts.paid_entry, "应用内有付费入口或广告，需核实收费情况。"),
        (when == "always", "按本地设置，各类备案均审查经费。"),
        (row.kind is Kind.TERMINAL and for_terminal, "终端项目需审查经费保障和收费情况。"),
        (facts.money and for_money, "项目需要支出经费，需审查经费保障。"),
    )
    return next((reason for holds, reason in causes if holds), None)


def _by_hand(facts: Facts, office: OfficeRules) -> Part:
    """M14: a unit that is no school has no department of its own kind; 教育技术 adds signers."""
    # A.5 asks for these opinions whatever the row, so they are not left to memory.
    asked = facts.fee_uncertain or facts.byod or facts.paid_entry
    row = Row("M14", facts.kind, StageGroup.GENERAL, None, Desk.TECH, (), (), ("主送", "三（二）9"))
    seats = tuple(_conditional(row, replace(facts, preinstalled_apps=False), office))
    return Part(
        kind=facts.kind,
        stages=facts.stages_in_use,
        lead=_lead_seat(row),
        co_reviewers=seats if asked else (),
        cc=(),
        registrar_desk=Desk.TECH,
        distinct_registrar=_registrar_differs(facts.kind, office),
        row=row.row,
        basis=row.basis,
    )


def _registrar_differs(kind: Kind, office: OfficeRules) -> bool:
    return office.sod_all or (office.sod_terminal and kind is not Kind.APP)


def _seat(desk: Desk, blocking: bool, reason: str, place: str) -> Seat:
    return Seat(desk, TaskKind.CO_REVIEW, blocking, reason, clause(place))


_LEAD_REASONS: Final = {
    Desk.BASIC: ("应用进校园由基教部门负责。", "三（一）2"),
    Desk.DIRECT: ("市局直属学校（职业学校除外）由市局直属管理部门负责。", "三（二）4"),
    Desk.VOC: ("中职学校的终端和应用由职教部门负责。", "三（一）3"),
    Desk.PRE: ("幼儿园的终端和应用由学前部门负责。", "三（一）4"),
    Desk.TECH: ("移动学习终端进校园由教育技术部门负责。", "三（一）1"),
}


def _lead_seat(row: Row) -> Seat:
    reason, place = _LEAD_REASONS[row.lead]
    if row.row == "M14":
        reason, place = "其他单位的项目由教育技术部门牵头协调，按需加签。", "三（二）9"
    return Seat(row.lead, TaskKind.DECISION, True, reason, clause(place))


_CO_REASONS: Final[Mapping[Desk, tuple[str, str | None]]] = {
    Desk.LEGAL: ("应用内容由法规部门审查。", None),
    Desk.RESEARCH: ("课堂应用方面的意见，供审批参考。", None),
    Desk.TECH: ("技术审查，供审批参考。", None),
    Desk.FINANCE: ("经费和收费情况由计财部门审查。", None),
    Desk.BASIC: ("与教育教学的契合度由基教部门审查。", None),
    Desk.DIRECT: ("市局直属学校由市局直属管理部门共同审查。", "三（二）4"),
    Desk.PRE: ("幼儿园项目由学前部门共同审查。", "三（一）4"),
}


def _co_seat(desk: Desk, row: Row, office: OfficeRules) -> Seat:
    """Return the seat of a co-reviewer that the row names.

    Advice (Q14 for 教研, A.4's second table for 技术) does not hold a case up; on terminals that
    another department leads, 教育技术 must have seen plan and purchase (Q2).
    """
    if desk is Desk.TECH and row.kind is Kind.TERMINAL:
        return _seat(desk, True, "终端的实施方案和采购方案由教育技术部门审查。", "三（二）8")
    reason, place = _CO_REASONS[desk]
    blocking = desk is not Desk.TECH and (desk is not Desk.RESEARCH or office.research_blocking)
    return _seat(desk, blocking, reason, place or shared_by(row))


def _merged(one: Part, other: Part) -> Part:
    """Join two stage groups' parts that the same department leads (M13: one filing per lead)."""
    seats = _union((*one.co_reviewers, *other.co_reviewers))
    asked = {seat.desk for seat in seats}
    return replace(
        one,
        stages=one.stages + other.stages,
        co_reviewers=seats,
        cc=tuple(desk for desk in dict.fromkeys(one.cc + other.cc) if desk not in asked),
        basis=tuple(dict.fromkeys(one.basis + other.basis)),
    )


def _union(seats: Iterable[Seat]) -> tuple[Seat, ...]:
    """Keep each department once; a blocking seat stands for an advisory one of the same desk."""
    kept: dict[Desk, Seat] = {}
    for seat in seats:
        if seat.desk not in kept or (seat.blocking and not kept[seat.desk].blocking):
            kept[seat.desk] = seat
    return tuple(kept.values())
