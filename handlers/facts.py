"""Turns a form's answers into what the rules weigh: facts, findings, route, papers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

from handlers.forms.changing import MARK
from handlers.forms.money import FUNDS
from storage.cases import Filing
from storage.people import Unit
from storage.products import Product, fold
from storage.rules.amend import Change, looks_at_content, narrowed, papers
from storage.rules.documents import Slot, on_paper, required_documents
from storage.rules.facts import Facts
from storage.rules.office import OfficeRules
from storage.rules.pilot import PilotOutcome
from storage.rules.principles import CONDITION, Effect, Findings, check
from storage.rules.routing import Part, Route, added_seats, route
from storage.rules.steps import StepDates, StepQuestion, fairness_questions, step_questions
from storage.rules.terms import (
    Desk,
    Kind,
    Ownership,
    RuleViolationError,
    Scale,
    SchoolStage,
    UnitKind,
)

LEGACY = "_legacy"
"""The answer that keeps a filing sent in time on the track for products in use (存量补备)."""

SPENT = frozenset(pick.key for pick in FUNDS) - {"none"}


class Settled(NamedTuple):
    """What the answers come to.

    ``route`` is ``None`` while the stages are not known. ``to_explain``: gates that still want a
    reason; ``explained``: those passed with one, as the intake desk reads them. ``waived``: papers
    for which a stated reason stands in.
    """

    facts: Facts
    findings: Findings
    route: Route | None
    slots: tuple[Slot, ...]
    to_explain: tuple[StepQuestion, ...]
    explained: tuple[str, ...]
    product_key: str
    waived: Mapping[str, str]

    @property
    def pilot(self) -> PilotOutcome | None:
        """Return how the wish for a pilot was weighed, where there is one."""
        return self.route.pilot if self.route else None

    @property
    def required(self) -> tuple[Slot, ...]:
        """Return the papers that must be there."""
        return tuple(slot for slot in self.slots if slot.required and slot.key not in self.waived)


def settle(
    answers: Mapping[str, Any],
    kind: Kind,
    unit: Unit,
    product: Product | None,
    rules: OfficeRules,
    on: date,
    checked: str = "",
) -> Settled:
    """Weigh a draft's answers; nothing is asked and nothing refused here.

    ``checked``: what the register says of the product's number.

    Source: requirements A.3, A.5, A.7 (the annex and its supplement).
    """
    known = bool(product and product.product_no)
    said = principle_answers(answers, known)
    findings = check(
        said, rules, kind, on=on, asked_again=bool(answers.get("no_again")), checked=checked
    )
    facts = findings.applied_to(facts_of(answers, kind, unit, known))
    if answers.get(LEGACY) and Effect.IN_USE in findings.effects:
        # It took the track while that was open, and stays on it however long it takes.
        facts = replace(facts, legacy=True)
    questions = (
        *step_questions(step_dates(answers, on)),
        *fairness_questions(answers.get("overview", "")),
    )
    way = route(facts, rules) if facts.stages_in_use or unit.kind is not UnitKind.SCHOOL else None
    slots = required_documents(facts, rules)
    if change := answers.get(MARK):
        way, slots = _of_change(answers, Change(change), way, slots, facts, rules, on)
    words = answers.get("explain", {})
    passed = [q for q in questions if q.sentence in words]
    return Settled(
        facts=facts,
        findings=findings,
        route=way,
        slots=on_paper(slots) if answers.get("paper") else slots,
        to_explain=tuple(q for q in questions if q not in passed),
        explained=tuple(f"{q.states}。学校说明：{words[q.sentence]}" for q in passed),
        product_key=product_key(answers),
        waived=dict(answers.get("waived", {})),
    )


def _of_change(
    answers: Mapping[str, Any],
    change: Change,
    way: Route | None,
    slots: Sequence[Slot],
    facts: Facts,
    rules: OfficeRules,
    on: date,
) -> tuple[Route | None, tuple[Slot, ...]]:
    """Narrow the way and the papers of a change to what concerns it (Q36)."""
    content = looks_at_content(
        new_version=answers.get("new_version") == "yes",
        reviewed_on=date.fromisoformat(answers["_reviewed"]),
        on=on,
        reuse_months=rules.reuse_months,
    )
    leads = [Desk(one) for one in answers["_leads"]]
    narrow = narrowed(way, change, leads, facts, content=content) if way else None
    return narrow, papers(slots, change, answers["_had"])


def titled(answers: Mapping[str, Any], otherwise: str) -> str:
    """Return what a filing is called: its project, of a change with what changes beside it."""
    name = str(answers.get("project") or otherwise)
    if not (kind := answers.get(MARK)):
        return name
    change = Change(kind)
    return f"{name}（{'续期' if change is Change.RENEWAL else f'变更：{change.label}'}）"


def way_of(settled: Settled, filing: Filing, bundle: Sequence[Filing]) -> tuple[Part, ...]:
    """Return the way of a mended filing: its leads stay, changed facts may bring departments in.

    Raises:
        RuleViolationError: another department would have to lead; that is a new filing.
    """
    ways = settled.route.filings if settled.route else ()
    at = [one.id for one in bundle].index(filing.id)
    parts = ways[at] if len(ways) == len(bundle) else ()
    if [part.lead.desk for part in parts] != [part.lead.desk for part in filing.parts]:
        raise RuleViolationError(
            f"{filing.case_no} 改后应由其他部门牵头（三（一）），不能在原件上补正。"
            f"请改回，或由校长发“撤回 {filing.case_no}”后重新备案。"
        )
    return added_seats(parts, filing.parts)


def facts_of(answers: Mapping[str, Any], kind: Kind, unit: Unit, known: bool) -> Facts:
    """Return the declared facts with what the directory says of the school."""
    fund = answers.get("fund", "none")
    data = answers.get("data", ())
    pilot = answers.get("scale") == Scale.PILOT.value
    return Facts(
        kind=kind,
        stages_in_use=tuple(
            SchoolStage(one) for one in answers.get("stages", {}).get("stages", ())
        ),
        owner=unit.owner,
        unit_kind=unit.kind,
        ownership=unit.ownership or Ownership.PUBLIC,
        school_levels=unit.levels,
        scale=Scale.PILOT if pilot else Scale.WIDE,
        money=fund in SPENT,
        purchase=False if fund == "gift" else None,
        preinstalled_apps=bool(answers.get("preinstalled")),
        biometrics="biometrics" in data,
        minors_data="minors" in data,
        broad_data="broad" in data,
        product_no_known=known,
        classes=answers.get("classes") if pilot else None,
        students=answers.get("students"),
        terms=answers.get("terms") if pilot else None,
    )


def principle_answers(answers: Mapping[str, Any], known: bool) -> dict[str, str]:
    """Join both lists of answers and what was written beside them.

    A number that the register holds answers its question.
    """
    said = {**answers.get("free", {}), **answers.get("fair", {})}
    if known:
        said["product_no"] = "yes"
    if words := answers.get(CONDITION):
        said[CONDITION] = words
    return said


def step_dates(answers: Mapping[str, Any], on: date) -> StepDates:
    """Return when the school's own steps were held."""

    def held(key: str) -> date | None:
        value = answers.get(key)
        return date.fromisoformat(value) if value else None

    return StepDates(held("experts_on"), held("legality_on"), held("minutes_on"), on)


def product_key(answers: Mapping[str, Any]) -> str:
    """Return what makes two filings speak of the same product: its id, else its folded name."""
    return str(answers.get("product") or f"name:{fold(answers.get('project', ''))[:120]}")


def kept_answers(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers as the filing keeps them, without what only the conversation needed."""
    return {
        key: value
        for key, value in answers.items()
        if not key.startswith("_") and key != "same_seen"
    }
