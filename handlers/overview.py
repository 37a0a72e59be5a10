"""An overview over 200 characters is never cut: the count, the sentence, three ways out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from cards.form import step_card
from handlers.filling import Filling
from handlers.form import Pick
from handlers.forms.fields import OVERVIEW, OVERVIEW_CHARS
from handlers.step import Step, offered
from storage.rules.textcount import count_characters, overflow, sentences

_SHOWN: Final = 12
_ADOPT: Final = (Pick("adopt", "采用"), Pick("self", "修改"))


def _picks(filling: Filling) -> Sequence[Pick]:
    if "_cut" in filling.answers:
        return _ADOPT
    over = overflow(filling.answers["_long"], OVERVIEW_CHARS)
    if over is None or not over.kept:
        return (Pick("self", "您自己改"),)
    return (Pick("cut", "删去后面的"), Pick("self", "您自己改"), Pick("annex", "全文作为附件"))


def _ask(filling: Filling) -> bool:
    text = filling.answers["_long"]
    over = overflow(text, OVERVIEW_CHARS)
    if over is None:
        filling.put(filling.form.by_key["overview"], text)
        filling.set("_long", None)
        return False
    picks = _picks(filling)
    if "_cut" in filling.answers:
        _show_cut(filling, over.kept)
        return True
    ways = ["2 您自己改好再发来" if over.kept else "请改好后再发来"]
    if over.kept:
        rest = len(sentences(text)) - over.sentence_index + 1
        ways.insert(0, f"1 我删去后面{rest}句给您看")
        ways.append(f"3 全文作为附件，概况只写前{over.sentence_index - 1}句")
    start = over.sentence[:_SHOWN] + ("……" if len(over.sentence) > _SHOWN else "")
    filling.say(
        step_card(
            "项目概况超过200字",
            step="long",
            draft_id=filling.draft.id,
            offer=offered(picks),
            body=f"共{over.count}字，超过表格的{OVERVIEW_CHARS}字{over.over}字。"
            f"从第{over.sentence_index}句“{start}”开始超出。可以：\n" + "\n".join(ways),
        )
    )
    return True


def _show_cut(filling: Filling, kept: str) -> None:
    annex = "，全文存为“详细方案（概况全文）”" if filling.answers["_cut"] == "annex" else ""
    filling.say(
        step_card(
            f"概况{count_characters(kept)}字",
            step="long",
            draft_id=filling.draft.id,
            offer=offered(_ADOPT),
            body=f"概况{count_characters(kept)}字{annex}：\n{kept}\n是否采用？",
            main="adopt",
        )
    )


def _take(filling: Filling, key: str) -> bool:
    if key in ("cut", "annex"):
        filling.set("_cut", key)
        return True
    text = filling.answers["_long"]
    over = overflow(text, OVERVIEW_CHARS)
    cut = filling.answers.get("_cut")
    filling.set("_cut", None)
    filling.set("_long", None)
    if key == "adopt" and over is not None:
        filling.put(filling.form.by_key["overview"], over.kept)
        if cut == "annex":
            filling.set("overview_full", text)
        return True
    filling.set("overview", None)
    filling.notes.append(
        f"好的。现在是{over.count if over else 0}字，改到{OVERVIEW_CHARS}字以内再发来即可。"
    )
    return True


def _typed(filling: Filling, text: str) -> bool:
    """Take a text typed here as the mended overview; weigh it again."""
    filling.set("_cut", None)
    filling.set("_long", OVERVIEW.parse(text, filling))
    return True


LONG: Final = Step("long", "项目概况", lambda f: "_long" in f.answers, _ask, _take, _picks, _typed)
