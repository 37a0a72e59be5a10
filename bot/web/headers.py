"""What every answer says to the browser, and calm pages where something is not to be had."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

import structlog
from aiohttp import hdrs, web

from bot.web.drawing import message
from bot.web.limits import LimitSettings, is_public
from storage.ledger import LedgerUnavailableError

log = structlog.get_logger()

YEAR_SECONDS = 365 * 24 * 3600
PAGES = "/m/"
FIXED = "/static/"
FAILED = "这一页暂时打不开，已经记下，会有人处理（编号 {number}）。请稍后再试，已上传的材料都在。"
NO_PAGE = "没有找到这一页。请核对网址，或者从下面重新查询。"
SENTENCES: Mapping[int, tuple[str, str]] = {
    400: ("没有收全", "这次提交没有收全，请返回后再试一次。"),
    403: ("不能打开", "您没有查看这一页的权限。如职责有变动，请联系本单位管理员更新名单。"),
    404: ("没有找到", "没有找到这一页，请回到聊天里重新打开。"),
    405: ("不能这样打开", "请回到聊天里重新打开这个链接。"),
    408: ("等待过久", "网络较慢，这次没有收完。请换个网络后再试一次，已收到的材料都在。"),
    410: ("已经结束", "这一页已经结束，请回到聊天里重新打开。"),
    413: ("文件过大", "一次提交的文件太多太大，请分几次上传。"),
    414: ("没有读完", "内容太长，没有读完。请只写应用名称和学校，再查一次。"),
    503: ("稍后再试", "暂时连不上，请过一会儿再打开。"),
}
MOST_PATH = 8190
"""Bytes of an address that are looked at; so many a web server takes as a rule."""
MOST_LINE = 1024 * 1024
"""Bytes of an address that are received, so that who sent too many is told so on a page."""
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class CalmError(Exception):
    """The page cannot be had; ``str`` of it is the sentence for the person, if there is a special
    one."""

    def __init__(self, status: int, sentence: str = "") -> None:
        super().__init__(sentence)
        self.status = status


class WebSettings(LimitSettings, Protocol):
    """What the pages' headers and limits depend on."""

    @property
    def public_url(self) -> str: ...


class SandboxSettings(Protocol):
    """Where the phones of the sandbox stand, which show the pages in frames."""

    @property
    def enabled(self) -> bool: ...
    @property
    def port(self) -> int: ...


def headers_for(web_settings: WebSettings, sandbox: SandboxSettings) -> Mapping[str, str]:
    """Return the headers of every answer, on every route.

    Source: OWASP secure headers; reference/reliability.md T18, T25.
    """
    ancestors = f"http://127.0.0.1:{sandbox.port}" if sandbox.enabled else "'none'"
    headers = {
        "Content-Security-Policy": (
            "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; "
            "connect-src 'self'; form-action 'self'; base-uri 'none'; "
            f"frame-ancestors {ancestors}"
        ),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    }
    if web_settings.public_url.startswith("https:"):
        headers["Strict-Transport-Security"] = f"max-age={YEAR_SECONDS}"
    return headers


def add_headers(
    app: web.Application,
    headers: Mapping[str, str],
    count: Callable[[web.Request, web.StreamResponse], None],
) -> None:
    """Put ``headers`` on everything that ``app`` answers, and take the server's version off.

    ``count`` is told of each answer here too: one signal costs a callback less than two.
    """

    async def dress(request: web.Request, response: web.StreamResponse) -> None:
        count(request, response)
        response.headers.update(headers)
        is_fixed = isinstance(response, web.FileResponse) and request.path.startswith(FIXED)
        if is_fixed and response.status == 200:
            # A changed file has another address.
            response.headers["Cache-Control"] = f"public, max-age={YEAR_SECONDS}, immutable"
        response.headers.popall(hdrs.SERVER, None)

    app.on_response_prepare.append(dress)


@web.middleware
async def calm(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn what goes wrong on a page into a calm one; other routes answer for themselves."""
    if len(request.raw_path) > MOST_PATH:
        return _page(request, 414)
    try:
        return await handler(request)
    except CalmError as trouble:
        return _page(request, trouble.status, str(trouble))
    except web.HTTPRedirection:
        raise
    except web.HTTPException as refusal:
        if not _is_page(request) and "text/html" not in request.headers.get("Accept", ""):
            raise
        return _page(request, refusal.status)
    except LedgerUnavailableError:
        if not _is_page(request):
            raise
        return _page(request, 503)
    except ConnectionError:
        raise
    except Exception as error:
        if not _is_page(request):
            raise
        number = secrets.token_hex(3)
        log.error("page failed", number=number, exc_info=error)
        return _page(request, 500, FAILED.format(number=number))


def _is_page(request: web.Request) -> bool:
    return request.path.startswith(PAGES) or is_public(request.path)


def _page(request: web.Request, status: int, sentence: str = "") -> web.Response:
    title, usual = SENTENCES.get(status, ("暂时打不开", "请稍后再试。"))
    is_for_anybody = not request.path.startswith(PAGES)
    if is_for_anybody and status == 404:
        usual = NO_PAGE
    response = message(request, status, title, sentence or usual, is_public=is_for_anybody)
    if not request.content.at_eof():
        # What is still coming was not asked for: the connection ends with this answer.
        response.force_close()
    return response
