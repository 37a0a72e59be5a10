"""What an acknowledgement was to carry, where nobody noted that it did."""

from __future__ import annotations

from datetime import timedelta

from bot.delivery import Delivery
from bot.metrics import Metrics
from tests.bot.test_delivery import DONE, OPEN, Post, post, until

__all__ = ["post"]


async def test_an_unnoted_answer_is_sent_by_who_was_there_all_the_time(post: Post) -> None:
    later = post.clock.now() + timedelta(seconds=30)
    post.put("答", state="carried", not_before=later)
    post.clock.move(later + timedelta(seconds=1))
    await until(lambda: post.platform.texts == ["答"])


async def test_an_unnoted_answer_is_not_doubled_by_who_came_right_after(post: Post) -> None:
    await post.delivery.stop()
    later = post.clock.now() + timedelta(seconds=30)
    post.put("答", state="carried", not_before=later)
    post.clock.move(post.clock.now() + timedelta(seconds=3))
    heir = Delivery(post.ledger, post.delivery.channels, post.clock.now, Metrics())
    heir.start()
    post.clock.move(later + timedelta(seconds=1))
    heir.wake()
    await until(lambda: post.states() == ["sent"])
    await heir.stop()
    assert post.platform.texts == []


async def test_a_card_that_an_unwritten_ack_was_to_show_is_sent_by_whoever_comes(
    post: Post,
) -> None:
    await post.delivery.stop()
    now = post.clock.now()
    later = now + timedelta(seconds=5)
    post.card(OPEN, state="carried", not_before=later)
    post.clock.move(now + timedelta(seconds=3))
    heir = Delivery(post.ledger, post.delivery.channels, post.clock.now, Metrics())
    heir.start()
    post.clock.move(later)
    heir.wake()
    await until(lambda: post.states() == ["sent"])
    await heir.stop()
    (sent,) = post.platform.got
    # Fresh, never a redraw: others may have the card that was tapped.
    assert (sent.card, sent.redraws, sent.address) == (OPEN, "", "chen")


async def test_a_card_that_was_to_be_shown_and_is_out_of_date_does_not_leave(post: Post) -> None:
    later = post.clock.now() + timedelta(seconds=5)
    post.card(OPEN, state="carried", not_before=later)
    post.ledger.call(lambda tx: tx.outbox.set_live("task:1", {"card": DONE.to_json()}))
    assert post.states() == ["dropped"]
