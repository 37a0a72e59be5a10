"""What parents ask that is about no product: what a filing is, what they may refuse, how to report.

Source: 二（一）, 二（二）, 二（三）; requirements A.5, A.6.
"""

import re
from typing import Final

from storage.rules.patterns import Pattern, any_of
from storage.rules.terms import Term


class Topic(Term):
    """What is explained."""

    FILING = "filing", "什么是备案"
    REFUSING = "refusing", "可以不交、不买吗"
    REPORTING = "reporting", "怎么反映"


_FILLER: Final = "(?:请问|想问一?下?|那|那么|老师|家长|我们?|学校)*"
_END: Final = r"[吗呢啊呀么？?。.！!\s]*"
_SAYS: Final = (
    (
        Topic.REPORTING,
        (
            rf"{_FILLER}(?:怎么|怎样|如何|哪里|在哪里?|向谁|找谁|去哪里?)(?:可以|能)?"
            rf"(?:反映|举报|投诉)(?:问题|收费)?{_END}"
            rf"|(?:反映|举报|投诉)(?:找谁|怎么办|怎么弄|流程|渠道|方式){_END}"
        ),
    ),
    (
        Topic.FILING,
        (
            rf"{_FILLER}(?:什么是|什么叫|啥是|啥叫)(?:进校园)?备案{_END}"
            rf"|{_FILLER}(?:进校园)?备案(?:是什么|是啥|是什么意思|什么意思|是干什么的|是干嘛的|有什么用|有啥用)"
            rf"{_END}|{_FILLER}为什么要备案{_END}"
        ),
    ),
    (
        Topic.REFUSING,
        (
            rf"{_FILLER}(?:可不可以|能不能|可以|能)?(?:拒绝|不买|不交钱?|不装|不用|不下载){_END}"
            rf"|{_FILLER}(?:可以|能)?拒绝(?:什么|哪些){_END}"
            rf"|{_FILLER}(?:一定|必须|非)要?(?:买|装|交钱|付费|用|下载)(?:不可)?{_END}"
            rf"|{_FILLER}(?:强制|自愿)(?:的|购买)?{_END}"
            rf"|{_FILLER}不(?:买|装|用|交)(?:会怎么样|会怎样|有影响|会?不?会?影响(?:分班|成绩|评价|评优)?){_END}"
            rf"|{_FILLER}(?:会不?会?)?影响(?:分班|成绩|评价|评优){_END}"
        ),
    ),
)
_PATTERNS: Final = tuple((topic, Pattern(source)) for topic, source in _SAYS)
_THING: Final = r"\s+(?:this|it|that|filing|the filing|a filing|filed|registration|备案)"
_ENGLISH: Final = (
    (
        Topic.REPORTING,
        Pattern(r"\b(?:how|where|whom)\b.*\b(?:report|complain)", re.IGNORECASE),
    ),
    (
        Topic.FILING,
        Pattern(
            rf"\bwhat\s+(?:is|does){_THING}(?:\s+(?:mean|about|for))?[\s?？.!]*$", re.IGNORECASE
        ),
    ),
    (
        Topic.REFUSING,
        Pattern(
            r"\b(?:must|should|do|does|can|could|may|have to|need to|is|are)\b.*\b"
            + any_of("pay buy purchase install refuse compulsory mandatory required free cost"),
            re.IGNORECASE,
        ),
    ),
)


def topic_of(text: str) -> Topic | None:
    """Return what a Chinese sentence that names no product asks about, as a whole."""
    return next((topic for topic, one in _PATTERNS if one.fullmatch(text.strip())), None)


def english_topic_of(text: str) -> Topic | None:
    """Return what an English sentence asks about; a product may be named in it."""
    return next((topic for topic, one in _ENGLISH if one.search(text)), None)
