"""What one push tells several people goes out together, where the channel can do that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from bot.channels.base import ChannelBusyError, ChannelRefusedError, Outcome, Parcel, Receipt
from tests.bot.test_delivery import Platform, Post, post, until

__all__ = ["post"]


@dataclass
class Hall(Platform):
    """A channel that tells many at one go; ``fares`` says how somebody's parcel fares."""

    halls: list[list[str]] = field(default_factory=list)
    parcels: list[Parcel] = field(default_factory=list)
    fares: dict[str, Outcome] = field(default_factory=dict)

    async def send_joint(self, parcels: Sequence[Parcel]) -> list[Outcome]:
        self.halls.append([parcel.address for parcel in parcels])
        self.parcels += parcels
        assert len({parcel.joint for parcel in parcels}) == 1
        if self.fails:
            raise self.fails.pop(0)
        return [
            self.fares.pop(parcel.address, Receipt("hall", f"code-{parcel.address}"))
            for parcel in parcels
        ]


@pytest.fixture
def hall(post: Post) -> Hall:
    found = Hall()
    post.platform = found
    post.delivery.channels = {"wecom": found}  # type: ignore[dict-item]
    return found


def push(post: Post, once: str, *people: str, text: str = "待审核") -> None:
    for person in people:
        post.put(text, person, once=f"{once}:{person}", person_id=person, subject="task:1")


async def test_one_push_to_several_people_goes_out_at_one_go(post: Post, hall: Hall) -> None:
    push(post, "task:1:1", "li", "wang", "zhao")
    push(post, "task:2:1", "li", "wang")
    push(post, "task:3:1", "sun")
    for person in ("li", "wang"):
        post.put("您好", person)
    await post.delivery.idle()
    assert sorted(hall.halls) == [["li", "wang"], ["li", "wang", "zhao"]]
    assert [parcel.address for parcel in hall.got] == ["sun", "li", "wang"]
    assert set(post.states()) == {"sent"}


async def test_each_of_them_fares_by_themselves(post: Post, hall: Hall) -> None:
    hall.fares = {
        "li": ChannelRefusedError("staffId.notExisted", person=True),
        "wang": ChannelBusyError("flow", 0.01),
    }
    push(post, "task:1:1", "li", "wang", "zhao")
    await post.delivery.idle()
    assert post.states() == ["refused", "pending", "sent"]
    post.clock.move(post.clock.now() + timedelta(seconds=5))
    await until(lambda: post.states() == ["refused", "sent", "sent"])
    assert hall.halls == [["li", "wang", "zhao"]]
    (again,) = hall.got
    assert (again.address, again.attempt, again.joint) == ("wang", 2, "task:1:1")


async def test_what_fails_for_all_is_tried_again_for_all(post: Post, hall: Hall) -> None:
    hall.fails = [ChannelBusyError("slow", 0.01, unknown=True)]
    push(post, "task:1:1", "li", "wang")
    await post.delivery.idle()
    assert (post.states(), hall.halls) == (["pending"] * 2, [["li", "wang"]])
    post.clock.move(post.clock.now() + timedelta(seconds=5))
    await until(lambda: post.states() == ["sent", "sent"])
    # Doubtful now: the channel is told, so that nobody gets the same card twice.
    again = [parcel for parcel in (*hall.got, *hall.parcels) if parcel.attempt == 2]
    assert {(parcel.address, parcel.doubtful) for parcel in again} == {("li", True), ("wang", True)}


async def test_a_channel_without_it_tells_each_by_themselves(post: Post) -> None:
    post.platform.fails = [ChannelRefusedError("81013", person=True)]
    push(post, "task:1:1", "li", "wang")
    await post.delivery.idle()
    assert post.states() == ["refused", "sent"]
