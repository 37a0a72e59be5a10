"""Until when something is expected: the one place where a filing's days are counted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from storage.calendar import Calendars
from storage.cases import Filing, Task
from storage.rules import workdays
from storage.rules.terms import TaskState
from storage.rules.workdays import Deadline


@dataclass(slots=True, eq=False)
class Deadlines:
    """Counts in working days of whoever has to act.

    Source: none in the notice; each limit is the authority's own setting (内部办理时限).
    """

    _calendars: Calendars

    def after(self, filing: Filing, days: int, now: datetime) -> Deadline:
        """Return until when an authority acts that was asked now."""
        return workdays.add(filing.local(now).date(), days, self._calendars.of(filing.tenant))

    def completion(self, filing: Filing, now: datetime) -> Deadline:
        """Return until when a school completes what was sent back now (A.8, Q38)."""
        school = self._calendars.of_schools(filing.tenant)
        return workdays.add(filing.local(now).date(), filing.office.days_complete, school)

    def after_pause(self, filing: Filing, tasks: Iterable[Task], now: datetime) -> dict[str, Any]:
        """Return a filing's limit moved by the working days that its school had it (计时暂停), as
        the values of its row.

        Source: requirements A.8 (return for completion: clock stopped).
        """
        asked = [
            datetime.fromisoformat(task.points[-1]["at"])
            for task in tasks
            if task.state is TaskState.RETURNED and task.points
        ]
        if filing.due_on is None or not asked:
            return {}
        since, today = filing.local(min(asked)).date(), filing.local(now).date()
        office = self._calendars.of(filing.tenant)
        moved = workdays.add(filing.due_on, workdays.between(since, today, office), office)
        provisional = filing.due_provisional or moved.provisional
        return {"due_on": moved.on, "due_provisional": provisional}
