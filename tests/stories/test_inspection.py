"""自查: a round opens, schools answer once, what is amiss is put right, the sums are read."""

from __future__ import annotations

import asyncio
from datetime import date, datetime

import pytest
from sqlalchemy import delete, insert, select

from storage import tables as t
from storage.check import check
from storage.transaction import Transaction
from tests.files.samples import png
from tests.stories.filing import registers
from tests.stories.test_figures import appoint, opens, sheets
from tests.stories.town import Town, turn_to

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
CASE = "26-0302-0001"
ROUND = "2026年3月自查"


def at(moment: str) -> datetime:
    return datetime.fromisoformat(f"2026-{moment}+08:00")


async def begins(town: Town, words: str = "小学 应用 3月16日至4月3日", who: str = "tech") -> None:
    """Plan a round, and let its first morning come."""
    centre = town.person(who)
    await centre.says(f"发起自查 {words}")
    await centre.sees("各提醒一次尚未收到的学校")
    await centre.taps("发起自查")
    await turn_to(town, at("03-16T09:00"))


async def says_no(town: Town, who: str = "chen", words: str = "有家长说与分班有关") -> None:
    """Let the school hand its sheet in, with fairness answered by 否."""
    teacher = town.person(who)
    await teacher.says("自查")
    for button in ("均属实，无变化", "属实", "不属实"):
        await teacher.taps(button)
    await teacher.says(words)
    for button in ("没有", "确认提交"):
        await teacher.taps(button)


def sound(town: Town) -> list[str]:
    return town.bot.ledger.call(lambda tx: check(tx, town.clock.now()))


def work_group(tx: Transaction) -> None:
    """Give the county's centre a work group."""
    row = dict(tx.execute(select(t.chat_group)).one()._mapping)
    tx.execute(
        insert(t.chat_group).values(
            {**row, "id": "w1", "unit_code": "D-tech", "purpose": "工作群", "address_index": "w"}
        )
    )


@pytest.mark.covers(30, 85)
async def test_a_round_goes_from_its_opening_to_the_sums(town: Town) -> None:
    await registers(town)
    town.bot.ledger.call(work_group)
    centre, teacher, principal = town.person("tech"), town.person("chen"), town.person("lin")
    await centre.says("自查 小学 应用 3月16日至4月3日")
    await centre.sees("将发到1所学校，涉及在用备案1件")
    await centre.sees("3月25日（周三）、4月1日（周三）各提醒一次")
    await begins(town)
    await principal.sees(f"{ROUND}，请填报")
    await teacher.taps("开始填报")
    await teacher.sees(f"1 {CASE} 云阅读")
    await teacher.taps("均属实，无变化")
    await teacher.sees("没有直接或间接向家长收费（依据二（一））")
    await teacher.says("1")
    await teacher.says("不属实")
    await teacher.sees("请用一句话说明")
    await teacher.says("家长会上提到与分班有关")
    await teacher.says("小鹿作业、口算宝")
    await teacher.sees("未备案但在用：小鹿作业、口算宝")
    await teacher.says("确认提交")
    await teacher.sees(f"{ROUND}已收到，4月3日（周五）前可以发“自查”改填")
    await teacher.sees("“小鹿作业”、“口算宝”可以补备")
    await principal.sees("已提交 · 陈晓")
    await centre.says("自查情况")
    await centre.sees("学校1所，已收到1，尚未收到0，有需整改1，整改完成0")
    status, page = await opens(centre, "inspection")
    assert status == 200 and "瓯江实验小学" in page.decode() and "小鹿作业" in page.decode()
    _, content = await opens(centre, "book")
    book = sheets(content)
    assert book["汇总"][1][2:] == ("1", "1", "0", "1", "0")
    assert book["整改"][1][2:6] == (CASE, "云阅读", "没有与分班、评价挂钩", "待办")
    told = town.bot.ledger.call(
        lambda tx: tx.execute(select(t.outbox.c.body).where(t.outbox.c.group_id == "w1")).all()
    )
    assert str(told).count(f"{ROUND}3月16日（周一）开始，到4月3日（周五）") == 1
    assert "瓯江" not in str(told) and "陈晓" not in str(told)
    assert sound(town) == []


@pytest.mark.covers(86)
async def test_a_no_is_put_right_by_the_school_and_confirmed_by_the_centre(town: Town) -> None:
    await registers(town)
    await begins(town)
    await says_no(town, "lin")
    teacher, centre = town.person("chen"), town.person("tech")
    await teacher.sees(f"{CASE} “云阅读”自查中“没有与分班、评价挂钩”一项不属实：有家长说与分班有关")
    await teacher.sees("请在4月14日（周二）前完成（内部办理时限），发“整改”办理")
    await teacher.says("整改")
    await teacher.sees("请停止挂钩并说明对学生的安排（依据二（二））")
    await teacher.taps("提交整改")
    await teacher.sees("还没有收到整改情况")
    await teacher.says("整改")
    await teacher.says("已向家长说明，使用与分班无关")
    await town.phones.sends_picture("chen", png(), "shot.png")
    await teacher.sees("共1份。齐了请发“提交整改”")
    await teacher.says("提交整改")
    await centre.sees("整改情况：已向家长说明，使用与分班无关。")
    key = await town.phones.key_of("tech", "确认整改完成")
    await town.phones.tap_raw("legal", key)
    await town.person("legal").sees("整改由教育技术部门的审核人确认（温教办技〔2022〕65号四）")
    await centre.taps("请学校再整改")
    await centre.says("请附告家长书")
    await teacher.sees("还需要：请附告家长书")
    await teacher.says("自查")
    for button in ("均属实，无变化", "属实", "属实", "没有", "确认提交"):
        await teacher.taps(button)
    await teacher.sees("已提交整改，答复不再改动")
    await teacher.says("整改")
    await teacher.says("已附告家长书")
    await teacher.taps("提交整改")
    await centre.says("待办")
    await centre.sees("待确认整改“没有与分班、评价挂钩”")
    await centre.taps("确认整改完成")
    await town.phones.tap_raw("tech2", key)
    await town.person("lin").sees("已由教育tech确认完成")
    await centre.says("自查情况")
    await centre.sees("有需整改0，整改完成1")
    await teacher.says(f"进度 {CASE}")
    await teacher.sees("整改：没有与分班、评价挂钩，已办")
    assert sound(town) == []


@pytest.mark.covers(86)
@ON_SQLITE
async def test_fees_are_told_to_finance_and_what_stays_open_is_reminded_of(town: Town) -> None:
    await registers(town)
    await begins(town)
    teacher = town.person("chen")
    await teacher.says("自查")
    await teacher.taps("逐项回答")
    first = await town.phones.key_of("chen", "属实")
    for button in ("属实", "属实"):
        await teacher.taps(button)
    await town.phones.tap_raw("chen", first)
    await teacher.sees("请从最新的一张卡片上回答，或重新发“自查”")
    for _ in range(4):
        await teacher.taps("属实")
    await teacher.taps("没有")
    unlike = await town.phones.key_of("chen", "确认提交")
    await teacher.taps("重新填")
    for button in ("逐项回答", "属实", "属实", "不属实"):
        await teacher.taps(button)
    await teacher.says("学生端有付费入口，联系13857712345")
    for button in ("属实", "属实"):
        await teacher.taps(button)
    await teacher.says("不属实")
    await teacher.says("首页有广告")
    await teacher.taps("没有")
    await town.phones.tap_raw("chen", unlike)
    await teacher.does_not_see(f"{ROUND}已收到")
    await teacher.taps("确认提交")
    await town.person("finance").sees("“没有直接或间接向家长收费”一项不属实：学生端有付费入口")
    await town.person("legal").sees("供您处知悉（三（二）2）")
    await town.person("legal").does_not_see("付费入口")
    centre = town.person("tech")
    await centre.says("自查情况")
    _, content = await opens(centre, "book")
    assert "138****2345" in str(sheets(content)) and "13857712345" not in str(sheets(content))
    for day in ("04-13", "04-14", "04-15", "04-16"):
        await turn_to(town, at(f"{day}T08:41"))
        await turn_to(town, at(f"{day}T09:41"))
    screen = await teacher.screen()
    assert screen.count("早上好") == 3
    assert "（4月14日（周二）到时限）" in screen and "（今天到时限）" in screen
    await town.person("lin").does_not_see("早上好")


@ON_SQLITE
async def test_only_schools_that_did_not_answer_are_reminded_twice_and_then_listed(
    city: Town,
) -> None:
    await registers(city)
    city.bot.ledger.call(
        lambda tx: tx.execute(delete(t.post).where(t.post.c.person_id.in_(("vt", "vp"))))
    )
    await begins(city, "3月16日至4月3日")
    await city.person("tech").sees("鹿城职业学校，名单中没有经办人和校长，自查没有送到")
    await says_no(city)
    asked, done, centre = city.person("kt"), city.person("chen"), city.person("tech")
    await asked.sees("本校目前没有在用备案，只有一题")
    seen = []
    for day in ("03-24", "03-25", "03-26", "03-31", "04-01", "04-02", "04-03"):
        city.clock.move(at(f"{day}T08:41"))
        await asyncio.gather(*(city.bot.sweeping.run() for _ in range(4)))
        await city.bot.delivery.idle()
        seen.append((await asked.screen()).count("早上好"))
    assert seen == [0, 1, 1, 1, 2, 2, 2]
    await asked.sees("2026年3月自查：尚未收到（4月3日（周五）到时限）")
    await done.does_not_see("早上好")
    await centre.does_not_see("蓓蕾幼儿园")
    key = await city.phones.key_of("kt", "开始填报")
    await turn_to(city, at("04-07T08:41"))
    await turn_to(city, at("04-07T09:41"))
    await centre.sees("尚未收到：江心学校、蓓蕾幼儿园、鹿城职业学校。请与学校联系")
    assert (await centre.screen()).count(f"{ROUND}已结束") == 1
    for who in ("legal", "chen", "next"):
        await city.person(who).does_not_see("蓓蕾幼儿园")
    await city.phones.tap_raw("kt", key)
    await asked.sees("这轮自查到4月3日为止，已经结束（温教办技〔2022〕65号四）")
    assert sound(city) == []


@ON_SQLITE
async def test_the_first_of_a_school_answers_for_it_and_nobody_without_a_post_does(
    city: Town,
) -> None:
    await registers(city)
    await begins(city)
    teacher, principal = city.person("chen"), city.person("lin")
    for who in (teacher, principal):
        await who.says("自查")
        for button in ("均属实，无变化", "属实", "属实", "没有"):
            await who.taps(button)
    again = await city.phones.key_of("chen", "确认提交")
    late = await city.phones.key_of("lin", "确认提交")
    await teacher.taps("确认提交")
    await city.phones.tap_raw("lin", late)
    await principal.sees("本校的自查刚刚由陈晓提交，您这次的填报未计入")
    await city.phones.tap_raw("chen", again)
    await teacher.sees("这份自查已经收到，没有重复提交")
    begin = await city.phones.key_of("mt", "开始填报")
    await city.phones.tap_raw("chen", begin)
    await teacher.sees("自查由本校的经办人或校长填报（温教办技〔2022〕65号四）")
    await principal.says("自查")
    await principal.sees("陈晓已于3月16日（周一）09:00填报，4月3日（周五）前可以改填")
    for button in ("均属实，无变化", "属实", "属实", "没有"):
        await principal.taps(button)

    def leaves(tx: Transaction) -> None:
        there = t.post.c.person_id == "lin"
        tx.execute(t.post.update().where(there).values(valid_to=date(2026, 3, 15)))

    sent = await city.phones.key_of("lin", "确认提交")
    city.bot.ledger.call(leaves)
    appoint(city, "lin", "owner", "3303020301")
    await city.phones.tap_raw("lin", sent)
    await principal.sees("自查由本校的经办人或校长填报")
    assert sound(city) == []


@ON_SQLITE
async def test_the_city_opens_for_its_counties_and_reads_their_sums_only(city: Town) -> None:
    await registers(city)
    county, centre = city.person("tech"), city.person("ctech")
    await county.says("发起自查 全市")
    await county.sees("没有认出“全市”")
    words = "鹿城、泰顺 产品“云阅读” 3月16日至4月3日"
    await centre.says(f"自查 {words}")
    await centre.sees("将发到1所学校，涉及在用备案1件")
    await begins(city, words, "ctech")
    await says_no(city)
    await centre.says("自查情况")
    await centre.sees("鹿城区教育局：学校1所，已收到1，尚未收到0，有需整改1，整改完成0")
    await centre.sees("泰顺县教育局：学校0所")
    _, page = await opens(centre, "inspection")
    _, content = await opens(centre, "book")
    for text in (await centre.screen(), page.decode(), str(sheets(content))):
        assert "瓯江" not in text and "有家长说" not in text
    assert sheets(content)["汇总"][-1] == (ROUND, "合计", "1", "1", "0", "1", "0")
    await county.says("自查情况")
    _, page = await opens(county, "inspection")
    assert "瓯江实验小学" in page.decode()
    for words in ("自查情况", "自查抽查", "发起自查"):
        await city.person("legal").says(words)
    await city.person("legal").sees("自查情况由教育技术部门、部门负责人和管理员查看")
    await city.person("legal").does_not_see("学校1所")
    await city.person("next").says("自查情况")
    await city.person("next").sees("近期没有自查")


@pytest.mark.covers(85)
@ON_SQLITE
async def test_visits_are_drawn_once_by_a_seed_and_noted_in_a_line(city: Town) -> None:
    await registers(city)
    centre, research = city.person("tech"), city.person("research")
    await centre.says("自查抽查")
    await centre.sees("还没有发到学校的自查")
    await begins(city, "3月16日至4月3日")
    await centre.says("自查抽查")
    await centre.sees("从4所学校中随机抽取3%（不少于1所），种子 202603-")
    drawn = await centre.last()
    await city.person("tech2").says("抽查学校")
    seed = drawn[drawn.index("种子 ") :][:16]
    assert seed in await city.person("tech2").last()
    await centre.says("自查走访 2 情况属实")
    await centre.sees("没有找到“2”。抽到的有：1 ")
    await centre.says("自查走访 1 情况属实，资料齐全")
    await research.says("自查评价 1 课堂使用较好")
    await research.says("自查走访 1 不该由我写")
    await research.sees("这一项由教育技术中心的审核人办理")
    await centre.says("自查抽查")
    await centre.sees("（走访：情况属实，资料齐全；教研评价：课堂使用较好）")
    await centre.says("自查情况")
    _, content = await opens(centre, "book")
    assert sheets(content)["抽查"][1][3:5] == ("情况属实，资料齐全", "课堂使用较好")
    assert sound(city) == []


@ON_SQLITE
async def test_a_round_may_be_taken_back_before_its_first_day_only(town: Town) -> None:
    await registers(town)
    centre = town.person("tech")
    await centre.says("自查 大学")
    await centre.sees("没有认出“大学”")
    await centre.says("自查")
    await centre.taps("发起自查")
    await centre.sees("3月13日（周五）至4月3日（周五）")
    await centre.says("小学 3月16日至4月2日")
    await centre.sees("3月16日（周一）至4月2日（周四）")
    await centre.taps("发起自查")
    await centre.says("发起自查 小学 3月16日至4月2日")
    await centre.taps("发起自查")
    await centre.sees("同样范围和起止日期的自查已经发起过")
    await centre.says("取消自查")
    key = await town.phones.key_of("tech", "确定取消")
    await centre.taps("确定取消")
    await turn_to(town, at("03-16T09:00"))
    await town.person("chen").does_not_see("请填报")
    await centre.says("发起自查 3月17日至4月2日")
    await centre.taps("发起自查")
    await turn_to(town, at("03-17T09:00"))
    await town.person("chen").sees("请填报")
    await centre.says("取消自查")
    await centre.sees("已经开始的自查不能取消")
    await town.phones.tap_raw("tech", key)
    await centre.sees("这轮自查已于3月16日开始，学校正在填报，不能取消")
    await town.person("legal").says("发起自查")
    await town.person("legal").sees("自查由教育技术部门发起和汇总（温教办技〔2022〕65号四）")
    assert sound(town) == []
