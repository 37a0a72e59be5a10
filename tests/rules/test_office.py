"""Every setting of A.10b has its name, its default and a sentence when it is wrong."""

from datetime import date, time
from typing import Any

import pytest

from storage.rules.office import KEYS, OfficeRules
from storage.rules.terms import RuleViolationError


@pytest.mark.parametrize(
    ("key", "default"),
    [
        ("lead.terminal.pre", "pre"),
        ("direct.scope", "both"),
        ("lead.direct.pre", "pre"),
        ("finance.when", "terminal_or_money"),
        ("multi_stage", "split"),
        ("require_product_no", "warn"),
        ("byod", "voluntary"),
        ("sod.terminal", True),
        ("sod.all", False),
        ("pilot.max_classes", 2),
        ("pilot.max_students", 100),
        ("pilot.max_terms", 1),
        ("pilot.allow_money", False),
        ("pilot.allow_biometrics", False),
        ("pilot.callin_days", 5),
        ("pilot.min_reviewers", 2),
        ("research.blocking", False),
        ("hidden_opinions", True),
        ("seal_mode", "account"),
        ("valid_years", 3),
        ("appeal_days", 10),
        ("reuse_months", 12),
        ("legacy_until", ""),
        ("days.receive", 2),
        ("days.co_review", 5),
        ("days.lead", 5),
        ("days.register", 2),
        ("days.complete", 10),
        ("days.complete_max", 30),
        ("days.case", 15),
        ("quiet_hours", "18:00-08:00"),
        ("digest_at", "08:40"),
        ("workdays_only", True),
        ("groups.weekly", True),
        ("groups.monthly", True),
        ("number_template", "温教进校备〔{年}〕{区划}{类别}{流水}号"),
        ("timezone", "Asia/Shanghai"),
    ],
)
def test_a_setting_has_the_name_and_default_of_the_requirements(key: str, default: object) -> None:
    assert OfficeRules().to_dict()[key] == default


@pytest.mark.parametrize(
    "settings",
    [
        # as TOML reads lead.terminal.pre = "tech"
        {"lead": {"terminal": {"pre": "tech"}}},
        {"lead.terminal.pre": "tech"},
        {"lead_terminal_pre": "tech"},
        {"lead.terminal": {"pre": "tech"}},
    ],
)
def test_a_key_may_be_nested_dotted_or_underscored(settings: dict[str, object]) -> None:
    assert OfficeRules.from_settings(settings) == OfficeRules(lead_terminal_pre="tech")


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        # unknown keys name themselves
        ({"lead.terminal.primary": "tech"}, "没有“lead.terminal.primary”这项设置"),
        ({"days": {"cases": 3}}, "没有“days.cases”这项设置"),
        # a choice that is none
        ({"byod": "always"}, "设置“byod”可以是 voluntary、forbidden，不能是“always”"),
        # counts
        ({"days.case": "soon"}, "设置“days.case”请写整数"),
        ({"days.case": -1}, "设置“days.case”请写整数"),
        ({"days.case": True}, "设置“days.case”请写整数"),
        ({"valid_years": 0}, "设置“valid_years”不能小于 1"),
        ({"days.complete": 31}, "设置“days.complete_max”不能少于“days.complete”"),
        # switches
        ({"sod.all": "maybe"}, "设置“sod.all”请写 true 或 false"),
        # times and dates
        ({"quiet_hours": "evening"}, "设置“quiet_hours”请按 18:00-08:00 的样式填写"),
        ({"digest_at": "8 o'clock"}, "设置“digest_at”请按 08:40 的样式填写"),
        ({"legacy_until": "2026/9"}, "设置“legacy_until”请按 2026-09-01 的样式填写日期"),
        ({"timezone": 8}, "设置“timezone”请写文字"),
    ],
)
def test_a_wrong_setting_is_one_sentence_that_names_its_key(
    settings: dict[str, object], sentence: str
) -> None:
    with pytest.raises(RuleViolationError) as refused:
        OfficeRules.from_settings(settings)
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("key", "written", "read"),
    [
        # TOML's false where the choice is called off
        ("require_product_no", False, "off"),
        # the environment knows only text
        ("sod.all", "on", True),
        ("sod.terminal", "no", False),
        ("days.case", "20", 20),
        ("legacy_until", "2026-12-31", date(2026, 12, 31)),
        ("legacy_until", date(2026, 12, 31), date(2026, 12, 31)),
        ("legacy_until", "", None),
        ("quiet_hours", "19:30 - 07:00", "19:30-07:00"),
    ],
)
def test_values_are_read_from_toml_and_from_the_environment(
    key: str, written: object, read: object
) -> None:
    rules = OfficeRules.from_settings({key: written})
    attribute = next(name for name, dotted in KEYS.items() if dotted == key)
    assert getattr(rules, attribute) == read


def test_a_tenant_changes_only_what_it_names() -> None:
    city = OfficeRules.from_settings({"days.case": 20})
    county = city.changed({"days.lead": 7})
    assert (county.days_case, county.days_lead, city.days_lead) == (20, 7, 5)


def test_pinned_rules_are_read_back_whole() -> None:
    rules = OfficeRules.from_settings({"legacy_until": "2026-12-31", "require_product_no": "off"})
    assert OfficeRules.from_settings(rules.to_dict()) == rules


@pytest.mark.covers("R27")
@pytest.mark.parametrize("change", [{"days.case": 16}, {"legacy_until": "2027-01-01"}])
def test_a_version_follows_the_contents(change: dict[str, Any]) -> None:
    assert OfficeRules().version == OfficeRules().version
    assert OfficeRules().changed(change).version != OfficeRules().version
    assert OfficeRules().changed(change).version == OfficeRules.from_settings(change).version


@pytest.mark.parametrize(
    ("hours", "at", "quiet"),
    [
        # over midnight, as shipped
        ("18:00-08:00", time(17, 59), False),
        ("18:00-08:00", time(18, 0), True),
        ("18:00-08:00", time(3, 0), True),
        ("18:00-08:00", time(7, 59), True),
        ("18:00-08:00", time(8, 0), False),
        # within a day
        ("12:00-14:00", time(13, 0), True),
        ("12:00-14:00", time(14, 0), False),
    ],
)
def test_quiet_hours(hours: str, at: time, quiet: bool) -> None:
    assert OfficeRules(quiet_hours=hours).is_quiet(at) is quiet
    assert OfficeRules().digest_time == time(8, 40)
