"""The HTTP mode: strangers learn nothing, and what was answered with 200 is stored."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from bot.channels.base import Answer
from bot.channels.dingtalk.callback import Callback
from bot.channels.dingtalk.taps import OpenTaps, response_to
from bot.channels.dingtalk.translate import Reader
from bot.sandbox.dingtalk.rules import Rules
from cards.language import Button, Card, Tap
from cards.render.dingtalk import REVIEW
from handlers.events import Ignored, Said, Tapped
from storage.ledger import LedgerUnavailableError
from tests.dingtalk.street import Desk, eventually, tapped, typed
from tests.sandbox_dingtalk.lab import CORP, MANIFEST, SECRET, START, Lab, open_lab

CARD_SECRET = "example-secret"
KEY = "review.approve|task1|3"
NEXT = Card("请确认", buttons=(Button("确认", Tap("a.b")),))
NOW = str(round(START.timestamp() * 1000))
FORGERIES = [
    "unsigned",
    "wrong_signature",
    "signature_of_another_app",
    "stale",
    "from_the_future",
    "odd_timestamp",
    "oversize",
]


def signed(stamp: str = NOW, secret: str = SECRET) -> dict[str, str]:
    """Return the head of a robot message."""
    digest = hmac.digest(secret.encode(), f"{stamp}\n{secret}".encode(), "sha256")
    return {"timestamp": stamp, "sign": b64encode(digest).decode()}


def card_signed(stamp: str = NOW, secret: str = CARD_SECRET) -> dict[str, str]:
    """Return the head of a card callback."""
    digest = hmac.digest(secret.encode(), stamp.encode(), "sha256")
    return {
        "x-ddpaas-signature-timestamp": stamp,
        "x-ddpaas-signature": b64encode(digest).decode(),
    }


@dataclass(slots=True, eq=False)
class Door:
    """The bot's two addresses."""

    callback: Callback
    desk: Desk
    taps: OpenTaps
    base: str
    http: ClientSession

    async def posts(self, path: str, body: Any, headers: dict[str, str]) -> tuple[int, bytes]:
        """Knock; return status and answer."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        async with self.http.post(f"{self.base}{path}", data=data, headers=headers) as answer:
            return answer.status, await answer.read()

    async def says(self, body: Any, **how: str) -> tuple[int, bytes]:
        """Post a signed robot message."""
        return await self.posts("/dingtalk/callback", body, signed(**how))

    async def taps_card(self, body: Any, **how: str) -> tuple[int, bytes]:
        """Post a signed card callback."""
        return await self.posts("/dingtalk/card", body, card_signed(**how))


@contextlib.asynccontextmanager
async def open_door(desk: Desk | None = None, **more: Any) -> AsyncIterator[Door]:
    """Open the addresses on loopback."""
    counter, taps = desk or Desk(), OpenTaps(settle_seconds=0.01)
    given = {"client_secret": SECRET, "card_secret": CARD_SECRET, "now": lambda: START, **more}
    callback = Callback(counter, Reader("dingtalk", CORP), taps, **given)
    app = web.Application()
    app.add_routes(callback.routes())
    async with TestServer(app) as server, ClientSession() as http:
        yield Door(callback, counter, taps, f"http://{server.host}:{server.port}", http)
        await callback.stop()


@pytest_asyncio.fixture
async def door() -> AsyncIterator[Door]:
    async with open_door() as opened:
        yield opened


@pytest_asyncio.fixture
async def lab() -> AsyncIterator[Lab]:
    async with open_lab(Rules()) as opened:
        yield opened


async def joined(lab: Lab, door: Door) -> None:
    """Let the emulated platform know both addresses."""
    url = f"{door.base}/dingtalk/callback"
    await lab.control("apps", mode="http", callback_url=url)
    route = {
        "callbackRouteKey": "route",
        "callbackUrl": f"{door.base}/dingtalk/card",
        "apiSecret": CARD_SECRET,
    }
    assert (await lab.call("card/callbacks/register", route))[0] == 200
    variables = [*MANIFEST["variables"], *REVIEW.to_json()["variables"]]
    await lab.control("templates", **{**MANIFEST, "variables": variables})


@pytest.mark.parametrize("spelling", ["text", "plain"])
async def test_a_message_is_stored_and_answered_with_an_empty_200(
    lab: Lab, door: Door, spelling: str
) -> None:
    await joined(lab, door)
    await lab.control("rules", http_content=spelling)
    said = await lab.finger("zhang", "say", text="备案")
    assert said["acked"] and said["answer"] is None
    (event,) = door.desk.events
    assert isinstance(event, Said) and (event.text, event.account) == ("备案", "u-zhang")
    assert await lab.violations() == []


async def test_the_papers_signatures_open() -> None:
    """The vectors of the platform's own pages."""
    robot = {"timestamp": "1577262236757", "sign": "MmyaWLrBhMLfauHkScVmXkbsD+1cGWTp3fMVP4evq1s="}
    card = {
        "x-ddpaas-signature-timestamp": "1700000000000",
        "x-ddpaas-signature": "I85VWQbGCqbDkjEb7rsCEkTKI9QSL3wzLms54MiwXlg=",
    }
    async with open_door(now=lambda: datetime.fromtimestamp(1577262236, UTC)) as door:
        assert (await door.posts("/dingtalk/callback", typed("备案"), robot))[0] == 200
    async with open_door(now=lambda: datetime.fromtimestamp(1700000000, UTC)) as door:
        assert (await door.posts("/dingtalk/card", tapped(), card))[0] == 200


@pytest.mark.parametrize("kind", FORGERIES)
@pytest.mark.parametrize("route", ["", "route"])
async def test_every_forgery_gets_one_and_the_same_403(
    lab: Lab, door: Door, kind: str, route: str
) -> None:
    await joined(lab, door)
    said = await lab.control("forge", kind=kind, route=route)
    # Of a body too large the connection may be cut before the answer was read.
    assert (said["status"], said["body"]) == (403, "forbidden") or (
        kind == "oversize" and said["status"] is None
    )
    assert door.desk.begun == 0


@pytest.mark.parametrize("kind", ["junk", "not_an_object"])
@pytest.mark.parametrize("route", ["", "route"])
async def test_what_is_signed_and_not_understood_is_kept_as_ignored(
    lab: Lab, door: Door, kind: str, route: str
) -> None:
    await joined(lab, door)
    assert (await lab.control("forge", kind=kind, route=route))["status"] == 200
    (event,) = door.desk.events
    assert isinstance(event, Ignored) and event.kind == "unreadable"


@pytest.mark.parametrize(
    "headers",
    [
        {"timestamp": NOW, "sign": "签名"},
        {"timestamp": NOW, "sign": ""},
        {"timestamp": "", "sign": signed("")["sign"]},
        signed("1" * 15),
        signed("-1"),
        signed("1e3"),
        signed("１７９０"),
        signed(str(int(NOW) - 3_600_001)),
        signed(str(int(NOW) + 3_600_001)),
        signed(secret=""),
    ],
)
async def test_a_signature_of_no_kind_is_refused(door: Door, headers: dict[str, str]) -> None:
    raw = {name: value.encode().decode("latin-1") for name, value in headers.items()}
    status, body = await door.posts("/dingtalk/callback", typed("备案"), raw)
    assert (status, body) == (403, b"forbidden") and door.desk.begun == 0


async def test_a_strangers_connection_is_closed(door: Door) -> None:
    async with door.http.post(f"{door.base}/dingtalk/card", data=b"{}") as answer:
        assert (answer.status, answer.headers["Connection"]) == (403, "close")


@pytest.mark.parametrize("skew", [-3_600_000, 3_600_000])
async def test_an_hour_of_skew_is_borne(door: Door, skew: int) -> None:
    assert (await door.says(typed("备案"), stamp=str(int(NOW) + skew)))[0] == 200


async def test_a_strangers_body_is_not_waited_for() -> None:
    async with open_door(body_seconds=0.1) as door:
        host, port = door.base.removeprefix("http://").split(":")
        for head in ("", "".join(f"{name}: {value}\r\n" for name, value in signed().items())):
            reader, writer = await asyncio.open_connection(host, int(port))
            start = "POST /dingtalk/callback HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n"
            writer.write(f"{start}{head}\r\n{{".encode())
            async with asyncio.timeout(2):
                assert b"403" in await reader.readline()
            writer.close()


async def test_a_message_that_could_not_be_stored_is_no_200() -> None:
    desk = Desk(errors=[LedgerUnavailableError()])
    async with open_door(desk) as door:
        assert (await door.says(typed("备案")))[0] == 503
        assert (await door.says(typed("备案")))[0] == 200


async def test_the_same_message_twice_has_one_key(lab: Lab, door: Door) -> None:
    await joined(lab, door)
    await lab.fault("callback", "duplicate")
    await lab.finger("zhang", "say", text="备案")
    first, second = door.desk.events
    assert first.key == second.key


@pytest.mark.parametrize(
    ("given", "paths"),
    [
        ({}, ["/dingtalk/callback", "/dingtalk/card"]),
        ({"card_secret": ""}, ["/dingtalk/callback"]),
        ({"client_secret": "", "card_secret": ""}, []),
    ],
)
def test_without_a_secret_there_is_no_address(given: dict[str, str], paths: list[str]) -> None:
    secrets: dict[str, Any] = {"client_secret": SECRET, "card_secret": CARD_SECRET, **given}
    callback = Callback(Desk(), Reader("dingtalk"), OpenTaps(), now=lambda: START, **secrets)
    assert [route.path for route in callback.routes()] == paths


# --- taps ---


async def test_a_tap_is_answered_for_the_tapper(lab: Lab, door: Door) -> None:
    await joined(lab, door)
    space = "IM_ROBOT.u-zhang;IM_ROBOT.u-li"
    await lab.card(space=space, callbackType="HTTP", callbackRouteKey="route")
    door.desk.shows = NEXT
    said = await lab.finger("zhang", "tap", action="1", params={"key": KEY})
    assert said["acked"] and said["answer"] == response_to(Answer("", "1", NEXT))[0]
    assert [(await lab.view(who))["title"] for who in ("zhang", "li")] == ["请确认", "备案审核"]
    (event,) = door.desk.events
    assert isinstance(event, Tapped) and (event.copy_key, event.sent_at) == ("t-1", START)
    await eventually(lambda: door.desk.noted == [Answer("", "1", NEXT)])
    assert await lab.violations() == []


async def test_a_repeated_callback_has_one_key_and_a_second_tap_its_own(door: Door) -> None:
    later = str(int(NOW) + 1)
    for stamp in (NOW, NOW, later):
        assert (await door.taps_card(tapped(), stamp=stamp))[0] == 200
    await door.taps_card(tapped("t-2"))
    first, again, second, other = (event.key for event in door.desk.events)
    assert first == again and len({first, second, other}) == 3


@pytest.mark.parametrize("body", [tapped("unknown", userId=""), tapped(key="nonsense"), {}])
async def test_a_tap_of_nobody_gets_a_calm_answer(door: Door, body: Any) -> None:
    assert await door.taps_card(body) == (200, b"{}")


async def test_a_tap_that_could_not_be_stored_is_no_200() -> None:
    async with open_door(Desk(errors=[LedgerUnavailableError()])) as door:
        assert (await door.taps_card(tapped()))[0] == 503
        assert (await door.taps_card(tapped()))[0] == 200


async def test_a_tap_not_stored_in_time_fails_in_time_and_is_done_all_the_same() -> None:
    desk = Desk(gate=asyncio.Event(), shows=NEXT)
    assert desk.gate is not None
    async with open_door(desk, answer_seconds=0.1) as door:
        assert (await asyncio.wait_for(door.taps_card(tapped()), 1))[0] == 503
        ending = asyncio.create_task(door.callback.stop())
        await asyncio.sleep(0)
        assert not ending.done()
        desk.gate.set()
        await ending
        assert (len(desk.events), desk.noted) == (1, [])


async def test_a_card_is_open_until_its_callback_is_answered() -> None:
    desk = Desk(gate=asyncio.Event())
    assert desk.gate is not None
    async with open_door(desk) as door:
        tap = asyncio.create_task(door.taps_card(tapped()))
        await eventually(lambda: desk.begun)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(door.taps.closed("t-1"), 0.05)
        desk.gate.set()
        await tap
        await asyncio.wait_for(door.taps.closed("t-1"), 1)
