"""Reads the bodies of callbacks: within bounds, and no longer than a platform itself would wait."""

from __future__ import annotations

import asyncio

from aiohttp import web
from aiohttp.client_exceptions import ClientError

MAX_BYTES = 256 * 1024


class BodyError(Exception):
    """This body is not read to its end, and why."""


async def body_of(request: web.Request, seconds: float) -> bytes:
    """Read at most 256 KiB, for at most ``seconds``.

    A compressed body is refused unread, whatever it would unpack to.

    Raises:
        BodyError: compressed, too large, too slow or broken off.
    """
    if "Content-Encoding" in request.headers:
        raise BodyError("compressed")
    if (request.content_length or 0) > MAX_BYTES:
        raise BodyError("too large")
    content = request.content
    try:
        if content.is_eof():
            # It came whole, with its head: there is nothing to wait for.
            return content.read_nowait()
        async with asyncio.timeout(seconds):
            body = await content.readany()
            while not content.at_eof():
                body += await content.readany()
                if len(body) > MAX_BYTES:
                    raise BodyError("too large")
    except TimeoutError:
        raise BodyError("too slow") from None
    except (ConnectionError, ClientError):
        raise BodyError("broken off") from None
    return body
