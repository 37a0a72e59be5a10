"""工作群通报: the numbers of a week or a month for a group, and the words of its picture.

Numbers only: no school, no person, no department, and nobody compared with anybody else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from cards.figures import counted
from cards.language import Card
from storage.figures import Figures

NOTE: Final = "只有件数，不含学校和人员。"
COUNTED: Final = (
    "新收以学校签署为准；办结为已备案和不予通过；工作日从签署到备案，含学校补正的时间。"
    "数字按打开时的台账统计，五分钟更新一次。"
)


class Bar(NamedTuple):
    """A week or a month on the chart: what stands under it, what came and what ended."""

    label: str
    received: int
    ended: int


@dataclass(frozen=True, slots=True)
class Section:
    """What is told of one week or month. ``trend`` ends with it, ``axis`` says what its bars are;
    ``own`` are the numbers of the authority itself, where ``total`` is of several."""

    when: str
    than: str
    chart: str
    axis: str
    total: Figures
    trend: Sequence[Bar]
    own: Figures | None = None


@dataclass(frozen=True, slots=True)
class BulletinView:
    """Everything that a group is told at one time; ``lines`` come after the numbers."""

    issuer: str
    whose: str
    own: str
    sections: Sequence[Section]
    lines: Sequence[str] = ()

    def with_lines(self, lines: Sequence[str]) -> BulletinView:
        """Return this with ``lines`` after the numbers."""
        return replace(self, lines=lines)

    @property
    def title(self) -> str:
        """What this is, in a few words."""
        return f"{'、'.join(one.when for one in self.sections)}{self.whose}备案情况"


def bulletin_card(view: BulletinView, page: str) -> Card:
    """Return what the group reads; ``page`` opens the chart with its table.

    Source: dialogues E.13.
    """
    lines = [line for one in view.sections for line in _told(view, one)]
    body = "\n".join((*lines, *view.lines))
    return Card(title="", body=body, page=page, page_text="看图表和各期数字")


def _told(view: BulletinView, one: Section) -> list[str]:
    came, *speed = counted(one.total)
    lines = [f"{one.when}{view.whose}备案情况：{came}", *speed]
    if compared := compare(one):
        lines.append(compared)
    if one.own is not None:
        lines.append(f"其中{view.own}新收{one.own.received}件，办结{one.own.ended}件。")
    return lines


def compare(one: Section) -> str:
    """Say how it stands beside the week or month before; empty where there was none."""
    if len(one.trend) < 2:
        return ""
    before, now = one.trend[-2:]
    came, ended = (
        _change(name, new - old)
        for name, old, new in (
            ("新收", before.received, now.received), ("办结", before.ended, now.ended),
        )
    )  # fmt: skip
    return f"比{one.than}：{came}，{ended}。"


def _change(name: str, by: int) -> str:
    if by == 0:
        return f"{name}持平"
    return f"{name}{'多' if by > 0 else '少'}{abs(by)}件"


def bulletin_picture(view: BulletinView, *, page: str, picture: str) -> dict[str, Any]:
    """Return the words and numbers that its picture shows, and where both are had."""
    return {
        "form": "bulletin",
        "title": view.title,
        "issuer": view.issuer,
        "panels": [
            {
                "when": f"{one.when}{view.whose}",
                "tiles": [[name, value] for name, value, _ in tiles(one.total)],
                "compared": compare(one),
                "chart": one.chart,
                "bars": [[bar.label, bar.received, bar.ended] for bar in one.trend],
            }
            for one in view.sections
        ],
        "note": NOTE,
        "address": page,
        "picture": picture,
    }


def tiles(total: Figures) -> list[tuple[str, str, str]]:
    """Return the numbers that stand out: what each is, the number, and its unit."""
    found = [
        ("新收", f"{total.received}", "件"),
        ("办结", f"{total.ended}", "件"),
        ("退回补正", f"{total.returned}", "件"),
    ]
    if total.days:
        found.append(("中位工作日", f"{total.median:g}", "个"))
    return found
