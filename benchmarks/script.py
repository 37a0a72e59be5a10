"""What teachers type in the middle of the form, thousands of times, each message its own."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from benchmarks.envelope import Message, typed
from benchmarks.town import SCHOOLS, teacher

_DATES = "专家论证、合法性审查、集体决策会议分别在哪天"
_OVERVIEW = (
    "为提高阅读兴趣，四到六年级每周用一节课开展分级阅读，先在{n}名学生中推进，"
    "预计一年后阅读量明显提高。"
)
_TURNS = (
    ("上一步", "请说明只在部分班级使用的原因"),
    ("先在{n}个班试用，学期末看效果再推广到全年级", _DATES),
    ("修改 学生人数", "大约有多少名学生使用"),
    ("{n}名", _DATES),
    ("修改 项目概况", "请介绍项目概况"),
    (_OVERVIEW, _DATES),
)


def conversations(at: int) -> list[Iterator[Message]]:
    """Return, for each teacher, what they go on to type without end.

    They go back to an answer and give it anew, so that they stay in the middle of the form; every
    answer is another one. ``at`` is the time in the messages, in seconds.
    """
    numbers = itertools.count(10**15)
    return [_types(teacher(school), numbers, at) for school in range(SCHOOLS)]


def says() -> Iterator[tuple[str, str]]:
    """Return what one teacher goes on to type, and a piece of the answer that each must get."""
    for turn in itertools.count(101):
        for text, expected in _TURNS:
            yield text.format(n=turn), expected


def _types(user: str, numbers: Iterator[int], at: int) -> Iterator[Message]:
    for words, expected in says():
        yield Message(typed(user, words, next(numbers), at), expected)
