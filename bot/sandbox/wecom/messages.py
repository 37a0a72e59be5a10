"""message/send, message/recall and message/update_template_card (D90236, D94867, D94888)."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from bot.sandbox.chats import CardCopy
from bot.sandbox.pace import DAY, HOUR, MINUTE
from bot.sandbox.wecom.answers import WRONG_JSON, RefusalError, ok
from bot.sandbox.wecom.bodies import MEDIA_TYPES, Draw, Look
from bot.sandbox.wecom.cards import INTERACTIVE, updatable
from bot.sandbox.wecom.state import Sent, WeCom, own_agent
from bot.sandbox.world import App, Member

TYPES = MEDIA_TYPES | {"text", "markdown", "textcard", "news", "template_card"}


def send(wecom: WeCom, app: App, body: Mapping[str, Any]) -> dict[str, Any]:
    """Deliver one message to the members it names and answer as the platform does.

    Raises:
        RefusalError: nothing was delivered, nothing was used up.
    """
    own_agent(app, body)
    look = Draw(wecom, app.corp_id, TYPES).look(body)
    receivers, invalid, warned = _receivers(wecom, app, body)
    if repeated(wecom, app, body):
        # What is answered to a repeat is not documented: the caller gets no msgid and no code.
        return ok(invaliduser="", invalidparty="", invalidtag="", unlicenseduser="")
    now = wecom.box.now()
    message = Sent(wecom.box.token(32), app, now, body, receivers)
    if look.kind == "card":
        _claim_task(wecom, app, message, look)
    wecom.messages[message.msgid] = message
    _remember(wecom, app, body)
    shown = [member for key, member in receivers.items() if _show(wecom, message, key, look)]
    dropped = [one.userid for one in receivers.values() if one not in shown]
    wecom.box.journal.note(
        "message",
        msgid=message.msgid,
        agent_id=app.agent_id,
        to=[member.userid for member in shown],
        body=body,
        warnings=look.warnings,
    )
    if dropped:
        wecom.box.journal.note("dropped", msgid=message.msgid, to=dropped)
    answer = ok(**invalid, msgid=message.msgid)
    if look.kind == "card" and updatable(message.card):
        answer["response_code"] = wecom.new_code(message)
    if look.wrong_types or warned:
        answer["errmsg"] = WRONG_JSON + answer["errmsg"]
    return answer


def recall(wecom: WeCom, app: App, body: Mapping[str, Any]) -> dict[str, Any]:
    """Take back a message of the last 24 hours.

    Raises:
        RefusalError: 40058 not this app's message, 42052 too old.
    """
    message = wecom.messages.get(str(body.get("msgid", "")))
    if message is None or message.app is not app:
        raise RefusalError(40058, "msgid")
    if wecom.box.now() - message.at >= DAY:
        raise RefusalError(42052)
    message.recalled = True
    for key, bubble in message.bubbles.items():
        bubble.recalled = True
        wecom.box.changed(message.receivers[key], bubble)
    wecom.box.journal.note("recall", msgid=message.msgid)
    return ok()


def repeated(wecom: WeCom, app: App, body: Mapping[str, Any]) -> bool:
    """Return whether the duplicate check finds the same request JSON within its interval."""
    if body.get("enable_duplicate_check") != 1:
        return False
    interval = body.get("duplicate_check_interval", 1800)
    if not isinstance(interval, int) or not 0 < interval <= 4 * 3600:
        interval = 1800
    before = wecom.repeats.get((app.corp_id, app.agent_id, _digest(body)))
    return before is not None and wecom.box.now() - before < timedelta(seconds=interval)


def _remember(wecom: WeCom, app: App, body: Mapping[str, Any]) -> None:
    if body.get("enable_duplicate_check") == 1:
        wecom.repeats[app.corp_id, app.agent_id, _digest(body)] = wecom.box.now()


def _digest(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, ensure_ascii=False).encode()).hexdigest()


def _claim_task(wecom: WeCom, app: App, message: Sent, look: Look) -> None:
    if message.card["card_type"] in INTERACTIVE and not app.callback_url:
        raise RefusalError(43012)
    task_id = message.card.get("task_id")
    if not task_id:
        return
    claim = (app.corp_id, app.agent_id, str(task_id))
    if claim in wecom.task_ids:
        raise RefusalError(42014, "task_id was used before")
    wecom.task_ids[claim] = message


def _show(wecom: WeCom, message: Sent, key: str, look: Look) -> bool:
    """Put the message on one phone; over the member's rate it vanishes without a word."""
    box, app, member = wecom.box, message.app, message.receivers[key]
    pair = (app.corp_id, app.agent_id, key)
    now = box.now()
    if (
        wecom.pace.count(pair, MINUTE, now) >= box.limits.member_per_minute
        or wecom.pace.count(pair, HOUR, now) >= box.limits.member_per_hour
    ):
        return False
    wecom.pace.add(pair, now)
    copy = None
    if look.kind == "card":
        copy = CardCopy(message.msgid, str(message.card.get("task_id", "")), look.body)
    message.bubbles[key] = box.arrive(member, app, look.kind, look.body, copy)
    return True


def _receivers(
    wecom: WeCom, app: App, body: Mapping[str, Any]
) -> tuple[dict[str, Member], dict[str, str], bool]:
    """Return who gets it (by lower-case userid), the invalid lists, and whether a list had the
    wrong type and was therefore ignored."""
    names = {field: body.get(field, "") for field in ("touser", "toparty", "totag")}
    warned = any(not isinstance(value, str) for value in names.values())
    lists = {
        field: [one.strip() for one in value.split("|") if one.strip()]
        for field, value in names.items()
        if isinstance(value, str)
    }
    users, parties, tags = (lists.get(field, []) for field in names)
    if not (users or parties or tags):
        raise RefusalError(82001)
    for given, most, code in ((users, 1000, 40032), (parties, 100, 82002), (tags, 100, 82003)):
        if len(given) > most:
            raise RefusalError(code)
    world = wecom.box.world
    if users == ["@all"]:
        everybody = (member for member in world.members if world.sees(member, app))
        return _by_key(everybody), _invalid([], [], [], []), warned
    found: dict[str, Member] = {}
    bad_users, unlicensed, bad_parties = [], [], []
    for name in users:
        member = world.member(name)
        if member is None or not world.sees(member, app):
            bad_users.append(name.lower())
        elif not member.licensed:
            unlicensed.append(member.userid.lower())
        else:
            found[member.userid.lower()] = member
    for party in parties:
        inside = {one.id for one in world.within(int(party))} if party.isdigit() else set()
        there = [
            one for one in world.members if inside & set(one.departments) and world.sees(one, app)
        ]
        if not there:
            bad_parties.append(party)
        found |= _by_key(one for one in there if one.licensed)
    if not found and not unlicensed:
        raise RefusalError(81013)
    return found, _invalid(bad_users, bad_parties, tags, unlicensed), warned


def _by_key(members: Iterable[Member]) -> dict[str, Member]:
    return {member.userid.lower(): member for member in members}


def _invalid(
    users: list[str], parties: list[str], tags: list[str], unlicensed: list[str]
) -> dict[str, str]:
    return {
        "invaliduser": "|".join(users),
        "invalidparty": "|".join(parties),
        "invalidtag": "|".join(tags),
        "unlicenseduser": "|".join(unlicensed),
    }
