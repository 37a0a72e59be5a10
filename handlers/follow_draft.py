"""The draft in which the papers stand of something that follows a filing (验收, 整改)."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from handlers.context import Context
from storage.cases import Filing, Followup
from storage.drafts import Draft
from storage.people import Person


class Book(Protocol):
    """The room of the ledger that notes which draft it is."""

    def keep_draft(self, one: Followup, draft_id: str, *, by: Person, now: datetime) -> None:
        """Note in which draft the papers stand."""
        ...


def draft_of(ctx: Context, book: Book, matter: str, filing: Filing, one: Followup) -> Draft:
    """Return the draft that the papers stand in, a new one where there is none of one's own."""
    drafts = ctx.ledger.drafts
    found = drafts.get(one.draft_id) if one.draft_id else None
    if found is not None and found.person_id == ctx.person.id and found.expires_at > ctx.now:
        return found if found.state == "open" else drafts.turn(found, "open")
    made = drafts.open(
        tenant=filing.tenant,
        unit_code=filing.school,
        person_id=ctx.person.id,
        matter=matter,
        now=ctx.now,
        answers={"project": filing.title, "followup": one.id},
    )
    for file in drafts.files(found.id) if found else ():
        drafts.attach(
            made, slot=file.slot, name=file.name, digest=file.digest, size=file.size,
            media_type=file.media_type, person_id=file.person_id, now=ctx.now, keeps=True,
        )  # fmt: skip
    book.keep_draft(one, made.id, by=ctx.person, now=ctx.now)
    return made
