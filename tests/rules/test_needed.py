"""需要备案吗: every path of answers, with what it comes to."""

from __future__ import annotations

import pytest

from storage.rules.needed import (
    Answer,
    Filed,
    Path,
    Uses,
    What,
    Wide,
    next_question,
    read_path,
    weigh,
    write_path,
)
from storage.rules.terms import RuleViolationError

U, W, F, S = Uses, What, Filed, Wide
APPS = (What.APP, What.MINI, What.PLATFORM)


@pytest.mark.parametrize(
    ("path", "answer", "says"),
    [
        # a general tool is none, whoever uses it
        *((Path(who, W.GENERAL), Answer.NOT_NEEDED, "教育版") for who in Uses),
        # devices of the office are no learning devices; its own software is for a person to say
        (Path(U.OFFICE, W.TERMINAL), Answer.NOT_NEEDED, "三（一）1"),
        *((Path(U.OFFICE, what), Answer.ASK, "教育技术部门认定") for what in APPS),
        # what the school has filed
        *((Path(who, what, F.YES), Answer.FILED, "备案范围内")
          for who in (U.PUPILS, U.TEACHERS, U.PARENTS) for what in (*APPS, W.TERMINAL)),
        # teachers' own applications: users of the national definition, and nobody's pilot
        *((Path(U.TEACHERS, what, F.NO), Answer.NEEDED, "教师使用的也在其中") for what in APPS),
        # by how wide it is meant to be
        *((Path(who, what, F.NO, S.SMALL), Answer.PILOT, "三（一）5")
          for who in (U.PUPILS, U.PARENTS) for what in (*APPS, W.TERMINAL)),
        *((Path(who, what, F.NO, S.WIDE), Answer.NEEDED, "凡进必审")
          for who in (U.PUPILS, U.PARENTS) for what in (*APPS, W.TERMINAL)),
        *((Path(who, what, F.NO, S.UNSURE), Answer.ASK, "商量")
          for who in (U.PUPILS, U.PARENTS) for what in (*APPS, W.TERMINAL)),
        (Path(U.TEACHERS, W.TERMINAL, F.NO, S.SMALL), Answer.PILOT, "三（一）5"),
        (Path(U.TEACHERS, W.TERMINAL, F.NO, S.WIDE), Answer.NEEDED, "凡进必审"),
        (Path(U.TEACHERS, W.TERMINAL, F.NO, S.UNSURE), Answer.ASK, "商量"),
    ],
)  # fmt: skip
def test_each_path_has_its_answer_and_its_basis(path: Path, answer: Answer, says: str) -> None:
    verdict = weigh(path)
    assert verdict is not None
    assert verdict.answer is answer
    assert says in verdict.basis
    assert next_question(path) == ""
    assert read_path(write_path(path)) == path


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        (Path(U.PUPILS), "what"),
        (Path(U.PUPILS, W.APP), "filed"),
        (Path(U.PUPILS, W.APP, F.NO), "wide"),
        (Path(U.TEACHERS, W.TERMINAL, F.NO), "wide"),
    ],
)
def test_what_is_not_settled_asks_one_thing_more(path: Path, asked: str) -> None:
    assert next_question(path) == asked


@pytest.mark.parametrize(
    ("what", "kind"),
    [(W.APP, "app"), (W.MINI, "app"), (W.PLATFORM, "app"), (W.TERMINAL, "terminal")],
)
def test_the_next_step_knows_the_kind(what: What, kind: str) -> None:
    verdict = weigh(Path(U.PUPILS, what, F.NO, S.WIDE))
    assert verdict is not None and verdict.kind == kind


@pytest.mark.parametrize("words", ["", "pupils.car", "pupils.app.no.wide.more", "app"])
def test_a_way_that_nobody_offered_is_refused(words: str) -> None:
    with pytest.raises(RuleViolationError, match="请重新发"):
        read_path(words)
