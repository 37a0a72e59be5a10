"""What is counted beside the ledger: taken out once, given back where it could not be written."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bot.tally import MOST_LINES, Tally, charged_to
from storage.costs import Line
from storage.rules.quotas import Resource

NEW_YEAR = datetime(2026, 12, 31, 16, 0, tzinfo=UTC)  # midnight in the office's zone


def tally() -> Tally:
    return Tally(lambda: NEW_YEAR, ZoneInfo("Asia/Shanghai"), {"dingtalk"})


def test_a_call_is_counted_in_its_month_and_for_its_filing() -> None:
    ours = tally()
    with charged_to("f1"):
        for _ in range(2):
            ours.of("dingtalk").spend(Resource.API, "card/instances")
    with charged_to(None):
        ours.of("dingtalk").spend(Resource.UNIT, "robot/send")
    bill = ours.take_due()
    assert bill is not None and set(bill.lines) == {
        Line("2027-01", "dingtalk", Resource.API, "f1", "card/instances", 2),
        Line("2027-01", "dingtalk", Resource.UNIT, "", "robot/send", 1),
    }
    assert ours.take_due() is None


def test_what_no_month_runs_out_of_waits_for_the_tick() -> None:
    ours = tally()
    ours.spend("wecom", Resource.API, "message/send")
    assert ours.take_due() is None
    bill = ours.take()
    assert bill is not None and [line.instance for line in bill.lines] == ["wecom"]
    assert ours.take() is None


def test_what_could_not_be_written_is_kept() -> None:
    ours = tally()
    ours.spend("dingtalk", Resource.API, "a")
    ours.spent_up("dingtalk", Resource.API)
    bill = ours.take_due()
    assert bill is not None
    ours.spend("dingtalk", Resource.API, "a")
    ours.give_back(bill)
    again = ours.take_due()
    assert again is not None and [line.times for line in again.lines] == [2]
    assert again.refusals == (("dingtalk", Resource.API, NEW_YEAR),)


def test_one_bill_is_never_long() -> None:
    ours = tally()
    for number in range(MOST_LINES + 1):
        ours.spend("wecom", Resource.API, str(number))
    sizes = []
    while (bill := ours.take()) is not None:
        sizes.append(len(bill.lines))
    assert sizes == [MOST_LINES, 1]
