"""What a finger does on a phone of either platform: it wishes, and is answered or refused."""

from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from typing import Any, Protocol

from aiohttp import web

from bot.sandbox.chats import Bubble
from bot.sandbox.world import Member

Finger = Callable[[Member, web.Request], Awaitable[web.Response]]


class NotOnScreenError(Exception):
    """The screen offers no such thing; the sentence says why."""


class Outcome(Protocol):
    """What became of something that was sent to the bot."""

    def to_json(self) -> dict[str, Any]:
        """Return it as pages read it."""


async def wish_of(request: web.Request) -> Mapping[str, Any]:
    """Return the JSON object of a page's call; no body is an empty one.

    Raises:
        web.HTTPBadRequest: it is not a JSON object.
    """
    if not await request.read():
        return {}
    try:
        wish = await request.json()
    except ValueError:
        wish = None
    if not isinstance(wish, dict):
        raise web.HTTPBadRequest(text="a JSON object is needed")
    return wish


def told(outcome: Outcome, bubble: Bubble | None, **more: Any) -> web.Response:
    """Answer a finger that reached the bot."""
    look = None if bubble is None else bubble.to_json()
    return web.json_response({**outcome.to_json(), "bubble": look, **more})


def guarded(finger: Finger, refusal: type[Exception]) -> Finger:
    """Return ``finger`` with a 409 where the screen, or the platform's ``refusal``, says no."""

    @wraps(finger)
    async def careful(member: Member, request: web.Request) -> web.Response:
        try:
            return await finger(member, request)
        except (NotOnScreenError, refusal) as error:
            said = " ".join(str(one) for one in error.args if one)
            return web.json_response({"error": said}, status=409)

    return careful
