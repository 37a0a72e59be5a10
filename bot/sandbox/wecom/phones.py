"""The phones on WeCom as a page or a test uses them: what stands there, what a finger does."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.sandbox.box import Sandbox
from bot.sandbox.fingers import Finger, NotOnScreenError, guarded, told, wish_of
from bot.sandbox.wecom import menu, oauth
from bot.sandbox.wecom.aibot import Brought, Robots
from bot.sandbox.wecom.answers import RefusalError
from bot.sandbox.wecom.callback import Callbacks, Outcome
from bot.sandbox.wecom.media import MOST_BYTES, check_file, read_part
from bot.sandbox.wecom.state import Media, WeCom
from bot.sandbox.wecom.taps import tap
from bot.sandbox.world import App, Group, Member

PHONE_COOKIE = "sandbox_phone"
OAUTH_ROOT = "/wecom-oauth"


@dataclass(frozen=True, slots=True)
class Phones:
    """Everybody's phone on WeCom; see the sandbox's own page for the shapes."""

    name = "wecom"
    box: Sandbox
    wecom: WeCom
    callbacks: Callbacks
    sign_in: oauth.OAuth
    robots: Robots

    @property
    def fingers(self) -> Mapping[str, Finger]:
        """Return what a finger can do, by name."""
        found = {
            "say": self.say,
            "tap": self.tap,
            "submit": self.tap,
            "menu": self.menu,
            "photo": self.photo,
            "file": self.file,
            "enter": self.enter,
            "read": self.read,
            "open": self.open,
            "raw": self.raw,
        }
        return {name: guarded(finger, RefusalError) for name, finger in found.items()}

    def has(self, member: Member) -> bool:
        """Return whether this person has such a phone: a parent's WeChat is one too, where it has
        no other chats."""
        world = self.box.world
        has_chats = member.dingtalk or world.kf_accounts or world.officials
        return member.wecom and (not member.outsider or not has_chats)

    def member(self, member: Member) -> dict[str, Any]:
        """Return what pages read of a phone's owner."""
        chat = self.box.phone(member)
        return {
            **member.public(),
            "unread": chat.unread,
            "last": chat.last(),
            "apps": [app.public() for app in self.box.world.apps_of(member)],
        }

    def screen(self, member: Member) -> list[dict[str, Any]]:
        """Return what stands in the chat with the apps."""
        return [one.to_json() for one in self.box.phone(member).bubbles]

    def room(self, group: Group, _: Member | None) -> list[dict[str, Any]]:
        """Return what stands in a group: everybody there sees the same."""
        return [one.to_json() for one in self.box.room(group).bubbles]

    async def say(self, member: Member, request: web.Request) -> web.Response:
        """Send a text to the app, or in a group: with ``"at": false`` the robot is deaf."""
        wish = await wish_of(request)
        text = wish.get("text")
        if wish.get("group") and isinstance(text, str):
            return await self._say_there(member, str(wish["group"]), text, at=wish.get("at", True))
        if not isinstance(text, str) or not text.strip():
            raise NotOnScreenError("there is nothing to send")
        app = self._app(member, wish)
        async with self.box.phone(member).line:
            bubble = self.box.write(member, app, "text", {"text": text})
            outcome = await self.callbacks.message(app, member, "text", {"Content": text})
        return told(outcome, bubble)

    async def _say_there(self, member: Member, name: str, text: str, *, at: object) -> web.Response:
        """Say something in a group, to its robot or to everybody else."""
        groups = [one for one in self.box.world.groups if one.platform == "wecom"]
        group = next((one for one in groups if one.id == name), None)
        robot = self.robots.of(group) if group else None
        if group is None or robot is None:
            raise NotOnScreenError("no robot hears in that group")
        mark = {"mentions": [robot.name]} if at else {}
        shown = {"text": text, **mark, "from": member.userid}
        bubble = self.box.post(group, "text", shown, member.name)
        if not at:
            return told(Brought(False, "the robot hears only what mentions it"), bubble)
        outcome, _ = await self.robots.says(member, group, text)
        return told(outcome, bubble)

    async def tap(self, member: Member, request: web.Request) -> web.Response:
        """Tap a button, the submit button or a menu item of a card."""
        wish = await wish_of(request)
        chat = self.box.phone(member)
        async with chat.line:
            bubble = chat.bubble(str(wish.get("bubble", "")))
            tapped = tap(self.wecom, bubble, wish)
            self.box.read(member)
            if tapped.url:
                return web.json_response({"delivered": False, "open": tapped.url})
            assert bubble is not None
            app = self._app(member, {"agent": bubble.agent_id})
            outcome = await self.callbacks.event(app, member, tapped.event, tapped.fields)
        return told(outcome, bubble)

    async def menu(self, member: Member, request: web.Request) -> web.Response:
        """Tap an item of the app's menu, by its key, name or address."""
        wish = await wish_of(request)
        app = self._app(member, wish)
        wanted = wish.get("key")
        for item in menu.items(app):
            if wanted not in (item.get("key"), item["name"], item.get("url")) or not wanted:
                continue
            view = item.get("type") == "view"
            fields = {"EventKey": str(item["url"] if view else item["key"])}
            async with self.box.phone(member).line:
                bubble = self.box.write(member, app, "note", {"text": item["name"]})
                outcome = await self.callbacks.event(
                    app, member, "view" if view else "click", fields
                )
            return told(outcome, bubble, open=item["url"]) if view else told(outcome, bubble)
        raise NotOnScreenError("the menu has no such item")

    async def enter(self, member: Member, request: web.Request) -> web.Response:
        """Open the app's chat."""
        app = self._app(member, await wish_of(request))
        self.box.read(member)
        async with self.box.phone(member).line:
            outcome = await self.callbacks.event(app, member, "enter_agent", {"EventKey": ""})
        return told(outcome, None)

    async def read(self, member: Member, _: web.Request) -> web.Response:
        """Look at the chat without telling the app."""
        self.box.read(member)
        return web.json_response({"unread": 0})

    async def photo(self, member: Member, request: web.Request) -> web.Response:
        """Send a picture: JPG or PNG up to 10 MB, multipart field ``image``."""
        name, kind, data = await read_part(request, "image", MOST_BYTES["image"])
        check_file("image", data)
        app = self._app(member, request.query)
        media = self.wecom.keep(app.corp_id, "image", name, kind, data)
        address = f"{request.scheme}://{request.host}/sandbox/media/{media.id}"
        async with self.box.phone(member).line:
            bubble = self.box.write(member, app, "image", {"media": _file(media)})
            outcome = await self.callbacks.message(
                app, member, "image", {"PicUrl": address, "MediaId": media.id}
            )
        return told(outcome, bubble)

    async def file(self, member: Member, request: web.Request) -> web.Response:
        """Send a document, multipart field ``file``: it stands on the phone, and as shipped the
        platform tells the app nothing of it."""
        most = 5 * MOST_BYTES["file"]
        name, kind, data = await read_part(request, "file", most)
        app = self._app(member, request.query)
        media = self.wecom.keep(app.corp_id, "file", name, kind, data)
        bubble = self.box.write(member, app, "file", {"media": _file(media)})
        if not self.box.limits.files_arrive:
            return told(Outcome(False), bubble)
        async with self.box.phone(member).line:
            fields = {"MediaId": media.id, "FileName": name}
            outcome = await self.callbacks.message(app, member, "file", fields)
        return told(outcome, bubble)

    async def raw(self, member: Member, request: web.Request) -> web.Response:
        """Send any other message (``type``) or event (``event``) with the given fields."""
        wish = await wish_of(request)
        app = self._app(member, wish)
        fields = wish.get("fields") or {}
        if not isinstance(fields, Mapping):
            raise NotOnScreenError("fields must be an object")
        async with self.box.phone(member).line:
            if wish.get("event"):
                outcome = await self.callbacks.event(app, member, str(wish["event"]), fields)
            else:
                kind = str(wish.get("type", "text"))
                outcome = await self.callbacks.message(app, member, kind, fields)
        return told(outcome, None)

    async def open(self, member: Member, request: web.Request) -> web.Response:
        """Return where this phone's browser goes; from then on the authorise page knows it."""
        url = str((await wish_of(request)).get("url", ""))
        if "://" not in url:
            raise NotOnScreenError("this is no address")
        if oauth.is_authorise(url):
            url = self.sign_in.redirect(oauth.parameters(url), member)
        response = web.json_response({"url": url, "member": member.userid})
        response.set_cookie(
            PHONE_COOKIE, member.userid, path=OAUTH_ROOT, httponly=True, samesite="Lax"
        )
        return response

    def _app(self, member: Member, wish: Mapping[str, Any]) -> App:
        """Return the app a wish names by ``agent``, else the member's first one."""
        apps = self.box.world.apps_of(member)
        wanted = wish.get("agent")
        for app in apps:
            if wanted is None or str(app.agent_id) == str(wanted):
                return app
        raise NotOnScreenError("this member does not see that app")


def _file(media: Media) -> dict[str, Any]:
    return {
        "url": f"/sandbox/media/{media.id}",
        "name": media.name,
        "type": media.content_type,
        "size": len(media.data),
    }
