"""反映, typed: alone, with words beside it, or as the beginning of a sentence."""

from __future__ import annotations

import re

from handlers.context import Context
from handlers.hearing import talks
from handlers.report import start
from handlers.report_draft import WORD
from handlers.router import ANYBODY, Router

router = Router("report_words")


@router.word("report", rf"{WORD}(?:[\s:：，,]+(?P<words>[\s\S]*))?", roles=ANYBODY)
def begin(ctx: Context, match: re.Match[str]) -> None:
    """Begin, with what was said beside where something was."""
    start(ctx, (match["words"] or "").strip())


@router.word("report_said", rf"{WORD}(?P<words>[^\s:：，,][\s\S]*)", roles=ANYBODY, gives_way=True)
def begin_said(ctx: Context, match: re.Match[str]) -> None:
    """Begin with a sentence (反映学校收了钱), where it is not the answer to something else."""
    if ctx.talk.draft is not None and ctx.talk.draft.state == "open":
        talks(ctx, match[0])
    else:
        start(ctx, match["words"].strip())
