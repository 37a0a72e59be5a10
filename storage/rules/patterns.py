"""Patterns that are compiled when a text first needs them: the start of the bot needs none."""

import re
from collections.abc import Iterator
from functools import cached_property


class Pattern:
    """A regular expression, compiled at its first use."""

    def __init__(self, source: str, flags: re.RegexFlag = re.NOFLAG) -> None:
        self._source = source
        self._flags = flags

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self._source, self._flags)

    def search(self, text: str) -> re.Match[str] | None:
        """Find it anywhere."""
        return self._compiled.search(text)

    def match(self, text: str, at: int = 0) -> re.Match[str] | None:
        """Find it at one place."""
        return self._compiled.match(text, at)

    def fullmatch(self, text: str) -> re.Match[str] | None:
        """Tell whether the whole text is it."""
        return self._compiled.fullmatch(text)

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """Find it wherever it is."""
        return self._compiled.finditer(text)

    def found(self, text: str) -> list[str]:
        """Return what it finds, or its only group."""
        return self._compiled.findall(text)

    def split(self, text: str) -> list[str]:
        """Part a text at it; it has no groups."""
        return self._compiled.split(text)

    def sub(self, by: str, text: str) -> str:
        """Put something else in its place."""
        return self._compiled.sub(by, text)


def any_of(words: str) -> str:
    """Return a pattern of any of some words; of two that begin alike the longer stands first."""
    return f"(?:{'|'.join(words.split())})"
