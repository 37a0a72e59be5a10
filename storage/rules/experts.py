"""What a school tells of its experts' argument (专家论证), held against what is asked of it."""

from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

from storage.rules.office import OfficeRules
from storage.rules.terms import Term


class Aspect(Term):
    """One of the seven things that the experts weigh (四（二）)."""

    NEED = "need", "必要性"
    FEASIBLE = "feasible", "可行性"
    REGULAR = "regular", "规范性"
    FITTING = "fitting", "适切性"
    SAFE = "safe", "安全性"
    ADVANCED = "advanced", "技术先进性"
    ECONOMIC = "economic", "经济合理性"


class Expert(NamedTuple):
    """One expert; ``unit`` and ``title`` are empty where the school did not write them."""

    name: str
    unit: str = ""
    title: str = ""

    def __str__(self) -> str:
        beside = "，".join(part for part in (self.unit, self.title) if part)
        return f"{self.name}（{beside}）" if beside else self.name


_OWN: Final = ("本校", "我校", "校内", "本园", "我园", "本单位")


def is_outside(expert: Expert, school: str) -> bool:
    """Tell whether an expert is of another unit; one whose unit is not named counts as none."""
    unit = expert.unit
    return bool(unit) and unit not in school and school not in unit and not unit.startswith(_OWN)


def about_experts(experts: Sequence[Expert], school: str, office: OfficeRules) -> list[str]:
    """Say what the experts as written fall short of; nothing where none were written.

    Never a reason to hold a filing up: what counts is the document itself.

    Source: 四（二）; requirements R69 (name, unit, title; the numbers are the office's own).
    """
    if not experts:
        return []
    found = []
    if len(experts) < office.experts_min:
        found.append(f"所写专家{len(experts)}人，要求不少于{office.experts_min}人")
    outside = sum(is_outside(one, school) for one in experts)
    if outside < office.experts_outside_min:
        found.append(f"其中校外{outside}人，要求不少于{office.experts_outside_min}人")
    bare = [one.name for one in experts if not (one.unit and one.title)]
    if bare:
        found.append(f"未写全单位或职称：{'、'.join(bare)}")
    return found


def aspects_missing(told: Collection[str]) -> list[str]:
    """Return the aspects of which nothing was written, where anything was (R70)."""
    return [one.label for one in Aspect if one.value not in told] if told else []
