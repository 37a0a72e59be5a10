"""The app's menu (D90231)."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.sandbox.wecom.answers import RefusalError, ok
from bot.sandbox.world import App


def create(app: App, query: Mapping[str, str], body: Mapping[str, Any]) -> dict[str, Any]:
    """Replace the menu.

    Raises:
        RefusalError: 301002 another app, 40016…40027, 40054 and 40055 for what is wrong.
    """
    _own(app, query)
    buttons = _row(body.get("button"), most=3, name_bytes=16, code=40016)
    for button in buttons:
        if "sub_button" in button:
            for item in _row(button["sub_button"], most=5, name_bytes=40, code=40023):
                _action(item)
        else:
            _action(button)
    app.menu = tuple(dict(button) for button in buttons)
    return ok()


def get(app: App, query: Mapping[str, str]) -> dict[str, Any]:
    """Return the menu as it stands."""
    _own(app, query)
    return ok(button=[dict(item) for item in app.menu])


def delete(app: App, query: Mapping[str, str]) -> dict[str, Any]:
    """Remove the menu."""
    _own(app, query)
    app.menu = ()
    return ok()


def items(app: App) -> list[Mapping[str, Any]]:
    """Return everything in the menu that can be tapped."""
    flat: list[Mapping[str, Any]] = []
    for item in app.menu:
        flat.extend(item.get("sub_button") or [item])
    return flat


def _own(app: App, query: Mapping[str, str]) -> None:
    if query.get("agentid") != str(app.agent_id):
        raise RefusalError(301002 if query.get("agentid") else 41011)


def _row(value: object, *, most: int, name_bytes: int, code: int) -> Sequence[Mapping[str, Any]]:
    if not isinstance(value, list) or not 1 <= len(value) <= most:
        raise RefusalError(code, "number of buttons")
    for item in value:
        name = item.get("name") if isinstance(item, Mapping) else None
        if not isinstance(name, str) or not 1 <= len(name.encode()) <= name_bytes:
            raise RefusalError(40018 if code == 40016 else 40025, "name")
    return value


def _action(item: Mapping[str, Any]) -> None:
    kind, key, url = item.get("type"), item.get("key", ""), item.get("url", "")
    if kind == "click":
        if not isinstance(key, str) or not 1 <= len(key.encode()) <= 128:
            raise RefusalError(40019, "key")
    elif kind == "view":
        if not isinstance(url, str) or "://" not in url or len(url.encode()) > 1024:
            raise RefusalError(40054, "url")
    else:
        raise RefusalError(40017, "type")
