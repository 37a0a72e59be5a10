"""The lines M1 to M10 of the routing matrix, and the settings that bend a line (Q2, Q3, Q4)."""

from dataclasses import dataclass, replace
from typing import Final

from storage.rules.facts import Facts, StageGroup
from storage.rules.office import OfficeRules
from storage.rules.terms import Desk, Kind, Owner


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the matrix for schools; ``owner`` ``None`` stands for either."""

    row: str
    kind: Kind
    group: StageGroup
    owner: Owner | None
    lead: Desk
    co: tuple[Desk, ...]
    cc: tuple[Desk, ...]
    basis: tuple[str, ...]


_CONTENT = (Desk.LEGAL, Desk.RESEARCH, Desk.TECH)
_GENERAL, _VOC, _PRE = StageGroup.GENERAL, StageGroup.VOCATIONAL, StageGroup.KINDERGARTEN
_APP, _TERMINAL = Kind.APP, Kind.TERMINAL
_RESEARCH, _DIRECT = (Desk.RESEARCH,), (Desk.DIRECT,)

ROWS: Final[tuple[Row, ...]] = (
    Row("M1", _APP, _GENERAL, Owner.COUNTY, Desk.BASIC, _CONTENT, (), ("三（一）2",)),
    Row("M2", _APP, _GENERAL, Owner.CITY, Desk.DIRECT, _CONTENT, (Desk.BASIC,), ("三（二）4",)),
    Row(
        "M3",
        _TERMINAL,
        _GENERAL,
        Owner.COUNTY,
        Desk.TECH,
        (Desk.FINANCE, Desk.BASIC),
        _RESEARCH,
        ("三（一）1",),
    ),
    Row(
        "M4",
        _TERMINAL,
        _GENERAL,
        Owner.CITY,
        Desk.TECH,
        (Desk.FINANCE, Desk.DIRECT),
        _RESEARCH,
        ("三（一）1", "三（二）4"),
    ),
    Row("M5", _APP, _VOC, Owner.COUNTY, Desk.VOC, _CONTENT, (), ("三（一）3",)),
    Row("M6", _APP, _VOC, Owner.CITY, Desk.VOC, _CONTENT, (), ("三（一）3", "三（二）4")),
    Row("M7", _TERMINAL, _VOC, None, Desk.VOC, _CONTENT, (), ("三（一）3",)),
    Row("M8", _APP, _PRE, Owner.COUNTY, Desk.PRE, _CONTENT, (), ("三（一）4",)),
    Row(
        "M9",
        _APP,
        _PRE,
        Owner.CITY,
        Desk.PRE,
        _CONTENT + _DIRECT,
        (),
        ("三（一）4", "三（二）4"),
    ),
    Row("M10", _TERMINAL, _PRE, None, Desk.PRE, _CONTENT, (), ("三（一）4",)),
)
"""M1 to M10 as the matrix has them; settings come on top (``row_for``). ``routing`` adds
the conditional seats and knows M11 to M14."""


def shared_by(row: Row) -> str:
    """Return the place in 三（一） that names the departments that share the work."""
    if row.group is StageGroup.GENERAL:
        return "三（一）1" if row.kind is Kind.TERMINAL else "三（一）2"
    return "三（一）3" if row.group is StageGroup.VOCATIONAL else "三（一）4"


def row_for(kind: Kind, group: StageGroup, facts: Facts, office: OfficeRules) -> Row:
    """Return the line for a single kind and a group of stages, as the office's settings bend it."""
    row = next(
        row
        for row in ROWS
        if row.kind is kind and row.group is group and row.owner in (None, facts.owner)
    )
    return _adjusted(row, facts, office)


def _adjusted(row: Row, facts: Facts, office: OfficeRules) -> Row:
    """Lay the settings that change a lead or a fixed co-reviewer over ``row`` (Q2, Q3, Q4)."""
    is_direct = facts.owner is Owner.CITY
    if row.row == "M4" and office.direct_scope == "app":
        return replace(row, co=(Desk.FINANCE, Desk.BASIC), basis=("三（一）1",))
    if row.row == "M10":
        if is_direct:
            row = replace(row, co=row.co + _DIRECT, basis=(*row.basis, "三（二）4"))
        if office.lead_terminal_pre == "tech":
            # Q2 decides about the device before Q4 decides about the school.
            return replace(
                row, lead=Desk.TECH, co=(Desk.PRE, *row.co), basis=("三（一）1", *row.basis)
            )
    direct_leads = row.row == "M9" or (
        row.row == "M10" and is_direct and office.direct_scope == "both"
    )
    if direct_leads and office.lead_direct_pre == "direct":
        return replace(row, lead=Desk.DIRECT, co=(Desk.PRE, *row.co), basis=row.basis[::-1])
    return row
