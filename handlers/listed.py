"""What became of filings in class, as rows to list and to export: cases, topics, effect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from handlers import directions
from storage.cases import Filing, Followup
from storage.figures import Scope, Window
from storage.rules.followup import NO_EXAMPLE, FollowKind, FollowState
from storage.rules.masking import mask_phones_in
from storage.transaction import Transaction

TOPIC_COLUMNS = ("主管单位", "办件号", "学校", "项目名称", "课题")
EFFECT_COLUMNS = ("年度", "主管单位", "备案号", "学校", "项目名称", "来源", "成效", "应用方向")


class Case(NamedTuple):
    """A typical case that its school lets be published."""

    tenant: str
    school: str
    title: str
    number: str
    words: str


def cases(tx: Transaction, tenants: Iterable[str], window: Window | None = None) -> list[Case]:
    """Return the cases that schools let be published, of a span those agreed to in it (R6)."""
    found = []
    for tenant in tenants:
        for one in tx.followups.standing(tenant, FollowKind.CASE, FollowState.DONE):
            if window and not (one.settled_at and window.since <= one.settled_at < window.until):
                continue
            filing = tx.filings.known(one.filing_id)
            if filing.stage in NO_EXAMPLE:
                continue
            words = str(one.told.get("words") or "")
            row = (_school(tx, filing), filing.title, filing.number or "", words)
            found.append(Case(tenant, *map(mask_phones_in, row)))
    return found


def published_cases(tx: Transaction, tenants: Iterable[str]) -> list[tuple[str, ...]]:
    """Return those cases as rows: school, project, number, why."""
    return [one[1:] for one in cases(tx, tenants)]


def topics(tx: Transaction, scope: Scope) -> list[tuple[str, ...]]:
    """Return the topics of research that filings belong to, by ``TOPIC_COLUMNS`` (R54)."""
    return [
        (filing.tenant, *map(mask_phones_in, (
            filing.case_no, _school(tx, filing), filing.title, str(one.told["words"]),
        )))
        for filing, one in _settled(tx, scope, FollowKind.TOPIC)
    ]  # fmt: skip


def effects(tx: Transaction, scope: Scope) -> list[tuple[str, ...]]:
    """Return what renewals and evaluations say of the effect, by year, by ``EFFECT_COLUMNS``.

    Source: 三（二）6 提高育人质量和教学效果; requirements R58.
    """
    rows = []
    for tenant in scope.tenants:
        for filing in tx.amendments.renewed(tenant):
            if not scope.schools or filing.school in scope.schools:
                year = filing.local(filing.registered_at or filing.made_at).year
                effect = str(filing.answers.get("effect") or "")
                original = tx.filings.known(filing.amends)
                rows.append(_effect(tx, original, year, "续期", effect, ""))
    for filing, one in _settled(tx, scope, FollowKind.EVALUATION):
        year = filing.local(one.opened_at).year
        said = "，".join(str(one.told[key]) for key in ("result", "words") if one.told.get(key))
        seen = directions.seen_text(one.told.get("seen", {})).partition("：")[2]
        rows.append(_effect(tx, filing, year, "评估", said, seen))
    return sorted(rows)


def _effect(
    tx: Transaction, filing: Filing, year: int, source: str, said: str, seen: str
) -> tuple[str, ...]:
    row = (filing.number or "", _school(tx, filing), filing.title, source, said, seen)
    return (str(year), filing.tenant, *map(mask_phones_in, row))


def _settled(tx: Transaction, scope: Scope, kind: FollowKind) -> Iterator[tuple[Filing, Followup]]:
    for tenant in scope.tenants:
        for one in tx.followups.standing(tenant, kind, FollowState.DONE):
            filing = tx.filings.known(one.filing_id)
            if not scope.schools or filing.school in scope.schools:
                yield filing, one


def _school(tx: Transaction, filing: Filing) -> str:
    unit = tx.people.unit(filing.tenant, filing.school)
    return unit.name if unit else filing.school
