"""The second factor of 纪检: a secret given once, codes checked against it, tries counted."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any, Final

from sqlalchemy import delete, insert, select, update

from storage import tables as t
from storage.journal import Journal
from storage.people import Person
from storage.rules.terms import Role, clause
from storage.rules.totp import step_matched
from storage.session import Session

SECRET_BYTES: Final = 20
FAILS: Final = 5
LOCKED: Final = timedelta(minutes=15)
_FIELD: Final = "second_factor.secret"


class Checked(Enum):
    """What came of a code."""

    FITS = auto()
    WRONG = auto()
    LOCKED = auto()


@dataclass(slots=True, eq=False)
class Factors:
    """Issues secrets and checks codes. A secret is told once, and is nowhere in the clear."""

    _tx: Session
    _journal: Journal

    def is_confirmed(self, person_id: str) -> bool:
        """Tell whether somebody has shown that their authenticator has the secret."""
        row = self._row(person_id)
        return row is not None and row.confirmed_at is not None

    def issue(self, person: Person, tenant: str, now: datetime) -> bytes:
        """Give somebody a fresh secret in place of one that was never confirmed."""
        self._tx.execute(delete(t.second_factor).where(t.second_factor.c.person_id == person.id))
        secret = secrets.token_bytes(SECRET_BYTES)
        sealed = self._tx.cipher.reports.seal(base64.b64encode(secret).decode(), _FIELD)
        self._tx.execute(
            insert(t.second_factor).values(person_id=person.id, secret=sealed, issued_at=now)
        )
        self._note("issue_factor", tenant, person.id, person.id, now, Role.DISCIPLINE)
        return secret

    def check(self, person: Person, tenant: str, typed: str, now: datetime) -> Checked:
        """Check a code. Each works once; after ``FAILS`` wrong ones in a row none does for a while.

        Written down are what fits and what locks; a caller says to nobody how near a code was.
        """
        row = self._row(person.id)
        if row is None:
            return Checked.WRONG
        if row.locked_until is not None and row.locked_until > now:
            return Checked.LOCKED
        secret = base64.b64decode(self._tx.cipher.reports.open(row.secret, _FIELD))
        step = step_matched(secret, typed, now, row.last_step)
        if step is not None:
            self._set(person.id, last_step=step, fails=0, locked_until=None,
                      confirmed_at=row.confirmed_at or now)  # fmt: skip
            self._note("pass_factor", tenant, person.id, person.id, now, Role.DISCIPLINE)
            return Checked.FITS
        fails = row.fails + 1
        if fails < FAILS:
            self._set(person.id, fails=fails)
            return Checked.WRONG
        self._set(person.id, fails=0, locked_until=now + LOCKED)
        self._note("lock_factor", tenant, person.id, person.id, now, Role.DISCIPLINE)
        return Checked.LOCKED

    def reset(self, person: Person, tenant: str, *, by: Person, now: datetime) -> None:
        """Take somebody's secret away, who then gets another one at the next opening."""
        self._tx.execute(delete(t.second_factor).where(t.second_factor.c.person_id == person.id))
        self._note("reset_factor", tenant, person.id, by.id, now, Role.ADMIN)

    def _row(self, person_id: str) -> Any:
        return self._tx.execute(
            select(t.second_factor).where(t.second_factor.c.person_id == person_id)
        ).first()

    def _set(self, person_id: str, **values: Any) -> None:
        row = t.second_factor.c.person_id == person_id
        self._tx.execute(update(t.second_factor).where(row).values(**values))

    def _note(
        self, act: str, tenant: str, subject: str, by: str, now: datetime, role: Role
    ) -> None:
        self._journal.begin(
            tenant=tenant, at=now, act=act, subject=subject, person_id=by, role=role.value,
            clause=clause("三（二）1"),
        )  # fmt: skip
