"""Answers typed criterion by criterion: 1发现 4无法判断 其余未发现."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from handlers.opinion import Said, names_in, tidy
from storage.rules.criteria import Answer, Criterion, Verdict
from storage.rules.terms import Act

_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "未发现": ("none",),
    "没有发现": ("none",),
    "没有": ("none",),
    "不涉及": ("none",),
    "发现": ("found",),
    "有": ("found",),
    "涉及": ("found",),
    "无法判断": ("unclear",),
    "不能判断": ("unclear",),
    "看不了": ("unclear",),
    "已落实": ("secured",),
    "落实": ("secured",),
    "未落实": ("unsecured",),
    "没有落实": ("unsecured",),
}
_REST: Final = r"(?:其余|其他|其它|别的)(?:都|均|全)?"


class Answered(NamedTuple):
    """What a message answers: criterion → answer, what was said of some, and who still lacks
    words."""

    answers: Mapping[str, str]
    said: tuple[Said, ...]
    open: tuple[str, ...]


def read_answers(text: str, listed: Sequence[Criterion]) -> Answered | None:
    """Read a message that answers a list by numbers or names; None where it does not.

    A criterion with nothing but words beside it is a finding. What is not named is in order: it is
    shown before it counts.
    """
    names = names_in(listed)
    labels = "|".join(sorted(_WORDS, key=len, reverse=True))
    gap = r"[\s、,，和及]*"
    token = re.compile(
        rf"(?:^|(?<=[\s、,，;；。.]))\s*"
        rf"(?:(?P<names>(?:{names})(?![0-9])(?:{gap}(?:{names})(?![0-9]))*)"
        rf"(?:\s*[:：]?\s*(?P<label>{labels})(?=$|[\s、,，;；:：。.0-9])|(?=$|[\s、,，;；:：。.]))"
        rf"|{_REST}\s*(?P<rest>{labels}))"
    )
    answers: dict[str, str] = {}
    begun: list[tuple[tuple[str, ...], int, int]] = []
    rest = ""
    for match in token.finditer(text):
        if not begun and text[: match.start()].strip():
            return None
        if match["rest"]:
            rest = match["rest"]
            begun.append(((), match.start(), match.end()))
            continue
        keys = tuple(
            one.key
            for at, one in enumerate(listed, start=1)
            if {str(at), one.label} & set(re.findall(names, match["names"]))
        )
        if not answers.keys().isdisjoint(keys):
            continue
        begun.append((keys, match.start(), match.end()))
        for one in (one for one in listed if one.key in keys):
            given = _answer(one, match["label"] or "")
            if given is None:
                return None
            answers[one.key] = given.key
    if not answers:
        return None
    for one in listed:
        if one.key not in answers:
            given = _answer(one, rest) if rest else one.answers[0]
            answers[one.key] = (given or one.answers[0]).key
    said, still_open = _spoken(text, begun, answers, listed)
    return Answered(answers, said, still_open)


def _answer(one: Criterion, label: str) -> Answer | None:
    """Return the answer that a word stands for; without one it is the finding."""
    if not label:
        return next((a for a in one.answers if a.blocks), None) or one.answers[1]
    keys = _WORDS[label]
    return next((a for a in one.answers if a.key in keys), None)


def _spoken(
    text: str,
    begun: Sequence[tuple[tuple[str, ...], int, int]],
    answers: Mapping[str, str],
    listed: Sequence[Criterion],
) -> tuple[tuple[Said, ...], tuple[str, ...]]:
    ends = [start for _, start, _ in begun[1:]] + [len(text)]
    said: list[Said] = []
    still_open: list[str] = []
    for (keys, _, begin), end in zip(begun, ends, strict=True):
        words = tidy(text[begin:end])
        wanting = tuple(one.key for one in listed if one.key in keys and _wants(one, answers))
        if words and keys:
            said.append(Said(keys, words))
        else:
            still_open += wanting
    return tuple(said), tuple(still_open)


def _wants(one: Criterion, answers: Mapping[str, str]) -> bool:
    return any(a.needs_words for a in one.answers if a.key == answers[one.key])


def fitting(
    answers: Mapping[str, str], listed: Sequence[Criterion], offered: Iterable[Verdict]
) -> Verdict | None:
    """Return the verdict that answers come to: the worst of them decides."""
    given = [a for one in listed for a in one.answers if a.key == answers[one.key]]
    verdicts = list(offered)
    if any(a.blocks for a in given):
        return next((one for one in verdicts if one.blocks), None)
    if any(a.key == "unclear" for a in given):
        return next((one for one in verdicts if one.settles == "unclear"), None)
    if any(a.needs_words for a in given):
        return next((one for one in verdicts if one.act is Act.RETURN), None)
    return verdicts[0]
