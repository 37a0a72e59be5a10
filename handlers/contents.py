"""What stands in a filing, as its page and its paper show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from handlers.filling import FORMS
from storage.cases import Filing
from storage.drafts import Attachment
from storage.paper import clerk_of
from storage.rules.documents import on_paper, required_documents
from storage.rules.followup import FollowKind, FollowState
from storage.rules.masking import mask_phones_in
from storage.rules.terms import Desk
from storage.transaction import Transaction

SEEN_BY_DESKS: Final = (FollowState.HANDED, FollowState.RETURNED, FollowState.DONE)
WITH_PAPERS: Final = (FollowKind.ACCEPTANCE, FollowKind.RECTIFY)
_OWN_PLACE: Final = frozenset({"project", "owner", "phone", "overview"})


class Row(NamedTuple):
    """One labelled line."""

    label: str
    value: str


class PaperRow(NamedTuple):
    """One document of the route with its files, or the ``words`` that stand in for them."""

    label: str
    files: Sequence[Attachment]
    words: str = ""


def files_of(tx: Transaction, filing: Filing) -> Sequence[Attachment]:
    """Return the files that stand in a filing now; filings of one draft (M13) share them."""
    draft = tx.drafts.of_filing(filing.id) or tx.drafts.of_filing(filing.bundle)
    files = tx.drafts.files(draft.id) if draft else []
    followed = tx.followups.of(filing) if filing.number else []
    for one in followed:
        if one.kind in WITH_PAPERS and one.draft_id and one.state in SEEN_BY_DESKS:
            files = [*files, *tx.drafts.files(one.draft_id)]
    return files


def papers_of(filing: Filing, files: Sequence[Attachment]) -> list[PaperRow]:
    """Return the documents of the route that are there, and what came besides."""
    waived: Mapping[str, Any] = filing.answers.get("waived") or {}
    slots = required_documents(filing.facts, filing.office)
    if clerk_of(filing.answers):
        slots = on_paper(slots)
    rows = [
        PaperRow(
            slot.label,
            [file for file in files if file.slot == slot.key],
            mask_phones_in(str(waived.get(slot.key, ""))),
        )
        for slot in slots
    ]
    others = [file for file in files if file.slot not in {slot.key for slot in slots}]
    rows.append(PaperRow("其他材料", others))
    return [row for row in rows if row.files or row.words]


def supplement_of(filing: Filing) -> list[Row]:
    """Return the answers that have no row in the annex, as the form itself shows them (R99)."""
    form = FORMS[filing.matter]
    return [
        Row(field.label, mask_phones_in(field.show(filing.answers[field.key])))
        for field in form.fields
        if field.key in filing.answers and field.key not in _OWN_PLACE and not field.secret
    ]


def owner_name(tx: Transaction, filing: Filing) -> str:
    """Return who answers for the project (附件 项目负责人)."""
    owner = filing.answers.get("owner")
    if isinstance(owner, Mapping) and owner.get("name"):
        return str(owner["name"])
    person = tx.people.get(filing.owner_id)
    return person.name if person else ""


def phone_of(tx: Transaction, filing: Filing) -> str:
    """Return the owner's whole phone number. Mask it for whoever may not see it."""
    sealed = filing.answers.get("phone")
    return tx.drafts.unseal(sealed) if sealed else tx.people.phone(filing.owner_id)


def desk_names(tx: Transaction, filing: Filing) -> Mapping[Desk, str]:
    """Return what the filing's authority calls its departments, where it has one."""
    found = {desk: tx.people.department(filing.tenant, desk) for desk in Desk}
    return {desk: place.name if place else desk.label for desk, place in found.items()}
