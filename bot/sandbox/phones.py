"""The phones as a page or a test uses them: what stands there, and what a finger does."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from bot.sandbox.box import Sandbox
from bot.sandbox.chats import Bubble, Chat
from bot.sandbox.wecom import menu, oauth
from bot.sandbox.wecom.answers import RefusalError
from bot.sandbox.wecom.callback import Callbacks, Outcome
from bot.sandbox.wecom.media import MOST_BYTES, check_file, read_part
from bot.sandbox.wecom.state import Media, WeCom
from bot.sandbox.wecom.taps import NotOnScreenError, tap
from bot.sandbox.world import App, Member

PHONE_COOKIE = "sandbox_phone"
OAUTH_ROOT = "/wecom-oauth"
Finger = Callable[[Member, web.Request], Awaitable[web.Response]]


@dataclass(frozen=True, slots=True)
class Phones:
    """The calls under ``/sandbox/phones``; see the package's page for their shapes."""

    box: Sandbox
    wecom: WeCom
    callbacks: Callbacks
    sign_in: oauth.OAuth

    def add_to(self, app: web.Application) -> None:
        """Mount the calls."""
        fingers: dict[str, Finger] = {
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
        app.router.add_get("/sandbox/phones", self.everybody)
        app.router.add_get("/sandbox/phones/{userid}", self.screen)
        for name, finger in fingers.items():
            app.router.add_post(f"/sandbox/phones/{{userid}}/{name}", self._guarded(finger))

    async def everybody(self, _: web.Request) -> web.Response:
        """List members and groups for the side of the screen."""
        return web.json_response(
            {
                "members": [self._member(one) for one in self.box.world.members],
                "groups": groups_json(self.box),
                "now": self.box.now().isoformat(),
                "story": self.box.story,
                "home": self._home(),
                "sequence": self.box.hub.sequence,
            }
        )

    def _home(self) -> str:
        """Return where the first app's own pages are."""
        callback = next((one.callback_url for one in self.box.world.apps), "")
        parts = urlsplit(callback)
        return f"{parts.scheme}://{parts.netloc}/" if parts.netloc else ""

    async def screen(self, request: web.Request) -> web.Response:
        """Show one phone."""
        member = self._owner(request)
        return web.json_response(
            {
                "member": self._member(member),
                "bubbles": [one.to_json() for one in self.box.phone(member).bubbles],
                "sequence": self.box.hub.sequence,
            }
        )

    async def say(self, member: Member, request: web.Request) -> web.Response:
        """Send a text to the app."""
        wish = await wish_of(request)
        text = wish.get("text")
        if not isinstance(text, str) or not text.strip():
            raise NotOnScreenError("there is nothing to send")
        app = self._app(member, wish)
        async with self.box.phone(member).line:
            bubble = self.box.write(member, app, "text", {"text": text})
            outcome = await self.callbacks.message(app, member, "text", {"Content": text})
        return _told(outcome, bubble)

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
        return _told(outcome, bubble)

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
            return _told(outcome, bubble, open=item["url"]) if view else _told(outcome, bubble)
        raise NotOnScreenError("the menu has no such item")

    async def enter(self, member: Member, request: web.Request) -> web.Response:
        """Open the app's chat."""
        app = self._app(member, await wish_of(request))
        self.box.read(member)
        async with self.box.phone(member).line:
            outcome = await self.callbacks.event(app, member, "enter_agent", {"EventKey": ""})
        return _told(outcome, None)

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
        return _told(outcome, bubble)

    async def file(self, member: Member, request: web.Request) -> web.Response:
        """Send a document, multipart field ``file``: it stands on the phone, and as shipped the
        platform tells the app nothing of it."""
        most = 5 * MOST_BYTES["file"]
        name, kind, data = await read_part(request, "file", most)
        app = self._app(member, request.query)
        media = self.wecom.keep(app.corp_id, "file", name, kind, data)
        bubble = self.box.write(member, app, "file", {"media": _file(media)})
        if not self.box.limits.files_arrive:
            return _told(Outcome(False), bubble)
        async with self.box.phone(member).line:
            fields = {"MediaId": media.id, "FileName": name}
            outcome = await self.callbacks.message(app, member, "file", fields)
        return _told(outcome, bubble)

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
        return _told(outcome, None)

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

    def _guarded(self, finger: Finger) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def guarded(request: web.Request) -> web.Response:
            member = self._owner(request)
            try:
                return await finger(member, request)
            except NotOnScreenError as error:
                return web.json_response({"error": str(error)}, status=409)
            except RefusalError as error:
                said = {"error": f"{error.code} {error.hint}".strip()}
                return web.json_response(said, status=409)

        return guarded

    def _owner(self, request: web.Request) -> Member:
        member = self.box.world.member(request.match_info["userid"])
        if member is None:
            raise web.HTTPNotFound(text="nobody of that name has a phone here")
        return member

    def _app(self, member: Member, wish: Mapping[str, Any]) -> App:
        """Return the app a wish names by ``agent``, else the member's first one."""
        apps = self.box.world.apps_of(member)
        wanted = wish.get("agent")
        for app in apps:
            if wanted is None or str(app.agent_id) == str(wanted):
                return app
        raise NotOnScreenError("this member does not see that app")

    def _member(self, member: Member) -> dict[str, Any]:
        chat: Chat = self.box.phone(member)
        return {
            **member.public(),
            "unread": chat.unread,
            "last": chat.last(),
            "apps": [app.public() for app in self.box.world.apps_of(member)],
        }


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


def groups_json(box: Sandbox) -> list[dict[str, Any]]:
    """Return all groups with their newest line."""
    return [{**group.public(), "last": box.room(group).last()} for group in box.world.groups]


def _told(outcome: Outcome, bubble: Bubble | None, **more: Any) -> web.Response:
    look = None if bubble is None else bubble.to_json()
    return web.json_response({**outcome.to_json(), "bubble": look, **more})


def _file(media: Media) -> dict[str, Any]:
    return {
        "url": f"/sandbox/media/{media.id}",
        "name": media.name,
        "type": media.content_type,
        "size": len(media.data),
    }
