"""Passive replies: what a phone shows of the bot's answer to a callback (D90241)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.sandbox.wecom.answers import RefusalError
from bot.sandbox.wecom.bodies import MEDIA_TYPES, Draw, Look
from bot.sandbox.wecom.cards import CardCheck
from bot.sandbox.wecom.envelope import BadReplyError, open_reply
from bot.sandbox.wecom.state import WeCom
from bot.sandbox.world import App, Member

EVENTS_WITH_REPLY = frozenset(
    {
        "subscribe",
        "enter_agent",
        "LOCATION",
        "click",
        "view",
        "view_miniprogram",
        "scancode_waitmsg",
        "template_card_menu_event",
    }
)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One thing to tell the bot: its plain XML stays the same however often it is delivered."""

    app: App
    member: Member
    kind: str
    event: str
    xml: str
    fields: Mapping[str, Any]

    @property
    def takes_reply(self) -> bool:
        """Whether a passive message in the answer is shown."""
        return self.kind != "event" or self.event in EVENTS_WITH_REPLY


_LISTS = {
    "HorizontalContentList",
    "JumpList",
    "VerticalContentList",
    "ButtonList",
    "OptionList",
    "SelectList",
    "ActionList",
}
_NAMES = {"KeyName": "keyname", "UserId": "userid", "AppId": "appid", "PagePath": "pagepath"}


def show(wecom: WeCom, delivery: Delivery, body: bytes) -> dict[str, Any]:
    """Show a passive reply on the phone and return what it was.

    Raises:
        BadReplyError: the envelope or the reply is wrong, or this event takes none.
    """
    reply = open_reply(delivery.app, body)
    kind = reply.get("MsgType")
    if (reply.get("FromUserName"), reply.get("ToUserName")) != (
        delivery.app.corp_id,
        delivery.member.userid,
    ):
        raise BadReplyError("ToUserName must be the member and FromUserName the corp")
    if not str(reply.get("CreateTime", "")).isdigit():
        raise BadReplyError("CreateTime is missing")
    if kind in ("update_button", "update_template_card"):
        return _redraw(wecom, delivery, reply)
    if not delivery.takes_reply:
        raise BadReplyError(f"{delivery.event} takes no passive reply")
    look = _look(wecom, delivery, reply)
    bubble = wecom.box.arrive(delivery.member, delivery.app, look.kind, look.body)
    wecom.box.journal.note(
        "reply",
        member=delivery.member.userid,
        agent_id=delivery.app.agent_id,
        body=reply,
        warnings=look.warnings,
    )
    return {"type": kind, "bubble": bubble.to_json()}


def _look(wecom: WeCom, delivery: Delivery, reply: Mapping[str, Any]) -> Look:
    kind = str(reply.get("MsgType"))
    draw = Draw(wecom, delivery.app.corp_id, MEDIA_TYPES - {"file"} | {"text", "news"})
    try:
        if kind == "text":
            return draw.look({"msgtype": kind, "text": {"content": reply.get("Content")}})
        if kind == "news":
            part = reply.get("Articles")
            items = part.get("item") if isinstance(part, Mapping) else []
            rows = [one for one in (items if isinstance(items, list) else [items]) if one]
            articles = [{name.lower(): text or "" for name, text in row.items()} for row in rows]
            return draw.look({"msgtype": kind, "news": {"articles": articles}})
        if kind in MEDIA_TYPES:
            part = reply.get(kind.capitalize())
            media_id = part.get("MediaId") if isinstance(part, Mapping) else None
            return draw.look({"msgtype": kind, kind: {"media_id": media_id}})
    except RefusalError as error:
        raise BadReplyError(f"{error.code} {error.hint}".strip()) from error
    raise BadReplyError(f"{kind} is no passive reply")


def _redraw(wecom: WeCom, delivery: Delivery, reply: Mapping[str, Any]) -> dict[str, Any]:
    """Apply a passive card update to the tapper's copy, where the platform still does that."""
    if delivery.event != "template_card_event" or not wecom.box.limits.passive_card_updates:
        raise BadReplyError("passive card updates are ignored")
    app, task_id = delivery.app, str(delivery.fields["TaskId"])
    message = wecom.task_ids[app.corp_id, app.agent_id, task_id]
    bubble = message.bubbles[delivery.member.userid.lower()]
    assert bubble.copy is not None, "only cards have task ids"
    if reply["MsgType"] == "update_button":
        button = reply.get("Button")
        name = button.get("ReplaceName") if isinstance(button, Mapping) else ""
        if not name:
            raise BadReplyError("Button/ReplaceName is missing")
        bubble.copy.redraw(bubble.copy.card, name)
    else:
        card = reply.get("TemplateCard")
        if not isinstance(card, Mapping):
            raise BadReplyError("TemplateCard is missing")
        check = CardCheck(_snake(card), update=True)
        try:
            drawn = check.run()
        except RefusalError as error:
            raise BadReplyError(f"{error.code} {error.hint}".strip()) from error
        bubble.copy.redraw(drawn, drawn.pop("replace_text", None) or None)
    wecom.box.changed(delivery.member, bubble)
    return {"type": reply["MsgType"], "bubble": bubble.to_json()}


def _snake(part: Any) -> Any:
    """Turn the XML's CamelCase names and text numbers into the JSON form of a card."""
    if not isinstance(part, Mapping):
        return part or ""
    card: dict[str, Any] = {}
    for name, value in part.items():
        if name == "#text":  # the white space between elements
            continue
        words = "".join(f"_{one.lower()}" if one.isupper() else one for one in name).lstrip("_")
        key = {"check_box": "checkbox"}.get(words, _NAMES.get(name, words))
        rows = value if isinstance(value, list) else [value]
        if name in _LISTS:
            card[key] = [_snake(one) for one in rows]
        elif key in ("type", "style", "desc_color", "mode") and isinstance(value, str):
            card[key] = int(value) if value.isdigit() else value
        else:
            card[key] = _snake(value)
    return card
