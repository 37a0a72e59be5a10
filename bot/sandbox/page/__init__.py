"""The page of phones: static files and the one document that loads them."""

import mimetypes
from collections.abc import Mapping
from pathlib import Path

from aiohttp import web

_HOME = Path(__file__).parent
# Pages of the bot (another port of this machine) open inside a phone, pictures come from there too.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "frame-src http://127.0.0.1:* http://localhost:*",
        "img-src 'self' data: blob: http://127.0.0.1:*",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
    )
)
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    # There is no build step that renames a changed file, so a browser asks each time.
    "Cache-Control": "no-cache",
}


def add_page(app: web.Application) -> None:
    """Mount the page at ``/`` and its files at ``/static/…`` (``css/…``, ``js/…``)."""
    files = _files()

    async def page(_: web.Request) -> web.StreamResponse:
        return web.FileResponse(_HOME / "index.html", headers=_HEADERS)

    async def static(request: web.Request) -> web.StreamResponse:
        path = files.get(request.match_info["name"])
        if path is None:
            raise web.HTTPNotFound
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        return web.FileResponse(path, headers={**_HEADERS, "Content-Type": kind})

    app.router.add_get("/", page)
    app.router.add_get("/static/{name:.+}", static)


def _files() -> Mapping[str, Path]:
    """Return what may be asked for; a list of names leaves no path to climb out by."""
    found = (path for room in ("css", "js") for path in (_HOME / room).iterdir() if path.is_file())
    return {path.relative_to(_HOME).as_posix(): path for path in found}
