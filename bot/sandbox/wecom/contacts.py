"""The address book as a self-built app created after June 2022 sees it (D90196, D90200, D90208)."""

from collections.abc import Mapping
from typing import Any

from bot.sandbox.wecom.answers import RefusalError, ok
from bot.sandbox.wecom.state import WeCom
from bot.sandbox.world import App, Department, Member


def get(wecom: WeCom, app: App, query: Mapping[str, str]) -> dict[str, Any]:
    """Answer ``user/get``: no mobile, e-mail, avatar or gender.

    Raises:
        RefusalError: 60111 no such member, 60011 outside the app's visible range.
    """
    member = wecom.box.world.member(query.get("userid", ""))
    if member is None or member.outsider or member.corp_id != app.corp_id:
        raise RefusalError(60111)
    if app.visible is not None and member.userid.lower() not in app.visible:
        raise RefusalError(60011)
    return ok(**_details(member))


def find(wecom: WeCom, app: App, body: Mapping[str, Any]) -> dict[str, Any]:
    """Answer ``user/getuserid`` by mobile.

    Raises:
        RefusalError: 60111 nobody in the visible range has this mobile.
    """
    mobile = body.get("mobile")
    for member in wecom.box.world.members:
        if mobile and member.mobile == mobile and wecom.box.world.sees(member, app):
            return ok(userid=member.userid)
    raise RefusalError(60111)


def members(wecom: WeCom, app: App, query: Mapping[str, str], *, details: bool) -> dict[str, Any]:
    """Answer ``user/simplelist`` and ``user/list``: the direct members of one department.

    Raises:
        RefusalError: 40058 no such department.
    """
    department = _department(wecom, query.get("department_id", ""))
    there = [
        one
        for one in wecom.box.world.members
        if department.id in one.departments and wecom.box.world.sees(one, app)
    ]
    if details:
        return ok(userlist=[_details(one) for one in there])
    return ok(
        userlist=[
            {"userid": one.userid, "name": one.name, "department": list(one.departments)}
            for one in there
        ]
    )


def departments(wecom: WeCom, query: Mapping[str, str], *, details: bool) -> dict[str, Any]:
    """Answer ``department/list`` and ``department/simplelist``: a department and all below it.

    Raises:
        RefusalError: 40058 no such department.
    """
    tree = wecom.box.world.within(_department(wecom, query.get("id", "1")).id)
    if details:
        return ok(department=[_place(one) for one in tree])
    return ok(department_id=[{"id": one.id, "parentid": one.parent, "order": 1} for one in tree])


def department(wecom: WeCom, query: Mapping[str, str]) -> dict[str, Any]:
    """Answer ``department/get``.

    Raises:
        RefusalError: 40058 no such department.
    """
    return ok(department=_place(_department(wecom, query.get("id", ""))))


def _department(wecom: WeCom, number: str) -> Department:
    found = wecom.box.world.within(int(number)) if number.isdigit() else []
    if not found:
        raise RefusalError(40058, "department")
    return found[0]


def _place(one: Department) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "department_leader": [],
        "parentid": one.parent,
        "order": 1,
    }


def _details(member: Member) -> dict[str, Any]:
    return {
        "userid": member.userid,
        "name": member.name,
        "department": list(member.departments),
        "order": [0 for _ in member.departments],
        "position": member.role,
        "is_leader_in_dept": [0 for _ in member.departments],
        "direct_leader": [],
        "alias": "",
        "telephone": "",
        "main_department": member.departments[0],
        "status": member.status,
        "extattr": {"attrs": []},
    }
