"""How an answer leaves: on the acknowledgement or as a row of its own, and when others are told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import pytest
from sqlalchemy import insert, select

from cards.language import Button, Card, Tap
from handlers.context import Context
from handlers.events import Ignored, Said, Tapped
from handlers.router import STAFF, Router
from handlers.switchboard import failed
from storage import tables as t
from storage.outbox import Copy
from storage.transaction import Transaction
from tests.handlers.school import ROUTERS, ZONE, School

router = Router("speaking")


@router.word("speak", "说(?P<rows>.*)", roles=STAFF)
def speak(ctx: Context, match: Any) -> None:
    for row in match["rows"].split("|"):
        ctx.say(row)


@router.word("close", "先后", roles=STAFF)
def close(ctx: Context, _match: Any) -> None:
    ctx.say("先")
    ctx.say_done("后")


@router.word("change", "换卡", roles=STAFF)
def change(ctx: Context, _match: Any) -> None:
    ctx.refresh("task:1", Card("已办", subject="task:1", done="已同意"))


LOOKS = {
    "live": Card("请确认", subject="task:1", buttons=(Button("确认", Tap("speaking.show", "x")),)),
    "done": Card("已办", subject="task:1", done="已同意"),
    "own": Card("哪一类", done="已选：应用"),
}


@router.tap("speaking.show", roles=STAFF)
def show(ctx: Context, tap: Tap) -> None:
    for name in filter(None, tap.subject.split(",")):
        ctx.redraw(LOOKS[name.removesuffix("!")], alone=name.endswith("!"))
    ctx.say("好的")


@router.tap("speaking.end", roles=STAFF)
def end(ctx: Context, tap: Tap) -> None:
    looks, _, chars = tap.subject.partition(":")
    for name in filter(None, looks.split(",")):
        ctx.redraw(LOOKS[name])
    ctx.say_done("好" * int(chars))


@pytest.fixture
def school(open_one: Callable[..., School]) -> School:
    return open_one(routers=(router, *ROUTERS))


def says(school: School, text: str, key: str = "k1", *, can_carry: bool = True) -> Any:
    said = Said(key, "wecom", "chen", school.now, can_carry, text=text)
    return school.ledger.call(partial(school.switchboard.answer, said, school.now))


def states(school: School) -> list[str]:
    return list(school.reads(lambda tx: tx.execute(select(t.outbox.c.state)).scalars().all()))


@pytest.mark.parametrize(
    ("text", "can_carry", "carried", "rows"),
    [
        ("说一句", True, "一句", ["carried"]),
        ("说一句|再一句", True, "一句", ["carried", "pending"]),  # only the first rides
        ("说一句", False, None, ["pending"]),  # the ack of this event carries nothing
        (f"说{'长' * 667}", True, None, ["pending"]),  # 2001 bytes
        ("备案", True, None, ["pending"]),  # a card
    ],
)
def test_one_short_sentence_rides_on_the_acknowledgement_and_on_its_repeats(
    school: School, text: str, can_carry: bool, carried: str | None, rows: list[str]
) -> None:
    for _ in range(2):
        answer = says(school, text, can_carry=can_carry)
        assert (answer.text if answer else None) == carried
        assert states(school) == rows


def test_where_everything_rides_nothing_is_sent_beside_it(school: School) -> None:
    for key, text in (("k1", "说一句|再一句"), ("k2", "备案")):
        said = Said(key, "wecom", "chen", school.now, True, carries_all=True, text=text)
        school.ledger.call(partial(school.switchboard.answer, said, school.now))
    assert states(school) == ["carried"] * 3
    # What had no room waits as anything else; what rode before is left alone.
    left = school.reads(lambda tx: tx.execute(select(t.outbox.c.seq)).scalars().all())[1:]
    school.ledger.call(lambda tx: tx.questions.left_over(left, school.now))
    assert states(school) == ["carried", "pending", "pending"]


@pytest.mark.parametrize("account", ["chen", "nobody"])
def test_what_nobody_said_gets_no_answer_from_anybody(school: School, account: str) -> None:
    event = Ignored("k1", "wecom", account, school.now)
    assert school.ledger.call(partial(school.switchboard.answer, event, school.now)) is None
    assert states(school) == []


def test_what_failed_is_told_once_however_often_the_platform_repeats_it(school: School) -> None:
    said = Said("k1", "wecom", "chen", school.now, True, text="备案")
    first, second = (
        school.ledger.call(partial(failed, said, school.now, "trace", number))
        for number in ("7", "8")
    )
    assert first is not None
    assert "已经记下，会有人处理（编号 7）" in first.text
    assert second == first
    assert len(states(school)) == 1


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("2026-03-12 10:00", "2026-03-12 10:00"),  # at work
        ("2026-03-12 06:30", "2026-03-12 08:40"),  # early: the digest of the day
        ("2026-03-12 08:00", "2026-03-12 08:00"),  # the end of the night is no night
        ("2026-03-12 18:00", "2026-03-13 08:40"),  # Thursday evening
        ("2026-03-13 20:00", "2026-03-16 08:40"),  # Friday evening
        ("2026-03-14 06:30", "2026-03-16 08:40"),  # Saturday
        ("2026-03-15 10:00", "2026-03-16 08:40"),  # Sunday, at a working hour
    ],
)
def test_others_are_told_in_working_hours(school: School, said: str, told: str) -> None:
    school.now = datetime.fromisoformat(said).replace(tzinfo=ZONE)
    says(school, "人工")
    due = select(t.outbox.c.not_before).where(t.outbox.c.person_id == "d-tech")
    [at] = school.reads(lambda tx: tx.execute(due).scalars().all())
    assert f"{at.astimezone(ZONE):%Y-%m-%d %H:%M}" == told


def test_a_tap_is_answered_where_the_card_stands(school: School) -> None:
    teacher = school.person("chen")
    teacher.says("备案").taps("应用").sees("应用名称")
    redrawn = select(t.outbox.c.redraws, t.outbox.c.redraw_code).where(t.outbox.c.redraws != "")
    [row] = school.reads(lambda tx: tx.execute(redrawn).all())
    assert (row.redraws[0], row.redraw_code) == ("c", "r")


def test_a_card_that_several_people_have_between_them_is_redrawn_once(school: School) -> None:
    places = [("li", "hall"), ("wang", "hall"), ("zhao", "own"), ("qian", ""), ("sun", "")]

    def keep(tx: Transaction) -> None:
        for account, key in places:
            tx.outbox.keep_copy(Copy("task:1", "wecom", account, key, "code", school.now))

    school.ledger.call(keep)
    says(school, "换卡")
    told = select(t.outbox.c.redraws).order_by(t.outbox.c.redraws)
    assert school.reads(lambda tx: tx.execute(told).scalars().all()) == ["", "", "hall", "own"]


def taps(
    school: School, looks: str, *, can_show: bool = True, key: str = "k1",
    verb: str = "speaking.show",
) -> Any:  # fmt: skip
    tapped = Tapped(
        key, "dingtalk", "d-chen", school.now, tap=Tap(verb, looks),
        copy_key="hall", redraw_code="r", can_show=can_show,
    )  # fmt: skip
    return school.ledger.call(partial(school.switchboard.answer, tapped, school.now))


@pytest.fixture
def on_dingtalk(school: School) -> School:
    account = {"instance": "dingtalk", "folded": "d-chen", "address": "d-chen"}
    school.ledger.call(lambda tx: tx.execute(insert(t.account).values(**account, person_id="chen")))
    return school


@pytest.mark.parametrize(
    ("looks", "shown", "rows"),
    [
        # What is not decided yet is nobody else's: not shown, it goes to the tapper as a new card.
        ("live", "live", [("carried", "")]),
        # What is done is everybody's.
        ("done", "done", [("pending", "hall")]),
        ("done!", "done", [("carried", "")]),
        # Nobody else has what has no subject: not shown, it is redrawn where it stands.
        ("own", "own", [("carried", "hall")]),
        ("live,live", "live", [("carried", ""), ("pending", "")]),
        ("live,done", "live", [("carried", ""), ("pending", "hall")]),
        ("done,live", "done", [("pending", "hall"), ("pending", "")]),
    ],
)
def test_the_answer_to_a_tap_shows_a_card_and_its_repeat_the_same(
    on_dingtalk: School, looks: str, shown: str, rows: list[tuple[str, str]]
) -> None:
    said = select(t.outbox.c.state, t.outbox.c.redraws).order_by(t.outbox.c.seq)
    for _ in range(2):
        answer = taps(on_dingtalk, looks)
        assert (answer.text, answer.card) == ("", LOOKS[shown])
        assert on_dingtalk.reads(lambda tx: [*map(tuple, tx.execute(said))]) == [
            *rows,
            ("pending", ""),
        ]
    first = select(t.outbox.c.seq, t.outbox.c.subject).order_by(t.outbox.c.seq).limit(1)
    [row] = on_dingtalk.reads(lambda tx: tx.execute(first).all())
    assert (answer.seq, row.subject) == (row.seq, LOOKS[shown].subject)


@pytest.mark.parametrize(
    ("subject", "state"),
    [
        ("done:9", "carried"),
        ("live:333", "carried"),
        # Nothing is shown that it could stand beside, or there is no room for it.
        (":9", "pending"),
        ("done:334", "pending"),
    ],
)
def test_what_became_of_a_tap_stands_beside_the_card_that_is_shown(
    on_dingtalk: School, subject: str, state: str
) -> None:
    answer = taps(on_dingtalk, subject, verb="speaking.end")
    words = "好" * int(subject.partition(":")[2])
    rows = select(t.outbox.c.seq, t.outbox.c.state, t.outbox.c.body).order_by(t.outbox.c.seq)
    *_, row = on_dingtalk.reads(lambda tx: tx.execute(rows).all())
    assert (row.state, row.body) == (state, {"text": words})
    beside = (words, row.seq) if state == "carried" else ("", None)
    assert answer is None or (answer.text, answer.beside) == beside


def test_a_sentence_that_is_carried_is_not_put_aside_by_the_one_that_ends_it(
    school: School,
) -> None:
    assert says(school, "先后").text == "先"
    assert states(school) == ["carried", "pending"]


def test_where_nothing_is_shown_what_became_of_a_tap_is_a_message(on_dingtalk: School) -> None:
    assert taps(on_dingtalk, "done:9", can_show=False, verb="speaking.end") is None
    told = select(t.outbox.c.state).order_by(t.outbox.c.seq)
    assert on_dingtalk.reads(lambda tx: [*tx.execute(told).scalars()]) == ["pending", "pending"]


@pytest.mark.parametrize("looks", ["live", "done"])
def test_where_an_answer_shows_nothing_the_tapped_copy_is_redrawn(
    on_dingtalk: School, looks: str
) -> None:
    for _ in range(2):
        assert taps(on_dingtalk, looks, can_show=False) is None
    told = select(t.outbox.c.redraws, t.outbox.c.redraw_code).order_by(t.outbox.c.seq).limit(1)
    assert on_dingtalk.reads(lambda tx: [*map(tuple, tx.execute(told))]) == [("hall", "r")]


def test_what_was_to_be_shown_answers_typed_numbers(on_dingtalk: School) -> None:
    taps(on_dingtalk, "live")
    typed = Said("k2", "dingtalk", "d-chen", on_dingtalk.now, text="1")
    with pytest.raises(KeyError, match="x"):  # the button was found, and its handler knows no x
        on_dingtalk.ledger.call(partial(on_dingtalk.switchboard.answer, typed, on_dingtalk.now))
