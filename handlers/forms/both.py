"""Filing of devices and applications in one project (进校园备案, 终端和应用)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from handlers.form import Form
from handlers.forms.app import PRODUCT_NO
from handlers.forms.app import PROJECT as APP_PROJECT
from handlers.forms.changing import CHANGE_FIELDS
from handlers.forms.fields import (
    COMMON_START,
    PRINCIPLE_FOLLOW_UPS,
    PUPILS_DATA,
    STEP_DATES,
)
from handlers.forms.money import COMMON_MONEY
from handlers.forms.principles import principle_fields
from handlers.forms.terminal import DEVICES, PREINSTALLED
from handlers.forms.volunteered import VOLUNTEERED
from storage.rules.terms import Kind

PROJECT: Final = replace(APP_PROJECT, question="请发项目名称，例如：云阅读平板教学。")
APPS: Final = replace(
    PREINSTALLED,
    label="项目应用",
    question="项目里有哪些应用？请发名称，用顿号隔开。",
    names=("应用", "应用清单", "预装应用"),
    hint="用顿号隔开",
)
FORM: Final = Form(
    matter="campus_both",
    title="进校园备案（终端和应用）",
    kind=Kind.BOTH,
    fields=(
        PROJECT,
        *COMMON_START,
        DEVICES,
        APPS,
        *COMMON_MONEY,
        PUPILS_DATA,
        *principle_fields(Kind.BOTH),
        PRODUCT_NO,
        *PRINCIPLE_FOLLOW_UPS,
        *STEP_DATES,
        *VOLUNTEERED,
        *CHANGE_FIELDS,
    ),
)
