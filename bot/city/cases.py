"""The filings with which the demo opens: every stage, every kind of school, weeks of history."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from storage.rules.terms import Kind


class Ending(StrEnum):
    """How far a filing has come when the demo opens."""

    DRAFT = "draft"
    AWAITING_PRINCIPAL = "awaiting_principal"
    SENT_BACK = "sent_back"
    WITHDRAWN = "withdrawn"
    INTAKE = "intake"
    IN_REVIEW = "in_review"
    SUPPLEMENT = "supplement"
    AWAITING_DECISION = "awaiting_decision"
    RETURNED = "returned"
    REJECTED = "rejected"
    AWAITING_REGISTRATION = "awaiting_registration"
    REGISTERED = "registered"
    PILOTING = "piloting"
    SUSPENDED = "suspended"
    STOPPED = "stopped"


HAD_NUMBER: Final = (Ending.REGISTERED, Ending.SUSPENDED, Ending.STOPPED)
"""Endings of filings that were registered; two were halted since."""


@dataclass(frozen=True, slots=True)
class Case:
    """One filing. ``days``: how many working days before the demo's today it was written.

    ``grades`` is how the school says who uses it, ``stages`` the stages as the form keeps them;
    ``fund`` and ``amount`` (yuan) the money. ``words``: what was asked back, or why it was refused
    or halted. ``change``: which kind of change of the school's filing of that project it is.
    ``classes``: how many pilot it.
    """

    school: str
    project: str
    kind: Kind
    stages: tuple[str, ...]
    grades: str
    students: int
    days: int
    ending: Ending
    words: str = ""
    fund: str = "none"
    amount: int = 0
    devices: int = 0
    apps: tuple[str, ...] = ()
    paid_entry: bool = False
    late_argument: str = ""
    change: str = ""
    classes: int = 0


_APP, _TERMINAL, _BOTH = Kind.APP, Kind.TERMINAL, Kind.BOTH
_PRIMARY, _JUNIOR, _SENIOR = ("primary",), ("junior",), ("senior",)
_VOC, _PRE = ("vocational",), ("kindergarten",)
_DONE: Final = Ending.REGISTERED

CASES: Final = (
    Case("3303020001", "晴禾口算", _APP, _PRIMARY, "一至三年级", 540, 58, _DONE),
    Case("3303020002", "小舟听读", _APP, _PRIMARY, "三至六年级", 610, 52, _DONE),
    Case(
        "3303020004",
        "星图课堂",
        _APP,
        _JUNIOR,
        "七、八年级",
        480,
        49,
        _DONE,
        fund="school",
        amount=36_000,
    ),
    Case("3303810001", "数学画板", _APP, _PRIMARY, "四至六年级", 430, 47, _DONE),
    Case(
        "3303810001",
        "琴语音乐课",
        _APP,
        _PRIMARY,
        "一至三年级",
        390,
        46,
        Ending.SUSPENDED,
        words="学生端更新后出现会员弹窗，待企业关闭并经复核",
    ),
    Case(
        "3303020006",
        "晴禾学习平板教学项目",
        _TERMINAL,
        _SENIOR,
        "高一年级",
        320,
        45,
        _DONE,
        fund="treasury",
        amount=960_000,
        devices=320,
        apps=("晴禾听写",),
    ),
    Case(
        "33030001",
        "精准教学云台",
        _APP,
        _SENIOR,
        "高一、高二年级",
        1_150,
        44,
        _DONE,
        fund="treasury",
        amount=180_000,
    ),
    Case("3303020008", "萌芽成长册", _APP, _PRE, "中班、大班", 210, 40, _DONE),
    Case("3303810005", "职途测评", _APP, ("senior", "vocational"), "全校", 900, 35, _DONE),
    Case(
        "3303810003",
        "题海拾贝",
        _APP,
        _JUNIOR,
        "八、九年级",
        350,
        33,
        Ending.STOPPED,
        words="练习页嵌有校外培训广告，企业尚未删去",
    ),
    Case(
        "3303020003",
        "英语配音角",
        _APP,
        _PRIMARY,
        "全校",
        700,
        30,
        Ending.REJECTED,
        paid_entry=True,
        words="学生端有付费配音包，与免费原则不符，企业未提供关闭付费入口的版本。",
    ),
    Case(
        "3303020004",
        "星图课堂",
        _APP,
        _JUNIOR,
        "七、八年级",
        480,
        22,
        _DONE,
        change="version",
        fund="school",
        amount=36_000,
        words="4.0版，新增课堂即时测验",
    ),
    Case("3303810006", "萌芽绘本", _APP, _PRE, "全园", 260, 20, Ending.WITHDRAWN),
    Case(
        "3303020005",
        "道法微课",
        _APP,
        _JUNIOR,
        "八年级两个班",
        88,
        15,
        Ending.PILOTING,
        classes=2,
    ),
    Case(
        "3303810004",
        "匠心实训一体机项目",
        _TERMINAL,
        _VOC,
        "机电专业",
        150,
        14,
        Ending.RETURNED,
        fund="treasury",
        amount=520_000,
        devices=30,
        words="请补充设备验收标准和售后响应时间。",
    ),
    Case(
        "3303020007",
        "匠心数控",
        _APP,
        _VOC,
        "数控专业",
        180,
        11,
        Ending.AWAITING_REGISTRATION,
        fund="school",
        amount=48_000,
    ),
    Case(
        "33030090",
        "操场计时",
        _APP,
        (),
        "来中心实践的学生",
        2_400,
        10,
        Ending.AWAITING_REGISTRATION,
    ),
    Case(
        "3303810003",
        "晴禾平板与听写项目",
        _BOTH,
        _JUNIOR,
        "七年级",
        260,
        9,
        Ending.AWAITING_DECISION,
        fund="treasury",
        amount=640_000,
        devices=260,
        apps=("晴禾听写",),
    ),
    Case(
        "3303020009",
        "萌芽晨检机器人项目",
        _TERMINAL,
        _PRE,
        "全园",
        190,
        8,
        Ending.AWAITING_DECISION,
        fund="school",
        amount=29_800,
        devices=2,
    ),
    Case("33030006", "汽修智训", _APP, _VOC, "汽修专业", 240, 7, Ending.AWAITING_DECISION),
    Case(
        "33030002",
        "星图电子书包项目",
        _TERMINAL,
        _JUNIOR,
        "七年级",
        300,
        5,
        Ending.IN_REVIEW,
        fund="treasury",
        amount=750_000,
        devices=300,
    ),
    Case(
        "3303810007",
        "古诗飞花",
        _APP,
        _PRIMARY,
        "一、二年级",
        220,
        5,
        Ending.SENT_BACK,
        words="概况里的实施班级与教务处安排不一致，请核对后再送。",
    ),
    Case(
        "3303020002",
        "小舟听读",
        _APP,
        _PRIMARY,
        "一至六年级",
        960,
        4,
        Ending.IN_REVIEW,
        change="scope",
        words="低年级也开始听读训练",
    ),
    Case(
        "3303810002",
        "小问物理",
        _APP,
        _JUNIOR,
        "八、九年级",
        410,
        4,
        Ending.SUPPLEMENT,
        words="请补充账号注销方式和学生信息保存期限的说明。",
    ),
    Case(
        "3303020010",
        "亲子故事屋",
        _APP,
        ("primary", "kindergarten"),
        "一年级和大班",
        170,
        3,
        Ending.IN_REVIEW,
    ),
    Case(
        "3303810007",
        "代码小径",
        _APP,
        _JUNIOR,
        "七年级一个班",
        42,
        3,
        Ending.PILOTING,
        classes=1,
    ),
    Case("33030008", "小蘑菇观察", _APP, _PRE, "大班", 90, 3, Ending.IN_REVIEW),
    Case(
        "3303020005",
        "错题工坊",
        _APP,
        _JUNIOR,
        "七至九年级",
        520,
        3,
        Ending.INTAKE,
        late_argument="专家论证会因校外专家日程推迟，会议决定以论证通过为前提。",
    ),
    Case("33030004", "编程积木屋", _APP, _PRIMARY, "五、六年级", 280, 2, Ending.AWAITING_PRINCIPAL),
    Case("3303020004", "星图阅卷", _APP, _JUNIOR, "八年级", 460, 1, Ending.DRAFT),
    Case("3303020002", "墨池书法", _APP, _PRIMARY, "三年级", 160, 1, Ending.AWAITING_PRINCIPAL),
)
"""From the oldest to the newest, so that case numbers follow the calendar."""


def overview(case: Case) -> str:
    """Return the 项目概况: why, how, to what effect; well under two hundred characters."""
    what = f"配备{case.devices}台终端" if case.devices else f"使用“{case.project}”"
    why = {
        Kind.APP: "学校希望减少重复练习，让教师及时看到学情",
        Kind.TERMINAL: "学校现有设备老旧，课堂互动和分层教学难以开展",
        Kind.BOTH: "学校希望把课堂互动和课后巩固连起来，避免多套设备并存",
    }[case.kind]
    return (
        f"{why}，拟在{case.grades}{what}。由教研组统一备课，每周不超过三课时，纸笔作业仍为主，"
        "先由两个班试用一个月，听取学生和家长意见后再铺开；信息中心负责账号和安全，每学期自查一次。"
        "预期课堂反馈更及时，学困生得到更有针对性的辅导，教师批改时间有所减少。"
    )
