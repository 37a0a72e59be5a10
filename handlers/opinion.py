"""What somebody is about to record on one task, kept in the conversation until it counts."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final, NamedTuple

from handlers import naming
from handlers.context import Context
from storage.cases import Filing, Task
from storage.rules.criteria import Criterion, Verdict
from storage.rules.terms import Act, RuleViolationError

_BREAKS: Final = r"\s、,，;；:：。."


class Said(NamedTuple):
    """One sentence, and the criteria it is about; none where it is about the whole."""

    keys: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Opinion:
    """One opinion in the making. ``criteria`` were chosen and have no words yet.

    ``answers``: what was typed criterion by criterion; ``advice``: what is proposed with a finding;
    ``source``: the earlier review that is taken over; ``items``: the approved ones of several;
    ``whole``: the desk's other parts are approved with it.
    """

    task: str
    seen: int
    verdict: str
    criteria: tuple[str, ...] = ()
    said: tuple[Said, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)
    advice: str = ""
    source: str = ""
    items: tuple[str, ...] | None = None
    whole: bool = False

    @property
    def mark(self) -> str:
        """Return what the look before it counts is told apart by."""
        text = json.dumps(asdict(self), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:8]

    @property
    def concerned(self) -> tuple[str, ...]:
        """Return every criterion it is about."""
        return tuple(
            dict.fromkeys([*self.criteria, *(key for one in self.said for key in one.keys)])
        )

    def with_words(self, keys: Sequence[str], text: str, *, adds: bool) -> Opinion:
        """Return it with one sentence more; unless it ``adds``, a second one takes the first's
        place."""
        left = tuple(key for key in self.criteria if key not in keys)
        if not adds and not keys and len(self.said) == 1:
            return replace(self, said=(Said(self.said[0].keys, text),), criteria=left)
        return replace(self, said=(*self.said, Said(tuple(keys), text)), criteria=left)


def keep(ctx: Context, opinion: Opinion) -> None:
    """Keep an opinion until it is confirmed."""
    ctx.talk.state["opinion"] = json.loads(json.dumps(asdict(opinion)))


def kept(ctx: Context, task_id: str) -> Opinion:
    """Return the opinion that was begun on a task.

    Raises:
        RuleViolationError: none was begun, or another one since.
    """
    state: dict[str, Any] = ctx.talk.state.get("opinion", {})
    if state.get("task") != task_id:
        raise RuleViolationError("请从最新的一张卡片上重新选择意见。发“待办”可以找到它。")
    return Opinion(
        **{
            **state,
            "criteria": tuple(state["criteria"]),
            "said": tuple(Said(tuple(keys), text) for keys, text in state["said"]),
            "items": None if state["items"] is None else tuple(state["items"]),
        }
    )


def verdict_of(task: Task, key: str) -> Verdict:
    """Return one of the verdicts this desk may give.

    Raises:
        RuleViolationError: it may not give this one.
    """
    found = next((one for one in naming.verdicts_of(task) if one.key == key), None)
    if found is None:
        raise RuleViolationError("这张卡片没有这个选项，请发“待办”查看最新的一张。")
    return found


def concerned_by(verdict: Verdict, filing: Filing, task: Task) -> tuple[Criterion, ...]:
    """Return the criteria that a verdict may be about: a finding that bars the approval only
    those that can, a 无法判断 only those that can be left open."""
    listed = naming.criteria_of(filing, task)
    if verdict.blocks:
        return tuple(one for one in listed if any(answer.blocks for answer in one.answers))
    return listed


def asks_criteria(verdict: Verdict, listed: Sequence[Criterion]) -> bool:
    """Tell whether it has to be said which criteria a verdict is about."""
    about_some = verdict.act in (Act.RETURN, Act.REJECT) or verdict.blocks
    return len(listed) > 1 and (about_some or verdict.settles == "unclear")


# --- what was typed ------------------------------------------------------------------------------


def numbered(listed: Sequence[Criterion], keys: Sequence[str] | None = None) -> str:
    """Write criteria with the numbers they are named by: 1 侵权 2 反动."""
    return " ".join(
        f"{at} {one.label}"
        for at, one in enumerate(listed, start=1)
        if keys is None or one.key in keys
    )


def read_said(text: str, listed: Sequence[Criterion]) -> list[Said]:
    """Read sentences, each behind the criteria it is about, by number or name.

    ``1 缺少安全性 2 请补充注销方式`` says two things, ``2、4 已有同类应用`` one about two criteria,
    ``240台太多`` names none: an empty list.
    """
    found: list[tuple[tuple[str, ...], int, int]] = []
    seen: set[str] = set()
    for head in _heads(text, listed):
        keys = _keys(head["names"], listed)
        if not seen.isdisjoint(keys) or (not found and text[: head.start("names")].strip()):
            continue
        seen |= set(keys)
        found.append((keys, head.start("names"), head.end()))
    ends = [start for _, start, _ in found[1:]] + [len(text)] if found else []
    return [
        Said(keys, tidy(text[begin:end])) for (keys, _, begin), end in zip(found, ends, strict=True)
    ]


def tidy(text: str) -> str:
    """Return words without the marks that part them from what stands around them."""
    return text.strip(" \n\t、,，;；:：。.")


def _heads(text: str, listed: Sequence[Criterion]) -> Iterator[re.Match[str]]:
    """Yield where criteria are named. In the middle a name counts before a colon only, for it may
    as well be part of a sentence."""
    either = names_in(listed)
    row = rf"(?:{either})(?![0-9])(?:[\s、,，;；和及]*(?:{either})(?![0-9]))*"
    numbers = "|".join(str(at) for at in range(1, len(listed) + 1))
    later = rf"(?:{numbers})(?![0-9])(?:[、,，和及]*(?:{numbers})(?![0-9]))*"
    first = re.match(rf"\s*(?P<names>{row})(?=$|[{_BREAKS}])", text)
    if first is None:
        return
    yield first
    yield from re.finditer(
        rf"(?<=[{_BREAKS}])(?P<names>{later}(?=$|[{_BREAKS}])|(?:{either})(?=[:：]))",
        text[first.end() :].rjust(len(text)),
    )


def names_in(listed: Sequence[Criterion]) -> str:
    """Return the pattern of what criteria are called by: their numbers and their names."""
    words = {str(at) for at in range(1, len(listed) + 1)} | {one.label for one in listed}
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


def _keys(names: str, listed: Sequence[Criterion]) -> tuple[str, ...]:
    called = {str(at): one.key for at, one in enumerate(listed, start=1)}
    called |= {one.label: one.key for one in listed}
    found = {called[word] for word in re.findall(names_in(listed), names)}
    return tuple(one.key for one in listed if one.key in found)
