"""A finger on a card: the callback, its two seconds, and what the answer changes for whom."""

import hmac
import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.sandbox.dingtalk import names
from bot.sandbox.dingtalk.answers import RefusalError
from bot.sandbox.dingtalk.frames import CARD_TOPIC
from bot.sandbox.dingtalk.instances import Instance
from bot.sandbox.dingtalk.outside import Outcome, Outside
from bot.sandbox.dingtalk.state import DingTalk, Route
from bot.sandbox.dingtalk.stream import Push, Stream
from bot.sandbox.world import Group, Member

VARIANTS = ("content", "value", "beside")
_RESPONSE_FIELDS = frozenset({"cardUpdateOptions", "cardData", "userPrivateData"})


@dataclass(frozen=True, slots=True)
class Tap:
    """One press: on which component, with which parameters, told in which spelling."""

    member: Member
    instance: Instance
    group: Group | None
    action: str
    params: Mapping[str, Any]
    variant: str = ""


@dataclass(slots=True, eq=False)
class Taps:
    """Tell the bot of a tap and show what it answers. Nobody checks here who taps."""

    ding: DingTalk
    stream: Stream
    outside: Outside

    async def tap(self, tap: Tap) -> Outcome:
        """Deliver one callback. Later than two seconds, or not at all, the tap has failed."""
        instance = tap.instance
        if not instance.callback_type:
            return Outcome(False, reason="the card has no callbackType")
        if not self.ding.quotas.unit(instance.app.corp_id, "card"):
            return self._failed(tap, "no unit is left this month")
        instance.open += 1
        try:
            call = self._by_http if instance.callback_type == "HTTP" else self._by_stream
            response, trouble = await call(tap)
        finally:
            instance.open -= 1
        if trouble:
            return self._failed(tap, trouble)
        instance.failed.discard(tap.member.userid)
        if isinstance(response, Mapping):
            self._apply(tap, response)
        self.ding.screens.redraw(instance)
        shown = response if isinstance(response, Mapping) else None
        return Outcome(True, True, 1, "", shown)

    def payload(self, tap: Tap) -> dict[str, Any]:
        """Return what the bot is told, in one of the spellings that occur."""
        instance, app = tap.instance, tap.instance.app
        user = names.union_id(tap.member) if instance.id_type == 2 else tap.member.dingtalk
        variant = tap.variant or self.ding.rules.card_content
        if variant == "any":
            variant = self.ding.box.dice.choice(VARIANTS)
        pressed: dict[str, Any] = {"actionIds": [tap.action]}
        content: dict[str, Any] = {"cardPrivateData": pressed}
        (content if variant == "beside" else pressed)["params"] = dict(tap.params)
        place = (
            ("IM_ROBOT", tap.member.dingtalk)
            if tap.group is None
            else ("IM_GROUP", names.group_id(tap.group))
        )
        return {
            "type": "actionCallback",
            "outTrackId": instance.out_track_id,
            "corpId": app.corp_id,
            "userId": user if names.inside(app, tap.member) else "",
            "userIdType": instance.id_type,
            "spaceType": place[0],
            "spaceId": place[1],
            "extension": "{}",
            "value" if variant == "value" else "content": json.dumps(content, ensure_ascii=False),
        }

    async def _by_stream(self, tap: Tap) -> tuple[object, str]:
        push = Push(tap.instance.app, "CALLBACK", CARD_TOPIC, self.payload(tap))
        if not await self.stream.push(push):
            return None, "no stream takes it"
        ack = await push.wait(self.ding.rules.card_wait_seconds)
        if ack is None:
            return None, "no answer in time"
        if ack.code != 200:
            return None, f"code {ack.code}"
        return ack.data["response"], ""

    async def _by_http(self, tap: Tap) -> tuple[object, str]:
        route: Route = self.ding.routes[tap.instance.route_key]
        stamp = str(self.ding.ms())
        headers = {
            "x-ddpaas-signature-timestamp": stamp,
            "x-ddpaas-signature": signature(route.secret, stamp),
        }
        seconds = self.ding.rules.card_wait_seconds
        payload = self.payload(tap)
        status, body, trouble = await self.outside.post(route.url, payload, headers, seconds)
        self.ding.note("callback", data=payload, status=status, trouble=trouble)
        if status != 200:
            return None, trouble or f"HTTP {status}"
        try:
            return json.loads(body or b"null"), ""
        except ValueError:
            return None, "the answer is no JSON"

    def _failed(self, tap: Tap, reason: str) -> Outcome:
        tap.instance.failed.add(tap.member.userid)
        self.ding.note(
            "card_failure",
            card=tap.instance.out_track_id,
            member=tap.member.userid,
            reason=reason,
        )
        self.ding.screens.redraw(tap.instance)
        return Outcome(False, False, 1, reason)

    def _apply(self, tap: Tap, response: Mapping[str, Any]) -> None:
        """Change what the tapper sees, and nobody else."""
        instance, userid = tap.instance, tap.member.userid
        strange = sorted(set(response) - _RESPONSE_FIELDS)
        if strange:
            self.ding.note("ignored", card=instance.out_track_id, fields=strange)
        options = response.get("cardUpdateOptions")
        options = options if isinstance(options, Mapping) else {}
        public = self._part(tap, response.get("cardData"), private=False)
        private = self._part(tap, response.get("userPrivateData"), private=True)
        if public:
            by_key = options.get("updateCardDataByKey") is True
            instance.update_face(userid, public, by_key=by_key)
        if private:
            by_key = options.get("updatePrivateDataByKey") is True
            instance.update_private(userid, private, by_key=by_key)

    def _part(self, tap: Tap, part: object, *, private: bool) -> dict[str, str]:
        given = part.get("cardParamMap") if isinstance(part, Mapping) else None
        if not given:
            return {}
        try:
            return tap.instance.template.check(
                given, private=private, long_forms=self.ding.rules.long_form_values
            )
        except RefusalError as refusal:
            self.ding.violation(
                f"a callback was answered with a bad value: {refusal.hint}",
                card=tap.instance.out_track_id,
            )
            return {}


def signature(secret: str, timestamp: str) -> str:
    """Return what signs a card's HTTP callback."""
    return b64encode(hmac.digest(secret.encode(), timestamp.encode(), "sha256")).decode()
