"""The ledger: runs a plain function inside one transaction, durably, on its own thread.

On SQLite one writer thread takes everything that waits, gives each event its own SAVEPOINT and
commits once for all of them. On PostgreSQL a pool of threads runs one transaction each and the
server groups the commits. What is handed back was committed.
"""

from __future__ import annotations

import asyncio
import queue
import random
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import DBAPIError

from storage.calendar import Shared
from storage.checkpoints import Checkpoints
from storage.courtesy import Courteous
from storage.crypto import FieldCipher
from storage.engine import LedgerError, database_url, open_engine
from storage.gathering import Gathering
from storage.rulebook import SharedRules
from storage.rules.workdays import Calendar
from storage.statements import Statements
from storage.tables import installation
from storage.transaction import SAVEPOINT, Transaction

BATCH = 256
READERS = 4
POSTGRES_WRITERS = 8
RERUNS = 8
RERUN_STATES = frozenset({"40001", "40P01"})
# SQLite's codes for what no handler did: locked, no memory, read-only, I/O, damaged, full, no file.
SQLITE_OUTAGES = frozenset({5, 6, 7, 8, 10, 11, 13, 14, 26})


class LedgerUnavailableError(LedgerError):
    """Nothing was written and nothing can be said about why to a person; try again."""


T = TypeVar("T")


@dataclass(slots=True, eq=False)
class Job(Generic[T]):
    """One function waiting for its transaction, and what it came to: its value or its error.

    ``give`` hands that to whoever waits, on ``loop`` where there is one.
    """

    work: Callable[[Transaction], T]
    give: Future[T] | asyncio.Future[T]
    loop: asyncio.AbstractEventLoop | None = None
    value: T | None = None
    error: Exception | None = None


def nothing(_point: str) -> None:
    """The hook of a healthy process: named points of the path pass unnoticed."""


@dataclass(slots=True, eq=False)
class Ledger:
    """The one way into the database.

    ``on_outbox`` is called after a commit that put something out, ``on_batch`` with how many events
    one commit held, both from the ledger's own thread.
    ``at`` is told each named point of the path (``commit.pre``, ``commit.post``); tests pass one in
    that kills the process there.
    """

    url: str
    cipher: FieldCipher
    calendar: Calendar
    at: Callable[[str], None] = nothing
    on_outbox: Callable[[], None] = lambda: None
    on_batch: Callable[[int], None] = lambda _jobs: None
    installation: str = ""
    _engine: Engine = field(init=False)
    _readers: Engine = field(init=False)
    _statements: Statements = field(init=False)
    _writer: _Writer | None = field(init=False, default=None)
    _pool: ThreadPoolExecutor | None = field(init=False, default=None)
    _reading: ThreadPoolExecutor = field(init=False)
    _sqlite: bool = field(init=False)
    _days: Shared = field(init=False)
    _rules: SharedRules = field(init=False, default_factory=SharedRules)

    def open(self) -> Ledger:
        """Connect, start the threads, and read the installation's own id.

        Raises:
            LedgerError: the database cannot be reached, or was never migrated.
        """
        address = database_url(self.url)
        self._sqlite = address.get_backend_name() == "sqlite"
        self._engine = open_engine(address)
        self._readers = open_engine(address, readers=READERS)
        self._statements = Statements(self._engine.dialect)
        self._days = Shared(self.calendar)
        self._reading = ThreadPoolExecutor(READERS, "ledger-reader")
        try:
            with self._engine.connect() as connection:
                self.installation = connection.execute(select(installation.c.id)).scalar_one()
                if self._sqlite:
                    self._must_take_writes(connection)
        except LedgerError:
            self._reading.shutdown()
            raise
        except Exception as error:
            self._reading.shutdown()
            raise LedgerError("数据库打不开，或者还没有运行 beian migrate。") from error
        if self._sqlite:
            self._writer = _Writer(self)
            self._writer.start()
        else:
            self._pool = ThreadPoolExecutor(POSTGRES_WRITERS, "ledger-writer")
        return self

    @staticmethod
    def _must_take_writes(connection: Connection) -> None:
        """Refuse a file that can only be read: nothing could be taken in, or sent."""
        cursor = connection.connection.cursor()
        try:
            # Of a file that can only be read SQLite takes the BEGIN, and refuses the first write.
            cursor.execute("BEGIN IMMEDIATE")
            cursor.execute("UPDATE installation SET id = id")
        except Exception as error:
            raise LedgerError(
                "数据库现在不能写入，请检查文件和目录的权限，或者等别的程序用完。"
            ) from error
        cursor.execute("ROLLBACK")

    @property
    def is_shared(self) -> bool:
        """Whether other processes may work on the same database: SQLite is one process's."""
        return not self._sqlite

    def close(self) -> None:
        """Finish what waits and close every connection."""
        if self._writer:
            self._writer.stop()
        if self._pool:
            self._pool.shutdown()
        self._reading.shutdown()
        self._engine.dispose()
        self._readers.dispose()

    async def run(self, work: Callable[[Transaction], T]) -> T:
        """Run ``work`` in one transaction and return what it returned, once that is durable.

        ``work`` may run more than once (PostgreSQL, after a deadlock): it touches nothing but its
        transaction.

        Raises:
            LedgerUnavailableError: the commit failed; nothing was written.
            Exception: whatever ``work`` raised; its writes were rolled back.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        job = Job(work, future, loop)
        if self._writer:
            self._writer.gathering.add(job, loop)
        else:
            self._submit(job)
        return await future

    def call(self, work: Callable[[Transaction], T]) -> T:
        """Do what ``run`` does, for a caller that may block: a command, a worker, a test."""
        future: Future[T] = Future()
        self._submit(Job(work, future))
        return future.result()

    async def read(
        self, work: Callable[[Transaction], T], first: Callable[[], None] | None = None
    ) -> T:
        """Run ``work`` on a read-only connection, beside the writer. For pages and exports.

        ``first`` is called before each statement, on the reader's thread: there it may let others
        go first.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._reading, self._read, work, first)

    def _read(self, work: Callable[[Transaction], T], first: Callable[[], None] | None = None) -> T:
        with self._readers.connect() as connection:
            cursor = connection.connection.cursor()
            cursor.execute("BEGIN" if self._sqlite else "BEGIN READ ONLY")
            try:
                if first is None:
                    return work(self.transaction(connection, cursor))
                asked: Any = Courteous(connection, first)
                return work(self.transaction(asked, Courteous(cursor, first)))
            finally:
                cursor.execute("ROLLBACK")

    def _submit(self, job: Job[Any]) -> None:
        if self._writer:
            self._writer.queue.put([job])
        elif self._pool:
            self._pool.submit(self._run_alone, job)
        else:
            raise LedgerUnavailableError("数据库还没有打开。")

    def transaction(self, connection: Connection, cursor: Any) -> Transaction:
        """Wrap an open connection and its cursor; who calls this owns BEGIN and COMMIT."""
        return Transaction(
            connection, cursor, self._statements, self.cipher, self.installation, self._days,
            self._rules,
        )  # fmt: skip

    def connect(self) -> Connection:
        """Open the connection of a writer."""
        return self._engine.connect()

    def _run_alone(self, job: Job[Any]) -> None:
        """Run one job in a transaction of its own (PostgreSQL), again after a lost race."""
        put_out = False
        for attempt in range(1, RERUNS + 1):
            try:
                with self._transaction() as tx:
                    job.value = job.work(tx)
                    tx.finish()
                put_out = tx.put_out
                job.error = None
                self.on_batch(1)
                break
            except Exception as error:
                cause = error.orig if isinstance(error, DBAPIError) else error
                job.error = self.told(error)
                if getattr(cause, "sqlstate", None) not in RERUN_STATES:
                    break
            time.sleep(random.uniform(0, 0.005 * 2**attempt))
        self.hand_over([job])
        if put_out:
            self.on_outbox()

    def told(self, error: Exception) -> Exception:
        """Return what is told of an error inside a transaction: the database's own, or its own."""
        cause = error.orig if isinstance(error, DBAPIError) else error
        return self.unavailable(error) if self._is_outage(cause) else error

    def _is_outage(self, cause: BaseException | None) -> bool:
        """Say whether the server is at fault, and no handler: a line cut, a restart, a full disk,
        or more lost races than are worth another try."""
        if self._sqlite:
            return getattr(cause, "sqlite_errorcode", 0) & 0xFF in SQLITE_OUTAGES
        driver: Any = self._engine.dialect.dbapi
        return isinstance(cause, (driver.OperationalError, driver.InterfaceError))

    @staticmethod
    def unavailable(error: Exception) -> LedgerUnavailableError:
        """Return what is told where nothing was written and the database is the reason."""
        told = LedgerUnavailableError("数据库暂时写不进去。")
        told.__cause__ = error
        return told

    @contextmanager
    def _transaction(self) -> Iterator[Transaction]:
        with self._engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            cursor = connection.connection.cursor()
            # What a refused handler began is undone to here.
            cursor.execute(f"BEGIN; SAVEPOINT {SAVEPOINT}")
            try:
                yield self.transaction(connection, cursor)
                self.at("commit.pre")
                cursor.execute("COMMIT")
            except BaseException:
                if not driver.closed:
                    cursor.execute("ROLLBACK")
                raise
            self.at("commit.post")

    def hand_over(self, jobs: Sequence[Job[Any]]) -> None:
        """Give each outcome to whoever waits for it: one wake-up per event loop and batch."""
        loops: dict[asyncio.AbstractEventLoop, list[Job[Any]]] = {}
        for job in jobs:
            if job.loop is None:
                _settle(job)
            else:
                loops.setdefault(job.loop, []).append(job)
        for loop, batch in loops.items():
            if not loop.is_closed():
                loop.call_soon_threadsafe(_settle_all, batch)


def _settle_all(batch: Sequence[Job[Any]]) -> None:
    for job in batch:
        _settle(job)


def _settle(job: Job[Any]) -> None:
    future = job.give
    if future.done():
        return
    if job.error is not None:
        future.set_exception(job.error)
    else:
        future.set_result(job.value)


class _Writer(threading.Thread):
    """SQLite's one writer: everything that waits becomes one commit."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(name="ledger-writer", daemon=True)
        self.queue: queue.SimpleQueue[list[Job[Any]] | None] = queue.SimpleQueue()
        self.gathering: Gathering[Job[Any]] = Gathering(self.queue.put)
        self._ledger = ledger
        self._checkpoints = Checkpoints(ledger.connect)

    def stop(self) -> None:
        """Let the queue run empty, then end."""
        self.gathering.flush()
        self.queue.put(None)
        self.join()
        self._checkpoints.stop()

    def run(self) -> None:
        self._checkpoints.start()
        with self._ledger.connect() as connection:
            cursor = connection.connection.cursor()
            self._checkpoints.own(cursor)
            while (jobs := self.queue.get()) is not None:
                last = False
                while len(jobs) < BATCH and not last:
                    try:
                        more = self.queue.get_nowait()
                    except queue.Empty:
                        break
                    if more is None:
                        last = True
                    else:
                        jobs.extend(more)
                self._commit_together(connection, cursor, jobs)
                if last:
                    return

    def _commit_together(self, connection: Connection, cursor: Any, jobs: list[Job[Any]]) -> None:
        ledger = self._ledger
        put_out = False
        try:
            # IMMEDIATE: a deferred transaction that reads first may not be allowed to write.
            cursor.execute("BEGIN IMMEDIATE")
            for job in jobs:
                tx = ledger.transaction(connection, cursor)
                cursor.execute(f"SAVEPOINT {SAVEPOINT}")
                try:
                    job.value = job.work(tx)
                    tx.finish()
                except Exception as error:
                    job.error = ledger.told(error)
                    cursor.execute(f"ROLLBACK TO SAVEPOINT {SAVEPOINT}")
                else:
                    put_out = put_out or tx.put_out
                cursor.execute(f"RELEASE SAVEPOINT {SAVEPOINT}")
            ledger.at("commit.pre")
            cursor.execute("COMMIT")
        except Exception as error:
            put_out = False
            failed = ledger.unavailable(error)
            if connection.connection.driver_connection.in_transaction:  # type: ignore[union-attr]
                cursor.execute("ROLLBACK")
            for job in jobs:
                job.error = failed
        else:
            ledger.at("commit.post")
            ledger.on_batch(len(jobs))
            self._checkpoints.count()
        ledger.hand_over(jobs)
        if put_out:
            ledger.on_outbox()


def new_installation_id() -> str:
    """Return the random id that every id given to a platform starts with."""
    return secrets.token_hex(5)
