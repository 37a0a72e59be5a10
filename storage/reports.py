"""The reports (反映) of one transaction: taken, handed on, looked into, answered, and read."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import insert, update

from storage import tables as t
from storage.calendar import Calendars
from storage.cases import StaleError
from storage.ids import new_id
from storage.journal import Entry, Journal
from storage.people import Person
from storage.reporting import CONTENT, Content, Place, Report, ReportFile, ReportFinder
from storage.rules import workdays
from storage.rules.office import OfficeRules
from storage.rules.reports import (
    CODE_ALPHABET,
    CODE_CHARS,
    HANDLING,
    Category,
    Outcome,
    ReportAct,
    ReportState,
    move,
)
from storage.rules.terms import Desk, NotAllowedError, Role
from storage.session import Session

NOT_YOURS: Final = "没有找到这条反映，或不由您办理。请核对回执号。"
MOST_ADDED: Final = 10
_TRIES: Final = 50


@dataclass(slots=True, eq=False)
class Reports:
    """Writes reports. ``find`` reads them, and says whose they are."""

    _tx: Session
    _journal: Journal
    _calendars: Calendars
    find: ReportFinder

    # --- taking ----------------------------------------------------------------------------------

    def submit(
        self,
        category: Category,
        content: Content,
        place: Place,
        *,
        copied: Iterable[Desk] = (),
        contact: str = "",
        files: Iterable[tuple[str, int, str]] = (),
        reporter: tuple[str, str],
        reached: bool = True,
        rules: OfficeRules,
        now: datetime,
        day: date,
    ) -> Report:
        """Take a report. The journal has neither who sent it nor a word of what it says.

        ``reached``: who reported can be answered there, at their address.

        Source: requirements A.6, R39, R46; the days are the office's own (内部办理时限).
        """
        seal = self._tx.cipher.reports.seal
        report_id = new_id(now)
        entry = self._begin(place.tenant, report_id, "report", category, now)
        is_sealed = place.desk is Desk.DISCIPLINE
        entry.insert(
            t.report,
            id=report_id,
            tenant=place.tenant,
            code=self._code(),
            category=category.value,
            state=ReportState.WAITING.value,
            version=1,
            desk=place.desk.value,
            unit_code=place.unit_code,
            assignee=place.assignee,
            barred=[],
            copied=sorted(desk.value for desk in copied if desk is not place.desk),
            school="" if is_sealed else content.school,
            content=seal(content.to_json(), CONTENT),
            contact=seal(contact, "report.contact") if contact else "",
            answer="",
            at=now,
            due_on=self._due(place.tenant, rules.days_report, day),
        )
        self._attach(entry, report_id, files, now)
        instance, account = reporter
        self._tx.execute(
            insert(t.report_reach).values(
                report_id=report_id,
                tenant=place.tenant,
                mark=self.find.mark_of(instance, account),
                finger=self.find.finger_of(content),
                address=seal(f"{instance}:{account}", "report.reach") if reached else "",
                at=now,
            )
        )
        return self.known(report_id)

    def add(
        self, report: Report, words: str, files: Iterable[tuple[str, int, str]], now: datetime
    ) -> Report:
        """Take what a reporter adds.

        Raises:
            NotAllowedError: the report is closed, or enough was added.
        """
        to = move(report.state, ReportAct.ADD)
        content = self.find.content_of(report)
        if len(content.words) > MOST_ADDED:
            raise NotAllowedError("这条反映已补充多次，承办部门会先核实已有的内容。")
        if words and words not in content.words:
            content = content._replace(words=(*content.words, words))
        entry = self._begin(report.tenant, report.id, ReportAct.ADD.value, report.category, now)
        sealed = self._tx.cipher.reports.seal(content.to_json(), CONTENT)
        self._write(entry, report, state=to.value, content=sealed)
        self._attach(entry, report.id, files, now)
        return self.known(report.id)

    # --- handling --------------------------------------------------------------------------------

    def take(
        self, report: Report, *, by: Person, seen: int, rules: OfficeRules, day: date, now: datetime
    ) -> Report:
        """Take a report in hand (纪检: 初核)."""
        due = self._due(report.tenant, rules.days_report_close, day)
        return self._act(
            report, ReportAct.TAKE, by, seen, day, now, due_on=due, taken_at=report.taken_at or now
        )

    def ask(self, report: Report, question: str, *, by: Person, seen: int, day: date,
            now: datetime) -> Report:  # fmt: skip
        """Ask the reporter for more."""
        return self._act(
            report, ReportAct.ASK, by, seen, day, now,
            answer=self._sealed_answer(question), taken_at=report.taken_at or now,
        )  # fmt: skip

    def pass_on(
        self, report: Report, desk: Desk, *, by: Person, seen: int, rules: OfficeRules, day: date,
        now: datetime,
    ) -> Report:  # fmt: skip
        """Hand a report to another desk of the authority; who had it reads it no more.

        Raises:
            NotAllowedError: it is that desk's already, or nobody there may handle it.
        """
        if desk is report.desk:
            raise NotAllowedError(f"这条反映已经由{desk.label}办理。")
        place = self._placed(report, desk, day)
        content = self.find.content_of(report)
        kept = [one for one in report.copied if one != desk.value]
        return self._act(
            report, ReportAct.PASS_ON, by, seen, day, now,
            desk=place.desk.value, unit_code=place.unit_code, assignee=place.assignee,
            copied=[] if place.desk is Desk.DISCIPLINE else kept,
            school="" if place.desk is Desk.DISCIPLINE else content.school,
            due_on=self._due(report.tenant, rules.days_report, day),
        )  # fmt: skip

    def copy(self, report: Report, *, by: Person, seen: int, day: date, now: datetime) -> Report:
        """Let 纪检 read along.

        Raises:
            NotAllowedError: they do already.
        """
        if Desk.DISCIPLINE.value in report.copied or report.is_sealed:
            raise NotAllowedError("纪检部门已经可以调阅这条反映。")
        copied = sorted((*report.copied, Desk.DISCIPLINE.value))
        return self._act(report, ReportAct.COPY, by, seen, day, now, copied=copied)

    def recuse(
        self, report: Report, *, by: Person, seen: int, rules: OfficeRules, day: date, now: datetime
    ) -> Report:
        """Have an officer step aside for another one (E.12).

        Raises:
            NotAllowedError: there is no other one.
        """
        barred = sorted({*report.barred, by.id})
        place = self._placed(report._replace(barred=barred), report.desk, day)
        return self._act(
            report, ReportAct.RECUSE, by, seen, day, now, barred=barred,
            assignee=place.assignee, due_on=self._due(report.tenant, rules.days_report, day),
        )  # fmt: skip

    def inherit(self, report: Report, *, rules: OfficeRules, day: date, now: datetime) -> Report:
        """Give a clue whose officer has left to the next one; where there is none, to nobody."""
        content = self.find.content_of(report)
        place = self.find.place(report.tenant, report.desk, content, "", day, report.barred)
        if place is None:
            return report
        entry = self._begin(report.tenant, report.id, "inherit", report.category, now)
        due = self._due(report.tenant, rules.days_report, day)
        self._write(entry, report, assignee=place.assignee, due_on=due)
        return self.known(report.id)

    def settle(
        self, report: Report, outcome: Outcome, answer: str, *, by: Person, seen: int,
        rules: OfficeRules, day: date, now: datetime,
    ) -> Report:  # fmt: skip
        """Say what was found. 属实在整改 stays open until it is put right.

        Raises:
            NotAllowedError: a report of this kind does not end so.
        """
        allowed = HANDLING[report.category].outcomes
        if outcome not in (*allowed, Outcome.CLOSED) or (
            outcome is Outcome.CLOSED and not report.is_sealed and outcome not in allowed
        ):
            raise NotAllowedError(f"“{report.category.label}”的反映没有“{outcome.label}”这种结果。")
        sealed = self._sealed_answer(answer)
        if outcome is Outcome.FIXING:
            due = self._due(report.tenant, rules.days_report_close, day)
            return self._act(report, ReportAct.FIX, by, seen, day, now, answer=sealed, due_on=due)
        return self._act(
            report, ReportAct.SETTLE, by, seen, day, now, answer=sealed, outcome=outcome.value,
            settled_at=now, settled_by=by.id,
        )  # fmt: skip

    def forget_reporter(self, report: Report) -> None:
        """Forget where the reporter of a closed report is reached; each address is told last."""
        self._tx.execute(
            update(t.report_reach).where(t.report_reach.c.report_id == report.id).values(address="")
        )

    # --- reading ---------------------------------------------------------------------------------

    def open(
        self, report: Report, *, by: Person, day: date, now: datetime
    ) -> tuple[Content, str, list[ReportFile]]:
        """Open content, contact and files of a report, and write down who did.

        Raises:
            NotAllowedError: it is not this person's to read today.
        """
        if not self.find.reads(report, by, day):
            raise NotAllowedError(NOT_YOURS)
        self.note(report, "open_report", by, now)
        contact = (
            self._tx.cipher.reports.open(report.contact, "report.contact") if report.contact else ""
        )
        return self.find.content_of(report), contact, self.find.files(report)

    def note(self, report: Report, act: str, by: Person, now: datetime) -> None:
        """Write down that somebody looked: who, when, which."""
        self._begin(report.tenant, report.id, act, report.category, now, by, report.desk)

    def known(self, report_id: str) -> Report:
        """Return a report that is there.

        Raises:
            NotAllowedError: it is not.
        """
        found = self.find.get(report_id)
        if found is None:
            raise NotAllowedError(NOT_YOURS)
        return found

    # --- inside ----------------------------------------------------------------------------------

    def _placed(self, report: Report, desk: Desk, day: date) -> Place:
        content = self.find.content_of(report)
        place = self.find.place(report.tenant, desk, content, "", day, report.barred)
        if (
            place is None
            or place.desk is not desk
            or (place.tenant != report.tenant and desk is not Desk.DISCIPLINE)
        ):
            raise NotAllowedError(
                f"名单中{desk.label}没有可以办理这条反映的同志，请联系本单位管理员或市级部门。"
            )
        return place

    def _act(
        self, report: Report, act: ReportAct, by: Person, seen: int, day: date, now: datetime,
        **values: Any,
    ) -> Report:  # fmt: skip
        if not self.find.handles(report, by, day):
            raise NotAllowedError(NOT_YOURS)
        if report.version != seen:
            raise StaleError(
                f"回执 {report.code} 已有新的进展（{report.state.label}），您的点选未计入。"
            )
        to = move(report.state, act)
        entry = self._begin(
            report.tenant, report.id, act.value, report.category, now, by, report.desk
        )
        self._write(entry, report, state=to.value, **values)
        return self.known(report.id)

    def _write(self, entry: Entry, report: Report, **values: Any) -> None:
        guard = {"version": report.version, "settled_at": None}
        if not entry.update(t.report, {"id": report.id}, guard, version=report.version + 1,
                            **values):  # fmt: skip
            raise StaleError(f"回执 {report.code} 刚刚有新的进展，请再看一次。")

    def _attach(
        self, entry: Entry, report_id: str, files: Iterable[tuple[str, int, str]], now: datetime
    ) -> None:
        for digest, size, media_type in files:
            entry.insert(
                t.report_file, id=new_id(now), report_id=report_id, digest=digest, size=size,
                media_type=media_type, at=now,
            )  # fmt: skip

    def _begin(
        self, tenant: str, report_id: str, act: str, category: Category, now: datetime,
        by: Person | None = None, desk: Desk | None = None,
    ) -> Entry:  # fmt: skip
        role = Role.PUBLIC
        if by is not None:
            role = Role.DISCIPLINE if desk is Desk.DISCIPLINE else Role.REVIEWER
        return self._journal.begin(
            tenant=tenant,
            at=now,
            act=act,
            subject=report_id,
            person_id=by.id if by else "",
            role=role.value,
            clause=HANDLING[category].place,
        )

    def _sealed_answer(self, words: str) -> str:
        return self._tx.cipher.reports.seal(words, "report.answer") if words else ""

    def _due(self, tenant: str, days: int, day: date) -> date:
        return workdays.add(day, days, self._calendars.of(tenant)).on

    def _code(self) -> str:
        """Return a receipt that nobody has and nobody can guess from another one."""
        for _ in range(_TRIES):
            code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_CHARS))
            if self.find.by_code(code) is None:
                return code
        raise NotAllowedError("回执号暂时取不到，请稍后再提交。")
