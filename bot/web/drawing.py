"""Draws the pages: templates with everything escaped, and the few words they share."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp_jinja2
import jinja2
from aiohttp import web

from handlers.context import day_text

ROOM = Path(__file__).parent
STATIC = ROOM / "static"
NO_STORE = {"Cache-Control": "no-store"}
REPORT = "/r"
"""Where anybody reports, in an installation that has such a page."""


def set_up(app: web.Application) -> None:
    """Give ``app`` the templates and serve the files that they name."""
    environment = aiohttp_jinja2.setup(
        app,
        loader=jinja2.FileSystemLoader(ROOM / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["size"] = size_text
    environment.filters["day"] = day_text
    environment.filters["quoted"] = partial(quote, safe="")
    environment.globals["static"] = static_address
    environment.globals["reporting"] = partial(_address_if_any, app, REPORT)
    app.router.add_static("/static/", STATIC)


def page(
    request: web.Request,
    template: str,
    values: Mapping[str, Any],
    status: int = 200,
    cache: Mapping[str, str] = NO_STORE,
) -> web.Response:
    """Draw one page; without another wish it is never kept by a cache."""
    return drawn(draw(request.app, template, values), status, cache)


def draw(app: web.Application, template: str, values: Mapping[str, Any]) -> str:
    """Draw one page as text; this may be done on any thread."""
    return aiohttp_jinja2.get_env(app).get_template(template).render(values)


def drawn(text: str, status: int = 200, cache: Mapping[str, str] = NO_STORE) -> web.Response:
    """Return a page that was drawn."""
    return web.Response(text=text, content_type="text/html", status=status, headers=cache)


def message(
    request: web.Request, status: int, title: str, sentence: str, *, is_public: bool = False
) -> web.Response:
    """Draw a page that says one thing; a public one leads on to the others."""
    values = {"title": title, "sentence": sentence, "is_public": is_public}
    return page(request, "message.html", values, status)


def _address_if_any(app: web.Application, path: str) -> str:
    return path if any(one.canonical == path for one in app.router.resources()) else ""


def size_text(size: int) -> str:
    """Write a file's size as people read it."""
    if size < 1024 * 1024:
        return f"{max(1, round(size / 1024))} KB"
    return f"{round(size / (1024 * 1024), 1):g} MB"


def _mark(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:8]


_MARKS = {
    name: _mark(name)
    for name in (
        "bulletin.js",
        "pages.css",
        "public.css",
        "report.css",
        "upload.js",
        "vendor/echarts/echarts.simple.min.js",
        "vendor/weui/weui.min.css",
    )
}


def static_address(name: str) -> str:
    """Return where a file of the pages is had; a changed file has another address."""
    return f"/static/{name}?{_MARKS[name]}"
