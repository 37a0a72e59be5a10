"""Who is in the emulated city: corps, apps of both platforms, members, departments and groups."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_COLOURS = ("#4c8bf5", "#2ba471", "#e37318", "#8e56dd", "#d54941", "#0594fa", "#b98f2b", "#5a6b7b")


@dataclass(frozen=True, slots=True)
class Department:
    """A node of the address book; the root is 1, its parent 0."""

    id: int
    name: str
    parent: int = 1


@dataclass(frozen=True, slots=True)
class Member:
    """A person with a phone. ``outsider``: a WeChat user who is no member of the corp.

    ``dingtalk`` is the person's userId on DingTalk, empty for who is not there; an outsider's is
    never told to an app. ``wecom`` is false for who is on DingTalk only.
    """

    userid: str
    name: str
    corp_id: str
    colour: str
    role: str = ""
    unit: str = ""
    departments: tuple[int, ...] = (1,)
    mobile: str = ""
    outsider: bool = False
    licensed: bool = True
    status: int = 1
    wecom: bool = True
    dingtalk: str = ""

    def public(self) -> dict[str, Any]:
        """Return what a page may show of this person."""
        return {
            "userid": self.userid,
            "name": self.name,
            "colour": self.colour,
            "role": self.role,
            "unit": self.unit,
            "outsider": self.outsider,
        }


@dataclass(slots=True, eq=False)
class App:
    """A self-built application: its callback form is the only thing that changes.

    ``visible`` lists userids in lower case, ``None`` means everybody of the corp.
    ``trusted_domain`` is host or host:port of OAuth redirects, empty means not checked.
    """

    corp_id: str
    agent_id: int
    name: str
    secret: str
    token: str = ""
    encoding_aes_key: str = ""
    callback_url: str = ""
    visible: frozenset[str] | None = None
    sees_root: bool = True
    trusted_domain: str = ""
    trusted_ips: frozenset[str] = frozenset()
    menu: tuple[Mapping[str, Any], ...] = ()

    def public(self) -> dict[str, Any]:
        """Return what a page may show of this app: no secret."""
        return {
            "corp_id": self.corp_id,
            "agent_id": self.agent_id,
            "name": self.name,
            "menu": [dict(item) for item in self.menu],
        }


@dataclass(slots=True, eq=False)
class DingApp:
    """An enterprise-internal app with a robot on DingTalk.

    ``mode`` is how its messages arrive: ``stream``, or ``http`` at ``callback_url``. ``visible``
    lists userIds, ``None`` means everybody of the corp. ``redirects`` are the hosts a web login
    may lead back to, empty means not checked; ``missing_scopes`` are permissions not granted.
    """

    corp_id: str
    client_id: str
    client_secret: str
    name: str = "备案助手"
    robot_code: str = ""
    mode: str = "stream"
    callback_url: str = ""
    published: bool = True
    stopped: bool = False
    visible: frozenset[str] | None = None
    redirects: frozenset[str] = frozenset()
    trusted_ips: frozenset[str] = frozenset()
    missing_scopes: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.robot_code = self.robot_code or self.client_id


@dataclass(frozen=True, slots=True)
class KfAccount:
    """An account of 微信客服 that the app ``agent_id`` may use."""

    corp_id: str
    agent_id: int
    open_kfid: str
    name: str = "备案助手"


@dataclass(frozen=True, slots=True)
class Robot:
    """A 智能机器人. ``plain_ids``: a super administrator made it, and it is told userids as they
    are; ``long_connection`` is how it is reached, instead of a callback."""

    bot_id: str
    secret: str
    corp_id: str = ""
    name: str = "备案助手"
    plain_ids: bool = True
    long_connection: bool = True


@dataclass(frozen=True, slots=True)
class OfficialAccount:
    """An official account of WeChat: ``original_id`` is how messages name it.

    ``app`` holds its callback form, its AppID in place of the corp's. ``may_send`` is the right to
    the customer service messages, which only verified accounts have.
    """

    app: App
    original_id: str
    may_send: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """A group chat; ``key`` is the secret of its robot, ``id`` its public handle.

    ``external`` groups hold WeChat users and refuse robots. On DingTalk (``platform``) ``key`` is
    the token of the custom robot, ``secret`` and ``keywords`` are its security settings.
    ``robots`` are the codes of the internal robots in the group, on WeCom of the 智能机器人.
    """

    id: str
    name: str
    key: str = ""
    unit: str = ""
    robot: str = "备案助手"
    corp_id: str = ""
    members: tuple[str, ...] = ()
    external: bool = False
    kind: str = "webhook"
    platform: str = "wecom"
    secret: str = ""
    keywords: tuple[str, ...] = ()
    robots: tuple[str, ...] = ()

    def public(self) -> dict[str, Any]:
        """Return what a page may show of this group: no key."""
        return {
            "id": self.id,
            "name": self.name,
            "unit": self.unit,
            "kind": self.kind,
            "platform": self.platform,
            "members": list(self.members),
        }


@dataclass(slots=True, eq=False)
class World:
    """Everybody and everything that exists before the first message."""

    corps: dict[str, str] = field(default_factory=dict)
    apps: list[App] = field(default_factory=list)
    ding_apps: list[DingApp] = field(default_factory=list)
    bots: list[Robot] = field(default_factory=list)
    kf_accounts: list[KfAccount] = field(default_factory=list)
    officials: list[OfficialAccount] = field(default_factory=list)
    members: list[Member] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    departments: list[Department] = field(default_factory=lambda: [Department(1, "根部门", 0)])
    _by_name: dict[str, Member] = field(default_factory=dict, repr=False)

    @classmethod
    def from_dict(cls, city: Mapping[str, Any]) -> "World":
        """Read a city from plain JSON; keys are the field names of the classes above.

        ``corps`` is a list of ``{corp_id, name}``. ``corp_id`` of an app, member or group may be
        left out where there is one corp; a group's ``id`` where its position will do.

        Raises:
            ValueError: two members share a userid, or a corp is unknown.
        """
        corps = {row["corp_id"]: row.get("name", "") for row in city.get("corps", ())}
        home = next(iter(corps), "")
        world = cls(corps=corps)
        for row in city.get("departments", ()):
            if row["id"] == 1:
                world.departments[0] = Department(1, row["name"], 0)
            else:
                world.departments.append(Department(row["id"], row["name"], row.get("parent", 1)))
        for row in city.get("apps", ()):
            world.apps.append(_app({"corp_id": home, **row}))
        world.ding_apps += [_ding_app(row) for row in city.get("ding_apps", ())]
        world.bots += [Robot(**{"corp_id": home, **row}) for row in city.get("bots", ())]
        world.kf_accounts += [KfAccount(**{"corp_id": home, **row}) for row in city.get("kf", ())]
        world.officials += [_official(row) for row in city.get("officials", ())]
        for number, row in enumerate(city.get("members", ())):
            colour = _COLOURS[number % len(_COLOURS)]
            world.members.append(_member({"corp_id": home, "colour": colour, **row}))
        for number, row in enumerate(city.get("groups", ()), start=1):
            fields = {"corp_id": home, "id": f"g{number}", **row}
            for name in ("members", "keywords", "robots"):
                fields[name] = tuple(row.get(name, ()))
            world.groups.append(Group(**fields))
        world.check()
        return world

    def check(self) -> None:
        """Raise ``ValueError`` when names collide or a corp is unknown."""
        seen: set[str] = set()
        for member in self.members:
            if member.userid.lower() in seen:
                raise ValueError(f"two members are called {member.userid}")
            seen.add(member.userid.lower())
        ding = [one.dingtalk for one in self.members if one.dingtalk]
        if len(set(ding)) < len(ding):
            raise ValueError("two members share a userId on DingTalk")
        robots = {one.bot_id for one in self.bots}
        if any(one.external and robots & {*one.robots} for one in self.groups):
            raise ValueError("a group with outsiders takes no robot")
        homes = [app.corp_id for app in self.apps] + [one.corp_id for one in self.members]
        for corp_id in homes:
            if corp_id not in self.corps:
                raise ValueError(f"unknown corp {corp_id!r}")

    def member(self, userid: str) -> Member | None:
        """Find a member; user ids do not differ by case."""
        if len(self._by_name) != len(self.members):
            self._by_name = {one.userid.lower(): one for one in self.members}
        return self._by_name.get(userid.lower())

    def app(self, agent_id: int, corp_id: str | None = None) -> App | None:
        """Find an app by its number, in any corp when none is given."""
        for app in self.apps:
            if app.agent_id == agent_id and corp_id in (None, app.corp_id):
                return app
        return None

    def apps_of(self, member: Member) -> list[App]:
        """Return the apps this member sees, in the order they were declared."""
        return [app for app in self.apps if self.sees(member, app)]

    def sees(self, member: Member, app: App) -> bool:
        """Return whether ``member`` is in the visible range of ``app``."""
        if member.outsider or not member.wecom or member.status != 1:
            return False
        if member.corp_id != app.corp_id:
            return False
        return app.visible is None or member.userid.lower() in app.visible

    def on_dingtalk(self, userid: object) -> Member | None:
        """Find a member of DingTalk by the userId there; case counts."""
        return next((one for one in self.members if userid and one.dingtalk == userid), None)

    def within(self, department: int) -> list[Department]:
        """Return a department and all below it; empty when it does not exist."""
        found = [one for one in self.departments if one.id == department]
        for parent in found:  # the list grows while it is read: children of children follow
            found.extend(one for one in self.departments if one.parent == parent.id)
        return found


def _app(row: Mapping[str, Any]) -> App:
    visible: Sequence[str] | None = row.get("visible")
    fields = dict(row)
    fields["visible"] = None if visible is None else frozenset(one.lower() for one in visible)
    fields["trusted_ips"] = frozenset(row.get("trusted_ips", ()))
    fields["menu"] = tuple(row.get("menu", ()))
    return App(**fields)


def _ding_app(row: Mapping[str, Any]) -> DingApp:
    visible: Sequence[str] | None = row.get("visible")
    fields = dict(row)
    fields["visible"] = None if visible is None else frozenset(visible)
    for name in ("redirects", "trusted_ips", "missing_scopes"):
        fields[name] = frozenset(row.get(name, ()))
    return DingApp(**fields)


def _official(row: Mapping[str, Any]) -> OfficialAccount:
    """Read ``{app_id, original_id, name, secret, token, …}``."""
    fields = dict(row)
    original_id, may_send = fields.pop("original_id"), fields.pop("may_send", False)
    app = App(corp_id=fields.pop("app_id"), agent_id=0, **fields)
    return OfficialAccount(app, original_id, may_send)


def _member(row: Mapping[str, Any]) -> Member:
    return Member(**{**row, "departments": tuple(row.get("departments", (1,)))})
