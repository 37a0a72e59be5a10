"""The city's phones, handled as fingers do: type, tap, choose, upload, on either platform."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientSession, ClientTimeout, FormData

from bot.demo.fingers import Answers, press

LINK = re.compile(r"https?://[^\s\"'<>）)]+/m/upload/[^\s\"'<>）)]+")
ONLINE_SECONDS = 20.0


class NothingToTapError(Exception):
    """No live card of that phone has such a button."""


@dataclass(slots=True, eq=False)
class Phones:
    """Drives the phones over the sandbox's own calls; ``quiet`` waits until all has arrived."""

    address: str
    quiet: Callable[[], Awaitable[None]]
    _session: ClientSession | None = field(default=None, init=False)

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def says(self, userid: str, text: str) -> None:
        """Type a message."""
        await self._post(f"/sandbox/phones/{userid}/say", {"text": text})
        await self.quiet()

    async def taps(
        self,
        userid: str,
        button: str,
        *,
        case: str = "",
        chosen: Answers | None = None,
    ) -> None:
        """Tap a button of the newest live card that has it (of one case, where named)."""
        wish = self._find(await self.bubbles(userid), button, case, chosen or {})
        await self._post(f"/sandbox/phones/{userid}/tap", wish)
        await self.quiet()

    async def uploads(self, userid: str, files: Sequence[tuple[str, str, bytes]]) -> None:
        """Open the newest upload link on a phone and hand in (slot, name, content) files."""
        link = next(
            found.group(0)
            for bubble in reversed(await self.bubbles(userid))
            if (found := LINK.search(all_text(bubble)))
        )
        for slot, name, content in files:
            # A browser writes a name as it is; quoted it would stay quoted in the answer.
            form = FormData(quote_fields=False)
            form.add_field("slot", slot)
            form.add_field("files", content, filename=name)
            async with self._http().post(link, data=form, allow_redirects=True) as answer:
                answer.raise_for_status()
        await self.quiet()

    async def offers(
        self, userid: str, button: str, *, case: str = "", newest: bool = False
    ) -> bool:
        """Say whether a live card (of one case, where named) has such a button.

        ``newest``: only what was said last counts; typed words leave the card that they answer.
        """
        bubbles = [one for one in await self.bubbles(userid) if one["side"] != "me"]
        try:
            self._find(bubbles[-1:] if newest else bubbles, button, case, {})
        except NothingToTapError:
            return False
        return True

    async def heard_last(self, userid: str) -> str:
        """Return all words of the newest thing that the bot said on a phone."""
        bubbles = await self.bubbles(userid)
        return next((all_text(one) for one in reversed(bubbles) if one["side"] != "me"), "")

    async def bubbles(self, userid: str) -> list[dict[str, Any]]:
        """Return what stands on a phone, the oldest first."""
        found: dict[str, Any] = await self._get(f"/sandbox/phones/{userid}")
        return list(found["bubbles"])

    async def group(self, group_id: str) -> list[dict[str, Any]]:
        """Return what stands in a group."""
        found: dict[str, Any] = await self._get(f"/sandbox/groups/{group_id}")
        return list(found["bubbles"])

    async def online(self) -> None:
        """Wait until the bot's stream is open: nobody on DingTalk is heard before."""
        async with asyncio.timeout(ONLINE_SECONDS):
            # The platform does not tell when somebody comes, neither this one nor the real one.
            while not (await self._get("/sandbox/dingtalk"))["connections"]:  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    async def tell(self, state: Mapping[str, Any]) -> None:
        """Tell the pages how the story stands."""
        await self._post("/sandbox/story", dict(state))

    def _find(
        self, bubbles: list[dict[str, Any]], button: str, case: str, chosen: Answers
    ) -> dict[str, Any]:
        for bubble in reversed(bubbles):
            wish = press(bubble, button, chosen)
            if wish is not None and (not case or case in all_text(bubble)):
                return wish
        raise NothingToTapError(button)

    async def _get(self, path: str) -> Any:
        async with self._http().get(self.address + path) as answer:
            answer.raise_for_status()
            return await answer.json()

    async def _post(self, path: str, wish: Mapping[str, Any]) -> Any:
        async with self._http().post(self.address + path, json=dict(wish)) as answer:
            answer.raise_for_status()
            return await answer.json()

    def _http(self) -> ClientSession:
        if self._session is None:
            self._session = ClientSession(timeout=ClientTimeout(total=30))
        return self._session


def all_text(value: Any) -> str:
    """Return every text inside some JSON, joined: links hide in buttons and in running text."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return " ".join(all_text(one) for one in value.values())
    if isinstance(value, list):
        return " ".join(all_text(one) for one in value)
    return ""
