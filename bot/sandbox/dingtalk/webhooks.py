"""Addresses that take a message without a token: replies to a session, and custom robots."""

import hmac
from base64 import b64encode
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bot.sandbox.dingtalk import bodies
from bot.sandbox.dingtalk.answers import OldRefusalError, ok
from bot.sandbox.dingtalk.state import OAPI_ROOT, DingTalk, Session
from bot.sandbox.pace import MINUTE
from bot.sandbox.world import DingApp, Group, Member

SESSION_PATH = "robot/sendBySession"
MOST_BYTES = 20_000


def signature(secret: str, timestamp: str) -> str:
    """Return what signs a timestamp: for a custom robot as for messages in HTTP mode."""
    signed = hmac.digest(secret.encode(), f"{timestamp}\n{secret}".encode(), "sha256")
    return b64encode(signed).decode()


def new_session(
    ding: DingTalk, app: DingApp, member: Member, group: Group | None
) -> dict[str, Any]:
    """Return the two fields of a message that let it be answered for a while."""
    name = ding.box.token(32)
    until = ding.later(ding.rules.session_seconds)
    ding.sessions[name] = Session(app, until, member, group)
    address = f"{ding.origin}{OAPI_ROOT}/{SESSION_PATH}?session={name}"
    return {"sessionWebhook": address, "sessionWebhookExpiredTime": ding.ms(until)}


def reply(ding: DingTalk, query: Mapping[str, str], body: Mapping[str, Any]) -> dict[str, Any]:
    """Answer ``sendBySession``.

    Raises:
        OldRefusalError: 300001 unknown or expired, 90020 no unit left, 400105, 40035.
    """
    session = ding.sessions.get(query.get("session", ""))
    if session is None or ding.box.now() >= session.until:
        raise OldRefusalError(300001)
    show_reply(ding, session, body)
    return ok()


def show_reply(ding: DingTalk, session: Session, body: Mapping[str, Any]) -> dict[str, Any]:
    """Put a reply into the chat its session came from and return how it looks.

    Raises:
        OldRefusalError: 400013 dissolved, 90020 no unit left, 400105, 40035.
    """
    kind, look = bodies.look(body)
    if session.group is not None and session.group.id in ding.gone:
        raise OldRefusalError(400013)
    if not ding.quotas.unit(session.app.corp_id, "session"):
        raise OldRefusalError(90020)
    if session.group is None:
        ding.screens.arrive(session.member, kind, look)
    else:
        ding.screens.post(session.group, kind, look, session.app.name)
    ding.note(
        "reply",
        to=session.member.userid,
        group=None if session.group is None else session.group.id,
        body=dict(body),
    )
    return {"type": kind, **look}


def post(
    ding: DingTalk, query: Mapping[str, str], body: Mapping[str, Any], size: int
) -> dict[str, Any]:
    """Answer ``robot/send`` of a custom robot.

    Raises:
        OldRefusalError: the token's own code for an unknown one, 310000 security settings, 400013
            dissolved, 130101 over twenty a minute and for ten minutes after, 90020, 400105, 40035.
    """
    token = query.get("access_token", "")
    groups = [one for one in ding.box.world.groups if one.platform == "dingtalk"]
    group = next((one for one in groups if token and one.key == token), None)
    if group is None:
        raise OldRefusalError(ding.rules.unknown_webhook_code)
    if group.id in ding.gone:
        raise OldRefusalError(400013)
    _secure(ding, group, query, body)
    now = ding.box.now()
    _slow(ding, group)
    if size > MOST_BYTES:
        raise OldRefusalError(460101, f"message too long, exceed {MOST_BYTES} bytes")
    uuid = body.get("msgUuid")
    before = ding.uuids.get((token, str(uuid))) if uuid else None
    if before is not None and now - before < timedelta(seconds=ding.rules.msg_uuid_seconds):
        ding.note("repeat", group=group.id, uuid=uuid)
        return ok()
    kind, look = bodies.look(body)
    if not ding.quotas.unit(group.corp_id or _home(ding), "webhook"):
        raise OldRefusalError(90020)
    if uuid:
        ding.uuids[token, str(uuid)] = now
    ding.screens.post(group, kind, look, group.robot)
    ding.note("group", group=group.id, robot=group.robot, body=dict(body))
    return ok()


def _home(ding: DingTalk) -> str:
    return next((one.corp_id for one in ding.box.world.ding_apps), "")


def _secure(
    ding: DingTalk, group: Group, query: Mapping[str, str], body: Mapping[str, Any]
) -> None:
    """Check signature and keywords, whichever the robot asks for."""
    if group.secret:
        stamp = query.get("timestamp", "")
        skew = ding.rules.skew_seconds * 1000
        if not stamp.isdigit() or abs(int(stamp) - ding.ms()) > skew:
            raise OldRefusalError(310000, "invalid timestamp")
        if not hmac.compare_digest(signature(group.secret, stamp), query.get("sign", "")):
            raise OldRefusalError(310000, "sign not match")
    if group.keywords and not any(word in bodies.words(body) for word in group.keywords):
        raise OldRefusalError(310000, "keywords not in content")


def _slow(ding: DingTalk, group: Group) -> None:
    """Count one message; over the rate the robot is blocked for a while."""
    now, key = ding.box.now(), ("webhook", group.key)
    if now < ding.blocked.get(group.key, now):
        raise OldRefusalError(130101)
    if ding.pace.count(key, MINUTE, now) >= ding.rules.webhook_per_minute:
        ding.blocked[group.key] = ding.later(ding.rules.webhook_block_seconds)
        ding.violation("a custom robot is blocked for ten minutes", group=group.id)
        raise OldRefusalError(130101)
    ding.pace.add(key, now, keep=MINUTE)
