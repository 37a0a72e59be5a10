"""message/update_template_card: redrawing a card by a response code, once, 72 hours (D94888)."""

from collections.abc import Mapping
from typing import Any

from bot.sandbox.wecom.answers import WRONG_JSON, RefusalError, ok
from bot.sandbox.wecom.cards import INTERACTIVE, CardCheck
from bot.sandbox.wecom.state import RESPONSE_CODE_LIFE, ResponseCode, Sent, WeCom, own_agent
from bot.sandbox.world import App


def update(wecom: WeCom, app: App, body: Mapping[str, Any]) -> dict[str, Any]:
    """Redraw the copies of the receivers it names; the others keep theirs.

    A refused call leaves the code unused; an accepted one spends it, however many it reached.

    Raises:
        RefusalError: 60140 code unknown, old or used, 42015 another app's code, 82101 nobody
            named, 82102 none of them a receiver, 301002 another app's agentid, card codes.
    """
    own_agent(app, body)
    code = _code(wecom, app, body.get("response_code"))
    keys, invalid = _targets(wecom, code.message, body)
    card, replaced, check = _new_look(code.message, body)
    code.used = True
    for key in keys:
        bubble = code.message.bubbles.get(key)
        if bubble is None or bubble.copy is None:
            continue
        bubble.copy.redraw(bubble.copy.card if card is None else card, replaced)
        wecom.box.changed(code.message.receivers[key], bubble)
    warnings = [] if check is None else check.warnings
    wecom.box.journal.note(
        "update",
        msgid=code.message.msgid,
        agent_id=app.agent_id,
        to=[code.message.receivers[key].userid for key in keys],
        body=body,
        warnings=warnings,
    )
    answer = ok(invaliduser=invalid)
    if check is not None and check.wrong_types:
        answer["errmsg"] = WRONG_JSON + answer["errmsg"]
    return answer


def _code(wecom: WeCom, app: App, value: object) -> ResponseCode:
    code = wecom.codes.get(value) if isinstance(value, str) else None
    if code is None:
        raise RefusalError(60140)
    if code.message.app is not app:
        raise RefusalError(42015)
    if code.used or wecom.box.now() - code.at >= RESPONSE_CODE_LIFE:
        raise RefusalError(60140, "used or older than 72 hours")
    return code


def _targets(wecom: WeCom, message: Sent, body: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Return the receivers to redraw and the named ones that are none (lower case)."""
    if body.get("atall") == 1:
        return list(message.receivers), []
    users, parties, tags = (
        _array(body, "userids", str, 1000),
        _array(body, "partyids", int, 100),
        _array(body, "tagids", int, 100),
    )
    if not (users or parties or tags):
        raise RefusalError(82101)
    named = {str(one).lower(): None for one in users}
    for party in parties:
        inside = {one.id for one in wecom.box.world.within(party)}
        for member in wecom.box.world.members:
            if inside & set(member.departments) and member.userid.lower() in message.receivers:
                named[member.userid.lower()] = None
    keys = [key for key in named if key in message.receivers]
    if not keys:
        raise RefusalError(82102)
    return keys, [key for key in named if key not in message.receivers]


def _array(body: Mapping[str, Any], name: str, kind: type, most: int) -> list[Any]:
    """Return a JSON array of the call; these are arrays, not the joined strings of ``send``."""
    value = body.get(name, [])
    if not isinstance(value, list) or not all(type(one) is kind for one in value):
        raise RefusalError(40058, f"{name} must be an array of {kind.__name__}")
    if len(value) > most:
        raise RefusalError(40032, name)
    return value


def _new_look(
    message: Sent, body: Mapping[str, Any]
) -> tuple[Mapping[str, Any] | None, str | None, CardCheck | None]:
    """Return the new card (None: keep it), the inert button's text, and the check that ran."""
    button, card = body.get("button"), body.get("template_card")
    if isinstance(button, Mapping) and card is None:
        text = button.get("replace_name")
        if message.card.get("card_type") not in INTERACTIVE:
            raise RefusalError(42031, "this card has no button to replace")
        if not isinstance(text, str) or not text:
            raise RefusalError(40063, "button.replace_name")
        return None, text, None
    if isinstance(card, Mapping) and button is None:
        check = CardCheck(card, update=True)
        drawn = check.run()
        replaced = drawn.pop("replace_text", None)
        return drawn, replaced or None, check
    raise RefusalError(40063, "either button or template_card")
