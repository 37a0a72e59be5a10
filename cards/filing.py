"""Cards of a filing on its way to the principal: kinds, products, papers, last look, returns."""

from __future__ import annotations

from collections.abc import Sequence

from cards.form import Offer, answered_card, step_card
from cards.language import Button, Card, Tap
from storage.rules.documents import Slot
from storage.rules.routing import Part, Route
from storage.rules.terms import Desk

BUTTON_CHARS = 10
BODY_CHARS = 160
"""So much of a body is seen at once everywhere."""

KINDS: Offer = (
    ("app", "应用"),
    ("terminal", "移动学习终端"),
    ("both", "两者都有"),
    ("unsure", "不确定要不要备案"),
)


def kind_card(salutation: str) -> Card:
    """Ask what is to be filed."""
    return Card(
        title="进校园备案",
        body=f"{salutation}要备案的是哪一类？应用指APP、小程序、网页平台；终端指平板、学习机等。",
        buttons=tuple(Button(words, Tap("form.kind", key)) for key, words in KINDS),
    )


def kind_chosen_card(kind: str) -> Card:
    """Draw that question after its answer was tapped."""
    return answered_card("进校园备案", "要备案的是哪一类？", dict(KINDS)[kind])


def school_card(rows: Sequence[tuple[str, str]]) -> Card:
    """Ask which of a person's schools files, as (key, name)."""
    return Card(
        title="进校园备案",
        body="\n".join(["您在以下单位都有职务，这次为哪个单位备案？", *_spelled_out(rows)]),
        buttons=tuple(Button(name[:BUTTON_CHARS], Tap("form.school", key)) for key, name in rows),
    )


def _spelled_out(rows: Offer) -> list[str]:
    """Return what the buttons say in full, where a button would cut any of it."""
    if all(len(words) <= BUTTON_CHARS for _, words in rows):
        return []
    return [f"{at} {words}" for at, (_, words) in enumerate(rows, start=1)]


def product_card(name: str, rows: Sequence[tuple[str, str]], draft_id: str) -> Card:
    """Let one of several products of the same name be picked, as (key, words)."""
    lines = "\n".join(f"{at} {words}" for at, (_, words) in enumerate(rows, start=1))
    offer = [
        (key, "都不是" if key == "none" else f"选第{at}个")
        for at, (key, _) in enumerate(rows, start=1)
    ]
    return step_card(
        f"“{name[:16]}”是哪一个",
        step="product",
        draft_id=draft_id,
        offer=offer,
        body=f"您要的是？\n{lines}",
    )


def same_card(title: str, rows: Sequence[str], offer: Offer, draft_id: str) -> Card:
    """Show that the school has filed this product before."""
    return step_card(
        f"已有“{title[:16]}”的备案",
        step="same",
        draft_id=draft_id,
        offer=offer,
        body="贵校已有同一产品的备案：\n"
        + "\n".join(rows)
        + "\n如只是补充材料或查进度，不必重新备案。",
    )


def summary_card(
    rows: Sequence[tuple[str, str]], troubles: Sequence[str], offer: Offer, draft_id: str
) -> Card:
    """Show what was recognised in one message, to be confirmed once."""
    body = "请核对，有误的直接发正确内容，或发“修改”加项名。"
    if troubles:
        body = "\n".join(troubles) + "\n" + body
    return step_card(
        "已认出以下内容",
        step="summary",
        draft_id=draft_id,
        offer=offer,
        facts=rows,
        body=body,
        main="ok",
    )


def papers_card(
    missing: Sequence[Slot], have: int, need: int, link: str, draft_id: str, offer: Offer
) -> Card:
    """List the papers that are still missing, with the page that takes them."""
    lines = [f"{at} {slot.label}：{slot.reason}" for at, slot in enumerate(missing, start=1)]
    ahead = "还需要以下材料，手机里的文件从链接上传，照片可以直接发来："
    if len(ahead) + len("\n".join(lines)) >= BODY_CHARS:
        lines = [f"{at} {slot.label}" for at, slot in enumerate(missing, start=1)]
        lines.append("每份材料的要求见上传页。")
    return step_card(
        f"材料 {have}/{need}",
        step="papers",
        draft_id=draft_id,
        offer=offer,
        body="\n".join([ahead, *lines]),
        link=("上传材料", link),
    )


def slot_card(name: str, rows: Offer, draft_id: str, mark: int) -> Card:
    """Ask which paper a file is; ``mark`` is what its buttons know it by."""
    return Card(
        title="这份文件是哪项材料",
        body="\n".join([f"收到“{name}”，请选它是哪一项：", *_spelled_out(rows)]),
        buttons=tuple(
            Button(words[:BUTTON_CHARS], Tap("draft.slot", f"{key}:{draft_id}", mark))
            for key, words in rows
        ),
    )


def route_text(route: Route, names: dict[Desk, str], days: int) -> str:
    """Say who leads, who looks along and on which clause, and the days expected."""
    lines = []
    for parts in route.filings:
        ahead = (
            "、".join(stage.label for stage in parts[0].stages) + "："
            if len(route.filings) > 1
            else ""
        )
        lines.append(ahead + "；".join(_part_text(part, names, len(parts) > 1) for part in parts))
    number = f"分{len(route.filings)}件办理，各有备案号。" if len(route.filings) > 1 else ""
    return "\n".join(
        [
            "办理路径：",
            *lines,
            f"{number}签署后预计{days}个工作日（内部办理时限，不含补正）。",
        ]
    )


def _part_text(part: Part, names: dict[Desk, str], several: bool) -> str:
    seats = "、".join(
        names.get(seat.desk, seat.desk.label)
        + f"（{seat.clause}{'' if seat.blocking else '，供参考'}）"
        for seat in part.co_reviewers
    )
    ahead = f"{part.kind.label}部分由" if several else "由"
    told = "、".join(names.get(desk, desk.label) for desk in part.cc)
    return (
        f"{ahead}{names.get(part.lead.desk, part.lead.desk.label)}牵头审批（{part.lead.clause}）"
        + (f"，{seats}会审" if seats else "")
        + (f"，抄送{told}" if told else "")
        + f"，{names.get(part.registrar_desk, part.registrar_desk.label)}备案登记（四（四））"
    )


def check_card(
    title: str,
    facts: Sequence[tuple[str, str]],
    overview: str,
    route: str,
    offer: Offer,
    draft_id: str,
    warnings: Sequence[str],
) -> Card:
    """Show everything once more before it goes to the principal."""
    # What cannot be read on the card whole shall be the overview: the writer knows it.
    body = "\n".join(part for part in (*warnings, route, f"项目概况：{overview}") if part)
    return step_card(
        f"请检查：{title[:20]}",
        step="check",
        draft_id=draft_id,
        offer=offer,
        facts=facts,
        body=body,
        main="send",
    )


def returned_card(
    case: str, title: str, rows: Sequence[str], offer: Offer, link: str, draft_id: str, until: str
) -> Card:
    """Show exactly what is to be mended before the filing is handed back."""
    lines = "\n".join(f"{at} {row}" for at, row in enumerate(rows, start=1))
    return step_card(
        f"“{title[:16]}”需要补正",
        step="mend",
        draft_id=draft_id,
        offer=offer,
        case=case,
        body=f"{lines}\n改好后点“交回”。补正期间不计办理时间，其他部门的意见保留。{until}",
        link=("上传材料", link),
        main="hand",
    )


def unsigned_card(
    case: str, title: str, rows: Sequence[str], offer: Offer, link: str, draft_id: str
) -> Card:
    """Show what the principal wants changed, or what was taken back, before it is signed."""
    lines = [f"{at} {row}" for at, row in enumerate(rows, start=1)]
    return step_card(
        f"修改“{title[:16]}”",
        step="mend",
        draft_id=draft_id,
        offer=offer,
        case=case,
        body="\n".join([*lines, "改好后点“交回”，再请校长签署。"]),
        link=("上传材料", link),
        main="hand",
    )
