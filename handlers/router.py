"""Which function answers what: each route names its verb or words and the roles it is open to."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from cards.language import Tap
from handlers.context import Context
from handlers.events import Addressed
from storage.rules.terms import Role

TapHandler = Callable[[Context, Tap], None]
WordHandler = Callable[[Context, re.Match[str]], None]
ReplyHandler = Callable[[Context, Tap, str], None]
HeardHandler = Callable[[Context, Tap, str], bool]
GroupHandler = Callable[[Context, Addressed, re.Match[str]], None]
Try = Callable[[str], re.Match[str] | None]

_DASH = "[-\u2010-\u2015\u2212\uff0d]"
_NUMBER, _PLACE = "[0-9\uff10-\uff19]", "[0-9A-Za-z\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]"
_WIDE_CASE = re.compile(
    rf"(?<!{_NUMBER}){_NUMBER}{{2}}{_DASH}{{1,2}}{_PLACE}{{4}}{_DASH}{{1,2}}{_NUMBER}{{4,6}}"
)
# Words and nothing but words, parted by bars: they are looked up, not tried one after another.
_PLAIN_WORDS = re.compile(r"[^\\.^$*+?{}()\[\]]+")


def _plain_case(found: re.Match[str]) -> str:
    return re.sub(rf"{_DASH}+", "-", unicodedata.normalize("NFKC", found[0]))


CASE = r"(?P<case>\d{2}-[0-9A-Za-z]{4}-\d{4,6}(?!\d))"
"""A case number in what is typed, as every matter's words name it."""

MAYBE_CASE = f"{CASE}?"
"""A case number beside a command, where there is one."""

STAFF = frozenset(
    {
        Role.PRINCIPAL,
        Role.OWNER,
        Role.REVIEWER,
        Role.HEAD,
        Role.DEPUTY,
        Role.ADMIN,
        Role.AUDITOR,
        Role.DISCIPLINE,
    }
)
ANYBODY = frozenset({*STAFF, Role.PUBLIC})
SCHOOL = frozenset({Role.PRINCIPAL, Role.OWNER})
DESKS = frozenset({Role.REVIEWER, Role.HEAD, Role.DEPUTY})


@dataclass(frozen=True, slots=True, eq=False)
class TapRoute:
    """A button's verb and who may use it."""

    verb: str
    roles: frozenset[Role]
    handler: TapHandler


@dataclass(frozen=True, slots=True, eq=False)
class WordRoute:
    """Typed words (a whole message) and who may use them; ``name`` is what the person wants.

    ``natural`` words are no command: from anybody else they are heard as any other sentence. What
    ``gives_way`` is the answer where something was asked for. What stands ``aside`` leaves somebody
    outside with the question they were asked.
    """

    name: str
    pattern: re.Pattern[str]
    roles: frozenset[Role]
    handler: WordHandler
    natural: bool = False
    gives_way: bool = False
    aside: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class ReplyRoute:
    """What answers the text that ``ctx.ask`` asked for, and who may use it."""

    verb: str
    roles: frozenset[Role]
    handler: ReplyHandler


@dataclass(frozen=True, slots=True, eq=False)
class HeardRoute:
    """Words typed under a card that has a button of ``verb``, which no other route claims; the
    handler says whether it understood them."""

    verb: str
    roles: frozenset[Role]
    handler: HeardHandler


@dataclass(frozen=True, slots=True, eq=False)
class GroupRoute:
    """Words said to the assistant in a group (a whole message) and who may use them."""

    name: str
    pattern: re.Pattern[str]
    roles: frozenset[Role]
    handler: GroupHandler


@dataclass(slots=True, eq=False)
class Router:
    """The routes of one matter."""

    name: str
    taps: list[TapRoute] = field(default_factory=list)
    words: list[WordRoute] = field(default_factory=list)
    replies: list[ReplyRoute] = field(default_factory=list)
    group_words: list[GroupRoute] = field(default_factory=list)
    heard: list[HeardRoute] = field(default_factory=list)

    def tap(self, verb: str, *, roles: Iterable[Role]) -> Callable[[TapHandler], TapHandler]:
        """Answer the taps of one verb."""

        def keep(handler: TapHandler) -> TapHandler:
            self.taps.append(TapRoute(verb, frozenset(roles), handler))
            return handler

        return keep

    def word(
        self,
        name: str,
        pattern: str,
        *,
        roles: Iterable[Role],
        natural: bool = False,
        gives_way: bool = False,
        aside: bool = False,
    ) -> Callable[[WordHandler], WordHandler]:
        """Answer messages that match ``pattern`` as a whole."""

        def keep(handler: WordHandler) -> WordHandler:
            kept = frozenset(roles)
            compiled = re.compile(pattern)
            route = WordRoute(name, compiled, kept, handler, natural, gives_way, aside)
            self.words.append(route)
            return handler

        return keep

    def reply(self, verb: str, *, roles: Iterable[Role]) -> Callable[[ReplyHandler], ReplyHandler]:
        """Answer the next thing typed after ``ctx.ask(verb, …)``."""

        def keep(handler: ReplyHandler) -> ReplyHandler:
            self.replies.append(ReplyRoute(verb, frozenset(roles), handler))
            return handler

        return keep

    def under(self, verb: str, *, roles: Iterable[Role]) -> Callable[[HeardHandler], HeardHandler]:
        """Hear what is typed under a card that has a button of ``verb``."""

        def keep(handler: HeardHandler) -> HeardHandler:
            self.heard.append(HeardRoute(verb, frozenset(roles), handler))
            return handler

        return keep

    def group_word(
        self, name: str, pattern: str, *, roles: Iterable[Role]
    ) -> Callable[[GroupHandler], GroupHandler]:
        """Answer what is said in a group and matches ``pattern`` as a whole."""

        def keep(handler: GroupHandler) -> GroupHandler:
            route = GroupRoute(name, re.compile(pattern, re.DOTALL), frozenset(roles), handler)
            self.group_words.append(route)
            return handler

        return keep


@dataclass(frozen=True, slots=True, eq=False)
class Routes:
    """The routes of all matters together; ``patterns`` are tried in order after the ``words``.

    What is said in a group has routes of its own: no word of the private talk is heard there.
    """

    taps: Mapping[str, TapRoute]
    words: Mapping[str, WordRoute]
    patterns: tuple[WordRoute, ...]
    replies: Mapping[str, ReplyRoute]
    group_words: tuple[GroupRoute, ...] = ()
    heard: Mapping[str, HeardRoute] = field(default_factory=dict)
    tries: tuple[tuple[Try, WordRoute], ...] = ()
    """The patterns' own methods: a hundred are tried for each message that is no command."""

    @classmethod
    def of(cls, routers: Iterable[Router]) -> Routes:
        """Join routers.

        Raises:
            ValueError: two of them answer one verb.
        """
        taps: dict[str, TapRoute] = {}
        words: dict[str, WordRoute] = {}
        patterns: list[WordRoute] = []
        replies: dict[str, ReplyRoute] = {}
        group_words: list[GroupRoute] = []
        heard: dict[str, HeardRoute] = {}
        for router in routers:
            heard.update({route.verb: route for route in router.heard})
            group_words += router.group_words
            replies.update({route.verb: route for route in router.replies})
            for route in router.taps:
                if route.verb in taps:
                    raise ValueError(f"two handlers for {route.verb}")
                taps[route.verb] = route
            for word in router.words:
                if _PLAIN_WORDS.fullmatch(word.pattern.pattern):
                    for alternative in word.pattern.pattern.split("|"):
                        words.setdefault(alternative, word)
                else:
                    patterns.append(word)
        tries = tuple((one.pattern.fullmatch, one) for one in patterns)
        return cls(taps, words, tuple(patterns), replies, tuple(group_words), heard, tries)

    def group_word(self, text: str) -> tuple[GroupRoute, re.Match[str]] | None:
        """Find the first route of groups whose words are ``text``."""
        for route in self.group_words:
            if match := route.pattern.fullmatch(text):
                return route, match
        return None

    def word(self, text: str) -> tuple[WordRoute, re.Match[str]] | None:
        """Find the first route whose words are ``text``; its case number as phones write it."""
        text = _WIDE_CASE.sub(_plain_case, text)
        if known := self.words.get(text):
            match = known.pattern.fullmatch(text)
            return (known, match) if match else None
        for fullmatch, route in self.tries:
            if match := fullmatch(text):
                return route, match
        return None
