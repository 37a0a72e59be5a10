"""A whole city at once: 800 schools and 3,000 people, taken and told apart one by one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial

from bot.roster import ImportReport, import_file
from storage import tables as t
from storage.transaction import Transaction
from tests.roster.conftest import FIRST, LATER, TENANTS, ZONE, Desk, Rows, write_book

SCHOOLS = 800
PEOPLE = 3_000


def city() -> dict[str, Rows]:
    """Return a roster of invented schools, people, groups and products."""
    areas = ("330302", "330381")
    units = [
        [
            f"U{at:04d}",
            f"第{at}实验学校",
            "学校",
            areas[at % 2],
            "县属" if at % 5 else "市局直属",
            "公办",
            "小学、初中",
            "",
        ]
        for at in range(SCHOOLS)
    ]
    people = [
        [
            f"测试{at:04d}号",
            f"U{at % SCHOOLS:04d}",
            "校长" if at < SCHOOLS else "经办人",
            f"139{at:08d}",
            f"User{at:04d}",
            f"d{at:04d}",
            "",
        ]
        for at in range(PEOPLE)
    ]
    products = [
        [f"产品{at}号", f"别名{at}", "某公司", f"教APP备33{at:05d}号", "应用", "未核验"]
        for at in range(1_000)
    ]
    return {"单位": units, "人员": people, "产品": products}


def phone_of(person_id: str, tx: Transaction) -> str:
    """Return somebody's phone number."""
    return tx.people.phone(person_id)


def test_a_city_of_schools_is_taken_row_by_row(desk: Desk) -> None:
    roster = city()
    report = desk.takes(roster)
    assert report.is_clean
    tables = (t.unit, t.person, t.post, t.account, t.product)
    assert [desk.count(table) for table in tables] == [
        SCHOOLS,
        PEOPLE,
        PEOPLE,
        2 * PEOPLE,
        1_000,
    ]
    for at in (0, 7, 799, 800, 2_999):
        person = desk.person(f"uSER{at:04d}")
        assert person.name == f"测试{at:04d}号"
        assert person.posts[0].unit_code == f"U{at % SCHOOLS:04d}"
        assert person.posts[0].tenant == (
            "330300" if at % 5 == 0 else "330302" if at % 2 == 0 else "330381"
        )
        assert desk.ask(partial(phone_of, person.id)) == f"139{at:08d}"
    people = list(roster["人员"])
    again = desk.takes({**roster, "人员": people[:-1]}, at=LATER)
    assert [(one.new, one.changed, one.ended) for one in again.tallies] == [
        (0, 0, 0),
        (0, 1, 1),
        (0, 0, 0),
    ]


def test_four_imports_at_once_leave_one_city(desk: Desk) -> None:
    roster = {name: list(rows)[:60] for name, rows in city().items()}
    path = write_book(desk.folder / "城.xlsx", roster)

    def take(_: int) -> ImportReport:
        return import_file(path, desk.ledger, TENANTS, apply=True, now=FIRST, zone=ZONE)

    with ThreadPoolExecutor(4) as pool:
        reports = list(pool.map(take, range(4)))
    assert sorted(report.tally("单位").new for report in reports) == [0, 0, 0, 60]
    assert desk.count(t.person) == 60
