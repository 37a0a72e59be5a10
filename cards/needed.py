"""需要备案吗: one question a card, and the answer with its basis and the next step."""

from __future__ import annotations

from collections.abc import Sequence

from cards.filing import BUTTON_CHARS
from cards.language import Button, Card, Tap
from storage.rules.needed import Answer, Verdict

TITLE = "需要备案吗"


def question_card(question: str, offer: Sequence[tuple[str, str]]) -> Card:
    """Ask one question; ``offer`` holds the whole way to each answer, and its words."""
    lines = (
        [f"{at} {words}" for at, (_, words) in enumerate(offer, start=1)]
        if any(len(words) > BUTTON_CHARS for _, words in offer)
        else []
    )
    return Card(
        title=TITLE,
        body="\n".join([question, *lines]),
        buttons=tuple(
            Button(words[:BUTTON_CHARS], Tap("needed.pick", path)) for path, words in offer
        ),
    )


def picked_card(words: str) -> Card:
    """Draw a question after its answer was tapped."""
    return Card(title=TITLE, done=f"已选：{words}")


def verdict_card(verdict: Verdict, *, says: str, may_file: bool) -> Card:
    """Give the answer, what it rests on, and the one next step."""
    steps: tuple[Button, ...] = ()
    if may_file and verdict.answer in (Answer.NEEDED, Answer.PILOT):
        scale = "pilot" if verdict.answer is Answer.PILOT else ""
        words = "按试点填写" if scale else "去备案"
        steps = (Button(words, Tap("needed.file", f"{verdict.kind}:{scale}"), tone="main"),)
    elif verdict.answer is Answer.ASK:
        steps = (Button("转告教育技术", Tap("needed.ask"), tone="main"),)
    elif verdict.answer is Answer.FILED and may_file:
        steps = (Button("查看进度", Tap("progress.mine")),)
    if verdict.answer is Answer.NEEDED:
        steps = (*steps, Button("反映未备案使用", Tap("report.unfiled")))
    return Card(
        title=verdict.answer.label,
        body=f"{says}{verdict.basis}",
        buttons=(*steps, Button("重新选", Tap("needed.again"))),
    )
