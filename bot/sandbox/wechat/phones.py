"""The phones of WeChat users in their chat with an official account."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.sandbox.correspondence import Correspondence, typed
from bot.sandbox.fingers import Finger, NotOnScreenError, guarded, told, wish_of
from bot.sandbox.screens import Screens
from bot.sandbox.wechat.callback import Callbacks
from bot.sandbox.wechat.state import ANSWERS, BRIEF_ANSWERS, BRIEF_WINDOW, WINDOW, WeChat
from bot.sandbox.wecom.answers import RefusalError
from bot.sandbox.wecom.envelope import Field
from bot.sandbox.wecom.media import check_file, read_part
from bot.sandbox.world import Member


@dataclass(frozen=True, slots=True)
class WeChatPhones(Correspondence):
    """WeChat as far as the official account goes."""

    name = "wechat"
    wechat: WeChat
    callbacks: Callbacks

    @property
    def screens(self) -> Screens:
        """Where the chats stand."""
        return self.wechat.screens

    @property
    def fingers(self) -> Mapping[str, Finger]:
        """Return what a finger can do: ``say {"text"}`` · ``speak {"heard"}`` (what the platform
        understood) · ``photo`` (multipart) · ``menu {"key"}`` · ``follow`` · ``unfollow`` ·
        ``enter`` and ``read``, of which nobody is told · ``raw {"type", "fields"}``."""
        found = {
            "say": self.say,
            "speak": self.speak,
            "photo": self.photo,
            "menu": self.menu,
            "follow": self.follow,
            "unfollow": self.unfollow,
            "enter": self.read,
            "read": self.read,
            "raw": self.raw,
        }
        return {name: guarded(finger, RefusalError) for name, finger in found.items()}

    def has(self, member: Member) -> bool:
        """Return whether this person reads the account: WeChat users, where there is one."""
        return member.outsider and bool(self.wechat.wecom.box.world.officials)

    def member(self, member: Member) -> dict[str, Any]:
        """Return what pages read of a phone's owner."""
        app = self.wechat.account.app
        return self.owner(member, {"name": app.name, "menu": [dict(item) for item in app.menu]})

    async def say(self, member: Member, request: web.Request) -> web.Response:
        """Write to the account."""
        text = await typed(request)
        return await self._send(member, "text", {"Content": text}, ("text", {"text": text}))

    async def speak(self, member: Member, request: web.Request) -> web.Response:
        """Speak to the account; the platform's own words come with it."""
        heard = str((await wish_of(request)).get("heard", ""))
        app = self.wechat.account.app
        media = self.wechat.wecom.keep(app.corp_id, "voice", "voice.amr", "audio/amr", b"#!AMR\n..")
        fields = {"MediaId": media.id, "Format": "amr", "Recognition": heard}
        return await self._send(member, "voice", fields, ("note", {"text": f"（语音）{heard}"}))

    async def photo(self, member: Member, request: web.Request) -> web.Response:
        """Send a picture."""
        name, media_type, data = await read_part(request, "image", 10 << 20)
        check_file("image", data)
        app = self.wechat.account.app
        media = self.wechat.wecom.keep(app.corp_id, "image", name, media_type, data)
        address = f"/sandbox/media/{media.id}"
        shown = {"url": address, "name": name, "type": media_type, "size": len(data)}
        fields = {"PicUrl": f"{request.scheme}://{request.host}{address}", "MediaId": media.id}
        return await self._send(member, "image", fields, ("image", {"media": shown}))

    async def menu(self, member: Member, request: web.Request) -> web.Response:
        """Tap an item of the account's menu."""
        wanted = (await wish_of(request)).get("key")
        for item in self.wechat.account.app.menu:
            if wanted and wanted in (item.get("key"), item["name"]):
                self.wechat.may_send(member, BRIEF_ANSWERS, BRIEF_WINDOW)
                fields = {"EventKey": str(item["key"])}
                return await self._event(member, "CLICK", fields, str(item["name"]))
        raise NotOnScreenError("the menu has no such item")

    async def follow(self, member: Member, _: web.Request) -> web.Response:
        """Follow the account."""
        self.wechat.follower(member).follows = True
        self.wechat.may_send(member, BRIEF_ANSWERS, BRIEF_WINDOW)
        return await self._event(member, "subscribe", {"EventKey": ""}, "关注了公众号")

    async def unfollow(self, member: Member, _: web.Request) -> web.Response:
        """Follow it no more."""
        self.wechat.follower(member).follows = False
        return await self._event(member, "unsubscribe", {"EventKey": ""}, "取消了关注")

    async def raw(self, member: Member, request: web.Request) -> web.Response:
        """Send any other message."""
        wish = await wish_of(request)
        fields = wish.get("fields")
        kind = str(wish.get("type", "link"))
        given = fields if isinstance(fields, Mapping) else {}
        return await self._send(member, kind, given, ("note", {"text": kind}))

    async def _send(
        self,
        member: Member,
        kind: str,
        fields: Mapping[str, Field],
        look: tuple[str, Mapping[str, Any]],
    ) -> web.Response:
        if not self.wechat.follower(member).follows:
            raise NotOnScreenError("who does not follow an account cannot write to it")
        async with self.wechat.screens.chat(member).line:
            bubble = self.wechat.screens.write(member, *look)
            self.wechat.may_send(member, ANSWERS, WINDOW)
            outcome = await self.callbacks.message(member, kind, fields)
        return told(outcome, bubble)

    async def _event(
        self, member: Member, event: str, fields: Mapping[str, Field], words: str
    ) -> web.Response:
        async with self.wechat.screens.chat(member).line:
            bubble = self.wechat.screens.write(member, "note", {"text": words})
            outcome = await self.callbacks.event(member, event, fields)
        return told(outcome, bubble)
