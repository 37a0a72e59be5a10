"""Which papers a draft's route asks for, and which are there: for the upload page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

from handlers import acceptance, rectify
from handlers.context import Office
from handlers.facts import settle
from handlers.filling import FORMS
from storage.drafts import Attachment, Draft
from storage.transaction import Transaction

_SLOTS = {acceptance.MATTER: acceptance.SLOT, rectify.MATTER: rectify.SLOT}


class AskedPaper(NamedTuple):
    """One paper of a route with the files that stand there now."""

    key: str
    label: str
    required: bool
    reason: str
    files: Sequence[Attachment]


def asked_papers(
    office: Office, today: Callable[[], date]
) -> Callable[[Draft, Transaction], Sequence[AskedPaper]]:
    """Return the function that lists a draft's papers as they stand."""

    def papers(draft: Draft, tx: Transaction) -> Sequence[AskedPaper]:
        files = tx.drafts.files(draft.id)
        if draft.matter in _SLOTS:
            slot = _SLOTS[draft.matter]
            return [AskedPaper(slot.key, slot.label, slot.required, slot.reason, files)]
        unit = tx.people.unit(draft.tenant, draft.unit_code)
        assert unit is not None  # a unit stays once it is listed
        product_id = draft.answers.get("product")
        product = tx.products.get(product_id) if product_id else None
        rules = office.on(today(), tx).of(draft.tenant).rules
        kind = FORMS[draft.matter].kind
        settled = settle(dict(draft.answers), kind, unit, product, rules, today())
        return [
            AskedPaper(
                slot.key,
                slot.label,
                slot.required and slot.key not in settled.waived,
                slot.reason,
                [file for file in files if file.slot == slot.key],
            )
            for slot in settled.slots
        ]

    return papers
