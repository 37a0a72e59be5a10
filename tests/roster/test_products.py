"""Which product of the register a row speaks of, and what it changes there."""

from __future__ import annotations

import pytest

from storage.rules.terms import Kind
from tests.roster.conftest import LATER, PRODUCT, Desk

NAME, ALIASES, COMPANY, NUMBER, KIND, CHECKED = PRODUCT
BARE = [NAME, "", COMPANY, "", KIND, ""]
OTHER = [NAME, "", "另一家公司", "教APP备1100567号", KIND, ""]


@pytest.mark.parametrize(
    ("known", "listed", "new", "changed"),
    [
        pytest.param([PRODUCT, OTHER], [BARE], 0, 0, id="its own company's, without the number"),
        pytest.param([PRODUCT], [[NAME, "", "新公司", "", KIND, ""]], 1, 0, id="a new company's"),
        pytest.param([PRODUCT], [["口算宝", *BARE[1:]]], 1, 0, id="another name"),
        pytest.param([PRODUCT], [[NAME, "", COMPANY, "", "终端", ""]], 1, 0, id="another kind"),
        pytest.param([BARE], [BARE, PRODUCT], 1, 0, id="one more, with a number"),
        pytest.param([[NAME, "", "", "", KIND, ""]], [PRODUCT], 0, 1, id="a company and a number"),
        pytest.param([BARE], [[NAME, "", "", NUMBER, KIND, ""]], 0, 1, id="a number alone"),
        pytest.param([BARE], [[*BARE[:5], CHECKED]], 0, 1, id="checked"),
        pytest.param([PRODUCT], [[*PRODUCT[:5], "已撤销"]], 0, 1, id="checked again"),
        pytest.param([PRODUCT], [[*PRODUCT[:5], ""]], 0, 0, id="nothing said of the check"),
        pytest.param([PRODUCT], [[NAME, "云读本", *PRODUCT[2:]]], 0, 1, id="another alias"),
        pytest.param([PRODUCT], [[NAME, "", *PRODUCT[2:]]], 0, 0, id="nothing said of aliases"),
        pytest.param([BARE], [[NAME, f"{NAME}、《》", *BARE[2:]]], 0, 0, id="its name as an alias"),
    ],
)
def test_a_row_is_a_new_product_or_changes_the_one_it_speaks_of(
    desk: Desk, known: list[list[str]], listed: list[list[str]], new: int, changed: int
) -> None:
    desk.takes({"产品": known})
    report = desk.takes({"产品": listed}, at=LATER)
    assert report.is_clean
    assert (report.tally("产品").new, report.tally("产品").changed) == (new, changed)
    assert desk.takes({"产品": listed}, at=LATER).tally("产品").changed == 0, "once more"


@pytest.mark.covers("R24")
def test_what_is_said_of_a_check_stays_until_something_else_is_said(desk: Desk) -> None:
    for said, stands in (("已核验", "已核验"), ("", "已核验"), ("已撤销", "已撤销")):
        desk.takes({"产品": [[*PRODUCT[:5], said]]})
        (product,) = desk.ask(lambda tx: tx.products.named(NAME))
        assert product.checked == stands


def test_filled_aliases_take_the_place_of_the_former(desk: Desk) -> None:
    desk.takes({"产品": [PRODUCT]})
    desk.takes({"产品": [[NAME, "云读本", *PRODUCT[2:]]]}, at=LATER)
    assert desk.ask(lambda tx: tx.products.named("云读")) == []
    assert len(desk.ask(lambda tx: tx.products.named("云读本"))) == 1


@pytest.mark.covers("R91")
@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("云阅读学生版", ["云阅读"]),  # begins with a name
        ("新版云阅读", ["云阅读"]),  # ends with one
        ("阅读", ["云阅读"]),  # is part of one
        ("云读学", []),  # an alias of two characters is more often a word
        ("读", []),
        ("口算宝", []),
        ("%_", []),
    ],
)
def test_similar_names_are_found(desk: Desk, name: str, found: list[str]) -> None:
    desk.takes({"产品": [PRODUCT]})
    for kind, names in ((Kind.APP, found), (Kind.TERMINAL, [])):
        near = desk.ask(lambda tx, kind=kind: tx.products.near(name, kind, 5))
        assert [one.name for one in near] == names
