"""Mixed projects: approved whole, part by part, or application by application."""

from __future__ import annotations

import pytest

from storage.check import check
from tests.stories.town import Town
from tests.stories.ways import TERMINAL_PAPERS, both, gives, submits

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
LETTER = "温教进校备〔2026〕0302{}0001号"


async def to_the_vocational_lead(city: Town, apps: str = "云阅读、口算宝") -> None:
    """Take a vocational school's devices and applications to the one department that leads."""
    await submits(city, "vt", "vp", both("中职", 项目应用=apps), TERMINAL_PAPERS)
    await gives(
        city, legal="均未发现", finance="经费落实，无收费问题", tech="通过", research="可用"
    )


async def test_one_department_approves_both_parts_with_one_tap(city: Town) -> None:
    await to_the_vocational_lead(city)
    lead = city.person("voc")
    await lead.sees("本件含终端和2个应用，可整体同意，也可逐项给意见")
    await lead.taps("整体同意")
    await lead.sees("整体同意：移动学习终端、应用")
    await lead.taps("确认")
    assert "均符合，同意" not in await lead.live_buttons()
    for part in ("应用部分", "移动学习终端部分"):
        await city.person("vt").sees(f"（{part}）已由职教科同意")
    await city.person("tech").taps("登记并发号")
    await city.person("vt").sees(LETTER.format("X"))
    assert city.bot.ledger.call(lambda tx: check(tx, city.clock.now())) == []


@ON_SQLITE
async def test_one_department_approves_one_part_and_rejects_the_other(city: Town) -> None:
    await to_the_vocational_lead(city)
    lead = city.person("voc")
    await lead.taps("不予通过")
    await lead.says("1 与现有终端重复")
    rejected = "应用部分" if "应用部分" in (await lead.last()) else "移动学习终端部分"
    await lead.taps("发出")
    await lead.taps("均符合，同意")
    await lead.taps("确认")
    await city.person("vt").sees("未予通过")
    await city.person("tech").taps("登记并发号")
    number = await city.person("vt").screen()
    assert LETTER.format("A") in number or LETTER.format("Z") in number, rejected


@ON_SQLITE
@pytest.mark.parametrize("typed", [False, True])
async def test_applications_are_approved_one_by_one_and_named(city: Town, typed: bool) -> None:
    await submits(city, "chen", "lin", both("小学", 项目应用="云阅读、口算宝、识字乐"),
                  TERMINAL_PAPERS)  # fmt: skip
    await gives(city, legal="均未发现", finance="经费落实，无收费问题", basic="同意")
    await gives(city, research="可用", tech="通过")
    await gives(city, tech="均符合，同意")
    lead, teacher = city.person("basic"), city.person("chen")
    await lead.taps("逐项给意见")
    if typed:
        await lead.says("1、3")
    else:
        await lead.taps("下一步", chosen={"items": ["0", "2"]})
    await lead.sees("未同意的项：请写一句具体说明，学校会看到")
    await lead.says("与已备案应用重复")
    await lead.sees("同意：云阅读、识字乐\n不予通过：口算宝")
    await lead.taps("确认")
    await teacher.sees(
        "同意：云阅读、识字乐；不予通过：口算宝，理由：与已备案应用重复（三（一）2）"
    )
    await city.person("tech2").sees("同意：云阅读、识字乐；不予通过：口算宝")
    await city.person("tech2").taps("登记并发号")
    await teacher.sees(LETTER.format("X"))
    await teacher.says("进度 26-0302-0001")
    await teacher.sees("审批已办（同意：云阅读、识字乐；不予通过：口算宝）")
    await teacher.taps("发公告")
    assert ["（云阅读、识字乐）" in one for one in await city.group()] == [True]


@ON_SQLITE
async def test_all_items_are_a_plain_approval_and_none_is_no_approval(city: Town) -> None:
    await to_the_vocational_lead(city)
    lead = city.person("voc")
    await lead.taps("逐项给意见")
    await lead.says("没有")
    assert "没有发的为不予通过：1 云阅读 2 口算宝" in await lead.last()
    await lead.says("云阅读 口算宝")
    await lead.sees("意见：均符合，同意")
    await lead.does_not_see("未同意的项")
    await lead.taps("返回")
    await lead.taps("逐项给意见")
    await city.phones.tap_raw("voc", await city.phones.key_of("voc", "下一步"))
    assert "请至少选一项；都不同意的，请从卡片上选“不予通过”" in await lead.last()


@ON_SQLITE
async def test_one_application_is_decided_as_it_is(city: Town) -> None:
    await to_the_vocational_lead(city, "云阅读")
    assert "逐项给意见" not in await city.person("voc").live_buttons()
