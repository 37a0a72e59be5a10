"""Where a case can stand: how it gets there, told as its people would do it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from tests.matrix.case import Case

OPINIONS = {"legal": "均未发现", "research": "可用", "tech": "通过"}


def _signed(case: Case) -> None:
    case.sends()
    case.signs()


def _reviewed(case: Case) -> None:
    _signed(case)
    case.gives(**OPINIONS)


def _approved(case: Case) -> None:
    _reviewed(case)
    case.gives(basic="均符合，同意")


def _registered(case: Case) -> None:
    _approved(case)
    case.taps("tech2", "登记并发号")


def _taken_back(case: Case) -> None:
    case.sends()
    case.says("chen", "撤回")
    case.taps("chen", "取回修改")


def _sent_back(case: Case) -> None:
    case.sends()
    case.taps("lin", "退给经办")
    case.says("lin", "请补充经费说明")


def _intake(case: Case) -> None:
    case.sends("late")
    case.signs()


def _one_asked_back(case: Case) -> None:
    _signed(case)
    case.gives(legal="均未发现")
    case.says("tech", "退回 26-0302-0001 请补充账号注销方式")
    case.taps("tech", "发出")


def _returned(case: Case) -> None:
    _reviewed(case)
    case.says("basic", "退回 26-0302-0001 请说明每日使用时长")
    case.taps("basic", "发出")


def _rejected(case: Case) -> None:
    _reviewed(case)
    case.says("basic", "不予通过 26-0302-0001 已有两款同类应用")
    case.taps("basic", "发出")


def _announced(case: Case) -> None:
    _registered(case)
    case.taps("chen", "发公告")


def _withdrawn(case: Case) -> None:
    _signed(case)
    case.says("lin", "撤回")
    case.taps("lin", "确定撤回")


PATHS: Final[Mapping[str, Callable[[Case], None]]] = {
    "awaiting_principal": Case.sends,
    "draft": _taken_back,
    "sent_back": _sent_back,
    "intake": _intake,
    "in_review": _signed,
    "in_review+asked_back": _one_asked_back,
    "awaiting_decision": _reviewed,
    "returned": _returned,
    "rejected": _rejected,
    "awaiting_registration": _approved,
    "registered": _registered,
    "registered+announced": _announced,
    "withdrawn": _withdrawn,
}
"""Stage, or stage+how, → the way that ends there. Each begins in a fresh city."""


def _signing_looks(case: Case) -> None:
    case.sends()
    case.says("chen", "帮助")
    case.says("lin", "待办")
    case.taps("lin", "逐条确认并签署")
    case.taps("lin", "不属实")
    case.says("chen", "撤回")


def _desks_look(case: Case) -> None:
    _signed(case)
    case.taps("legal", "有发现")
    case.says("tech", "退回 26-0302-0001 请补充账号注销方式")
    case.says("basic", "待办")
    case.says("legal", "待办")


def _school_looks(case: Case) -> None:
    _one_asked_back(case)
    case.says("chen", "进度")
    case.says("chen", "待办")
    case.says("lin", "待办")
    case.sends(product="听海")
    case.says("chen", "进度")


TRANSIENT: Final = frozenset({"submitted"})
"""Stages that no case stands in after its transaction."""

LOOKS: Final[Mapping[str, Callable[[Case], None]]] = {
    "signing": _signing_looks,
    "desks": _desks_look,
    "school": _school_looks,
}
"""Ways that are walked only for the buttons that are shown there."""
