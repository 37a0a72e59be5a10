"""The 字 of the 200: user-perceived characters, white space not counted (Q26)."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_ZWJ: Final = "\u200d"
_BLANK: Final = frozenset("\u2800\u3164\uffa0\u115f\u1160")
"""Characters that Unicode calls letters or symbols and that show nothing."""


_PLAIN: Final = r"[ -~\n\u3000-\u3029\u4e00-\u9fff\uff01-\uff5e‘’“”—…·]*"
"""What nearly every text is made of: printable ASCII, Chinese, its marks. One character, one 字."""


@dataclass(frozen=True, slots=True)
class Overflow:
    """A text over its limit. ``sentence`` is the one that crosses it, the ``sentence_index``-th.

    ``kept`` is the text before that sentence: what could stay if the rest moved elsewhere.
    """

    count: int
    over: int
    sentence_index: int
    sentence: str
    kept: str


def count_characters(text: str) -> int:
    """Count the visible characters of ``text``: a joined emoji is one, white space is none.

    Source: 附件 字数200以内; requirements Q26 and A.10b.
    """
    if re.fullmatch(_PLAIN, text):
        return sum(map(len, text.split()))
    return sum(_is_visible(cluster) for cluster in graphemes(text))


def overflow(text: str, limit: int) -> Overflow | None:
    """Return where ``text`` passes ``limit`` characters, ``None`` if it does not; never cut."""
    count = count_characters(text)
    if count <= limit:
        return None
    kept = ""
    for index, sentence in enumerate(sentences(text), start=1):
        if count_characters(kept + sentence) > limit:
            return Overflow(count, count - limit, index, sentence.strip(), kept.rstrip())
        kept += sentence
    raise AssertionError("the sentences of a text are the text")


_SENTENCE: Final = r"(?s).*?(?:[。！？!?]+[”’」』）)\"']*|\.(?=\s)|\n|\Z)"


def sentences(text: str) -> list[str]:
    """Split ``text`` after 。！？, a full stop before white space, or a line; joined it is whole.

    What is only white space belongs to the sentence before it.
    """
    found: list[str] = []
    for part in (match.group() for match in re.finditer(_SENTENCE, text)):
        if found and (not part.strip() or not found[0].strip()):
            found[-1] += part
        elif part:
            found.append(part)
    return found


def graphemes(text: str) -> Iterator[str]:
    """Yield the user-perceived characters of ``text``; joined they are the text.

    An approximation of Unicode's extended grapheme clusters that covers combining marks, variation
    selectors, skin tones, emoji joined by ZWJ, flags, keycaps, tag sequences and Hangul syllables.
    """
    cluster = ""
    for char in text:
        if cluster and not _continues(cluster, char):
            yield cluster
            cluster = ""
        cluster += char
    if cluster:
        yield cluster


def _continues(cluster: str, char: str) -> bool:
    before = cluster[-1]
    if _extends(char):
        return True
    if before == _ZWJ:
        # Only a picture can be joined; "文<ZWJ>字" stays two.
        return _is_picture(char) and _is_picture(cluster[0])
    if _is_regional(before) and _is_regional(char):
        return len(cluster) % 2 == 1 and all(_is_regional(one) for one in cluster)
    return _is_hangul_pair(before, char)


def _extends(char: str) -> bool:
    code = ord(char)
    return (
        unicodedata.category(char) in ("Mn", "Me", "Mc")
        or char in (_ZWJ, "\u200c")
        or 0x1F3FB <= code <= 0x1F3FF
        or 0xE0020 <= code <= 0xE007F
    )


def _is_picture(char: str) -> bool:
    return unicodedata.category(char) == "So" or 0x1F000 <= ord(char) <= 0x1FAFF


def _is_regional(char: str) -> bool:
    return 0x1F1E6 <= ord(char) <= 0x1F1FF


def _is_hangul_pair(before: str, char: str) -> bool:
    """Tell whether two conjoining jamo, or a syllable and a jamo, make one syllable block."""
    first, second = ord(before), ord(char)
    vowel, tail = 0x1160 <= second <= 0x11A7, 0x11A8 <= second <= 0x11FF
    if 0x1100 <= first <= 0x115F:
        return 0x1100 <= second <= 0x11A7 or 0xAC00 <= second <= 0xD7A3
    if 0xAC00 <= first <= 0xD7A3:
        return tail or (vowel and (first - 0xAC00) % 28 == 0)
    return (0x1160 <= first <= 0x11A7 and (vowel or tail)) or (0x11A8 <= first <= 0x11FF and tail)


def _is_visible(cluster: str) -> bool:
    return any(
        not char.isspace()
        and char not in _BLANK
        and unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Zl", "Zp")
        and not 0xFE00 <= ord(char) <= 0xFE0F
        for char in cluster
    )
