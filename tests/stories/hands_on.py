"""What a story's people do on their phones beyond the demo's fingers, and what they read there."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import FormData

from bot.demo.phones import NothingToTapError, Phones, all_text

CARD_TOPIC = "/v1.0/card/instances/callback"
# DingTalk would take these for markdown or a mention, so its words carry their wide twins.
PLAIN = str.maketrans("＜＞［］＊＿＃＠＆－＋＝．", "<>[]*_#@&-+=.")


@dataclass(slots=True, eq=False)
class TownPhones(Phones):
    """The town's phones, and what only a modified client would send from one."""

    corp_id: str = ""

    async def fails(self, **wish: Any) -> None:
        """Let something of the platforms go wrong."""
        await self._post("/sandbox/faults", wish)

    async def failing(self) -> list[dict[str, Any]]:
        """Return what is still to go wrong."""
        async with self._http().get(f"{self.address}/sandbox/faults") as answer:
            found: list[dict[str, Any]] = await answer.json()
            return found

    async def tap_raw(self, userid: str, key: str) -> None:
        """Send a tap as a modified client would: any key, on any card."""
        if await self.platform_of(userid) == "dingtalk":
            pressed = {"cardPrivateData": {"actionIds": ["tap"], "params": {"key": key}}}
            told = {
                "type": "actionCallback", "outTrackId": "x", "corpId": self.corp_id,
                "userId": userid, "userIdType": 1, "spaceType": "IM_ROBOT", "spaceId": userid,
                "extension": "{}", "content": json.dumps(pressed),
            }  # fmt: skip
            await self._post("/sandbox/dingtalk/push", {"topic": CARD_TOPIC, "data": told})
        else:
            fields = {
                "EventKey": key, "TaskId": "x", "CardType": "button_interaction",
                "ResponseCode": "none",
            }  # fmt: skip
            wish = {"event": "template_card_event", "fields": fields}
            await self._post(f"/sandbox/phones/{userid}/raw", wish)
        await self.quiet()

    async def opens(self, userid: str, page: str, after: str = "") -> str:
        """Open the newest link (``after`` these words) to a kind of page; return what it shows."""
        link = re.compile(rf"(?<={after})https?://[^\s\"'<>）)]+/m/{page}/[^\s\"'<>）)]+")
        found = (link.search(all_text(one)) for one in reversed(await self.bubbles(userid)))
        address = next(one[0] for one in found if one)
        async with self._http().get(address) as answer:
            answer.raise_for_status()
            return await answer.text()

    async def sends_picture(self, userid: str, content: bytes, name: str = "1.png") -> None:
        """Send a picture in the chat; it is fetched before this returns."""
        form = FormData()
        form.add_field("image", content, filename=name, content_type="image/png")
        path = f"{self.address}/sandbox/phones/{userid}/photo"
        async with self._http().post(path, data=form) as answer:
            answer.raise_for_status()
        await self.quiet()

    async def platform_of(self, userid: str) -> str:
        """Return what somebody has on the phone."""
        phone = await self._get(f"/sandbox/phones/{userid}")
        return str(phone["member"]["platform"])

    async def violations(self) -> list[dict[str, Any]]:
        """Return what DingTalk would have punished without a word."""
        told = await self._get("/sandbox/dingtalk")
        return list(told["violations"])

    async def month(self) -> dict[str, Any]:
        """Return what the month has cost on DingTalk: ``calls``, ``units``, ``by_api``."""
        told = await self._get("/sandbox/dingtalk")
        none = {"calls": 0, "units": 0, "by_api": {}}
        return dict(told["quotas"][0]) if told["quotas"] else none

    async def is_somewhere(self, userid: str) -> None:
        """Let a phone tell where it is, which nobody asked."""
        wish: dict[str, Any] = {"fields": {"msgtype": "location"}, "drop": ["text"]}
        if await self.platform_of(userid) != "dingtalk":
            where = {"Latitude": "27.99", "Longitude": "120.7", "Precision": "65"}
            wish = {"event": "LOCATION", "fields": where}
        await self._post(f"/sandbox/phones/{userid}/raw", wish)
        await self.quiet()

    async def key_of(self, userid: str, button: str) -> str:
        """Return the key behind a live button."""
        for bubble in reversed(await self.bubbles(userid)):
            if key := live_keys(bubble).get(button):
                return key
        raise NothingToTapError(button)


def live_keys(bubble: Mapping[str, Any]) -> dict[str, str]:
    """Return the keys behind the words of a card's live buttons; of any other bubble none."""
    if bubble["kind"] != "card" or not bubble["state"]["live"]:
        return {}
    card: Mapping[str, Any] = bubble["card"]
    if bubble.get("platform") != "dingtalk":
        found = [*card.get("button_list", ()), card.get("submit_button")]
        return {one["text"]: one["key"] for one in found if one and one.get("key")}
    shown: Mapping[str, str] = card["variables"]
    if shown["live"] != "true":
        return {}
    keys = {one["text"]: one["key"] for one in json.loads(shown["buttons"]) if one["key"]}
    if shown["form_key"]:
        keys[shown["form_text"]] = shown["form_key"]
    return keys


def words_of(bubble: Mapping[str, Any]) -> str:
    """Return every word of a bubble, the same whichever platform shows it."""
    if bubble.get("platform") != "dingtalk":
        return all_text(bubble)
    shown: Any = bubble
    if variables := bubble.get("card", {}).get("variables"):
        # Who has the chat open does not read what the list of chats says of it.
        shown = [_opened(value) for name, value in variables.items() if name != "lastMessage"]
    return all_text(shown).translate(PLAIN)


def _opened(value: str) -> Any:
    """Return what is inside a variable that holds a list or an object."""
    return json.loads(value) if value[:1] in ("[", "{") else value
