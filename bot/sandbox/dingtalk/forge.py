"""Sending the bot what no platform sends: to see that it is refused before anything is read."""

from collections.abc import Mapping
from typing import Any

from bot.sandbox.dingtalk import taps, webhooks
from bot.sandbox.dingtalk.outside import Outside
from bot.sandbox.dingtalk.state import DingTalk, as_text
from bot.sandbox.world import DingApp

HOURS = 3_600_000
OVERSIZE = 300 * 1024
FORGERIES = (
    "unsigned",
    "wrong_signature",
    "signature_of_another_app",
    "stale",
    "from_the_future",
    "odd_timestamp",
    "junk",
    "not_an_object",
    "oversize",
)
_MESSAGE: Mapping[str, Any] = {"msgtype": "text", "text": {"content": "伪造"}, "msgId": "msgForged"}
_TAP: Mapping[str, Any] = {"type": "actionCallback", "outTrackId": "forged", "content": "{}"}


async def forge(
    ding: DingTalk, outside: Outside, app: DingApp, kind: str, route_key: str = ""
) -> dict[str, Any]:
    """Post one forgery to the app's callback, or to a card's route, and tell what came back.

    ``junk``, ``not_an_object`` and ``oversize`` are signed well: it is their content that is odd.
    """
    route = ding.routes.get(route_key)
    url = app.callback_url if route is None else route.url
    now = ding.ms()
    stamps = {
        "stale": str(now - 2 * HOURS),
        "from_the_future": str(now + 2 * HOURS),
        "odd_timestamp": "yesterday",
    }
    stamp = stamps.get(kind, str(now))
    if route is None:
        sign = webhooks.signature(app.client_secret, stamp)
        wrong = webhooks.signature("SEC-of-another-app", stamp)
        names = ("timestamp", "sign")
    else:
        sign, wrong = taps.signature(route.secret, stamp), taps.signature("another", stamp)
        names = ("x-ddpaas-signature-timestamp", "x-ddpaas-signature")
    if kind == "wrong_signature":
        sign = sign[::-1]
    if kind == "signature_of_another_app":
        sign = wrong
    headers = {} if kind == "unsigned" else dict(zip(names, (stamp, sign), strict=True))
    sound = as_text(_MESSAGE if route is None else _TAP).encode()
    odd = {"junk": b"{", "not_an_object": b"[]", "oversize": b" " * OVERSIZE + sound}
    status, body, trouble = await outside.send(
        url,
        odd.get(kind, sound),
        {"Content-Type": "application/json", **headers},
        ding.rules.http_wait_seconds,
    )
    ding.note("forgery", what=kind, route=route_key, status=status, trouble=trouble)
    return {"status": status, "trouble": trouble, "body": body.decode(errors="replace")}
