"""What an administrator may change in the chat: each setting's name, range, and whom it reaches.

What is not here (zone, the templates of numbers) is changed where the bot is run: a wrong word
there would be seen only when a number was given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import Enum
from types import MappingProxyType
from typing import Final

from storage.rules.office import OWN_REVIEW, OfficeRules
from storage.rules.terms import Desk, TaskKind


class Form(Enum):
    """How a value is written."""

    COUNT = "count"
    CHOICE = "choice"
    MOMENT = "moment"
    SPAN = "span"
    STEPS = "steps"
    DAY = "day"
    WORDS = "words"


class Reach(Enum):
    """Whom a change reaches, as the code that reads the setting has it.

    ``NEW``: read from the rules that a filing was opened under (``Filing.office``), so that what
    runs keeps what it has. ``ALL``: read from the rules of the day (``Office.of``), for everything.
    """

    NEW = "new"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting. ``choices``: value → what it is called, first as it is shown.

    ``recounts``: a limit in days, which running cases can be given too.
    """

    key: str
    group: str
    label: str
    names: tuple[str, ...] = ()
    form: Form = Form.COUNT
    unit: str = "个工作日"
    least: int = 1
    most: int = 60
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    reach: Reach = Reach.NEW
    recounts: bool = False

    def shown(self, value: str) -> str:
        """Write a value as people read it."""
        if self.form is Form.COUNT:
            return f"{value}{self.unit}"
        if self.form is Form.CHOICE:
            return self.choices[value][0]
        if self.form is Form.STEPS:
            return f"{value.replace(',', '、')}个工作日"
        return value.replace("-", "至") if self.form is Form.SPAN else value or "没有"

    def value_in(self, rules: OfficeRules) -> str:
        """Return what holds by these rules, as plain text: ``3``, ``true``, ``terminal``."""
        if self.key.startswith(OWN_REVIEW):
            return str(rules.days_of(TaskKind.CO_REVIEW, self.key.removeprefix(OWN_REVIEW)))
        value = rules.to_dict()[self.key]
        return str(value).lower() if isinstance(value, bool) else str(value)

    def turned(self, was: str, became: str) -> str:
        """Write a change: 法规会审 5 → 3 个工作日."""
        if self.form is Form.COUNT:
            return f"{self.label} {was} → {became} {self.unit}"
        return f"{self.label} {self.shown(was)} → {self.shown(became)}"


GROUPS: Final = ("时限", "提醒", "时段", "试点", "分工", "材料", "依据")
_YES_NO: Final = MappingProxyType(
    {
        "true": ("是", "要", "开", "打开", "开启", "需要", "必须", "允许", "可以", "对"),
        "false": ("否", "不", "不要", "关", "关闭", "不需要", "不必", "不允许", "不可以", "不用"),
    }
)
_REVIEWERS: Final[tuple[tuple[Desk, str, tuple[str, ...]], ...]] = (
    (Desk.LEGAL, "法规", ("法规", "政策法规")),
    (Desk.FINANCE, "计财", ("计财", "财务", "计划财务")),
    (Desk.BASIC, "基教", ("基教", "基础教育")),
    (Desk.DIRECT, "直属管理处", ("直属", "直属管理", "市局直属管理")),
    (Desk.VOC, "职教", ("职教", "职业教育")),
    (Desk.PRE, "学前", ("学前", "学前指导", "学前教育")),
    (Desk.RESEARCH, "教研", ("教研", "教学研究", "教育教学研究")),
    (Desk.TECH, "教育技术", ("教育技术", "教技", "技术")),
)
_HOUSES: Final = ("", "处", "科", "室", "股", "院", "中心", "部门", "处室", "岗", "岗位")


def desk_names() -> Iterator[tuple[Desk, str]]:
    """Give every way to call a department that reviews: 法规, 法规处, 法规科, …"""
    for desk, _, bases in _REVIEWERS:
        yield from ((desk, f"{base}{house}") for base in bases for house in _HOUSES)


def _own_reviews() -> Iterator[Setting]:
    called: dict[Desk, list[str]] = {}
    for desk, name in desk_names():
        called.setdefault(desk, []).extend((f"{name}会审", f"{name}的会审", f"{name}审查"))
    for desk, label, _ in _REVIEWERS:
        yield Setting(
            f"{OWN_REVIEW}{desk.value}", "时限", f"{label}会审", tuple(called[desk]),
            most=30, recounts=True,
        )  # fmt: skip


def _days(key: str, label: str, *names: str, most: int = 30, reach: Reach = Reach.NEW,
          recounts: bool = False, group: str = "时限", least: int = 1) -> Setting:  # fmt: skip
    return Setting(key, group, label, names, most=most, reach=reach, recounts=recounts, least=least)


def _switch(
    key: str, group: str, label: str, *names: str, yes: tuple[str, ...] = (),
    no: tuple[str, ...] = (), reach: Reach = Reach.NEW,
) -> Setting:  # fmt: skip
    choices = {"true": (*yes, *_YES_NO["true"]), "false": (*no, *_YES_NO["false"])}
    return Setting(key, group, label, names, Form.CHOICE, choices=choices, reach=reach)


def _one_of(key: str, group: str, label: str, *names: str, **choices: tuple[str, ...]) -> Setting:
    return Setting(key, group, label, names, Form.CHOICE, choices=choices)


SETTINGS: Final[tuple[Setting, ...]] = (
    # --- limits: a filing keeps those that it was opened under ---
    _days("days.receive", "受理", "受理检查", "收件", recounts=True),
    _days("days.co_review", "会审", "各处室会审", "部门会审", "各部门会审", recounts=True),
    *_own_reviews(),
    _days("days.lead", "审批", "牵头审批", "牵头", "审批决定", recounts=True),
    _days("days.register", "登记", "备案登记", "登记备案", recounts=True),
    _days("days.complete", "补正", "学校补正", "退回补正", recounts=True),
    _days("days.complete_max", "补正最长", "超期未补正", "补正上限", most=120, reach=Reach.ALL),
    _days("days.case", "办件总时限", "总时限", "办件时限", "全程", "总时间", "办结",
          most=120, recounts=True),
    _days("appeal_days", "申请复核", "复核", "复核申请"),
    _days("days.renew_before", "续期提前", "提前续期", most=250, reach=Reach.ALL),
    _days("days.renew_after", "到期后续期", "逾期续期", most=250, reach=Reach.ALL),
    _days("days.acceptance", "验收", "提交验收", most=250),
    _days("days.audit", "审计", "经费审计", most=250),
    Setting("valid_years", "时限", "有效期", ("备案有效期", "有效年限"), unit="年", most=6),
    # --- reminders: a morning looks at the rules of its day ---
    _days("days.sign", "签署提醒", "校长签署提醒", "签署", group="提醒", reach=Reach.ALL),
    _days("days.rectify", "整改", "自查整改", most=120, reach=Reach.ALL),
    _days("days.report", "反映首次处理", "反映处理", reach=Reach.ALL),
    _days("days.report_close", "反映办结", most=60, reach=Reach.ALL),
    _days("days.draft", "草稿提醒", "草稿", group="提醒", reach=Reach.ALL),
    _days("remind.before", "时限前提醒", "到期前提醒", "提前提醒", group="提醒", most=10,
          reach=Reach.ALL),
    _days("remind.after", "超时限提醒", "超时提醒", "超期提醒", group="提醒", most=10,
          reach=Reach.ALL),
    _days("remind.deputy", "超时限请代办人", "提醒代办人", "请代办人", group="提醒", most=20,
          reach=Reach.ALL),
    _days("remind.head", "超时限请负责人", "提醒负责人", "请负责人", "请部门负责人", group="提醒",
          most=20, reach=Reach.ALL),
    _days("remind.tech", "超时限请教育技术中心", "提醒教育技术中心", "请教技中心", group="提醒",
          most=30, reach=Reach.ALL),
    Setting("remind.expiry", "提醒", "到期提醒", ("备案到期提醒", "有效期提醒"), Form.STEPS,
            reach=Reach.ALL),
    # --- hours ---
    Setting("quiet_hours", "时段", "静默时间", ("静默时段", "免打扰", "免打扰时间", "勿扰时间"),
            Form.SPAN, reach=Reach.ALL),
    Setting("digest_at", "时段", "晨报", ("晨报时间", "每日晨报"), Form.MOMENT, reach=Reach.ALL),
    _switch("groups.weekly", "时段", "工作群周报", "周报", "群周报", yes=("发",), no=("不发",),
            reach=Reach.ALL),
    _switch("groups.monthly", "时段", "工作群月报", "月报", "群月报", yes=("发",), no=("不发",),
            reach=Reach.ALL),
    _switch("workdays_only", "时段", "只在工作日提醒", "只在工作日打扰", "休息日不提醒",
            reach=Reach.ALL),
    # --- pilots ---
    Setting("pilot.max_classes", "试点", "试点班级上限", ("试点班级", "试点班级数", "试点班数"),
            unit="个班", most=20),
    Setting("pilot.max_students", "试点", "试点学生上限", ("试点学生", "试点人数", "试点学生数",
            "试点人数上限"), unit="名学生", most=2000),
    Setting("pilot.max_terms", "试点", "试点学期上限", ("试点学期", "试点学期数", "试点期限"),
            unit="个学期", most=4),
    _switch("pilot.allow_money", "试点", "试点可用经费", "试点花钱", "试点经费",
            yes=("可以",), no=("不可以",)),
    _switch("pilot.allow_biometrics", "试点", "试点可采集人脸等信息", "试点采集人脸",
            "试点生物识别", yes=("可以",), no=("不可以",)),
    _days("pilot.callin_days", "试点提级", "提级", "试点提级期限", group="试点"),
    Setting("pilot.min_reviewers", "试点", "试点校内审查", ("试点审查人数", "试点审查人"),
            unit="人（含校长）", most=6),
    _days("pilot.remind_days", "试点结束提醒", "试点提醒", group="试点", most=60,
          reach=Reach.ALL),
    # --- who does what ---
    _one_of("finance.when", "分工", "计财会审范围", "计财参加", "计财何时会审", "计财范围",
            terminal_or_money=("终端或涉及经费", "终端或经费"), terminal=("终端",),
            money=("涉及经费", "经费"), always=("全部", "都要", "所有", "总是"),
            never=("不参加", "从不")),
    _one_of("lead.terminal.pre", "分工", "幼儿园终端牵头", "幼儿园终端",
            pre=("学前", "学前指导中心"), tech=("教育技术", "教育技术中心", "教技", "教技中心")),
    _one_of("lead.direct.pre", "分工", "直属幼儿园牵头", "直属幼儿园",
            pre=("学前", "学前指导中心"), direct=("直属管理处", "直属处", "直属")),
    _one_of("direct.scope", "分工", "直属管理处范围", "直属处范围", both=("终端和应用", "都管"),
            app=("仅应用", "应用", "只管应用")),
    _one_of("multi_stage", "分工", "跨学段", "多学段", split=("按牵头处室分件", "分件"),
            main=("按主要学段", "主要学段")),
    _switch("sod.terminal", "分工", "终端审批登记分人", "终端审批登记分开",
            yes=("两人分办",), no=("可由一人",)),
    _switch("sod.all", "分工", "全部审批登记分人", "审批登记分人", "审批登记分开",
            yes=("两人分办",), no=("不要求",)),
    _switch("research.blocking", "分工", "教研意见", "教研院意见", yes=("必须等到",),
            no=("仅供参考", "参考", "不必等")),
    _switch("hidden_opinions", "分工", "会审意见互不可见", "意见互不可见", "意见保密"),
    # --- what a filing needs ---
    _one_of("require_product_no", "材料", "产品备案号", "产品号",
            warn=("提示", "提醒"), block=("必须", "必填", "必须有"),
            off=("不问", "不要求", "不查")),
    _one_of("byod", "材料", "学生自带设备", "自带设备", voluntary=("自愿", "允许", "可以"),
            forbidden=("不允许", "禁止", "不可以")),
    Setting("seal_mode", "材料", "盖章方式", ("盖章", "签章方式"), Form.CHOICE, choices={
        "account": ("本人账号确认", "账号确认", "本人确认", "账号"), "scan": ("扫描件", "扫描"),
        "e-seal": ("电子签章", "电子章")}),
    Setting("experts.min", "材料", "论证专家", ("专家人数", "论证专家人数", "专家"), unit="人",
            most=15),
    Setting("experts.outside_min", "材料", "校外专家", ("校外专家人数",), unit="人", least=0,
            most=15),
    Setting("reuse_months", "材料", "审查沿用", ("沿用审查", "沿用期", "审查沿用期"), unit="个月",
            least=0, most=36),
    Setting("legacy_until", "材料", "存量补备截止", ("存量补备", "补备截止", "存量补备截止日期"),
            Form.DAY),
    Setting("audit.over_yuan", "材料", "审计金额", ("审计起点", "审计清单金额"), unit="元", least=0,
            most=999_999, reach=Reach.ALL),
    _switch("annex.supplement", "材料", "审批表附页", "附页", yes=("打印",), no=("不打印",)),
    # --- the notice ---
    Setting("policy.number", "依据", "依据文号", ("文号", "通知文号"), Form.WORDS, most=40),
    Setting("policy.title", "依据", "依据标题", ("通知标题", "依据名称"), Form.WORDS, most=80),
    Setting("policy.issued_on", "依据", "依据日期", ("通知日期", "印发日期"), Form.DAY),
)  # fmt: skip

BY_KEY: Final[Mapping[str, Setting]] = MappingProxyType({one.key: one for one in SETTINGS})
NOT_HERE: Final = frozenset({"timezone", "number_template", "pilot.receipt_template"})


def by_name() -> Mapping[str, Setting]:
    """Return the settings by every name that people have for them."""
    return {name: one for one in SETTINGS for name in (one.label, *one.names)}


def remarks(rules: OfficeRules, key: str) -> list[str]:
    """Return what an administrator should know before a change that is allowed and may hurt."""
    found = []
    on_the_way = rules.days_co_review + rules.days_lead + rules.days_register
    if (key.startswith("days.co_review") or key in _ON_THE_WAY) and on_the_way > rules.days_case:
        found.append(
            f"会审、审批、登记合计{on_the_way}个工作日，超过办件总时限{rules.days_case}个工作日。"
        )
    if key in ("sod.terminal", "sod.all") and not (rules.sod_terminal or rules.sod_all):
        found.append("之后终端的审批和登记可由同一人办理（三（二）8），一般应由两人分办。")
    if key == "days.complete":
        found.append("“补正最长”的提醒随之推算，适用于全部办件。")
    if key == "research.blocking" and rules.research_blocking:
        found.append("教研没有意见时，牵头部门不能审批。")
    if key == "require_product_no" and rules.require_product_no == "block":
        found.append("没有产品备案号的应用将不能提交（二（三））。")
    return found


_ON_THE_WAY: Final = frozenset({"days.lead", "days.register", "days.case"})
_HAND_OVER: Final = timedelta(minutes=10)


def takes_effect(local: datetime) -> date:
    """Return from which day a change holds that is confirmed now: tomorrow.

    In a day's last minutes the day after: what holds on a day is written before it begins,
    however long a commit takes and however clocks differ.
    """
    return (local + _HAND_OVER).date() + timedelta(days=1)
