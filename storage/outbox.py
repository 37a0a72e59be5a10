"""The outbox: what is to be said, written in the transaction that decided it, sent afterwards."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage import tables as t
from storage.claiming import oldest_due
from storage.session import OF_REPORT, Session

UNKNOWN = "unknown"
CARRIED = "carried"
SHOWN = "shown"
KEYS_AT_ONCE = 400
SPARED = "courtesy, and the month's calls run out"
_WITH, _APART = " with ", " apart from "
_FELLOWS = re.compile(f"(?:{_WITH}|{_APART})([0-9 ]+)$")


def doubt_together(seqs: Iterable[int]) -> str:
    """Write that these rows went out at one go and may have arrived."""
    return f"{UNKNOWN}{_WITH}{' '.join(map(str, seqs))}"


def apart(fellows: Iterable[str], *, doubtful: bool) -> str:
    """Write that a row goes alone from now on, after an attempt together with others."""
    return f"{UNKNOWN if doubtful else 'refused'}{_APART}{' '.join(fellows)}"


class Errand(NamedTuple):
    """One leased row on its way out. ``address`` is opened, ``body`` opaque JSON."""

    seq: int
    instance: str
    lane: str
    address: str
    group_id: str | None
    person_id: str | None
    body: Mapping[str, Any]
    subject: str
    redraws: str
    redraw_code: str
    made_at: datetime
    attempts: int
    note: str
    once: str | None
    about: str | None = None
    courtesy: bool = False
    hours_of: str | None = None

    @property
    def joint(self) -> str:
        """What is told, by one name for all that one push tells; empty where it has none.

        A push is put out ``once`` for each person, under its own name and the person's id.
        """
        return (self.once or "").removesuffix(f":{self.person_id}")

    @property
    def doubtful(self) -> bool:
        """Say whether an earlier attempt may have arrived."""
        return self.note.startswith(UNKNOWN)

    @property
    def is_shown(self) -> bool:
        """Say whether the receiver sees the card already, and only its texts are to come."""
        return self.note == SHOWN

    @property
    def fellows(self) -> tuple[str, ...]:
        """Return which rows an earlier attempt sent at one go, this one among them."""
        found = _FELLOWS.search(self.note)
        return tuple(found[1].split()) if found else ()

    @property
    def is_apart(self) -> bool:
        """Say whether the row no longer goes together with its fellows."""
        return _APART in self.note


class Copy(NamedTuple):
    """A card that reached somebody: where it stands, and what a redraw of it needs."""

    subject: str
    instance: str
    address: str
    copy_key: str
    redraw_code: str
    sent_at: datetime


@dataclass(slots=True, eq=False)
class Outbox:
    """Writes, leases and settles what goes out."""

    _tx: Session

    def put(
        self,
        *,
        instance: str,
        address: str,
        body: Mapping[str, Any],
        now: datetime,
        not_before: datetime | None = None,
        once: str | None = None,
        person_id: str | None = None,
        group_id: str | None = None,
        subject: str = "",
        redraws: str = "",
        redraw_code: str = "",
        state: str = "pending",
        about: str | None = None,
        courtesy: bool = False,
        for_digest: bool = False,
        hours_of: str | None = None,
    ) -> int | None:
        """Put one card or sentence out; None where ``once`` was put out before.

        ``not_before`` lets it wait (quiet hours; an answer that the ack carries). ``about`` is the
        filing, or its draft, whose costs it belongs to; left out, the one in hand. ``courtesy``:
        nobody has to act on it, and it may be dropped where the platform's month runs out.
        ``for_digest``: it is held for the receiver's next digest. ``hours_of``: the authority in
        whose hours it leaves, however late; None: at any hour.
        """
        lane = f"{instance}:{group_id or address.lower()}"
        seq = self._tx.add(
            self._tx.statements.put_out,
            once=once,
            instance=instance,
            lane=lane,
            address=address,
            group_id=group_id,
            person_id=person_id,
            body=body,
            subject=subject,
            redraws=redraws,
            redraw_code=redraw_code,
            state=state,
            not_before=not_before or now,
            made_at=now,
            note=CARRIED if state == "carried" else "",
            about=about or self._tx.about,
            courtesy=courtesy,
            for_digest=for_digest,
            hours_of=hours_of,
        )
        if seq is None:
            return None
        if not_before is None or not_before <= now:
            # Nobody is woken for what goes later: who sends looks by itself every 15 seconds.
            self._tx.put_out = True
        return seq

    def park(
        self,
        *,
        body: Mapping[str, Any],
        now: datetime,
        person_id: str,
        why: str,
        once: str | None = None,
    ) -> None:
        """Keep what nobody can be sent, ``once``: a person without a reachable account."""
        if once is not None and self.find_once(once) is not None:
            return
        self._tx.execute(
            t.outbox.insert().values(
                once=once,
                instance="",
                lane=f"person:{person_id}",
                address="",
                person_id=person_id,
                body=body,
                subject="",
                redraws="",
                redraw_code="",
                state="parked",
                not_before=now,
                made_at=now,
                settled_at=now,
                note=why,
                about=self._tx.about,
            )
        )

    def park_group(self, instance: str, group_id: str, now: datetime, why: str) -> int:
        """Keep what waits for a group that is told nothing more; return how many rows that are.

        A courtesy is nothing that anybody has to see to: it is dropped.
        """
        waiting = update(t.outbox).where(
            t.outbox.c.lane == f"{instance}:{group_id}", t.outbox.c.state == "pending"
        )
        end = {"settled_at": now, "note": why}
        self._tx.execute(waiting.where(t.outbox.c.courtesy).values(state="dropped", **end))
        return self._tx.execute(waiting.values(state="parked", **end)).rowcount

    def seal(self, text: str) -> str:
        """Seal a sentence that is never kept in the clear (a phone number shown to a desk)."""
        return self._tx.cipher.seal(text, "outbox.body")

    def unseal(self, token: str) -> str:
        """Open what ``seal`` or ``ReportFinder.seal`` wrote. For delivery only."""
        _, of_report, own = token.rpartition(OF_REPORT)
        return (self._tx.cipher.reports if of_report else self._tx.cipher).open(own, "outbox.body")

    def find_once(self, once: str) -> tuple[int, Mapping[str, Any]] | None:
        """Return (seq, body) of the row put out under ``once``."""
        rows = self._tx.hot(self._tx.statements.put_once, once=once)
        return (int(rows[0][0]), rows[0][1]) if rows else None

    def were_put(self, keys: Collection[str]) -> set[str]:
        """Return those of ``keys`` under which something was put out before."""
        found: set[str] = set()
        listed = list(keys)
        for at in range(0, len(listed), KEYS_AT_ONCE):
            part = listed[at : at + KEYS_AT_ONCE]
            rows = self._tx.execute(select(t.outbox.c.once).where(t.outbox.c.once.in_(part)))
            found.update(rows.scalars())
        return found

    def newest_in(self, instance: str, address: str, *, most: int) -> list[Mapping[str, Any]]:
        """Return the bodies of what was last put out to one conversation, the newest first; a card
        that changed by what somebody else did stands where it stood."""
        lane = f"{instance}:{address.lower()}"
        redrawn: dict[str, Mapping[str, Any]] = {}
        look, found = self._tx.statements.newest_in, list[Mapping[str, Any]]()
        for body, subject, redraws, once in self._tx.hot(look, lane=lane, most=most):
            if redraws and not once:
                redrawn.setdefault(subject, body)
            else:
                found.append(redrawn.pop(subject, body))
        return found

    def mark_carried(self, seqs: Sequence[int], now: datetime) -> None:
        """Settle rows that the acknowledgement carried."""
        self._tx.change(self._tx.statements.carried, b_seqs=seqs, b_at=now)

    def mark_shown(self, seqs: Sequence[int], now: datetime) -> None:
        """Let rows whose card the acknowledgement showed leave at once, for what it shortened."""
        row = t.outbox.c
        self._tx.execute(
            update(t.outbox)
            .where(row.seq.in_(seqs), row.state == "carried")
            .values(state="pending", not_before=now, note=SHOWN)
        )
        self._tx.put_out = True

    def claim(
        self, *, holder: str, now: datetime, lease_until: datetime, most: int
    ) -> list[Errand]:
        """Lease up to ``most`` rows that may go now, the oldest of each lane first."""
        rows = self._tx.hot(
            self._tx.statements.claim, holder=holder, now=now, lease_until=lease_until, most=most
        )
        return sorted((Errand._make(row) for row in rows), key=lambda errand: errand.seq)

    def settle(
        self,
        errand: Errand,
        *,
        holder: str,
        state: str,
        now: datetime,
        not_before: datetime | None = None,
        note: str = "",
        counted: bool = True,
    ) -> bool:
        """Store how a leased row ended; False where the lease was lost to another holder.

        A try that is not ``counted`` was none: the row's tries begin anew.
        """
        final = state != "pending"
        written = self._tx.change(
            self._tx.statements.settle,
            b_seq=errand.seq,
            b_holder=holder,
            b_attempts=errand.attempts,
            b_state=state,
            b_not_before=not_before or now,
            b_settled_at=now if final else None,
            b_note=note,
            b_counted=errand.attempts if counted else 1,
        )
        return written == 1

    def foretell(self, seqs: Sequence[int], holder: str, note: str) -> None:
        """Note on leased rows, before they leave, what nobody could tell after a death."""
        row = t.outbox.c
        self._tx.execute(
            update(t.outbox)
            .where(row.seq.in_(seqs), row.state == "leased", row.holder == holder)
            .values(note=note)
        )

    def spare(self, instance: str) -> None:
        """Drop the courtesies that wait for an instance, behind what waits longer too."""
        self._tx.execute(
            update(t.outbox)
            .where(
                t.outbox.c.instance == instance,
                t.outbox.c.state == "pending",
                t.outbox.c.courtesy,
            )
            .values(state="dropped", note=SPARED)
        )

    # --- copies of cards, so that they can be redrawn ------------------------------------------

    def keep_copy(self, copy: Copy) -> None:
        """Remember where the newest copy of a card stands."""
        insert = sqlite.insert if self._tx.is_sqlite else postgresql.insert
        values = {
            "copy_key": copy.copy_key,
            "redraw_code": copy.redraw_code,
            "sent_at": copy.sent_at,
        }
        self._tx.execute(
            insert(t.card_copy)
            .values(
                subject=copy.subject, instance=copy.instance, address=copy.address.lower(), **values
            )
            .on_conflict_do_update(index_elements=["subject", "instance", "address"], set_=values)
        )

    def copies(self, subject: str) -> list[Copy]:
        """Return every copy of ``subject`` that stands in a chat."""
        rows = self._tx.execute(select(t.card_copy).where(t.card_copy.c.subject == subject))
        return [Copy(**row._mapping) for row in rows]

    def spend(self, subject: str, instance: str, address: str) -> None:
        """Forget the code of a copy: it works once."""
        self._tx.execute(
            update(t.card_copy)
            .where(
                t.card_copy.c.subject == subject,
                t.card_copy.c.instance == instance,
                t.card_copy.c.address == address.lower(),
            )
            .values(redraw_code="")
        )

    def set_live(self, subject: str, body: Mapping[str, Any]) -> None:
        """Keep how ``subject`` looks from now on, for copies that are still on their way.

        Rows of the same subject that have not left yet are dropped: they would arrive out of date.
        So are those that an acknowledgement was to show, and it is not known whether it did.
        """
        insert = sqlite.insert if self._tx.is_sqlite else postgresql.insert
        newest = self._tx.execute(select(func.coalesce(func.max(t.outbox.c.seq), 0))).scalar_one()
        values = {"body": body, "outbox_seq": newest}
        self._tx.execute(
            insert(t.live_card)
            .values(subject=subject, **values)
            .on_conflict_do_update(index_elements=["subject"], set_=values)
        )
        self._tx.execute(
            update(t.outbox)
            .where(
                t.outbox.c.subject == subject,
                t.outbox.c.state.in_(("pending", "carried")),
                t.outbox.c.redraws == "",
            )
            .values(state="dropped", note="out of date before it left")
        )

    def live(self, subject: str, after_seq: int) -> Mapping[str, Any] | None:
        """Return how ``subject`` looks now, where that was drawn after row ``after_seq``."""
        return self._tx.execute(
            select(t.live_card.c.body).where(
                t.live_card.c.subject == subject, t.live_card.c.outbox_seq >= after_seq
            )
        ).scalar_one_or_none()

    def waiting(self) -> tuple[int, datetime | None]:
        """Return how many rows wait to go, and since when the oldest does."""
        waiting, since = self._tx.hot(self._tx.statements.waiting)[0]
        return int(waiting), since

    def oldest_due(self, now: datetime) -> int | None:
        """Return the oldest row that may go now or is on its way.

        What is held goes with a digest, or is let go by it; what stands behind a row that waits for
        its next try waits with it.
        """
        return self._tx.execute(oldest_due(now)).scalar_one_or_none()

    def next_due(self, after: datetime) -> datetime | None:
        """Return when the next row that waits may go."""
        rows = self._tx.hot(self._tx.statements.next_due, after=after)
        return rows[0][0] if rows else None
