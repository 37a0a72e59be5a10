"""Who holds a line: one process at a time, the next one when it died, at once when it gave up."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from sqlalchemy import update

from storage import tables as t
from storage.ledger import Ledger
from storage.transaction import Transaction

LINE = "dingtalk:ding1"
LONG = 3600.0


def take(holder: str, tx: Transaction, *, seconds: float = LONG, name: str = LINE) -> bool:
    return tx.lines.take(name, holder, seconds)


def end_all(tx: Transaction) -> None:
    """Let every lease be over, as if its holder had died a while ago."""
    tx.execute(update(t.held_line).values(until_ms=t.held_line.c.until_ms - round(LONG * 1000)))


def test_a_line_is_held_by_whoever_came_first_and_kept_by_it(ledger: Ledger) -> None:
    assert ledger.call(partial(take, "a"))
    assert not ledger.call(partial(take, "b"))
    assert ledger.call(partial(take, "a"))
    assert not ledger.call(partial(take, "b"))


def test_each_line_has_a_holder_of_its_own(ledger: Ledger) -> None:
    assert ledger.call(partial(take, "a"))
    assert ledger.call(partial(take, "b", name="dingtalk:ding2"))


def test_a_lease_that_is_over_goes_to_the_next_and_its_old_holder_hears_so(ledger: Ledger) -> None:
    ledger.call(partial(take, "a"))
    ledger.call(end_all)
    assert ledger.call(partial(take, "b"))
    assert not ledger.call(partial(take, "a"))


def test_keeping_a_line_makes_its_lease_longer(ledger: Ledger) -> None:
    ledger.call(partial(take, "a"))
    ledger.call(partial(take, "a", seconds=2 * LONG))
    ledger.call(end_all)
    assert not ledger.call(partial(take, "b"))


def test_a_holder_that_nobody_followed_goes_on_after_its_lease(ledger: Ledger) -> None:
    ledger.call(partial(take, "a"))
    ledger.call(end_all)
    assert ledger.call(partial(take, "a"))


def test_what_was_given_up_is_free_at_once_and_only_ones_own_is_given_up(ledger: Ledger) -> None:
    ledger.call(partial(take, "a"))
    ledger.call(lambda tx: tx.lines.give_up(LINE, "b"))
    assert not ledger.call(partial(take, "b"))
    ledger.call(lambda tx: tx.lines.give_up(LINE, "a"))
    assert ledger.call(partial(take, "b"))


def test_of_many_processes_that_ask_together_one_has_it(
    open_ledger: Callable[..., Ledger],
) -> None:
    ledgers = [open_ledger() for _ in range(4)]
    for _ in range(5):
        with ThreadPoolExecutor(4) as pool:
            asked = [
                pool.submit(ledger.call, partial(take, str(number)))
                for number, ledger in enumerate(ledgers)
            ]
        assert sum(one.result() for one in asked) == 1
        ledgers[0].call(end_all)
