"""Typed messages and events: wechatpy's classes over fields that our own reader has checked.

wechatpy's parser is not used: it meets duplicates, missing types and foreign roots with lists and
stray exceptions. Its classes are cheap once every field is known to be one string.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wechatpy.enterprise.events import EVENT_TYPES
from wechatpy.enterprise.messages import MESSAGE_TYPES
from wechatpy.events import BaseEvent
from wechatpy.fields import IntegerField, StringField
from wechatpy.messages import BaseMessage, UnknownMessage


class FileMessage(BaseMessage):  # type: ignore[misc]
    """A document. Not in D90239, but seen by others: read where it ever comes."""

    type = "file"
    agent = IntegerField("AgentID", 0)
    media_id = StringField("MediaId")
    name = StringField("FileName")


class TemplateCardEvent(BaseEvent):  # type: ignore[misc]
    """A button, or the submit button, of a card (D90240)."""

    agent = IntegerField("AgentID", 0)
    event = "template_card_event"
    key = StringField("EventKey")
    task_id = StringField("TaskId")
    response_code = StringField("ResponseCode")


class TemplateCardMenuEvent(TemplateCardEvent):
    """An item of the menu in a card's corner (D90240)."""

    event = "template_card_menu_event"


_MESSAGES: Mapping[str, Any] = {**MESSAGE_TYPES, "file": FileMessage}
_EVENTS: Mapping[str, Any] = {
    **EVENT_TYPES,
    "template_card_event": TemplateCardEvent,
    "template_card_menu_event": TemplateCardMenuEvent,
}


def typed(fields: dict[str, str]) -> Any:
    """Return the message or event object for checked fields; ``type`` ``unknown`` for the rest."""
    kind = fields.get("MsgType", "").lower()
    if kind == "event":
        return _EVENTS.get(fields.get("Event", "").lower(), UnknownMessage)(fields)
    return _MESSAGES.get(kind, UnknownMessage)(fields)
