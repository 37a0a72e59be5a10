"""微信客服: what customers write lies in a list that the bot reads (D94670, D94677)."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from bot.sandbox.faults import KF_DELIVERY, KF_PAGE
from bot.sandbox.pace import MINUTE
from bot.sandbox.screens import Screens
from bot.sandbox.wecom.answers import RefusalError, cut, ok
from bot.sandbox.wecom.callback import Callbacks, Outcome
from bot.sandbox.wecom.envelope import Field, to_xml
from bot.sandbox.wecom.replies import Delivery
from bot.sandbox.wecom.state import WeCom
from bot.sandbox.world import App, KfAccount, Member

TOKEN_LIFE = timedelta(minutes=10)
HISTORY = timedelta(days=3)
WINDOW = timedelta(hours=48)
WELCOME_LIFE = timedelta(seconds=20)
ANSWERS = 5
CUSTOMER, SYSTEM = 3, 4
TEXT_BYTES = 2048
_MSGID = re.compile(r"[0-9A-Za-z_-]{1,32}")
_ITEM = re.compile(r"[0-9A-Za-z_]{1,128}")
_CLICKS = frozenset({"click", "view", "miniprogram"})


@dataclass(slots=True)
class Session:
    """One customer with one account; ``state`` as the platform counts it (3: a person answers)."""

    member: Member
    wrote_at: datetime | None = None
    answers: int = 0
    state: int = 0
    welcomed_at: datetime | None = None


@dataclass(slots=True)
class Welcome:
    """A right to greet once, for twenty seconds."""

    account: KfAccount
    member: Member
    at: datetime
    is_used: bool = False


@dataclass(slots=True, eq=False)
class Desk:
    """Every account with its list; the newest entry stands last."""

    wecom: WeCom
    callbacks: Callbacks
    screens: Screens = field(init=False)
    lists: dict[str, list[tuple[datetime, dict[str, Any]]]] = field(default_factory=dict)
    sessions: dict[tuple[str, str], Session] = field(default_factory=dict)
    cursors: dict[str, tuple[str, int]] = field(default_factory=dict)
    tokens: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    welcomes: dict[str, Welcome] = field(default_factory=dict)
    msgids: set[tuple[str, str]] = field(default_factory=set)
    _later: set[asyncio.Task[Outcome]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.screens = Screens(self.wecom.box, "kf")

    # --- what customers do ---------------------------------------------------------------------

    def session(self, account: KfAccount, member: Member) -> Session:
        """Return how a customer stands with an account."""
        key = (account.open_kfid, external_id(member))
        return self.sessions.setdefault(key, Session(member))

    async def said(
        self, account: KfAccount, member: Member, kind: str, part: Mapping[str, Any]
    ) -> Outcome:
        """Put a customer's message on the list and knock; it opens the next five answers."""
        session = self.session(account, member)
        session.wrote_at, session.answers = self.wecom.box.now(), 0
        if session.state == 4:
            session.state = 0
        self._put(account, CUSTOMER, kind, part, external_userid=external_id(member))
        return await self.knock(account, member)

    async def entered(
        self, account: KfAccount, member: Member, scene: str, scene_param: str = ""
    ) -> Outcome:
        """Put an entry by the account's link on the list, with a code for who is new."""
        now, session = self.wecom.box.now(), self.session(account, member)
        part = {"event_type": "enter_session", "open_kfid": account.open_kfid, "scene": scene,
                "external_userid": external_id(member)}  # fmt: skip
        if scene and scene_param:
            part["scene_param"] = scene_param
        is_greeted = session.welcomed_at is not None and now - session.welcomed_at < WINDOW
        if session.wrote_at is None and not is_greeted:
            code = self.wecom.box.token(40)
            self.welcomes[code] = Welcome(account, member, now)
            part["welcome_code"] = code
        self._put(account, SYSTEM, "event", part)
        return await self.knock(account, member)

    async def knock(self, account: KfAccount, member: Member) -> Outcome:
        """Tell the application that something came, and not what."""
        box = self.wecom.box
        app = box.world.app(account.agent_id, account.corp_id)
        assert app is not None, "an account names its application"
        token = box.token(48)
        self.tokens[token] = (account.open_kfid, box.now())
        fields: dict[str, Field] = {
            "ToUserName": account.corp_id,
            "CreateTime": int(box.now().timestamp()),
            "MsgType": "event",
            "Event": "kf_msg_or_event",
            "Token": token,
            "OpenKfId": account.open_kfid,
        }
        order = list(fields.items())
        box.dice.shuffle(order)
        delivery = Delivery(app, member, "event", "kf_msg_or_event", to_xml(order), fields)
        return await self.callbacks.deliver(delivery)

    def _put(
        self, account: KfAccount, origin: int, kind: str, part: Mapping[str, Any], **more: str
    ) -> None:
        now = self.wecom.box.now()
        entry = {
            "msgid": self.wecom.box.token(24),
            "open_kfid": account.open_kfid,
            "send_time": int(now.timestamp()),
            "origin": origin,
            "msgtype": kind,
            kind: dict(part),
            **more,
        }
        self.lists.setdefault(account.open_kfid, []).append((now, entry))

    async def close(self) -> None:
        """End what is still being told."""
        for task in list(self._later):
            task.cancel()

    # --- the calls -----------------------------------------------------------------------------

    def sync(self, app: App, body: Mapping[str, Any]) -> dict[str, Any]:
        """Answer ``kf/sync_msg``: one page from a cursor on.

        Raises:
            RefusalError: 95000, 48007 account, 95007 token, 45009 asked too often without one,
                40058 limit or cursor.
        """
        box, account = self.wecom.box, self._account(app, body)
        self._check_token(account, body)
        limit = body.get("limit", 1000)
        if not isinstance(limit, int) or not 1 <= limit <= 1000:
            raise RefusalError(40058, "limit")
        found = self.lists.get(account.open_kfid, [])
        fault = box.faults.take(KF_PAGE)
        start = self._start(account, body.get("cursor", ""), fault is not None and fault.kind)
        most = min(limit, box.limits.kf_page)
        if fault is not None and fault.kind in ("empty", "again"):
            before = found[max(0, start - most) : start] if fault.kind == "again" else []
            entries = [entry for _, entry in before]
            return ok(next_cursor=self._cursor(account, start), has_more=1, msg_list=entries)
        page = found[start : start + most]
        end = start + len(page)
        cursor = self._cursor(account, end) if page or not body.get("cursor") else body["cursor"]
        entries = [entry for _, entry in page]
        return ok(next_cursor=cursor, has_more=int(end < len(found)), msg_list=entries)

    def _check_token(self, account: KfAccount, body: Mapping[str, Any]) -> None:
        box, token = self.wecom.box, body.get("token")
        now = box.now()
        if token:
            owner, at = self.tokens.get(str(token), ("", now))
            if owner != account.open_kfid or now - at >= TOKEN_LIFE:
                raise RefusalError(95007)
            return
        key = ("kf", account.open_kfid)
        if self.wecom.pace.count(key, MINUTE, now) >= box.limits.kf_tokenless_per_minute:
            raise RefusalError(45009, "kf/sync_msg without a token")
        self.wecom.pace.add(key, now, keep=MINUTE)

    def _start(self, account: KfAccount, cursor: object, fault: str | bool) -> int:
        found = self.lists.get(account.open_kfid, [])
        oldest = self.wecom.box.now() - HISTORY
        first = next((at for at, (when, _) in enumerate(found) if when > oldest), len(found))
        if not cursor:
            return first
        owner, start = self.cursors.get(str(cursor), ("", 0))
        # What is answered to a cursor that is not known is not documented.
        if fault == "cursor_lost" or owner != account.open_kfid:
            raise RefusalError(40058, "cursor")
        return max(first, start)

    def _cursor(self, account: KfAccount, at: int) -> str:
        cursor = self.wecom.box.token(40)
        self.cursors[cursor] = (account.open_kfid, at)
        return cursor

    def send(self, app: App, body: Mapping[str, Any]) -> dict[str, Any]:
        """Answer ``kf/send_msg``.

        Raises:
            RefusalError: 95000, 48007, 40003 nobody, 95018 state, 95031 and 95002 too late, 95001
                too many, 95033 and 40058 msgid, and what is wrong with the message.
        """
        account = self._account(app, body)
        session = self.sessions.get((account.open_kfid, str(body.get("touser", ""))))
        if session is None:
            raise RefusalError(40003, "touser")
        if session.state not in (0, 1):
            raise RefusalError(95018)
        look = _look(body)
        msgid = self._msgid(account, body)
        now = self.wecom.box.now()
        if session.wrote_at is None:
            raise RefusalError(95031)
        if now - session.wrote_at >= WINDOW:
            raise RefusalError(95002)
        if session.answers >= ANSWERS:
            raise RefusalError(95001)
        session.answers += 1
        self.msgids.add((account.open_kfid, msgid))
        fault = self.wecom.box.faults.take(KF_DELIVERY)
        if fault is not None:
            self._fail_later(account, session.member, msgid)
        else:
            self._show(account, session.member, look, body)
        return ok(msgid=msgid)

    def send_on_event(self, app: App, body: Mapping[str, Any]) -> dict[str, Any]:
        """Answer ``kf/send_msg_on_event``: a greeting, once and within twenty seconds.

        Raises:
            RefusalError: 41050 code, and what is wrong with the message.
        """
        welcome = self.welcomes.get(str(body.get("code", "")))
        now = self.wecom.box.now()
        if welcome is None or welcome.is_used or now - welcome.at >= WELCOME_LIFE:
            raise RefusalError(41050)
        self._account(app, {"open_kfid": welcome.account.open_kfid})
        look = _look(body)
        msgid = self._msgid(welcome.account, body)
        welcome.is_used = True
        self.msgids.add((welcome.account.open_kfid, msgid))
        self.session(welcome.account, welcome.member).welcomed_at = now
        self._show(welcome.account, welcome.member, look, body)
        return ok(msgid=msgid)

    def _show(
        self,
        account: KfAccount,
        member: Member,
        look: tuple[str, dict[str, Any]],
        body: Mapping[str, Any],
    ) -> None:
        self.screens.arrive(member, *look)
        self.wecom.box.journal.note(
            "kf", open_kfid=account.open_kfid, to=member.userid, body=dict(body)
        )

    def _fail_later(self, account: KfAccount, member: Member, msgid: str) -> None:
        part = {
            "event_type": "msg_send_fail",
            "open_kfid": account.open_kfid,
            "external_userid": external_id(member),
            "fail_msgid": msgid,
            "fail_type": 10,
        }
        self._put(account, SYSTEM, "event", part)
        task = asyncio.get_running_loop().create_task(self.knock(account, member))
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    def _msgid(self, account: KfAccount, body: Mapping[str, Any]) -> str:
        msgid = str(body.get("msgid") or self.wecom.box.token(24))
        if not _MSGID.fullmatch(msgid):
            raise RefusalError(40058, "msgid")
        if (account.open_kfid, msgid) in self.msgids:
            raise RefusalError(95033)
        return msgid

    def _account(self, app: App, body: Mapping[str, Any]) -> KfAccount:
        wanted = body.get("open_kfid")
        for account in self.wecom.box.world.kf_accounts:
            if account.open_kfid == wanted:
                if (account.corp_id, account.agent_id) != (app.corp_id, app.agent_id):
                    raise RefusalError(48007)
                return account
        raise RefusalError(95000)


def external_id(member: Member) -> str:
    """Return the pseudonym that a corp knows a WeChat user by."""
    return "wm" + sha256(member.userid.encode()).hexdigest()[:24]


def _look(body: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return how a message looks: kind and body of its bubble."""
    kind = body.get("msgtype")
    part = body.get(str(kind))
    if kind not in ("text", "msgmenu"):
        raise RefusalError(40008, "msgtype")
    if not isinstance(part, Mapping):
        raise RefusalError(40058, str(kind))
    if kind == "msgmenu":
        return "menu", _menu(part)
    content = part.get("content")
    if not isinstance(content, str) or not content:
        raise RefusalError(44004, "text.content")
    return "text", {"text": cut(content, TEXT_BYTES)}


def _menu(part: Mapping[str, Any]) -> dict[str, Any]:
    head, tail, rows = part.get("head_content", ""), part.get("tail_content", ""), part.get("list")
    if any(not isinstance(one, str) or len(one.encode()) > 1024 for one in (head, tail)):
        raise RefusalError(45002, "head_content, tail_content")
    if not isinstance(rows, list) or not 1 <= len(rows) <= 50:
        raise RefusalError(95008 if isinstance(rows, list) and rows else 40058, "list")
    if sum(row.get("type") in _CLICKS for row in rows) > 10:
        raise RefusalError(95008)
    items = []
    for row in rows:
        click = row.get("click")
        if row.get("type") != "click" or not isinstance(click, Mapping):
            raise RefusalError(40058, "list.type")
        name, words = click.get("id", ""), click.get("content", "")
        if not _ITEM.fullmatch(str(name)) or not 1 <= len(str(words).encode()) <= 128:
            raise RefusalError(40058, "list.click")
        items.append({"id": name, "text": words})
    return {"text": head, "items": items, "tail": tail}
