"""A report on the platforms themselves: from somebody in no roster to an answer."""

from __future__ import annotations

import base64
import json
import re
from datetime import date, datetime

import pytest
from sqlalchemy import insert, update

from storage import tables as t
from storage.check import check
from storage.rules.totp import code_at, step_of
from storage.transaction import Transaction
from tests.files.samples import png
from tests.stories.town import TENANT, Town, turn_to

BIRDS = ("金丝雀甲收了三千二", "金丝雀乙平板", "金丝雀丙收款码", "13857710001")
LINK = re.compile(r"https?://[^\s\"'<>）)]+/m/reportfile/[^\s\"'<>）)]+")


def _an_officer(tx: Transaction) -> None:
    unit = {"tenant": TENANT, "code": "D-jw", "name": "纪检监察室", "kind": "department",
            "area": TENANT, "owner": "county", "ownership": "", "levels": [],
            "desks": ["discipline"]}  # fmt: skip
    post = {"tenant": TENANT, "unit_code": "D-jw", "person_id": "basic2", "role": "discipline"}
    tx.execute(insert(t.unit).values(**unit))
    tx.execute(insert(t.post).values(**post, valid_from=date(2026, 1, 1)))


def _leaves(tx: Transaction, on: date | None) -> None:
    tx.execute(update(t.post).where(t.post.c.person_id == "finance").values(valid_to=on))


@pytest.mark.covers(46)
async def test_a_stranger_reports_a_fee_and_what_was_said_reaches_its_desk_alone(
    town: Town, capfd: pytest.CaptureFixture[str]
) -> None:
    town.bot.ledger.call(_an_officer)
    stranger, finance = town.person("stranger"), town.person("finance")
    await stranger.says("反映")
    await stranger.taps("收费、强制购买")
    await stranger.says("瓯江实验小学")
    await stranger.says(BIRDS[1])
    await stranger.says(BIRDS[2])
    await town.phones.sends_picture("stranger", png(), "金丝雀丁.png")
    await stranger.says(BIRDS[0])
    await stranger.taps("留联系方式")
    await stranger.says(BIRDS[3])
    code = re.findall(r"回执 ([0-9A-Z]{4})", await stranger.last())[0]
    assert "学校看不到您是谁" in await stranger.last()
    # The desk: a card without a word of it, then what an opening tells.
    await finance.sees(f"反映 {code}")
    for bird in BIRDS:
        await finance.does_not_see(bird)
    await finance.taps("查看内容")
    for bird in BIRDS:
        await finance.sees(bird)
    link = LINK.findall(await finance.screen())[-1]
    assert await _fetched(town, link) == (200, png())
    town.bot.ledger.call(lambda tx: _leaves(tx, date(2026, 3, 11)))
    assert (await _fetched(town, link))[0] == 403
    town.bot.ledger.call(lambda tx: _leaves(tx, None))
    await finance.taps("受理")
    await stranger.sees("已由计财部门受理")
    # An officer knows that there is one, and no more.
    await town.person("basic2").sees("本通知不含内容")
    # The limit is in the morning's digest of its desk.
    await turn_to(town, datetime.fromisoformat("2026-04-09T08:41:00+08:00"))
    await finance.sees(code)
    await finance.says(f"办结 {code} 属实已整改")
    await stranger.sees("经核实，情况属实，已经整改")
    assert (await _fetched(town, link))[0] in (403, 410)
    await _only_between(town, {"stranger", "finance"})
    logged = "".join(capfd.readouterr())
    assert not [bird for bird in (*BIRDS, "金丝雀丁", code) if bird in logged]
    assert town.bot.ledger.call(lambda tx: check(tx, town.clock.now())) == []


async def _fetched(town: Town, link: str) -> tuple[int, bytes]:
    async with town.phones._http().get(link) as answer:
        return answer.status, await answer.read()


async def _only_between(town: Town, people: set[str]) -> None:
    """Hold every byte that left the bot, and every phone, to who may read it."""
    for userid in ("chen", "lin", "legal", "basic", "basic2", "tech", "tech2", "research"):
        screen = await town.person(userid).screen()
        assert not [bird for bird in BIRDS if bird in screen], userid
    async with town.phones._http().get(f"{town.phones.address}/sandbox/sent") as answer:
        entries = await answer.json()
    for entry in entries:
        text = json.dumps(entry, ensure_ascii=False)
        if any(bird in text for bird in BIRDS):
            assert any(f'{one}"' in text for one in people), text
    assert not [bird for bird in BIRDS if bird in "\n".join(await town.group())]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_clue_is_opened_behind_a_code_that_no_platform_carries(town: Town) -> None:
    town.bot.ledger.call(_an_officer)
    stranger, officer = town.person("stranger"), town.person("basic2")
    await stranger.says("举报 瓯江实验小学采购平板有回扣")
    await stranger.taps("匿名提交")
    code = re.findall(r"回执 ([0-9A-Z]{4})", await stranger.last())[0]
    await officer.sees("您有1条加密线索")
    await officer.does_not_see("回扣")
    await officer.says("查举报")
    await officer.taps("查看")
    secret = _secret(await officer.screen())
    await officer.says(code_at(secret, step_of(town.clock.now())))
    await officer.sees("采购平板有回扣")
    await officer.taps("初核")
    await officer.says(f"了结 {code}")
    await stranger.sees("已按规定处理完毕")
    assert town.bot.ledger.call(lambda tx: check(tx, town.clock.now())) == []


def _secret(screen: str) -> bytes:
    text = re.findall(r"密钥：([A-Z2-7 ]+)。", screen)[-1].replace(" ", "")
    return base64.b32decode(text + "=" * (-len(text) % 8))
