"""What is printed or exported: headings, lines and tables, free of any format."""

from __future__ import annotations

from typing import NamedTuple


class Table(NamedTuple):
    """A table of finished texts; every row has as many as there are ``columns``."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Paper(NamedTuple):
    """One page to read and to print; ``lines`` stand under the title, ``foot`` below it all."""

    title: str
    lines: tuple[str, ...]
    tables: tuple[Table, ...]
    foot: str = ""
