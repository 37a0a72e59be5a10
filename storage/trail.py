"""The trail of a case as the journal tells it, the proof that it was not changed, and samples."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

import orjson
from sqlalchemy import select

from storage import tables as t
from storage.board import Board, Line
from storage.cases import Filing
from storage.figures import Scope, Window, label
from storage.journal import Journal, chain_hash, record_of
from storage.people import People
from storage.revoked import ACT as NUMBER_REVOKED
from storage.rules.masking import mask_phones_in
from storage.rules.terms import Act, Kind, Role, Term
from storage.session import Session

REVEAL: Final = "reveal_phone"
DRAW: Final = "draw_sample"
KINDS: Final[Mapping[str, tuple[Kind, ...]]] = {
    "终端": (Kind.TERMINAL, Kind.BOTH),
    "应用": (Kind.APP, Kind.BOTH),
    "终端和应用": (Kind.BOTH,),
}
"""What an auditor calls a kind → the kinds that have it in them."""


_REASONED: Final = frozenset(
    {"decision", "appeal", "measure", "pilot", "stop_proposal", "supplement"}
)
"""Tables whose rows say in words why."""


class OtherAct(Term):
    """Acts in the journal that move nothing."""

    REVEAL = REVEAL, "查看完整号码"
    ATTACH = "attach", "提交材料"
    NUMBER_REVOKED = NUMBER_REVOKED, "告知产品备案号已撤销"
    OPEN_TASK = "open_task", "查看任务"
    URGE = "urge", "催办"
    SUPPLEMENT = "supplement", "补充意见"
    EVIDENCE = "evidence", "提交截图"
    PROPOSE_STOP = "propose_stop", "建议停用产品"
    TAKE_OVER = "take_over", "接收移交"
    GROUPS_TOLD = "groups-told", "通知学校群"
    FOLLOW_PILOT = "follow_pilot", "报送全面备案"
    REMIND_PILOT = "remind_pilot", "提醒试点到期"
    OPEN_ACCEPTANCE = "open_acceptance", "填写验收"
    AUDIT_DUE = "audit_due", "审计起算"
    REMIND_FOLLOWUP = "remind_followup", "提醒办理时限"
    RECOUNT = "recount", "按节假日重算时限"
    RECOUNT_RULE = "recount_rule", "按新规则重算时限"
    OPEN_RECTIFICATION = "open_rectification", "自查发现需整改"
    ORDER_RECTIFICATION = "order_rectification", "核查后责成整改"
    OPEN_EVIDENCE = "open_evidence", "填写整改情况"


class Step(NamedTuple):
    """One act on a case: what, when, by whom as what, on which clause and rules, and why.

    ``is_change``: it changed what the school had declared.
    """

    seq: int
    at: datetime
    act: str
    who: str
    role: str
    unit: str
    clause: str
    rule_version: str
    why: str
    is_change: bool


class Proof(NamedTuple):
    """What was verified of the chain: ``checked`` links, all from ``first`` to ``last`` where it is
    ``unbroken``, else only those that lead to the case's own acts. ``bad`` are the seqs that do not
    fit; ``digest`` is the seal of the case's last act."""

    first: int
    last: int
    checked: int
    unbroken: bool
    bad: tuple[int, ...]
    digest: str


class Sample(NamedTuple):
    """A random sample that can be drawn again: the same words with the seed give the same list."""

    seed: str
    period: str
    kind: str
    until: datetime
    population: int
    lines: list[Line]


@dataclass(slots=True, eq=False)
class Trail:
    """Reads trails, and draws samples, which leaves a trace."""

    _tx: Session
    _journal: Journal
    _people: People
    _board: Board

    def entries(self, filing: Filing) -> list[Any]:
        """Return the journal's rows about a case and the draft it was made of, oldest first."""
        drafts = select(t.draft.c.id).where(t.draft.c.filing_id == filing.bundle)
        subjects = [filing.id, *self._tx.execute(drafts).scalars()]
        return list(
            self._tx.execute(
                select(t.journal)
                .where(t.journal.c.tenant == filing.tenant, t.journal.c.subject.in_(subjects))
                .order_by(t.journal.c.seq)
            )
        )

    def steps(self, filing: Filing) -> list[Step]:
        """Return the acts on a case in people's words, oldest first."""
        units = self._units_of_tasks(filing)
        return [self._step(row, units) for row in self.entries(filing)]

    def reveals(self, filing: Filing) -> list[Step]:
        """Return who saw the whole phone number of a case, and when."""
        return [step for step in self.steps(filing) if step.act == OtherAct.REVEAL.label]

    def _step(self, row: Any, units: Mapping[str, str]) -> Step:
        person = self._people.get(row.person_id) if row.person_id else None
        task = next((one["row"].get("id") for one in row.rows if one.get("table") == "task"), "")
        is_desk = row.role not in (Role.OWNER.value, Role.PRINCIPAL.value, Role.SYSTEM.value)
        known = label(Act, row.act)
        return Step(
            seq=row.seq,
            at=row.at,
            act=label(OtherAct, row.act) if known == row.act else known,
            who=person.name if person else "系统" if not row.person_id else "",
            role=label(Role, row.role),
            unit=units.get(task, "") if is_desk else "",
            clause=row.clause,
            rule_version=row.rule_version,
            why=mask_phones_in("；".join(_words(row))),
            is_change=row.act != Act.SEND_TO_PRINCIPAL.value
            and any(one.get("table") == "filing" and "answers" in one["row"] for one in row.rows),
        )

    def _units_of_tasks(self, filing: Filing) -> dict[str, str]:
        rows = self._tx.execute(
            select(t.task.c.id, t.unit.c.name)
            .join(
                t.unit,
                (t.unit.c.tenant == t.task.c.tenant) & (t.unit.c.code == t.task.c.unit_code),
            )
            .where(t.task.c.tenant == filing.tenant, t.task.c.filing_id == filing.id)
        )
        return {row.id: row.name for row in rows}

    # --- the chain -----------------------------------------------------------------------------

    def prove(self, tenant: str, seqs: Sequence[int], *, most: int) -> Proof:
        """Verify the chain around a case's acts, which lie at ``seqs``.

        Every link from the first to the last where these are at most ``most``; else the links
        that lead to the acts themselves. The whole chain is the business of ``beian check``.
        """
        first, last = min(seqs), max(seqs)
        unbroken = last - first < most
        asked = range(first, last + 1) if unbroken else sorted(set(seqs))
        j = t.journal.c
        where = (
            j.seq.between(first - 1, last)
            if unbroken
            else j.seq.in_({one for seq in asked for one in (seq - 1, seq)})
        )
        found = self._tx.execute(select(t.journal).where(j.tenant == tenant, where))
        rows = {row.seq: row for row in found}
        bad = tuple(seq for seq in asked if not _fits(rows, seq))
        digest = rows[last].hash if last in rows else ""
        return Proof(first, last, len(asked), unbroken, bad, digest)

    # --- samples -------------------------------------------------------------------------------

    def draw(
        self,
        tenant: str,
        window: Window,
        *,
        period: str,
        mark: str,
        kind: str,
        count: int,
        seed: str,
        person_id: str,
        now: datetime,
    ) -> Sample:
        """Draw a random sample of the filings signed in a span, and write down how.

        Without ``seed`` a new one is made, which nobody could foresee. With the seed of a sample
        drawn before the list is that sample's, whatever was signed since.
        """
        known = self._drawn(tenant, seed) if seed else None
        until = datetime.fromisoformat(known["until"]) if known else now
        seed = seed or f"{mark}-{secrets.token_hex(3)}"
        sample = self._sample(tenant, window, period, kind, count, seed, until)
        entry = self._journal.begin(
            tenant=tenant, at=now, act=DRAW, subject=f"sample:{seed}",
            person_id=person_id, role=Role.AUDITOR.value,
        )  # fmt: skip
        note = {
            "period": period, "kind": kind, "count": count, "until": until.isoformat(),
            "population": sample.population, "cases": [one.case_no for one in sample.lines],
        }  # fmt: skip
        entry.images.append({"note": note})
        return sample

    def drawn(self, tenant: str, seed: str) -> list[Line]:
        """Return the sample that was drawn last with a seed; nothing where there is none."""
        note = self._drawn(tenant, seed)
        return self._board.lines(Scope((tenant,)), note["cases"]) if note else []

    def _drawn(self, tenant: str, seed: str) -> Mapping[str, Any] | None:
        rows = [
            row.rows[0]["note"]
            for row in self._journal.of(tenant, f"sample:{seed}")
            if row.act == DRAW
        ]
        return rows[-1] if rows else None

    def _sample(
        self, tenant: str, window: Window, period: str, kind: str, count: int, seed: str,
        until: datetime,
    ) -> Sample:  # fmt: skip
        f = t.filing.c
        kinds = [one.value for one in KINDS.get(kind, tuple(Kind))]
        cases = self._tx.execute(
            select(f.case_no).where(
                f.tenant == tenant,
                f.signed_at >= window.since,
                f.signed_at < window.until,
                f.signed_at <= until,
                f.kind.in_(kinds),
            )
        ).scalars()
        # Shuffled by a digest, not by a generator: the same list on any machine and version.
        order = sorted(cases, key=lambda case: hashlib.sha256(f"{seed}:{case}".encode()).digest())
        lines = self._board.lines(Scope((tenant,)), order[:count])
        return Sample(seed, period, kind, until, len(order), lines)


def _fits(rows: Mapping[int, Any], seq: int) -> bool:
    row = rows.get(seq)
    before = rows.get(seq - 1)
    if row is None or (before is None and seq != 1):
        return False
    digest: str = row.hash
    return chain_hash(before.hash if before else "", record_of(row)) == digest


def _words(row: Any) -> list[str]:
    """Return why an act was done: what was asked back, the reason given, the note left."""
    found: list[str] = []
    for image in row.rows:
        note, values = image.get("note"), image.get("row", {})
        if isinstance(note, str):
            found.append(note)
        if image.get("table") in _REASONED:
            found.append(str(values.get("reason") or values.get("words") or ""))
        if image.get("table") == "task" and row.act == Act.RETURN.value and values.get("points"):
            # In the journal a row stands as the database keeps it.
            asked = orjson.loads(values["points"])[-1]["points"]
            found += [str(point.get("text", "")) for point in asked]
        if image.get("table") == "attachment" and values.get("name"):
            found.append(str(values["name"]))
    return list(dict.fromkeys(filter(None, found)))
