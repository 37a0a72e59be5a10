"""A pilot's own rules: who looks, how long it runs, when it is reminded of, what its receipt is."""

from __future__ import annotations

from datetime import date

import pytest

from storage.rules.office import OfficeRules
from storage.rules.pilot import CHECKLIST, checkers_needed, latest_end, unticked
from storage.rules.receipts import ReceiptSeries, check_receipt_template, receipt_number
from storage.rules.terms import RuleViolationError
from storage.rules.workdays import Day


class Weekdays:
    """A calendar where Monday to Friday are worked."""

    def day(self, on: date) -> Day:
        return Day(on.weekday() < 5, False)


@pytest.mark.parametrize(
    ("settings", "head_files", "needed"),
    [
        ({}, False, 1),  # the principal and one more (Q19)
        ({"pilot.min_reviewers": 3}, False, 2),
        ({"pilot.min_reviewers": 1}, False, 0),  # the principal alone, over somebody else's draft
        ({"pilot.min_reviewers": 1}, True, 1),  # nobody decides alone on what they filed
        ({"pilot.min_reviewers": 3}, True, 2),
    ],
)
def test_how_many_look_besides_the_principal(
    settings: dict[str, object], head_files: bool, needed: int
) -> None:
    office = OfficeRules.from_settings(settings)
    assert checkers_needed(office, head_files=head_files) == needed


@pytest.mark.parametrize(
    ("begins", "terms", "most", "ends"),
    [
        (date(2026, 3, 12), 1, 1, date(2026, 7, 31)),
        (date(2026, 9, 1), 1, 1, date(2027, 1, 31)),
        (date(2026, 8, 20), 1, 1, date(2027, 1, 31)),  # August belongs to the term that follows
        (date(2027, 1, 20), 1, 1, date(2027, 1, 31)),  # ten days are what is left of the term
        (date(2026, 3, 12), 2, 1, date(2026, 7, 31)),  # never more terms than the office allows
        (date(2026, 3, 12), 2, 2, date(2027, 1, 31)),
        (date(2026, 9, 1), 2, 3, date(2027, 7, 31)),
    ],
)
def test_a_pilot_ends_with_its_last_term(begins: date, terms: int, most: int, ends: date) -> None:
    assert latest_end(begins, terms, OfficeRules.from_settings({"pilot.max_terms": most})) == ends


def test_the_checklist_names_a_clause_for_each_line_and_fits_every_list() -> None:
    assert len({item.key for item in CHECKLIST}) == len(CHECKLIST) == 8
    assert all(item.clause and len(item.ticked) <= 17 for item in CHECKLIST)
    assert [item.key for item in unticked({item.key for item in CHECKLIST[1:]})] == ["free"]


def test_a_receipt_has_a_series_of_its_own() -> None:
    template = OfficeRules().pilot_receipt_template
    assert receipt_number(template, 2026, "0302", 7) == "温教试点〔2026〕0302-0007号"
    assert ReceiptSeries("330302", 2026).key == "pilot:330302:2026"


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("试点〔{年}〕{流水}号", "“{区划}”应出现一次"),
        ("试点〔{年}〕{区划}{流水}号", "前后不能紧接数字"),
        ("试点〔{年}〕{区划}-{流水}{类别}", "只能使用"),
        (
            "温教进校备〔{年}〕{区划}-{流水}号",
            "不能有“备”字",
        ),  # never to be read as a filing number
    ],
)
def test_an_unsound_receipt_template_stops_the_start(template: str, says: str) -> None:
    with pytest.raises(RuleViolationError, match=says):
        check_receipt_template(template)
    with pytest.raises(RuleViolationError, match=says):
        OfficeRules.from_settings({"pilot.receipt_template": template})
