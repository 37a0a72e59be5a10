"""Away for some days: a colleague stands in, for those days and no longer."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from storage import tables as t
from storage.check import check
from tests.stories import ways
from tests.stories.filing import opines, submits
from tests.stories.test_desks import rows
from tests.stories.test_rescue import YESTERDAY, half_a_minute, joins
from tests.stories.test_taps import tap_raw
from tests.stories.town import Town, turn_to

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
MONDAY = datetime.fromisoformat("2026-03-16T09:00:00+08:00")
THURSDAY = datetime.fromisoformat("2026-03-19T09:00:00+08:00")


async def test_a_substitute_of_another_desk_acts_for_these_days_and_signs_as_one(
    town: Town,
) -> None:
    research, finance = town.person("research"), town.person("finance")
    await research.says("我下周一到周三出差，由计财finance代")
    await research.sees("3月16日（周一）至3月18日（周三）")
    await research.sees("3天，其中3个工作日")
    await research.sees("计财finance（计财处）")
    await research.taps("确认登记")
    await finance.sees("教育research3月16日（周一）至3月18日（周三）外出，请您代办其审核任务")
    await submits(town)
    await research.sees("课堂应用意见")
    await finance.does_not_see("课堂应用意见")
    await turn_to(town, MONDAY)
    await finance.sees("课堂应用意见")
    await finance.taps("可用")
    await finance.sees("署名：计财finance（代教育research）。")
    await finance.taps("确认")
    await turn_to(town, THURSDAY)
    await research.sees("您3月16日（周一）至3月18日（周三）的外出登记已到期。")
    await research.sees("26-0302-0001 云阅读：课堂应用意见 可用")
    made = rows(town, select(t.decision.c.person_id, t.decision.c.stands_for))
    assert made == [("finance", "research")]
    assert town.bot.ledger.call(lambda tx: check(tx, town.clock.now())) == []


@ON_SQLITE
async def test_new_tasks_go_to_the_substitute_and_old_ones_only_where_nobody_else_could(
    town: Town,
) -> None:
    await submits(town)
    await _is_away(town, "research", "今天请假，由计财finance代")
    await _is_away(town, "legal", "今天请假，由基教basic代")
    await half_a_minute(town)
    await town.person("finance").sees("课堂应用意见")
    await town.person("basic").does_not_see("应用内容审查")
    await town.person("finance").says("待办")
    await town.person("finance").sees("课堂应用意见")


async def _is_away(town: Town, who: str, words: str) -> None:
    await town.person(who).says(words)
    await town.person(who).taps("确认登记")


@ON_SQLITE
async def test_who_is_away_gets_no_new_card_and_may_still_act(town: Town) -> None:
    await _is_away(town, "research", "今天请假，由计财finance代")
    await submits(town)
    research = town.person("research")
    await research.does_not_see("课堂应用意见")
    await research.says("同意 26-0302-0001")
    await research.taps("确认")
    await research.sees("已记录“可用”")


@ON_SQLITE
async def test_the_right_ends_with_the_return_and_what_is_open_comes_back(town: Town) -> None:
    await _is_away(town, "research", "今天到明天请假，由计财finance代")
    await submits(town)
    finance = town.person("finance")
    await finance.taps("可用")
    await town.person("research").says("我回来了")
    await town.person("research").sees("期间没有代办的事项。\n现有待办1件")
    await finance.sees("教育research已回来，3月12日（周四）至3月13日（周五）的代办已结束")
    await finance.taps("确认")
    await finance.sees("本件由教育教学研究院的审核人办理，您目前没有这项权限")
    await half_a_minute(town)
    await opines(town, "research", "可用")
    assert rows(town, select(t.decision.c.person_id)) == [("research",)]


@ON_SQLITE
async def test_the_right_ends_with_the_last_day(town: Town) -> None:
    await _is_away(town, "research", "今天请假，由计财finance代")
    await submits(town)
    await turn_to(town, town.clock.now() + timedelta(days=1))
    await town.person("finance").says("同意 26-0302-0001")
    await town.person("finance").sees("现在没有需要您办理的事项")
    await town.person("research").sees("课堂应用意见")


@ON_SQLITE
async def test_a_substitute_who_approved_a_terminal_does_not_register_it(town: Town) -> None:
    """Who approves for one absent and registers for another is still one person."""
    await approves_terminal(town)
    await _is_away(town, "tech2", "今天请假，由教育tech代")
    await town.person("tech").says("登记 26-0302-0001")
    await town.person("tech").sees("由您审批，按设置需由另一位同志登记")


async def approves_terminal(town: Town) -> None:
    await ways.submits(town, "chen", "lin", ways.terminal("小学"), ways.TERMINAL_PAPERS)
    await ways.gives(town, finance="经费落实，无收费问题", basic="同意", tech="均符合，同意")


@ON_SQLITE
async def test_a_substitute_does_not_decide_on_what_they_filed(town: Town) -> None:
    town.bot.ledger.call(joins("chen", "D-finance"))
    await submits(town)
    await _is_away(town, "research", "今天请假，由陈晓代")
    await town.person("chen").says("同意 26-0302-0001")
    await town.person("chen").taps("确认")
    await town.person("chen").sees("这件备案由您本人报送，请由同处室的其他同志办理。")


@ON_SQLITE
async def test_whom_to_ask_is_chosen_on_a_card_or_by_its_number(town: Town) -> None:
    research = town.person("research")
    await research.says("明天下午请假")
    await research.sees("期间由谁代办？")
    await research.says("教育研究")
    await research.sees("名单中没有可以代办的“教育研究”。")
    await research.says("1")
    await research.sees("请核对外出登记")
    await research.taps("不登记")
    await research.sees("没有登记")
    await research.says("取消请假")
    await research.sees("您没有登记过外出")


@ON_SQLITE
async def test_a_lone_desk_must_name_somebody(town: Town) -> None:
    research, legal = town.person("research"), town.person("legal")
    await research.says("明天请假")
    await research.taps("不指定代办人")
    await research.sees("教育教学研究院没有其他同志可以办理，请指定一位代办人")
    await legal.says("请假")
    await legal.says("明天")
    await legal.taps("不指定代办人")
    await legal.taps("确认登记")
    await legal.sees("已登记：3月13日（周五）外出，不指定代办人。")


@ON_SQLITE
@pytest.mark.parametrize(
    ("who", "words", "sentence"),
    [
        ("lin", "明天出差，由陈晓代", "不能由他人代签（附件 学校审核）"),
        ("chen", "明天出差，由林校长代", "外出代办只用于部门审核岗位"),
        ("legal", "3月2日请假，由法规legal2代", "3月2日（周一）已经过去"),
        ("legal", "3月20日到3月18日请假，由法规legal2代", "早于开始日期"),
        ("legal", "明天起请假400天，由法规legal2代", "外出最多登记一年之内"),
        ("legal", "明天请假，由陈晓代", "陈晓不能代办"),
        ("legal", "明天请假，由法规legal代", "代办人不能是您本人"),
        ("legal", "2月30日请假，由法规legal2代", "没有2月30日这一天"),
    ],
)
async def test_what_can_not_be_is_said_calmly(
    town: Town, who: str, words: str, sentence: str
) -> None:
    await town.person(who).says(words)
    await town.person(who).sees(sentence)
    await town.person(who).does_not_see("请核对外出登记")


@ON_SQLITE
async def test_two_at_once_and_a_substitute_who_is_away_are_refused(town: Town) -> None:
    await _is_away(town, "legal", "明天到后天请假，由法规legal2代")
    await town.person("legal").says("后天请假，由基教basic代")
    await town.person("legal").sees("已登记外出（法规legal2代办）。要改请先发“取消请假”。")
    await town.person("legal2").says("明天请假，由基教basic代")
    await town.person("legal2").sees("正为法规legal代办，请先请法规legal改由其他同志代办")
    await town.person("research").says("明天请假，由法规legal代")
    await town.person("research").sees("也外出，不能代办。请换一位同志。")


@ON_SQLITE
async def test_of_several_one_is_cancelled(town: Town) -> None:
    legal = town.person("legal")
    await _is_away(town, "legal", "明天请假，由法规legal2代")
    await _is_away(town, "legal", "下周一请假，由法规legal2代")
    await legal.says("取消请假")
    await legal.taps("第2次")
    await legal.sees("已取消，3月16日（周一），由法规legal2代办的登记已结束。")
    left = rows(town, select(t.absence.c.from_on).where(t.absence.c.ended_at.is_(None)))
    assert [row.from_on.isoformat() for row in left] == ["2026-03-13"]


@ON_SQLITE
async def test_an_absence_is_its_own_person_s_to_end(town: Town) -> None:
    await _is_away(town, "research", "今天请假，由计财finance代")
    ((absence,),) = rows(town, select(t.absence.c.id))
    await tap_raw(town, "finance", f"absence.end|{absence}|0")
    await town.person("finance").sees("外出登记由本人取消。")
    assert rows(town, select(t.absence.c.ended_at)) == [(None,)]


@ON_SQLITE
async def test_a_substitute_who_left_the_office_stands_in_no_more(town: Town) -> None:
    await _is_away(town, "research", "今天请假，由计财finance代")
    await submits(town)
    gone = update(t.post).where(t.post.c.person_id == "finance")
    town.bot.ledger.call(lambda tx: tx.execute(gone.values(valid_to=YESTERDAY)))
    await town.person("finance").taps("可用")
    await town.person("finance").sees("您目前没有办理这一项的权限")
    await half_a_minute(town)
    await town.person("research").sees("课堂应用意见")
