"""Self-inspection (自查) of what is in use: what is asked, how a round stands, whom it visits."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final, NamedTuple, Self

from storage.rules import workdays
from storage.rules.facts import Facts
from storage.rules.followup import following
from storage.rules.terms import (
    Desk,
    Kind,
    NotAllowedError,
    RuleViolationError,
    SchoolStage,
    Term,
    clause,
)
from storage.rules.workdays import Calendar

CLAUSE: Final = clause("四")
"""定期组织开展自查工作，及时处置相关问题."""

DAYS: Final = 15
"""How many working days of the schools a round takes where nobody says otherwise."""

MOST_DAYS: Final = 92
LAST_CALL: Final = 2
"""How many working days before its end a round is reminded of for the last time."""

PERCENT: Final = 3


class RoundState(Term):
    """Where a round stands."""

    PLANNED = "planned", "未开始"
    OPEN = "open", "进行中"
    CLOSED = "closed", "已结束"
    CANCELLED = "cancelled", "已取消"


class RoundAct(Term):
    """What becomes of a round."""

    BEGIN = "begin_inspection", "开始自查"
    CANCEL = "cancel_inspection", "取消自查"
    CLOSE = "close_inspection", "结束自查"


ROUND_MOVES: Final[Mapping[tuple[RoundState, RoundAct], RoundState]] = MappingProxyType(
    {
        (RoundState.PLANNED, RoundAct.BEGIN): RoundState.OPEN,
        (RoundState.PLANNED, RoundAct.CANCEL): RoundState.CANCELLED,
        (RoundState.OPEN, RoundAct.CLOSE): RoundState.CLOSED,
    }
)


class SheetState(Term):
    """Where one school's sheet stands: what did not come is never called late (E.0)."""

    ASKED = "asked", "尚未收到"
    RECEIVED = "received", "已收到"


class Item(NamedTuple):
    """One of the seven items: what is declared, what a 否 asks for, and which desk hears of it."""

    no: int
    text: str
    mend: str
    clause: str
    desk: Desk | None = None


ITEMS: Final[Mapping[int, Item]] = MappingProxyType(
    {
        item.no: item
        for item in (
            Item(1, "仍在使用", "不再使用的，请发“注销”加办件号办理", "四（四）"),
            Item(2, "使用范围与备案一致", "请调整使用范围，或发“变更”加办件号办理", "四（四）"),
            Item(
                3,
                "没有直接或间接向家长收费",
                "请停止收费并说明已收费用的处理",
                "二（一）",
                Desk.FINANCE,
            ),
            Item(4, "没有与分班、评价挂钩", "请停止挂钩并说明对学生的安排", "二（二）"),
            Item(
                5,
                "产品版本和收费方式没有重大变化",
                "有重大变化的，请发“变更”加办件号办理",
                "四（四）",
            ),
            Item(
                6,
                "没有发现侵权、反动、暴力、涉黄等内容",
                "请先停止使用相关内容并说明位置",
                "三（二）2",
                Desk.LEGAL,
            ),
            Item(
                7,
                "经费与验收手续齐全",
                "请补齐手续，验收请发“验收”加办件号办理",
                "三（二）3",
                Desk.FINANCE,
            ),
        )
    }
)
"""What each filing in force is asked (requirements A.12)."""

APART: Final = (3, 4)
"""Always asked by themselves: 二（一） 免费, 二（二） 公平."""


def items_of(facts: Facts) -> tuple[int, ...]:
    """Return which items a filing is asked: 7 only where money is spent or something is accepted.

    Source: requirements A.12; 三（二）3, 三（二）8.
    """
    return tuple(no for no in ITEMS if no != 7 or following(facts))


def questions(asked: Iterable[Sequence[int]], *, one_by_one: bool) -> tuple[int, ...]:
    """Return which items a school is asked, in their order: all, or those that no button answers
    for all filings at once."""
    wanted = {no for items in asked for no in items}
    return tuple(no for no in ITEMS if no in wanted and (one_by_one or no in APART))


@dataclass(frozen=True, slots=True)
class RoundScope:
    """What a round is about; what is empty limits nothing."""

    stages: tuple[SchoolStage, ...] = ()
    kind: Kind | None = None
    product_key: str = ""
    product: str = ""

    @classmethod
    def from_dict(cls, kept: Mapping[str, object]) -> Self:
        """Read what ``to_dict`` wrote."""
        stages = kept.get("stages") or ()
        assert isinstance(stages, (list, tuple))
        kind = kept.get("kind")
        return cls(
            tuple(SchoolStage(one) for one in stages),
            Kind(str(kind)) if kind else None,
            str(kept.get("product_key") or ""),
            str(kept.get("product") or ""),
        )

    def to_dict(self) -> dict[str, object]:
        """Return it as plain JSON data."""
        return {
            "stages": [one.value for one in self.stages],
            "kind": self.kind.value if self.kind else "",
            "product_key": self.product_key,
            "product": self.product,
        }

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of filings that are asked about."""
        return (self.kind, Kind.BOTH) if self.kind else tuple(Kind)

    def takes_in(self, levels: Collection[SchoolStage]) -> bool:
        """Say whether a school of these levels is asked."""
        return not self.stages or not set(self.stages).isdisjoint(levels)

    @property
    def words(self) -> str:
        """The scope as people read it: 小学、初中｜应用."""
        parts = (
            "、".join(one.label for one in self.stages) or "各学段",
            self.kind.label if self.kind else "应用和终端",
            f"产品“{self.product}”" if self.product else "",
        )
        return "｜".join(part for part in parts if part)


class RoundDays(NamedTuple):
    """The days of a round: it opens, is reminded of twice, and closes (that day counted)."""

    opens_on: date
    half_on: date
    last_on: date
    closes_on: date


def round_days(opens_on: date, closes_on: date, today: date, schools: Calendar) -> RoundDays:
    """Return the days of a round, its reminders counted in working days of the schools.

    Half time is half of its working days after it opens; the last call ``LAST_CALL`` working days
    before it closes. In a short round both may fall together: then the last call is the only one.

    Raises:
        RuleViolationError: it would open in the past, close before it opens, or last too long.

    Source: requirements A.12; the days are the office's own (内部办理时限).
    """
    if opens_on < today:
        raise RuleViolationError("开始日期不能早于今天，请重新发起止日期。")
    if closes_on <= opens_on:
        raise RuleViolationError("结束日期应晚于开始日期，请重新发起止日期。")
    if (closes_on - opens_on).days > MOST_DAYS:
        raise RuleViolationError("一轮自查最长三个月，请重新发起止日期。")
    long = workdays.between(opens_on, closes_on, schools)
    half = workdays.add(opens_on, long // 2, schools).on
    last = closes_on
    for _ in range(LAST_CALL):
        last = workdays.last_workday(last, schools)
    return RoundDays(opens_on, half, max(last, opens_on), closes_on)


def usual_days(today: date, schools: Calendar) -> tuple[date, date]:
    """Return when a round opens and closes where nobody says otherwise: from the schools' next
    working day on, so that it may still be taken back today."""
    opens = workdays.next_workday(today, schools).on
    return opens, workdays.add(opens, DAYS, schools).on


def turn(state: RoundState, act: RoundAct) -> RoundState:
    """Return the state that ``act`` leads a round to.

    Raises:
        NotAllowedError: no such step.
    """
    to = ROUND_MOVES.get((state, act))
    if to is None:
        raise NotAllowedError(f"这轮自查{state.label}，不能{act.label}。")
    return to


def must_take_answers(state: RoundState, days: RoundDays, today: date) -> None:
    """Refuse an answer outside the days of a round.

    Raises:
        NotAllowedError: it has not begun, or is over.
    """
    if state is RoundState.OPEN and days.opens_on <= today <= days.closes_on:
        return
    if state is RoundState.CANCELLED:
        raise NotAllowedError("这轮自查已取消，不需要填报。")
    if today < days.opens_on or state is RoundState.PLANNED:
        raise NotAllowedError(f"这轮自查{days.opens_on.month}月{days.opens_on.day}日开始。")
    raise NotAllowedError(
        f"这轮自查到{days.closes_on.month}月{days.closes_on.day}日为止，已经结束"
        f"（温教办技〔2022〕65号{CLAUSE}）。需要补充的，请与教育技术部门联系，或发“人工”。"
    )


def sample(seed: str, schools: Iterable[str], percent: int = PERCENT) -> tuple[str, ...]:
    """Draw ``percent`` of 100 of ``schools``, one at least, by a seed that was written down.

    Shuffled by a digest, not by a generator: the same list on any machine and version, whatever
    the order in which they are given.
    """
    order = sorted(
        set(schools), key=lambda one: (hashlib.sha256(f"{seed}:{one}".encode()).digest(), one)
    )
    return tuple(order[: max(1, -(-len(order) * percent // 100))])
