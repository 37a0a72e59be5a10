"""The address book of the old API, as far as the app may see it."""

from collections.abc import Mapping
from typing import Any

from bot.sandbox.dingtalk import names
from bot.sandbox.dingtalk.answers import OldRefusalError, ok
from bot.sandbox.dingtalk.state import DingTalk
from bot.sandbox.world import Department, DingApp, Member

MOST_LISTED = 100


def get(ding: DingTalk, app: DingApp, body: Mapping[str, Any]) -> dict[str, Any]:
    """Answer ``v2/user/get``; a mobile is told only where the extra permission is granted.

    Raises:
        OldRefusalError: 33012 no userid, 60121 nobody, 50002 outside the app's scope.
    """
    if not isinstance(body.get("userid"), str) or not body["userid"]:
        raise OldRefusalError(33012)
    member = _seen(app, names.person(ding.box.world, app, body["userid"]))
    mobile = {"mobile": member.mobile} if ding.rules.mobile_shown else {}
    return ok(
        result={
            "userid": member.dingtalk,
            "unionid": names.union_id(member),
            "name": member.name,
            "title": member.role,
            "job_number": "",
            "dept_id_list": list(member.departments),
            "leader_in_dept": [{"dept_id": one, "leader": False} for one in member.departments],
            "role_list": [],
            "admin": False,
            "boss": False,
            "active": True,
            **mobile,
        }
    )


def by_mobile(ding: DingTalk, app: DingApp, body: Mapping[str, Any]) -> dict[str, Any]:
    """Answer ``v2/user/getbymobile``.

    Raises:
        OldRefusalError: 60121 nobody in scope has it.
    """
    wanted = body.get("mobile")
    found = [one for one in ding.box.world.members if wanted and one.mobile == wanted]
    member = next((one for one in found if names.sees(app, one)), None)
    if member is None:
        raise OldRefusalError(60121)
    return ok(result={"userid": member.dingtalk})


def by_union_id(ding: DingTalk, app: DingApp, body: Mapping[str, Any]) -> dict[str, Any]:
    """Answer ``user/getbyunionid``.

    Raises:
        OldRefusalError: 60121 nobody of this corp.
    """
    member = _seen(app, names.person(ding.box.world, app, body.get("unionid"), 2))
    return ok(result={"userid": member.dingtalk, "contact_type": 0})


def ids(ding: DingTalk, app: DingApp, body: Mapping[str, Any]) -> dict[str, Any]:
    """Answer ``user/listid``: the direct members of a department.

    Raises:
        OldRefusalError: 60003 no such department.
    """
    members = _members(ding, app, body)
    return ok(result={"userid_list": [one.dingtalk for one in members]})


def simple(ding: DingTalk, app: DingApp, body: Mapping[str, Any]) -> dict[str, Any]:
    """Answer ``user/listsimple``, a page of at most a hundred.

    Raises:
        OldRefusalError: 60003 no such department, 40035 a page that makes no sense.
    """
    members = _members(ding, app, body)
    start, size = _number(body, "cursor", 0), _number(body, "size", MOST_LISTED)
    if not 0 < size <= MOST_LISTED:
        raise OldRefusalError(40035, "size is 1 to 100")
    page, rest = members[start : start + size], members[start + size :]
    listed = [{"userid": one.dingtalk, "name": one.name} for one in page]
    more = {"next_cursor": start + size} if rest else {}
    return ok(result={"has_more": bool(rest), "list": listed, **more})


def departments(ding: DingTalk, body: Mapping[str, Any]) -> dict[str, Any]:
    """Answer ``v2/department/listsub``: one level."""
    parent = _number(body, "dept_id", 1)
    below = [one for one in ding.box.world.departments if one.parent == parent]
    return ok(result=[_place(one) for one in below])


def department(ding: DingTalk, body: Mapping[str, Any]) -> dict[str, Any]:
    """Answer ``v2/department/get``.

    Raises:
        OldRefusalError: 60003 no such department.
    """
    found = ding.box.world.within(_number(body, "dept_id", 0))
    if not found:
        raise OldRefusalError(60003)
    return ok(result=_place(found[0]))


def _number(body: Mapping[str, Any], name: str, otherwise: int) -> int:
    """Return a number that may be written as a string, as forms and the old papers do."""
    value = str(body.get(name, otherwise))
    if not value.isdecimal():
        raise OldRefusalError(40035, name)
    return int(value)


def _members(ding: DingTalk, app: DingApp, body: Mapping[str, Any]) -> list[Member]:
    number = _number(body, "dept_id", 0)
    if not ding.box.world.within(number):
        raise OldRefusalError(60003)
    members = ding.box.world.members
    return [one for one in members if number in one.departments and names.sees(app, one)]


def _seen(app: DingApp, member: Member | None) -> Member:
    if member is None:
        raise OldRefusalError(60121)
    if not names.sees(app, member):
        raise OldRefusalError(50002, "该用户不在授权范围内")
    return member


def _place(one: Department) -> dict[str, Any]:
    return {
        "dept_id": one.id,
        "name": one.name,
        "parent_id": one.parent,
        "create_dept_group": False,
        "auto_add_user": False,
    }
