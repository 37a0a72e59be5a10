"""The held-out questions, asked as a parent asks them: what is offered first, among three, and that
nothing is taken for filed that was not meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pytest

from handlers.query import answer
from handlers.reading import OUTSIDE
from storage.names import APP
from storage.transaction import Transaction
from tests.handlers.school import School, _unit, open_school
from tests.handlers.test_asking import file_at, read_names
from tests.search import register
from tests.search.held_out import APPS, SCHOOLS, Asked, table

LEAST_FIRST, LEAST_THREE = 0.88, 0.95
FILED = "0302A0007"


class Outcome(NamedTuple):
    """What came of one question: what was offered for each thing asked about, and what was taken
    for meant without asking."""

    asked: Asked
    offered: Sequence[Sequence[str]] = ()
    taken: Sequence[str] = ()

    @property
    def first(self) -> bool:
        return {one[0] for one in self.offered if one} == set(self.asked.meant)

    @property
    def among_three(self) -> bool:
        return all(any(meant in one[:3] for one in self.offered) for meant in self.asked.meant)

    @property
    def wrong(self) -> list[str]:
        return [one for one in self.taken if one not in self.asked.meant]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    city = open_school(f"sqlite:///{tmp_path_factory.mktemp('city')}/city.db")
    city.ledger.call(_fill)
    yield city
    city.ledger.close()


def _fill(tx: Transaction) -> None:
    # The other set's names lie between them: a city has more than one hundred.
    for name in (*APPS, *register.APPS):
        tx.names.registered(name, f"name:{name}")
    for at, name in enumerate(SCHOOLS):
        _unit(tx, f"H{at}", name)
    file_at(tx, "H0", "f7", "name:橙子背单词", "橙子背单词", 7)
    read_names(tx)


def _product(city: School, tx: Transaction, asked: Asked) -> Outcome:
    reply = answer(tx, city.switchboard.office, city.now, asked.typed, {})
    apps = reply.remembered["apps"] if reply else []
    return Outcome(
        asked,
        [[name for name, _, _ in choices] for choices, _, _ in apps],
        [choices[0][0] for choices, sure, _ in apps if sure and len(choices) == 1],
    )


def _school(city: School, tx: Transaction, asked: Asked) -> Outcome:
    """Have 请问是哪所学校 answered, which was asked of a product."""
    waits = answer(tx, city.switchboard.office, city.now, "橙子背单词备案了吗", {})
    assert waits is not None
    reply = answer(tx, city.switchboard.office, city.now, asked.typed, waits.remembered)
    meant = reply.remembered["school"] if reply else None
    if meant is None:
        return Outcome(asked)
    choices, sure, _ = meant
    names = [name for name, _, _ in choices]
    return Outcome(asked, [names], names[:1] if sure and len(names) == 1 else [])


def _number(city: School, tx: Transaction, asked: Asked) -> Outcome:
    reply = answer(tx, city.switchboard.office, city.now, asked.typed, {}, OUTSIDE)
    found = reply is not None and FILED in str(reply.what)
    return Outcome(asked, [asked.meant] if found else [])


def _report(every: Mapping[str, Sequence[Outcome]]) -> str:
    """Return the figures by kind, of all and of the third that stays untouched."""
    lines = [f"{'kind':38} asked first three wrong | untouched first three"]
    for kind, outcomes in every.items():
        old = [one for one in outcomes if one.asked.untouched]
        counts = [
            sum(one.first for one in outcomes), sum(one.among_three for one in outcomes),
            sum(bool(one.wrong) for one in outcomes),
        ]  # fmt: skip
        lines.append(
            f"{kind:38} {len(outcomes):5} {counts[0]:5} {counts[1]:5} {counts[2]:5} |"
            f" {len(old):9} {sum(one.first for one in old):5}"
            f" {sum(one.among_three for one in old):5}"
        )
        lines += [
            f"    {one.asked.typed} → {one.offered} {one.wrong}"
            for one in outcomes
            if not one.asked.untouched and (one.wrong or (one.asked.meant and not one.first))
        ]
    return "\n".join(lines)


def _share(outcomes: Sequence[Outcome], what: str) -> float:
    meant = [one for one in outcomes if one.asked.meant]
    return sum(bool(getattr(one, what)) for one in meant) / len(meant)


def _holds(every: Mapping[str, Sequence[Outcome]], least: int) -> None:
    """Print what came of each kind (``pytest -rP tests/search``), and keep the bounds."""
    whole = [one for outcomes in every.values() for one in outcomes]
    old = [one for one in whole if one.asked.untouched]
    shares = [_share(some, what) for some in (whole, old) for what in ("first", "among_three")]
    print(_report(every))
    print("first, among three: all {:.1%} {:.1%}, untouched {:.1%} {:.1%}".format(*shares))
    assert len(whole) >= least
    assert [(one.asked.typed, one.wrong) for one in whole if one.wrong] == []
    for first, three in (shares[:2], shares[2:]):
        assert first >= LEAST_FIRST
        assert three >= LEAST_THREE


def test_the_right_product_is_offered_and_no_other_is_taken_for_filed(city: School) -> None:
    def ask(tx: Transaction) -> Any:
        return {
            kind: [
                (_number if kind.startswith("number") else _product)(city, tx, one) for one in rows
            ]
            for kind, rows in table("held_out.txt").items()
        }

    _holds(city.reads(ask), least=320)


def test_the_right_school_is_found_and_no_other_is_taken_for_it(city: School) -> None:
    def ask(tx: Transaction) -> Any:
        return {
            kind: [_school(city, tx, one) for one in rows]
            for kind, rows in table("held_out_schools.txt").items()
        }

    _holds(city.reads(ask), least=60)


def test_the_tables_speak_of_their_own_names(city: School) -> None:
    assert not set(APPS) & set(register.APPS)
    rows = [one for some in table("held_out.txt").values() for one in some]
    assert {name for one in rows for name in one.meant if not name.endswith("0007")} <= set(APPS)
    schools = [one for some in table("held_out_schools.txt").values() for one in some]
    assert {name for one in schools for name in one.meant} <= set(SCHOOLS)
    known = city.reads(lambda tx: [tx.search.exact(APP, one) for one in APPS])
    assert all(known)
