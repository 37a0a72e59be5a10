"""Drawing on paper: the annex, the certificate, the chart of a bulletin, by a worker process."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import struct
import sys
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import structlog

from bot.channels.cleaning import clean

log = structlog.get_logger()

WORKER: Final = Path(__file__).parent / "worker.py"
SECONDS: Final = 20.0
MOST_WAITING: Final = 16
IDLE_SECONDS: Final = 300.0
MOST_KEPT: Final = 32
PAGE_PPI: Final = 144.0
PICTURE_PPI: Final = 216.0
PICTURE_BYTES: Final = 2 * 1024 * 1024
PICTURE_FORMS: Final = ("certificate", "bulletin")
# The face of the forms has no pictures but these, which are older than emoji.
_DRAWN: Final = "☀☁☂☃★☆☉☎☏☖☗☜☝☞☟☯♀♁♂♠♡♢♣♤♥♦♧♨♩♪♫♬♭♮♯♲♳♴♵♶♷♸♹♺♻♼♽⚠⚽⚾✂✓✚✽✿❀❖\u2776-\u2793➡"
PICTURES: Final = re.compile(
    f"(?:(?![{_DRAWN}])[\u2600-\u27bf]|[\u231a\u231b\u23cf\u23e9-\u23fa\u25fb-\u25fe\u2b1b\u2b1c"
    "\u2b50\u2b55\U0001f000-\U0001f0ff\U0001f1e6-\U0001f1ff\U0001f300-\U0001faff])+"
)
_KEYCAP: Final = "\u20e3"
PICTURE_WORD: Final = "〔表情〕"
_NUMBER: Final = struct.Struct(">I")
_FAILED: Final = 2**32 - 1  # as worker.py writes it


class DrawingError(Exception):
    """This form cannot be drawn; another try would end in the same way."""


class DrawingBusyError(Exception):
    """Too many forms wait to be drawn: try again a little later."""


@dataclass(slots=True, eq=False)
class Drawer:
    """Has forms drawn, one after the other, each within its time.

    The process is started by the first form and ends when there was nothing to draw for a while.
    ``worker`` is run with the interpreter of this process.
    """

    worker: Path = WORKER
    seconds: float = SECONDS
    most_waiting: int = MOST_WAITING
    _process: asyncio.subprocess.Process | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _waiting: int = 0
    _ending: asyncio.TimerHandle | None = None
    _kept: OrderedDict[str, bytes] = field(default_factory=OrderedDict)

    async def pdf(self, annex: Mapping[str, Any]) -> bytes:
        """Return the annex as a PDF. Raises the drawing errors."""
        (file,) = await self._draw("annex", annex, "pdf", PAGE_PPI)
        return file

    async def pages(self, annex: Mapping[str, Any]) -> list[bytes]:
        """Return the annex as a PNG for each page. Raises the drawing errors."""
        return await self._draw("annex", annex, "png", PAGE_PPI)

    async def picture(self, wish: Mapping[str, Any]) -> bytes:
        """Return what is shown to a group as one PNG of at most 2 MB. Raises the drawing errors.

        ``form`` names what is drawn, left out the certificate. Several groups are told the same,
        and anybody may look at it: the last ones are kept.
        """
        key = hashlib.sha256(json.dumps(wish, sort_keys=True).encode()).hexdigest()
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        form = str(wish.get("form", "certificate"))
        if form not in PICTURE_FORMS:
            raise DrawingError("no such picture")
        files = await self._draw(form, wish, "png", PICTURE_PPI)
        if len(files) != 1 or len(files[0]) > PICTURE_BYTES:
            raise DrawingError("it is larger than one picture")
        self._kept[key] = files[0]
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return files[0]

    async def stop(self) -> None:
        """End the worker, whatever it is drawing."""
        process = self._process
        self._kill()
        if process is not None:
            await process.wait()

    # --- one drawing ---------------------------------------------------------------------------

    async def _draw(self, form: str, data: Mapping[str, Any], kind: str, ppi: float) -> list[bytes]:
        if self._waiting >= self.most_waiting:
            raise DrawingBusyError
        wish = {"form": form, "data": _cleaned(data), "kind": kind, "ppi": ppi}
        self._waiting += 1
        try:
            async with self._turn, asyncio.timeout(self.seconds):
                return await self._ask(json.dumps(wish, ensure_ascii=False).encode())
        except TimeoutError:
            raise DrawingError("it took too long") from None
        except (OSError, asyncio.IncompleteReadError) as error:
            raise DrawingError("the worker died") from error
        finally:
            self._waiting -= 1

    async def _ask(self, wish: bytes) -> list[bytes]:
        if self._ending is not None:
            self._ending.cancel()
        process = await self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(_NUMBER.pack(len(wish)) + wish)
            await process.stdin.drain()
            count = await _number(process.stdout)
            sizes = range(1 if count == _FAILED else count)
            files = [await process.stdout.readexactly(await _number(process.stdout)) for _ in sizes]
        except BaseException:
            # Whoever asks next must not be given the rest of this answer.
            self._kill()
            raise
        self._ending = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._dismiss)
        if count == _FAILED:
            said = files[0].decode("utf-8", "replace")
            log.error("form not drawn", said=said.splitlines()[0][:200] if said else "")
            raise DrawingError(said)
        return files

    async def _started(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            # Isolated, and run by its path: it imports nothing of the rest. A session of its own,
            # or it would be interrupted from the keyboard before what it draws was sent.
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-I", str(self.worker),
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
                start_new_session=True,
            )  # fmt: skip
        return self._process

    def _dismiss(self) -> asyncio.subprocess.Process | None:
        """Let the worker end by itself: its input is over."""
        process, self._process = self._process, None
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None
        if process is not None and process.stdin is not None:
            process.stdin.close()
        return process

    def _kill(self) -> None:
        process = self._dismiss()
        if process is not None and process.returncode is None:
            process.kill()


async def _number(stream: asyncio.StreamReader) -> int:
    (found,) = _NUMBER.unpack(await stream.readexactly(_NUMBER.size))
    return int(found)


def _cleaned(value: Any) -> Any:
    """Return ``value`` without anything unseen in its texts, which could turn or hide words, and
    with a word for pictures, which would be empty boxes."""
    if isinstance(value, str):
        return PICTURES.sub(PICTURE_WORD, clean(value)).replace(_KEYCAP, "")
    if isinstance(value, Mapping):
        return {key: _cleaned(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(one) for one in value]
    return value
