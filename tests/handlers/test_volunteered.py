"""What a school tells besides what is asked: read, kept, checked, shown, and never asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from sqlalchemy import update

from handlers.contents import supplement_of
from handlers.form import BadAnswerError
from handlers.forms import app
from handlers.forms.volunteered import ASPECTS, CONDITION, EXPERTS
from handlers.paste import spread, take_apart
from storage import tables as t
from tests.handlers.counts import PASTE, SEND, upload_all
from tests.handlers.school import OVERVIEW, School, Someone
from tests.handlers.test_parsers import Around

TOLD = """专家：张三（温州大学，教授）；李四（瓯江实验小学，高级教师）
审查人：周律师
会议名称：第3次校务会
参会人员：林国强、陈晓、王芳
论证要点：必要性：阅读量不足；可行性：每周一节；先进性：能分级
符合指导意见：以学为主，控制用时"""


def zhang(unit: str = "温州大学", title: str = "教授") -> dict[str, str]:
    return {"name": "张三", "unit": unit, "title": title}


@pytest.mark.parametrize(
    ("said", "first"),
    [
        ("张三（温州大学，教授）；李四（市教研院，高级教师）", zhang()),
        ("1. 张三(温州大学 教授)\n2. 李四(市教研院 高级教师)", zhang()),
        ("张三 温州大学 教授；李四 市教研院 高级教师", zhang()),
        ("张三（温州大学）、李四（高级教师）", zhang(title="")),
        ("张三（教授），李四", zhang(unit="")),
        ("张三、李四", zhang("", "")),
    ],
)
def test_experts_are_read_however_they_are_listed(said: str, first: Mapping[str, str]) -> None:
    read = EXPERTS.parse(said, Around())
    assert [one["name"] for one in read] == ["张三", "李四"]
    assert read[0] == first
    assert EXPERTS.parse(EXPERTS.show(read), Around()) == read


@pytest.mark.parametrize("said", ["共3位专家", "张三（温州大学，教授）等5人", "3"])
def test_words_that_name_no_experts_are_asked_again(said: str) -> None:
    with pytest.raises(BadAnswerError, match="样式写明专家"):
        EXPERTS.parse(said, Around())


def test_aspects_have_a_sentence_each_and_come_in_the_notice_s_order() -> None:
    read = ASPECTS.parse("经济合理性：免费。必要性：阅读量不足；", Around())
    assert list(read.items()) == [("need", "阅读量不足"), ("economic", "免费")]
    with pytest.raises(BadAnswerError, match="七个方面是必要性、可行性"):
        ASPECTS.parse("都很好", Around())
    with pytest.raises(BadAnswerError, match="请写一句"):
        ASPECTS.parse("必要性：；可行性：每周一节", Around())


@pytest.mark.covers("R43")
@pytest.mark.parametrize(
    ("said", "amount", "year"),
    [
        ("96万元，2026年", 960_000, "2026"),
        ("96万元,2026年度", 960_000, "2026"),
        ("2026年 96万元", 960_000, "2026"),
        ("960000，明年", 960_000, "2027"),
        ("96万元，2026至2028年度", 960_000, "2026至2028"),
        ("2026元", 2026, None),
    ],
)
def test_one_message_names_the_amount_and_its_year(
    said: str, amount: int, year: str | None
) -> None:
    around = Around({"fund": "school"})
    asked = app.FORM.by_key["amount"]
    values: dict[str, Any] = dict(spread(said, app.FORM, asked, around))
    assert values.get("amount", amount if year is None else None) == amount
    assert values.get("fund_year") == year
    pasted = take_apart(f"经费来源：学校公用经费\n经费金额：{said}", app.FORM, around)
    assert (pasted.values["amount"], pasted.values.get("fund_year")) == (amount, year)


@pytest.mark.parametrize("said", ["2028至2026年度", "一年", "26年度", "2026年3月"])
def test_a_year_that_cannot_be_read_is_asked_again(said: str) -> None:
    with pytest.raises(BadAnswerError, match="样式写明经费年度"):
        app.FORM.by_key["fund_year"].parse(said, Around())


def test_a_year_beside_the_source_is_its_year_and_a_date_is_none() -> None:
    found = take_apart("经费来源：学校公用经费 96万元 2026年度", app.FORM, Around()).values
    assert (found["amount"], found["fund_year"]) == (960_000, "2026")
    assert "fund_year" not in take_apart("会议2026年3月5日 96万元", app.FORM, Around()).values


@pytest.mark.covers("R7", "R69", "R70", "R72", "R73")
def test_what_was_told_is_kept_and_checked_and_holds_nothing_up(
    school: School, teacher: Someone
) -> None:
    paste = PASTE.replace("学校公用经费 3万元", "不需要经费")
    teacher.says(f"{paste}\n{TOLD}").sees("张三（温州大学，教授）", "周律师", "第3次校务会")
    teacher.taps("都对，继续").taps("选好了", "以上都没有").taps("选好了", "以上都没有")
    upload_all(teacher)
    teacher.sees("所写专家2人，要求不少于3人", "论证要点未写：规范性、适切性")
    teacher.says("修改 专家 张三（温州大学，教授）；李四（市教研院，教师）；王五（本校，教师）")
    teacher.does_not_see("所写专家", "其中校外").taps(SEND)
    [filing] = school.filings()
    told = dict(supplement_of(filing))
    assert told["审查人"] == "周律师" and told["参会人员"] == "林国强、陈晓、王芳"
    assert told["论证要点"].startswith("必要性：阅读量不足；可行性：每周一节；技术先进性：能分级")
    assert told["符合指导意见"] == "以学为主，控制用时"


@pytest.mark.covers("R7")
def test_a_tick_beside_the_tags_says_that_the_plan_follows_the_guidance(teacher: Someone) -> None:
    for words in ("备案", "应用", "云阅读", "四到六年级620人", "我", "13857712345"):
        teacher.says(words)
    teacher.sees("浙教办技〔2020〕22号").taps("选好了", "精准教学", "符合省指导意见")
    assert teacher.draft().answers["purposes"] == ["precise", "guided"]


@pytest.mark.covers("R20")
def test_another_condition_that_was_written_stops_like_the_others(
    school: School, teacher: Someone
) -> None:
    for words in ("备案", "应用", "云阅读", "四到六年级620人", "我", "13857712345"):
        teacher.says(words)
    teacher.taps("选好了", "精准教学").says(OVERVIEW).says("不需要经费").says("都没有")
    teacher.says("都没有").sees("其他前置条件：")
    teacher.says("其他前置条件：参加社团须先开通").taps("都对，继续").says("都没有")
    teacher.says("3月1日 3月2日 3月5日")
    upload_all(teacher)
    teacher.says("继续").sees("暂不能报送", "二（二）", "包括所写的“参加社团须先开通”")
    assert school.filings() == []
    teacher.taps("改一下回答").sees("公平与审批原则").says("都没有").sees("请检查").taps(SEND)
    assert len(school.filings()) == 1


def test_no_other_condition_stops_nothing(form: Any) -> None:
    assert CONDITION.parse("没有", Around()) == ""
    assert CONDITION.parse("购买教辅", Around()) == "购买教辅"
    assert not form.entry("其他前置条件").required


def checked(school: School, product: str, says: str) -> None:
    """Let the register say something else of a product's number."""
    row = t.product.c.id == product
    school.reads(lambda tx: tx.execute(update(t.product).where(row).values(checked=says)))


@pytest.mark.covers("R24")
def test_a_number_that_was_revoked_is_warned_of_or_stops(
    open_one: Callable[..., School],
) -> None:
    school = open_one()
    checked(school, "p1", "已撤销")
    teacher = school.person("chen")
    for words in ("备案", "应用", "云阅读"):
        teacher.says(words)
    teacher.sees("产品备案号在产品库中核验为“已撤销”", "由教育技术部门核对")
    strict = open_one(require_product_no="block")
    checked(strict, "p1", "查无此号")
    teacher = strict.person("chen")
    for words in ("备案", "应用", "云阅读"):
        teacher.says(words)
    teacher.sees("核验为“查无此号”", "不能报送")
    for words in ("四到六年级620人", "我", "13857712345"):
        teacher.says(words)
    teacher.taps("选好了", "精准教学").says(OVERVIEW).says("不需要经费").says("都没有")
    teacher.says("都没有").says("都没有").says("3月1日 3月2日 3月5日")
    upload_all(teacher)
    teacher.says("继续").sees("暂不能报送", "核验为“查无此号”").taps("改一下回答")
    teacher.sees("请发应用名称")
    assert strict.filings() == []


def test_a_number_that_the_school_types_shows_what_the_register_says_of_it(
    school: School, teacher: Someone
) -> None:
    checked(school, "p2", "已撤销")
    for words in ("备案", "应用", "新词典", "四到六年级620人", "我", "13857712345"):
        teacher.says(words)
    teacher.taps("选好了", "精准教学").says(OVERVIEW).says("不需要经费").says("都没有")
    teacher.says("都没有").taps("选好了", "以上都没有", "产品已有教育App备案号")
    teacher.says("教app备3300001").says("3月1日 3月2日 3月5日")
    upload_all(teacher)
    teacher.uploads("产品备案号.pdf", "product_no")
    teacher.says("继续").sees("教app备3300001（已撤销）", "核验为“已撤销”")
