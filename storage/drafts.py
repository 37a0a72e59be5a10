"""Conversations and drafts: where somebody is in a form, kept for 60 days, over restarts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import insert, select, union, update

from storage import tables as t
from storage.ids import new_id
from storage.journal import Journal
from storage.people import Person, read_person, with_rights
from storage.session import Session

LIFETIME = timedelta(days=60)


class StaleDraftError(Exception):
    """Somebody else (another phone of the same person) moved the draft in between."""


class Draft(NamedTuple):
    """One form being filled. ``answers`` holds plain values; secret ones are sealed texts.

    ``cursor`` is the key of the field that was asked last; ``filing_id`` names the filing it
    belongs to once that exists (sent, or come back).
    """

    id: str
    tenant: str
    unit_code: str
    person_id: str
    matter: str
    answers: Mapping[str, Any]
    cursor: str
    filing_id: str | None
    state: str
    version: int
    updated_at: datetime
    expires_at: datetime


@dataclass(slots=True, eq=False)
class Talk:
    """One conversation: small state of its own (``state``), the draft it is filling, who speaks."""

    instance: str
    account: str
    state: dict[str, Any] = field(default_factory=dict)
    draft: Draft | None = None
    person: Person | None = None


class Attachment(NamedTuple):
    """One stored file of a draft; the bytes are under ``digest`` in the file store."""

    tenant: str
    id: str
    draft_id: str
    slot: str
    name: str
    digest: str
    size: int
    media_type: str
    person_id: str
    at: datetime
    replaced: bool


_SPEAKER = 2 + len(Draft._fields)
"""Where the columns of the speaker begin in a row of ``statements.talk``."""


@dataclass(slots=True, eq=False)
class Drafts:
    """Reads and writes conversations, drafts and their files."""

    _tx: Session
    _journal: Journal

    def talk(self, instance: str, account: str) -> Talk:
        """Take the conversation, locked until the transaction ends; begin it where it is new.

        Who speaks is found by their account, compared without case; never by name.
        """
        hot, statements = self._tx.hot, self._tx.statements
        key = {"instance": instance, "folded": account.lower()}
        rows = hot(statements.talk, **key)
        if not rows:
            hot(statements.begin_talk, **key, state={}, draft_id=None, version=0)
            rows = hot(statements.talk, **key)
        first = rows[0]
        draft = Draft._make(first[2:_SPEAKER]) if first[2] is not None else None
        self._tx.about = (draft.filing_id or draft.id) if draft else None
        speaker = [row[_SPEAKER:] for row in rows]
        person = with_rights(self._tx, read_person(speaker), speaker)
        return Talk(instance, account, first[0], draft, person)

    def keep_talk(self, talk: Talk) -> None:
        """Write the conversation's state and which draft it fills."""
        self._tx.change(
            self._tx.statements.keep_talk,
            b_instance=talk.instance,
            b_folded=talk.account.lower(),
            b_state=talk.state,
            b_draft_id=talk.draft.id if talk.draft else None,
        )

    def open(
        self,
        *,
        tenant: str,
        unit_code: str,
        person_id: str,
        matter: str,
        now: datetime,
        answers: Mapping[str, Any] | None = None,
        draft_id: str = "",
    ) -> Draft:
        """Begin a draft, under a ``draft_id`` that was made for it before."""
        draft = Draft(
            id=draft_id or new_id(now),
            tenant=tenant,
            unit_code=unit_code,
            person_id=person_id,
            matter=matter,
            answers=dict(answers or {}),
            cursor="",
            filing_id=None,
            state="open",
            version=0,
            updated_at=now,
            expires_at=now + LIFETIME,
        )
        self._tx.execute(insert(t.draft).values(draft._asdict()))
        return draft

    def keep(
        self, draft: Draft, *, answers: Mapping[str, Any], cursor: str, now: datetime
    ) -> Draft:
        """Write answers and cursor, and let the draft live 60 days more.

        Raises:
            StaleDraftError: the draft moved since it was read.
        """
        expires_at = now + LIFETIME
        written = self._tx.change(
            self._tx.statements.keep_draft,
            b_id=draft.id,
            b_seen=draft.version,
            b_answers=answers,
            b_cursor=cursor,
            b_updated_at=now,
            b_expires_at=expires_at,
        )
        if written != 1:
            raise StaleDraftError(draft.id)
        return draft._replace(
            answers=dict(answers),
            cursor=cursor,
            version=draft.version + 1,
            updated_at=now,
            expires_at=expires_at,
        )

    def turn(self, draft: Draft, state: str, *, filing_id: str | None = None) -> Draft:
        """Mark a draft ``sent``, ``dropped`` or ``open`` again."""
        values: dict[str, Any] = {"state": state, "version": t.draft.c.version + 1}
        if filing_id is not None:
            values["filing_id"] = filing_id
        self._tx.execute(update(t.draft).where(t.draft.c.id == draft.id).values(values))
        return draft._replace(
            state=state, version=draft.version + 1, filing_id=filing_id or draft.filing_id
        )

    def correct(self, filing_id: str, *, matter: str, stages: Any) -> None:
        """Put right the draft of a filing whose facts a desk corrected, for when it comes back."""
        draft = self.of_filing(filing_id)
        if draft is not None:
            answers = {**draft.answers, "stages": stages} if stages else dict(draft.answers)
            self._tx.execute(
                update(t.draft)
                .where(t.draft.c.id == draft.id)
                .values(matter=matter, answers=answers, version=t.draft.c.version + 1)
            )

    def give(self, draft: Draft, person_id: str) -> Draft:
        """Hand a draft to another person of the same school, who fills it from now on."""
        self._tx.execute(
            update(t.draft)
            .where(t.draft.c.id == draft.id)
            .values(person_id=person_id, version=t.draft.c.version + 1)
        )
        return draft._replace(person_id=person_id, version=draft.version + 1)

    def get(self, draft_id: str) -> Draft | None:
        """Find a draft by id."""
        row = self._tx.execute(select(t.draft).where(t.draft.c.id == draft_id)).first()
        return Draft(**row._mapping) if row else None

    def open_of(self, person_id: str, now: datetime) -> list[Draft]:
        """Return a person's open drafts that have not expired, the newest first."""
        rows = self._tx.execute(
            select(t.draft)
            .where(
                t.draft.c.person_id == person_id,
                t.draft.c.state == "open",
                t.draft.c.expires_at > now,
            )
            .order_by(t.draft.c.updated_at.desc())
        )
        return [Draft(**row._mapping) for row in rows]

    def of_filing(self, filing_id: str) -> Draft | None:
        """Return the draft a filing was made from."""
        row = self._tx.execute(select(t.draft).where(t.draft.c.filing_id == filing_id)).first()
        return Draft(**row._mapping) if row else None

    # --- secret answers ------------------------------------------------------------------------

    def seal(self, value: str) -> str:
        """Seal an answer that is never kept in the clear (a phone number)."""
        return self._tx.cipher.seal(value, "draft.answer")

    def unseal(self, token: str) -> str:
        """Open what ``seal`` wrote."""
        return self._tx.cipher.open(token, "draft.answer")

    # --- files ---------------------------------------------------------------------------------

    def attach(
        self,
        draft: Draft,
        *,
        slot: str,
        name: str,
        digest: str,
        size: int,
        media_type: str,
        person_id: str,
        now: datetime,
        keeps: bool = False,
    ) -> Attachment | None:
        """Add a stored file to a slot, in place of the one there unless ``keeps``.

        None where the very same file stands in that slot already.
        """
        current = self.files(draft.id)
        if any(file.slot == slot and file.digest == digest for file in current):
            return None
        entry = self._journal.begin(
            tenant=draft.tenant,
            at=now,
            act="attach",
            subject=draft.filing_id or draft.id,
            person_id=person_id,
            role="owner",
        )
        for file in current:
            if file.slot == slot and not keeps:
                entry.update(t.attachment, {"id": file.id}, {}, replaced=True)
        revived = self._tx.execute(
            select(t.attachment.c.id).where(
                t.attachment.c.draft_id == draft.id,
                t.attachment.c.slot == slot,
                t.attachment.c.digest == digest,
            )
        ).scalar_one_or_none()
        if revived is not None:
            entry.update(t.attachment, {"id": revived}, {}, replaced=False, at=now)
        else:
            entry.insert(
                t.attachment,
                id=new_id(now),
                draft_id=draft.id,
                slot=slot,
                name=name,
                digest=digest,
                size=size,
                media_type=media_type,
                person_id=person_id,
                at=now,
                replaced=False,
            )
        return next(f for f in self.files(draft.id) if f.slot == slot and f.digest == digest)

    def files(self, draft_id: str, *, replaced: bool = False) -> list[Attachment]:
        """Return the files that stand in a draft now, and with ``replaced`` those that did."""
        which = t.attachment.c.draft_id == draft_id
        rows = self._tx.execute(
            select(t.attachment)
            .where(which if replaced else which & ~t.attachment.c.replaced)
            .order_by(t.attachment.c.slot, t.attachment.c.at)
        )
        return [Attachment(**row._mapping) for row in rows]

    def file(self, attachment_id: str) -> Attachment | None:
        """Find a file by id, one that was replaced too."""
        row = self._tx.execute(
            select(t.attachment).where(t.attachment.c.id == attachment_id)
        ).first()
        return Attachment(**row._mapping) if row else None

    def known_digests(self, digests: Collection[str]) -> set[str]:
        """Return those of ``digests`` that a file of any draft names, a replaced one too, a
        piece of evidence, or a report."""
        rows = self._tx.execute(
            union(
                select(t.attachment.c.digest).where(t.attachment.c.digest.in_(digests)),
                select(t.evidence.c.digest).where(t.evidence.c.digest.in_(digests)),
                select(t.report_file.c.digest).where(t.report_file.c.digest.in_(digests)),
            )
        )
        return {row.digest for row in rows}
