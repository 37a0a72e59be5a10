"""As what somebody may read a filing, and who may see a phone number in full."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import Enum
from typing import Final

from storage.cases import Filing, Task
from storage.people import Person
from storage.rules.terms import Role, TaskKind, TaskState
from storage.transaction import Transaction

_DESK_ROLES: Final = frozenset({Role.REVIEWER, Role.HEAD, Role.DEPUTY})
_TRAIL_ROLES: Final = frozenset({Role.AUDITOR, Role.DISCIPLINE})


class Standing(Enum):
    """As what somebody reads a filing."""

    SCHOOL = "school"
    DESK = "desk"
    TRAIL = "trail"


def standing(filing: Filing, tasks: Sequence[Task], person: Person, today: date) -> Standing | None:
    """Tell as what ``person`` may read ``filing`` on ``today``; None: not at all.

    Its own people at the school; once it is signed, the departments on its way and those who
    read the trail, of its own authority only.

    Source: requirements A.2, R44, R81; design 2.7 and §4, invariant 6.
    """
    posts = [post for post in person.held(today) if post.tenant == filing.tenant]
    at_school = any(post.unit_code == filing.school for post in posts)
    if at_school and person.id in filing.school_people:
        return Standing.SCHOOL
    if person.is_principal_of(filing.tenant, filing.school, today):
        return Standing.SCHOOL
    if filing.signed_at is None:
        return None
    on_the_way = {task.desk for task in tasks}
    for part in filing.parts:
        on_the_way |= {part.lead.desk, part.registrar_desk, *part.cc}
        on_the_way |= {seat.desk for seat in part.co_reviewers}
    if any(post.role in _DESK_ROLES and post.desks & on_the_way for post in posts):
        return Standing.DESK
    if any(post.role in _TRAIL_ROLES for post in posts):
        return Standing.TRAIL
    return None


def may_read(tx: Transaction, filing: Filing, person: Person, today: date) -> bool:
    """Tell whether ``person`` may read ``filing``: who has a standing there, and who is named to
    look at a pilot."""
    return standing(filing, tx.tasks.of(filing), person, today) is not None or tx.pilots.names(
        filing, person, today
    )


def may_reveal(filing: Filing, tasks: Sequence[Task], person: Person, today: date) -> bool:
    """Tell whether somebody may see the whole phone number: who handles it now, and its owner."""
    if person.id in (filing.owner_id, filing.project_owner_id):
        return True
    return any(
        task.view.is_pending
        and (post := person.at_desk(task.tenant, task.desk, today)) is not None
        and post.unit_code == task.unit_code
        for task in tasks
    )


def may_read_opinions(filing: Filing, tasks: Sequence[Task], person: Person, today: date) -> bool:
    """Tell whether somebody may read what the co-reviewers wrote: everybody on the filing's way
    once it is decided, before that the lead who decides, or nobody is kept from it.

    Source: R29, ``hidden_opinions``.
    """
    if not filing.office.hidden_opinions:
        return True
    decisions = [
        task
        for task in tasks
        if task.kind is TaskKind.DECISION and task.state is not TaskState.SUPERSEDED
    ]
    if decisions and all(task.state is TaskState.DECIDED for task in decisions):
        return True
    return any(person.at_desk(filing.tenant, part.lead.desk, today) for part in filing.parts)
