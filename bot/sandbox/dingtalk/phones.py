"""The DingTalk phones as a page or a test uses them."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from aiohttp import BodyPartReader, web

from bot.sandbox.dingtalk import forms, names, sight
from bot.sandbox.dingtalk.answers import RefusalError
from bot.sandbox.dingtalk.inbound import Inbound
from bot.sandbox.dingtalk.login import Login, parameters
from bot.sandbox.dingtalk.outside import Outcome
from bot.sandbox.dingtalk.state import LOGIN_ROOT, DingTalk, File
from bot.sandbox.dingtalk.taps import VARIANTS, Tap, Taps
from bot.sandbox.fingers import Finger, NotOnScreenError, guarded, told, wish_of
from bot.sandbox.world import DingApp, Group, Member

COOKIE = "sandbox_dingtalk_phone"
_SEND = "dtmd://dingtalkclient/sendMessage"


@dataclass(frozen=True, slots=True)
class Phones:
    """Everybody's phone on DingTalk; see the package's page for the shapes."""

    name = "dingtalk"
    ding: DingTalk
    inbound: Inbound
    taps: Taps
    login: Login

    @property
    def fingers(self) -> Mapping[str, Finger]:
        """Return what a finger can do, by name."""
        found = {
            "say": self.say,
            "rich": self.rich,
            "photo": self.photo,
            "file": self.file,
            "audio": self.audio,
            "video": self.video,
            "keep": self.keep,
            "tap": self.tap,
            "fill": self.fill,
            "link": self.link,
            "code": self.code,
            "open": self.open,
            "read": self.read,
            "raw": self.raw,
        }
        return {name: guarded(self._met(finger), RefusalError) for name, finger in found.items()}

    def has(self, member: Member) -> bool:
        """Return whether this person is on DingTalk."""
        return bool(member.dingtalk)

    def member(self, member: Member) -> dict[str, Any]:
        """Return what pages read of a phone's owner."""
        chat = self.ding.screens.chat(member)
        apps = [one for one in self.ding.box.world.ding_apps if names.sees(one, member)]
        return {
            **member.public(),
            "dingtalk": member.dingtalk,
            "unread": chat.unread,
            "last": chat.last(),
            "apps": [{"client_id": one.client_id, "name": one.name} for one in apps],
        }

    def screen(self, member: Member) -> list[dict[str, Any]]:
        """Return what stands in a person's chat with the robot."""
        return [one.to_json() for one in self.ding.screens.chat(member).bubbles]

    def room(self, group: Group, member: Member | None) -> list[dict[str, Any]]:
        """Return what stands in a group as one of its members sees it."""
        seen_by = "" if member is None else member.userid
        return sight.shown(self.ding.box.room(group).bubbles, seen_by)

    async def say(self, member: Member, request: web.Request) -> web.Response:
        """Say something to the robot, or in a group: with ``"at": false`` the robot is deaf."""
        wish = await wish_of(request)
        text = wish.get("text")
        if not isinstance(text, str) or not text.strip():
            raise NotOnScreenError("there is nothing to send")
        group = self._group(wish.get("group"))
        # The mention is cut out on the way, the blank after it stays; alone it may be there too.
        blank = " " if group is not None or self.ding.box.dice.random() < 0.5 else ""
        body = {"text": {"content": f"{blank}{text}"}}
        return await self._send(
            member, wish, group, "text", body, ("text", {"text": text}), at=wish.get("at", True)
        )

    async def rich(self, member: Member, request: web.Request) -> web.Response:
        """Send words and pictures in one message; pictures were kept before."""
        wish = await wish_of(request)
        group, app = self._group(wish.get("group")), self._app(member, wish)
        parts, shown = [], []
        for part in wish.get("parts", ()):
            if "text" in part:
                parts.append({"text": part["text"]})
                shown.append(str(part["text"]))
                continue
            file = self.ding.files.get(str(part.get("picture")))
            if file is None:
                raise NotOnScreenError("there is no such picture")
            code = self.ding.download_code(app, file)
            parts.append({"type": "picture", "downloadCode": code, "pictureDownloadCode": code})
            shown.append(f"[{file.name}]")
        body = {"content": {"richText": parts}}
        look = ("text", {"text": "\n".join(shown)})
        return await self._send(member, wish, group, "richText", body, look)

    async def keep(self, member: Member, request: web.Request) -> web.Response:
        """Keep a picture for a message with words and pictures."""
        file = await self._read(member, request, "file", "image")
        return web.json_response({"file": file.id})

    async def photo(self, member: Member, request: web.Request) -> web.Response:
        """Send a picture."""
        file = await self._read(member, request, "image", "image")
        code = self.ding.download_code(self._app(member, request.query), file)
        content = {"downloadCode": code, "pictureDownloadCode": code}
        return await self._attach(member, request, "picture", content, ("image", file))

    async def file(self, member: Member, request: web.Request) -> web.Response:
        """Send a document; in a group the robot never hears of it."""
        file = await self._read(member, request, "file", "file")
        code = self.ding.download_code(self._app(member, request.query), file)
        content = {
            "downloadCode": code,
            "fileName": file.name,
            "fileId": str(self.ding.box.dice.randrange(10**10, 10**11)),
            "spaceId": str(self.ding.box.dice.randrange(10**9, 10**10)),
        }
        return await self._attach(member, request, "file", content, ("file", file))

    async def audio(self, member: Member, request: web.Request) -> web.Response:
        """Send a spoken message; ``?recognition=`` is what the platform understood."""
        file = await self._read(member, request, "audio", "voice")
        code = self.ding.download_code(self._app(member, request.query), file)
        heard = request.query.get("recognition", "")
        content = {"downloadCode": code, "duration": 4000, "recognition": heard}
        return await self._attach(member, request, "audio", content, ("audio", file))

    async def video(self, member: Member, request: web.Request) -> web.Response:
        """Send a film."""
        file = await self._read(member, request, "video", "video")
        code = self.ding.download_code(self._app(member, request.query), file)
        content = {"downloadCode": code, "duration": 4000, "videoType": "mp4"}
        return await self._attach(member, request, "video", content, ("video", file))

    async def raw(self, member: Member, request: web.Request) -> web.Response:
        """Send a message with other ``fields``, or without those that ``drop`` names."""
        wish = await wish_of(request)
        fields, drop = wish.get("fields") or {}, tuple(wish.get("drop") or ())
        outcome = await self.inbound.message(
            self._app(member, wish),
            member,
            self._group(wish.get("group")),
            "text",
            {"text": {"content": " 原样"}},
            fields=fields,
            drop=drop,
        )
        return told(outcome, None)

    async def tap(self, member: Member, request: web.Request) -> web.Response:
        """Press a component of a card this person can see; ``twice`` is a nervous finger.

        ``card`` with ``"forwarded": true`` presses a copy that somebody passed on. A ``form`` among
        the parameters is held to the card's, unless it is ``forged``.
        """
        wish = await wish_of(request)
        instance, group, bubble = sight.card(self.ding, member, wish)
        variant, params = str(wish.get("variant", "")), wish.get("params") or {}
        if variant not in ("", *VARIANTS) or not isinstance(params, Mapping):
            raise NotOnScreenError(f"variant is one of {', '.join(VARIANTS)}, params an object")
        if "form" in params and not wish.get("forged"):
            _allowed(forms.check_sent, instance.form(member.userid), params["form"])
        tap = Tap(member, instance, group, str(wish.get("action", "")), params, variant)
        self.ding.screens.read(member)
        if wish.get("twice"):
            outcomes = await asyncio.gather(self.taps.tap(tap), self.taps.tap(tap))
            return told(outcomes[0], bubble, second=outcomes[1].to_json())
        return told(await self.taps.tap(tap), bubble)

    async def fill(self, member: Member, request: web.Request) -> web.Response:
        """Fill in the form of a card and send it off; ``answers`` go by label or name."""
        wish = await wish_of(request)
        instance, group, bubble = sight.card(self.ding, member, wish)
        fields, answers = instance.form(member.userid), wish.get("answers")
        if not fields or not isinstance(answers, Mapping):
            raise NotOnScreenError("a form that is shown is needed, and answers to fill in")
        blanks = self.ding.rules.form_blanks
        sent = _allowed(forms.filled, fields, answers, blanks=blanks)
        params = {**(wish.get("params") or {}), "form": sent}
        self.ding.screens.read(member)
        tap = Tap(member, instance, group, str(wish.get("action", "form")), params)
        return told(await self.taps.tap(tap), bubble)

    async def link(self, member: Member, request: web.Request) -> web.Response:
        """Tap a link that stands in the chat: a dtmd link says its text, any other opens."""
        wish = await wish_of(request)
        url = str(wish.get("url", ""))
        shown = json.dumps([one.to_json() for one in self.ding.screens.chat(member).bubbles])
        if not url or json.dumps(url)[1:-1] not in shown:
            raise NotOnScreenError("there is no such link on this phone")
        query = parse_qs(urlsplit(url).query)
        if not url.startswith(_SEND):
            return web.json_response({"delivered": False, "open": query.get("url", [url])[0]})
        text = query.get("content", [""])[0]
        look = ("text", {"text": text})
        return await self._send(member, wish, None, "text", {"text": {"content": text}}, look)

    async def code(self, member: Member, request: web.Request) -> web.Response:
        """Return the code a page inside the client asks for."""
        app = self._app(member, await wish_of(request))
        return web.json_response({"code": self.login.code(app, member), "corp_id": app.corp_id})

    async def open(self, member: Member, request: web.Request) -> web.Response:
        """Return where this person's browser goes; from then on the login page knows it."""
        url = str((await wish_of(request)).get("url", ""))
        if "://" not in url:
            raise NotOnScreenError("this is no address")
        query = parameters(url)
        if query is not None:
            url = self.login.redirect(query, member)
        response = web.json_response({"url": url, "member": member.userid})
        response.set_cookie(COOKIE, member.userid, path=LOGIN_ROOT, httponly=True, samesite="Lax")
        return response

    async def read(self, member: Member, _: web.Request) -> web.Response:
        """Look at the chat."""
        self.ding.screens.read(member)
        return web.json_response({"unread": 0})

    async def _attach(
        self,
        member: Member,
        request: web.Request,
        kind: str,
        content: Mapping[str, Any],
        shown: tuple[str, File],
    ) -> web.Response:
        group = self._group(request.query.get("group"))
        heard = group is None or kind == "picture"
        look = (shown[0], {"media": shown[1].shown()})
        body = {"content": content}
        return await self._send(member, request.query, group, kind, body, look, at=heard)

    async def _send(
        self,
        member: Member,
        wish: Mapping[str, Any],
        group: Group | None,
        kind: str,
        body: Mapping[str, Any],
        look: tuple[str, Mapping[str, Any]],
        *,
        at: object = True,
    ) -> web.Response:
        app = self._app(member, wish, group)
        if group is not None:
            mark = {"mentions": [app.name]} if at else {}
            shown = {**look[1], **mark, "from": member.userid}
            bubble = self.ding.screens.post(group, look[0], shown, member.name)
            if not at:
                return told(Outcome(False, reason="the robot hears only what mentions it"), bubble)
            return told(await self.inbound.message(app, member, group, kind, body), bubble)
        async with self.ding.screens.chat(member).line:
            bubble = self.ding.screens.write(member, *look)
            return told(await self.inbound.message(app, member, None, kind, body), bubble)

    async def _read(self, member: Member, request: web.Request, name: str, kind: str) -> File:
        if not request.content_type.startswith("multipart/"):
            raise NotOnScreenError("multipart is needed")
        async for part in await request.multipart():
            if isinstance(part, BodyPartReader) and part.name == name and part.filename:
                content_type = part.headers.get("Content-Type", "application/octet-stream")
                data = bytes(await part.read())
                corp_id = self._app(member, request.query).corp_id
                return self.ding.keep(corp_id, kind, part.filename, content_type, data)
        raise NotOnScreenError(f"{name} with a file name is needed")

    def _met(self, finger: Finger) -> Finger:
        async def met(member: Member, request: web.Request) -> web.Response:
            if not self.ding.origin:  # a page may come by another name of this machine
                self.ding.met(request)
            return await finger(member, request)

        return met

    def _group(self, name: object) -> Group | None:
        return self._known_group(name) if name else None

    def _known_group(self, name: object) -> Group:
        groups = [one for one in self.ding.box.world.groups if one.platform == "dingtalk"]
        found = next((one for one in groups if one.id == name), None)
        if found is None:
            raise web.HTTPNotFound(text="there is no such group on DingTalk")
        return found

    def _app(self, member: Member, wish: Mapping[str, Any], group: Group | None = None) -> DingApp:
        """Return the app a wish names by ``app``, else the first this person can talk to."""
        wanted = wish.get("app")
        for app in self.ding.box.world.ding_apps:
            if wanted not in (None, app.client_id):
                continue
            if names.sees(app, member) if group is None else app.robot_code in group.robots:
                return app
        raise NotOnScreenError("this person does not see that robot")


def _allowed(act: Callable[..., Any], *given: Any, **how: Any) -> Any:
    """Do what a phone would let happen."""
    try:
        return act(*given, **how)
    except forms.FormError as error:
        raise NotOnScreenError(str(error)) from None
