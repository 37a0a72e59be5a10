"""The access token: fetched by one at a time, shared through a store, refreshed in good time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Protocol

EARLY = timedelta(seconds=300)

Fetch = Callable[[], Awaitable[tuple[str, int]]]


class TokenStore(Protocol):
    """Where the processes of one installation share their tokens."""

    async def load(self, key: str) -> tuple[str, datetime] | None:
        """Return (token, when it ends) or None."""
        ...

    async def save(self, key: str, token: str, expires_at: datetime) -> None:
        """Keep a fresh token."""
        ...


class TokenCache:
    """Holds the token of one application; ``fetch`` asks the platform, giving (token, seconds).

    A token is used until five minutes before its end. Whoever finds it missing or refused waits
    for one refresh that all share, and a token that another process fetched is taken first.
    """

    def __init__(
        self, key: str, store: TokenStore, fetch: Fetch, now: Callable[[], datetime]
    ) -> None:
        self._key = key
        self._store = store
        self._fetch = fetch
        self._now = now
        self._lock = asyncio.Lock()
        self._held: tuple[str, datetime] | None = None

    async def get(self) -> str:
        """Return a token that should work."""
        if self._is_good(self._held, refused=""):
            assert self._held is not None
            return self._held[0]
        return await self._renew(refused="")

    async def replace(self, refused: str) -> str:
        """Return another token than ``refused``, which the platform did not take."""
        return await self._renew(refused=refused)

    async def _renew(self, *, refused: str) -> str:
        async with self._lock:
            if not self._is_good(self._held, refused=refused):
                self._held = await self._store.load(self._key)
            if not self._is_good(self._held, refused=refused):
                token, seconds = await self._fetch()
                self._held = (token, self._now() + timedelta(seconds=seconds))
                await self._store.save(self._key, *self._held)
            assert self._held is not None
            return self._held[0]

    def _is_good(self, held: tuple[str, datetime] | None, *, refused: str) -> bool:
        return held is not None and held[0] != refused and self._now() < held[1] - EARLY
