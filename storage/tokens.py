"""Access tokens of the platforms, sealed, shared by every process of the installation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from storage import tables as t
from storage.session import Session


@dataclass(slots=True, eq=False)
class Tokens:
    """Reads and writes tokens."""

    _tx: Session

    def load(self, key: str) -> tuple[str, datetime] | None:
        """Return (token, when it ends), if one was stored."""
        row = self._tx.execute(
            select(t.platform_token.c.token, t.platform_token.c.expires_at).where(
                t.platform_token.c.key == key
            )
        ).first()
        return (
            (self._tx.cipher.open(row.token, "platform_token.token"), row.expires_at)
            if row
            else None
        )

    def save(self, key: str, token: str, expires_at: datetime) -> None:
        """Store a token in place of the last one."""
        insert = sqlite.insert if self._tx.is_sqlite else postgresql.insert
        values = {
            "token": self._tx.cipher.seal(token, "platform_token.token"),
            "expires_at": expires_at,
        }
        self._tx.execute(
            insert(t.platform_token)
            .values(key=key, **values)
            .on_conflict_do_update(index_elements=["key"], set_=values)
        )
