"""Receipts of pilots (试点回执): a series of their own, never to be read as a filing number."""

from typing import Final, NamedTuple

from storage.rules.terms import RuleViolationError

_PLACES: Final = ("{年}", "{区划}", "{流水}")


class ReceiptSeries(NamedTuple):
    """What one counter of receipts counts: one series per authority and year."""

    tenant: str
    year: int

    @property
    def key(self) -> str:
        """Return the counter's name: ``pilot:330302:2026``."""
        return f"pilot:{self.tenant}:{self.year}"


def check_receipt_template(template: str) -> None:
    """Refuse a template that gives two pilots one receipt, or one that reads as a filing number.

    Raises:
        RuleViolationError: says what is wrong with it.
    """
    rest = template
    for place in _PLACES:
        if template.count(place) != 1:
            raise RuleViolationError(f"试点回执样式中“{place}”应出现一次。")
        rest = rest.replace(place, "")
    if "{" in rest or "}" in rest:
        raise RuleViolationError("试点回执样式中只能使用{年}{区划}{流水}。")
    if "备" in rest:
        raise RuleViolationError("试点回执不是备案号，样式中不能有“备”字。")
    before, _, after = template.partition("{流水}")
    if before[-1:] in ("}", *"0123456789") or after[:1] in ("{", *"0123456789"):
        raise RuleViolationError("试点回执样式中“{流水}”的前后不能紧接数字。")


def receipt_number(template: str, year: int, number_code: str, serial: int) -> str:
    """Return a pilot's receipt, such as ``温教试点〔2026〕0302-0007号``.

    Raises:
        RuleViolationError: an unsound template.

    Source: none in the notice; requirements A.4 M12 (pilot receipt, not a 备案号).
    """
    check_receipt_template(template)
    return (
        template.replace("{年}", str(year))
        .replace("{区划}", number_code)
        .replace("{流水}", f"{serial:04d}")
    )
