"""A WeChat user's chat with an account of the office, whichever kind of account that is."""

from abc import ABC, abstractmethod
from typing import Any

from aiohttp import web

from bot.sandbox.fingers import NotOnScreenError, wish_of
from bot.sandbox.screens import Screens
from bot.sandbox.world import Group, Member


class Correspondence(ABC):
    """What such phones have in common: one chat, no groups, lines that are typed."""

    __slots__ = ()

    @property
    @abstractmethod
    def screens(self) -> Screens:
        """Where the chats stand."""

    def screen(self, member: Member) -> list[dict[str, Any]]:
        """Return what stands in the chat."""
        return self.screens.bubbles(member)

    def room(self, group: Group, member: Member | None) -> list[dict[str, Any]]:
        """Return nothing: an account of the office is in no group."""
        return []

    async def read(self, member: Member, _: web.Request) -> web.Response:
        """Look at the chat."""
        self.screens.read(member)
        return web.json_response({"unread": 0})

    def owner(self, member: Member, app: dict[str, Any]) -> dict[str, Any]:
        """Return what pages read of a phone's owner, who writes to one ``app``."""
        chat = self.screens.chat(member)
        return {**member.public(), "unread": chat.unread, "last": chat.last(), "apps": [app]}


async def typed(request: web.Request) -> str:
    """Return the line that somebody typed.

    Raises:
        NotOnScreenError: there is none.
    """
    text = (await wish_of(request)).get("text")
    if not isinstance(text, str) or not text.strip():
        raise NotOnScreenError("there is nothing to send")
    return text
