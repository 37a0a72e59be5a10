"""Filing of mobile learning devices for use on campus (进校园备案, 移动学习终端)."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from cards.language import EntryKind
from handlers.form import Around, Field, Form
from handlers.forms.app import PROJECT as APP_PROJECT
from handlers.forms.changing import CHANGE_FIELDS
from handlers.forms.fields import (
    COMMON_START,
    PRINCIPLE_FOLLOW_UPS,
    PUPILS_DATA,
    STEP_DATES,
)
from handlers.forms.money import COMMON_MONEY
from handlers.forms.parsers import count, text, tidy
from handlers.forms.principles import principle_fields
from handlers.forms.volunteered import VOLUNTEERED
from storage.rules.terms import Kind

_NOTHING: Final = re.compile(
    r"(都|均)?(没有|无|不预装|未预装)(预装)?(应用|APP|软件)?[。.]?", re.IGNORECASE
)


def preinstalled_apps(raw: str, around: Around) -> list[str]:
    """Read the names of preinstalled applications; an empty list where there are none."""
    line = tidy(raw)
    if _NOTHING.fullmatch(line):
        return []
    whole = text(max_chars=200, what="预装应用")(line, around)
    return [name for name in re.split(r"[、,，;；]\s*", whole) if name]


PROJECT: Final = replace(
    APP_PROJECT,
    question="请发终端项目名称，例如：平板教学项目。",
    names=("终端名称", "名称", "产品名称", "终端或APP名称"),
)
DEVICES: Final = Field(
    "devices",
    "终端数量",
    "一共多少台终端？例如：240台。",
    count(unit="台", most=200_000, what="终端数量"),
    lambda value: f"{value}台",
    names=("台数", "数量", "终端台数"),
    entry=EntryKind.NUMBER,
)
PREINSTALLED: Final = Field(
    "preinstalled",
    "预装应用",
    "终端预装哪些学习应用？请发名称，用顿号隔开；没有请发“没有”。",
    preinstalled_apps,
    lambda value: "、".join(value) or "没有",
    clause="三（二）2",
    names=("预装APP", "预装软件"),
    open_text=True,
    hint="用顿号隔开，没有填“没有”",
)
FORM: Final = Form(
    matter="campus_terminal",
    title="进校园备案（移动学习终端）",
    kind=Kind.TERMINAL,
    fields=(
        PROJECT,
        *COMMON_START,
        DEVICES,
        PREINSTALLED,
        *COMMON_MONEY,
        PUPILS_DATA,
        *principle_fields(Kind.TERMINAL),
        *PRINCIPLE_FOLLOW_UPS,
        *STEP_DATES,
        *VOLUNTEERED,
        *CHANGE_FIELDS,
    ),
)
