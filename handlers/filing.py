"""Beginning a filing: for which school, of which kind, typed step by step or pasted at once."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any, Final

from cards.filing import KINDS, kind_card, kind_chosen_card, school_card
from cards.form import drafts_card, resume_card
from cards.language import Tap
from handlers import learned, needed, sheet
from handlers.choosing import keep_found
from handlers.context import Context, day_text
from handlers.course import go_on, stopped_at
from handlers.filling import FORMS, Filling
from handlers.filling import KINDS as KIND_FORMS
from handlers.form import BadAnswerError, Pick
from handlers.forms import app
from handlers.forms.parsers import one_of, tidy
from handlers.paste import MOST_CHARS, kind_in, labels_in, opening_removed, take_apart
from handlers.router import SCHOOL, Router
from handlers.salutation import hello
from storage.drafts import Draft
from storage.ids import new_id
from storage.people import Post
from storage.rules.correcting import Fact
from storage.rules.terms import NotAllowedError, UnitKind

router = Router("filing")

NERVOUS: Final = timedelta(seconds=2)
OPENS: Final = r"(我要|我想)?(申请|新建|办理?|做|再)?(一个|一件)?备案"
_KIND_WORDS: Final = {
    "小程序": "app",
    "软件": "app",
    "平台": "app",
    "APP": "app",
    "app": "app",
    "平板": "terminal",
    "终端": "terminal",
    "学习机": "terminal",
    "都有": "both",
    "都要": "both",
    "不确定": "unsure",
    "不知道": "unsure",
    "不清楚": "unsure",
}
_read_kind = one_of([Pick(key, words) for key, words in KINDS], _KIND_WORDS)


@router.word("file", OPENS, roles=SCHOOL)
def begin(ctx: Context, match: re.Match[str]) -> None:
    """Begin a filing; a draft that rests is offered first."""
    if "新建" not in match[0] and "再" not in match[0] and _offer_drafts(ctx):
        return
    start(ctx, "")


@router.tap("help.file", roles=SCHOOL)
def begin_by_tap(ctx: Context, _tap: Tap) -> None:
    """Begin a filing from the greeting's button."""
    if not _offer_drafts(ctx):
        start(ctx, "")


def start(ctx: Context, text: str, *, kind: str = "", scale: str = "") -> None:
    """Ask school and kind as far as they are not clear, then open the draft."""
    ctx.talk.draft = None
    ctx.talk.state.pop("files", None)
    # Named before it exists, so that what is said until then is counted as its own.
    ctx.ledger.about = new_id(ctx.now)
    ctx.talk.state["opening"] = {
        "post": None,
        "text": text[:MOST_CHARS],
        "draft": ctx.ledger.about,
        "kind": kind,
        "scale": scale,
    }
    _go_on_opening(ctx)


def _offer_drafts(ctx: Context) -> bool:
    drafts = open_drafts(ctx)
    if not drafts:
        return False
    offer_resume(ctx, drafts, "要新填一份请发“新建备案”。")
    return True


def open_drafts(ctx: Context) -> list[Draft]:
    """Return the person's drafts that can be gone on with."""
    return [d for d in ctx.ledger.drafts.open_of(ctx.person.id, ctx.now) if d.matter in FORMS]


def offer_resume(ctx: Context, drafts: list[Draft], beside: str = "") -> None:
    """Show one resting draft, or several to choose from."""
    fillings = [Filling.of(ctx, draft) for draft in drafts[:5]]
    saved = [day_text(f.draft.updated_at.astimezone(ctx.office.zone).date()) for f in fillings]
    if len(fillings) == 1:
        if beside:
            ctx.say(beside)
        one = fillings[0]
        ctx.say(resume_card(one.title, stopped_at(one), saved[0], one.draft.id))
    else:
        rows = [(f.draft.id, f.title, day) for f, day in zip(fillings, saved, strict=True)]
        ctx.say(drafts_card(rows))


# --- school and kind -----------------------------------------------------------------------------


def posts_of(ctx: Context) -> list[Post]:
    """Return the schools and units for which this person may file today."""
    kept: dict[tuple[str, str], Post] = {}
    for post in ctx.person.held(ctx.today):
        if post.role in SCHOOL and post.unit_kind is not UnitKind.DEPARTMENT:
            kept.setdefault((post.tenant, post.unit_code), post)
    return list(kept.values())


def _go_on_opening(ctx: Context) -> None:
    opening = ctx.talk.state["opening"]
    posts = posts_of(ctx)
    if not posts:
        raise NotAllowedError(
            "备案由学校的经办人或校长发起。如您应有这项职责，请联系管理员更新名单。"
        )
    if opening["post"] is None:
        if len(posts) > 1:
            ctx.say(school_card([(str(at), post.unit_name) for at, post in enumerate(posts)]))
            return
        _remember(ctx, post=[posts[0].tenant, posts[0].unit_code])
    opening = ctx.talk.state["opening"]
    kind = opening.get("kind") or _kind_from(ctx, opening["text"])
    if kind:
        open_draft(ctx, kind)
        return
    tenant, unit_code = ctx.talk.state["opening"]["post"]
    hints = learned.hints(ctx, tenant, unit_code, None, Fact.KIND)
    ctx.say(kind_card("\n".join((hello(ctx), *hints))))


def _remember(ctx: Context, **values: Any) -> None:
    """Note something of the opening in a new value: a change inside the old one goes unseen."""
    ctx.talk.state["opening"] = {**ctx.talk.state["opening"], **values}


def _kind_from(ctx: Context, text: str) -> str:
    """Read the kind out of a pasted text: its words, else what the register knows of its name."""
    if not text:
        return ""
    if kind := kind_in(text):
        return kind
    tenant, unit_code = ctx.talk.state["opening"]["post"]
    found = take_apart(text, app.FORM, _trial(ctx, tenant, unit_code))
    name = found.values.get("project") or found.name
    kinds = {product.kind for product in ctx.ledger.products.named(name)} if name else set()
    return kinds.pop() if len(kinds) == 1 and kinds <= set(KIND_FORMS) else ""


def _trial(ctx: Context, tenant: str, unit_code: str) -> Filling:
    """Return what surrounds a draft that does not exist yet, to look at a text before it does."""
    draft = Draft(
        id="",
        tenant=tenant,
        unit_code=unit_code,
        person_id=ctx.person.id,
        matter=app.FORM.matter,
        answers={},
        cursor="",
        filing_id=None,
        state="open",
        version=0,
        updated_at=ctx.now,
        expires_at=ctx.now,
    )
    return Filling.of(ctx, draft)


def open_draft(ctx: Context, kind: str) -> None:
    """Open a draft of this kind; go on with a form, what was pasted, or the first question."""
    opening = ctx.talk.state.pop("opening")
    tenant, unit_code = opening["post"]
    ctx.talk.draft = ctx.ledger.drafts.open(
        tenant=tenant,
        unit_code=unit_code,
        person_id=ctx.person.id,
        matter=KIND_FORMS[kind].matter,
        now=ctx.now,
        draft_id=opening.get("draft", ""),
        answers={"scale": scale} if (scale := opening.get("scale")) else None,
    )
    filling = Filling.of(ctx, ctx.talk.draft)
    if text := opening_removed(opening["text"]).strip():
        keep_found(filling, take_apart(text, filling.form, filling))
    if not sheet.ask(filling):
        go_on(filling)


@router.tap("form.kind", roles=SCHOOL)
def choose_kind(ctx: Context, tap: Tap) -> None:
    """Take the tapped kind."""
    if "opening" not in ctx.talk.state:
        if _is_just_open(ctx, tap.subject):
            ctx.redraw(kind_chosen_card(tap.subject))
            return
        start(ctx, "")
        if ctx.talk.state["opening"]["post"] is None:
            return
    if tap.subject in dict(KINDS):
        ctx.redraw(kind_chosen_card(tap.subject))
    _take_kind(ctx, tap.subject)


def _is_just_open(ctx: Context, kind: str) -> bool:
    """Say whether this is a nervous finger's second tap: nobody wants a second draft so soon."""
    draft = ctx.talk.draft
    if draft is None or kind not in KIND_FORMS or draft.matter != KIND_FORMS[kind].matter:
        return False
    return ctx.now - draft.updated_at < NERVOUS


@router.tap("needed.file", roles=SCHOOL)
def file_what_is_needed(ctx: Context, tap: Tap) -> None:
    """Begin the filing that the helper led to, its kind and a wish for a pilot filled in."""
    kind, _, scale = tap.subject.partition(":")
    if kind not in KIND_FORMS:
        raise BadAnswerError("请重新发“备案”开始。")
    start(ctx, "", kind=kind, scale=scale)


@router.tap("form.school", roles=SCHOOL)
def choose_school(ctx: Context, tap: Tap) -> None:
    """Take the tapped school."""
    _take_school(ctx, int(tap.subject) + 1 if tap.subject.isdecimal() else 0)


def hear_opening(ctx: Context, text: str) -> None:
    """Take typed words while school and kind are being asked."""
    opening = ctx.talk.state["opening"]
    if len(text) > MOST_CHARS:
        raise BadAnswerError(too_long(text))
    if opening["post"] is None:
        word = tidy(text)
        names = [post.unit_name for post in posts_of(ctx)]
        hits = [at for at, name in enumerate(names, start=1) if word and word in name]
        _take_school(ctx, int(word) if word.isdecimal() and len(word) < 3 else (hits or [0])[0])
        return
    word = tidy(text)
    if word.isdecimal() and len(word) < 3 and 1 <= int(word) <= len(KINDS):
        _take_kind(ctx, KINDS[int(word) - 1][0])
    elif is_paste(ctx, text) or ctx.ledger.products.named(word[:60]):
        _remember(ctx, text=text)
        _go_on_opening(ctx)
    else:
        _take_kind(ctx, _read_kind(text, _trial(ctx, *opening["post"])))


def _take_school(ctx: Context, number: int) -> None:
    posts = posts_of(ctx)
    opening = ctx.talk.state.get("opening")
    if opening is None:
        raise BadAnswerError("请重新发“备案”开始。")
    if not 1 <= number <= len(posts):
        raise BadAnswerError("没有对上单位，请发序号。")
    _remember(ctx, post=[posts[number - 1].tenant, posts[number - 1].unit_code])
    _go_on_opening(ctx)


def _take_kind(ctx: Context, kind: str) -> None:
    if kind == "unsure":
        needed.ask(ctx)
    elif kind in KIND_FORMS and ctx.talk.state["opening"]["post"] is not None:
        open_draft(ctx, kind)
    else:
        raise BadAnswerError("请重新发“备案”开始。")


# --- a paste without any word before it ---------------------------------------------------------


def is_paste(ctx: Context, text: str) -> bool:
    """Tell whether a message is a filing pasted at once: labels, or several answers in a row."""
    if len(text) < 8:
        return False
    if labels_in(text, app.FORM) >= 2:
        return True
    posts = posts_of(ctx)
    if not posts or not re.search(r"\d", text) or not re.search(r"[\s，,；;：:]", text):
        return False
    found = take_apart(text, app.FORM, _trial(ctx, posts[0].tenant, posts[0].unit_code))
    return len(found.values) >= 3


def too_long(text: str) -> str:
    """Say calmly that a message holds too much."""
    return (
        f"这条消息有{len(text)}字，超过一次{MOST_CHARS}字的上限，没有保存。"
        "请分几条发，或以文件上传。"
    )
