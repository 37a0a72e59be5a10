"""Which rules are changed in the chat, under which names, and in which range."""

from __future__ import annotations

import pytest

from handlers.router import Router, Routes
from handlers.rule_words import LOOSE, NAMED, UNKNOWN, how, read_value, read_wish
from storage.rules.changeable import (
    BY_KEY,
    GROUPS,
    NOT_HERE,
    SETTINGS,
    Form,
    Reach,
    by_name,
    remarks,
)
from storage.rules.office import KEYS, OfficeRules
from storage.rules.terms import RuleViolationError

CHANGES = [
    # as the dialogues have it
    ("把法规处会审改为3个工作日", "days.co_review.legal", "3"),
    ("受理改为1个工作日", "days.receive", "1"),
    ("登记时限3天", "days.register", "3"),
    ("补正改为15个工作日", "days.complete", "15"),
    ("办件总时限改为20个工作日", "days.case", "20"),
    ("晨报改到8:50", "digest_at", "08:50"),
    ("静默时间改为19:00到7:30", "quiet_hours", "19:00-07:30"),
    ("有效期改为2年", "valid_years", "2"),
    ("到期提醒改为 90、30、7", "remind.expiry", "90,30,7"),
    ("教研意见改为必须", "research.blocking", "true"),
    ("试点班级上限改为3", "pilot.max_classes", "3"),
    # sloppy ones
    ("法规会审改成三天", "days.co_review.legal", "3"),
    ("把法规科的会审时限改为３日。", "days.co_review.legal", "3"),
    ("请把法规处会审改为三个工作日", "days.co_review.legal", "3"),
    ("将 会审 改为 十二 个工作日", "days.co_review", "12"),
    ("把“教研院会审”改为5天以内", "days.co_review.research", "5"),
    ("教技中心会审改为4个工作天", "days.co_review.tech", "4"),
    ("把法规处会审改为统一", "days.co_review.legal", "0"),
    ("审批时限延长到8天", "days.lead", "8"),
    ("晨报时间改为早上八点五十", "digest_at", "08:50"),
    ("免打扰改为晚上7点到次日早上7点半", "quiet_hours", "19:00-07:30"),
    ("到期提醒改为60天、30天、7天", "remind.expiry", "60,30,7"),
    ("教研意见改为仅供参考", "research.blocking", "false"),
    ("试点人数改为80人", "pilot.max_students", "80"),
    ("产品备案号改为必须", "require_product_no", "block"),
    ("计财参加改为全部", "finance.when", "always"),
    ("幼儿园终端牵头改为教技中心", "lead.terminal.pre", "tech"),
    ("存量补备截止改为2026年12月31日", "legacy_until", "2026-12-31"),
    ("存量补备截止改为没有", "legacy_until", ""),
    ("审计金额改为50万元", "audit.over_yuan", "500000"),
    ("把依据文号改为“温教办技〔2027〕3号”", "policy.number", "温教办技〔2027〕3号"),
    ("盖章方式改为扫描件", "seal_mode", "scan"),
]


@pytest.mark.parametrize(("typed", "key", "value"), CHANGES)
def test_a_rule_is_changed_in_plain_words(typed: str, key: str, value: str) -> None:
    wish = read_wish(typed)
    assert wish is not None
    assert (wish.setting.key, wish.value) == (key, value)
    OfficeRules.from_settings({key: value})
    assert wish.setting.shown(value)


@pytest.mark.parametrize(("typed", "key", "value"), CHANGES)
def test_what_is_typed_finds_its_route(typed: str, key: str, value: str) -> None:
    router = Router("any")
    for pattern in (NAMED, LOOSE, UNKNOWN):
        router.word("any", pattern, roles=())(lambda _ctx, _match: None)
    found = Routes.of([router]).word(typed)
    assert found is not None and found[0].pattern.pattern in (NAMED, LOOSE)


@pytest.mark.parametrize(
    "typed",
    ["把项目名称改为云阅读", "请把方案改为PDF", "受理", "审批表", "登记 26-0302-0001",
     "把午休时间改为1小时", "有效期是多久", "使用期限3年"],
)  # fmt: skip
def test_other_talk_names_no_rule(typed: str) -> None:
    assert read_wish(typed) is None


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("受理改为0个工作日", "“受理”可以是1到30个工作日"),
        ("受理改为31天", "“受理”可以是1到30个工作日"),
        ("受理改为很快", "“受理”可以是1到30个工作日"),
        ("受理改为2年", "“受理”可以是1到30个工作日"),
        ("有效期改为2天", "“有效期”可以是1到6年"),
        # everybody's programs send on the hour and the half
        ("晨报改到8:30", "请避开整点和半点"),
        ("晨报改到9点", "请避开整点和半点"),
        ("晨报改到25:10", "例如 8:50"),
        ("静默时间改为19:00", "例如 19:00到7:30"),
        ("静默时间改为19:00到19:00", "例如 19:00到7:30"),
        ("到期提醒改为7、30、90", "由多到少"),
        ("到期提醒改为90、60、30、7", "一到三个"),
        ("教研意见改为也许", "必须等到、仅供参考"),
        ("存量补备截止改为2026年2月30日", "例如 2026-12-31"),
        ("依据文号改为a|b", "40字以内"),
    ],
)
def test_a_value_out_of_range_is_told_with_the_range(typed: str, says: str) -> None:
    with pytest.raises(RuleViolationError, match=says):
        read_wish(typed)


def test_every_setting_can_be_named_shown_and_read_back() -> None:
    rules = OfficeRules()
    assert BY_KEY.keys() | NOT_HERE == set(KEYS.values())
    assert len({one.label for one in SETTINGS}) == len(SETTINGS)
    for one in SETTINGS:
        value = one.value_in(rules)
        assert one.group in GROUPS and how(one) and one.shown(value)
        assert by_name()[one.label] is one
        if value not in ("", "0"):
            assert read_value(one, value) == value or one.form is Form.MOMENT
        # What is counted anew is pinned, and of a limit in days.
        assert not one.recounts or (one.reach is Reach.NEW and one.unit == "个工作日")


def test_a_change_that_may_hurt_is_allowed_with_a_word() -> None:
    slow = OfficeRules.from_settings({"days.lead": 20})
    assert "超过办件总时限15个工作日" in remarks(slow, "days.lead")[0]
    assert remarks(slow, "digest_at") == [] == remarks(OfficeRules(), "days.lead")
    alone = OfficeRules.from_settings({"sod.terminal": False})
    assert "同一人" in remarks(alone, "sod.terminal")[0]
    assert remarks(OfficeRules.from_settings({"research.blocking": True}), "research.blocking")
    assert remarks(OfficeRules.from_settings({"require_product_no": "block"}), "require_product_no")


def test_a_department_s_own_limit_comes_before_that_of_all() -> None:
    from storage.rules.terms import Desk, TaskKind

    rules = OfficeRules.from_settings({"days.co_review": 6, "days.co_review.legal": 3})
    assert rules.days_of(TaskKind.CO_REVIEW, Desk.LEGAL) == 3
    assert rules.days_of(TaskKind.CO_REVIEW, Desk.TECH) == 6
    assert rules.days_of(TaskKind.DECISION, Desk.LEGAL) == 5
    assert OfficeRules.from_settings(rules.to_dict()) == rules
    assert "days.co_review.tech" not in rules.to_dict()
    assert BY_KEY["days.co_review.tech"].value_in(rules) == "6"
