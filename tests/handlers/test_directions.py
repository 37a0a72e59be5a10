"""Which declared directions an evaluation saw, read from what 教研 writes."""

from __future__ import annotations

import pytest

from handlers.directions import read_seen, seen_text
from handlers.forms.fields import PURPOSES

WANTED = [pick for pick in PURPOSES if pick.key in ("precise", "personal")]


@pytest.mark.parametrize(
    ("words", "seen", "rest"),
    [
        ("精准教学见到，个性化教学未见到，分层好", {"precise": True, "personal": False}, "分层好"),
        ("见到精准教学 没有见到个性化教学", {"precise": True, "personal": False}, ""),
        ("精准教学、个性化教学均见到", {"precise": True, "personal": True}, ""),
        ("都见到", {"precise": True, "personal": True}, ""),
        ("精准教学未体现，其余略；都见到", {"precise": False, "personal": True}, "其余略"),
        # praise says nothing of the class
        ("精准教学效果较好", {}, "精准教学效果较好"),
        ("", {}, ""),
    ],
)
def test_each_direction_is_read_where_it_is_spoken_of(
    words: str, seen: dict[str, bool], rest: str
) -> None:
    assert read_seen(words, WANTED) == (seen, rest)


def test_what_was_seen_is_written_by_its_words() -> None:
    assert seen_text({"precise": True, "personal": False}) == (
        "应用方向：精准教学见到，个性化教学未见到"
    )
    assert seen_text({}) == ""
