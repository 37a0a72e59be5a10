"""The same fingers on phones of two platforms: a DingTalk card shows itself by its variables."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.demo.phones import NothingToTapError, Phones, all_text

CARD_TOPIC = "/v1.0/card/instances/callback"
# DingTalk would take these for markdown or a mention, so its words carry their wide twins.
PLAIN = str.maketrans("＜＞［］＊＿＃＠＆－＋＝．", "<>[]*_#@&-+=.")


@dataclass(slots=True, eq=False)
class BothPhones(Phones):
    """Who is in ``on_dingtalk`` has that on the phone, everybody else WeCom."""

    on_dingtalk: frozenset[str] = frozenset()
    corp_id: str = ""

    def _root(self, userid: str) -> str:
        there = "/dingtalk" if userid in self.on_dingtalk else ""
        return f"/sandbox{there}/phones/{userid}"

    async def says(self, userid: str, text: str) -> None:
        """Type a message."""
        await self._post(f"{self._root(userid)}/say", {"text": text})
        await self.quiet()

    async def taps(
        self,
        userid: str,
        button: str,
        *,
        case: str = "",
        chosen: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        """Tap a button of the newest live card that has it, having chosen in its form."""
        if userid not in self.on_dingtalk:
            # Named, for a dataclass with slots is another class than the one ``super`` knows.
            return await Phones.taps(self, userid, button, case=case, chosen=chosen)
        bubble, key = self._find(await self.bubbles(userid), button, case)
        params: dict[str, Any] = {"key": key}
        if chosen:
            params["form"] = {name: {"value": list(keys)} for name, keys in chosen.items()}
        wish = {"bubble": bubble, "action": "form" if chosen else "tap", "params": params}
        await self._post(f"{self._root(userid)}/tap", wish)
        await self.quiet()
        return None

    async def tap_raw(self, userid: str, key: str) -> None:
        """Send a tap as a modified client would: any key, on any card."""
        if userid in self.on_dingtalk:
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

    async def key_of(self, userid: str, button: str) -> str:
        """Return the key behind a live button."""
        return self._find(await self.bubbles(userid), button, "")[1]

    async def streams(self) -> int:
        """Return how many streams the bot holds open to DingTalk."""
        found: dict[str, Any] = await self._get("/sandbox/dingtalk")
        return len(found["connections"])

    async def bubbles(self, userid: str) -> list[dict[str, Any]]:
        """Return what stands on a phone, the oldest first."""
        found: dict[str, Any] = await self._get(self._root(userid))
        return list(found["bubbles"])

    def _find(self, bubbles: list[dict[str, Any]], button: str, case: str) -> tuple[str, str]:
        for bubble in reversed(bubbles):
            if case and case not in words_of(bubble):
                continue
            if key := live_keys(bubble).get(button):
                return str(bubble["id"]), key
        raise NothingToTapError(button)


def live_keys(bubble: Mapping[str, Any]) -> dict[str, str]:
    """Return the keys behind the words of a card's live buttons; of any other bubble none."""
    if bubble["kind"] != "card" or not bubble["state"]["live"]:
        return {}
    card: Mapping[str, Any] = bubble["card"]
    if "variables" not in card:
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
