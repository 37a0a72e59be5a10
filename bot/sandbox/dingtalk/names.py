"""The many names one person, group and robot has on DingTalk, made from the sandbox's own."""

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from bot.sandbox.world import DingApp, Group, Member, World


def _opaque(*parts: str, length: int = 24) -> str:
    return b64encode(hashlib.sha256("\n".join(parts).encode()).digest()).decode()[:length]


def union_id(member: Member) -> str:
    """Return who a person is across all apps of one developer."""
    return _opaque("union", member.userid, length=22) + "iE"


def sender_id(app: DingApp, member: Member) -> str:
    """Return the encrypted name of a person in messages; of no use in any call."""
    return f"$:LWCP_v1:${_opaque('sender', app.client_id, member.userid)}"


def robot_id(app: DingApp) -> str:
    """Return the encrypted name of the robot itself."""
    return f"$:LWCP_v1:${_opaque('robot', app.client_id)}"


def group_id(group: Group) -> str:
    """Return the openConversationId of a group."""
    return f"cid{_opaque('group', group.id, length=22)}=="


def chat_id(app: DingApp, member: Member) -> str:
    """Return the conversation id of a one-to-one chat; of no use in any call."""
    return f"cid{_opaque('chat', app.client_id, member.userid, length=22)}=="


def inside(app: DingApp, member: Member) -> bool:
    """Return whether a person belongs to the corp of the app."""
    return bool(member.dingtalk) and not member.outsider and member.status == 1


def sees(app: DingApp, member: Member) -> bool:
    """Return whether a person is in the visible range of the app."""
    return inside(app, member) and (app.visible is None or member.dingtalk in app.visible)


def person(world: World, app: DingApp, name: object, id_type: object = 1) -> Member | None:
    """Find a person of the app's corp by userId, or by unionId where ``id_type`` is 2."""
    for member in world.members:
        known = union_id(member) if id_type == 2 else member.dingtalk
        if name and known == name and inside(app, member):
            return member
    return None


def group(world: World, conversation_id: object) -> Group | None:
    """Find a group of DingTalk by its openConversationId."""
    groups = [one for one in world.groups if one.platform == "dingtalk"]
    return next((one for one in groups if group_id(one) == conversation_id), None)


def who_spoke(app: DingApp, member: Member, empty: bool) -> Mapping[str, Any]:
    """Return what a message tells of its sender.

    Outsiders, and everybody before the app is published, have no ``senderStaffId``: the field is
    absent or, where ``empty``, an empty string.
    """
    told: dict[str, Any] = {
        "senderNick": member.name,
        "senderId": sender_id(app, member),
        "senderCorpId": app.corp_id if inside(app, member) else _opaque("corp", member.userid),
    }
    if inside(app, member) and app.published:
        told |= {
            "senderStaffId": member.dingtalk,
            "senderUnionId": union_id(member),
            "isAdmin": False,
        }
    elif empty:
        told["senderStaffId"] = ""
    return told
