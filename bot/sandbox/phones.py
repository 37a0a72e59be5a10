"""All phones and groups under one set of calls, whichever platform each of them is on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

from aiohttp import web

from bot.sandbox.box import Sandbox
from bot.sandbox.fingers import Finger
from bot.sandbox.world import Group, Member


class Platform(Protocol):
    """What pages and tests need of a platform."""

    @property
    def name(self) -> str:
        """Return its name, as groups spell it."""

    @property
    def fingers(self) -> Mapping[str, Finger]:
        """Return what a finger can do on a phone of it, by name."""

    def has(self, member: Member) -> bool:
        """Return whether a person has a phone on it."""

    def member(self, member: Member) -> dict[str, Any]:
        """Return a phone's owner: unread, last line, apps."""

    def screen(self, member: Member) -> list[dict[str, Any]]:
        """Return the bubbles of the chat with the apps."""

    def room(self, group: Group, member: Member | None) -> list[dict[str, Any]]:
        """Return a group's bubbles as one person, or nobody in particular, sees them."""


@dataclass(frozen=True, slots=True)
class Phones:
    """The calls under ``root``: ``phones`` and ``groups``; see the package's page.

    A person's phone is called like the person. Who is on several of the ``platforms`` has one
    phone on each: the first keeps the plain name, the others are called ``userid@platform``.
    """

    box: Sandbox
    platforms: Sequence[Platform]
    root: str = "/sandbox"

    def add_to(self, app: web.Application) -> None:
        """Mount the calls."""
        app.add_routes(
            [
                web.get(f"{self.root}/phones", self.everybody),
                web.get(f"{self.root}/phones/{{phone}}", self.screen),
                web.post(f"{self.root}/phones/{{phone}}/{{finger}}", self.press),
                web.get(f"{self.root}/groups", self.groups),
                web.get(f"{self.root}/groups/{{id}}", self.group),
            ]
        )

    async def everybody(self, _: web.Request) -> web.Response:
        """List phones and groups for the side of the screen."""
        return web.json_response(
            {
                "members": [
                    self._phone(member, platform)
                    for member in self.box.world.members
                    for platform in self._platforms(member)
                ],
                "groups": self._groups(),
                "now": self.box.now().isoformat(),
                "story": self.box.story,
                "home": self._home(),
                "sequence": self.box.hub.sequence,
            }
        )

    async def screen(self, request: web.Request) -> web.Response:
        """Show one phone."""
        member, platform = self._owner(request.match_info["phone"])
        return web.json_response(
            {
                "member": self._phone(member, platform),
                "bubbles": platform.screen(member),
                "sequence": self.box.hub.sequence,
            }
        )

    async def press(self, request: web.Request) -> web.Response:
        """Do something on a phone, as its platform understands it."""
        member, platform = self._owner(request.match_info["phone"])
        finger = platform.fingers.get(request.match_info["finger"])
        if finger is None:
            raise web.HTTPNotFound(text="no finger does that on this phone")
        return await finger(member, request)

    async def groups(self, _: web.Request) -> web.Response:
        """List the groups."""
        return web.json_response({"groups": self._groups()})

    async def group(self, request: web.Request) -> web.Response:
        """Show one group, ``?as=`` a member of it."""
        name, viewer = request.query.get("as", ""), None
        for platform, group in self._rooms():
            if group.id != request.match_info["id"]:
                continue
            if name:
                viewer, _ = self._owner(name)
            return web.json_response(
                {
                    "group": self._group(group),
                    "bubbles": platform.room(group, viewer),
                    "sequence": self.box.hub.sequence,
                }
            )
        raise web.HTTPNotFound(text="there is no such group")

    def _platforms(self, member: Member) -> list[Platform]:
        return [one for one in self.platforms if one.has(member)]

    def _owner(self, phone: str) -> tuple[Member, Platform]:
        """Return whose phone it is; a person's own name on DingTalk will do as well."""
        userid, _, wanted = phone.rpartition("@")
        if wanted not in [one.name for one in self.platforms]:
            userid, wanted = phone, ""
        member = self.box.world.on_dingtalk(userid) or self.box.world.member(userid)
        if member is not None:
            for platform in self._platforms(member):
                if wanted in ("", platform.name):
                    return member, platform
        raise web.HTTPNotFound(text="nobody of that name has a phone here")

    def _rooms(self) -> list[tuple[Platform, Group]]:
        named = {one.name: one for one in self.platforms}
        groups = self.box.world.groups
        return [(named[one.platform], one) for one in groups if one.platform in named]

    def _groups(self) -> list[dict[str, Any]]:
        return [self._group(group) for _, group in self._rooms()]

    def _phone(self, member: Member, platform: Platform) -> dict[str, Any]:
        first = self._platforms(member)[0] is platform
        return {
            **platform.member(member),
            "phone": member.userid if first else f"{member.userid}@{platform.name}",
            "platform": platform.name,
        }

    def _group(self, group: Group) -> dict[str, Any]:
        """Return what pages read of a group, with the robots that hear what mentions them."""
        world = self.box.world
        robots = [one.name for one in world.ding_apps if one.robot_code in group.robots]
        robots += [one.name for one in world.bots if one.bot_id in group.robots]
        return {**group.public(), "last": self.box.room(group).last(), "robots": robots}

    def _home(self) -> str:
        """Return where the first app's own pages are."""
        callback = next((one.callback_url for one in self.box.world.apps), "")
        parts = urlsplit(callback)
        return f"{parts.scheme}://{parts.netloc}/" if parts.netloc else ""
