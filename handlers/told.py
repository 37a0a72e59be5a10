"""What a school told of its own steps besides the documents, for who reads the case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from handlers.forms.volunteered import (
    ASPECTS,
    ATTENDEES,
    EXPERTS,
    LEGALITY_BY,
    MEETING,
    read_experts,
)
from storage.rules.experts import about_experts, aspects_missing
from storage.rules.office import OfficeRules
from storage.rules.terms import clause

_FIELDS: Final = (EXPERTS, LEGALITY_BY, MEETING, ATTENDEES, ASPECTS)


def lines_of(answers: Mapping[str, Any], school: str, office: OfficeRules) -> list[str]:
    """Return what was told, one line, and what of it falls short (R69 to R73)."""
    said = [f"{one.label} {one.show(answers[one.key])}" for one in _FIELDS if one.key in answers]
    return [*(["。".join(said) + "。"] if said else []), *doubts(answers, school, office)]


def doubts(answers: Mapping[str, Any], school: str, office: OfficeRules) -> list[str]:
    """Say what was told of the argument falls short of; the document itself may say more.

    Source: 四（二）; requirements R69, R70.
    """
    found = about_experts(read_experts(answers.get("experts", ())), school, office)
    if missing := aspects_missing(answers.get("aspects", {})):
        found.append(f"论证要点未写：{'、'.join(missing)}")
    return [f"{'；'.join(found)}，请与专家论证意见核对（{clause('四（二）')}）。"] if found else []
