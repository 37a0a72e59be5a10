"""The way out of the outbox: rows are leased, and sent, refused, put off, or left half way."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from bot.channels.base import Receipt
from bot.delivery import LEASE, _keep_copy
from storage.outbox import CARRIED, Errand
from storage.transaction import Transaction
from tests.machine.hands import Hands

FATES = ("sent", "sent", "refused", "pending", "crashed")


def deliver(hands: Hands, holder: str, fate: str, most: int = 64) -> int:
    """Claim what may go now and let it come to one end; say how many rows there were."""
    taken = []
    for place in hands.places:
        errands = place.ledger.call(partial(_carry, hands, holder, fate, most))
        place.look()
        taken.append(sorted(place.at_of[errand.seq] for errand in errands))
        # What an acknowledgement carried has most likely arrived: nothing waits for it.
        lanes = [errand.lane for errand in errands if errand.note != CARRIED]
        assert len(set(lanes)) == len(lanes), "two rows of one lane"
    assert hands.parted or taken[0] == taken[1], f"other rows went out: {taken}"
    # What has gone out may have left a fresher row behind it: it is nobody's event.
    hands.settle()
    return max(map(len, taken))


def _carry(hands: Hands, holder: str, fate: str, most: int, tx: Transaction) -> list[Errand]:
    errands = tx.outbox.claim(
        holder=holder, now=hands.now, lease_until=hands.now + LEASE, most=most
    )
    for errand in errands if fate != "crashed" else ():
        later = hands.now + timedelta(minutes=5)
        settled = tx.outbox.settle(
            errand, holder=holder, state=fate, now=hands.now, not_before=later, note=fate
        )
        assert settled, "a lease was lost that nobody else could have"
        assert not tx.outbox.settle(errand, holder=holder, state="sent", now=hands.now)
        if fate == "sent" and errand.subject:
            receipt = Receipt(copy_key=f"copy:{errand.lane}", redraw_code="r")
            _keep_copy(tx, errand, receipt, hands.now)
    return errands


def deliver_everything(hands: Hands) -> None:
    """Let everything leave, however long it had to wait."""
    hands.waits(days=30)
    while deliver(hands, "last", "sent", 4096):
        pass
