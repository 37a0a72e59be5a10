"""The sender is woken by a commit that put out something to go now, and by no other."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage.ledger import Ledger
from storage.transaction import Transaction
from tests.storage.conftest import NOW


def put(tx: Transaction, after: timedelta | None) -> None:
    tx.outbox.put(
        instance="wecom",
        address="chen",
        body={"text": "您好"},
        now=NOW,
        not_before=None if after is None else NOW + after,
    )


def woken_by(ledger: Ledger, after: timedelta | None) -> bool:
    """Put something out and say whether that woke the sender."""
    rung: list[bool] = []
    ledger.on_outbox = lambda: rung.append(True)
    ledger.call(lambda tx: put(tx, after))
    ledger.close()  # its threads have then done all they had to do
    return bool(rung)


@pytest.mark.parametrize("after", [None, timedelta(0)])
def test_what_goes_now_wakes_the_sender(ledger: Ledger, after: timedelta | None) -> None:
    assert woken_by(ledger, after)


def test_what_goes_later_wakes_nobody(ledger: Ledger) -> None:
    assert not woken_by(ledger, timedelta(seconds=30))
