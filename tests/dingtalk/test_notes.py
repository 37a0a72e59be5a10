"""What a process remembers of its parcels is bounded, and a bad day costs nobody a card."""

from __future__ import annotations

from bot.channels.base import ChannelBusyError, ChannelRefusedError, Parcel
from bot.channels.dingtalk.notes import Notes
from tests.dingtalk.platform import Office, card, text


def test_the_oldest_notes_are_forgotten() -> None:
    notes = Notes()
    for number in range(10_001):
        notes.doubt(str(number))
        notes.tell(str(number), 1)
    assert (notes.in_doubt("0"), notes.told("0")) == (False, 0)
    assert (notes.in_doubt("1"), notes.told("1")) == (True, 1)
    assert notes.homeless("1") is None


async def carried(office: Office, first: Parcel) -> str:
    """Send a parcel as delivery does, until it ends; say how."""
    parcel = first
    for attempt in range(1, 25):
        office.lab.later(seconds=5)
        parcel = Parcel(
            id=first.id, address=first.address, card=first.card, text=first.text,
            attempt=attempt, doubtful=parcel.doubtful,
        )  # fmt: skip
        try:
            await office.channel.send(parcel)
        except ChannelBusyError as busy:
            office.lab.later(seconds=busy.retry_after)
            parcel = Parcel(
                id=first.id, address=first.address, doubtful=parcel.doubtful or busy.unknown
            )
        except ChannelRefusedError as refused:
            return refused.code
        else:
            return "sent"
    return "given up"


async def test_on_a_bad_day_each_card_arrives_once_and_no_text_twice(office: Office) -> None:
    await office.lab.control("rules", bad_day=0.4, token_death=0.2, token_handful=1000)
    ends = [await carried(office, card(number=f"c{number}")) for number in range(30)]
    assert ends == ["sent"] * 30
    shown = [one["out_track_id"] for one in await office.cards()]
    assert sorted(shown) == sorted(f"inst-c{number}" for number in range(30))
    words = [f"第 {number} 件" for number in range(30)]
    ends = [
        await carried(office, text(one, number=f"t{number}")) for number, one in enumerate(words)
    ]
    assert set(ends) == {"sent", "may-have-arrived"}
    assert sorted(await office.texts()) == sorted(words)
