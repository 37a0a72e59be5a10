"""How many answers an outsider can be given, and how far a platform's messages were read."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from sqlalchemy import select, update

from storage import tables as t
from storage.check.asking import asking
from storage.ledger import Ledger
from storage.questions import NEVER_ASKED, TOO_LATE, TOO_MANY, Asked
from storage.transaction import Transaction
from tests.storage.conftest import NOW

TWO_DAYS = timedelta(hours=48)
KF = "wecom-kf"


def test_a_question_takes_five_answers_and_the_next_one_five_more(ledger: Ledger) -> None:
    def story(tx: Transaction) -> None:
        book = tx.questions
        assert book.take(KF, "wmA", ["1"], NOW).refusal == NEVER_ASKED
        book.note(KF, [Asked("wmA", "m1", NOW + TWO_DAYS, 5)])
        assert book.take(KF, "wmA", ["1", "2", "3"], NOW).refusal == ""
        # A repeat of what was sent takes no second place.
        assert book.take(KF, "wmA", ["2", "3", "4"], NOW).refusal == ""
        assert book.take(KF, "wmA", ["5", "6"], NOW).refusal == TOO_MANY
        assert book.take(KF, "wmB", ["5"], NOW).refusal == NEVER_ASKED
        book.note(KF, [Asked("wmA", "m0", NOW + TWO_DAYS - timedelta(seconds=1), 5)])
        assert book.take(KF, "wmA", ["5", "6"], NOW).refusal == TOO_MANY
        book.note(KF, [Asked("wmA", "m2", NOW + TWO_DAYS, 5)])
        assert book.take(KF, "wmA", ["5", "6"], NOW).refusal == ""
        assert book.take(KF, "wmA", ["7"], NOW + TWO_DAYS).refusal == TOO_LATE
        # What was read before opens nothing when it is read again.
        tx.inbox.take_in(KF, "m3", "said", NOW)
        book.note(KF, [Asked("wmA", "m3", NOW + 2 * TWO_DAYS, 5)])
        assert book.take(KF, "wmA", ["7"], NOW + TWO_DAYS).refusal == TOO_LATE
        assert list(asking(tx, NOW)) == []
        tx.execute(update(t.question).values(places=1))
        assert list(asking(tx, NOW)) == ["wecom-kf was given 2 answers in 1 places"]

    ledger.call(story)


def test_a_welcome_is_said_once_and_in_time(ledger: Ledger) -> None:
    def story(tx: Transaction) -> None:
        book = tx.questions
        until = NOW + timedelta(seconds=20)
        book.note(
            KF, [Asked("wmA", "e1", until, welcome="code"), Asked("wmB", "e2", until, 0, "b")]
        )
        assert book.take(KF, "wmA", ["1"], NOW).welcome == "code"
        assert book.take(KF, "wmA", ["1"], NOW).welcome == "code"
        assert book.take(KF, "wmA", ["2"], NOW).refusal == NEVER_ASKED
        assert book.take(KF, "wmB", ["3"], until).refusal == NEVER_ASKED

    ledger.call(story)


def test_two_readers_never_move_a_cursor_over_each_other(ledger: Ledger) -> None:
    def story(tx: Transaction) -> None:
        book = tx.questions
        assert book.advance("kf:wk1", "", "c1", NOW)
        assert not book.advance("kf:wk1", "", "c0", NOW)
        assert not book.advance("kf:wk1", "c0", "c2", NOW)
        assert book.advance("kf:wk1", "c1", "c2", NOW)
        assert book.cursor("kf:wk1") == "c2"

    ledger.call(story)
    assert ledger.call(lambda tx: tx.questions.cursor("kf:other")) == ""


def test_what_a_platform_refuses_later_is_not_counted_as_told(ledger: Ledger) -> None:
    def story(tx: Transaction) -> None:
        seq = tx.outbox.put(instance=KF, address="wmA", body={"text": "甲"}, now=NOW)
        assert seq is not None
        (errand,) = tx.outbox.claim(
            holder="me", now=NOW, lease_until=NOW + timedelta(minutes=2), most=5
        )
        tx.questions.refuse(KF, seq, "fail_type 10", NOW)
        # The receipt of the sending comes too late to say otherwise.
        assert not tx.outbox.settle(errand, holder="me", state="sent", now=NOW)
        row = tx.execute(select(t.outbox.c.state, t.outbox.c.note)).one()
        assert tuple(row) == ("refused", "refused later: fail_type 10")

    ledger.call(story)


def test_what_waits_rides_once_and_what_answered_an_event_again(ledger: Ledger) -> None:
    def story(tx: Transaction) -> None:
        book = tx.questions
        put = partial(tx.outbox.put, instance="wechat", now=NOW)
        first = put(address="oA", body={"text": "甲"})
        put(address="oB", body={"text": "他人"})
        put(address="oA", body={"text": "晨报"}, for_digest=True)
        own = put(address="oA", body={"text": "乙"}, once="ack:wechat:m1", state="carried")
        keys = ["ack:wechat:m1"]
        assert [one.seq for one in book.riders("wechat", "oA", keys, waiting=True)] == [own, first]
        assert [one.seq for one in book.riders("wechat", "oA", keys, waiting=False)] == [own]
        book.rode([seq for seq in (first, own) if seq], NOW)
        assert [one.seq for one in book.riders("wechat", "oA", keys, waiting=True)] == [own]
        assert book.riders("wechat", "oA", (), waiting=True) == []

    ledger.call(story)


def test_the_answer_to_a_report_that_came_too_late_is_told_with_the_next_question(
    ledger: Ledger,
) -> None:
    def story(tx: Transaction) -> list[str]:
        for once in ("report-answer:r1:3", "news"):
            tx.outbox.put(instance=KF, address="wmA", body={"text": "办结"}, now=NOW, once=once)
        tx.execute(update(t.outbox).values(state="refused", settled_at=NOW, note=TOO_LATE))
        tx.questions.note(KF, [Asked("wmB", "m1", NOW + TWO_DAYS, 5)])
        states = select(t.outbox.c.state).order_by(t.outbox.c.seq)
        before = list(tx.execute(states).scalars())
        tx.questions.note(KF, [Asked("wma", "m2", NOW + TWO_DAYS, 5)])
        return [*before, *tx.execute(states).scalars()]

    assert ledger.call(story) == ["refused", "refused", "pending", "refused"]
