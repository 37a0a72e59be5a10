"""Where an answer ends: the last length or count that is taken, and the first that is not."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import Any

import pytest

from handlers.form import BadAnswerError, Field
from handlers.forms import both, fields, terminal
from handlers.forms.dates import past_date
from handlers.forms.money import FUND
from handlers.forms.parsers import money, phone_number
from handlers.forms.stages import shown_stages, stages_in_use
from handlers.paste import MOST_CHARS, spread, take_apart
from storage.rules.office import OfficeRules
from storage.rules.terms import SchoolStage
from tests.handlers.school import Someone
from tests.handlers.test_dialogues import to_phone
from tests.handlers.test_parsers import FAIR, FREE, TODAY, Around, refusal

FIELDS = {**terminal.FORM.by_key, **both.FORM.by_key}


@pytest.mark.parametrize(
    ("key", "last", "beyond", "says"),
    [
        ("project", "长" * 60, "长" * 61, "项目名称最多60个字，刚才的有61个字。请缩短后再发一次。"),
        ("project", "字", " \u200b", "项目名称至少要1个字"),
        ("fund_words", "补" * 60, "补" * 61, "来源说明最多60个字"),
        ("device_words", "不指定品", "不指定", "说明至少要4个字"),
        ("partial_words", "先" * 120, "先" * 121, "说明最多120个字"),
        ("product_no", "教APP", "教AP", "产品备案号至少要4个字"),
        ("product_no", "9" * 40, "9" * 41, "产品备案号最多40个字"),
        ("preinstalled", "用" * 200, "用" * 201, "预装应用最多200个字"),
        ("overview", "阅读", "读", "这一项需要几句话"),
        ("overview", "👍🏽读", "👍🏽", "这一项需要几句话"),  # one character of two code points
    ],
)
def test_a_text_is_taken_up_to_its_limit(key: str, last: str, beyond: str, says: str) -> None:
    kept = FIELDS[key].parse(last, Around())
    assert kept in (last, [last])
    assert says in refusal(FIELDS[key].parse, beyond)


def test_a_pasted_overview_is_kept_to_its_limit_and_whole_beyond_it() -> None:
    text = "项目名称：云阅读\n项目概况：{}"
    found = take_apart(text.format("读" * 200), both.FORM, Around())
    assert (found.values["overview"], found.long) == ("读" * 200, "")
    found = take_apart(text.format("读" * 201), both.FORM, Around())
    assert (found.values.get("overview"), found.long) == (None, "读" * 201)


@pytest.mark.parametrize(
    ("key", "last", "beyond", "says"),
    [
        ("students", "1人", "0人", "学生人数至少是1名"),
        ("students", "200000", "200001", "学生人数超出常见范围"),
        ("classes", "500个班", "501个班", "班级数超出常见范围"),
        ("terms", "二十个学期", "二十一个学期", "学期数超出常见范围"),
        ("devices", "200,000台", "200,001台", "终端数量超出常见范围"),
        ("students", "二十万", "一亿人", "学生人数超出常见范围"),  # not 一
        ("students", "620", "9" * 30, "学生人数超出常见范围"),  # not too few
    ],
)
def test_a_count_is_taken_up_to_its_limit(key: str, last: str, beyond: str, says: str) -> None:
    assert FIELDS[key].parse(last, Around()) >= 1
    assert says in refusal(FIELDS[key].parse, beyond)


@pytest.mark.parametrize(
    ("last", "beyond"), [("0.01元", "0.00元"), ("9999999999元", "100亿元"), ("99亿", "一百亿")]
)
def test_an_amount_is_taken_up_to_its_limit(last: str, beyond: str) -> None:
    assert money(last) > 0
    assert "没有认出金额" in refusal(money, beyond)


@pytest.mark.parametrize("last", ["13000000000", "19999999999"])
def test_a_mobile_number_begins_with_13_to_19(last: str) -> None:
    assert phone_number(last) == last
    with pytest.raises(BadAnswerError, match="13至19"):
        phone_number("12999999999")


def test_today_is_a_day_already_held_and_tomorrow_is_not() -> None:
    assert past_date("2026-03-12", TODAY) == TODAY
    with pytest.raises(BadAnswerError, match="还没有到"):
        past_date("2026-03-13", TODAY)
    # At the end of a month its last day is today's, not the month before's.
    assert past_date("31号", date(2026, 3, 31)) == date(2026, 3, 31)
    assert past_date("30号", date(2026, 3, 31)) == date(2026, 3, 30)


@pytest.mark.parametrize("number", ["九" * 4900, "十" * 4900, "亿" * 4900])
@pytest.mark.parametrize("unit", ["", "日", "元", "人"])
@pytest.mark.parametrize("key", ["students", "amount", "experts_on", "phone", "free", "stages"])
def test_a_number_in_words_without_end_is_asked_again(number: str, unit: str, key: str) -> None:
    assert refusal(FIELDS[key].parse, number + unit).endswith("。")


def test_a_flood_of_digits_is_no_option() -> None:
    assert "没有对上选项" in refusal(FAIR.parse, "1" * 4900)


@pytest.mark.parametrize(
    ("text", "asked", "values"),
    [
        ("四到六年级，200000", "stages", {"stages", "students"}),
        ("四到六年级，200001", "stages", {"stages"}),
        ("四到六年级，0", "stages", {"stages"}),
        ("四到六年级 9999999人", "stages", {"stages"}),
        ("公用经费 0.00元", "fund", {"fund"}),
        ("论证3月1日，会议2月30日", "experts_on", {"experts_on"}),
    ],
)
def test_what_cannot_be_right_beside_an_answer_is_asked_for_by_itself(
    text: str, asked: str, values: set[str]
) -> None:
    assert set(spread(text, both.FORM, FIELDS[asked], Around())) == values


def test_a_count_beside_the_stage_is_held_to_the_limit_of_counts(teacher: Someone) -> None:
    for words in ("备案", "应用", "云阅读"):
        teacher.says(words)
    teacher.says("四到六年级，9999999").sees("大约有多少名学生使用")
    teacher.says("9999999").sees("学生人数超出常见范围")
    teacher.says("620").sees("项目负责人是谁")
    assert teacher.draft().answers["students"] == 620


def test_words_without_end_are_answered_calmly_in_the_chat(teacher: Someone) -> None:
    to_phone(teacher)
    teacher.says("修改 学生人数").says("九" * 4999).sees("学生人数超出常见范围")
    assert teacher.draft().answers["students"] == 620


@pytest.mark.parametrize(
    ("key", "answers", "is_asked"),
    [
        ("scale", {}, False),
        ("scale", {"students": 100}, True),
        ("scale", {"students": 101}, False),
        ("classes", {"students": 100, "scale": "pilot"}, True),
        ("classes", {"students": 101, "scale": "pilot"}, False),  # wished for before it grew
        ("terms", {"students": 100, "scale": "wide"}, False),
        ("experts_on", {"students": 100, "scale": "pilot"}, False),
        ("experts_on", {"students": 101, "scale": "pilot"}, True),
        ("amount", {}, False),
        ("amount", {"fund": "none"}, False),
        ("amount", {"fund": "gift"}, False),
        ("amount", {"fund": "treasury"}, True),
        ("fund_words", {"fund": "other"}, True),
        ("fund_words", {"fund": "school"}, False),
        ("purposes", {}, True),
        ("purposes", {"pasted": True}, False),
        ("purposes", {"pasted": True, "purposes": ["smart"]}, True),
        ("device_words", {"free": {"device": "own"}}, True),
        ("device_words", {"free": {"device": "no"}}, False),
        ("partial_words", {"fair": {"partial_use": "no"}}, False),
        ("first_use", {"fair": {"in_use": "no"}}, False),
        ("product_no", {"fair": {"product_no": "no"}}, False),
        ("product_no", {"fair": {"product_no": "yes"}}, True),
        ("product_no", {"fair": {"product_no": "yes"}, "product_known": True}, False),
    ],
)
def test_an_item_is_asked_where_the_answers_call_for_it(
    key: str, answers: dict[str, Any], is_asked: bool
) -> None:
    around = Around(answers, rules=OfficeRules.from_settings({"pilot_max_students": 100}))
    assert FIELDS[key].when(around) is is_asked


# --- options -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ("随便", "例如：1 3；都没有请发“都没有”。"),
        ("、", "请至少选一项，都没有请选“以上都没有”。"),
        ("以上都没有 1", "“都没有”和其他选项不能同时选"),
        ("1 2", "选了两种情况，请只选一种"),
        # With a number beside it, a fee is not read out of words.
        ("应该不用吧 3", "没有对上选项"),
        ("每生50元", "没有对上选项"),
    ],
)
def test_the_free_card_says_what_it_could_not_read(raw: str, says: str) -> None:
    assert says in refusal(FREE.parse, raw)


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ("5 1 6", "“以上都没有”和它上面的选项不能同时选"),
        ("6 7", "“产品是否已有教育App备案号？”选了两种情况"),
        ("1", "请再选一下产品备案号的情况：6 产品已有教育App备案号 7 尚无教育App备案号 8 "),
        ("1", "例如，其他都没有且已有备案号：5 6。"),
        ("随便", "没有对上选项，请发序号，可以多个，例如：1 3。"),
    ],
)
def test_the_fair_card_says_what_it_could_not_read(raw: str, says: str) -> None:
    assert says in refusal(FAIR.parse, raw)


def test_purposes_have_no_none_to_offer() -> None:
    assert refusal(fields.PURPOSE.parse, "、") == "请至少选一项。"
    assert refusal(fields.PURPOSE.parse, "都没有").endswith("例如：1 3。")


@pytest.mark.parametrize(
    ("card", "raw", "shown"),
    [
        (FREE, "都没有", "以上情况都没有"),
        (FREE, "2 4 5", "是否收费还不确定、学生自愿自带设备、APP内有付费入口或广告"),
        (FAIR, "5 6", "产品已有教育App备案号"),
        (FAIR, "5 7", "尚无教育App备案号"),
        (FAIR, "3 8", "只有部分班级或学生使用、不清楚有无备案号"),
    ],
)
def test_what_was_ticked_is_shown_as_it_was_offered(card: Field, raw: str, shown: str) -> None:
    assert card.show(card.parse(raw, Around())) == shown


def test_of_a_number_that_the_register_holds_nothing_is_said() -> None:
    known = Around({"product_known": True})
    assert FAIR.show(FAIR.parse("都没有", known)) == "以上情况都没有"


@pytest.mark.parametrize(
    ("raw", "names"),
    [
        ("没有", []),
        ("都未预装应用。", []),
        ("无", []),
        ("没有烦恼、口算宝", ["没有烦恼", "口算宝"]),
        ("口算宝；云阅读;", ["口算宝", "云阅读"]),
    ],
)
def test_preinstalled_applications_are_names_or_none(raw: str, names: list[str]) -> None:
    assert terminal.PREINSTALLED.parse(raw, Around()) == names
    assert terminal.PREINSTALLED.show(names) == ("、".join(names) if names else "没有")


@pytest.mark.parametrize("raw", ["没有", "无。", "0", "0元", "不需要"])
def test_no_money_is_a_source_of_its_own(raw: str) -> None:
    assert FUND.parse(raw, Around()) == "none"


@pytest.mark.parametrize(
    ("raw", "stages", "shown"),
    [
        ("六年级", ["primary"], "小学（六年级）"),
        ("七年级", ["junior"], "初中（七年级）"),
        ("九年级", ["junior"], "初中（九年级）"),
        ("十年级", ["senior"], "高中（十年级）"),
        ("9-12年级", ["junior", "senior"], "高中、初中（九至十二年级）"),
        ("六年级至六年级", ["primary"], "小学（六至六年级）"),
        ("1、2、3、4、5、6、7、8、9、10、11、12年级", ["primary", "junior", "senior"], None),
        ("初二和高一", ["junior", "senior"], "高中、初中（初二、高一）"),
        ("大班和小学", ["kindergarten", "primary"], "小学、幼儿园（大班）"),
        ("小学，一年级一年级", ["primary"], "小学（一年级）"),
    ],
)
def test_each_grade_belongs_to_its_stage(raw: str, stages: list[str], shown: str | None) -> None:
    value = stages_in_use(raw, Around(stages=tuple(SchoolStage)))
    assert sorted(value["stages"]) == sorted(stages)
    assert shown in (None, shown_stages(value))


def test_all_of_a_kindergarten_is_called_so() -> None:
    around = Around(stages=(SchoolStage.KINDERGARTEN,))
    assert shown_stages(stages_in_use("全园", around)) == "幼儿园（全园）"
    assert shown_stages(stages_in_use("全校", Around())) == "小学（全校）"


def test_a_school_of_both_kinds_has_grades_of_secondary_school() -> None:
    around = Around(stages=(SchoolStage.SENIOR, SchoolStage.VOCATIONAL))
    assert stages_in_use("高二", around)["stages"] == ["senior"]


def test_a_school_whose_stages_nobody_entered_writes_them_out() -> None:
    around = Around(stages=())
    assert "请写明学段" in refusal(stages_in_use, "全校", around)
    assert stages_in_use("小学和初中", around)["stages"] == ["junior", "primary"]


def test_what_can_be_no_name_is_not_said_back() -> None:
    words = "请发一位负责人的完整姓名；是您本人请发“我”。"
    assert refusal(fields.OWNER.parse, "<b>13857712345</b>") == words
    assert refusal(fields.OWNER.parse, "我和他") != words


@pytest.mark.timeout(30)
def test_a_message_of_numbers_to_the_limit_does_not_hold_up_the_office() -> None:
    """Nobody else's words are heard meanwhile: work that grew with the square took minutes."""
    for piece in ("九", "十", "万", "9", "9,", "138", "1、", "四和", " ", "约 "):
        text = (piece * MOST_CHARS)[:MOST_CHARS]
        take_apart(text, both.FORM, Around())
        for key in ("stages", "experts_on"):
            with suppress(BadAnswerError):
                FIELDS[key].parse(text, Around())
