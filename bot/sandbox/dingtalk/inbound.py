"""What people say to the robot, on its way to the bot: by stream, or by HTTP with a signature."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.sandbox.dingtalk import names
from bot.sandbox.dingtalk.answers import OldRefusalError
from bot.sandbox.dingtalk.frames import ROBOT_TOPIC
from bot.sandbox.dingtalk.outside import Outcome, Outside
from bot.sandbox.dingtalk.state import DingTalk, Session, public
from bot.sandbox.dingtalk.stream import Push, Stream
from bot.sandbox.dingtalk.webhooks import new_session, show_reply, signature
from bot.sandbox.faults import Fault
from bot.sandbox.world import DingApp, Group, Member

CONTACT_EVENTS = ("user_", "org_dept_")
NO_QUOTA = {"errorCode": 20001, "errorMessage": "企业本月 Webhook 与 Stream 调用量已用尽"}


@dataclass(slots=True, eq=False)
class Inbound:
    """Compose messages and events and deliver them to the app."""

    ding: DingTalk
    stream: Stream
    outside: Outside

    async def message(
        self,
        app: DingApp,
        member: Member,
        group: Group | None,
        kind: str,
        body: Mapping[str, Any],
        *,
        fields: Mapping[str, Any] | None = None,
        drop: tuple[str, ...] = (),
    ) -> Outcome:
        """Deliver one message of a person; ``fields`` and ``drop`` make it odd on purpose."""
        whole = {**self._head(app, member, group), "msgtype": kind, **body, **(fields or {})}
        whole = {name: value for name, value in whole.items() if name not in drop}
        http = app.mode == "http"
        fault = self.ding.fault("callback") if http else None
        coming = fault
        if not http:  # the stream takes it when it pushes; the content is needed before
            waiting = [one for one in self.ding.box.faults.waiting if one.api == "dingtalk/stream"]
            coming = waiting[0] if waiting else None
        spent = coming is not None and coming.kind == "no_quota"
        if spent or not self.ding.quotas.unit(app.corp_id, "message"):
            whole = {name: one for name, one in whole.items() if name not in ("text", "content")}
            whole |= NO_QUOTA
        if http:
            return await self._by_http(app, member, group, whole, fault)
        push = Push(
            app,
            "CALLBACK",
            ROBOT_TOPIC,
            whole,
            again_seconds=self.ding.rules.robot_again_seconds,
            again_times=self.ding.rules.robot_again_times,
        )
        return await self._by_stream(push)

    async def event(self, app: DingApp, kind: str, data: Mapping[str, Any]) -> Outcome:
        """Push an event to whoever subscribed to events."""
        free = kind.startswith(CONTACT_EVENTS)
        if not free and not self.ding.quotas.unit(app.corp_id, "event"):
            data = {"errCode": 20001, "errMsg": NO_QUOTA["errorMessage"]}
        headers = {
            "eventType": kind,
            "eventId": self.ding.box.token(32),
            "eventCorpId": app.corp_id,
            "eventBornTime": str(self.ding.ms()),
            "eventUnifiedAppId": self.ding.box.token(32),
        }
        push = Push(
            app,
            "EVENT",
            "*",
            data,
            headers,
            again_seconds=self.ding.rules.event_again_seconds,
            again_times=self.ding.rules.event_again_times,
        )
        return await self._by_stream(push)

    async def _by_stream(self, push: Push) -> Outcome:
        if not await self.stream.push(push):
            return Outcome(False, reason="no stream takes it")
        ack = await push.wait(self.ding.rules.ack_wait_seconds)
        if ack is None:
            return Outcome(True, False, push.attempts, "no acknowledgement")
        return Outcome(True, True, push.attempts, "" if ack.code == 200 else f"code {ack.code}")

    async def _by_http(
        self,
        app: DingApp,
        member: Member,
        group: Group | None,
        whole: Mapping[str, Any],
        fault: Fault | None,
    ) -> Outcome:
        kind = "" if fault is None else fault.kind
        if not app.callback_url or kind == "lost":
            return Outcome(False, reason="nobody was asked")
        if fault is not None and kind == "slow":
            await self.ding.linger(fault.seconds)
        text = whole.get("text")
        if self.ding.rules.http_content == "plain" and isinstance(text, Mapping):
            whole = {**whole, "content": text.get("content", "")}
            whole = {name: one for name, one in whole.items() if name != "text"}
        status, body, trouble = await self._post(app, whole, stale=kind == "stale_timestamp")
        if kind == "duplicate":
            await self._post(app, whole, stale=False)
        if status != 200:
            return Outcome(False, False, 1, trouble or f"HTTP {status}")
        return Outcome(True, True, 1, "", self._answer(app, member, group, body))

    async def _post(
        self, app: DingApp, whole: Mapping[str, Any], *, stale: bool
    ) -> tuple[int | None, bytes, str]:
        stamp = str(self.ding.ms() - (7_200_000 if stale else 0))
        headers = {"timestamp": stamp, "sign": signature(app.client_secret, stamp)}
        seconds = self.ding.rules.http_wait_seconds
        status, body, trouble = await self.outside.post(app.callback_url, whole, headers, seconds)
        self.ding.note("callback", data=public(whole), status=status, trouble=trouble)
        return status, body, trouble

    def _answer(
        self, app: DingApp, member: Member, group: Group | None, body: bytes
    ) -> dict[str, Any] | None:
        """Post the body of an HTTP answer as the reply, if it is a message."""
        if not body.strip():
            return None
        session = Session(app, self.ding.box.now(), member, group)
        try:
            said = json.loads(body)
            if not isinstance(said, dict) or said.get("msgtype", "empty") == "empty":
                return None
            return show_reply(self.ding, session, said)
        except (ValueError, OldRefusalError) as error:
            self.ding.violation(f"an HTTP answer is no message: {error}", to=member.userid)
            return None

    def _head(self, app: DingApp, member: Member, group: Group | None) -> dict[str, Any]:
        ding = self.ding
        empty = ding.box.dice.random() < 0.5
        head: dict[str, Any] = {
            "conversationId": names.chat_id(app, member),
            "conversationType": "1",
            "chatbotCorpId": app.corp_id,
            "chatbotUserId": names.robot_id(app),
            "msgId": f"msg{ding.key(20)}=",
            "createAt": ding.ms(),
            "senderPlatform": ding.box.dice.choice(("Mac", "Win", "Android", "iOS")),
            **names.who_spoke(app, member, empty),
            **new_session(ding, app, member, group),
            "robotCode": app.robot_code,
        }
        if group is not None:
            head |= {
                "conversationId": names.group_id(group),
                "conversationType": "2",
                "conversationTitle": group.name,
                "isInAtList": True,
                "atUsers": [{"dingtalkId": names.robot_id(app)}],
            }
        return head
