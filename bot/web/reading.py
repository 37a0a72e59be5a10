"""What the preview shows of a filing, and to whom: one reading, one view, nothing more in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Final, NamedTuple

from bot.web.headers import CalmError
from bot.web.judging import ChangedRow, ProofRow, changed_for, evidence_for
from handlers.contents import (
    PaperRow,
    Row,
    desk_names,
    files_of,
    owner_name,
    papers_of,
    phone_of,
    supplement_of,
)
from handlers.followup import text_of
from handlers.readers import Standing, may_read, may_reveal, standing
from storage.cases import Filing, Task
from storage.drafts import Attachment
from storage.evidence import Proof
from storage.people import Person, Unit
from storage.rules.masking import mask_phone, mask_phones_in
from storage.rules.routing import Part, Seat
from storage.rules.steps import spoken
from storage.rules.terms import Act, Desk, Role, TaskKind, cite
from storage.rules.workflow import PILOT_STAGES
from storage.transaction import Transaction

REVEAL: Final = "reveal_phone"
NO_FILING: Final = "没有找到这件备案，请回到聊天里重新打开。"
NOT_YOURS: Final = "这件备案由本校和承办部门的人员查看。如职责有变动，请联系本单位管理员更新名单。"


class Stop(NamedTuple):
    """One department on the way: what it does there, and the clause that gives it the task."""

    role: str
    desk: str
    clause: str
    note: str = ""


class Moment(NamedTuple):
    """One act of the way so far."""

    at: datetime
    what: str
    who: str


class FilingView(NamedTuple):
    """Everything the page shows. ``phone`` is masked unless revealed; ``may_reveal`` says whether
    this reader may ask for the whole of it. ``changes`` (their labels ``changed``) and ``evidence``
    are for a department alone."""

    filing: Filing
    school: str
    annex: Sequence[Row]
    overview: str
    supplement: Sequence[Row]
    explained: Sequence[str]
    way: Sequence[Stop]
    papers: Sequence[PaperRow]
    history: Sequence[Moment]
    may_reveal: bool
    changes: Sequence[ChangedRow] = ()
    changed: frozenset[str] = frozenset()
    evidence: Sequence[ProofRow] = ()


def read_filing(
    tx: Transaction, filing: Filing, person: Person, today: date, *, revealed: bool
) -> FilingView:
    """Read what the page shows to somebody who may read this filing."""
    tasks = tx.tasks.of(filing)
    unit = tx.people.unit(filing.tenant, filing.school)
    files = files_of(tx, filing)
    names = desk_names(tx, filing)
    is_desk = standing(filing, tasks, person, today) is Standing.DESK
    changes, changed = changed_for(tasks, person, today) if is_desk else ([], frozenset())
    proofs = evidence_for(tx, filing, tasks, person, today) if is_desk else []
    return FilingView(
        filing=filing,
        school=unit.name if unit else "",
        annex=_annex(tx, filing, unit, revealed=revealed),
        overview=mask_phones_in(str(filing.answers.get("overview", ""))),
        supplement=[*_pilot(tx, filing), *supplement_of(filing), *_following(tx, filing)],
        explained=[mask_phones_in(one) for one in filing.explained],
        way=_pilots_way(tx, filing)
        or [stop for part in filing.parts for stop in _way(part, names, len(filing.parts) > 1)],
        papers=papers_of(filing, files),
        history=_history(tx, filing, tasks, names),
        may_reveal=not revealed and may_reveal(filing, tasks, person, today),
        changes=changes,
        changed=changed,
        evidence=[ProofRow(names[task.desk], files) for task, files in proofs],
    )


def readable(tx: Transaction, filing_id: str, person_id: str, today: date) -> tuple[Filing, Person]:
    """Return a filing and its reader; authority is looked up at this very moment.

    Raises:
        CalmError: there is none, or it is not theirs to read.
    """
    filing = tx.filings.get(filing_id)
    if filing is None:
        raise CalmError(404, NO_FILING)
    person = tx.people.get(person_id)
    if person is None or not may_read(tx, filing, person, today):
        raise CalmError(403, NOT_YOURS)
    return filing, person


def readable_files(
    tx: Transaction, filing: Filing, person: Person, today: date
) -> Sequence[Attachment | Proof]:
    """Return every file of a filing that somebody may open now."""
    tasks = tx.tasks.of(filing)
    if standing(filing, tasks, person, today) is not Standing.DESK:
        return files_of(tx, filing)
    proofs = evidence_for(tx, filing, tasks, person, today)
    return [*files_of(tx, filing), *(file for _, files in proofs for file in files)]


def note_reveal(tx: Transaction, filing: Filing, person: Person, now: datetime) -> None:
    """Write down that somebody saw the whole phone number (R93)."""
    role = Role.REVIEWER
    if person.id in (filing.owner_id, filing.project_owner_id):
        role = Role.OWNER
    elif person.is_principal_of(filing.tenant, filing.school, filing.local(now).date()):
        role = Role.PRINCIPAL
    tx.journal.begin(
        tenant=filing.tenant, at=now, act=REVEAL, subject=filing.id, person_id=person.id,
        role=role.value, rule_version=filing.rule_version,
    )  # fmt: skip


def _annex(tx: Transaction, filing: Filing, unit: Unit | None, *, revealed: bool) -> list[Row]:
    """Return the annex row by row, in its printed order (A.7)."""
    phone = phone_of(tx, filing)
    rows = [
        Row("学校名称", unit.name if unit else ""),
        Row("办学类别", unit.ownership.label if unit and unit.ownership else ""),
        Row("办学层次", "、".join(level.label for level in unit.levels) if unit else ""),
        Row("项目名称", filing.title),
        Row("项目负责人", owner_name(tx, filing)),
        Row("手机号码", phone if revealed else mask_phone(phone)),
    ]
    return [row for row in rows if row.value]


def _pilot(tx: Transaction, filing: Filing) -> list[Row]:
    """Return what a pilot has in place of a filing number."""
    pilot = tx.pilots.of(filing.id) if filing.stage in PILOT_STAGES else None
    if pilot is None:
        return []
    receipt = [Row("试点回执", f"{pilot.receipt}（不是备案号）")] if pilot.receipt else []
    return [*receipt, Row("试点至", spoken(pilot.ends_on))]


def _following(tx: Transaction, filing: Filing) -> list[Row]:
    """Return what came after the number: acceptance, audit, what 教研 noted."""
    found = tx.followups.of(filing) if filing.number else []
    return [Row(one.kind.label, mask_phones_in(text_of(tx, one))) for one in found]


def _pilots_way(tx: Transaction, filing: Filing) -> list[Stop]:
    """Return who at the school looks at a pilot and who decides."""
    if filing.stage not in PILOT_STAGES:
        return []
    place = cite("三（一）5")
    people = [(one, tx.people.get(one.person_id)) for one in tx.pilots.checks(filing)]
    stops = [
        Stop("审查", person.name, place, "" if one.at else "待审查")
        for one, person in people
        if person and one.role is not Role.PRINCIPAL
    ]
    head = tx.people.get(filing.principal_id)
    return [*stops, Stop("决定", head.name if head else "", place)]


def _way(part: Part, names: Mapping[Desk, str], is_one_of_several: bool) -> Iterable[Stop]:
    kind = f"（{part.kind.label}）" if is_one_of_several else ""
    for seat in part.co_reviewers:
        yield Stop(f"会审{kind}", names[seat.desk], cite(seat.clause), _note(seat))
    yield Stop(f"牵头审批{kind}", names[part.lead.desk], cite(part.lead.clause))
    yield Stop(f"备案登记{kind}", names[part.registrar_desk], cite("四（四）"))


def _note(seat: Seat) -> str:
    return "" if seat.blocking else "参考意见"


def _history(
    tx: Transaction, filing: Filing, tasks: Sequence[Task], desk_names: Mapping[Desk, str]
) -> list[Moment]:
    """Return the acts so far: when, what and by whom. What an opinion says stays with its card."""
    by_id = {task.id: task for task in tasks}
    names: dict[str, str] = {}
    moments = []
    for entry in tx.journal.of(filing.tenant, filing.id):
        try:
            act = Act(entry.act)
        except ValueError:
            continue
        if entry.person_id and entry.person_id not in names:
            person = tx.people.get(entry.person_id)
            names[entry.person_id] = person.name if person else ""
        task = next(
            (
                by_id[image["row"]["id"]]
                for image in entry.rows
                if image.get("table") == "task" and image["row"].get("id") in by_id
            ),
            None,
        )
        is_desk = entry.role not in (Role.OWNER.value, Role.PRINCIPAL.value, Role.SYSTEM.value)
        desk = desk_names[task.desk] if task and is_desk else ""
        who = " ".join(filter(None, (desk, names.get(entry.person_id, "系统"))))
        moments.append(Moment(filing.local(entry.at), _said(act, task), who))
    return moments


def _said(act: Act, task: Task | None) -> str:
    if act is Act.RETURN and task is not None and task.kind is TaskKind.CO_REVIEW:
        return "退回补正（会审）"
    return act.label
