"""工作群通报: the numbers of a week and a month, once, with their picture, and nobody's name."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import datetime
from typing import Any

import pytest
from aiohttp import ClientSession
from sqlalchemy import insert, select, update

from bot.annex import DrawingError
from bot.sandbox.app import SANDBOX
from bot.sandbox.dingtalk import names
from bot.sandbox.world import Group
from storage import tables as t
from storage.check import check
from storage.gaps import CITY
from storage.rules.bulletins import Rhythm
from storage.transaction import Transaction
from tests.stories.filing import registers, submits
from tests.stories.hands_on import words_of
from tests.stories.town import TENANT, Town, turn_to

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
KEY = "77aa91f6-7aaa-4bc4-97a0-0ec2sifa5bbb"
NOBODY = (
    "瓯江",
    "小学",
    "陈晓",
    "林校长",
    "云阅读",
    "13857712345",
    "138",
    "legal",
    "基教处",
    "0302A",
)


def at(moment: str) -> datetime:
    return datetime.fromisoformat(f"2026-{moment}+08:00")


def open_group(town: Town, group: str = "w1", tenant: str = TENANT, unit: str = "D-tech") -> None:
    """Give an authority a work group where the town's people are."""
    on_dingtalk = "dingtalk" in town.bot.channels
    kept: dict[str, Any] = {"key": f"{KEY}{group}"}
    if on_dingtalk:
        robot = town.bot.settings.dingtalk.robot_code
        kept = {"platform": "dingtalk", "robots": (robot,)}
    chat = Group(group, f"工作群{group}", members=("legal", "tech"), **kept)
    town.sandbox[SANDBOX].world.groups.append(chat)
    address = f"dingtalk:{names.group_id(chat)}" if on_dingtalk else chat.key
    platform = "dingtalk-group" if on_dingtalk else "wecom-webhook"

    def write(tx: Transaction) -> None:
        seal = tx.cipher.seal(address, "chat_group.address")
        if tx.people.unit(tenant, unit) is None:
            tx.execute(
                insert(t.unit).values(
                    tenant=tenant, code=unit, name="市教育技术中心", kind="department",
                    area=tenant, owner="city", levels=[], desks=["tech"],
                )
            )  # fmt: skip
        tx.execute(
            insert(t.chat_group).values(
                tenant=tenant, id=group, unit_code=unit, name=chat.name, purpose="工作群",
                instance="dingtalk" if on_dingtalk else "wecom", platform=platform, address=seal,
                address_index=tx.cipher.blind_index(address, "chat_group.address"),
            )
        )  # fmt: skip

    town.bot.ledger.call(write)


async def hears(town: Town, group: str = "w1") -> list[str]:
    """Return what a work group reads, its pictures as 〔图〕."""
    bubbles = await town.phones.group(group)
    return ["〔图〕" if one["kind"] == "image" else words_of(one) for one in bubbles]


def put_out(town: Town) -> list[str]:
    """Return every byte that was put out for a work group, the words of its pictures too."""
    rows = town.bot.ledger.call(
        lambda tx: tx.execute(
            select(t.outbox.c.body).where(t.outbox.c.once.like("bulletin%"))
        ).scalars().all()
    )  # fmt: skip
    return [json.dumps(body, ensure_ascii=False) for body in rows]


async def opens(address: str) -> tuple[int, str, bytes]:
    async with ClientSession() as session, session.get(address) as answer:
        return answer.status, answer.content_type, await answer.read()


async def test_a_work_group_reads_the_week_once_with_a_picture_and_a_page(town: Town) -> None:
    open_group(town)
    await registers(town)
    await turn_to(town, at("03-16T08:39"))
    assert await hears(town) == []
    town.clock.move(at("03-16T08:41"))
    await asyncio.gather(*(town.bot.sweeping.run() for _ in range(3)))
    await town.bot.delivery.idle()
    for later in ("03-16T16:00", "03-17T09:00", "03-20T09:00"):
        await turn_to(town, at(later))
    told, picture = await hears(town)
    assert picture == "〔图〕"
    assert "上周（3月9日至15日）鹿城区备案情况：新收1件，办结1件（备案1，不予通过0）" in told
    assert "比前一周：新收多1件，办结多1件。" in told
    for words in (*await hears(town), *put_out(town)):
        assert not [one for one in NOBODY if one in words]
    (address,) = set(re.findall(r"https?://[^\s\"'<>）)]+/m/bulletin/[\w.-]+", told))
    status, kind, page = await opens(address)
    text = page.decode()
    assert (status, kind) == (200, "text/html") and "近8周新收和办结" in text
    assert not [one for one in NOBODY if one in text]
    assert re.search(r"3月9日</th><td>1</td><td>1</td>", text)
    status, kind, drawn = await opens(f"{address}.png")
    assert (status, kind, drawn[:4]) == (200, "image/png", b"\x89PNG")
    town.clock.move(at("06-01T10:00"))
    assert (await opens(address))[0] == 410
    assert (await opens(address[:-3] + "abc"))[0] == 403
    assert town.bot.ledger.call(lambda tx: check(tx, at("03-20T09:00"))) == []


@ON_SQLITE
async def test_after_days_of_silence_one_message_tells_week_and_month(town: Town) -> None:
    open_group(town)
    await registers(town)
    # Down over a Monday, heard of again in the evening, on a Saturday and before the morning's
    # digest, and over the first of the month.
    for quiet in ("03-16T18:30", "03-21T09:00", "04-02T08:10"):
        town.clock.move(at(quiet))
        await town.bot.sweeping.run()
        assert put_out(town) == []
    await turn_to(town, at("04-02T08:41"))
    told, _ = await hears(town)
    assert told.index("上周（3月23日至29日）") < told.index("上月（2026年3月）")
    assert told.count("新收1件") == 1 and told.count("看图表和各期数字") == 1
    # 清明: Monday is no working day; the week has no movement, and nothing is under way.
    await turn_to(town, at("04-07T08:41"))
    assert len(await hears(town)) == 2
    weeks = town.bot.ledger.call(
        lambda tx: tx.bulletins.closed({Rhythm.WEEK: at("04-06T00:00").date()})
    )
    assert (TENANT, Rhythm.WEEK) in weeks


@ON_SQLITE
async def test_the_city_reads_everybody_s_sum_and_each_county_its_own(town: Town) -> None:
    open_group(town)
    open_group(town, "w2", CITY, "CITY-TECH")
    open_group(town, "w3", "330303", "L-tech")
    await submits(town)
    await turn_to(town, at("03-16T08:41"))
    city, county = (await hears(town, "w2"))[0], (await hears(town))[0]
    assert "全市备案情况：新收1件，办结0件" in city and "其中市局本级新收0件" in city
    assert "鹿城" not in city and "全市" not in county
    assert "快到时限" not in county
    # Next door nothing came and nothing is under way.
    assert await hears(town, "w3") == []
    await turn_to(town, at("03-23T08:41"))
    again = (await hears(town))[-2]
    assert "新收0件，办结0件" in again and "比前一周：新收少1件，办结持平。" in again


@ON_SQLITE
async def test_cases_with_a_limit_close_are_counted_and_their_people_told_alone(
    town: Town,
) -> None:
    open_group(town)
    await submits(town)
    # The limit of the co-review is moved to the Tuesday.
    due = update(t.task).values(due_on=at("03-17T00:00").date())
    town.bot.ledger.call(lambda tx: tx.execute(due).rowcount)
    await turn_to(town, at("03-16T08:41"))
    assert "快到时限1件，已分别私信经办同志。" in (await hears(town))[0]
    await town.person("legal").sees("老师早上好")


@ON_SQLITE
async def test_where_the_picture_cannot_be_drawn_the_words_go_alone(town: Town) -> None:
    async def fails(_wish: Any) -> bytes:
        raise DrawingError("unsound")

    town.bot.delivery.draw = fails
    open_group(town)
    await submits(town)
    await turn_to(town, at("03-16T08:41"))
    (told,) = await hears(town)
    assert "新收1件" in told
    lost = town.bot.ledger.call(lambda tx: tx.undelivered.since(TENANT, at("03-16T00:00")))
    assert lost == []


@ON_SQLITE
async def test_a_group_that_refuses_is_listed_for_who_looks_after_it(town: Town) -> None:
    open_group(town)
    chat = next(one for one in town.sandbox[SANDBOX].world.groups if one.id == "w1")
    town.sandbox[SANDBOX].world.groups.remove(chat)
    await submits(town)
    await turn_to(town, at("03-16T08:41"))
    await turn_to(town, at("03-17T08:41"))
    await town.person("tech").sees("没有送达的消息：工作群w1")


@ON_SQLITE
async def test_an_authority_that_wants_no_weeks_is_told_none(town: Town) -> None:
    open_group(town)
    await submits(town)
    office = town.bot.office
    rules = office.of(TENANT).rules.changed({"groups.weekly": False})
    quiet = office.tenants[TENANT].__class__(TENANT, "鹿城区", "教育局", "0302", rules)
    object.__setattr__(office, "tenants", {**office.tenants, TENANT: quiet})
    await turn_to(town, at("03-16T08:41"))
    assert await hears(town) == []
    await turn_to(town, at("04-01T08:41"))
    assert "上月（2026年3月）鹿城区备案情况：新收1件" in (await hears(town))[0]
