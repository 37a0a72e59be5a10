"""The held-out questions: what is found first, among three, and that nothing wrong is asserted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pytest

from handlers.meaning import apps_in
from storage.names import SCHOOL, school_key
from storage.rules.asking import Asked, understand
from storage.rules.schools import also_called
from storage.spelling import simple
from storage.transaction import Transaction
from tests.handlers.school import School, open_school
from tests.search.register import APPS, SCHOOLS
from tests.search.sloppy import SLOPPY, lines

LEAST_FIRST, LEAST_THREE = 0.88, 0.95


class Outcome(NamedTuple):
    """What came of one question."""

    typed: str
    meant: str
    found: tuple[str, ...]
    asserted: str


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    city = open_school(f"sqlite:///{tmp_path_factory.mktemp('city')}/city.db")
    city.ledger.call(_fill)
    yield city
    city.ledger.close()


def _fill(tx: Transaction) -> None:
    for name in APPS:
        tx.names.registered(name, f"name:{name}")
    for at, name in enumerate(SCHOOLS):
        tx.names.keep(SCHOOL, school_key("330302", str(at)), also_called(name))
    while tx.names.work():
        pass


def _ask(tx: Transaction, typed: str, meant: str) -> Outcome:
    """Ask as the handler does; somebody who sends a bare word asks too."""
    text = simple(typed)
    asked = understand(text)
    if not asked.pieces:
        asked = Asked(asked.wishes, (text,))
    apps = apps_in(tx, asked, text)
    found = tuple(choice.name for one in apps for choice in one.choices)
    sure = [one.choices[0].name for one in apps if one.sure and len(one.choices) == 1]
    wrong = [name for name in sure if name != meant]
    return Outcome(typed, meant, found, "、".join(wrong))


def test_the_right_product_is_found_and_no_wrong_one_is_asserted(city: School) -> None:
    """What came of each kind is printed: ``pytest -rP tests/search``."""
    every = city.reads(
        lambda tx: {kind: [_ask(tx, *pair) for pair in lines(kind)] for kind in SLOPPY}
    )
    report = [f"{'kind':26} asked first three"]
    for kind, outcomes in every.items():
        first = [one for one in outcomes if one.found[:1] == (one.meant,)]
        three = [one for one in outcomes if one.meant in one.found[:3]]
        report.append(f"{kind:26} {len(outcomes):5} {len(first):5} {len(three):5}")
        report += [f"    {one.typed} → {one.found[:3]}" for one in outcomes if one not in three]
    print("\n".join(report))
    whole = [one for outcomes in every.values() for one in outcomes]
    assert len(whole) >= 300
    assert [one for one in whole if one.asserted] == []
    assert sum(one.meant in one.found[:3] for one in whole) / len(whole) >= LEAST_THREE
    assert sum(one.found[:1] == (one.meant,) for one in whole) / len(whole) >= LEAST_FIRST


def test_the_register_is_as_large_as_it_says() -> None:
    assert len(set(APPS)) >= 400 and len(set(SCHOOLS)) >= 150
    assert all(meant in APPS for kind in SLOPPY for _typed, meant in lines(kind))
