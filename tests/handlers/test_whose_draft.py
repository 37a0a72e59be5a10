"""A draft is filled by who began it, while they hold a post in its school; nobody else can."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import insert, update

from cards.language import Tap
from storage import tables as t
from storage.transaction import Transaction
from tests.handlers.counts import upload_all
from tests.handlers.school import CITY, School, Someone
from tests.handlers.test_dialogues import to_papers

NOT_THEIRS = "这份草稿属于其他同志或其他学校，不能在这里填写。"


def _post(tx: Transaction, **values: Any) -> None:
    mine = (t.post.c.person_id == "two", t.post.c.unit_code == "S2")
    tx.execute(update(t.post).where(*mine).values(**values))


def _left(tx: Transaction) -> None:
    _post(tx, valid_to=date(2026, 3, 11))


def _comes_tomorrow(tx: Transaction) -> None:
    _post(tx, valid_from=date(2026, 3, 13))


def _same_code_elsewhere(tx: Transaction) -> None:
    """A unit of another authority may have the same code."""
    tx.execute(
        insert(t.unit).values(
            tenant=CITY, code="S2", name="市某校", kind="school", area=CITY, owner="city",
            ownership="public", levels=["primary"], desks=[],
        )
    )  # fmt: skip
    _post(tx, tenant=CITY)


@pytest.mark.parametrize("happens", [_left, _comes_tomorrow, _same_code_elsewhere])
def test_a_post_in_another_school_does_not_open_the_draft_of_this_one(
    school: School, happens: Callable[[Transaction], None]
) -> None:
    two = school.person("two")
    for words in ("备案", "2", "应用", "云阅读"):
        two.says(words)
    school.reads(happens)
    two.says("小学60人").sees(NOT_THEIRS)
    two.says("继续").sees(NOT_THEIRS)
    assert "students" not in two.draft().answers


def test_whose_post_ends_today_fills_until_tonight(school: School) -> None:
    two = school.person("two")
    for words in ("备案", "2", "应用", "云阅读"):
        two.says(words)
    school.reads(lambda tx: _post(tx, valid_to=date(2026, 3, 12)))
    two.says("小学60人").does_not_see(NOT_THEIRS)
    assert two.draft().answers["students"] == 60


@pytest.mark.parametrize("account", ["wang", "lin", "nohead"])
def test_nobody_else_answers_in_somebodys_draft(
    school: School, teacher: Someone, account: str
) -> None:
    """Not a colleague, not the principal, not another school's teacher."""
    to_papers(teacher)
    other, draft = school.person(account), teacher.draft()
    for verb, subject in (
        ("form.pick", f"fund:gift:{draft.id}"),
        ("draft.act", f"go:{draft.id}"),
        ("draft.act", f"drop:{draft.id}"),
        ("form.step", f"papers:save:{draft.id}"),
    ):
        other.taps_old(Tap(verb, subject, 0)).sees(NOT_THEIRS)
    assert teacher.draft() == draft


@pytest.mark.parametrize(("account", "is_let"), [("lin", True), ("wang", False), ("zhou", False)])
def test_the_schools_principal_alone_lends_a_hand_with_a_paper(
    school: School, teacher: Someone, account: str, is_let: bool
) -> None:
    to_papers(teacher)
    draft = teacher.draft()
    other = school.person(account)
    other.uploads("论证.pdf", "experts", draft=draft.id)
    files = school.reads(lambda tx: [file.slot for file in tx.drafts.files(draft.id)])
    assert files == (["experts"] if is_let else [])
    upload_all(teacher)
    teacher.sees("请检查")
