"""The chains' heads, written outside the database, so that a lost tail is noticed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from storage.check import Anchor, anchored
from storage.engine import LedgerError
from storage.ledger import Ledger

# Thirteen authorities write about 1.5 KiB an hour.
TAIL_BYTES = 64 * 1024


def write_heads(path: Path, heads: Sequence[tuple[str, int, str]], now: datetime) -> None:
    """Add one line per chain to the anchor file, and make it durable."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = "".join(f"{now.isoformat()} {tenant} {seq} {digest}\n" for tenant, seq, digest in heads)
    with path.open("a", encoding="ascii") as file:
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())


def read_heads(path: Path) -> list[Anchor]:
    """Return each head in the anchor file once; a half-written line is passed over."""
    if not path.exists():
        return []
    return list(dict.fromkeys(_heads(path.read_bytes())))


def last_heads(path: Path) -> list[Anchor]:
    """Return the newest head of each chain, without reading years of older ones."""
    if not path.exists():
        return []
    with path.open("rb") as file:
        file.seek(max(file.seek(0, os.SEEK_END) - TAIL_BYTES, 0))
        newest = {head.tenant: head for head in _heads(file.read())}
    return list(newest.values())


def must_hold(path: Path, ledger: Ledger) -> None:
    """Refuse to go on with a ledger that has lost what was anchored, before anything is written.

    A damaged write-ahead log drops what was committed and the database itself says nothing: a
    number that was announced would be given once more.

    Raises:
        LedgerError: one sentence for the operator.
    """
    heads = last_heads(path)
    lost = ledger.call(lambda tx: list(anchored(tx, heads)))
    if lost:
        raise LedgerError(
            f"没有启动：台账缺少 {path} 中校验过的记录，可能丢失或被改动。"
            "请先恢复备份，用 beian check 核对；确认不再需要这些记录时，把该文件移走后再启动。"
        )


def _heads(content: bytes) -> Iterable[Anchor]:
    for line in content.decode("ascii", "replace").splitlines():
        parts = line.split(" ")
        if len(parts) == 4 and parts[2].isdecimal() and len(parts[3]) == 64:
            yield Anchor(parts[1], int(parts[2]), parts[3])
