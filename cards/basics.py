"""What anybody is told about filing itself: what it is, what may be refused, how to report."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from storage.rules.basics import Topic

CHINESE: Final[Mapping[Topic, str]] = MappingProxyType(
    {
        Topic.FILING: (
            "备案：学校要用的学习终端或应用（APP），先由学校选用审查，再由教育部门审批、登记编号，"
            "“凡进必审”，谁选用谁负责（温教办技〔2022〕65号二（三））。备案不代表对内容作担保。"
            "想查某个应用，直接发名称即可，可加校名。"
        ),
        Topic.REFUSING: (
            "按温教办技〔2022〕65号：不得直接或间接向家长收费，不得强制或诱导购买终端、收费应用"
            "（二（一））；不得作为分班、评价等前置条件（二（二））。您可以不交、不买。"
            "如有不符，发“反映”。"
        ),
        Topic.REPORTING: (
            "发“反映”，用一句话说是哪所学校、什么事、什么时候，可发图片，可以不留名，"
            "不需要孩子姓名。收费问题由计财部门查处（三（二）3），有害内容由法规部门审查（三（二）2）。"
            "提交后有回执号，发“查”加回执号可看进展。学校看不到您是谁。"
        ),
    }
)
ENGLISH: Final[Mapping[Topic, str]] = MappingProxyType(
    {
        Topic.FILING: (
            "Filing (备案): a device or app for use at a school is chosen and examined by the "
            "school, then reviewed by the education authority, which registers it under a number "
            "(温教办技〔2022〕65号 二（三）). It is no guarantee of the content. "
            "To ask about an app, just send its name, with the school’s if you like."
        ),
        Topic.REFUSING: (
            "By 温教办技〔2022〕65号: parents are charged nothing, directly or indirectly, and "
            "nobody has to buy a device or a paid app (二（一）); it is no condition for class "
            "placement or assessment (二（二）). You may decline to pay or buy. If this is not "
            "what happens, send “反映” to report it."
        ),
        Topic.REPORTING: (
            "Send “反映”, then one sentence: which school, what, when; pictures are welcome, your "
            "name is not needed, nor a child’s. Fees are looked into by 计财 (三（二）3), harmful "
            "content by 法规 (三（二）2). You get a receipt; send “查” with it to see how far it "
            "is. The school does not see who you are."
        ),
    }
)
HELP: Final = (
    "您可以：\n"
    "直接发应用名称，可加校名：查是否备案，记不准、打错字也可以，也可以发备案号\n"
    "校名加“清单”：看该校已备案的应用\n"
    "反映：收费、强制购买、有害内容、未备案使用等，可以不留名\n"
    "查加回执号：看反映的进展\n"
    "什么是备案、可以不买吗、怎么反映：直接问\n"
    "不需要孩子姓名班级。单位工作人员没有被认出的，请联系本单位管理员在名单中登记。"
)
ENGLISH_HELP: Final = (
    "You can:\n"
    "send an app’s name, with the school’s if you like: is it filed?\n"
    "send “反映”: report a fee, a forced purchase, harmful content, use without filing\n"
    "send “查” and a receipt: see how far a report is\n"
    "ask: what is filing, must I pay, how to report\n"
    "A child’s name is not needed."
)
