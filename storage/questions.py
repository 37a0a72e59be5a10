"""Who asks from outside the office: how many answers a platform still takes, and until when.

A platform for outsiders lets itself be answered a few times after each message, for a while
(微信客服: five times within 48 hours, D94677). What is counted here is what was given to it, by the
ids it knows the messages by, so that a repeat takes no second place.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage import tables as t
from storage.opening import opened
from storage.outbox import CARRIED
from storage.session import Session

NEVER_ASKED = "nothing was asked that could be answered"
TOO_LATE = "the time for answers is over"
TOO_MANY = "all answers to the last question were given"
LATER = "refused later"
REPORT_ANSWER = "report-answer:"
"""So begins the key of what who reported is answered."""


class Asked(NamedTuple):
    """Somebody asked: ``places`` answers are taken ``until`` then.

    Instead of a question it may be an entry, which takes one answer with ``welcome``. ``brief``
    opens nothing where something is open already.
    """

    account: str
    key: str
    until: datetime
    places: int = 0
    welcome: str = ""
    brief: bool = False


class Place(NamedTuple):
    """Room for an answer: with a ``welcome`` code, or as any other; or ``refusal`` why not."""

    refusal: str = ""
    welcome: str = ""


class Rider(NamedTuple):
    """A row that may ride on an acknowledgement."""

    seq: int
    body: Mapping[str, Any]


@dataclass(slots=True, eq=False)
class Questions:
    """Counts answers to outsiders, and remembers how far their messages were read."""

    _tx: Session

    def note(self, instance: str, asked: Sequence[Asked]) -> None:
        """Open what these let us answer. What the inbox knows opens nothing a second time.

        What became of somebody's report and could not be told is told now.
        """
        for one in asked:
            if self._is_known(instance, one.key):
                continue
            row = t.question.c
            values: dict[str, Any] = {"instance": instance, "folded": one.account.lower()}
            if one.welcome:
                fresh = {"welcome": one.welcome, "welcome_until": one.until, "welcome_for": ""}
                where = None
            else:
                fresh = {"until": one.until, "places": one.places, "taken": []}
                # Messages may be read again, and in any order: only a newer one opens anew.
                where = row.until < one.until if one.brief else row.until <= one.until
            empty = {"until": one.until, "places": 0, "taken": []}
            upsert: Any = sqlite.insert if self._tx.is_sqlite else postgresql.insert
            self._tx.execute(
                upsert(t.question)
                .values(**values, **{**empty, **fresh})
                .on_conflict_do_update(
                    index_elements=["instance", "folded"], set_=fresh, where=where
                )
            )
            self._tell_again(instance, one.account)

    def _tell_again(self, instance: str, account: str) -> None:
        """Let the answers to a report leave that came too late, or waited too long to be told."""
        box = t.outbox.c
        late = (
            update(t.outbox)
            .where(
                box.lane == f"{instance}:{account.lower()}",
                box.state.in_(("refused", "parked")),
                box.once.startswith(REPORT_ANSWER),
            )
            .values(state="pending", settled_at=None, attempts=0, note="")
        )
        if self._tx.execute(late).rowcount:
            self._tx.put_out = True

    def take(self, instance: str, account: str, ids: Sequence[str], now: datetime) -> Place:
        """Take a place for each message of one answer, or say why there is none."""
        mine = and_(t.question.c.instance == instance, t.question.c.folded == account.lower())
        row = self._tx.execute(select(t.question).where(mine).with_for_update()).first()
        if row is None:
            return Place(NEVER_ASKED)
        taken = [*row.taken, *(one for one in ids if one not in row.taken)]
        if row.places and now < row.until and len(taken) <= row.places:
            self._tx.execute(update(t.question).where(mine).values(taken=taken))
            return Place()
        lives = row.welcome_until is not None and now < row.welcome_until
        if lives and row.welcome_for in ("", ids[0]):
            self._tx.execute(update(t.question).where(mine).values(welcome_for=ids[0]))
            return Place(welcome=row.welcome)
        if not row.places:
            return Place(NEVER_ASKED)
        return Place(TOO_MANY if now < row.until else TOO_LATE)

    def refuse(self, instance: str, seq: int, why: str, now: datetime) -> None:
        """Note that a platform took a message and says afterwards that nobody got it."""
        box = t.outbox.c
        self._tx.execute(
            update(t.outbox)
            .where(
                box.seq == seq, box.instance == instance,
                box.state.in_(("sent", "leased", "pending")),
            )
            .values(state="refused", settled_at=now, lease_until=None, note=f"{LATER}: {why}")
        )  # fmt: skip

    def forget(self, before: datetime) -> None:
        """Forget who asked, once nothing of it can be answered any more."""
        self._tx.execute(delete(t.question).where(t.question.c.until < before))

    # --- answers that wait for the next question -----------------------------------------------

    def riders(
        self, instance: str, account: str, keys: Collection[str], *, waiting: bool
    ) -> list[Rider]:
        """Return what may ride on an acknowledgement: first what answers this very event, by its
        outbox ``keys``, told before or not; where ``waiting``, then all that waits to be told.
        What was sealed is open: it leaves now."""
        box = t.outbox.c
        lane = f"{instance}:{account.lower()}"
        own = and_(box.once.in_(list(keys)), box.state.in_(("carried", "sent")))
        open_ = box.state.in_(("pending", "leased")) & ~box.for_digest
        found = self._tx.execute(
            select(box.seq, box.body, box.once)
            .where(box.lane == lane, or_(own, open_) if waiting else own)
            .order_by(box.seq)
        )
        rows = sorted(found, key=lambda row: row.once not in keys)
        return [Rider(int(row.seq), opened(self._tx, row.body)) for row in rows]

    def rode(self, seqs: Sequence[int], now: datetime) -> None:
        """Settle what an acknowledgement told beside its own answer."""
        box = t.outbox.c
        self._tx.execute(
            update(t.outbox)
            .where(box.seq.in_(list(seqs)), box.state.in_(("pending", "leased", "carried")))
            .values(state="sent", settled_at=now, lease_until=None, note=CARRIED)
        )

    def left_over(self, seqs: Sequence[int], now: datetime) -> None:
        """Let answers wait as any other row that an acknowledgement had no room for."""
        box = t.outbox.c
        self._tx.execute(
            update(t.outbox)
            .where(box.seq.in_(list(seqs)), box.state == "carried")
            .values(state="pending", not_before=now, note="")
        )
        self._tx.put_out = True

    # --- how far was read ----------------------------------------------------------------------

    def cursor(self, name: str) -> str:
        """Return how far was read, empty where nothing was."""
        found = self._tx.execute(
            select(t.read_to.c.cursor).where(t.read_to.c.name == name)
        ).scalar_one_or_none()
        return found or ""

    def advance(self, name: str, seen: str, cursor: str, now: datetime) -> bool:
        """Move on from where it stood when it was ``seen``; False where another moved it."""
        values = {"cursor": cursor, "moved_at": now}
        if not seen:
            upsert: Any = sqlite.insert if self._tx.is_sqlite else postgresql.insert
            begun = upsert(t.read_to).values(name=name, **values).on_conflict_do_nothing()
            return self._tx.execute(begun.returning(t.read_to.c.name)).first() is not None
        moved = (
            update(t.read_to)
            .where(t.read_to.c.name == name, t.read_to.c.cursor == seen)
            .values(**values)
        )
        return self._tx.execute(moved).rowcount == 1

    def _is_known(self, instance: str, key: str) -> bool:
        known = select(t.inbox.c.key).where(t.inbox.c.instance == instance, t.inbox.c.key == key)
        return self._tx.execute(known).first() is not None
