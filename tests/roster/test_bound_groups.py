"""What an import does with groups that were bound in the chat: it leaves them to who bound them."""

from __future__ import annotations

from bot.channels.dingtalk.translate import GROUP_PREFIX, PLACE
from storage.people import Group
from tests.roster.conftest import FIRST, LATER, LEGAL, SCHOOL, TEACHER, Desk

CHAT = "cid6EUbcd+/EFGhij=="
LISTED = ["家长群", "学校群", SCHOOL[0], "dingtalk-webhook", "key-of-the-robot-1", ""]
MOVED = [*SCHOOL[:4], "市局直属", *SCHOOL[5:]]


def binds(desk: Desk, name: str = "家长群", tenant: str = "330302") -> Group:
    wanted = Group(tenant, "", SCHOOL[0], name, "学校群", "dingtalk")
    group, is_new = desk.ask(
        lambda tx: tx.groups.bind(
            wanted, platform=PLACE, address=f"{GROUP_PREFIX}{CHAT}", person_id="p",
            role="principal", now=FIRST,
        )
    )  # fmt: skip
    assert is_new
    return group


def told(desk: Desk, tenant: str = "330302") -> list[Group]:
    return desk.ask(lambda tx: tx.people.groups(tenant, SCHOOL[0], "学校群"))


def address(desk: Desk, group: Group) -> str:
    return desk.ask(lambda tx: tx.people.group_address(group.id))[0]


def test_a_group_of_the_robot_itself_is_sent_to_by_the_robot(desk: Desk) -> None:
    for number in (CHAT, f"{GROUP_PREFIX}{CHAT}"):
        desk.takes({"单位": [SCHOOL], "群": [[*LISTED[:3], PLACE, number, ""]]})
        (group,) = told(desk)
        assert address(desk, group) == f"{GROUP_PREFIX}{CHAT}"


def test_an_import_that_does_not_list_it_leaves_it(desk: Desk) -> None:
    desk.takes({"单位": [SCHOOL], "群": [LISTED]})
    bound = binds(desk, "教工群")
    report = desk.takes({"单位": [SCHOOL], "人员": [TEACHER], "群": [LISTED]}, at=LATER)
    assert report.tally("群").ended == 0
    assert {one.name for one in told(desk)} == {"家长群", "教工群"}
    report = desk.takes(
        {"单位": [SCHOOL, LEGAL], "群": [[*LISTED[:4], "another-key-1", ""]]}, at=LATER
    )
    assert report.tally("群").ended == 1
    assert bound in told(desk)


def test_an_import_that_lists_it_changes_it_and_leaves_it_bound(desk: Desk) -> None:
    desk.takes({"单位": [SCHOOL]})
    bound = binds(desk)
    desk.takes({"单位": [SCHOOL], "群": [["四年级群", *LISTED[1:3], PLACE, CHAT, ""]]}, at=LATER)
    assert told(desk) == [bound._replace(name="四年级群")]
    desk.takes({"单位": [SCHOOL], "群": [["别的群", *LISTED[1:]]]}, at=LATER)
    assert {one.name for one in told(desk)} == {"四年级群", "别的群"}


def test_a_robot_that_is_listed_later_under_its_name_is_the_same_chat(desk: Desk) -> None:
    desk.takes({"单位": [SCHOOL]})
    bound = binds(desk)
    desk.takes({"单位": [SCHOOL], "群": [LISTED, ["别的群", *LISTED[1:4], "another-key-1", ""]]})
    assert told(desk) == [told(desk)[0], bound] and told(desk)[0].name == "别的群"
    # Whatever either is called afterwards.
    desk.ask(lambda tx: tx.groups.rename(bound, "六年级群", now=LATER))
    desk.takes({"单位": [SCHOOL], "群": [["五年级群", *LISTED[1:]]]}, at=LATER)
    assert [one.name for one in told(desk)] == ["六年级群"]


def test_on_wecom_a_key_and_the_robot_that_was_bound_may_be_of_one_chat(desk: Desk) -> None:
    desk.takes({"单位": [SCHOOL]})
    wanted = Group("330302", "", SCHOOL[0], "家长群", "学校群", "wecom-aibot")
    bound, _ = desk.ask(
        lambda tx: tx.groups.bind(
            wanted, platform="wecom-aibot", address="aibot:wr1", person_id="p",
            role="principal", now=FIRST,
        )
    )  # fmt: skip
    desk.takes({"单位": [SCHOOL], "群": [[*LISTED[:3], "wecom-webhook", "key-of-the-robot-1", ""]]})
    assert told(desk) == [bound]


def test_neither_a_group_of_another_platform_nor_another_chat_is_the_same(desk: Desk) -> None:
    desk.takes({"单位": [SCHOOL]})
    binds(desk)
    elsewhere = [*LISTED[:3], "wecom-webhook", "key-of-the-robot-2", ""]
    another = [*LISTED[:3], PLACE, "cidANOTHER==", ""]
    desk.takes({"单位": [SCHOOL], "群": [elsewhere, another]})
    assert len(told(desk)) == 3


def test_it_goes_with_a_school_to_another_authority_and_back(desk: Desk) -> None:
    desk.takes({"单位": [SCHOOL]})
    bound = binds(desk)
    for tenant, row in (("330300", MOVED), ("330302", SCHOOL), ("330300", MOVED)):
        desk.takes({"单位": [row]}, at=LATER)
        assert told(desk, tenant) == [bound._replace(tenant=tenant)]
        assert address(desk, bound) == f"{GROUP_PREFIX}{CHAT}"
    assert told(desk) == []


def test_where_the_new_authority_knew_the_chat_already_it_is_the_same_there(desk: Desk) -> None:
    desk.takes({"单位": [MOVED]})
    before = binds(desk, tenant="330300")
    desk.ask(lambda tx: tx.groups.end(before, now=FIRST))
    desk.takes({"单位": [SCHOOL]}, at=LATER)
    binds(desk)
    desk.takes({"单位": [MOVED]}, at=LATER)
    assert told(desk, "330300") == [before]
