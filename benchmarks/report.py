"""The figures as a table, and what each of them is held to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: what it says, and what it must be at least or at most."""

    name: str
    says: str
    least: float | None = None
    most: float | None = None

    def bound(self) -> str:
        """Write the bound."""
        if self.least is not None:
            return f"≥ {self.least:g}"
        return f"≤ {self.most:g}" if self.most is not None else ""

    def holds(self, value: float) -> bool:
        """Tell whether ``value`` is within the bound."""
        if self.least is not None:
            return value >= self.least
        return self.most is None or value <= self.most


FIGURES = (
    Figure("callback_ratio_aes", "callbacks/s over decrypting and encrypting alone", least=0.3),
    Figure("callback_cpu_ratio_aes", "the same by processor time a message", least=0.3),
    Figure("callback_p99_ratio_const", "p99 at 200/s over that of a constant answer", most=3),
    Figure("callback_ratio_orm", "callbacks/s over the usual way (wechatpy, async ORM)", least=6),
    Figure("ledger_steps_per_s", "durable steps of the conversation, without HTTP"),
    Figure("tap_redraw_p99_ms", "tap to redraw at the platform, 100 taps/s, ms", most=50),
    Figure("stream_ack_p99_ms", "push to ack on the stream, 200/s, each durable, ms", most=50),
    Figure("stream_replaced_s", "a stream's line cut until the next is open, s", most=5),
    Figure("sweep_1m_sqlite_s", "20,000 of 1,000,000 open cases due in one tick, s", most=1),
    Figure("sweep_1m_postgres_s", "the same on PostgreSQL, s", most=1),
    Figure("sweep_longest_tx_ms", "the longest transaction of both, ms", most=100),
    Figure("sweep_idle_ms", "a tick over as many that finds nothing due, ms", most=1),
    Figure("query_exact_p99_ms", "a name asked among 20,000, 2,000,000 filings, ms", most=5),
    Figure("query_short_p99_ms", "two characters of one, ms", most=5),
    Figure("query_fuzzy_p99_ms", "one with a mistake, in a sentence, ms", most=20),
    Figure("query_exact_postgres_p99_ms", "a name asked on PostgreSQL, ms", most=5),
    Figure("query_short_postgres_p99_ms", "two characters there, ms", most=5),
    Figure("query_fuzzy_postgres_p99_ms", "one with a mistake there, ms", most=20),
    Figure("public_beside_chat_p99_ratio", "the chat's p99 beside 100 page views/s", most=1.2),
    Figure("cold_start_ratio_imports", "start to first answer over importing alone", most=1.2),
    Figure("rss_mb", "resident memory after 10,000 callbacks, MB", most=150),
    Figure("filing_messages_pasted", "messages for a filing pasted at once", most=6),
    Figure("filing_messages_stepwise", "messages for a filing question by question", most=18),
)
COLUMNS = (
    ("server", 8),
    ("msgs/s", 10),
    ("CPU us/msg", 12),
    ("p99 ms at 200/s", 17),
    ("by a client awake", 19),
)
STAGES = {
    "aiohttp": "aiohttp and the socket (the constant handler)",
    "codec": "signature, cipher, envelope, sealing the answer",
    "translate": "reading the message into an event",
    "dispatcher": "event loop: turn, future, metrics, headers",
    "handlers": "the conversation itself",
    "statements": "its SQL statements, values both ways",
    "notes": "noting that the acknowledgement was written",
    "delivery": "the sender's look-outs",
    "ledger": "the ledger's thread: savepoints, commit, handing over",
}


def table(values: Mapping[str, float], rows: Mapping[str, Sequence[float]]) -> str:
    """Return the figures that were measured, and what is known of each server."""
    lines = [f"{'figure':26} {'value':>9} {'bound':>7}"]
    for figure in FIGURES:
        if figure.name in values:
            value = values[figure.name]
            mark = "" if figure.holds(value) else "  MISSED"
            lines.append(f"{figure.name:26} {value:9.3f} {figure.bound():>7}  {figure.says}{mark}")
    if rows:
        lines += ["", "".join(f"{head:>{width}}" for head, width in COLUMNS)]
    for name, found in rows.items():
        cells = [f"{value:g}" if value else "" for value in (float(f"{v:.3g}") for v in found)]
        widths = [width for _, width in COLUMNS]
        lines.append("".join(f"{c:>{w}}" for c, w in zip([name, *cells], widths, strict=True)))
    return "\n".join(lines)


def stages_table(stages: Mapping[str, float]) -> str:
    """Return where the processor time of one callback goes."""
    whole = sum(stages.values())
    lines = [f"{'stage':12} {'CPU us':>7} {'share':>6}   (with the stopwatch's own few)"]
    for name, spent in stages.items():
        lines.append(f"{name:12} {spent:7.0f} {spent / whole:6.0%}   {STAGES[name]}")
    return "\n".join([*lines, f"{'in all':12} {whole:7.0f}"])
