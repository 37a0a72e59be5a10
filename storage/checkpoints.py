"""SQLite's checkpoints, beside the writer: nobody's commit waits for the file to be brought up."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import structlog
from sqlalchemy import Connection

log = structlog.get_logger()

EVERY = 64
"""Commits. SQLite itself goes by its log's pages, in the middle of the commit that fills it."""


class Checkpoints(threading.Thread):
    """Copies what was committed from the log into the file; what it leaves is left to the next."""

    def __init__(self, connect: Callable[[], Connection]) -> None:
        super().__init__(name="ledger-checkpoints", daemon=True)
        self._connect = connect
        self._wake = threading.Event()
        self._commits = 0
        self._is_over = False

    def own(self, cursor: Any) -> None:
        """Take the checkpoints of the writer's connection over."""
        cursor.execute("PRAGMA wal_autocheckpoint=0")

    def count(self) -> None:
        """Note a commit of the writer."""
        self._commits += 1
        if self._commits % EVERY == 0:
            self._wake.set()

    def stop(self) -> None:
        """End; closing the last connection brings the file up to the end of the log."""
        self._is_over = True
        self._wake.set()
        self.join()

    def run(self) -> None:
        self._wake.wait()
        if self._is_over:
            return
        with self._connect() as connection:
            cursor = connection.connection.cursor()
            while not self._is_over:
                self._wake.clear()
                try:
                    # PASSIVE waits for nobody: neither for a reader nor for the writer.
                    cursor.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
                except Exception as error:
                    log.error("no checkpoint", exc_info=error)
                self._wake.wait()
