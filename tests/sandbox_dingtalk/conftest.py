"""Fixtures of the emulated DingTalk's tests."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from bot.sandbox.dingtalk.rules import Rules
from tests.sandbox_dingtalk.lab import Lab, open_lab


@pytest.fixture
def rules() -> Rules:
    """Do not wait long for who never answers; everything else as the platform does."""
    return replace(Rules(), ack_wait_seconds=0.3, card_wait_seconds=0.3, ping_wait_seconds=0.3)


@pytest_asyncio.fixture
async def lab(rules: Rules) -> AsyncIterator[Lab]:
    """A running sandbox with a small DingTalk."""
    async with open_lab(rules) as opened:
        yield opened
