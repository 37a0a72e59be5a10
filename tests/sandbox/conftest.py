"""Fixtures of the sandbox's tests."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from bot.sandbox.box import Limits
from tests.sandbox.lab import Lab, open_lab


@pytest.fixture
def limits() -> Limits:
    """Redeliver at once; everything else as the platform does."""
    return replace(Limits(), redelivery_seconds=0.0)


@pytest_asyncio.fixture
async def lab(limits: Limits) -> AsyncIterator[Lab]:
    """A running sandbox with a toy bot."""
    opened, close = await open_lab(limits)
    yield opened
    await close()
