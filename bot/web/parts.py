"""Reads the parts of a submitted form piece by piece, as far as the whole of it may go."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from aiohttp import BodyPartReader

from bot.web.headers import CalmError

IDLE_SECONDS = 60.0
_CHUNK_BYTES = 64 * 1024


@dataclass(slots=True, eq=False)
class PartReader:
    """Reads parts piece by piece and stops where the whole submission grows too large."""

    most: int
    read_bytes: int = 0

    async def read(self, part: BodyPartReader, most: int | None = None) -> AsyncIterator[bytes]:
        """Give a part's bytes; of a plain field no more than ``most``."""
        size = 0
        while chunk := await self._next(part):
            size += len(chunk)
            if most is not None and size > most:
                raise ValueError("field too long")
            yield chunk

    async def drain(self, part: BodyPartReader) -> None:
        """Read over the rest of a part, so that the next one can be had and the answer seen."""
        while await self._next(part):
            pass

    async def _next(self, part: BodyPartReader) -> bytes:
        async with asyncio.timeout(IDLE_SECONDS):
            chunk = await part.read_chunk(_CHUNK_BYTES)
        self.read_bytes += len(chunk)
        if self.read_bytes > self.most:
            raise CalmError(413)
        return chunk
