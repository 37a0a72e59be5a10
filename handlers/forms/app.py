"""Filing of an APP for use on campus (进校园备案, 应用)."""

from __future__ import annotations

from typing import Final

from handlers.form import Around, Field, Form
from handlers.forms.changing import CHANGE_FIELDS
from handlers.forms.fields import (
    COMMON_START,
    PRINCIPLE_FOLLOW_UPS,
    PUPILS_DATA,
    STEP_DATES,
)
from handlers.forms.money import COMMON_MONEY
from handlers.forms.parsers import text
from handlers.forms.principles import principle_fields
from handlers.forms.volunteered import VOLUNTEERED
from storage.rules.terms import Kind


def says_it_has_a_number(around: Around) -> bool:
    """The teacher says there is a number that the register does not have."""
    answers = around.answers
    return not answers.get("product_known") and answers.get("fair", {}).get("product_no") == "yes"


PROJECT: Final = Field(
    "project",
    "项目名称",
    "请发应用名称，与应用商店里的一致最好。",
    text(max_chars=60, what="项目名称"),
    clause="附件",
    names=("应用名称", "APP名称", "app名称", "名称", "产品名称", "终端或APP名称"),
    resets=("product", "product_known", "same_seen", "product_version"),
    open_text=True,
)
PRODUCT_NO: Final = Field(
    "product_no",
    "产品备案号",
    "请发教育App备案号，例如：教APP备3301234号。",
    text(max_chars=40, min_chars=4, what="产品备案号"),
    when=says_it_has_a_number,
    clause="二（三）",
    names=("教育App备案号码", "教育App备案号", "产品备案", "产品号"),
)
VERSION: Final = Field(
    "product_version",
    "版本",
    "请发应用的版本号，例如：3.2。",
    text(max_chars=20, what="版本"),
    names=("版本号", "产品版本", "应用版本"),
    optional=True,
)
FORM: Final = Form(
    matter="campus_app",
    title="进校园备案（应用）",
    kind=Kind.APP,
    fields=(
        PROJECT,
        *COMMON_START,
        *COMMON_MONEY,
        PUPILS_DATA,
        *principle_fields(Kind.APP),
        PRODUCT_NO,
        VERSION,
        *PRINCIPLE_FOLLOW_UPS,
        *STEP_DATES,
        *VOLUNTEERED,
        *CHANGE_FIELDS,
    ),
)
