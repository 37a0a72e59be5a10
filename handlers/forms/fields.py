"""The fields that several forms share: the annex, and what the routing needs besides."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from cards.language import EntryKind
from handlers.form import Around, Choices, Field, Pick
from handlers.forms.dates import held_on, shown_date
from handlers.forms.parsers import (
    clauses,
    colleague,
    count,
    long_text,
    many_of,
    one_of,
    phone_of_owner,
    text,
    tidy,
)
from handlers.forms.stages import shown_stages, stages_in_use

OVERVIEW_CHARS: Final = 200
"""附件 项目概况: 字数200以内."""


def _shown(picks: tuple[Pick, ...]) -> Mapping[str, str]:
    return {pick.key: pick.text for pick in picks}


def _show_one(picks: tuple[Pick, ...]) -> Any:
    words = _shown(picks)
    return lambda value: words.get(value, str(value))


def _show_many(picks: tuple[Pick, ...]) -> Any:
    words = _shown(picks)
    return lambda value: "、".join(words.get(one, one) for one in value)


def in_school(around: Around) -> bool:
    """Other units directly under the authority have no stages (M14)."""
    return around.in_school


STAGES: Final = Field(
    "stages",
    "使用学段",
    "准备给哪个学段、多少学生用？例：四至六年级，约620人。",
    stages_in_use,
    shown_stages,
    when=in_school,
    clause="三（一）",
    names=("学段", "使用年级", "年级", "使用范围", "使用对象", "办学层次"),
    together="who",
    hint="例如：四至六年级",
)
STUDENTS: Final = Field(
    "students",
    "学生人数",
    "大约有多少名学生使用？请发人数，例如：620。",
    count(unit="名", most=200_000, what="学生人数"),
    lambda value: f"{value}名",
    names=("使用人数", "学生数", "人数", "学生规模"),
    together="who",
    entry=EntryKind.NUMBER,
)


def may_be_pilot(around: Around) -> bool:
    """Only inside the office's limit of students is there a choice (三（一）5)."""
    students = around.answers.get("students")
    return isinstance(students, int) and students <= around.rules.pilot_max_students


def wishes_pilot(around: Around) -> bool:
    """The school chose 小范围试点."""
    return around.answers.get("scale") == "pilot" and may_be_pilot(around)


_SCALES: Final = (Pick("wide", "全面备案"), Pick("pilot", "小范围试点"))
SCALE: Final = Field(
    "scale",
    "备案规模",
    "人数不多，可以按全面备案，也可以按小范围试点由学校决定。您要哪一种？",
    one_of(_SCALES, {"试点": "pilot", "全面": "wide"}),
    _show_one(_SCALES),
    Choices(_SCALES),
    when=may_be_pilot,
    clause="三（一）5",
    names=("规模",),
)
CLASSES: Final = Field(
    "classes",
    "班级数",
    "试点在几个班进行？例如：2个班。",
    count(unit="个班", most=500, what="班级数"),
    lambda value: f"{value}个班",
    when=wishes_pilot,
    names=("试点班级",),
    entry=EntryKind.NUMBER,
)
TERMS: Final = Field(
    "terms",
    "试点学期",
    "试点进行几个学期？例如：1个学期。",
    count(unit="个学期", most=20, what="学期数"),
    lambda value: f"{value}个学期",
    when=wishes_pilot,
    names=("学期数", "试点时间"),
    entry=EntryKind.NUMBER,
)

OWNER: Final = Field(
    "owner",
    "项目负责人",
    "项目负责人是谁？是您本人请发“我”，否则请发完整姓名。",
    colleague,
    lambda value: value["name"],
    clause="附件",
    names=("负责人", "联系人", "负责老师"),
    resets=(),
    hint="完整姓名，本人填“我”",
)


PHONE: Final = Field(
    "phone",
    "手机号码",
    "负责人手机号码是多少？请发11位号码，或发“用我绑定的号码”。",
    phone_of_owner,
    secret=True,
    echo=True,
    clause="附件",
    names=("负责人手机号码", "负责人手机", "手机", "手机号", "电话", "联系电话", "联系方式"),
    hint="11位，或“用我绑定的号码”",
)

PURPOSES: Final = (
    Pick("smart", "智慧教学"),
    Pick("precise", "精准教学"),
    Pick("personal", "个性化教学"),
    Pick("fusion", "深度融合"),
    Pick("zone", "示范区创建"),
    Pick("change", "教学方式转变"),
    Pick("quality", "提升质量"),
)
GUIDED: Final = Pick("guided", "符合省指导意见")
"""A tick beside the tags (R7); it is no direction of use and counts for none."""
_TAGS: Final = (*PURPOSES, GUIDED)


def was_not_pasted(around: Around) -> bool:
    """Tags for statistics are not asked of a school that has sent everything at once (R5)."""
    return "pasted" not in around.answers or "purposes" in around.answers


PURPOSE: Final = Field(
    "purposes",
    "应用方向",
    "主要用在哪些方面？可多选；方案符合省指导意见（浙教办技〔2020〕22号）的也请勾选。",
    many_of(_TAGS),
    _show_many(_TAGS),
    Choices(_TAGS, many=True),
    when=was_not_pasted,
    clause="三（二）6",
    names=("应用目的", "用途", "方向"),
)
OVERVIEW: Final = Field(
    "overview",
    "项目概况",
    "请介绍项目概况，200字以内：为什么做、怎么推进、预期成效。",
    long_text,
    limit=OVERVIEW_CHARS,
    clause="附件",
    names=("概况", "项目简介", "简介", "项目介绍"),
    resets=("overview_full",),
    open_text=True,
    hint="200字以内",
)

DATA: Final = (
    Pick("minors", "收集学生个人信息"),
    Pick("broad", "收集位置、通讯录等"),
    Pick("biometrics", "采集人脸、指纹、声纹"),
    Pick("none", "以上都没有"),
)
_DATA_WORDS: Final = (
    ("biometrics", re.compile(r"人脸|指纹|声纹|生物")),
    ("broad", re.compile(r"位置|定位|通讯录|相册|麦克风")),
    ("minors", re.compile(r"姓名|学号|班级|个人信息|学生信息|头像|成绩")),
)
_NO_DATA: Final = re.compile(r"(不|无|没有|未)(?!.*(只|仅|除))")


def pupils_data(raw: str, around: Around) -> list[str]:
    """Read which data of pupils are taken: options, their numbers, or plain words.

    A denial holds for its own clause: 不收集姓名，只用人脸登录 says that faces are taken.
    """
    line = tidy(raw)
    if not any(char.isdecimal() for char in line):
        parts = clauses(line)
        said = [one for one in parts if not _NO_DATA.match(one)]
        if parts and not said:
            return ["none"]
        named = {key for key, words in _DATA_WORDS if any(map(words.search, said))}
        if named and not any(pick.text in line for pick in DATA):
            return [pick.key for pick in DATA if pick.key in named]
    keys: list[str] = many_of(DATA)(raw, around)
    return keys


PUPILS_DATA: Final = Field(
    "data",
    "信息收集",
    "会收集学生的哪些信息？可多选，都没有请选“以上都没有”。",
    pupils_data,
    _show_many(DATA),
    Choices(DATA, many=True),
    names=("个人信息", "数据收集", "学生信息"),
)

OWN_DEVICE: Final = Field(
    "device_words",
    "自带说明",
    "学生自愿自带设备，请说明：是否不指定品牌、不集中采购、不影响不带的学生。",
    text(max_chars=120, min_chars=4, what="说明"),
    when=lambda a: a.answers.get("free", {}).get("device") == "own",
    clause="二（一）",
    names=("自带设备说明",),
    open_text=True,
)
PARTIAL: Final = Field(
    "partial_words",
    "使用安排",
    "请说明只在部分班级使用的原因，以及对其他学生的安排。",
    text(max_chars=120, min_chars=4, what="说明"),
    when=lambda a: a.answers.get("fair", {}).get("partial_use") == "yes",
    clause="二（二）",
    names=("部分使用说明",),
    open_text=True,
)
FIRST_USE: Final = Field(
    "first_use",
    "开始使用",
    "是从哪一天开始使用的？例如：2025年9月1日。",
    held_on,
    shown_date,
    when=lambda a: a.answers.get("fair", {}).get("in_use") == "yes",
    clause="二（三）",
    names=("开始使用日期", "首次使用日期", "启用日期"),
    echo=True,
    entry=EntryKind.DATE,
)


def held_field(key: str, label: str, question: str, place: str, *names: str) -> Field:
    """Return the date of one of the school's own steps; a pilot has none of them to show."""
    return Field(
        key,
        label,
        question,
        held_on,
        shown_date,
        when=lambda a: not wishes_pilot(a),
        clause=place,
        names=names,
        together="steps",
        echo=True,
        entry=EntryKind.DATE,
    )


EXPERTS_ON: Final = held_field(
    "experts_on",
    "论证日期",
    "专家论证、合法性审查、集体决策会议分别在哪天？例：论证3月1日，审查3月2日，会议3月5日。"
    "专家、审查人、会议名称和参会人员也可以一并写上。",
    "四（二）",
    "专家论证日期",
    "专家论证时间",
    "专家论证",
    "论证时间",
    "论证",
)
LEGALITY_ON: Final = held_field(
    "legality_on",
    "审查日期",
    "规范性合法性审查在哪天？例如：3月2日。",
    "四（二）",
    "合法性审查日期",
    "合法性审查时间",
    "合法性审查",
    "审查时间",
    "审查",
)
MINUTES_ON: Final = held_field(
    "minutes_on",
    "会议日期",
    "集体决策的会议在哪天？例如：3月5日。",
    "四（三）",
    "集体决策日期",
    "会议时间",
    "集体决策",
    "决策日期",
    "会议",
    "决策",
)

COMMON_START: Final = (STAGES, STUDENTS, SCALE, CLASSES, TERMS, OWNER, PHONE, PURPOSE, OVERVIEW)
PRINCIPLE_FOLLOW_UPS: Final = (OWN_DEVICE, PARTIAL, FIRST_USE)
STEP_DATES: Final = (EXPERTS_ON, LEGALITY_ON, MINUTES_ON)
