"""The principal's cards: the filing as a whole, four declarations one by one, the signature."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from cards.case import CaseHeading, CaseView, case_facts
from cards.language import Button, Card, Tap
from storage.rules.principles import DECLARATIONS

OTHER: Final = "其他"
REASONS: Final = (
    ("家长自愿购买设备", "家委会代收", "应用内付费", OTHER),
    ("指定品牌或型号", "推荐购买收费应用", OTHER),
    ("用于分班或编班", OTHER),
    ("与评价或评优挂钩", "作业必须使用", OTHER),
)
"""For each declaration what may keep it from holding (二（一）, 二（二）)."""
ADVICE: Final = {
    "家长自愿购买设备": "学校不指定品牌、不组织购买，没有设备的学生也能参加，才可报送",
    "家委会代收": "请停止代收，费用改由学校或财政承担",
    "应用内付费": "建议请企业关闭学生端付费入口后再报送",
    "指定品牌或型号": "请改为不指定品牌和型号",
    "推荐购买收费应用": "请改用不收费的应用或版本",
    "用于分班或编班": "请与分班、编班脱钩",
    "与评价或评优挂钩": "请与评价、评优脱钩",
    "作业必须使用": "请保留不用该应用也能完成作业的办法",
}
"""What makes it hold (E.1)."""


def sign_card(
    view: CaseView,
    seen: int,
    *,
    by: str,
    route: str,
    others: Sequence[str],
    subject: str,
    changes: Sequence[str] | None = None,
) -> Card:
    """Ask the principal to look and to sign; ``route`` says who decides and in how many days.

    ``by`` is who filled it, empty where that was the principal; ``others`` are the case numbers
    signed along with this one; ``changes`` what was changed since the last signature.
    """
    ahead = f"{by}老师提交，请您审核。" if by else "请您核对后签署。"
    if changes is not None:
        ahead = f"{by}老师补正后，" if by else ""
        ahead += f"申报情况有变化，请您重新确认：{'；'.join(changes)}。"
    also = f"一并签署：{'、'.join(others)}。" if others else ""
    return Card(
        title=f"请您签署：{view.title}",
        case=view.case_no,
        facts=case_facts(view),
        body=f"{ahead}{also}{route}",
        buttons=(
            Button("逐条确认并签署", Tap("sign.begin", view.filing_id, seen), tone="main"),
            Button(
                "退给经办" if by else "退回修改",
                Tap("sign.back", view.filing_id, seen),
                tone="warn",
            ),
        ),
        subject=subject,
        page=view.link,
    )


def declaration_card(view: CaseHeading, no: int, seen: int, subject: str) -> Card:
    """Ask for declaration ``no`` (from 1) alone."""
    declaration = DECLARATIONS[no - 1]
    return Card(
        title=f"第{no}条，共{len(DECLARATIONS)}条",
        case=view.case_no,
        lead=view.title,
        body=f"本校承诺：{declaration.text}（{declaration.clause}）。是否属实？",
        buttons=(
            Button("属实", Tap("sign.true", f"{view.filing_id}:{no}", seen), tone="main"),
            Button("不属实", Tap("sign.false", f"{view.filing_id}:{no}", seen), tone="warn"),
        ),
        subject=subject,
        page=view.link,
    )


def submit_card(view: CaseHeading, seen: int, subject: str) -> Card:
    """Ask for the signature itself."""
    return Card(
        title="四条均已确认",
        case=view.case_no,
        lead=view.title,
        body="点“签署提交”即表示您本人代表学校同意报送，时间将记入审批表。",
        buttons=(
            Button("签署提交", Tap("sign.submit", view.filing_id, seen), tone="main"),
            Button("再看看", Tap("sign.look", view.filing_id, seen)),
        ),
        subject=subject,
        page=view.link,
    )


def untrue_card(view: CaseHeading, no: int, seen: int, subject: str) -> Card:
    """Ask which case it is, where a declaration does not hold."""
    return Card(
        title="先不提交",
        case=view.case_no,
        lead=view.title,
        body=f"按温教办技〔2022〕65号{DECLARATIONS[no - 1].clause}，"
        f"应{DECLARATIONS[no - 1].text}。请说明是哪种情况，本件将退回修改，草稿保留。",
        buttons=tuple(
            Button(words, Tap("sign.why", f"{view.filing_id}:{no}:{at}", seen))
            for at, words in enumerate(REASONS[no - 1])
        ),
        subject=subject,
    )
