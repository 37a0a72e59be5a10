"""A product in use before it is filed: marked as such everywhere, and nowhere a reproach."""

from __future__ import annotations

import re

import pytest

from tests.stories.filing import OPINIONS, PAPERS, PASTED, opines, signs
from tests.stories.town import Town

FAULT = re.compile("违规|违反|擅自|未批先用|先用后批|逾期|处罚|责令|追责|通报|整改|罚")


@pytest.mark.covers("R6")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("on_dingtalk", ["wecom"], indirect=True)
async def test_what_is_in_use_already_is_filed_afterwards_without_blame(town: Town) -> None:
    teacher = town.person("chen")
    await teacher.says(PASTED)
    await teacher.taps("都对，继续")
    await teacher.taps("选好了", chosen={"free": ["none"]})
    await teacher.taps("选好了", chosen={"fair": ["in_use:yes"]})
    await teacher.says("2025年9月1日")
    await teacher.uploads(*PAPERS)
    await teacher.sees("应用（存量补备）")
    await teacher.taps("确认，请校长签署")
    await signs(town)
    await town.person("legal").sees("应用（存量补备）")
    for person, verdict in OPINIONS:
        await opines(town, person, verdict)
    await opines(town, "basic", "均符合，同意")
    await town.person("tech2").sees("应用（存量补备）")
    await town.person("tech2").taps("登记并发号")
    await teacher.says("进度 26-0302-0001")
    await teacher.sees("存量补备：备案前已在使用")
    filing = town.bot.ledger.call(lambda tx: tx.filings.by_case("26-0302-0001"))
    assert filing is not None and filing.facts.legacy
    assert filing.answers["first_use"] == "2025-09-01"
    for person in ("chen", "lin", "legal", "research", "tech", "tech2", "basic"):
        assert FAULT.search(await town.person(person).screen()) is None
