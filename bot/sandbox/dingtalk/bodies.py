"""The five messages a webhook takes, and what they show."""

from collections.abc import Mapping
from typing import Any

from bot.sandbox.dingtalk.answers import OldRefusalError

TYPES = frozenset({"text", "markdown", "link", "actionCard", "feedCard"})
MOST_AT = 50
_BAD = 40035


def look(body: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return kind and body of the bubble that a webhook's message makes.

    Raises:
        OldRefusalError: 400105 another type, 40035 a field missing or of another type.
    """
    kind = body.get("msgtype")
    if not isinstance(kind, str) or kind not in TYPES:
        raise OldRefusalError(400105)
    part = body.get(kind)
    if not isinstance(part, Mapping):
        raise OldRefusalError(_BAD, f"{kind} is missing")
    at = _at(body.get("at"))
    more = {"at": at} if at else {}
    if kind == "text":
        return "text", {"text": _text(part, "content"), **more}
    if kind == "markdown":
        return "markdown", {"title": _text(part, "title"), "text": _text(part, "text"), **more}
    if at and kind in ("link", "feedCard"):
        raise OldRefusalError(_BAD, f"{kind} cannot at anybody")
    if kind == "link":
        shown = {name: _text(part, name) for name in ("title", "text", "messageUrl")}
        return "link", {**shown, "picUrl": _text(part, "picUrl", needed=False)}
    if kind == "actionCard":
        return "action_card", {**_action_card(part), **more}
    return "feed_card", {"links": _feed(part)}


def words(body: Mapping[str, Any]) -> str:
    """Return everything in a message that a keyword may stand in."""
    return str([one for name, one in body.items() if name in TYPES])


def _action_card(part: Mapping[str, Any]) -> dict[str, Any]:
    shown = {name: _text(part, name) for name in ("title", "text")}
    if part.get("btnOrientation", "0") not in ("0", "1"):
        raise OldRefusalError(_BAD, "btnOrientation is the string 0 or 1")
    if "btns" not in part:
        button = {"title": _text(part, "singleTitle"), "url": _text(part, "singleURL")}
        return {**shown, "buttons": [button]}
    buttons = [
        {"title": _text(one, "title"), "url": _text(one, "actionURL")}
        for one in _rows(part, "btns")
    ]
    return {**shown, "buttons": buttons}


def _feed(part: Mapping[str, Any]) -> list[dict[str, str]]:
    return [
        {name: _text(one, name) for name in ("title", "messageURL", "picURL")}
        for one in _rows(part, "links")
    ]


def _rows(part: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    rows = part.get(name)
    if not isinstance(rows, list) or not rows or not all(isinstance(one, dict) for one in rows):
        raise OldRefusalError(_BAD, f"{name} is a list of objects")
    return rows


def _text(part: Mapping[str, Any], name: str, *, needed: bool = True) -> str:
    value = part.get(name, "")
    if not isinstance(value, str) or (needed and not value):
        raise OldRefusalError(_BAD, f"{name} must be a string that is not empty")
    return value


def _at(wish: object) -> dict[str, Any]:
    if wish is None:
        return {}
    if not isinstance(wish, Mapping):
        raise OldRefusalError(_BAD, "at is an object")
    people: list[str] = []
    for name in ("atUserIds", "atMobiles"):
        given = wish.get(name) or []
        if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
            raise OldRefusalError(_BAD, f"at.{name} is a list of strings")
        people += given
    if len(people) > MOST_AT:
        raise OldRefusalError(_BAD, f"at most {MOST_AT} people")
    if not isinstance(wish.get("isAtAll", False), bool):
        raise OldRefusalError(_BAD, "at.isAtAll is true or false")
    everybody = {"all": True} if wish.get("isAtAll") else {}
    return {**({"people": people} if people else {}), **everybody}
