"""家长常问: counted by the week, listed from three askers on, and nobody who asked is kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select

from handlers.unfiled import UNFILED
from storage import tables as t
from storage.check import CHECKS
from storage.rules.bulletins import Rhythm, begun
from storage.rules.terms import NotAllowedError
from storage.transaction import Transaction
from storage.unfiled import Mark
from tests.handlers.reporting import open_county
from tests.handlers.school import LUCHENG, ZONE, School, Someone
from tests.handlers.test_asking import read_names

ASKED = (t.asked_week, t.asked_trace, t.asked_name)
MONDAY = datetime(2026, 3, 16, 9, 0, tzinfo=ZONE)


@pytest.fixture
def county(tmp_path: Path) -> Iterator[School]:
    county = open_county(f"sqlite:///{tmp_path}/beian.db")
    county.ledger.call(read_names)
    yield county
    assert findings(county) == []
    county.ledger.close()


def findings(county: School) -> list[str]:
    return list(
        county.reads(
            lambda tx: [
                one for name in ("journal", "unfiled") for one in CHECKS[name](tx, county.now)
            ]
        )
    )


def ask(county: School, words: str, *parents: str) -> None:
    for parent in parents:
        county.person(parent).says(words)


def kept(county: School) -> str:
    return str(county.reads(lambda tx: [tx.execute(select(one)).all() for one in ASKED]))


def sweep(county: School, moment: datetime) -> int:
    """Let the clock strike; return how many weeks were closed."""
    county.now = moment

    def work(tx: Transaction) -> int:
        ctx = county.switchboard.tick(moment, tx)
        due = UNFILED.find(ctx)
        for one in due:
            UNFILED.act(ctx, one)
        return len(due)

    return int(county.ledger.call(work))


def centre(county: School) -> Someone:
    return county.person("d-tech")


def test_what_three_parents_ask_for_is_listed_and_nobody_who_asked_is_kept(
    county: School,
) -> None:
    ask(county, "瓯江实验小学的橙汁作文备案了吗", "p-wu", "p-wu", "p-wu", "p-he")
    assert "橙" not in kept(county) and "p-wu" not in kept(county) and "p-he" not in kept(county)
    centre(county).says("常问").sees("没有3位以上家长问过的未备案应用")
    ask(county, "瓯江实验小学的橙之作文备案了吗", "p-lin")
    ask(county, "瓯江实验小学的橙汁作文本备案了吗", "p-wu", "p-he", "p-lin")
    centre(county).says("常问").sees("1 橙之作文：至少3人问过，共6次｜产品库中没有")
    centre(county).does_not_see("p-", "橙汁作文本：")
    assert "p-" not in kept(county)


def test_a_week_is_told_once_in_the_morning_and_what_its_counting_rested_on_is_thrown_away(
    county: School,
) -> None:
    ask(county, "瓯江实验小学的口算宝贝备案了吗", "p1", "p2", "p3")
    ask(county, "瓯江实验小学的只问一次备案了吗", "p1")
    assert sweep(county, MONDAY - timedelta(days=1)) == 0  # a Sunday
    assert sweep(county, MONDAY.replace(hour=8, minute=30)) == 0  # before the morning's hour
    assert sweep(county, MONDAY.replace(hour=19)) == 0  # quiet hours
    assert sweep(county, MONDAY) == 1
    centre(county).sees("家长常问、未备案的应用", "口算宝贝：至少3人问过，共3次")
    assert sweep(county, MONDAY) == 0
    week = county.reads(lambda tx: [tx.execute(select(one)).all() for one in ASKED[:2]])
    assert week == [[], []]
    # The next week begins anew: two of the same are two again.
    ask(county, "瓯江实验小学的口算宝贝备案了吗", "p1", "p2")
    centre(county).says("常问").sees("3月9日（周一）起一周").does_not_see("本周至今")
    county.now = MONDAY + timedelta(weeks=9)
    ask(county, "瓯江实验小学的口算宝贝备案了吗", "p1")
    assert sweep(county, MONDAY + timedelta(weeks=10)) == 2
    assert kept(county) == "[[], [], []]"


def test_a_centre_says_that_a_name_is_known_or_unrelated_or_goes_on_to_stop_it(
    county: School,
) -> None:
    for words in ("橙汁作文", "小鹰作业"):
        ask(county, f"瓯江实验小学的{words}备案了吗", "p1", "p2", "p3")
    tech = centre(county)
    tech.says("常问").sees("1 橙汁作文", "2 小鹰作业", "与“小鹿作业”相近")
    tech.taps("看第2个").sees("家长常问：小鹰作业", "已知", "无关", "停用该产品")
    tech.taps("停用该产品").sees("停用“小鹰作业”将影响")
    tech.says("常问").taps("看第1个").taps("无关").sees("已标为“无关”，不再列出")
    tech.says("常问").does_not_see("橙汁作文")
    ask(county, "瓯江实验小学的橙汁作文备案了吗", "p4")
    tech.says("常问 橙汁作文 恢复列出").sees("已恢复")
    tech.says("常问").sees("1 橙汁作文：至少3人问过，共3次")
    tech.says("常问 小鹰作业 已知").says("常问").does_not_see("小鹰作业")
    county.person("d-basic").says("常问").sees("教育技术")
    county.person("d-basic").says("常问 小鹰作业 恢复列出").sees("教育技术")
    basic = county.reads(lambda tx: tx.people.get("d-basic"))
    with pytest.raises(NotAllowedError, match="教育技术"):
        county.ledger.call(
            lambda tx: tx.unfiled.mark(
                LUCHENG, "甲乙", Mark.KNOWN, by=basic, day=county.now.date(), now=county.now
            )
        )
    marks = county.reads(lambda tx: tx.execute(select(t.asked_mark.c.mark)).scalars().all())
    assert sorted(marks) == ["known", "open"]


@pytest.mark.parametrize(
    "said",
    [
        "我家王小明在三班，橙汁作文备案了吗",  # beside a child nothing is counted
        "张雨涵备案了吗",
        "李老师备案了吗",
        "13857712345备案了吗",
        "云阅渎备案了吗",  # misspelt, and there
        "听说备案了吗有没有人用过这个叫什么我也不知道的东西",
    ],
)
def test_what_may_be_of_a_person_or_is_only_misspelt_is_not_counted(
    county: School, said: str
) -> None:
    ask(county, said, "p1", "p2", "p3")
    ask(county, "橙汁作文备案了吗", "chen", "lin", "wang")  # staff are no parents
    names = county.reads(lambda tx: tx.execute(select(t.asked_name.c.name)).scalars().all())
    assert names == []


def test_what_is_filed_elsewhere_or_only_in_the_register_is_counted_at_the_school_asked_about(
    county: School,
) -> None:
    ask(county, "瓯江实验小学的小鹿作业备案了吗", "p1", "p2", "p3")
    centre(county).says("常问").sees("小鹿作业：至少3人问过，共3次｜名单中有，尚无学校备案")


def test_a_week_is_bounded_whoever_asks(county: School, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.unfiled.MOST_TRACES", 4)
    monkeypatch.setattr("storage.unfiled.MOST_EACH", 3)
    ask(county, "瓯江实验小学的橙汁作文备案了吗", *(f"p{at}" for at in range(6)))
    for at in range(9):
        ask(county, f"瓯江实验小学的{'甲乙丙丁戊己庚辛壬'[at]}甲甲乙备案了吗", "flood")
    rows = county.reads(lambda tx: tx.execute(select(t.asked_trace)).all())
    assert len(rows) == 4
    centre(county).says("常问").sees("橙汁作文：至少3人问过，共6次")


def test_the_check_sees_a_name_that_too_few_asked_for_and_hashes_without_their_week(
    county: School,
) -> None:
    week = begun(Rhythm.WEEK, county.now.date())

    def damage(tx: Transaction) -> None:
        one = {"tenant": LUCHENG, "begun": week}
        tx.execute(
            insert(t.asked_name).values(**one, sound="a", name="甲", spellings=[], askers=2, asks=2)
        )
        tx.execute(insert(t.asked_trace).values(**one, what="x", who="y"))

    county.ledger.call(damage)
    assert len(findings(county)) == 2
    county.ledger.call(
        lambda tx: [tx.execute(delete(one)) for one in (t.asked_name, t.asked_trace)]
    )
