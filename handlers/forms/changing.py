"""What a change or a renewal of a registered filing asks besides the fields of its form."""

from __future__ import annotations

from typing import Final

from handlers.form import Around, Choices, Condition, Field, Pick
from handlers.forms.parsers import one_of, text
from storage.rules.amend import REVIEWED, Change

MARK: Final = "_change"
"""The answer that makes a draft a change: its kind (``Change``)."""


def change_of(around: Around) -> Change | None:
    """Return what kind of change a draft is; ``None`` for an ordinary filing."""
    kind = around.answers.get(MARK)
    return Change(kind) if kind else None


def _of(*kinds: Change) -> Condition:
    return lambda around: change_of(around) in kinds


_ANEW: Final = (Pick("no", "没有"), Pick("yes", "有"))

CHANGE_FIELDS: Final = (
    Field(
        "version_words",
        "版本说明",
        "新版本是哪一版，主要有什么变化？请用一两句话写明。",
        text(max_chars=120, min_chars=4, what="版本说明"),
        when=_of(Change.VERSION),
        clause="三（二）8",
        open_text=True,
    ),
    Field(
        "effect",
        "实际成效",
        "登记以来的实际成效如何？请用一两句话写明。",
        text(max_chars=200, min_chars=4, what="实际成效"),
        when=_of(Change.RENEWAL),
        clause="一",
        open_text=True,
    ),
    Field(
        "new_version",
        "版本变化",
        "上次备案以来，产品版本或收费方式有无重大变化？",
        one_of(_ANEW, {"没": "no", "无": "no", "有": "yes"}),
        lambda value: dict(_ANEW)[value],
        Choices(_ANEW),
        when=_of(Change.RENEWAL),
        clause="二（三）",
    ),
    Field(
        "change_words",
        "变更说明",
        "请用一句话说明为什么变更。",
        text(max_chars=120, min_chars=4, what="变更说明"),
        when=_of(*REVIEWED),
        clause="二（三）",
        open_text=True,
    ),
)
