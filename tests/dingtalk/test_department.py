"""Three reviewers of one desk on DingTalk: one card, one decision, and one look for all of them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import func, select

from storage import tables as t
from storage.ledger import nothing
from tests.dingtalk.hall import CARD, LEGAL, Hall, open_hall
from tests.stories import filing

UPDATE = "v1.0/card/instances"
FIRST, SECOND, THIRD = LEGAL


async def look(hall: Hall, who: str) -> tuple[str, bool, str]:
    """Return the title of somebody's only card, whether it lives, and how it ended."""
    (card,) = await hall.cards(who)
    return card["title"], card["live"] == "true", card["done"]


def decisions(hall: Hall) -> int:
    """Return how many decisions the ledger holds."""
    count = select(func.count()).select_from(t.decision)
    return hall.bot.ledger.call(lambda tx: int(tx.execute(count).scalar_one()))


async def everybody(hall: Hall) -> list[dict[str, str]]:
    """Return the card of the desk as each of its people sees it."""
    return [(await hall.cards(who))[-1] for who in LEGAL]


def breaks(at: str) -> None:
    """Fail where the acknowledgement would be given."""
    if at == "ack.pre":
        raise RuntimeError("committed, and never answered")


async def noted(hall: Hall) -> None:
    """Wait until it is written down what the acknowledgements have carried."""
    carried = select(func.count()).where(
        t.outbox.c.state == "carried", t.outbox.c.instance == "dingtalk"
    )
    async with asyncio.timeout(10):
        while hall.bot.ledger.call(lambda tx: tx.execute(carried).scalar_one()):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_one_decides_before_the_eyes_of_all_with_two_calls(
    tmp_path: Path, database_url: str
) -> None:
    async with open_hall(tmp_path, database_url) as hall:
        await filing.submits(hall)
        assert len(await hall.calls("POST", CARD)) == 1
        links = [(await hall.cards(who))[0]["page"] for who in LEGAL]
        assert len(set(links)) == 3 and all(links)
        before = await look(hall, SECOND)
        assert before[1:] == (True, "")

        assert (await hall.taps(FIRST, "均未发现"))["acked"]
        await noted(hall)
        await hall.later(minutes=1)
        # What is not decided is nobody else's, and costs no call.
        assert (await look(hall, FIRST))[:2] == ("请确认", True)
        assert await look(hall, SECOND) == await look(hall, THIRD) == before
        assert await hall.calls("PUT", UPDATE) == []

        assert (await hall.taps(FIRST, "确认"))["acked"]
        title, lives, done = await look(hall, FIRST)
        assert (lives, "均未发现" in done) == (False, True)
        assert [("已记录“均未发现”" in card.get("said", "")) for card in await everybody(hall)] == [
            True, False, False,
        ]  # fmt: skip
        await hall.quiet()
        assert [await look(hall, who) for who in LEGAL] == [(title, False, done)] * 3
        assert len(await hall.calls("PUT", UPDATE)) == len(await hall.calls("POST", CARD)) == 1
        # Everybody still has the link that lets them in, and nobody another's.
        kept = [(await hall.cards(who))[0]["page"] for who in LEGAL]
        assert kept[1:] == links[1:] and "legal." in kept[0]
        # It was said beside the card, and stands there when everybody's has been redrawn.
        assert "已记录“均未发现”" in (await everybody(hall))[0]["said"]
        assert await hall.texts(FIRST) == []
        assert decisions(hall) == 1 and await hall.violations() == []


async def test_what_became_of_a_tap_is_a_message_where_the_answer_was_lost(
    tmp_path: Path, database_url: str
) -> None:
    async with open_hall(tmp_path, database_url) as hall:
        await filing.submits(hall)
        await hall.taps(FIRST, "均未发现")
        await noted(hall)
        hall.bot.dispatcher.at = breaks
        assert not (await hall.taps(FIRST, "确认"))["acked"]
        hall.bot.dispatcher.at = nothing
        await hall.later(seconds=20)
        await noted(hall)
        await hall.quiet()
        assert ["已记录“均未发现”" in text for text in await hall.texts(FIRST)] == [True]
        assert decisions(hall) == 1 and not (await look(hall, SECOND))[1]


async def test_a_colleague_who_taps_in_the_same_moment_is_told_calmly(
    tmp_path: Path, database_url: str
) -> None:
    async with open_hall(tmp_path, database_url) as hall:
        await filing.submits(hall)
        old = await hall.key(SECOND, "均未发现")
        await hall.taps(FIRST, "均未发现")
        await hall.taps(FIRST, "确认")
        # Nothing has been redrawn yet: the callback was answered a moment ago.
        assert (await look(hall, SECOND))[1] is True
        assert (await hall.taps(SECOND, key=old))["acked"]
        assert (await look(hall, SECOND))[1] is False
        await hall.quiet()
        assert decisions(hall) == 1
        (told,) = await hall.texts(SECOND)
        assert "已由" in told and await hall.texts(THIRD) == []
        assert len({await look(hall, who) for who in LEGAL}) == 1
        assert await hall.violations() == []


async def test_a_tap_that_shows_nothing_leaves_the_buttons_alone(
    tmp_path: Path, database_url: str
) -> None:
    async with open_hall(tmp_path, database_url) as hall:
        await filing.submits(hall)
        before = await look(hall, FIRST)
        said = await hall.taps(FIRST, "看电话")
        await hall.quiet()
        assert said["answer"] == {} and await look(hall, FIRST) == before
        assert "13857712345" in (await hall.texts(FIRST))[0]


@pytest.mark.parametrize("who", ["d-chen", "d-finance"])
async def test_who_does_not_belong_to_the_desk_decides_nothing(
    tmp_path: Path, database_url: str, who: str
) -> None:
    async with open_hall(tmp_path, database_url) as hall:
        await filing.submits(hall)
        before = [await look(hall, one) for one in LEGAL]
        first = await hall.key(FIRST, "均未发现")
        await hall.taps(FIRST, "均未发现")
        for key in (first, await hall.key(FIRST, "确认")):
            assert (await hall.forges(who, FIRST, key))["ack"]["data"] == {"response": {}}
        await hall.quiet()
        assert decisions(hall) == 0 and await hall.calls("PUT", UPDATE) == []
        assert [await look(hall, one) for one in LEGAL][1:] == before[1:]


async def test_a_view_that_did_not_arrive_is_sent_to_the_tapper_alone(
    tmp_path: Path, database_url: str
) -> None:
    async with open_hall(tmp_path, database_url) as hall:
        await filing.submits(hall)
        before = await look(hall, SECOND)

        hall.bot.dispatcher.at = breaks
        assert not (await hall.taps(FIRST, "均未发现"))["acked"]
        hall.bot.dispatcher.at = nothing
        await hall.later(seconds=20)
        await noted(hall)
        await hall.quiet()
        shown = await hall.cards(FIRST)
        assert [card["title"] for card in shown] == [before[0], "请确认"]
        assert await look(hall, SECOND) == before
        await hall.taps(FIRST, "确认")
        await hall.quiet()
        looks = [card["live"] for who in LEGAL for card in await hall.cards(who)]
        assert looks == ["false"] * 4 and decisions(hall) == 1


@pytest.mark.parametrize("kind", ["timeout", "timeout_after", "error_after"])
async def test_whatever_the_platform_answers_everybody_gets_one_card(
    tmp_path: Path, database_url: str, kind: str
) -> None:
    async with open_hall(tmp_path, database_url) as hall:
        await hall.fault(kind)
        await filing.submits(hall)
        await hall.later(minutes=2)
        assert [len(await hall.cards(who)) for who in LEGAL] == [1, 1, 1]
        await hall.taps(SECOND, "均未发现")
        await hall.taps(SECOND, "确认")
        await hall.quiet()
        assert {(await look(hall, who))[1] for who in LEGAL} == {False}
        assert len(await hall.calls("PUT", UPDATE)) == 1


@pytest.mark.parametrize("point", ["send.pre", "send.post"])
async def test_a_life_that_ends_while_it_sends_leaves_everybody_one_card(
    tmp_path: Path, database_url: str, point: str
) -> None:
    async with open_hall(tmp_path, database_url) as hall:
        died = asyncio.Event()

        def dies(at: str) -> None:
            me = asyncio.current_task()
            sends = [seq for seq, task in hall.bot.delivery._sending.items() if task is me]
            if at == point and len(sends) > 1:
                died.set()
                raise asyncio.CancelledError

        async def quiet() -> None:
            waiting = [asyncio.create_task(one) for one in (hall.quiet(), died.wait())]
            _, left = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in left:
                task.cancel()

        hall.bot.delivery.at = dies
        hall.phones.quiet = quiet
        await filing.submits(hall)
        await died.wait()
        assert len(await hall.calls("POST", CARD)) == (point == "send.post")
        await hall.wake()
        await hall.later(minutes=3)
        assert [len(await hall.cards(who)) for who in LEGAL] == [1, 1, 1]
        await hall.taps(SECOND, "均未发现")
        await hall.taps(SECOND, "确认")
        await hall.quiet()
        assert {(await look(hall, who))[1] for who in LEGAL} == {False}
        assert len(await hall.calls("PUT", UPDATE)) == 1


async def test_two_on_dingtalk_and_one_on_wecom_are_told_each_in_their_own_way(
    tmp_path: Path, database_url: str
) -> None:
    async with open_hall(tmp_path, database_url, on_dingtalk=LEGAL[:2]) as hall:
        await filing.submits(hall)
        assert len(await hall.calls("POST", CARD)) == 1
        third = hall.person(THIRD)
        assert "均未发现" in await third.live_buttons()
        await third.taps("均未发现")
        assert [(await look(hall, who))[1] for who in LEGAL[:2]] == [True, True]
        await third.taps("确认")
        assert [(await look(hall, who))[1] for who in LEGAL[:2]] == [False, False]
        assert await third.live_buttons() == {"撤销"}
        assert len(await hall.calls("PUT", UPDATE)) == 1 and decisions(hall) == 1
        assert await hall.violations() == []


async def test_a_lead_who_waits_keeps_no_colleague_from_going_ahead(
    tmp_path: Path, database_url: str
) -> None:
    async with open_hall(tmp_path, database_url, on_dingtalk=("basic", "basic2")) as hall:
        await filing.submits(hall)
        await filing.opines(hall, "legal", "均未发现")
        await hall.taps("basic", "等到时限")
        await noted(hall)
        await hall.quiet()
        assert (await look(hall, "basic"))[1:] == (False, "等到时限")
        assert (await look(hall, "basic2"))[1:] == (True, "")
        assert await hall.calls("PUT", UPDATE) == []
        await hall.taps("basic2", "现在就定")
        await hall.quiet()
        early = [(await hall.cards(who))[0]["done"] for who in ("basic", "basic2")]
        assert early[0] == early[1] and early[0].startswith("先行决定")
