"""What an answer's texts are in each language: ``cards.query`` and ``cards.query_english``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final, Protocol

from cards import query, query_english
from storage.rules.standing import Force


class Words(Protocol):
    """The sentences of one language."""

    @property
    def RULES(self) -> str: ...  # noqa: N802  (a module is one)
    @property
    def NO_CHILD(self) -> str: ...  # noqa: N802
    @property
    def NOT_SAFE(self) -> str: ...  # noqa: N802
    @property
    def WHICH_SCHOOL(self) -> str: ...  # noqa: N802
    @property
    def WHICH_APP(self) -> str: ...  # noqa: N802
    @property
    def NO_SUCH_SCHOOL(self) -> str: ...  # noqa: N802
    @property
    def NO_SUCH_NUMBER(self) -> str: ...  # noqa: N802
    @property
    def REPORTING(self) -> str: ...  # noqa: N802
    @property
    def FIRST_ASKED(self) -> str: ...  # noqa: N802
    @property
    def NO_RECEIPT(self) -> str: ...  # noqa: N802
    @property
    def WHICH_ONE(self) -> str: ...  # noqa: N802
    @property
    def WHICH_OF_SCHOOLS(self) -> str: ...  # noqa: N802
    @property
    def WHAT_FOR(self) -> str: ...  # noqa: N802
    @property
    def RESULT(self) -> str: ...  # noqa: N802
    @property
    def YES(self) -> str: ...  # noqa: N802
    @property
    def NO(self) -> str: ...  # noqa: N802
    @property
    def NEITHER(self) -> str: ...  # noqa: N802
    @property
    def AGAIN(self) -> str: ...  # noqa: N802
    @property
    def LIST(self) -> str: ...  # noqa: N802
    @property
    def REPORT(self) -> str: ...  # noqa: N802
    @property
    def ASK(self) -> str: ...  # noqa: N802
    @property
    def FEE(self) -> str: ...  # noqa: N802
    @property
    def BOTH(self) -> str: ...  # noqa: N802

    def perhaps(self, names: Sequence[str]) -> str: ...
    def is_it(self, names: Sequence[str]) -> str: ...
    def alike(self, lines: Sequence[str]) -> str: ...
    def filed(
        self, product: str, school: str, number: str, users: str, checked: date | None,
        product_no: str,
    ) -> str: ...  # fmt: skip
    def stands(
        self, product: str, school: str, number: str, force: Force, since: date | None
    ) -> str: ...
    def elsewhere(self, product: str, school: str) -> str: ...
    def somewhere(self, product: str) -> str: ...
    def not_found(self, product: str, school: str) -> str: ...
    def other_sound(self, names: Sequence[str]) -> str: ...
    def listed(self, school: str, titles: Sequence[str], most: int) -> str: ...
    def charge_of(self, authority: str, leads: Sequence[str]) -> str: ...


CHINESE: Final[Words] = query
ENGLISH: Final[Words] = query_english
