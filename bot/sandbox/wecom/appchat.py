"""Groups that an app created itself (D90245, D98913, D90248)."""

import re
from collections.abc import Mapping
from typing import Any

from bot.sandbox.wecom.answers import RefusalError, ok
from bot.sandbox.wecom.bodies import MEDIA_TYPES, Draw
from bot.sandbox.wecom.state import WeCom
from bot.sandbox.world import App, Group

TYPES = MEDIA_TYPES | {"text", "markdown", "textcard", "news"}
_CHAT_ID = re.compile(r"[0-9a-zA-Z]{1,32}")


def create(wecom: WeCom, app: App, body: Mapping[str, Any]) -> dict[str, Any]:
    """Open a group of members.

    Raises:
        RefusalError: 48002 the app's visible range is not the root, 86006 fewer than two or
            more than 2000 members, 86216 a bad member, 86001 bad chatid, 86215 chatid taken.
    """
    if not app.sees_root or app.visible is not None:
        raise RefusalError(48002)
    chatid = body.get("chatid") or wecom.box.token(24).replace("-", "x").replace("_", "y")
    if not isinstance(chatid, str) or not _CHAT_ID.fullmatch(chatid):
        raise RefusalError(86001)
    if chatid in wecom.owned_chats or any(one.id == chatid for one in wecom.box.world.groups):
        raise RefusalError(86215)
    members = _members(wecom, app, body.get("userlist"))
    if not 2 <= len(members) <= 2000:
        raise RefusalError(86006)
    name = str(body.get("name", ""))[:50] or "群聊"
    wecom.owned_chats[chatid] = (app.corp_id, app.agent_id)
    wecom.box.world.groups.append(
        Group(chatid, name, robot=app.name, corp_id=app.corp_id, members=members, kind="appchat")
    )
    return ok(chatid=chatid)


def get(wecom: WeCom, app: App, query: Mapping[str, str]) -> dict[str, Any]:
    """Return an own group.

    Raises:
        RefusalError: 86003 no such group, 86008 another app's.
    """
    group = _own(wecom, app, query.get("chatid"))
    info = {
        "chatid": group.id,
        "name": group.name,
        "owner": group.members[0],
        "userlist": list(group.members),
        "chat_type": 0,
    }
    return ok(chat_info=info)


def update(wecom: WeCom, app: App, body: Mapping[str, Any]) -> dict[str, Any]:
    """Rename a group or change who is in it.

    Raises:
        RefusalError: 86003, 86008, 86006, 86216.
    """
    group = _own(wecom, app, body.get("chatid"))
    gone = {str(one).lower() for one in body.get("del_user_list", ())}
    stay = [one for one in group.members if one.lower() not in gone]
    members = tuple(dict.fromkeys([*stay, *_members(wecom, app, body.get("add_user_list", []))]))
    if not 2 <= len(members) <= 2000:
        raise RefusalError(86006)
    groups = wecom.box.world.groups
    groups[groups.index(group)] = Group(
        group.id,
        str(body.get("name") or group.name)[:50],
        robot=group.robot,
        corp_id=group.corp_id,
        members=members,
        kind="appchat",
    )
    return ok()


def send(wecom: WeCom, app: App, body: Mapping[str, Any]) -> dict[str, Any]:
    """Post into an own group; there is no msgid, and no template card.

    Raises:
        RefusalError: 86003, 86008, 48002, 40008 type, 44004, 45002, 40007.
    """
    group = _own(wecom, app, body.get("chatid"))
    if not app.sees_root or app.visible is not None:
        raise RefusalError(48002)
    look = Draw(wecom, app.corp_id, TYPES).look(body)
    wecom.box.post(group, look.kind, look.body, app.name)
    wecom.box.journal.note(
        "group", group=group.id, robot=app.name, body=body, warnings=look.warnings
    )
    return ok()


def _own(wecom: WeCom, app: App, chatid: object) -> Group:
    group = next((one for one in wecom.box.world.groups if one.id == chatid), None)
    if group is None or group.kind != "appchat":
        raise RefusalError(86003)
    if wecom.owned_chats.get(group.id) != (app.corp_id, app.agent_id):
        raise RefusalError(86008)
    return group


def _members(wecom: WeCom, app: App, names: object) -> tuple[str, ...]:
    if not isinstance(names, list):
        raise RefusalError(40063, "userlist")
    found = []
    for name in names:
        member = wecom.box.world.member(str(name))
        if member is None or not wecom.box.world.sees(member, app):
            raise RefusalError(86216, str(name))
        found.append(member.userid)
    return tuple(found)
