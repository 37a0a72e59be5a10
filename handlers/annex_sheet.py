"""The notice's annex as data: plain words for whoever draws it, read in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from handlers import naming
from handlers.certificate import address_of, day_words, issuer_of
from handlers.contents import (
    desk_names,
    files_of,
    owner_name,
    papers_of,
    phone_of,
    supplement_of,
)
from handlers.context import Office
from handlers.wording import items_text
from storage.cases import Decision, Filing, Task
from storage.drafts import Attachment
from storage.people import Unit
from storage.rules.documents import SCAN, SEAL
from storage.rules.masking import mask_phone, mask_phones_in
from storage.rules.principles import DECLARATIONS
from storage.rules.standing import Force, in_force
from storage.rules.terms import Act, Desk, Ownership, SchoolStage, Stage, TaskKind, TaskState
from storage.transaction import Transaction

TITLE: Final = ("移动学习终端和教育教学应用（APP）", "进校园备案审批表")
SIGNING: Final = "校长签字（盖章）："
PILOT: Final = "试点"
LATER: Final = "会审意见在牵头部门审批后列出。"
NOBODY: Final = "还没有会审意见。"
_DIGEST_CHARS: Final = 12
_BY_ACCOUNT: Final = "经本人账号确认"
_ON_PAPER: Final = "在纸质审批表上签署，见扫描件"
_UNDER_WAY: Final = "办理中"
_SCANS: Final = {SEAL: "盖章扫描件", SCAN: "纸质审批表扫描件"}

Sheet = Mapping[str, Any]
"""Words, lists and mappings of words: everything that ``bot/annex/forms/annex.typ`` shows."""


def annex(
    tx: Transaction,
    filing: Filing,
    office: Office,
    now: datetime,
    *,
    phone_shown: bool,
    opinions_shown: bool,
) -> Sheet:
    """Return the annex of a filing as it stands, row for row in the notice's order.

    What is not decided yet stays empty. A pilot is marked as one beside its case number, for it
    never has a filing number. ``phone_shown`` gives the numbers in full, as only handlers and the
    school may have them.

    Source: 附件; requirements A.7, R77, R88 to R99, Q12, Q13, Q27.
    """
    unit = tx.people.unit(filing.tenant, filing.school)
    tasks = [one for one in tx.tasks.of(filing) if one.state is not TaskState.SUPERSEDED]
    given = {one.task_id: one for one in tx.tasks.decisions(filing)}
    names = desk_names(tx, filing)
    files = files_of(tx, filing)
    kind = unit.ownership if unit else None
    by_seal = filing.office.seal_mode == "e-seal"
    phone = phone_of(tx, filing)
    acts = _Acts(tx, filing, tasks, given, names, by_seal=by_seal)

    def said(words: str) -> str:
        return words if phone_shown else mask_phones_in(words)

    return {
        "title": TITLE,
        "issuer": issuer_of(office, filing),
        "case_no": filing.case_no,
        "mark": PILOT if tx.pilots.of(filing.id) is not None else "",
        "number": filing.number or "",
        "address": address_of(office, filing) if filing.number else "",
        "state": watermark(filing, now),
        "school": unit.name if unit else "",
        "seal": by_seal,
        "sealed": _sealed(filing, files),
        "ownership": [(one.label, kind is one) for one in Ownership],
        "levels": _levels(unit),
        "project": said(filing.title),
        "owner": owner_name(tx, filing),
        "phone": phone if phone_shown else mask_phone(phone),
        "overview": said(str(filing.answers.get("overview", ""))),
        "signing": SIGNING,
        "principal": acts.principal(),
        "lead": acts.of(TaskKind.DECISION),
        "registrar": acts.of(TaskKind.REGISTRATION),
        "opinions": [[said(one) for one in row] for row in acts.opinions(opinions_shown)],
        "opinions_note": NOBODY if opinions_shown else LATER,
        "declarations": _declarations(tx, filing),
        "papers": [[said(one) for one in row] for row in _papers(filing, files)],
        "supplement": _supplement(filing),
        "at": int(now.timestamp()),
        "foot": _foot(filing, now),
    }


def watermark(filing: Filing, now: datetime) -> str:
    """Return what is drawn across a form that is no proof of a filing in force, else nothing."""
    if filing.number is None:
        return _UNDER_WAY if filing.stage in _RUNNING else filing.stage.label
    force = in_force(filing.stage, filing.valid_until, filing.local(now).date())
    return "" if force is Force.IN_FORCE else force.label


_RUNNING: Final = frozenset(
    {
        Stage.SUBMITTED,
        Stage.INTAKE,
        Stage.IN_REVIEW,
        Stage.AWAITING_DECISION,
        Stage.RETURNED,
        Stage.AWAITING_REGISTRATION,
    }
)


def file_name(sheet: Sheet) -> str:
    """Return the name under which somebody saves the form."""
    return f"进校园备案审批表-{sheet['project']}-{sheet['case_no']}.pdf"


class _Acts:
    """Who did what: for the three boxes of the form and the list of opinions."""

    def __init__(
        self, tx: Transaction, filing: Filing, tasks: Sequence[Task],
        given: Mapping[str, Decision], names: Mapping[Desk, str], *, by_seal: bool,
    ) -> None:  # fmt: skip
        self._tx = tx
        self._filing = filing
        self._tasks = tasks
        self._given = given
        self._names = names
        self._by_seal = by_seal

    def principal(self) -> list[dict[str, Any]]:
        """Return the principal's signature, where it was given (R96)."""
        at = self._filing.signed_at
        if at is None:
            return []
        who = self._name(self._filing.principal_id)
        day = self._filing.signed_on_paper
        if day is not None:
            said = {"who": who, "says": "", "by": _ON_PAPER, "note": "", "seal": False}
            return [{**said, "day": day_words(day)}]
        return [self._act(who, "", "", "", at, self._by_seal)]

    def of(self, kind: TaskKind) -> list[dict[str, Any]]:
        """Return each decision of a kind: of several leads one each (M11, Q13)."""
        return [self._decided(task, self._given[task.id]) for task in self._done(kind)]

    def opinions(self, shown: bool) -> list[list[str]]:
        """Return each department's row; what it wrote only where it is ``shown``."""
        rows = []
        for task in self._tasks:
            if task.kind is not TaskKind.CO_REVIEW:
                continue
            decision = self._given.get(task.id) if task.state is TaskState.DECIDED else None
            asked = "、".join(one.label for one in naming.criteria_of(self._filing, task))
            words, who, at = task.state.label, "", ""
            if decision is not None:
                words = naming.verdict_text(task, decision) if shown else "已办"
                who = self._tx.tasks.signer(decision)
                at = _moment(self._filing, decision.at)
            rows.append([self._names[task.desk], f"{asked}：{words}", who, at, task.clause])
        return rows

    def _done(self, kind: TaskKind) -> list[Task]:
        return [
            task
            for task in self._tasks
            if task.kind is kind and task.state is TaskState.DECIDED and task.id in self._given
        ]

    def _decided(self, task: Task, decision: Decision) -> dict[str, Any]:
        filing = self._filing
        desk, who = self._names[task.desk], self._tx.tasks.signer(decision)
        if task.kind is TaskKind.REGISTRATION:
            return self._act(who, "", desk, self._number(), decision.at, False)
        says = Act.REJECT.label if decision.act is Act.REJECT else Act.APPROVE.label
        part = naming.part_name(filing, task)
        note = "\n".join(filter(None, (items_text(decision), decision.reason)))
        return self._act(who, f"{says}{part}", desk, note, decision.at, self._by_seal)

    def _number(self) -> str:
        """Return the number with its end; of a change that of what it went into."""
        filing = self._filing
        if filing.amends:
            return f"并入备案号 {self._tx.filings.known(filing.amends).number}（编号不变）"
        until = f"\n有效期至{day_words(filing.valid_until)}" if filing.valid_until else ""
        return f"备案号 {filing.number}{until}"

    def _act(
        self, who: str, says: str, desk: str, note: str, at: datetime, seal: bool
    ) -> dict[str, Any]:
        by = "，".join(filter(None, (desk, _BY_ACCOUNT, _moment(self._filing, at))))
        day = day_words(self._filing.local(at).date())
        return {"who": who, "says": says, "by": by, "note": note, "day": day, "seal": seal}

    def _name(self, person_id: str) -> str:
        person = self._tx.people.get(person_id) if person_id else None
        return person.name if person else ""


def _levels(unit: Unit | None) -> list[tuple[str, bool]]:
    levels = unit.levels if unit else ()
    return [(one.label, one in levels) for one in SchoolStage]


def _sealed(filing: Filing, files: Sequence[Attachment]) -> str:
    """Say by what the school stands for the form (Q12, ``seal_mode``)."""
    for slot, label in _SCANS.items():
        for scan in (one for one in files if one.slot == slot):
            return f"{label}“{scan.name}”，摘要{scan.digest[:_DIGEST_CHARS]}"
    if filing.signed_at is None or filing.signed_on_paper or filing.office.seal_mode == "e-seal":
        return ""
    return "由校长（园长、单位负责人）本人账号确认，未另盖章"


def _declarations(tx: Transaction, filing: Filing) -> list[list[str]]:
    return [
        [str(no), f"{one.text}（{one.clause}）", _moment(filing, at)]
        for no, at in tx.filings.declared(filing)
        for one in DECLARATIONS[no - 1 : no]
    ]


def _papers(filing: Filing, files: Sequence[Attachment]) -> list[list[str]]:
    rows = []
    for paper in papers_of(filing, files):
        rows += [[paper.label, one.name, one.digest[:_DIGEST_CHARS]] for one in paper.files]
        if paper.words:
            rows.append([paper.label, f"说明：{paper.words}", ""])
    return rows


def _supplement(filing: Filing) -> list[list[str]]:
    """Return the data outside the form, where the authority wanted it printed (R99)."""
    if not filing.office.annex_supplement:
        return []
    return [[row.label, row.value] for row in supplement_of(filing)]


def _foot(filing: Filing, now: datetime) -> str:
    """Say what drew the form, and by which notice the filing is judged: that of its day (R1)."""
    made = f"由进校园备案助手按台账生成，{_moment(filing, now)}。"
    return f"{made}依据{filing.office.policy.dated}。"


def _moment(filing: Filing, at: datetime) -> str:
    local = filing.local(at)
    return f"{day_words(local.date())} {local:%H:%M}"
