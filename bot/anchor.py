"""The chains' heads, written outside the database, so that a lost tail is noticed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from storage.check import Anchor


def write_heads(path: Path, heads: Sequence[tuple[str, int, str]], now: datetime) -> None:
    """Add one line per chain to the anchor file, and make it durable."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = "".join(f"{now.isoformat()} {tenant} {seq} {digest}\n" for tenant, seq, digest in heads)
    with path.open("a", encoding="ascii") as file:
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())


def read_heads(path: Path) -> list[Anchor]:
    """Return the heads in the anchor file; a half-written last line is passed over."""
    if not path.exists():
        return []
    found = []
    for line in path.read_text(encoding="ascii").splitlines():
        parts = line.split(" ")
        if len(parts) == 4 and parts[2].isdecimal() and len(parts[3]) == 64:
            found.append(Anchor(parts[1], int(parts[2]), parts[3]))
    return found
