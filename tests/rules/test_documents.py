"""Which documents a filing needs (requirements A.3)."""

from dataclasses import replace
from typing import Any

import pytest

from storage.rules.documents import Slot, required_documents
from storage.rules.office import OfficeRules
from storage.rules.routing import Facts
from storage.rules.terms import Kind, Ownership, Scale, SchoolStage

DEFAULT = OfficeRules()
APP = Facts(Kind.APP, (SchoolStage.PRIMARY,), product_no_known=True)
TERMINAL = replace(APP, kind=Kind.TERMINAL, product_no_known=False)
PILOT = replace(APP, scale=Scale.PILOT, classes=2, students=80, terms=1)
STEPS = {"plan", "experts", "legality", "minutes"}


def slots(facts: Facts, office: OfficeRules = DEFAULT) -> dict[str, Slot]:
    return {slot.key: slot for slot in required_documents(facts, office)}


def required(facts: Facts, office: OfficeRules = DEFAULT) -> set[str]:
    return {key for key, slot in slots(facts, office).items() if slot.required}


@pytest.mark.covers("R25", "R63", "R67", "R69", "R72", "R73")
@pytest.mark.parametrize(
    ("facts", "keys"),
    [
        # full APP whose number the register holds: the four steps
        (APP, STEPS),
        # full APP, number not known
        (replace(APP, product_no_known=False), STEPS | {"product_no"}),
        # full APP that is bought
        (replace(APP, money=True), STEPS | {"purchase"}),
        # money, but nothing is bought
        (replace(APP, money=True, purchase=False), STEPS),
        # full terminal
        (TERMINAL, STEPS | {"purchase"}),
        # terminal with APPs on it
        (replace(TERMINAL, preinstalled_apps=True), STEPS | {"purchase", "product_no"}),
        # both
        (replace(APP, kind=Kind.BOTH), STEPS | {"purchase"}),
        # minors' data
        (replace(APP, minors_data=True), STEPS | {"privacy"}),
        # broad collection of personal data
        (replace(APP, broad_data=True), STEPS | {"guardian"}),
        # biometrics
        (replace(APP, biometrics=True), STEPS | {"privacy", "biometrics"}),
        # pilot
        (PILOT, set()),
        # pilot, number not known
        (replace(PILOT, product_no_known=False), {"product_no"}),
        # pilot with a terminal that costs nothing
        (replace(PILOT, kind=Kind.TERMINAL), set()),
        # a wish for a pilot beyond its limits
        (replace(PILOT, classes=3), STEPS),
    ],
)
def test_what_is_required(facts: Facts, keys: set[str]) -> None:
    assert required(facts) == keys


@pytest.mark.covers("R67", "R69", "R72", "R73")
@pytest.mark.parametrize(
    ("key", "label", "clause"),
    [
        ("plan", "实施方案", "四（一）"),
        ("experts", "专家论证意见", "四（二）"),
        ("legality", "规范性合法性审查意见", "四（二）"),
        ("minutes", "“三重一大”会议纪要", "四（三）"),
        ("purchase", "采购方案", "三（二）8"),
    ],
)
def test_a_slot_names_its_clause(key: str, label: str, clause: str) -> None:
    slot = slots(TERMINAL)[key]
    assert (slot.label, slot.clause) == (label, clause)
    assert slot.reason


@pytest.mark.covers("R73", "R89")
def test_a_private_school_gives_its_boards_minutes() -> None:
    # Q21
    private = replace(APP, ownership=Ownership.PRIVATE)
    assert slots(private)["minutes"].label == "董事会或校务会会议纪要"


@pytest.mark.covers("R69")
def test_the_number_of_experts_is_the_offices_own() -> None:
    # Q22
    assert slots(APP)["experts"].reason.startswith("专家不少于3人，其中校外不少于1人；")
    office = OfficeRules(experts_min=5, experts_outside_min=2)
    assert slots(APP, office)["experts"].reason.startswith("专家不少于5人，其中校外不少于2人；")


@pytest.mark.covers("R68", "R70", "R74")
@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("plan", "基础设施 师资力量 教学资源 保障措施"),
        ("experts", "必要性 可行性 规范性 适切性 安全性 技术先进性 经济合理性"),
        ("minutes", "会议名称 日期 参会人员 本项目名称 结果"),
    ],
)
def test_a_slot_says_what_its_paper_has_to_hold(key: str, words: str) -> None:
    assert [word for word in words.split() if word not in slots(APP)[key].reason] == []


@pytest.mark.parametrize(
    ("setting", "is_required", "or_reason"),
    [
        # Q1: as shipped a stated reason will do
        ("warn", True, True),
        ("block", True, False),
        ("off", False, False),
    ],
)
def test_the_proof_of_a_product_number(setting: Any, is_required: bool, or_reason: bool) -> None:
    office = OfficeRules(require_product_no=setting)
    slot = slots(replace(APP, product_no_known=False), office)["product_no"]
    assert (slot.required, slot.or_reason) == (is_required, or_reason)


def test_a_device_without_apps_has_no_slot_for_a_product_number() -> None:
    assert "product_no" not in slots(TERMINAL)


def test_a_kindergarten_pilot_is_decided_by_its_head() -> None:
    assert slots(PILOT)["minutes"].label == "校长决定记录"
    pre = replace(PILOT, stages_in_use=(SchoolStage.KINDERGARTEN,))
    assert slots(pre)["minutes"].label == "园长决定记录"


def test_what_is_only_welcome_is_offered_too() -> None:
    assert not slots(APP)["guardian"].required
    assert not slots(PILOT)["plan"].required


@pytest.mark.covers("R80", "R88")
def test_a_scan_of_the_seal_is_asked_for_only_where_the_office_goes_by_it() -> None:
    assert "seal" not in slots(APP)
    for facts in (APP, PILOT):
        slot = slots(facts, OfficeRules(seal_mode="scan"))["seal"]
        # No step may require paper (四（四） 无纸化管理).
        assert (slot.label, slot.required, slot.clause) == ("盖章扫描件", False, "附件")
