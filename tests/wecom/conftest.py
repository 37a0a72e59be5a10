"""The cast: a platform, a clock, and the channel between them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.channels.wecom import WecomChannel
from tests.wecom.platform import Clock, MemoryTokens, Platform, Settings


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tokens() -> MemoryTokens:
    return MemoryTokens()


@pytest.fixture
def counted() -> list[str]:
    return []


@pytest_asyncio.fixture
async def platform() -> AsyncIterator[Platform]:
    fake = Platform()
    fake.base = await fake.start()
    yield fake
    await fake.stop()


@pytest_asyncio.fixture
async def channel(
    platform: Platform, clock: Clock, tokens: MemoryTokens, counted: list[str]
) -> AsyncIterator[WecomChannel]:
    one = WecomChannel(
        Settings(platform.base),
        installation="inst",
        tokens=tokens,
        now=clock.now,
        count=counted.append,
        total_seconds=0.5,
    )
    await one.start()
    yield one
    await one.stop()
