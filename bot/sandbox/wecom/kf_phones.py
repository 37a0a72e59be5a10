"""The phones of WeChat users in their chat with an account of 微信客服."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.sandbox.correspondence import Correspondence, typed
from bot.sandbox.fingers import Finger, NotOnScreenError, guarded, told, wish_of
from bot.sandbox.screens import Screens
from bot.sandbox.wecom.answers import RefusalError
from bot.sandbox.wecom.kf import Desk
from bot.sandbox.wecom.media import check_file, read_part
from bot.sandbox.world import KfAccount, Member

_MOST_BYTES = {"image": 2 << 20, "voice": 2 << 20, "file": 20 << 20}


@dataclass(frozen=True, slots=True)
class KfPhones(Correspondence):
    """WeChat as far as 微信客服 goes; one account is enough for a city."""

    name = "kf"
    desk: Desk

    @property
    def screens(self) -> Screens:
        """Where the chats stand."""
        return self.desk.screens

    @property
    def fingers(self) -> Mapping[str, Finger]:
        """Return what a finger can do: ``say {"text"}`` · ``tap {"bubble", "item"}`` · ``photo``,
        ``voice``, ``file`` (multipart) · ``enter {"scene", "scene_param"}`` by the account's
        link · ``read`` · ``raw {"type", "part"}`` · ``session {"state"}`` as a colleague changes
        it."""
        found = {
            "say": self.say,
            "tap": self.tap,
            "photo": self.photo,
            "voice": self.voice,
            "file": self.file,
            "enter": self.enter,
            "read": self.read,
            "raw": self.raw,
            "session": self.session,
        }
        return {name: guarded(finger, RefusalError) for name, finger in found.items()}

    def has(self, member: Member) -> bool:
        """Return whether this person writes to the account: WeChat users, where there is one."""
        return member.outsider and bool(self.desk.wecom.box.world.kf_accounts)

    def member(self, member: Member) -> dict[str, Any]:
        """Return what pages read of a phone's owner."""
        return self.owner(member, {"name": self._account().name})

    async def say(self, member: Member, request: web.Request) -> web.Response:
        """Write to the account."""
        text = await typed(request)
        return await self._send(member, "text", {"content": text}, ("text", {"text": text}))

    async def tap(self, member: Member, request: web.Request) -> web.Response:
        """Tap an item of a menu, by its id or its words: it is sent as a text."""
        wish = await wish_of(request)
        bubble = self.desk.screens.chat(member).bubble(str(wish.get("bubble", "")))
        items = bubble.body.get("items", ()) if bubble is not None else ()
        for item in items:
            if wish.get("item") in (item["id"], item["text"]):
                part = {"content": item["text"], "menu_id": item["id"]}
                return await self._send(member, "text", part, ("text", {"text": item["text"]}))
        raise NotOnScreenError("there is no such item")

    async def photo(self, member: Member, request: web.Request) -> web.Response:
        """Send a picture."""
        return await self._file(member, request, "image", "image")

    async def voice(self, member: Member, request: web.Request) -> web.Response:
        """Speak: the platform gives the sound and no words."""
        return await self._file(member, request, "voice", "voice")

    async def file(self, member: Member, request: web.Request) -> web.Response:
        """Send a document."""
        return await self._file(member, request, "file", "file")

    async def enter(self, member: Member, request: web.Request) -> web.Response:
        """Open the chat by the account's link."""
        wish = await wish_of(request)
        scene, param = str(wish.get("scene", "")), str(wish.get("scene_param", ""))
        if len(param.encode()) > 128:
            raise web.HTTPBadRequest(text="scene_param")
        self.desk.screens.read(member)
        async with self.desk.screens.chat(member).line:
            return told(await self.desk.entered(self._account(), member, scene, param), None)

    async def raw(self, member: Member, request: web.Request) -> web.Response:
        """Send any other message."""
        wish = await wish_of(request)
        part = wish.get("part")
        kind = str(wish.get("type", "link"))
        return await self._send(
            member, kind, part if isinstance(part, Mapping) else {}, ("note", {"text": kind})
        )

    async def session(self, member: Member, request: web.Request) -> web.Response:
        """Put the session into a state, as a receptionist or the console does."""
        state = (await wish_of(request)).get("state")
        if not isinstance(state, int) or state not in range(5):
            raise NotOnScreenError("state is 0 to 4")
        self.desk.session(self._account(), member).state = state
        return web.json_response({"state": state})

    async def _file(
        self, member: Member, request: web.Request, kind: str, field: str
    ) -> web.Response:
        name, media_type, data = await read_part(request, field, _MOST_BYTES[kind])
        check_file(kind, data)
        account = self._account()
        media = self.desk.wecom.keep(account.corp_id, kind, name, media_type, data)
        shown = {
            "url": f"/sandbox/media/{media.id}",
            "name": name,
            "type": media_type,
            "size": len(data),
        }
        return await self._send(member, kind, {"media_id": media.id}, (kind, {"media": shown}))

    async def _send(
        self,
        member: Member,
        kind: str,
        part: Mapping[str, Any],
        look: tuple[str, Mapping[str, Any]],
    ) -> web.Response:
        async with self.desk.screens.chat(member).line:
            bubble = self.desk.screens.write(member, *look)
            outcome = await self.desk.said(self._account(), member, kind, part)
        return told(outcome, bubble)

    def _account(self) -> KfAccount:
        return self.desk.wecom.box.world.kf_accounts[0]
