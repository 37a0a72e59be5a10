"""What became of a robot's message: recalled, read, for twenty-four hours."""

from collections.abc import Mapping
from typing import Any

from bot.sandbox.dingtalk.answers import RefusalError
from bot.sandbox.dingtalk.api import Call
from bot.sandbox.dingtalk.sends import open_group
from bot.sandbox.dingtalk.state import Sent

MOST_KEYS = 20
MOST_READERS = 200


def recall(call: Call, *, in_group: bool) -> Mapping[str, Any]:
    """Answer ``otoMessages/batchRecall`` and ``groupMessages/recall``; no trace is left.

    Raises:
        RefusalError: no keys, more than twenty, or another robot's group.
    """
    ding, body = call.ding, call.body
    ding.robot(call.app, body.get("robotCode"))
    if in_group:
        open_group(ding, call.app, body.get("openConversationId"))
    keys = body.get("processQueryKeys")
    if not isinstance(keys, list) or not keys:
        raise RefusalError("MissingprocessQueryKeys")
    if len(keys) > MOST_KEYS:
        raise RefusalError("processQueryKeys.overMax")
    done, failed = [], {}
    for key in keys:
        sent = _found(call, key)
        if sent is None or (sent.group is not None) is not in_group:
            failed[str(key)] = "processQueryKey.notExist"
            continue
        sent.recalled = True
        for member, bubble in sent.bubbles:
            bubble.recalled = True
            ding.screens.changed(bubble, member, sent.group)
        done.append(key)
    ding.note("recall", keys=done, failed=failed)
    return {"successResult": done, "failedResult": failed}


def read_by_people(call: Call) -> Mapping[str, Any]:
    """Answer ``oToMessages/readStatus``: who has read since.

    Raises:
        RefusalError: another robot, or a key that is unknown or too old.
    """
    call.ding.robot(call.app, call.request.query.get("robotCode"))
    sent = _required(call, call.request.query.get("processQueryKey", ""))
    readers = []
    for member, bubble in sent.bubbles:
        if member is None:
            continue
        chat = call.ding.screens.chat(member)
        unread = bubble in chat.bubbles[len(chat.bubbles) - chat.unread :]
        status = "UNREAD" if unread else "READ"
        readers.append({"name": member.name, "userId": member.dingtalk, "readStatus": status})
    status = "RECALLED" if sent.recalled else "SUCCESS"
    return {"sendStatus": status, "messageReadInfoList": readers}


def read_in_group(call: Call) -> Mapping[str, Any]:
    """Answer ``groupMessages/query``: the sandbox's groups are read by nobody in particular.

    Raises:
        RefusalError: another robot, too many at once, or a key that is unknown or too old.
    """
    call.ding.robot(call.app, call.body.get("robotCode"))
    most = call.body.get("maxResults", MOST_READERS)
    if not isinstance(most, int) or not 0 < most <= MOST_READERS:
        raise RefusalError("invalidParameter.maxResults")
    sent = _required(call, call.body.get("processQueryKey"))
    status = "RECALLED" if sent.recalled else "SUCCESS"
    return {"sendStatus": status, "readUserIds": [], "hasMore": False}


def _found(call: Call, key: object) -> Sent | None:
    sent = call.ding.sent.get(key) if isinstance(key, str) else None
    if sent is None or sent.app is not call.app:
        return None
    age = (call.ding.box.now() - sent.at).total_seconds()
    return sent if age < call.ding.rules.receipt_seconds else None


def _required(call: Call, key: object) -> Sent:
    sent = _found(call, key)
    if sent is None:
        raise RefusalError("invalidParameter.processQueryKey.notExist")
    return sent
