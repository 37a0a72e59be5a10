"""The four steps before a filing as gates, and words that call for a question."""

from datetime import date
from typing import Final, NamedTuple

from storage.rules.terms import clause


class StepDates(NamedTuple):
    """When each step was held; ``None`` where it is not known. Dates are the office's."""

    experts_on: date | None = None
    legality_on: date | None = None
    minutes_on: date | None = None
    submit_on: date | None = None
    purchase_on: date | None = None


class StepQuestion(NamedTuple):
    """Something the school is asked to explain; never a refusal.

    ``states`` is what was seen, for whoever reads the explanation, ``asks`` what is asked of it.
    """

    key: str
    states: str
    asks: str
    clause: str

    @property
    def sentence(self) -> str:
        """Return the question as the school reads it."""
        return f"{self.states}，{self.asks}。"


def step_questions(dates: StepDates) -> tuple[StepQuestion, ...]:
    """Ask about dates that run backwards: argument ≤ decision ≤ submission, purchase last.

    Equal dates are in order; a missing date asks nothing here (the document is missing instead).

    Source: 四（二） 事前审查, 四（三）, 四（四）; requirements A.5, R71.
    """
    pairs = (
        ("experts", "专家论证", dates.experts_on, "集体决策", dates.minutes_on, "四（二）"),
        ("legality", "合法性审查", dates.legality_on, "集体决策", dates.minutes_on, "四（二）"),
        ("minutes", "集体决策", dates.minutes_on, "报送", dates.submit_on, "四（三）"),
        ("purchase", "集体决策", dates.minutes_on, "采购", dates.purchase_on, "四（二）"),
    )
    return tuple(
        StepQuestion(
            key,
            f"{first}的日期{spoken(earlier)}晚于{second}的日期{spoken(later)}",
            "请说明原因",
            clause(place),
        )
        for key, first, earlier, second, later, place in pairs
        if earlier is not None and later is not None and earlier > later
    )


_SPECIAL_CLASSES: Final = ("智慧班", "未来班", "实验班")


def fairness_questions(overview: str) -> tuple[StepQuestion, ...]:
    """Ask about a special class that the overview names; it is a question, never a block.

    Source: 二（二）; requirements B.6.
    """
    named = [word for word in _SPECIAL_CLASSES if word in overview]
    if not named:
        return ()
    words = "、".join(f"“{word}”" for word in named)
    asks = "请说明这些班级如何产生，其他学生如何安排"
    return (StepQuestion("special_class", f"概况中提到{words}", asks, clause("二（二）")),)


def spoken(on: date) -> str:
    """Return a date as people say it: ``2026年3月12日（周四）``."""
    return f"{on.year}年{on.month}月{on.day}日（周{'一二三四五六日'[on.weekday()]}）"
