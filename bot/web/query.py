"""``/``: whether a product is filed, asked by anybody on one form; the address holds the question.

Nothing is kept: no cookie, no line in a log. Whoever gave the address on would give on the question
with it, so it holds of the words only what was understood of them once something was chosen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import quote, urlencode

from aiohttp import web

from bot.web.drawing import NO_STORE, draw, drawn
from bot.web.limits import MISSED
from bot.web.turnstile import Turnstile
from handlers.context import Office
from handlers.public import MOST_APPS, Answer, Question, Way, ask, prefilled
from storage.transaction import Transaction

FOR_A_WHILE: Final = {"Cache-Control": "public, max-age=300"}


@dataclass(frozen=True, slots=True, eq=False)
class QueryPage:
    """Asks and answers by the rooms of the chats."""

    reads: Turnstile
    office: Office
    now: Callable[[], datetime]

    def routes(self) -> list[web.RouteDef]:
        """Return the route of the page."""
        return [web.get("/", self.show)]

    async def show(self, request: web.Request) -> web.Response:
        """Show the empty form, or the answer with the form below it.

        Reading and drawing are done off the event loop, where the chats are answered.
        """
        if not request.query_string:
            values = {"answer": Answer(()), "is_asked": False, "leads": leads}
            return drawn(draw(request.app, "query.html", values), cache=FOR_A_WHILE)
        given = request.query
        question = Question(
            given.get("q", ""),
            given.get("school", ""),
            tuple(given.getall("app", ()))[:MOST_APPS],
            given.get("at", ""),
        )
        is_asked = bool({"q", "school", "app"} & set(given))

        def work(tx: Transaction) -> tuple[bool, str]:
            if is_asked:
                answer = ask(tx, self.office, self.now(), question)
            else:
                answer = prefilled(tx, self.office, question.at)
            values = {"answer": answer, "is_asked": is_asked, "leads": leads}
            return answer.missed, draw(request.app, "query.html", values)

        missed, text = await self.reads.read(work)
        if missed:
            request[MISSED] = True
        return drawn(text, cache=NO_STORE)


def leads(way: Way) -> str:
    """Return where a way leads on these pages; empty where nowhere."""
    if way.listed:
        return f"/s/{quote(way.listed, safe='')}"
    return address(way.asks) if way.asks else ""


def address(question: Question) -> str:
    """Write a question as an address."""
    given = [("app", name) for name in question.apps]
    if question.words:
        given.append(("q", question.words))
    if question.school:
        given.append(("school", question.school))
    if question.at:
        given.append(("at", question.at))
    return f"/?{urlencode(given)}" if given else "/"
