"""Fixtures of the emulated DingTalk's tests."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.sandbox.dingtalk.rules import Rules
from tests.sandbox_dingtalk.lab import Lab, open_lab


@pytest.fixture
def rules() -> Rules:
    """All as the platform does; who answers may be slow on a busy machine (see ``hurry``)."""
    return Rules()


@pytest_asyncio.fixture
async def lab(rules: Rules) -> AsyncIterator[Lab]:
    """A running sandbox with a small DingTalk."""
    async with open_lab(rules) as opened:
        yield opened
