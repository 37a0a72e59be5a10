"""What goes out: once, in order, by one sender at a time, and never forgotten."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial

import pytest

from storage.ledger import Ledger
from storage.outbox import Copy, Errand
from storage.transaction import Transaction
from tests.storage.conftest import NOW

LATER = NOW + timedelta(minutes=2)


def put(tx: Transaction, text: str, to: str = "chen", **more: object) -> int | None:
    return tx.outbox.put(
        instance="wecom",
        address=to,
        body={"text": text},
        now=NOW,
        **more,  # type: ignore[arg-type]
    )


def claim(tx: Transaction, holder: str = "a", now=NOW) -> list[Errand]:  # type: ignore[no-untyped-def]
    return tx.outbox.claim(holder=holder, now=now, lease_until=now + timedelta(minutes=2), most=64)


def texts(errands: list[Errand]) -> list[str]:
    return [errand.body["text"] for errand in errands]


def test_the_same_key_goes_out_once(ledger: Ledger) -> None:
    ledger.call(lambda tx: put(tx, "一次", once="k"))
    assert ledger.call(lambda tx: put(tx, "又一次", once="k")) is None
    assert texts(ledger.call(claim)) == ["一次"]


def test_one_person_hears_things_in_order(ledger: Ledger) -> None:
    ledger.call(lambda tx: [put(tx, "一"), put(tx, "二"), put(tx, "别人", to="lin")])
    first = ledger.call(claim)
    assert texts(first) == ["一", "别人"]
    assert ledger.call(claim) == []
    ledger.call(lambda tx: tx.outbox.settle(first[0], holder="a", state="sent", now=NOW))
    assert texts(ledger.call(claim)) == ["二"]


def test_what_is_tried_again_holds_back_what_came_after_it(ledger: Ledger) -> None:
    ledger.call(lambda tx: [put(tx, "一"), put(tx, "二")])
    (first,) = ledger.call(claim)
    ledger.call(
        lambda tx: tx.outbox.settle(first, holder="a", state="pending", now=NOW, not_before=LATER)
    )
    assert ledger.call(claim) == []
    assert texts(ledger.call(lambda tx: claim(tx, now=LATER))) == ["一"]


def redraw(tx: Transaction, look: str, by: str, copy: str = "joint") -> int | None:
    return put(tx, look, to=by, subject="task:1", redraws=copy)


def stands_with(tx: Transaction, *people: str) -> None:
    for address in people:
        tx.outbox.keep_copy(Copy("task:1", "wecom", address, "joint", "", NOW))


@pytest.mark.parametrize("known", [(), ("chen", "lin")])
def test_an_older_look_of_a_card_between_several_never_comes_over_a_newer_one(
    ledger: Ledger, known: tuple[str, ...]
) -> None:
    ledger.call(lambda tx: stands_with(tx, *known))
    ledger.call(lambda tx: redraw(tx, "旧", by="chen"))
    (first,) = ledger.call(claim)
    ledger.call(lambda tx: redraw(tx, "新", by="lin"))
    assert ledger.call(claim) == []  # the older one is on its way
    ledger.call(lambda tx: rests(tx, first))
    assert ledger.call(claim) == []  # and is tried again
    (again,) = ledger.call(lambda tx: claim(tx, now=LATER))
    assert again.body == {"text": "旧"}
    ledger.call(lambda tx: tx.outbox.settle(again, holder="a", state="sent", now=LATER))
    assert texts(ledger.call(lambda tx: claim(tx, now=LATER))) == ["新"]


def rests(tx: Transaction, errand: Errand) -> bool:
    return tx.outbox.settle(errand, holder="a", state="pending", now=NOW, not_before=LATER)


def leaves(tx: Transaction, errand: Errand) -> bool:
    return tx.outbox.settle(errand, holder="a", state="sent", now=NOW)


def test_a_card_between_several_and_their_conversations_do_not_wait_for_each_other(
    ledger: Ledger,
) -> None:
    ledger.call(lambda tx: stands_with(tx, "chen", "lin"))
    ledger.call(lambda tx: put(tx, "给陈老师"))
    (told,) = ledger.call(claim)
    ledger.call(lambda tx: [rests(tx, told), redraw(tx, "旧", by="chen")])
    (drawn,) = ledger.call(claim)
    assert drawn.body == {"text": "旧"}
    ledger.call(lambda tx: [rests(tx, drawn), redraw(tx, "新", by="lin"), put(tx, "答", to="lin")])
    assert texts(ledger.call(claim)) == ["答"]


def test_a_card_of_one_person_stays_in_the_order_of_the_conversation(ledger: Ledger) -> None:
    ledger.call(lambda tx: stands_with(tx, "chen"))
    ledger.call(lambda tx: [put(tx, "一"), redraw(tx, "二", by="chen"), put(tx, "三")])
    for expected in ("一", "二", "三"):
        (errand,) = ledger.call(claim)
        assert texts([errand]) == [expected] and ledger.call(claim) == []
        ledger.call(partial(leaves, errand=errand))


def test_two_copies_of_one_card_are_redrawn_at_the_same_time(ledger: Ledger) -> None:
    ledger.call(lambda tx: [redraw(tx, "一", "chen", "c1"), redraw(tx, "二", "lin", "c2")])
    assert texts(ledger.call(claim)) == ["一", "二"]


def test_what_waits_for_the_morning_does_not_hold_back_an_answer(ledger: Ledger) -> None:
    ledger.call(lambda tx: [put(tx, "明早", not_before=LATER), put(tx, "现在")])
    assert texts(ledger.call(claim)) == ["现在"]


def test_a_lease_that_ended_is_taken_over_and_the_first_holder_settles_nothing(
    ledger: Ledger,
) -> None:
    ledger.call(lambda tx: put(tx, "一"))
    (mine,) = ledger.call(claim)
    (theirs,) = ledger.call(lambda tx: claim(tx, "b", NOW + timedelta(minutes=3)))
    late = ledger.call(lambda tx: tx.outbox.settle(mine, holder="a", state="sent", now=NOW))
    good = ledger.call(lambda tx: tx.outbox.settle(theirs, holder="b", state="sent", now=NOW))
    assert (late, good) == (False, True)


def test_a_sender_who_took_a_row_twice_settles_it_by_the_second_lease_only(
    ledger: Ledger,
) -> None:
    ledger.call(lambda tx: put(tx, "一"))
    (frozen,) = ledger.call(claim)
    (again,) = ledger.call(lambda tx: claim(tx, now=NOW + timedelta(minutes=3)))
    assert again.doubtful and not frozen.doubtful
    late = ledger.call(lambda tx: tx.outbox.settle(frozen, holder="a", state="sent", now=NOW))
    good = ledger.call(lambda tx: tx.outbox.settle(again, holder="a", state="sent", now=NOW))
    assert (late, good) == (False, True)


async def test_many_senders_at_once_take_each_row_once(ledger: Ledger) -> None:
    ledger.call(lambda tx: [put(tx, str(n), to=f"p{n}") for n in range(200)])
    batches = await asyncio.gather(
        *(ledger.run(lambda tx, n=n: claim(tx, f"h{n}")) for n in range(8))
    )
    seqs = [errand.seq for batch in batches for errand in batch]
    assert len(seqs) == len(set(seqs)) == 200


def test_answers_that_acks_carried_do_not_leave_again(ledger: Ledger) -> None:
    def answers(tx: Transaction) -> list[int]:
        return [put(tx, text, state="carried", not_before=LATER) or 0 for text in "一二三"]

    first, _, third = ledger.call(answers)
    ledger.call(lambda tx: tx.outbox.mark_carried([first, third, 10**9], NOW))
    assert texts(ledger.call(lambda tx: claim(tx, now=LATER))) == ["二"]


def test_an_answer_whose_ack_was_lost_leaves_after_all(ledger: Ledger) -> None:
    ledger.call(lambda tx: put(tx, "答", state="carried", not_before=LATER))
    assert ledger.call(claim) == []
    assert texts(ledger.call(lambda tx: claim(tx, now=LATER))) == ["答"]


def test_a_card_that_changed_before_it_left_is_dropped(ledger: Ledger) -> None:
    ledger.call(lambda tx: put(tx, "待审", subject="task:1"))
    ledger.call(lambda tx: tx.outbox.set_live("task:1", {"text": "已办"}))
    assert ledger.call(claim) == []


def test_a_card_that_changed_on_its_way_is_known_to_be_old(ledger: Ledger) -> None:
    ledger.call(lambda tx: put(tx, "待审", subject="task:1"))
    (errand,) = ledger.call(claim)
    ledger.call(lambda tx: tx.outbox.set_live("task:1", {"text": "已办"}))
    assert ledger.call(lambda tx: tx.outbox.live("task:1", errand.seq)) == {"text": "已办"}


def test_the_newest_copy_of_a_card_is_the_one_to_redraw(ledger: Ledger) -> None:
    for key in ("first", "second"):
        copy = Copy("task:1", "wecom", "Chen", key, f"code-{key}", NOW)
        ledger.call(lambda tx, copy=copy: tx.outbox.keep_copy(copy))
    (copy,) = ledger.call(lambda tx: tx.outbox.copies("task:1"))
    assert (copy.address, copy.copy_key, copy.redraw_code) == ("chen", "second", "code-second")
    ledger.call(lambda tx: tx.outbox.spend("task:1", "wecom", "Chen"))
    assert ledger.call(lambda tx: tx.outbox.copies("task:1"))[0].redraw_code == ""
