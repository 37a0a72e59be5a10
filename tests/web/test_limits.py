"""Who opens too many public pages waits a little; where a visitor comes from cannot be made up."""

from __future__ import annotations

import asyncio
import re
import threading

import pytest
from aiohttp.test_utils import make_mocked_request

from bot.files import FileStore
from bot.web import turnstile
from bot.web.headers import CalmError
from bot.web.limits import Allowance
from bot.web.turnstile import AT_ONCE, MOST_WAITING, Turnstile
from bot.web.visitors import Proxies
from storage.ledger import Ledger
from storage.transaction import Transaction
from tests.storage.conftest import NOW, TENANT
from tests.storage.office import SCHOOL
from tests.web.house import House, open_house, other_settings, until

PROXIES = Proxies.of(["10.0.0.5", "10.1.0.0/16", "2001:db8:ffff::/48"])


@pytest.mark.parametrize(
    ("peer", "forwarded", "visitor"),
    [
        ("203.0.113.7", (), "203.0.113.7"),
        (
            "203.0.113.7",
            ("198.51.100.1",),
            "203.0.113.7",
        ),  # no proxy of ours: it says what it likes
        ("10.0.0.6", ("198.51.100.1",), "10.0.0.6"),
        ("10.0.0.5", ("198.51.100.1",), "198.51.100.1"),
        ("10.0.0.5", ("1.1.1.1, 198.51.100.1",), "198.51.100.1"),  # what the visitor wrote ahead
        ("10.0.0.5", ("1.1.1.1", "198.51.100.1"), "198.51.100.1"),  # the same in two lines
        ("10.0.0.5", ("198.51.100.1, 10.1.2.3",), "198.51.100.1"),  # two proxies of ours
        ("10.0.0.5", ("10.0.0.5, 10.1.2.3",), "10.0.0.5"),
        ("10.0.0.5", (), "10.0.0.5"),
        ("10.0.0.5", ("nonsense",), "10.0.0.5"),
        ("10.0.0.5", ("198.51.100.1, nonsense",), "10.0.0.5"),
        ("10.0.0.5", ("198.51.100.1:4711",), "198.51.100.1"),
        ("10.0.0.5", ('"[2001:db8:1:2:3::4]:4711"',), "2001:db8:1:2::/64"),
        ("2001:db8:1:2:aaaa::1", (), "2001:db8:1:2::/64"),
        ("2001:db8:ffff::1", ("2001:db8:1:3::9",), "2001:db8:1:3::/64"),
        ("::ffff:203.0.113.7", (), "203.0.113.7"),
        ("::ffff:10.0.0.5", ("198.51.100.1",), "198.51.100.1"),
        ("fe80::1%eth0", (), "fe80::/64"),
        ("", ("198.51.100.1",), ""),
        ("10.0.0.5", ("1.1.1.1, " * 5000 + "10.1.0.1",), "1.1.1.1"),
    ],
)
def test_only_proxies_of_ours_say_who_asks(
    peer: str, forwarded: tuple[str, ...], visitor: str
) -> None:
    headers = [("X-Forwarded-For", one) for one in forwarded]
    request = make_mocked_request("GET", "/", headers=headers).clone(remote=peer)
    assert PROXIES.visitor(request) == visitor


def test_a_minute_s_worth_may_come_at_once_and_then_as_many_as_time_gives() -> None:
    now = [1000.0]
    allowance = Allowance(60, lambda: now[0])
    assert [allowance.wait("a") for _ in range(60)] == [0.0] * 60
    assert allowance.wait("a") == pytest.approx(1.0)
    assert allowance.wait("b") == 0.0
    now[0] += 2.0
    assert [allowance.wait("a") > 0 for _ in range(3)] == [False, False, True]
    allowance.charge("c", 10)
    assert sum(allowance.wait("c") == 0.0 for _ in range(60)) == 50
    for _ in range(1000):
        allowance.charge("c", 10)
    assert allowance.wait("c") <= 60.0  # however many were tried


def test_a_flood_of_addresses_takes_no_more_room_and_shuts_nobody_out() -> None:
    allowance = Allowance(5, lambda: 0.0, most=1000)
    for _ in range(5):
        allowance.wait("busy")
    for at in range(100_000):
        assert allowance.wait(f"2001:db8:{at >> 16:x}:{at & 65535:x}::/64") == 0.0
        if at % 500 == 0:
            assert allowance.wait("busy") > 0  # who goes on asking is remembered
            allowance.charge("busy", 1)
    assert len(allowance) == 1000


async def test_who_opens_too_many_pages_is_told_calmly_and_may_come_again(house: House) -> None:
    for _ in range(240):
        async with house.client.head("/") as answer:
            assert answer.status == 200
    async with house.client.get("/") as answer:
        text = await answer.text()
        assert answer.status == 429 and answer.headers["Retry-After"] == "1"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "请过1秒再打开" in text and "不是您的问题" in text
    for path, status in (("/f/2026-0302A0001", 429), ("/s/x", 429), ("/wp-login.php", 429)):
        assert (await house.opens(path))[0] == status
    # Chats, links of chats and what pages are drawn with are not held up.
    for path in ("/healthz", house.link("view", house.filing().id), "/static/public.css"):
        assert (await house.opens(path))[0] == 200, path
    house.seconds[0] += 1.0
    assert (await house.opens("/"))[0] == 200


async def test_trying_numbers_one_by_one_is_soon_over(house: House) -> None:
    tried = [(await house.opens(f"/f/2026-0302A{at:04d}"))[0] for at in range(1, 41)]
    assert tried == [404] * 24 + [429] * 16
    house.seconds[0] += 60.0
    asked = [(await house.opens(f"/?q=2026-0302A{at:04d}"))[0] for at in range(1, 41)]
    assert asked == [200] * 24 + [429] * 16
    house.seconds[0] += 60.0
    looked = [(await house.opens(f"/nothing/{at}"))[0] for at in range(40)]
    assert looked.count(429) == 16


async def test_behind_a_proxy_each_visitor_has_an_allowance(
    ledger: Ledger, store: FileStore, caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    behind = {"X-Forwarded-For": "198.51.100.1"}
    settings = other_settings(trusted_proxies=("127.0.0.1",), visits_per_minute=1)
    house = await open_house(ledger, store, settings)
    statuses = []
    for address in ("198.51.100.1", "198.51.100.2", "198.51.100.1"):
        async with house.client.get("/", headers={"X-Forwarded-For": address}) as answer:
            statuses.append(answer.status)
    assert statuses == [200, 200, 429]
    await house.client.close()
    # A proxy that nobody named is told of once; its visitors' addresses are not.
    house = await open_house(ledger, store, other_settings(visits_per_minute=0))
    for _ in range(3):
        async with house.client.get("/", headers=behind) as answer:
            assert answer.status == 200
    await house.client.close()
    house = await open_house(ledger, store, other_settings(visits_per_minute=2))
    statuses = []
    for address in ("198.51.100.1", "198.51.100.2", "198.51.100.3"):
        async with house.client.get("/", headers={"X-Forwarded-For": address}) as answer:
            statuses.append(answer.status)
    assert statuses == [200, 200, 429]
    await house.client.close()
    written = caplog.text + "".join(capsys.readouterr())
    assert len(re.findall("a proxy is not among web.trusted_proxies", written)) == 1
    assert "198.51.100" not in written


async def test_a_crowd_on_the_public_pages_leaves_readers_to_the_others(house: House) -> None:
    door, seen = threading.Event(), []

    def look(tx: Transaction) -> None:
        seen.append(threading.current_thread().name)
        door.wait(20)

    reads = Turnstile(house.ledger)
    crowd = [asyncio.ensure_future(reads.read(look)) for _ in range(AT_ONCE + MOST_WAITING)]
    await until(lambda: len(seen) == AT_ONCE)
    assert await house.ledger.read(lambda _tx: "read") == "read"
    with pytest.raises(CalmError) as refused:
        await reads.read(look)
    assert refused.value.status == 503 and len(seen) == AT_ONCE
    door.set()
    await asyncio.gather(*crowd)
    assert len(seen) == AT_ONCE + MOST_WAITING
    await reads.read(look)


async def test_a_public_read_lets_the_chats_go_first_but_not_for_ever(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy, asked = threading.Event(), []
    monkeypatch.setattr(turnstile, "PATIENCE_SECONDS", 60)

    def is_busy() -> bool:
        asked.append(busy.is_set())
        return busy.is_set()

    reads = Turnstile(house.ledger, is_busy)
    busy.set()
    waits = asyncio.ensure_future(reads.read(lambda tx: tx.people.unit(TENANT, SCHOOL)))
    await until(lambda: len(asked) > 3)
    busy.clear()
    unit = await waits
    assert unit is not None and asked[-1] is False
    monkeypatch.setattr(turnstile, "PATIENCE_SECONDS", 0.001)
    busy.set()
    found = await reads.read(lambda tx: tx.public.count_at(TENANT, SCHOOL, NOW.date()))
    assert found == (0, 0)  # an office that never rests is not waited for
