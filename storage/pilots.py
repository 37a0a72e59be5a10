"""Pilots: checked and decided by the school, told to the authority, ended in time (三（一）5)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from storage import tables as t
from storage.calendar import Calendars
from storage.cases import Filing, StaleError
from storage.filings import Filings
from storage.finding import MOVED
from storage.journal import Entry, Journal
from storage.people import Person
from storage.piloting import Check, Pilot, PilotFinder
from storage.rules import workdays
from storage.rules.basis import basis_of
from storage.rules.facts import Facts
from storage.rules.pilot import checkers_needed, unticked, weigh_pilot
from storage.rules.receipts import ReceiptSeries, receipt_number
from storage.rules.terms import Act, NotAllowedError, Role, RuleViolationError, Stage
from storage.rules.workflow import advance


@dataclass(slots=True, eq=False)
class Pilots(PilotFinder):
    """Finds and moves pilots; their filings are moved by ``Filings`` alone."""

    _filings: Filings
    _journal: Journal
    _calendars: Calendars

    # --- the school's decision -----------------------------------------------------------------

    def name(
        self,
        filing: Filing,
        checkers: Sequence[Person],
        *,
        ends_on: date,
        by: Person,
        now: datetime,
    ) -> None:
        """Note who at the school looks at a pilot that was just sent to its decision.

        Raises:
            NotAllowedError: too few, or somebody who files it or is not of this school today.
        """
        today = filing.local(now).date()
        head = filing.principal_id
        own = {filing.owner_id, filing.project_owner_id, head}
        named = {one.id: one for one in checkers}
        for one in named.values():
            if one.id in own or not one.works_in(filing.tenant, filing.school, today):
                raise NotAllowedError(
                    f"{one.name}不能作为本件的审查人：应是本校经办人、项目负责人和校长以外的人员。"
                )
        needed = checkers_needed(filing.office, head_files=head == filing.owner_id)
        if len(named) < needed:
            raise NotAllowedError(f"试点除校长外，还需至少{needed}名本校人员审查（三（一）5）。")
        if ends_on <= today:
            raise NotAllowedError("试点的结束日期应在今天之后，请重新填写。")
        entry = self._begin(filing, Act.NAME_CHECKERS, by.id, Role.OWNER, now)
        if self.of(filing.id) is None:
            entry.insert(t.pilot, filing_id=filing.id, ends_on=ends_on, reason="")
        else:
            entry.update(t.pilot, {"filing_id": filing.id}, {}, ends_on=ends_on)
        for person_id in named:
            self._write_check(entry, filing, person_id, Role.CHECKER, (), None)

    def confirm(
        self, filing: Filing, ticked: Collection[str], *, by: Person, seen: int, now: datetime
    ) -> Filing:
        """Take a named person's look: the whole checklist, from their own account.

        Raises:
            NotAllowedError: not named, not of this school today, or a line is not ticked.
            StaleError: it was sent anew, or this person has confirmed it.
        """
        filing = self._filings.held(filing.id)
        mine = self._mine(filing, by, now)
        self._must_be_seen(filing, seen)
        advance(filing.stage, Act.CHECK, Role.CHECKER)
        _must_hold(ticked)
        if mine.at is not None:
            raise StaleError(f"{filing.case_no} 您已经审查过，没有重复记录。", filing_id=filing.id)
        entry = self._begin(filing, Act.CHECK, by.id, Role.CHECKER, now)
        key = {"filing_id": filing.id, "round": filing.version, "person_id": by.id}
        if not entry.update(t.pilot_check, key, {"at": None}, ticked=sorted(ticked), at=now):
            raise StaleError(MOVED)
        return filing

    def permit(
        self,
        filing: Filing,
        ticked: Collection[str],
        *,
        by: Person,
        seen: int,
        number_code: str,
        now: datetime,
    ) -> Filing:
        """Let the principal decide, last of all: the pilot runs and has its receipt.

        Raises:
            NotAllowedError: not this school's principal today, somebody has not looked yet, or the
                last day has passed.
            StaleError: it moved since it was seen.

        Source: 三（一）5; requirements R37, Q10, Q19.
        """
        filing = self._filings.held(filing.id)
        today = filing.local(now).date()
        if not by.is_principal_of(filing.tenant, filing.school, today):
            raise NotAllowedError("试点由本校校长（园长、单位负责人）本人决定（三（一）5）。")
        self._must_be_seen(filing, seen)
        to = advance(filing.stage, Act.PERMIT, Role.PRINCIPAL)
        assert to is Stage.PILOTING
        _must_hold(ticked)
        self._must_be_checked(filing, by)
        pilot = self.known(filing.id)
        if pilot.ends_on <= today:
            raise NotAllowedError(
                f"{filing.case_no} 的试点结束日期已过，请退给经办修改后再决定（三（一）5）。"
            )
        entry = self._begin(filing, Act.PERMIT, by.id, Role.PRINCIPAL, now)
        self._write_check(entry, filing, by.id, Role.PRINCIPAL, ticked, now)
        year = filing.local(now).year
        series = ReceiptSeries(filing.tenant, year).key
        serial = entry.count(series)
        office = filing.office
        callin = workdays.add(today, office.pilot_callin_days, self._calendars.of(filing.tenant))
        entry.update(
            t.pilot,
            {"filing_id": filing.id},
            {"receipt": None},
            receipt=receipt_number(office.pilot_receipt_template, year, number_code, serial),
            series=series,
            serial=serial,
            decided_at=now,
            callin_until=callin.on,
        )
        return self._filings.move(
            entry, filing, Act.PERMIT, Role.PRINCIPAL, signed_at=now, principal_id=by.id
        )

    def refuse(
        self, filing: Filing, reason: str, *, by: Person, seen: int, now: datetime
    ) -> Filing:
        """Hand a pilot back to its owner: the principal, or a named person who does not agree."""
        filing = self._filings.held(filing.id)
        today = filing.local(now).date()
        role = Role.PRINCIPAL
        if not by.is_principal_of(filing.tenant, filing.school, today):
            self._mine(filing, by, now)
            role = Role.CHECKER
        self._must_be_seen(filing, seen)
        entry = self._begin(filing, Act.SEND_BACK, by.id, role, now)
        entry.images.append({"note": reason})
        return self._filings.move(entry, filing, Act.SEND_BACK, role)

    # --- while it runs -------------------------------------------------------------------------

    def adjust(
        self, filing: Filing, facts: Facts, *, by: Person, seen: int, now: datetime
    ) -> Filing:
        """Note that classes or pupils changed, inside the limits.

        Raises:
            NotAllowedError: beyond them; that is a full filing (三（一）5).
        """
        filing = self._filings.held(filing.id)
        role = self._of_school(filing, by, now)
        self._must_be_seen(filing, seen)
        leads = tuple(part.lead.desk for part in filing.parts)
        outcome = weigh_pilot(facts, filing.office, leads)
        if not outcome.inside:
            raise NotAllowedError("".join(outcome.reasons) + "请转全面备案（三（一）5）。")
        entry = self._begin(filing, Act.ADJUST, by.id, role, now)
        answers = {**filing.answers, "classes": facts.classes, "students": facts.students}
        return self._filings.move(
            entry,
            filing,
            Act.ADJUST,
            role,
            facts={"facts": facts.to_dict(), "explained": list(filing.explained)},
            answers=answers,
        )

    def call_in(
        self, filing: Filing, reason: str, *, by: Person, seen: int, now: datetime
    ) -> Filing:
        """Let the department that would lead a full filing ask for one, while there is time.

        Raises:
            NotAllowedError: not the lead's, one's own, or the days have passed.

        Source: requirements Q10; the days are the office's own (内部办理时限).
        """
        filing = self._filings.held(filing.id)
        today = filing.local(now).date()
        leads = dict.fromkeys(part.lead.desk for part in filing.parts)
        if not any(by.at_desk(filing.tenant, desk, today) for desk in leads):
            names = "、".join(desk.label for desk in leads)
            raise NotAllowedError(f"提级由{names}的审核人办理，您目前没有这项权限。")
        if by.id in filing.school_people:
            raise NotAllowedError("这件试点由您本人报送，请由同处室的其他同志办理。")
        self._must_be_seen(filing, seen)
        advance(filing.stage, Act.CALL_IN, Role.LEAD)
        self.must_be_in_time(filing, now)
        entry = self._begin(filing, Act.CALL_IN, by.id, Role.LEAD, now)
        entry.update(t.pilot, {"filing_id": filing.id}, {}, ended_at=now, reason=reason)
        return self._filings.move(entry, filing, Act.CALL_IN, Role.LEAD, settled_at=now)

    def must_be_in_time(self, filing: Filing, now: datetime) -> None:
        """Hold a call-in to its days.

        Raises:
            NotAllowedError: they have passed.
        """
        until = self.known(filing.id).callin_until
        if until is None or filing.local(now).date() > until:
            ends = f"（到{until.month}月{until.day}日）" if until else ""
            raise NotAllowedError(
                f"{filing.case_no} 可以提级的{filing.office.pilot_callin_days}个工作日已过{ends}，"
                "不能再提级。有问题可与学校联系（三（一）5）。"
            )

    def end(
        self, filing: Filing, reason: str, *, by: Person | None, seen: int, now: datetime
    ) -> Filing:
        """End a pilot: the school before its time, or (``by`` none) because its time is over."""
        filing = self._filings.held(filing.id)
        role = self._of_school(filing, by, now) if by else Role.SYSTEM
        self._must_be_seen(filing, seen)
        advance(filing.stage, Act.END_PILOT, role)
        entry = self._begin(filing, Act.END_PILOT, by.id if by else "", role, now)
        entry.update(t.pilot, {"filing_id": filing.id}, {}, ended_at=now, reason=reason)
        return self._filings.move(entry, filing, Act.END_PILOT, role, settled_at=now)

    # --- the full filing that follows ----------------------------------------------------------

    def follow(self, filing: Filing, by: Person, now: datetime) -> Pilot | None:
        """Note a filing as the one that follows the pilot it was made from."""
        pilot = self._before(filing)
        if pilot is None:
            return None
        before = self._filings.held(pilot.filing_id)
        if before.school != filing.school:
            return None
        entry = self._begin(before, Act.CONVERT, by.id, Role.OWNER, now, name="follow_pilot")
        entry.update(t.pilot, {"filing_id": pilot.filing_id}, {}, successor=filing.id)
        return pilot

    def settle(self, filing: Filing, now: datetime) -> Filing | None:
        """End the pilot that a filing followed, now that the filing has its number."""
        pilot = self._before(filing)
        if pilot is None or not filing.number:
            return None
        before = self._filings.held(pilot.filing_id)
        if before.stage is not Stage.PILOTING:
            return None
        entry = self._begin(before, Act.CONVERT, "", Role.SYSTEM, now)
        entry.update(t.pilot, {"filing_id": before.id}, {}, successor=filing.id, ended_at=now)
        return self._filings.move(entry, before, Act.CONVERT, Role.SYSTEM, settled_at=now)

    # --- inside --------------------------------------------------------------------------------

    def _before(self, filing: Filing) -> Pilot | None:
        """Return the pilot that a filing was made from; hardly any filing is."""
        pilot_id = filing.answers.get("pilot")
        pilot = self.of(str(pilot_id)) if pilot_id else None
        return pilot if pilot is not None and pilot.tenant == filing.tenant else None

    def _must_be_seen(self, filing: Filing, seen: int) -> None:
        """Refuse an act on what has moved; asked after authority, for it says how things stand."""
        if filing.version != seen:
            raise StaleError(self.what_happened(filing), filing_id=filing.id)

    def what_happened(self, filing: Filing) -> str:
        """Say to somebody who comes too late how a pilot stands."""
        ahead = f"{filing.case_no} 现在是“{filing.stage.label}”"
        return f"{ahead}，情况有了变化。您的点选未计入，发“进度 {filing.case_no}”查看。"

    def _mine(self, filing: Filing, by: Person, now: datetime) -> Check:
        """Return this person's own look; authority is read where the act commits."""
        mine = next((one for one in self.checks(filing) if one.person_id == by.id), None)
        if mine is None or mine.role is not Role.CHECKER:
            raise NotAllowedError("这件试点由经办人指定的审查人审查，您不在其中。")
        if not by.works_in(filing.tenant, filing.school, filing.local(now).date()):
            raise NotAllowedError("您目前不在本校任职，不能审查这件试点。请联系本单位管理员。")
        return mine

    def _must_be_checked(self, filing: Filing, by: Person) -> None:
        checks = [one for one in self.checks(filing) if one.person_id != by.id]
        needed = checkers_needed(filing.office, head_files=by.id == filing.owner_id)
        if any(one.at is None for one in checks) or len(checks) < needed:
            raise NotAllowedError("审查人还没有全部审查，校长最后决定（三（一）5）。")

    def _of_school(self, filing: Filing, by: Person, now: datetime) -> Role:
        today = filing.local(now).date()
        if by.is_principal_of(filing.tenant, filing.school, today):
            return Role.PRINCIPAL
        own = (filing.owner_id, filing.project_owner_id)
        if by.id not in own or not by.works_in(filing.tenant, filing.school, today):
            raise NotAllowedError("试点由本校的经办人、项目负责人或校长办理。")
        return Role.OWNER

    def _write_check(
        self,
        entry: Entry,
        filing: Filing,
        person_id: str,
        role: Role,
        ticked: Collection[str],
        at: datetime | None,
    ) -> None:
        entry.insert(
            t.pilot_check,
            filing_id=filing.id,
            round=filing.version,
            person_id=person_id,
            role=role.value,
            ticked=sorted(ticked),
            at=at,
        )

    def _begin(
        self, filing: Filing, act: Act, person_id: str, role: Role, now: datetime, *, name: str = ""
    ) -> Entry:
        return self._journal.begin(
            tenant=filing.tenant,
            at=now,
            act=name or act.value,
            subject=filing.id,
            person_id=person_id,
            role=role.value,
            clause=basis_of(act),
            rule_version=filing.rule_version,
        )


def _must_hold(ticked: Collection[str]) -> None:
    if left := unticked(ticked):
        names = "；".join(item.label for item in left)
        raise RuleViolationError(f"还有{len(left)}条没有确认：{names}。不属实的请退给经办。")
