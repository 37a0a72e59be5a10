"""Posts have a first and a last day; accounts go over only where it is certain whose they are."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from storage import tables as t
from tests.roster.conftest import (
    FIRST,
    LATER,
    LEGAL,
    PRINCIPAL,
    REVIEWER,
    SCHOOL,
    TEACHER,
    Desk,
)

UNITS = [SCHOOL, LEGAL]
AGAIN = datetime(2026, 5, 6, 2, 0, tzinfo=UTC)
SECOND = ["李芳", "LC-LEGAL", "审核人", "", "lifang", "", ""]


def spans(desk: Desk, account: str) -> list[tuple[date, date | None]]:
    """Return the intervals of somebody's only role."""
    posts = desk.person(account).posts
    return sorted((post.valid_from, post.valid_to) for post in posts)


def test_a_post_that_is_not_listed_any_more_ends_the_day_before(desk: Desk) -> None:
    desk.takes({"单位": UNITS, "人员": [TEACHER, PRINCIPAL, REVIEWER]})
    report = desk.takes({"单位": UNITS, "人员": [TEACHER, REVIEWER]}, at=LATER)
    assert report.tally("人员").ended == 1
    assert report.tally("人员").lines == ["结束任职 林悦：瓯江实验小学 校长（负责人）"]
    assert spans(desk, "linyue") == [(date(2026, 3, 2), date(2026, 3, 31))]
    assert not desk.person("linyue").is_principal_of("330302", SCHOOL[0], LATER.date())
    assert desk.person("linyue").is_principal_of("330302", SCHOOL[0], date(2026, 3, 31))


def test_a_post_that_comes_back_begins_a_new_interval(desk: Desk) -> None:
    everybody = [TEACHER, PRINCIPAL]
    desk.takes({"单位": UNITS, "人员": everybody})
    desk.takes({"单位": UNITS, "人员": [TEACHER]}, at=LATER)
    report = desk.takes({"单位": UNITS, "人员": everybody}, at=AGAIN)
    assert report.tally("人员").new == 0
    assert report.tally("人员").lines == ["开始任职 林悦：瓯江实验小学 校长（负责人）"]
    notes = [
        act.rows[0]["note"] for act in desk.ask(lambda tx: list(tx.journal.of("330302", "roster")))
    ]
    post = [SCHOOL[0], desk.person("linyue").id, "principal"]
    assert post in notes[0]["posts_begun"]
    assert [notes[1]["posts_ended"], notes[2]["posts_begun"]] == [[post], [post]]
    assert spans(desk, "linyue") == [
        (date(2026, 3, 2), date(2026, 3, 31)),
        (date(2026, 5, 6), None),
    ]


def test_a_slip_mended_on_the_same_day_leaves_one_interval(desk: Desk) -> None:
    desk.takes({"单位": UNITS, "人员": [TEACHER, PRINCIPAL]})
    desk.takes({"单位": UNITS, "人员": [TEACHER]}, at=FIRST + timedelta(hours=1))
    assert not desk.person("linyue").held(FIRST.date())
    both = {"单位": UNITS, "人员": [TEACHER, PRINCIPAL]}
    assert desk.takes(both, at=FIRST + timedelta(hours=2)).tally("人员").ended == 0
    assert spans(desk, "linyue") == [(date(2026, 3, 2), None)]


def test_who_decided_something_today_holds_the_post_until_tonight(desk: Desk) -> None:
    desk.takes({"单位": UNITS, "人员": [REVIEWER, SECOND]})
    person = desk.person("wangjing")
    at = LATER - timedelta(minutes=30)

    def decide(tx: object) -> None:
        connection = tx._connection  # type: ignore[attr-defined]
        common = {"tenant": "330302", "filing_id": "F"}
        connection.execute(
            t.filing.insert().values(
                tenant="330302",
                id="F",
                case_no="26-0302-0001",
                bundle="F",
                school=SCHOOL[0],
                matter="campus_app",
                kind="app",
                title="云阅读",
                product_key="云阅读",
                facts={},
                answers={},
                route=[],
                office={},
                rule_version="1",
                stage="in_review",
                version=1,
                owner_id="O",
                principal_id="P",
                made_at=at,
                due_provisional=False,
            )
        )
        connection.execute(
            t.task.insert().values(
                **common,
                id="T",
                part=0,
                kind="co_review",
                desk="legal",
                unit_code="LC-LEGAL",
                blocking=True,
                clause="三（二）2",
                state="decided",
                version=2,
                opened_at=at,
                due_on=date(2026, 4, 8),
                due_provisional=False,
                decided_at=at,
                points=[],
            )
        )
        connection.execute(
            t.decision.insert().values(
                **common,
                task_id="T",
                act="opine",
                verdict="for",
                findings={},
                reason="",
                person_id=person.id,
                role="reviewer",
                unit_code="LC-LEGAL",
                clause="三（二）2",
                rule_version="1",
                at=at,
            )
        )

    desk.ask(decide)
    desk.takes({"单位": UNITS, "人员": [PRINCIPAL]}, at=LATER)
    assert spans(desk, "wangjing") == [(date(2026, 3, 2), date(2026, 4, 1))]
    assert spans(desk, "lifang") == [(date(2026, 3, 2), date(2026, 3, 31))]
    successor = ["赵敏", "LC-LEGAL", "审核人", "", "wangjing", "", ""]
    tonight = desk.takes({"单位": UNITS, "人员": [PRINCIPAL, successor]}, at=LATER, apply=False)
    assert "登记在王静名下" in tonight.reasons()["人员"][3][0]
    desk.takes({"单位": UNITS, "人员": [PRINCIPAL, REVIEWER]}, at=LATER + timedelta(hours=1))
    assert spans(desk, "wangjing") == [(date(2026, 3, 2), None)]


def test_units_that_the_workbook_does_not_name_keep_their_people(desk: Desk) -> None:
    desk.takes({"单位": UNITS, "人员": [TEACHER, PRINCIPAL, REVIEWER]})
    desk.takes({"人员": [TEACHER]}, at=LATER)
    assert spans(desk, "wangjing") == [(date(2026, 3, 2), None)]
    assert spans(desk, "linyue") == [(date(2026, 3, 2), date(2026, 3, 31))]


def test_a_unit_listed_without_people_has_none_any_more(desk: Desk) -> None:
    desk.takes({"单位": UNITS, "人员": [TEACHER, REVIEWER]})
    desk.takes({"单位": UNITS, "人员": [TEACHER]}, at=LATER)
    assert desk.ask(lambda tx: tx.people.in_unit("330302", "LC-LEGAL", LATER.date())) == []


def test_a_workbook_without_people_ends_no_post(desk: Desk) -> None:
    desk.takes({"单位": UNITS, "人员": [TEACHER, REVIEWER]})
    desk.takes({"单位": UNITS}, at=LATER)
    desk.takes({"单位": UNITS, "人员": [], "群": []}, at=AGAIN)
    assert spans(desk, "wangjing") == [(date(2026, 3, 2), None)]


def test_a_refused_sheet_of_people_ends_no_post(desk: Desk) -> None:
    desk.takes({"单位": UNITS, "人员": [TEACHER, PRINCIPAL]})
    desk.takes({"单位": UNITS, "人员": [[*TEACHER[:3], "1", *TEACHER[4:]]]}, at=LATER)
    assert spans(desk, "linyue") == [(date(2026, 3, 2), None)]


def test_a_changed_name_is_believed_with_the_same_phone_number(desk: Desk) -> None:
    desk.takes({"单位": UNITS, "人员": [TEACHER]})
    person = desk.person("chenxiao")
    report = desk.takes({"单位": UNITS, "人员": [["陈晓晓", *TEACHER[1:]]]}, at=LATER)
    assert report.is_clean
    assert report.tally("人员").lines == ["变更 陈晓晓：姓名"]
    renamed = desk.person("chenxiao")
    assert (renamed.id, renamed.name) == (person.id, "陈晓晓")


def test_a_changed_name_is_believed_with_a_second_account(desk: Desk) -> None:
    both = [*TEACHER[:4], "chenxiao", "cx01", ""]
    desk.takes({"单位": UNITS, "人员": [both]})
    desk.takes({"单位": UNITS, "人员": [["陈小晓", *both[1:3], "", *both[4:]]]}, at=LATER)
    person = desk.person("cx01", "dingtalk")
    assert person.name == "陈小晓"
    assert desk.ask(lambda tx: tx.people.phone(person.id)) == TEACHER[3]


def test_a_new_phone_number_takes_the_place_of_the_old_one(desk: Desk) -> None:
    desk.takes({"单位": UNITS, "人员": [TEACHER]})
    moved = [*TEACHER[:3], "13857719999", *TEACHER[4:]]
    report = desk.takes({"单位": UNITS, "人员": [moved]}, at=LATER)
    assert report.tally("人员").lines == ["变更 陈晓：手机号"]
    person = desk.person("chenxiao")
    assert desk.ask(lambda tx: tx.people.phone(person.id)) == "13857719999"


def test_a_new_account_takes_the_place_of_the_old_one(desk: Desk) -> None:
    desk.takes({"单位": UNITS, "人员": [[*TEACHER[:4], "chenxiao", "cx01", ""]]})
    person = desk.person("chenxiao")
    desk.takes({"单位": UNITS, "人员": [[*TEACHER[:4], "chenxiao2026", "cx01", ""]]}, at=LATER)
    assert desk.find("chenxiao") is None
    assert desk.person("chenxiao2026").id == person.id


def test_an_empty_cell_leaves_the_account_on_its_platform(desk: Desk) -> None:
    both = [*TEACHER[:5], "cx01", ""]
    desk.takes({"单位": UNITS, "人员": [both]})
    person = desk.person("cx01", "dingtalk")
    assert desk.takes({"单位": UNITS, "人员": [TEACHER]}, at=LATER).tally("人员").changed == 0
    assert desk.person("cx01", "dingtalk").id == person.id


def test_an_account_goes_over_where_its_holder_takes_another(desk: Desk) -> None:
    desk.takes({"单位": UNITS, "人员": [[*TEACHER[:4], "teacher1", "cx01", ""]]})
    old = desk.person("teacher1")
    report = desk.takes(
        {
            "单位": UNITS,
            "人员": [
                [*TEACHER[:4], "teacher2", "cx01", ""],
                ["赵敏", SCHOOL[0], "经办人", "", "Teacher1", "", ""],
            ],
        },
        at=LATER,
    )
    assert report.is_clean
    assert desk.person("teacher1").name == "赵敏"
    assert desk.person("teacher2").id == old.id


def test_an_account_goes_over_once_its_holder_has_left(desk: Desk) -> None:
    desk.takes({"单位": UNITS, "人员": [TEACHER, PRINCIPAL]})
    gone = desk.person("chenxiao")
    successor = ["赵敏", SCHOOL[0], "经办人", "13857710009", "chenxiao", "", ""]
    assert not desk.takes({"单位": UNITS, "人员": [successor, PRINCIPAL]}, at=LATER).is_clean
    desk.takes({"单位": UNITS, "人员": [PRINCIPAL]}, at=LATER)
    assert desk.takes({"单位": UNITS, "人员": [successor, PRINCIPAL]}, at=AGAIN).is_clean
    assert desk.person("chenxiao").name == "赵敏"
    former = desk.ask(lambda tx: tx.people.get(gone.id))
    assert former is not None
    assert [post.valid_to for post in former.posts] == [date(2026, 3, 31)]


def test_an_account_given_by_a_slip_goes_over_on_the_same_day(desk: Desk) -> None:
    desk.takes({"单位": UNITS, "人员": [TEACHER, PRINCIPAL]})
    desk.takes({"单位": UNITS, "人员": [PRINCIPAL]}, at=FIRST + timedelta(hours=1))
    right = ["赵敏", SCHOOL[0], "经办人", "13857710009", "chenxiao", "", ""]
    report = desk.takes({"单位": UNITS, "人员": [right, PRINCIPAL]}, at=FIRST + timedelta(hours=2))
    assert report.is_clean
    assert desk.person("chenxiao").name == "赵敏"


def test_rows_that_share_no_account_are_one_person_where_the_directory_says_so(desk: Desk) -> None:
    desk.takes({"单位": UNITS, "人员": [[*REVIEWER[:4], "wangjing", "wj01", ""]]})
    report = desk.takes(
        {
            "单位": UNITS,
            "人员": [REVIEWER, ["王静", "LC-LEGAL", "代办人", "", "", "wj01", ""]],
        },
        at=LATER,
    )
    assert (report.tally("人员").new, report.is_clean) == (0, True)
    assert len(desk.person("wangjing").posts) == 2
