"""A card comes back from the ledger as it went in, and a button's key as it was written."""

from __future__ import annotations

import pytest

from cards.language import SCHEMA, Card, Tap
from tests.cards.samples import CARDS


@pytest.mark.parametrize("name", CARDS)
def test_a_card_is_read_as_it_was_written(name: str) -> None:
    assert Card.from_json(CARDS[name].to_json()) == CARDS[name]


def test_a_card_that_was_kept_before_there_were_forms_is_still_read() -> None:
    kept = CARDS["vote"].to_json()
    del kept["entries"]
    assert Card.from_json(kept) == CARDS["vote"]


def test_a_card_of_a_newer_program_is_not_guessed_at() -> None:
    with pytest.raises(ValueError, match="schema"):
        Card.from_json({**CARDS["review"].to_json(), "v": SCHEMA + 1})


FOREIGN = ["", "done", "review.approve|t31", "review.approve|t31|2|3", "|t31|2",
           "review.approve|t31|", "review.approve|t31|-1", "review.approve|t31|二",
           "review.approve|t31|1e3", "review.approve|t31|" + "9" * 10]  # fmt: skip


@pytest.mark.parametrize("key", FOREIGN)
def test_a_key_that_no_button_of_ours_has_is_no_tap(key: str) -> None:
    assert Tap.from_key(key) is None
    assert Tap.from_key("review.approve|t31|2") == Tap("review.approve", "t31", 2)
