"""A filing on the emulated DingTalk as one form: what it costs, and what may go wrong."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import FormData
from sqlalchemy import delete, select

from bot.demo.phones import LINK, all_text
from storage import tables as t
from tests.dingtalk.test_town import Phone, town
from tests.stories.filing import PAPERS
from tests.stories.town import pdf

OVERVIEW = "学校拟在四至六年级使用云阅读开展分级阅读，由语文组组织实施，预期学生月阅读量提高。"
WHOLE: Mapping[str, Any] = {
    "项目名称": "云阅读",
    "使用学段": "四到六年级",
    "学生人数": 620,
    "项目负责人": "我",
    "手机号码": "13857712345",
    "应用方向": ["智慧教学"],
    "项目概况": OVERVIEW,
    "经费来源": "不需要经费",
    "信息收集": ["以上都没有"],
    "收费情况": ["以上都没有"],
    "公平与审批": ["以上都没有"],
    "备案号情况": "产品已有教育App备案号",
    "论证日期": "2026-03-02",
    "审查日期": "2026-03-03",
    "会议日期": "2026-03-05",
}
# What the teacher types and taps (in brackets) where each question stands alone.
TYPED = (
    "[一项一项填]", "云阅读", "四到六年级，620人", "我", "13857712345", "1", OVERVIEW, "不需要经费",
    "都没有", "都没有", "都没有", "论证3月2日，审查3月3日，会议3月5日",
)  # fmt: skip


async def variables(phone: Phone) -> dict[str, str]:
    """Return the values of the newest card."""
    card = next(one for one in reversed(await phone.bubbles()) if one["kind"] == "card")
    return dict(card["card"]["variables"])


async def form_card(phone: Phone) -> dict[str, Any]:
    """Return the newest bubble with a form on it."""
    return next(
        one
        for one in reversed(await phone.bubbles())
        if one["kind"] == "card" and json.loads(one["card"]["variables"]["form"])["fields"]
    )


async def fills(phone: Phone, answers: Mapping[str, Any], bubble: Any = None) -> None:
    """Fill in the form and send it off."""
    card = bubble or await form_card(phone)
    key = card["card"]["variables"]["form_key"]
    await phone.call(
        "phones/chen/fill", bubble=card["id"], answers=dict(answers), params={"key": key}
    )
    await phone.bot.delivery.idle()


async def uploads(phone: Phone) -> None:
    """Hand in the papers over the page that the card opens."""
    shown = "".join(all_text(one) for one in await phone.bubbles())
    link = LINK.findall(shown)[-1]
    for slot in PAPERS:
        form = FormData()
        form.add_field("slot", slot)
        form.add_field("files", pdf(slot), filename=f"{slot}.pdf")
        async with phone.http.post(link, data=form) as answer:
            answer.raise_for_status()
    await phone.bot.delivery.idle()


async def used(phone: Phone) -> tuple[int, int]:
    """Return the webhook-and-stream units and the API calls of this month."""
    async with phone.http.get(f"{phone.sandbox}/sandbox/dingtalk") as answer:
        state = await answer.json()
    assert state["violations"] == []
    (quota,) = state["quotas"]
    return quota["units"], quota["calls"]


async def to_the_principal(phone: Phone) -> None:
    assert "材料 0/4" in (await variables(phone))["title"]
    # DingTalk is all this teacher has: what answers an upload goes there.
    own = (t.account.c.person_id == "chen") & (t.account.c.instance == "wecom")
    phone.bot.ledger.call(lambda tx: tx.execute(delete(t.account).where(own)))
    await uploads(phone)
    values = await variables(phone)
    key = next(
        one["key"] for one in json.loads(values["buttons"]) if one["text"] == "确认，请校长签署"
    )
    await phone.call("phones/chen/tap", action="tap", params={"key": key})
    # The principal has no DingTalk here: what goes there is waited for by nobody.
    async with asyncio.timeout(20):
        while "26-0302-0001" not in all_text(await phone.bubbles()):  # noqa: ASYNC110 - no bell
            await asyncio.sleep(0.05)


async def test_a_filing_is_one_form_and_the_papers(tmp_path: Path, database_url: str) -> None:
    async with town(tmp_path, database_url) as phone:
        before = await used(phone)
        await phone.says("备案")
        await phone.taps("应用")
        card = await form_card(phone)
        await fills(phone, WHOLE)
        done = next(one for one in await phone.bubbles() if one["id"] == card["id"])
        values = done["card"]["variables"]
        assert (values["done"], values["live"], values["form"]) == (
            "已收到14项",
            "false",
            '{"fields":[]}',
        )
        assert "138＊＊＊＊2345" in values["facts"] and "13857712345" not in json.dumps(values)
        await to_the_principal(phone)
        whole = await used(phone)
    units, calls = (after - at for after, at in zip(whole, before, strict=True))
    print(f"one form: {units} units, {calls} calls")
    assert units <= 4 and calls <= 14


async def test_typed_step_by_step_it_works_too_and_costs_more(
    tmp_path: Path, database_url: str
) -> None:
    async with town(tmp_path, database_url) as phone:
        before = await used(phone)
        await phone.says("备案")
        await phone.taps("应用")
        for words in TYPED:
            # Nobody types as fast as the bot would have to pace itself.
            phone.bot.clock.move(phone.bot.clock.now() + timedelta(seconds=20))
            if words.startswith("["):
                await phone.taps(words.strip("[]"))
            else:
                await phone.says(words)
        await to_the_principal(phone)
        whole = await used(phone)
    units, calls = (after - at for after, at in zip(whole, before, strict=True))
    print(f"typed: {units} units, {calls} calls")
    assert units > 12


async def test_what_cannot_stand_comes_back_on_the_same_card(
    tmp_path: Path, database_url: str
) -> None:
    async with town(tmp_path, database_url) as phone:
        await phone.says("备案")
        await phone.taps("应用")
        card = await form_card(phone)
        await fills(phone, {**WHOLE, "手机号码": "1385777123", "会议日期": "2027-03-05"})
        back = await form_card(phone)
        assert (
            back["id"] == card["id"]
            and "手机号码：这个号码是10位" in back["card"]["variables"]["body"]
        )
        # A phone sends along what stands in the form; only what was wrong is written anew.
        await fills(phone, {"手机号码": "13857712345", "会议日期": "2026-03-05"})
        assert "材料 0/4" in (await variables(phone))["title"]
        draft = phone.bot.ledger.call(lambda tx: tx.drafts.open_of("chen", phone.bot.clock.now()))[
            0
        ]
        assert (draft.answers["students"], draft.answers["overview"]) == (620, OVERVIEW)
        assert draft.answers["minutes_on"] == "2026-03-05"
        await used(phone)


@pytest.mark.parametrize("blanks", [False, True])
async def test_an_entry_left_empty_is_asked_later(
    tmp_path: Path, database_url: str, blanks: bool
) -> None:
    async with town(tmp_path, database_url) as phone:
        await phone.call("rules", form_blanks=blanks)
        await phone.says("备案：应用 云阅读 四到六年级 620人 负责人陈晓 13857712345")
        card = await form_card(phone)
        assert "138****2345" in card["card"]["variables"]["form"]
        await fills(phone, {name: "" for name in WHOLE if name != "项目名称"})
        draft = phone.bot.ledger.call(lambda tx: tx.drafts.open_of("chen", phone.bot.clock.now()))[
            0
        ]
        assert draft.answers["students"] == 620
        number = phone.bot.ledger.call(lambda tx: tx.drafts.unseal(draft.answers["phone"]))
        assert number == "13857712345"
        assert "应用方向" in (await variables(phone))["title"]


HOSTILE: Mapping[str, Any] = {
    "unseen characters": {"project": "云\x00阅\u200b读\u202e"},
    "an option that is not there": {"project": "云阅读", "fund": {"index": 9, "value": "gold"}},
    "other fields": {"project": "云阅读", "amount": "1", "a" * 900: "x"},
    "shapes of another kind": {"project": "云阅读", "students": True, "free": [["fee:yes"]],
                               "data": 7, "purposes": {"index": 1}},
}  # fmt: skip


@pytest.mark.parametrize("form", HOSTILE.values(), ids=HOSTILE)
async def test_a_form_that_no_phone_sends_does_no_harm(
    tmp_path: Path, database_url: str, form: Mapping[str, Any]
) -> None:
    async with town(tmp_path, database_url) as phone:
        await phone.says("备案")
        await phone.taps("应用")
        card = await form_card(phone)
        params = {"key": card["card"]["variables"]["form_key"], "form": form}
        with suppress(AssertionError):
            await phone.call("phones/chen/tap", bubble=card["id"], action="form", params=params)
        await phone.call(
            "phones/chen/tap", bubble=card["id"], action="form", params=params, forged=True
        )
        await phone.bot.delivery.idle()
        draft = phone.bot.ledger.call(lambda tx: tx.drafts.open_of("chen", phone.bot.clock.now()))[
            0
        ]
        assert draft.answers.get("project", "云阅读") == "云阅读"
        assert not {"amount", "fund", "free", "students"} & set(draft.answers)
        failed = phone.bot.ledger.call(
            lambda tx: list(tx.execute(select(t.inbox.c.key).where(t.inbox.c.outcome == "failed")))
        )
        assert failed == []


async def test_a_nervous_finger_sends_a_form_once(tmp_path: Path, database_url: str) -> None:
    async with town(tmp_path, database_url) as phone:
        await phone.says("备案")
        await phone.taps("应用")
        card = await form_card(phone)
        await fills(phone, WHOLE)
        shown = len(await phone.bubbles())
        field = {"project": "别的名字"}
        await phone.call(
            "phones/chen/tap", bubble=card["id"], action="form", forged=True,
            params={"key": card["card"]["variables"]["form_key"], "form": field},
        )  # fmt: skip
        await phone.bot.delivery.idle()
        assert len(await phone.bubbles()) == shown
        done = next(one for one in await phone.bubbles() if one["id"] == card["id"])
        assert "这次没有改动" in done["card"]["variables"]["body"]
