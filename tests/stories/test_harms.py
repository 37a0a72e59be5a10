"""A finding: named harm by harm, with evidence, and what is proposed with it."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select

from storage import tables as t
from storage.check import check
from storage.transaction import Transaction
from tests.files.samples import png
from tests.stories.filing import opines, submits
from tests.stories.town import Town
from tests.stories.ways import TERMINAL_PAPERS, gives, terminal
from tests.stories.ways import submits as city_submits

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
SCAN = "1 首页有整本教辅扫描"


def _another_school(tx: Transaction, registered: dict[str, object]) -> None:
    """Write the same product's filing by a school of another county, in force."""
    row = dict(tx.execute(select(t.filing)).one()._mapping)
    tx.execute(
        insert(t.filing).values(
            **row
            | {"tenant": "330303", "id": "far", "bundle": "far", "case_no": "26-0303-0001"}
            | registered
        )
    )


@pytest.mark.covers("R41")
async def test_a_finding_is_typed_proved_by_pictures_and_goes_back_to_the_school(
    town: Town,
) -> None:
    await submits(town)
    legal = town.person("legal")
    await legal.says(SCAN)
    await legal.sees("涉及：侵权\n说明：首页有整本教辅扫描")
    for shade in (b"a", b"b"):
        await town.phones.sends_picture("legal", png() + shade, "shot.png")
    await legal.sees("已收到截图，共2张")
    await legal.says("1")
    await legal.sees("截图2张")
    await legal.says("发出")
    await town.person("chen").sees("侵权：首页有整本教辅扫描（法规处，三（一）2）")
    stored = town.bot.ledger.call(
        lambda tx: tx.execute(select(t.evidence.c.person_id, t.evidence.c.media_type)).all()
    )
    assert [tuple(one) for one in stored] == [("legal", "image/png")] * 2
    assert town.bot.ledger.call(lambda tx: check(tx, town.clock.now())) == []


@pytest.mark.covers("R41")
@ON_SQLITE
async def test_harms_are_answered_one_by_one_and_the_lead_reads_which(town: Town) -> None:
    await submits(town)
    legal = town.person("legal")
    await legal.says("1发现 4无法判断 其余未发现")
    await legal.sees("可以按序号各写一句：1 侵权 4 涉黄")
    await legal.says("1 有教辅扫描")
    await legal.sees("还有涉黄：请写一句具体说明")
    await legal.says("需要测试账号")
    await legal.sees("1 侵权：有教辅扫描\n2 涉黄：需要测试账号")
    await legal.taps("建议不予通过")
    await legal.sees("发现：侵权\n无法判断：涉黄\n其余未发现\n建议：不予通过。")
    await legal.taps("确认")
    await opines(town, "research", "可用")
    await opines(town, "tech", "通过")
    await town.person("basic").sees("法规处 有发现（侵权；无法判断：涉黄）")
    await town.person("basic").sees("建议不予通过")
    await opines(town, "basic", "均符合，同意")
    await town.person("basic").sees("不能同意，可以退回或不予通过")


@ON_SQLITE
async def test_what_could_not_be_judged_is_named_and_bars_nothing(town: Town) -> None:
    await submits(town)
    legal = town.person("legal")
    await legal.taps("无法判断")
    await legal.taps("下一步", chosen={"criteria": ["pornography"]})
    await legal.says("需要测试账号")
    await legal.sees("无法判断：涉黄\n其余未发现")
    await legal.taps("确认")
    await opines(town, "research", "可用")
    await opines(town, "tech", "通过")
    await town.person("basic").sees("法规处 无法判断（涉黄），需要测试账号")
    await opines(town, "basic", "均符合，同意")
    await town.person("tech").sees("待备案登记")


@pytest.mark.covers("R42")
@ON_SQLITE
async def test_a_stop_is_proposed_with_its_reach_and_told_to_the_technology_centre(
    town: Town,
) -> None:
    await submits(town)
    registered = {
        "stage": "registered",
        "number": "n",
        "serial": 1,
        "registered_at": town.clock.now(),
    }
    town.bot.ledger.call(lambda tx: _another_school(tx, registered))
    legal = town.person("legal")
    await legal.says(SCAN)
    await legal.taps("建议全市暂停该产品")
    await legal.sees("目前使用该产品的1所学校、约620名学生，需由教育技术中心确认后执行")
    await legal.taps("提交")
    await town.person("tech").sees("建议全市暂停该产品（三（一）2）。理由：首页有整本教辅扫描")
    rows = town.bot.ledger.call(
        lambda tx: tx.execute(
            select(t.stop_proposal.c.product_key, t.stop_proposal.c.person_id)
        ).one()
    )
    assert tuple(rows) == ("p1", "legal")
    # The technology centre finds it where it stops a product, and answers it once.
    tech, colleague = town.person("tech"), town.person("tech2")
    for one in (tech, colleague):
        await one.says("停用产品")
        await one.sees("停用建议：云阅读")
    await tech.sees("理由：首页有整本教辅扫描。")
    await tech.taps("不采纳")
    await tech.says("已请企业当日删去，复查未见")
    await legal.sees("未采纳，理由：已请企业当日删去，复查未见")
    await colleague.says("停用产品")
    assert "没有待答复的停用建议" in await colleague.last()


@pytest.mark.covers("R42")
@ON_SQLITE
async def test_a_proposal_fills_in_the_stop_and_is_answered_by_what_comes_of_it(
    city: Town,
) -> None:
    """The city's centre is told of a county's finding, but not of the county's case."""
    await submits(city)
    legal, ctech = city.person("legal"), city.person("ctech")
    await legal.says(SCAN)
    await city.phones.sends_picture("legal", png(), "shot.png")
    await legal.taps("建议全市暂停该产品")
    await legal.taps("提交")
    await ctech.sees("“云阅读”：鹿城区法规处建议全市暂停该产品")
    for answer in ("不同意停用", "确认停用"):
        await ctech.says("停用产品 云阅读")
        await ctech.sees("鹿城区法规处，3月12日")
        await ctech.sees("1张")
        await ctech.taps("按此停用")
        await ctech.taps("立即停用")
        await ctech.sees("三（二）2 有害内容")
        await ctech.taps("提交确认")
        if answer == "不同意停用":  # whoever began it may take it back, and it waits again
            await ctech.says("不同意停用 云阅读")
            await legal.does_not_see("您3月12日（周四）提出的停用建议")
        else:
            await city.person("ctech2").says("确认停用 云阅读")
    await legal.sees("您3月12日（周四）提出的停用建议，已采纳。产品“云阅读”已由温州市")
    await ctech.does_not_see("26-0302-0001")
    assert city.bot.ledger.call(lambda tx: check(tx, city.clock.now())) == []


@ON_SQLITE
async def test_a_proposal_to_stop_may_become_a_return_of_this_filing_alone(town: Town) -> None:
    await submits(town)
    legal = town.person("legal")
    await legal.says(SCAN)
    await legal.taps("建议全市暂停该产品")
    await legal.taps("只退回本件")
    await legal.taps("发出")
    await town.person("chen").sees("侵权：首页有整本教辅扫描")
    none = town.bot.ledger.call(lambda tx: tx.execute(select(t.stop_proposal)).all())
    assert none == []


@ON_SQLITE
async def test_a_place_may_be_described_instead_and_skipped(town: Town) -> None:
    await submits(town)
    legal = town.person("legal")
    await legal.says(SCAN)
    await legal.says("首页第二屏")
    await legal.sees("说明：首页有整本教辅扫描；位置：首页第二屏")
    await legal.says("跳过")
    await legal.says("建议不予通过")
    await legal.says("确认")
    await legal.sees("已记录“有发现”")


@ON_SQLITE
async def test_a_picture_that_nobody_asked_for_is_no_evidence(town: Town) -> None:
    await submits(town)
    legal = town.person("legal")
    for begins in (("均未发现",), ("退回补正", "1 请提供授权")):
        await legal.says(begins[0])
        for words in begins[1:]:
            await legal.says(words)
        await town.phones.sends_picture("legal", png(), "shot.png")
        assert "没有正在填写的备案，没有保存" in await legal.last()
        await legal.says("返回")
    rows = town.bot.ledger.call(lambda tx: tx.execute(select(t.evidence)).all())
    assert rows == []


@ON_SQLITE
async def test_the_same_picture_is_kept_once(town: Town) -> None:
    await submits(town)
    legal = town.person("legal")
    await legal.says(SCAN)
    for _ in range(2):
        await town.phones.sends_picture("legal", png(), "shot.png")
    await legal.sees("这张截图已经收到，共1张")


@ON_SQLITE
async def test_finance_answers_item_by_item_and_offers_the_usual_words(city: Town) -> None:
    await city_submits(city, "chen", "lin", terminal("小学"), TERMINAL_PAPERS)
    finance = city.person("finance")
    await finance.says("需补充 经费里有30万写的是其他")
    await finance.sees("常用说法：社会捐赠、企业赠送、家委会、由学校自述。要附上这些选项吗？")
    await finance.taps("附上这些选项")
    await finance.taps("发出")
    await city.person("chen").sees(
        "经费里有30万写的是其他（常用说法：社会捐赠、企业赠送、家委会、由学校自述）"
    )
    await city.person("chen").taps("去补正")
    await city.person("chen").taps("交回")
    await finance.says("1已落实 2未发现 3发现 要求家长另购保护套")
    assert "建议全市暂停该产品" not in await finance.live_buttons()
    await finance.taps("建议不予通过")
    await finance.sees("发现：是否搭车收费\n其余已落实、未发现")
    await finance.taps("确认")
    await gives(city, basic="同意", tech="均符合，同意")
    await city.person("tech").sees("计财处的会审意见为“发现问题”，不能同意")


@ON_SQLITE
@pytest.mark.parametrize(
    ("typed", "seen"),
    [
        ("1 缺少安全性 2 请补充账号注销", ("1 侵权：缺少安全性", "2 反动：请补充账号注销")),
        ("1、3", ("可以按序号各写一句：1 侵权 3 暴力",)),
    ],
)
async def test_a_return_gives_each_criterion_its_own_sentence(
    town: Town, typed: str, seen: tuple[str, ...]
) -> None:
    await submits(town)
    legal, teacher = town.person("legal"), town.person("chen")
    await legal.taps("退回补正")
    await legal.says(typed)
    for words in seen:
        await legal.sees(words)
    if len(seen) == 1:
        await legal.says("3 请删去打斗画面 1 请提供授权")
    await legal.taps("发出")
    await teacher.sees("需要补正2处")
    await teacher.sees("（法规处，三（一）2）")


@ON_SQLITE
async def test_a_rejection_gives_each_criterion_its_own_reason(town: Town) -> None:
    await submits(town)
    for person, verdict in (("legal", "均未发现"), ("research", "可用"), ("tech", "通过")):
        await opines(town, person, verdict)
    await town.person("basic").says("不予通过 26-0302-0001 2 已有同类应用 4 没有依据")
    await town.person("basic").taps("发出")
    await town.person("chen").sees("理由：必要性：已有同类应用；科学性：没有依据")


@ON_SQLITE
async def test_a_verdict_and_its_words_are_typed_under_the_card(town: Town) -> None:
    await submits(town)
    research = town.person("research")
    await research.says("可用并有建议 先四年级，语文组先行，期末再看效果如何")
    await research.sees("说明：先四年级，语文组先行，期末再看效果如何")
    await research.says("确认")
    await research.sees("已记录“可用并有建议”")
    await research.says("可用并有建议 再来一次")
    assert "没有认出这句话" in await research.last()


@ON_SQLITE
async def test_what_follows_from_a_finding_is_the_desk_s_own_choice(city: Town) -> None:
    await city_submits(city, "chen", "lin", terminal("小学"), TERMINAL_PAPERS)
    finance = city.person("finance")
    await finance.says("3 要求家长另购保护套")
    key = await city.phones.key_of("finance", "建议不予通过")
    await city.phones.tap_raw("finance", key.replace(":reject", ":stop"))
    assert "这张卡片没有这个选项" in await finance.last()
    await city.phones.tap_raw("basic", key)
    assert "没有这项权限" in await city.person("basic").last()
    await finance.says("待办")
    await finance.taps("办第1件")
    await finance.taps("经费落实，无收费问题")
    await city.phones.tap_raw("finance", key)
    assert "您之后又改过意见" in await finance.last()


@ON_SQLITE
async def test_so_many_pictures_are_enough(town: Town) -> None:
    await submits(town)
    await town.person("legal").says(SCAN)
    for shade in range(10):
        await town.phones.sends_picture("legal", png() + bytes([shade]), "shot.png")
    assert "截图已有9张，没有再保存" in await town.person("legal").last()
