"""Ways through a small pilot that several stories share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import insert

from storage import tables as t
from storage.transaction import Transaction
from tests.stories.filing import confirms
from tests.stories.town import SCHOOL, TENANT, Town
from tests.stories.ways import app

CASE = "26-0302-0001"
RECEIPT = "温教试点〔2026〕0302-0001号"
SMALL = {"学生人数": "80", "备案规模": "小范围试点", "班级数": "2", "试点学期": "1"}
LINES = ("free", "fair", "chosen", "product_no", "content", "data", "person", "ends")
ALL: dict[str, Sequence[str]] = {"ticks": LINES}


def join_school(town: Town, person: str = "legal2", role: str = "owner") -> None:
    """Give somebody of the town a post at the school as well."""

    def write(tx: Transaction) -> None:
        row = {"tenant": TENANT, "unit_code": SCHOOL, "person_id": person, "role": role}
        tx.execute(insert(t.post).values(valid_from=date(2026, 1, 1), **row))

    town.bot.ledger.call(write)


async def drafts(town: Town, **other: str) -> None:
    """Let the teacher fill a small pilot in, up to the choice."""
    teacher = town.person("chen")
    await teacher.says(app("四年级", **{**SMALL, **other}))
    await confirms(teacher)


async def sends(town: Town, **other: str) -> None:
    """Let the teacher send it to the school's decision, with one person named."""
    join_school(town)
    teacher = town.person("chen")
    await drafts(town, **other)
    await teacher.taps("按试点办理")
    await teacher.says("法规legal2")
    await teacher.taps("确认，请学校审查")


async def checks(town: Town, person: str = "legal2") -> None:
    """Let the named person confirm the checklist."""
    await town.person(person).taps("逐条审查")
    await town.person(person).taps("确认审查", chosen=ALL)


async def runs(town: Town, **other: str) -> None:
    """Take a pilot to its receipt."""
    await sends(town, **other)
    await checks(town)
    await town.person("lin").taps("逐条审查并决定")
    await town.person("lin").taps("同意试点", chosen=ALL)
