"""The words: keys are stable, labels are what people read, clauses exist."""

import pytest

from storage.rules.terms import (
    NOTICE,
    Act,
    Desk,
    Kind,
    Role,
    RuleViolationError,
    SchoolStage,
    Stage,
    Term,
    cite,
    clause,
)


def test_a_member_is_its_key_and_carries_its_word() -> None:
    assert (Kind.APP, Kind("app").label, f"{Kind.APP}") == ("app", "应用", "app")


def test_the_desks_are_the_roster_codes() -> None:
    # design 2.6, column 部门角色, and other
    assert [desk.value for desk in Desk] == [
        "legal",
        "finance",
        "basic",
        "direct",
        "voc",
        "pre",
        "research",
        "tech",
        "discipline",
        "other",
    ]


def test_the_stages_of_the_annex_are_in_its_order() -> None:
    assert [stage.label for stage in SchoolStage] == ["高中", "中职", "初中", "小学", "幼儿园"]


@pytest.mark.parametrize("term", [Kind, SchoolStage, Desk, Role, Stage, Act])
def test_every_member_has_a_label_of_its_own(term: type[Term]) -> None:
    labels = [member.label for member in term]
    assert all(labels)
    assert len(set(labels)) == len(labels)
    assert [term.labelled(label) for label in labels] == list(term)


def test_an_unknown_label_is_answered_with_the_known_ones() -> None:
    with pytest.raises(RuleViolationError, match="没有“大学”这一项，可用的有：高中、中职"):
        SchoolStage.labelled("大学")


@pytest.mark.parametrize("place", ["三(一)2", "三（一）2", "三 (一) 2"])
def test_a_clause_is_written_in_one_way(place: str) -> None:
    assert clause(place) == "三（一）2"
    assert cite(place) == f"{NOTICE}三（一）2" == "温教办技〔2022〕65号三（一）2"


def test_a_clause_that_the_notice_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="no such clause"):
        clause("三(三)1")
