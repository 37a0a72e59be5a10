"""What can be tried on a case: every button that is ever shown, and every act by typed words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from sqlalchemy import select

from cards.language import Tap
from storage import tables as t
from storage.transaction import Transaction
from tests.machine.picture import Picture, take
from tests.matrix.case import CASE, Case

NOBODY_HAS: Final = "0" * 20
TASK: Final = re.compile(rf"{CASE}:(intake|co_review|decision|registration):(\w+):\d+:\d+")
BESIDE: Final = re.compile(r"followup:(acceptance|audit|case)|product stop")
_ID: Final = re.compile(r"[0-9a-hjkmnp-tv-z]{20}")
_MARK: Final = re.compile(r":[0-9a-f]{8}$")

TYPED: Final[Mapping[str, tuple[str, ...]]] = {
    "progress": (f"进度 {CASE}",),
    "mend": (f"补正 {CASE}",),
    "withdraw": (f"撤回 {CASE}", "[确定撤回]"),
    "approve": (f"同意 {CASE}", "[确认]"),
    "return": (f"退回 {CASE} 请补充说明", "[发出]"),
    "reject": (f"不予通过 {CASE} 已有同类应用", "[发出]"),
    "register": (f"登记 {CASE}",),
    "annex": (f"审批表 {CASE}",),
    "spending": (f"费用 {CASE}",),
    "hand_over": (f"转办 {CASE} 法规legal2",),
    "add_signer": (f"加签 {CASE} 计财处 需核实押金", "[等其意见]"),
    "ask_lead": (f"退回说明 {CASE} 请说明名称", "[发出]"),
    "reroute": (f"转出 {CASE} 幼儿园", "[确认转出]"),
    "undo": (f"撤销 {CASE}", "[确定撤销]"),
    "urge": (f"催办 {CASE}",),
    "supplement": (f"补充意见 {CASE} 首页有广告",),
    "appeal": (f"申请复核 {CASE} 两款应用用途不同", "[提交申请]"),
    "trail": (f"查 {CASE} 全过程",),
    "reveals": (f"查 {CASE} 谁看过号码",),
    "measure": (f"暂停 {CASE} 有收费", "[收费问题]", "[确认暂停]"),
    "second": (f"确认撤销 {CASE}",),
    "cancel": (f"注销 {CASE}", "[确认注销]"),
    "amend": (f"变更 {CASE}",),
    "renew": (f"续期 {CASE}",),
    "owner": (f"同意担任 {CASE}",),
    "correct": (f"更正公告 {CASE}",),
    "check_pilot": (f"审查 {CASE}", "全部属实"),
    "refuse_pilot": (f"退给经办 {CASE} 请补充说明",),
    "call_in": (f"提级 {CASE} 请按全面备案办理",),
    "grow_pilot": (f"试点人数 {CASE} 2个班，90人",),
    "end_pilot": (f"结束试点 {CASE}", "[确定结束]"),
    "convert": (f"转全面备案 {CASE}",),
    "accept": (f"验收 {CASE}",),
    "audit": (f"审计 {CASE} 3月12日 未见问题",),
    "guide": (f"课堂指导 {CASE} 听课2节",),
    "evaluate": (f"评估 {CASE} 达到预期 都见到",),
    "topic": (f"课题 {CASE} 分级阅读研究",),
    "case": (f"典型案例 {CASE} 有成效",),
}
"""Route of typed words that name a case → what is typed, and the buttons [tapped] after it."""

OWN_MATTERS: Final = (
    "form.", "draft.", "sheet.", "help.", "absence.", "paper.", "succession.", "needed.",
    "workdays.", "digest.", "rules.", "inspect.", "selfcheck.", "rectify.", "query.",
    "report.", "unfiled.",
)  # fmt: skip
"""Verbs of a draft's own conversation, which no case has, and what comes of people:
who is away, who entered it from paper, who goes on for a leaver; which days are worked; what a
morning told of; which rules hold; what a round asks of all filings of a school; what anybody asks
and reports, and what is counted of that. tests/handlers and tests/stories have theirs."""


class Button(NamedTuple):
    """A button as every path knows it, ids read as names, with its list's first option chosen."""

    verb: str
    subject: str
    choices: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a case stands: what its ids are called, and every button that was shown so far."""

    ids: Mapping[str, str]
    shown: Mapping[tuple[str, str], list[int]]
    buttons: tuple[Button, ...]
    picture: Picture

    @classmethod
    def of(cls, case: Case) -> Standing:
        """Look at a case once."""
        picture = case.reads(take)
        names = {
            one: ":".join(map(str, name)) if isinstance(name, tuple) else name
            for one, name in picture.names.items()
        }
        names |= dict(case.reads(_beside))
        shown: dict[tuple[str, str], list[int]] = {}
        buttons = []
        for _, card in case.cards():
            some = tuple((one.key, tuple(o.key for o in one.options[:1])) for one in card.selects)
            for tap in (button.tap for button in card.buttons if button.tap):
                subject = _ID.sub(lambda found: names.get(found[0], "?"), tap.subject)
                subject = _MARK.sub(":mark", subject)
                shown.setdefault((tap.verb, subject), []).append(tap.seen)
                buttons.append(Button(tap.verb, subject, some))
        return cls({name: one for one, name in names.items()}, shown, tuple(buttons), picture)

    def tap(self, button: Button, back: int) -> Tap:
        """Return a button as it stands on this case, or was ``back`` versions before.

        Where it was never shown here it is made up, as somebody could who knows how.
        """
        seen = self.shown.get((button.verb, button.subject), [self._version(button.subject)])[-1]
        subject = TASK.sub(lambda name: self.ids.get(name[0], NOBODY_HAS), button.subject)
        subject = BESIDE.sub(lambda name: self.ids.get(name[0], NOBODY_HAS), subject)
        if subject == button.subject:
            subject = subject.replace(CASE, self.ids.get(CASE, NOBODY_HAS))
        subject = subject.removesuffix(":mark") + ":00000000" * subject.endswith(":mark")
        return Tap(button.verb, subject, seen - back, dict(button.choices))

    def _version(self, subject: str) -> int:
        for name, task in self.picture.tasks.items():
            if subject.startswith(":".join(map(str, name))):
                return task[1]
        return self.picture.cases[CASE][1]


def _beside(tx: Transaction) -> list[tuple[str, str]]:
    """Return what the rows beside a filing are called, by their ids: what follows it, a stop."""
    rows = tx.execute(select(t.followup.c.id, t.followup.c.kind)).all()
    stops = tx.execute(select(t.product_stop.c.id)).scalars()
    found = [(row.id, f"followup:{row.kind}") for row in rows]
    return [*found, *((one, "product stop") for one in stops)]


def every_button(standings: Iterable[Standing]) -> list[Button]:
    """Return one button of each kind that was ever shown anywhere, in order.

    Of one kind are buttons that differ in what is chosen only. Each desk's are kinds of their own.
    """
    found: dict[tuple[str, str], Button] = {}
    for standing in standings:
        for button in standing.buttons:
            if not button.verb.startswith(OWN_MATTERS):
                task = TASK.match(button.subject)
                kind = f"{task[1]} {task[2]}" if task else ""
                found.setdefault((button.verb, kind), button)
    return [found[kind] for kind in sorted(found)]
