"""A name that no register has, typed into the form: what comes near is offered (R91, E.2)."""

from __future__ import annotations

import pytest

from tests.handlers.school import School, Someone
from tests.handlers.test_asking import parent, read_names

__all__ = ["parent"]
PASTE = "备案 云阅渎 四到六年级 620人 负责人陈晓 13857712345"


@pytest.fixture
def filer(school: School, parent: Someone) -> Someone:
    """The teacher, where 云阅读 and 云悦读 are in the register and their names were read."""
    return school.person("chen")


@pytest.mark.covers("R91")
def test_a_mistyped_name_offers_what_comes_near(filer: Someone) -> None:
    filer.says("备案").says("应用").says("云阅渎").sees(
        "您要的是？", "1 云阅读（杭州某公司，教APP备3301234号）", "2 云悦读（某公司）", "3 都不是"
    )
    assert "product" not in filer.draft().answers
    filer.says("1").sees("已有“云阅读”的备案")
    assert (filer.draft().answers["project"], filer.draft().answers["product"]) == ("云阅读", "p1")


def test_none_of_them_is_filed_as_written(filer: Someone) -> None:
    filer.says("备案").says("应用").says("云阅渎").says("3").sees("“云阅渎”将按您写的名称报送")
    assert filer.draft().answers["product"] == ""


@pytest.mark.parametrize("name", ["潮汐观测记录", "四年级晨间活动", "云朗读"])
def test_a_new_name_asks_nothing_more(filer: Someone, name: str) -> None:
    filer.says("备案").says("应用").says(name).sees("产品库中没有查到", "哪个学段")


def test_a_pasted_form_shows_what_may_be_meant_and_asks_afterwards(filer: Someone) -> None:
    filer.says(PASTE).says("1").sees(
        "已认出以下内容", "产品库中没有“云阅渎”，您要的可能是 云阅读（杭州某公司"
    )
    filer.says("1").sees("您要的是？", "1 云阅读").says("1")
    assert filer.draft().answers["product"] == "p1"


def test_only_products_of_the_form_s_kind_are_offered(school: School, filer: Someone) -> None:
    school.ledger.call(read_names)
    filer.says("备案").says("移动学习终端").says("智学平版").sees("智学平板")
    filer.says("退出")
    filer.says("新建备案").says("应用").says("智学平版").does_not_see("您要的是")
