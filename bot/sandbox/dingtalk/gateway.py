"""Opening a stream: the call that gives a ticket, and the socket that takes it (once, in 90 s)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from bot.sandbox.dingtalk.answers import RefusalError
from bot.sandbox.dingtalk.frames import CALLBACK_TOPICS
from bot.sandbox.dingtalk.state import DingTalk, Ticket
from bot.sandbox.dingtalk.stream import Connection, Stream

CONNECT_PATH = "/dingtalk-stream/connect"
# The Go SDK subscribes to these too; they come without being asked for.
_SYSTEM_TOPICS = frozenset({"ping", "disconnect"})


def open_connection(
    ding: DingTalk, request: web.Request, body: Mapping[str, Any], *, half_open: bool
) -> dict[str, Any] | web.Response:
    """Answer ``gateway/connections/open``: where to connect, with which ticket.

    Without ``Accept: application/json`` the answer is XML, as the real one's is.

    Raises:
        RefusalError: 401 authFailed, or subscriptions that make no sense.
    """
    app = ding.tokens.app_of(body.get("clientId"), body.get("clientSecret"))
    if app is None:
        raise RefusalError("authFailed", status=401)
    topics = _topics(body.get("subscriptions"))
    ticket = ding.key(36)
    until = ding.later(ding.rules.ticket_seconds)
    ding.tickets[ticket] = Ticket(app, topics, until, half_open)
    scheme = "wss" if request.scheme == "https" else "ws"
    endpoint = f"{scheme}://{request.host}{CONNECT_PATH}"
    if "application/json" not in request.headers.get("Accept", ""):
        ding.violation("connections/open without Accept: application/json")
        text = f"<xml><endpoint>{endpoint}</endpoint><ticket>{ticket}</ticket></xml>"
        return web.Response(text=text, content_type="application/xml")
    return {"endpoint": endpoint, "ticket": ticket}


def _topics(subscriptions: object) -> frozenset[tuple[str, str]]:
    if not isinstance(subscriptions, list) or not subscriptions:
        raise RefusalError("param.error", "subscriptions must not be empty")
    topics = set()
    for one in subscriptions:
        kind, topic = (one.get("type"), one.get("topic")) if isinstance(one, dict) else ("", "")
        known = {"EVENT": {"*"}, "CALLBACK": CALLBACK_TOPICS, "SYSTEM": _SYSTEM_TOPICS}
        if not isinstance(topic, str) or topic not in known.get(str(kind), ()):
            raise RefusalError("param.error", f"no such subscription: {kind} {topic}")
        topics.add((str(kind), topic))
    return frozenset(topics)


@dataclass(frozen=True, slots=True)
class Gateway:
    """The socket behind the ticket."""

    ding: DingTalk
    stream: Stream

    def routes(self) -> list[web.RouteDef]:
        """Return the socket's address."""
        return [web.get(CONNECT_PATH, self.connect)]

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """Take a ticket and stay connected; a ticket that does not hold ends the handshake."""
        ticket = self.ding.tickets.pop(_ticket(request), None)
        if ticket is None or self.ding.box.now() >= ticket.until:
            self.ding.violation("a stream was opened with no living ticket")
            raise web.HTTPUnauthorized(text="ticket")
        socket = web.WebSocketResponse(timeout=2.0, max_msg_size=8 * 1024 * 1024)
        await socket.prepare(request)
        name = f"{self.ding.box.token(8)}-{self.ding.box.token(4)}"
        connection = Connection(name, ticket, socket, request, silent=ticket.half_open)
        await self.stream.serve(connection)
        return socket


def _ticket(request: web.Request) -> str:
    """Return the ticket as it was written: some clients quote it, others do not."""
    for part in request.rel_url.raw_query_string.split("&"):
        name, _, value = part.partition("=")
        if name == "ticket":
            return unquote(value)
    return ""
