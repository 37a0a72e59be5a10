"""What a handler is given: the ledger, the person, the time, and three ways to speak."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from cards.language import Card
from handlers.events import Addressed, Event, Tapped
from handlers.office import Office, Tenant
from storage.drafts import Talk
from storage.outbox import Copy
from storage.people import Group, Person
from storage.rules.office import OfficeRules
from storage.rules.workdays import Calendar
from storage.transaction import Transaction

__all__ = [
    "TO_GROUP", "Carried", "Context", "Office", "Tenant", "ack_key", "body_of", "day_text",
    "spoken_at",
]  # fmt: skip

CARRIED_BYTES = 2000
# Longer than a platform goes on repeating a callback that was not acknowledged (4 times 5 s).
ACK_PATIENCE = timedelta(seconds=30)
# A tap is not repeated: what its acknowledgement did not show is missing until it is sent.
SHOW_PATIENCE = timedelta(seconds=5)
# What a card has room for beside it.
BESIDE_BYTES = 1000
TO_GROUP = "to_group"
"""Marks the body of what goes to a group that nobody bound: its address stands in the row."""


class Carried(NamedTuple):
    """What the acknowledgement carries, with its outbox row: a sentence, or a card for the eyes of
    whoever tapped. ``beside`` is the row of a sentence that stands beside the card."""

    text: str
    seq: int
    card: Card | None = None
    beside: int | None = None


@dataclass(slots=True, eq=False)
class Context:
    """One event being handled. Everything said here is written in the event's own transaction.

    ``talk`` is the conversation: change ``talk.state`` or ``talk.draft`` and it is kept.
    """

    ledger: Transaction
    event: Event
    now: datetime
    office: Office
    person: Person
    talk: Talk
    carried: Carried | None = None
    _said: int = field(default=0)
    _redrawn: set[str] = field(default_factory=set)

    @property
    def today(self) -> date:
        """The date in the office's zone."""
        return self.now.astimezone(self.office.zone).date()

    # --- speaking ------------------------------------------------------------------------------

    def say(self, what: Card | str, *, subject: str = "") -> None:
        """Answer who spoke, at once. The first plain sentence rides on the acknowledgement."""
        self._said += 1
        body = body_of(what)
        if (
            isinstance(what, str)
            and self._said == 1
            and self.event.can_carry
            and len(what.encode()) <= CARRIED_BYTES
        ):
            seq = self.ledger.outbox.put(
                instance=self.event.instance,
                address=self.event.account,
                body=body,
                now=self.now,
                not_before=self.now + ACK_PATIENCE,
                state="carried",
                person_id=self.person.id,
                once=ack_key(self.event),
            )
            if seq is not None:
                self.carried = Carried(what, seq)
            return
        self._answer(body, _subject(what))

    def _answer(self, body: Mapping[str, Any], subject: str = "") -> None:
        """Put an answer out. Where all of them ride on the acknowledgement, it waits for that."""
        rides = self.event.carries_all
        self.ledger.outbox.put(
            instance=self.event.aside,
            address=self.event.account,
            body=body,
            now=self.now,
            not_before=self.now + ACK_PATIENCE if rides else None,
            state="carried" if rides else "pending",
            person_id=self.person.id,
            subject=subject,
            once=f"{ack_key(self.event)}:{self._said}",
        )

    def say_done(self, text: str) -> None:
        """Say what became of a tap: beside the card that the acknowledgement shows, where it can.

        It ends the matter. What is asked next is said by ``say``, where it is seen as new.
        """
        shown = self.carried
        if shown is None or shown.card is None or len(text.encode()) > BESIDE_BYTES:
            self.say(text)
            return
        self._said += 1
        seq = self.ledger.outbox.put(
            instance=self.event.instance,
            address=self.event.account,
            body=body_of(text),
            now=self.now,
            not_before=self.now + SHOW_PATIENCE,
            state="carried",
            person_id=self.person.id,
            once=f"{ack_key(self.event)}:{self._said}",
        )
        self.carried = shown._replace(text=text, beside=seq)

    def say_secret(self, text: str) -> None:
        """Answer with what is never kept in the clear; it is opened when it leaves."""
        self.say_sealed({"sealed": self.ledger.outbox.seal(text)})

    def say_sealed(self, body: Mapping[str, Any]) -> None:
        """Answer with a sealed body, which ``storage.opening`` opens when it leaves.

        It is no ``carried`` answer, whose text is kept to be given again.
        """
        self._said += 1
        self._answer(body)

    def push(
        self,
        person_id: str,
        what: Card | str,
        *,
        once: str,
        tenant: str = "",
        courtesy: bool = False,
        urgent: bool = False,
    ) -> None:
        """Tell somebody else, once. In quiet hours and on rest days it waits for the morning,
        but for who has just spoken and so is awake.

        Somebody without any account is parked for a person to see to. ``courtesy``: nobody has to
        act on it and 进度 shows it too, so that it is not sent where a month's quota runs out.
        ``urgent``: it does not wait, as notices of a stop (A.10b).
        """
        body = body_of(what)
        address = self.ledger.people.address_of(person_id)
        if address is None:
            self.ledger.outbox.park(
                body=body, now=self.now, person_id=person_id, why="no account",
                once=f"{once}:{person_id}",
            )  # fmt: skip
            return
        instance, account = address
        at_once = urgent or person_id == self.person.id
        not_before = self.now if at_once else self.spoken_at(tenant)
        self.ledger.outbox.put(
            instance=instance,
            address=account,
            body=body,
            now=self.now,
            person_id=person_id,
            not_before=not_before,
            subject=_subject(what),
            once=f"{once}:{person_id}",
            courtesy=courtesy,
            for_digest=not_before > self.now,
            hours_of=None if at_once else tenant,
        )

    def redraw(self, card: Card, *, alone: bool = False) -> None:
        """Change the card that was tapped. Of typed words the answer is a new card.

        What typed words ended is redrawn where it stands, for its buttons do nothing any more. A
        card that is not done, or done for the tapper ``alone``, is one person's affair: where the
        acknowledgement can show it, nobody else who has the tapped card sees anything of it.
        """
        event = self.event
        if isinstance(event, Tapped) and event.copy_key:
            if not event.can_show or (card.done and not alone):
                self._redraw(card, event.copy_key, event.redraw_code)
            elif self.carried is None:
                self._show(card)
            else:
                self.say(card)
        elif card.done and (own := self._own_copy(card.subject)):
            self._redraw(card, own.copy_key, own.redraw_code)
        else:
            # Under its subject the news for the other copies would overtake and drop it.
            self.say(replace(card, subject="") if card.done else card)

    def _show(self, card: Card) -> None:
        """Have the acknowledgement show a card; not shown, it goes to the tapper as a fresh one."""
        self._said += 1
        seq = self.ledger.outbox.put(
            instance=self.event.instance,
            address=self.event.account,
            body=body_of(card),
            now=self.now,
            not_before=self.now + SHOW_PATIENCE,
            state="carried",
            person_id=self.person.id,
            subject=card.subject,
            once=ack_key(self.event),
        )
        if seq is not None:
            self.carried = Carried("", seq, card)

    def _redraw(self, card: Card, copy_key: str, redraw_code: str) -> None:
        """Redraw a card for all who have it; the tapper is shown it by the acknowledgement too."""
        self._said += 1
        self._redrawn.add(copy_key)
        event = self.event
        shows = isinstance(event, Tapped) and event.can_show and self.carried is None
        # A card without a subject has no other reader than the tapper, who is shown it already.
        is_shown_to_all = shows and not card.subject
        seq = self.ledger.outbox.put(
            instance=self.event.instance,
            address=self.event.account,
            body=body_of(card),
            now=self.now,
            not_before=self.now + SHOW_PATIENCE if is_shown_to_all else None,
            state="carried" if is_shown_to_all else "pending",
            person_id=self.person.id,
            subject=card.subject,
            redraws=copy_key,
            redraw_code=redraw_code,
            once=ack_key(self.event) if shows else f"{ack_key(self.event)}:{self._said}",
        )
        if shows and seq is not None:
            self.carried = Carried("", seq, card)

    def _own_copy(self, subject: str) -> Copy | None:
        """Return where the newest copy of ``subject`` stands in this very conversation."""
        here = (self.event.instance, self.event.account.lower())
        copies = self.ledger.outbox.copies(subject)
        return next((one for one in copies if (one.instance, one.address) == here), None)

    def refresh(self, subject: str, card: Card) -> None:
        """Redraw every copy of ``subject``, but for the one that ``redraw`` has just redrawn.

        Copies that have not arrived yet arrive redrawn.
        """
        body = body_of(card)
        self.ledger.outbox.set_live(subject, body)
        redrawn = set(self._redrawn)
        for copy in self.ledger.outbox.copies(subject):
            if copy.copy_key in redrawn:
                continue
            if copy.copy_key:
                # Where several people have one card between them, one redraw changes it for all.
                redrawn.add(copy.copy_key)
            self.ledger.outbox.put(
                instance=copy.instance,
                address=copy.address,
                body=body,
                now=self.now,
                subject=subject,
                redraws=copy.copy_key,
                redraw_code=copy.redraw_code,
            )

    def announce(self, group: Group, what: Card | str, *, once: str, urgent: bool = False) -> bool:
        """Tell a group, once for ever; False where it was told before."""
        return (
            self.ledger.outbox.put(
                instance=group.instance,
                address="",
                body=body_of(what),
                now=self.now,
                not_before=None if urgent else self.spoken_at(group.tenant),
                group_id=group.id,
                once=f"{once}:{group.id}",
                hours_of=None if urgent else group.tenant,
            )
            is not None
        )

    def say_there(self, group: Group | None, what: Card | str) -> None:
        """Answer in the group where somebody spoke, at once and before everybody in it.

        ``group`` is whose it is, None where nobody bound it. The first answer rides on the
        acknowledgement where that can carry it.
        """
        event = self.event
        assert isinstance(event, Addressed), "nobody spoke in a group"
        rides = event.can_answer and self.carried is None
        body = body_of(what)
        seq = self.ledger.outbox.put(
            instance=event.instance,
            address="" if group else event.group or event.account,
            body={**body, TO_GROUP: True} if event.group and not group else body,
            now=self.now,
            not_before=self.now + ACK_PATIENCE if rides else None,
            state="carried" if rides else "pending",
            person_id=None if group else self.person.id,
            group_id=group.id if group else None,
            once=ack_key(event) if rides else f"{ack_key(event)}:there",
        )
        if rides and seq is not None:
            self.carried = Carried(what, seq) if isinstance(what, str) else Carried("", seq, what)

    def reply(self, text: str) -> None:
        """Answer what was said in a group: there, where the acknowledgement carries it, else alone.

        It must hold nothing of anybody.
        """
        event = self.event
        if isinstance(event, Addressed) and event.can_answer:
            self.say_there(self.ledger.groups.at(event.instance, event.group), text)
        else:
            self.say(text)

    def ask(self, verb: str, subject: str, seen: int, question: Card | str) -> None:
        """Ask for typed words; the next message goes to the reply route of ``verb``."""
        self.expect(verb, subject, seen, question if isinstance(question, str) else "")
        self.say(question)

    def expect(self, verb: str, subject: str, seen: int, question: str = "") -> None:
        """Have the next message go to the reply route of ``verb``; a card or ``ask`` put it."""
        self.talk.state["asks"] = [verb, subject, seen, question]

    # --- when ----------------------------------------------------------------------------------

    def spoken_at(self, tenant: str = "") -> datetime:
        """Return when somebody may be told something new: now, or the next morning's digest.

        Source: requirements A.10b, quiet_hours, digest_at and workdays_only.
        """
        return spoken_at(self.office, self.ledger.calendar.of(tenant), self.now, tenant)

    def link(self, page: str, subject: str) -> str:
        """Return a signed link for this person."""
        return self.office.links.make(page, subject, self.person.id, self.now)

    def local_time(self, instant: datetime) -> str:
        """Write an instant as people here read it: 3月12日（周四）10:42."""
        at = instant.astimezone(self.office.zone)
        return f"{day_text(at.date())}{at:%H:%M}"


def spoken_at(office: Office, calendar: Calendar, now: datetime, tenant: str = "") -> datetime:
    """Return when an authority's people may be told something new."""
    rules = office.tenants[tenant].rules if tenant in office.tenants else OfficeRules()
    local = now.astimezone(office.zone)
    worked = not rules.workdays_only or calendar.day(local.date()).is_workday
    if worked and not rules.is_quiet(local.time()):
        return now
    day = local.date()
    if local.time() >= rules.told_from or not worked:
        day += timedelta(days=1)
    while rules.workdays_only and not calendar.day(day).is_workday:
        day += timedelta(days=1)
    return datetime.combine(day, rules.told_from, office.zone)


def day_text(day: date) -> str:
    """Write a date as people here read it: 3月12日（周四）."""
    return f"{day.month}月{day.day}日（周{'一二三四五六日'[day.weekday()]}）"


def ack_key(event: Event) -> str:
    """Return the outbox key of what answers this event."""
    return f"ack:{event.instance}:{event.key}"


def body_of(what: Card | str) -> Mapping[str, Any]:
    """Return a card or sentence as the opaque JSON that the outbox keeps."""
    return {"text": what} if isinstance(what, str) else {"card": what.to_json()}


def _subject(what: Card | str) -> str:
    return "" if isinstance(what, str) else what.subject
