"""How a bot comes to life: forked from a warm parent, or as a whole process of its own."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

ROOT = Path(__file__).parents[2]


class Lives(Protocol):
    """Starts one bot after the other."""

    async def begin(self) -> int:
        """Start the next one; return its process id."""
        ...

    async def ended(self) -> int:
        """Wait until it has ended; return its exit status, negative for a signal."""
        ...

    async def close(self) -> None:
        """Start no more."""
        ...


async def _python(module: str, settings: Path, trigger: Path) -> asyncio.subprocess.Process:
    with settings.with_name("bot.log").open("ab") as log:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, str(settings), str(trigger),
            cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=log,
        )  # fmt: skip


@dataclass(slots=True)
class Forked:
    """Children of a parent that has everything imported."""

    settings: Path
    trigger: Path
    _parent: asyncio.subprocess.Process | None = None

    async def begin(self) -> int:
        """Fork."""
        if self._parent is None:
            self._parent = await _python("tests.crash.nursery", self.settings, self.trigger)
        assert self._parent.stdin is not None
        self._parent.stdin.write(b"one more\n")
        return await self._number()

    async def ended(self) -> int:
        """Wait for the child."""
        return await self._number()

    async def close(self) -> None:
        """Let the parent go."""
        if self._parent is not None and self._parent.stdin is not None:
            self._parent.stdin.close()
            await self._parent.wait()

    async def _number(self) -> int:
        assert self._parent is not None
        assert self._parent.stdout is not None
        return int(await self._parent.stdout.readline())


@dataclass(slots=True)
class Whole:
    """Processes of their own: the interpreter, the imports, the ledger, everything anew."""

    settings: Path
    trigger: Path
    _process: asyncio.subprocess.Process | None = field(default=None)

    async def begin(self) -> int:
        """Start a process."""
        self._process = await _python("tests.crash.serve", self.settings, self.trigger)
        return self._process.pid

    async def ended(self) -> int:
        """Wait for it."""
        assert self._process is not None
        return await self._process.wait()

    async def close(self) -> None:
        """Nothing is left to close."""
