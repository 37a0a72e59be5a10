"""How little a teacher has to send for a whole filing, on both databases."""

from __future__ import annotations

import pytest

from storage.rules.terms import Stage
from tests.handlers.counts import filing_messages_pasted, filing_messages_stepwise
from tests.handlers.school import School


@pytest.mark.covers("R81")
def test_a_filing_pasted_at_once_takes_at_most_five_messages(on_each_database: School) -> None:
    assert filing_messages_pasted(on_each_database) <= 5
    [filing] = on_each_database.filings()
    assert filing.stage is Stage.AWAITING_PRINCIPAL
    assert filing.answers["amount"] == 30_000
    assert filing.facts.students == 620


def test_a_filing_step_by_step_takes_at_most_eighteen_messages(on_each_database: School) -> None:
    assert filing_messages_stepwise(on_each_database) <= 18
    [filing] = on_each_database.filings()
    assert filing.stage is Stage.AWAITING_PRINCIPAL
    assert filing.case_no == "26-0302-0001"


def test_everything_labelled_leaves_only_two_confirmations(on_each_database: School) -> None:
    from tests.handlers.counts import PASTE, SEND, upload_all

    teacher = on_each_database.person("chen")
    principles = (
        "是否收费：完全免费\n指定终端：否\n付费入口：无\n"
        "分班：否\n评价：否\n部分班级使用：否\n已使用：否"
    )
    teacher.says(f"{PASTE}\n{principles}".replace("学校公用经费 3万元", "不需要经费"))
    teacher.sees("收费情况：以上情况都没有", "公平与审批：以上情况都没有")
    teacher.taps("都对，继续")
    upload_all(teacher)
    teacher.taps(SEND)
    assert teacher.sent == 3
    assert len(on_each_database.filings()) == 1
