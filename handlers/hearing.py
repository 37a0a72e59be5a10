"""Typed words that no route claims: answers, side questions, greetings, a whole form pasted."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

from handlers import asking, changes, filing, needed
from handlers.choosing import keep_found
from handlers.context import Context
from handlers.course import STEPS, answer, go_on, keep_open, repeat
from handlers.filling import Filling
from handlers.form import Field
from handlers.glossary import explain_to
from handlers.help import UNKNOWN, greet
from handlers.paste import MOST_CHARS, labels_in, opening_removed, take_apart
from handlers.router import DESKS
from handlers.rule_words import sounds_like_a_rule
from storage.rulebook import NO_RIGHT

RESTED: Final = timedelta(hours=12)
"""After this long a free text is no longer taken for the answer to a forgotten question."""

UNSURE: Final = r"不确定(要不要备案)?|拿不准|不知道要不要备案"
_GREETING: Final = re.compile(
    r"(在吗|在不在|您好|你好|hi|hello|老师好|有人吗|哈喽|嗨)[?？。,，!！~ ]*", re.IGNORECASE
)
_VERDICT: Final = re.compile(
    r"(退回(补正)?|不?同意|([一二两三四五六七]项)?均符合|均未发现|不予通过|通过|有意见|无意见)"
    r"([\s，,、。：:；;][\s\S]*)?"
)
NOTHING_TO_JUDGE: Final = "没有找到正等您给意见的卡片。发“待办”看看有哪几件，点开再给意见。"
_MANY: Final = re.compile(r"[:：\n]|1\d{9}|[\s，,；;].*[\s，,；;]")


def talks(ctx: Context, text: str) -> None:
    """Hear typed words that no route claims."""
    draft = ctx.talk.draft
    if draft is None or draft.state != "open" or draft.expires_at <= ctx.now:
        _talks_without_draft(ctx, text)
        return
    filling = Filling.of(ctx, draft)
    if len(text) > MOST_CHARS:
        filling.say(filing.too_long(text))
        return
    if _GREETING.fullmatch(text):
        filing.offer_resume(ctx, [draft])
        return
    lines = explain_to(ctx, text)
    if lines is not None:
        repeat(filling, lines)
        return
    if match := changes.LOOSE.fullmatch(text):
        changes.change(filling, match["what"])
        return
    field = filling.form.by_key.get(filling.cursor)
    if field is not None:
        _hear_answer(filling, field, text)
    elif STEPS[filling.cursor].hear(filling, text) if filling.cursor in STEPS else True:
        go_on(filling)
    else:
        keep_open(filling)


def _hear_answer(filling: Filling, field: Field, text: str) -> None:
    if field.open_text and filling.ctx.now - filling.draft.updated_at > RESTED:
        filing.offer_resume(filling.ctx, [filling.draft])
        return
    if len(text) > 8 and _MANY.search(text) and _is_several(filling, field, text):
        go_on(filling)
        return
    answer(filling, field, _words(filling, field, text))
    go_on(filling)


def _words(filling: Filling, field: Field, text: str) -> str:
    """Turn a typed number into the words of that option; lists to tick read numbers themselves."""
    if field.widget is None or field.widget.many or not text.isdecimal() or len(text) > 2:
        return text
    picks = field.widget.picks(filling)
    return picks[int(text) - 1].text if 1 <= int(text) <= len(picks) else text


def _is_several(filling: Filling, field: Field, text: str) -> bool:
    """Take a message apart that answers more than what was asked; false where it does not."""
    if (field.limit or (field.open_text and field.key != "project")) and labels_in(
        text, filling.form
    ) < 2:
        return False
    found = take_apart(text, filling.form, filling)
    asked = {one.key for one in filling.form.group(field.key)}
    others = {key for key in found.values if key not in asked}
    if not others and len(found.said) + bool(found.long) < 2:
        return False
    if field.key in found.values and len(found.values) == 2 and not (found.said or found.problems):
        for key, value in found.values.items():
            one = filling.form.by_key[key]
            filling.put(one, value)
            if key != field.key:
                filling.notes.append(f"已填{one.label} {filling.shown(one)}。")
        return True
    keep_found(filling, found)
    return True


def _talks_without_draft(ctx: Context, text: str) -> None:
    draft = ctx.talk.draft
    if draft is not None and draft.state == "open" and draft.expires_at <= ctx.now:
        ctx.talk.draft = None
        ctx.say("上一份草稿已超过60天没有填写，不再保留。发“备案”可以重新开始。")
        return
    if "opening" in ctx.talk.state and (lines := explain_to(ctx, text)) is None:
        filing.hear_opening(ctx, text)
        return
    lines = explain_to(ctx, text) if len(text) < MOST_CHARS else None
    if lines is not None:
        ctx.say(lines)
    elif re.fullmatch(UNSURE, text):
        needed.ask(ctx)
    elif sounds_like_a_rule(text):
        ctx.say(NO_RIGHT)
    elif _GREETING.fullmatch(text) and (drafts := filing.open_drafts(ctx)):
        filing.offer_resume(ctx, drafts)
    elif _GREETING.fullmatch(text):
        greet(ctx)
    elif not filing.posts_of(ctx):
        _ask_or_unknown(ctx, text)
    elif len(text) > MOST_CHARS:
        ctx.say(filing.too_long(text))
    elif opening_removed(text) != text or filing.is_paste(ctx, text):
        filing.start(ctx, text)
    else:
        _ask_or_unknown(ctx, text)


def _ask_or_unknown(ctx: Context, text: str) -> None:
    if _VERDICT.fullmatch(text) and any(one.role in DESKS for one in ctx.person.held(ctx.today)):
        ctx.say(NOTHING_TO_JUDGE)
    elif not asking.hears(ctx, text):
        ctx.say(UNKNOWN)
