"""Messages of an internal robot through the API: to people, twenty at a time, and to groups."""

from collections.abc import Mapping
from typing import Any

from bot.sandbox.chats import Bubble
from bot.sandbox.dingtalk import msgkeys, names
from bot.sandbox.dingtalk.answers import RefusalError
from bot.sandbox.dingtalk.api import Call
from bot.sandbox.dingtalk.state import DingTalk, Sent
from bot.sandbox.pace import MINUTE
from bot.sandbox.world import DingApp, Group, Member

MOST_RECEIVERS = 20


def to_people(call: Call) -> Mapping[str, Any]:
    """Answer ``oToMessages/batchSend``: a 200 does not mean that everybody got it.

    Raises:
        RefusalError: nothing was sent.
    """
    ding, app, body = call.ding, call.app, call.body
    ding.robot(app, body.get("robotCode"))
    wanted = body.get("userIds")
    if not wanted:
        raise RefusalError("invalidParameter.userIds.empty")
    if not isinstance(wanted, list) or not all(isinstance(one, str) for one in wanted):
        raise RefusalError("invalidParameter.userIds.invalid", "a list of strings is needed")
    if len(wanted) > MOST_RECEIVERS:
        raise RefusalError("invalidParameter.userIds.overMax")
    kind, look = msgkeys.read(ding, app, body)
    invalid, filtered, slowed = [], [], []
    shown: list[tuple[Member | None, Bubble]] = []
    for name in dict.fromkeys(wanted):
        member = names.person(ding.box.world, app, name)
        if member is None:
            invalid.append(name)
        elif not names.sees(app, member):
            filtered.append(name)
        elif call.fault == "flow_controlled" or not _paced(ding, app, ("person", name)):
            slowed.append(name)
        else:
            shown.append((member, ding.screens.arrive(member, kind, look)))
    if len(invalid) == len(set(wanted)):
        raise RefusalError("staffId.notExisted", "、".join(invalid))
    sent = _remember(ding, app, shown)
    ding.note(
        "message",
        client_id=app.client_id,
        to=[member.userid for member, _ in shown if member is not None],
        msg_key=body["msgKey"],
        body=look,
    )
    return {
        "processQueryKey": sent.key,
        "invalidStaffIdList": invalid,
        "flowControlledStaffIdList": slowed,
        "filteredStaffIdList": filtered,
    }


def to_group(call: Call) -> Mapping[str, Any]:
    """Answer ``groupMessages/send``.

    Raises:
        RefusalError: nothing was sent.
    """
    ding, app, body = call.ding, call.app, call.body
    ding.robot(app, body.get("robotCode"))
    group = open_group(ding, app, body.get("openConversationId"))
    kind, look = msgkeys.read(ding, app, body)
    if not _paced(ding, app, ("group", group.id)):
        raise RefusalError("send.too.fast")
    sent = _remember(ding, app, [(None, ding.screens.post(group, kind, look, app.name))], group)
    ding.note("group", client_id=app.client_id, group=group.id, msg_key=body["msgKey"], body=look)
    return {"processQueryKey": sent.key}


def open_group(ding: DingTalk, app: DingApp, conversation_id: object) -> Group:
    """Return a group this app's robot is in.

    Raises:
        RefusalError: no such group, a dissolved one, another corp's, or the robot is not in it.
    """
    if not conversation_id:
        hint = "openConversationId is mandatory for this action."
        raise RefusalError("MissingopenConversationId", hint)
    group = names.group(ding.box.world, conversation_id)
    if group is None:
        raise RefusalError("invalid.openConversationId")
    if group.id in ding.gone:
        raise RefusalError("group.disbanded")
    if group.external:
        raise RefusalError("conversation.org.notMatch")
    if app.robot_code not in group.robots:
        raise RefusalError("resource.not.found", "机器人不在群内")
    return group


def _paced(ding: DingTalk, app: DingApp, whom: tuple[str, str]) -> bool:
    """Count one message to somebody; return whether it was not too many in this minute."""
    rules, now, key = ding.rules, ding.box.now(), (app.client_id, *whom)
    most = rules.person_per_minute if whom[0] == "person" else rules.group_per_minute
    if ding.pace.count(key, MINUTE, now) >= most:
        return False
    ding.pace.add(key, now, keep=MINUTE)
    return True


def _remember(
    ding: DingTalk,
    app: DingApp,
    shown: list[tuple[Member | None, Bubble]],
    group: Group | None = None,
) -> Sent:
    sent = Sent(ding.key(), app, ding.box.now(), shown, group)
    ding.sent[sent.key] = sent
    return sent
