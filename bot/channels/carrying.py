"""An acknowledgement that carries an answer, and tells once it was written out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from aiohttp import web


class Carrying(web.Response):
    """``carried`` is called once the body was written out to a connection that is open."""

    def __init__(
        self,
        body: bytes,
        headers: Mapping[str, str],
        request: web.Request,
        carried: Callable[[], None],
    ) -> None:
        super().__init__(body=body, headers=headers)
        self._request = request
        self._carried = carried

    async def write_eof(self, data: bytes = b"") -> None:
        await super().write_eof(data)
        transport = self._request.transport
        if transport is not None and not transport.is_closing():
            self._carried()
