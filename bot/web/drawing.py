"""Draws the pages: templates with everything escaped, and the few words they share."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp_jinja2
import jinja2
from aiohttp import web

from handlers.context import day_text

ROOM = Path(__file__).parent
STATIC = ROOM / "static"
NO_STORE = {"Cache-Control": "no-store"}


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
    environment.globals["static"] = static_address
    app.router.add_static("/static/", STATIC)


def page(
    request: web.Request, template: str, values: Mapping[str, Any], status: int = 200
) -> web.Response:
    """Draw one page; it is never kept by a cache."""
    response = aiohttp_jinja2.render_template(template, request, values, status=status)
    response.headers.update(NO_STORE)
    return response


def message(request: web.Request, status: int, title: str, sentence: str) -> web.Response:
    """Draw a page that says one thing."""
    return page(request, "message.html", {"title": title, "sentence": sentence}, status)


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
        "report.css",
        "upload.js",
        "vendor/echarts/echarts.simple.min.js",
        "vendor/weui/weui.min.css",
    )
}


def static_address(name: str) -> str:
    """Return where a file of the pages is had; a changed file has another address."""
    return f"/static/{name}?{_MARKS[name]}"
