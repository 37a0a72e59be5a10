"""What one whole filing costs of DingTalk's month: it must be little, for a month holds 5,000."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from storage.costs import FilingCost
from storage.rules.quotas import Resource
from storage.transaction import Transaction
from tests.stories.filing import OPINIONS, PAPERS, opines, signs
from tests.stories.test_main_path import NUMBER
from tests.stories.town import EVERYBODY, Town, open_town

MOST_CALLS, MOST_UNITS = 25, 30
OVERVIEW = (
    "为提升阅读兴趣，学校拟在四至六年级使用云阅读开展分级阅读，由语文组组织实施，"
    "预期学生月阅读量提高。"
)
FORM: dict[str, Sequence[str]] = {
    "project": ["云阅读"],
    "stages": ["四到六年级"],
    "students": ["620"],
    "owner": ["陈晓"],
    "phone": ["13857712345"],
    "purposes": ["precise"],
    "overview": [OVERVIEW],
    "fund": ["none"],
    "data": ["none"],
    "free": ["none"],
    "fair": ["none"],
    "fair/product_no": ["product_no:yes"],
    "experts_on": ["2026-03-02"],
    "legality_on": ["2026-03-03"],
    "minutes_on": ["2026-03-05"],
}


@pytest.fixture
async def town(tmp_path: Path, database_url: str) -> AsyncIterator[Town]:
    town = await open_town(tmp_path, database_url, on_dingtalk=EVERYBODY)
    yield town
    await town.close()


async def whole_filing(town: Town) -> None:
    """Form, principal, three co-reviews, decision, registration, announcement in one group."""
    teacher = town.person("chen")
    await teacher.says("备案")
    await teacher.taps("应用")
    await teacher.taps("提交", chosen=FORM)
    await teacher.uploads(*PAPERS)
    await teacher.taps("确认，请校长签署")
    await signs(town)
    for person, verdict in (*OPINIONS, ("basic", "均符合，同意")):
        await opines(town, person, verdict)
    await town.person("tech2").taps("登记并发号")
    await teacher.taps("发公告")
    (told,) = await town.group()
    assert NUMBER in told


async def test_one_complete_filing_costs_little_of_the_month(town: Town) -> None:
    before = await town.phones.month()
    await whole_filing(town)
    after = await town.phones.month()
    calls, units = after["calls"] - before["calls"], after["units"] - before["units"]
    by_api = Counter(after["by_api"])
    by_api.subtract(before["by_api"])
    print(f"\ndingtalk_filing_api_calls {calls}\ndingtalk_filing_units {units}")
    print(*(f"  {times} {name}" for name, times in by_api.most_common() if times), sep="\n")
    assert calls <= MOST_CALLS and units <= MOST_UNITS
    # What is kept of it in the ledger is what the platform would put on the bill.
    cost = town.bot.ledger.call(_cost)
    assert cost.total("dingtalk", Resource.API) == calls
    assert cost.total("dingtalk", Resource.UNIT) == units
    assert await town.phones.violations() == []


def _cost(tx: Transaction) -> FilingCost:
    filing = tx.filings.by_case("26-0302-0001")
    assert filing is not None
    return tx.costs.of(filing.id)
