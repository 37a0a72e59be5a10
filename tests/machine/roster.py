"""What the directory and the calendar do by themselves: posts end and begin, deadlines pass."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy import update

from handlers import lapse, pilot_run, stopping
from handlers.context import Context
from handlers.sweeps import Sweep
from storage import tables as t
from storage.rules.terms import RuleViolationError
from storage.transaction import Transaction
from tests.machine.hands import Hands
from tests.machine.picture import TaskName

DUE = (*pilot_run.SWEEPS, lapse.LAPSES, *stopping.SWEEPS)


def turn(hands: Hands, which: int) -> None:
    """End a post with this day, or let a post that ended go on."""
    posts = hands.model.posts
    _turn(hands, posts[which % len(posts)])
    hands.waits(days=1)


def leave(hands: Hands, who: str) -> None:
    """Let every post that somebody holds end with this day, and the next day come."""
    for post in hands.model.held(who):
        if post["end"] is None:
            _turn(hands, post)
    hands.waits(days=1)


def _turn(hands: Hands, post: dict[str, Any]) -> None:
    end = None if post["end"] is not None else hands.model.today

    def write(tx: Transaction) -> None:
        p = t.post.c
        where = (
            p.tenant == post["tenant"],
            p.unit_code == post["unit"],
            p.person_id == post["person"],
            p.role == post["role"],
        )
        tx.execute(update(t.post).where(*where).values(valid_to=end))

    for place in hands.places:
        place.ledger.call(write)
    post["end"] = end


def pass_by(hands: Hands, name: TaskName) -> None:
    """Let the deadline of one task pass in silence."""
    hands.waits(seconds=1)

    for at, place in enumerate(hands.places):
        identity = next(key for key, named in hands.ids[at].items() if named == name)

        def expire(tx: Transaction, identity: str = identity) -> None:
            task = tx.tasks.known(identity)
            try:
                tx.tasks.expire(task, hands.now)
            except RuleViolationError:
                tx.undo()

        place.ledger.call(expire)
        place.look()
    may = hands.model.copy().expire(name)
    hands.settle([lambda model: model.expire(name)], must=may)


def tick(hands: Hands) -> None:
    """Do on both ledgers what is due to what is registered, as the bot's own tick does it."""
    hands.waits(seconds=1)
    for place in hands.places:
        for sweep in DUE:
            for one in place.sweep(sweep.find, hands.now):
                place.sweep(partial(_act, sweep, one), hands.now)
        place.look()
    hands.settle([lambda model: model.tick()], must=True)


def _act(sweep: Sweep, subject: str, ctx: Context) -> Sequence[str]:
    sweep.act(ctx, subject)
    return ()
