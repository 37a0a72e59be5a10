"""Which documents a filing needs, and why."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from storage.rules.facts import Facts
from storage.rules.office import OfficeRules
from storage.rules.pilot import weigh_pilot
from storage.rules.terms import Kind, Ownership, Scale, SchoolStage, clause

SCAN: Final = "scan"
SEAL: Final = "seal"
"""The place of the scan that the annex cites beside the school's name."""


class Slot(NamedTuple):
    """A place for one document. ``or_reason``: a stated reason may stand in for the file.

    ``clause`` is empty where the notice does not name the document and the office asks for it.
    """

    key: str
    label: str
    required: bool
    clause: str
    reason: str
    or_reason: bool = False


def required_documents(facts: Facts, office: OfficeRules) -> tuple[Slot, ...]:
    """Return the documents of this filing, the required and the merely welcome, in asking order.

    A wish for a pilot that passes its limits is a full filing here too.
    The form itself is drawn from data and the fee declaration is answered in the chat, so neither
    is a slot; papers of acceptance come after the decision.

    Source: 四（一） to 四（三）, 三（二）8, 二（三）; requirements A.3, B.8, B.9.
    """
    is_pilot = facts.scale is Scale.PILOT and weigh_pilot(facts, office, ()).inside
    steps = _pilot_steps(facts) if is_pilot else _full_steps(facts, office)
    return (
        *steps,
        *_purchase(facts, is_pilot),
        *_product_number(facts, office),
        *_personal_data(facts),
        *_seal(office),
    )


def _seal(office: OfficeRules) -> tuple[Slot, ...]:
    """Ask for the scan of the sealed form where the office goes by it (Q12); never a must (R80)."""
    if office.seal_mode != "scan":
        return ()
    reason = "打印审批表，由学校盖章后拍照或扫描上传；没有盖章的，以校长本人确认为准。"
    return (Slot(SEAL, "盖章扫描件", False, clause("附件"), reason),)


def on_paper(slots: Sequence[Slot]) -> tuple[Slot, ...]:
    """Return the papers of a case that came on paper: the scan of it all, the others as welcome.

    Source: R80 (paper remains possible as a scan), R96 (the scanned signature stands).
    """
    scan = Slot(SCAN, "纸质审批表扫描件", True, clause("附件"), "应能看清校长签字和日期。")
    return (scan, *(slot._replace(required=False) for slot in slots))


def _full_steps(facts: Facts, office: OfficeRules) -> tuple[Slot, ...]:
    experts = (
        f"专家不少于{office.experts_min}人，其中校外不少于{office.experts_outside_min}人；"
        "应论证必要性、可行性、规范性、适切性、安全性、技术先进性和经济合理性。"
    )
    is_private = facts.ownership is Ownership.PRIVATE
    minutes = "董事会或校务会会议纪要" if is_private else "“三重一大”会议纪要"
    return (
        Slot(
            "plan",
            "实施方案",
            True,
            clause("四（一）"),
            "应结合基础设施、师资力量、教学资源、保障措施制定。",
        ),
        Slot("experts", "专家论证意见", True, clause("四（二）"), experts),
        Slot(
            "legality",
            "规范性合法性审查意见",
            True,
            clause("四（二）"),
            "由学校指定的人员审查并署名。",
        ),
        Slot(
            "minutes",
            minutes,
            True,
            clause("四（三）"),
            "应写明会议名称、日期、参会人员、所议的本项目名称和结果。",
        ),
    )


def _pilot_steps(facts: Facts) -> tuple[Slot, ...]:
    # What the school checks and decides is recorded here: no paper is asked for (四（四） 无纸化).
    place = clause("三（一）5")
    decision = "园长" if set(facts.stages_in_use) == {SchoolStage.KINDERGARTEN} else "校长"
    return (
        Slot("plan", "简要方案", False, place, "试点可附简要方案。"),
        Slot("legality", "学校审查清单", False, place, "审查人在本程序中逐条确认，可另附扫描件。"),
        Slot(
            "minutes", f"{decision}决定记录", False, place, "在本程序中决定并留痕，可另附扫描件。"
        ),
    )


def _purchase(facts: Facts, is_pilot: bool) -> tuple[Slot, ...]:
    is_full_terminal = facts.kind is not Kind.APP and not is_pilot
    if not (is_full_terminal or facts.is_purchase):
        return ()
    reason = "终端项目需附采购方案。" if is_full_terminal else "涉及采购的项目需附采购方案。"
    return (Slot("purchase", "采购方案", True, clause("三（二）8"), reason),)


def _product_number(facts: Facts, office: OfficeRules) -> tuple[Slot, ...]:
    if not facts.has_apps:
        return ()
    place, label = clause("二（三）"), "产品备案号证明"
    if facts.product_no_known:
        return (Slot("product_no", label, False, place, "产品库中已有产品备案号。"),)
    if office.require_product_no == "off":
        return (Slot("product_no", label, False, place, "可附产品备案号证明。"),)
    each = "每个预装应用" if facts.kind is Kind.TERMINAL else "应用"
    if office.require_product_no == "block":
        return (Slot("product_no", label, True, place, f"{each}须有产品备案号。"),)
    reason = f"{each}需附产品备案号证明；暂时没有的，请说明原因。"
    return (Slot("product_no", label, True, place, reason, or_reason=True),)


def _personal_data(facts: Facts) -> tuple[Slot, ...]:
    slots = [
        Slot(
            "guardian",
            "家长告知或征求意见材料",
            facts.broad_data,
            "",
            "较多收集个人信息的项目需附。" if facts.broad_data else "建议附上。",
        )
    ]
    if facts.minors_data or facts.biometrics:
        slots.append(Slot("privacy", "隐私和数据说明", True, "", "项目收集未成年人信息。"))
    if facts.biometrics:
        reason = "采集生物识别信息的，需从科学、伦理和安全方面论证。"
        slots.append(Slot("biometrics", "生物识别必要性论证", True, "", reason))
    return tuple(slots)
