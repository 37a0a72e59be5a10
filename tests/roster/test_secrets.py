"""What the directory keeps sealed is nowhere in the clear, be it database or journal."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from storage import tables as t
from storage.ledger import Ledger
from storage.types import write_json
from tests.roster.conftest import FIRST, LATER, SCHOOL, TEACHER, Desk

ROBOT = "https://oapi.dingtalk.com/robot/send?access_token=0123456789abcdef"
GROUP = ["家长群", "学校群", SCHOOL[0], "dingtalk-webhook", ROBOT, "SEC-of-the-robot"]
SECRETS = ("13857712345", "0123456789abcdef", "SEC-of-the-robot")


def everything(ledger: Ledger) -> str:
    """Return every row of every table as text."""

    def dump(tx: object) -> str:
        connection = tx._connection  # type: ignore[attr-defined]
        return "\n".join(
            str(tuple(row))
            for table in t.metadata.sorted_tables
            for row in connection.execute(select(table))
        )

    return ledger.call(dump)


def test_phone_numbers_robot_keys_and_secrets_are_never_in_the_clear(
    desk: Desk, tmp_path: Path
) -> None:
    desk.takes({"单位": [SCHOOL], "人员": [TEACHER], "群": [GROUP]})
    told = everything(desk.ledger)
    for secret in SECRETS:
        assert secret not in told
    for file in tmp_path.glob("beian.db*"):
        data = file.read_bytes()
        for secret in SECRETS:
            assert secret.encode() not in data, file.name


def test_they_are_opened_for_those_who_deliver(desk: Desk) -> None:
    desk.takes({"单位": [SCHOOL], "人员": [TEACHER], "群": [GROUP]})
    (group,) = desk.ask(lambda tx: tx.people.groups("330302", SCHOOL[0], "学校群"))
    assert group.instance == "dingtalk"
    assert desk.ask(lambda tx: tx.people.group_address(group.id)) == (ROBOT, "SEC-of-the-robot")
    index = desk.ask(lambda tx: tx.cipher.blind_index("13857712345", "person.phone"))
    found = desk.ask(
        lambda tx: tx.execute(select(t.person.c.name).where(t.person.c.phone_index == index))
    ).scalar_one()
    assert found == "陈晓"


def test_a_new_robot_secret_replaces_the_old_and_an_empty_one_keeps_it(desk: Desk) -> None:
    desk.takes({"单位": [SCHOOL], "群": [GROUP]})
    report = desk.takes({"单位": [SCHOOL], "群": [[*GROUP[:5], ""]]}, at=LATER)
    assert report.tally("群").changed == 0
    assert desk.takes({"单位": [SCHOOL], "群": [GROUP]}, at=LATER).tally("群").changed == 0
    desk.takes({"单位": [SCHOOL], "群": [[*GROUP[:5], "SEC-new"]]}, at=LATER)
    (group,) = desk.ask(lambda tx: tx.people.groups("330302", SCHOOL[0], "学校群"))
    assert desk.ask(lambda tx: tx.people.group_address(group.id))[1] == "SEC-new"


def test_a_group_that_is_not_listed_any_more_is_told_nothing(desk: Desk) -> None:
    other = ["老群", "学校群", SCHOOL[0], "wecom-webhook", "key-of-the-robot-2", ""]
    desk.takes({"单位": [SCHOOL], "群": [GROUP, other]})
    report = desk.takes({"单位": [SCHOOL], "群": [GROUP]}, at=LATER)
    assert report.tally("群").ended == 1
    groups = desk.ask(lambda tx: tx.people.groups("330302", SCHOOL[0], "学校群"))
    assert [group.name for group in groups] == ["家长群"]
    assert desk.takes({"单位": [SCHOOL], "群": [GROUP]}, at=LATER).tally("群").ended == 0
    desk.takes({"单位": [SCHOOL], "群": [GROUP, other]}, at=LATER)
    assert len(desk.ask(lambda tx: tx.people.groups("330302", SCHOOL[0], "学校群"))) == 2


def test_groups_of_units_that_the_workbook_does_not_name_go_on(desk: Desk) -> None:
    other = ["3303020002", "南塘小学", *SCHOOL[2:]]
    theirs = ["南塘家长群", "学校群", other[0], "wecom-webhook", "key-of-the-robot-2", ""]
    desk.takes({"单位": [SCHOOL, other], "群": [GROUP, theirs]})
    assert desk.takes({"单位": [SCHOOL], "群": [GROUP]}, at=LATER).tally("群").ended == 0
    assert len(desk.ask(lambda tx: tx.people.groups("330302", other[0], "学校群"))) == 1


def test_a_workbook_without_groups_closes_none(desk: Desk) -> None:
    desk.takes({"单位": [SCHOOL], "群": [GROUP]})
    desk.takes({"单位": [SCHOOL], "群": []}, at=LATER)
    assert len(desk.ask(lambda tx: tx.people.groups("330302", SCHOOL[0], "学校群"))) == 1


def test_the_journal_tells_who_got_which_account_by_digest_only(desk: Desk) -> None:
    desk.takes({"单位": [SCHOOL], "人员": [TEACHER]})
    desk.takes({"单位": [SCHOOL], "人员": [["陈晓晓", *TEACHER[1:]]]}, at=FIRST)
    acts = desk.ask(lambda tx: list(tx.journal.of("330302", "roster")))
    person = desk.person("chenxiao")
    (given,) = acts[0].rows[0]["note"]["accounts_given"]
    assert given[:2] == [person.id, "wecom"]
    assert acts[1].rows[0]["note"]["people_changed"] == [person.id]
    said = write_json([act.rows for act in acts])
    for personal in ("陈晓", "13857712345", "chenxiao"):
        assert personal not in said.lower()
