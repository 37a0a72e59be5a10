"""What people outside ask for that is not filed: counted by the week, and nobody who asked is kept.

While a week runs, a question leaves two hashes: of what was asked for, and of that with who asked.
Both rest on the installation's index key and on a salt of the authority's week, which is thrown
away with the hashes when the week is over. The words themselves are written down only when enough
different people have asked for the same; what sounds the same is the same.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage import tables as t
from storage.journal import Journal
from storage.people import Person
from storage.rules.terms import Desk, NotAllowedError, Role, Term
from storage.session import Session
from storage.spelling import spell

FLOOR: Final = 3
"""So many different people have to ask before the words are written down and anybody reads them."""
MOST_EACH: Final = 50
"""So many people are told apart for one name; from then on it is many."""
MOST_TRACES: Final = 3000
"""So many are told apart in an authority's week; what comes after that is not counted."""
KEPT: Final = timedelta(weeks=8)
MOST_SPELLINGS: Final = 3
ALIKE: Final = 0.75
"""From here on, half by its signs and half by its sound, two names are listed as one."""
NOT_YOURS: Final = "由本单位教育技术部门办理。"


class Mark(Term):
    """What a technology centre says of a name that is asked for."""

    KNOWN = "known", "已知"
    UNRELATED = "unrelated", "无关"
    OPEN = "open", "恢复列出"


class AskedFor(NamedTuple):
    """A name as a week's list has it. ``askers`` at least so many different people; ``others``: how
    else it was written. ``sounds``: what it stands for, one or several that are alike."""

    name: str
    askers: int
    asks: int
    others: tuple[str, ...]
    sounds: tuple[str, ...]


@dataclass(slots=True, eq=False)
class Unfiled:
    """Counts, lists, and keeps what a centre said."""

    _tx: Session
    _journal: Journal

    def note(self, tenant: str, name: str, *, who: str, week: date) -> None:
        """Count a question of somebody for something that is not filed; ``who`` is not kept."""
        sound = sound_of(name)
        if not sound or self.mark_of(tenant, sound) in (Mark.KNOWN, Mark.UNRELATED):
            return
        salt = self._salt(tenant, week)
        blind = self._tx.cipher.blind_index
        what = blind(f"{salt}\0{sound}", "asked.what")
        known = self._count(tenant, week, what)
        is_new = known < MOST_EACH and (known > 0 or self._count(tenant, week) < MOST_TRACES)
        if is_new:
            trace = {"tenant": tenant, "begun": week, "what": what}
            insert = self._insert(t.asked_trace).values(
                **trace, who=blind(f"{salt}\0{sound}\0{who}", "asked.who")
            )
            put = insert.on_conflict_do_nothing().returning(t.asked_trace.c.what)
            known += self._tx.execute(put).first() is not None
        if known >= FLOOR:
            self._write(tenant, week, sound, name, known)

    def listed(self, tenant: str, week: date, most: int) -> list[AskedFor]:
        """Return what was asked for in a week and not marked, the most asked for first; names that
        are alike stand together."""
        c = t.asked_name.c
        marked = select(t.asked_mark.c.sound).where(
            t.asked_mark.c.tenant == tenant, t.asked_mark.c.mark != Mark.OPEN.value
        )
        rows = self._tx.execute(
            select(t.asked_name)
            .where(c.tenant == tenant, c.begun == week, c.sound.not_in(marked))
            .order_by(c.askers.desc(), c.asks.desc(), c.sound)
            .limit(4 * most)
        )
        return _together(
            [AskedFor(r.name, r.askers, r.asks, tuple(r.spellings), (r.sound,)) for r in rows]
        )[:most]

    def named(self, tenant: str, sound: str) -> AskedFor | None:
        """Return a name that was listed, or marked, as it was last written; None for no such."""
        c = t.asked_name.c
        row = self._tx.execute(
            select(t.asked_name)
            .where(c.tenant == tenant, c.sound == sound)
            .order_by(c.begun.desc())
            .limit(1)
        ).first()
        if row is not None:
            return AskedFor(row.name, row.askers, row.asks, tuple(row.spellings), (sound,))
        marked = t.asked_mark.c
        name = self._tx.execute(
            select(marked.name).where(marked.tenant == tenant, marked.sound == sound)
        ).scalar_one_or_none()
        return AskedFor(name, 0, 0, (), (sound,)) if name else None

    def over(self, week: date) -> list[tuple[str, date]]:
        """Return the authorities' weeks that are over and were not closed, before ``week``."""
        c = t.asked_week.c
        rows = self._tx.execute(
            select(c.tenant, c.begun).where(c.begun < week).order_by(c.tenant, c.begun)
        )
        return [(row.tenant, row.begun) for row in rows]

    def close(self, tenant: str, week: date) -> bool:
        """Throw away a week's salt with its hashes, and what is old; False where that was done."""
        c, trace, name = t.asked_week.c, t.asked_trace.c, t.asked_name.c
        gone = delete(t.asked_week).where(c.tenant == tenant, c.begun == week)
        if self._tx.execute(gone).rowcount != 1:
            return False
        self._tx.execute(delete(t.asked_trace).where(trace.tenant == tenant, trace.begun == week))
        self._tx.execute(
            delete(t.asked_name).where(name.tenant == tenant, name.begun < week - KEPT)
        )
        return True

    # --- what a centre says --------------------------------------------------------------------

    def mark_of(self, tenant: str, sound: str) -> Mark | None:
        """Return what an authority's technology centre said of a name."""
        c = t.asked_mark.c
        found = self._tx.execute(
            select(c.mark).where(c.tenant == tenant, c.sound == sound)
        ).scalar_one_or_none()
        return Mark(found) if found else None

    def mark(
        self, tenant: str, name: str, mark: Mark, *, by: Person, day: date, now: datetime
    ) -> None:
        """Keep what a technology centre says of a name: it is listed no more, or again.

        Raises:
            NotAllowedError: not of that authority's technology centre today.
        """
        if by.at_desk(tenant, Desk.TECH, day) is None:
            raise NotAllowedError(NOT_YOURS)
        sound = sound_of(name)
        entry = self._journal.begin(
            tenant=tenant, at=now, act="mark_asked", subject=f"asked:{sound}"[:80],
            person_id=by.id, role=Role.REVIEWER.value, clause="三（二）8",
        )  # fmt: skip
        values = {"name": name[:60], "mark": mark.value, "person_id": by.id, "at": now}
        if not entry.update(t.asked_mark, {"sound": sound}, {}, **values):
            entry.insert(t.asked_mark, sound=sound, **values)

    # --- inside --------------------------------------------------------------------------------

    def _salt(self, tenant: str, week: date) -> str:
        c = t.asked_week.c
        known = select(c.salt).where(c.tenant == tenant, c.begun == week)
        salt = self._tx.execute(known).scalar_one_or_none()
        if salt is None:
            self._tx.execute(
                self._insert(t.asked_week)
                .values(tenant=tenant, begun=week, salt=secrets.token_hex(32))
                .on_conflict_do_nothing()
            )
            salt = self._tx.execute(known).scalar_one()
        return str(salt)

    def _count(self, tenant: str, week: date, what: str = "") -> int:
        c = t.asked_trace.c
        where = [c.tenant == tenant, c.begun == week, *([c.what == what] if what else [])]
        asked = select(func.count()).select_from(t.asked_trace).where(*where)
        return int(self._tx.execute(asked).scalar_one())

    def _write(self, tenant: str, week: date, sound: str, name: str, askers: int) -> None:
        c = t.asked_name.c
        is_it = (c.tenant == tenant, c.begun == week, c.sound == sound)
        row = self._tx.execute(select(c.name, c.spellings).where(*is_it).with_for_update()).first()
        if row is None:
            self._tx.execute(
                self._insert(t.asked_name)
                .values(
                    tenant=tenant, begun=week, sound=sound, name=name[:60], spellings=[],
                    askers=askers, asks=askers,
                )
                .on_conflict_do_nothing()
            )  # fmt: skip
            return
        others = list(row.spellings)
        if name != row.name and name not in others and len(others) < MOST_SPELLINGS:
            others.append(name[:60])
        self._tx.execute(
            update(t.asked_name)
            .where(*is_it)
            .values(askers=askers, asks=c.asks + 1, spellings=others)
        )

    def _insert(self, table: Any) -> Any:
        return (sqlite.insert if self._tx.is_sqlite else postgresql.insert)(table)


def sound_of(name: str) -> str:
    """Return what all spellings of a name share that sound the same."""
    return spell(name).sound[:160]


def _together(rows: Sequence[AskedFor]) -> list[AskedFor]:
    """Join names that are alike; of who asked for two of them nobody knows who asked for both."""
    from rapidfuzz.distance.Indel import normalized_similarity  # noqa: PLC0415  (at the first one)

    found: list[AskedFor] = []
    for row in rows:
        near = (
            at
            for at, one in enumerate(found)
            if normalized_similarity(one.name, row.name)
            + normalized_similarity(one.sounds[0], row.sounds[0])
            >= 2 * ALIKE
        )
        if (at := next(near, None)) is None:
            found.append(row)
            continue
        one = found[at]
        found[at] = one._replace(
            asks=one.asks + row.asks,
            others=(*one.others, row.name, *row.others),
            sounds=(*one.sounds, *row.sounds),
        )
    return found
