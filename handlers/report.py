"""反映: somebody says what is wrong, at most five questions, and is given a receipt.

Any account may: of the office, of a school, or in no roster at all. What is said stays sealed, in
the conversation already, and stands in nothing that is told to anybody but who handles it.

Source: 三（二）1 to 三（二）3; requirements A.6, R21, R39, R46; dialogues E.14.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final

from cards.language import Tap
from cards.report import ENDS, KINDS, SKIP, category_card, question_card, summary_card
from handlers import jobs, reporting
from handlers.context import Context
from handlers.events import SentFile, Uploaded
from handlers.report_draft import (
    MOST_PICTURES,
    SLOT,
    Draft,
    keep,
    kept,
    must_be_short,
    take_own_school,
    take_school,
    take_words,
    takes_files,
)
from handlers.report_sending import send
from handlers.router import ANYBODY, Router
from storage.people import Unit
from storage.rules.masking import MOBILE
from storage.rules.reports import (
    DONE,
    NOT_KNOWN,
    Category,
    category_of,
    kind_of,
)

router = Router("report")

_STEPS: Final = ("category", "school", "product", "when", "photos")
_QUESTIONS: Final[Mapping[str, str]] = {
    "school": "是哪所学校？发校名即可。",
    "product": "涉及哪款应用或终端？发名称即可，记不准也可以。",
    "when": "什么时候、怎么做的？例如：3月开学后，在班级群里收款。",
    "photos": "有通知或付款截图的，现在可以直接发图片（拍摄地点等信息会去掉）；没有就跳过。",
}
LATE: Final = timedelta(minutes=10)
"""How long after its report a picture may still arrive."""
GONE: Final = "没有正在填写的反映。发“反映”可以开始。"


# --- beginning -----------------------------------------------------------------------------------


@router.tap("report.unfiled", roles=ANYBODY)
def unfiled(ctx: Context, tap: Tap) -> None:
    """Report what is used without being filed: one tap where 未备案 is said (R21).

    ``subject`` is the product's id in the register, where that is known.
    """
    product = ctx.ledger.products.get(tap.subject) if tap.subject else None
    start(ctx, "", category=Category.UNFILED, product=product.name if product else "")


def start(
    ctx: Context, words: str, *, category: Category | None = None, product: str = "",
    school: Unit | None = None,
) -> None:  # fmt: skip
    """Begin a report for any channel: with words it can be sent at once, else questions follow."""
    must_be_short(words)
    draft = kept(ctx) or Draft()
    draft.category = category or draft.category
    if product:
        draft.content = draft.content._replace(product=product)
    if school is not None:
        take_school(draft, school)
    elif category is Category.UNFILED and not draft.content.school:
        take_own_school(ctx, draft)
    if words:
        take_words(ctx, draft, words)
    if words or category is not None:
        summary(ctx, draft)
    else:
        draft.walks = True
        ask(ctx, draft, "category" if draft.category is None else _next(draft, "category"))


# --- the questions -------------------------------------------------------------------------------


def ask(ctx: Context, draft: Draft, step: str) -> None:
    """Ask one question; typed words, numbers and buttons answer it."""
    draft.step, draft.choices = step, ()
    if not step:
        summary(ctx, draft)
        return
    keep(ctx, draft)
    card = category_card() if step == "category" else question_card(step, _QUESTIONS[step])
    reporting.say_sealed(ctx, card)
    ctx.expect("report.hear", step, 0)


def _next(draft: Draft, step: str) -> str:
    """Return the next question that is still open; empty where none is."""
    have = {
        "school": bool(draft.content.school),
        "product": bool(draft.content.product),
        "when": bool(draft.content.when) or len(draft.content.words) > 1,
        "photos": bool(draft.files),
    }
    rest = _STEPS[_STEPS.index(step) + 1 :]
    return next((one for one in rest if not have[one]), "")


def go_on(ctx: Context, draft: Draft, step: str) -> None:
    """Ask what comes after a question, where the questions are gone through."""
    ask(ctx, draft, _next(draft, step) if draft.walks and step in _STEPS else "")


def summary(ctx: Context, draft: Draft) -> None:
    """Say what is understood, and offer to send it."""
    draft.step, draft.walks = "summary", False
    keep(ctx, draft)
    content = draft.content
    known = [f"类别{draft.category.label}"] if draft.category else []
    known += [content.school_name] if content.school_name else []
    known += ["应用已写明"] if content.product else []
    known += [f"图片{len(draft.files)}张"] if draft.files else []
    missing = "、".join(
        words
        for words, there in (
            ("学校", content.school), ("时间和方式", content.when or len(content.words) > 1),
        )
        if not there
    )  # fmt: skip
    card = summary_card(kind_of(draft.category) if draft.category else "", known, missing)
    reporting.say_sealed(ctx, card)
    ctx.expect("report.hear", "summary", 0)


@router.tap("report.pick", roles=ANYBODY)
def pick(ctx: Context, tap: Tap) -> None:
    """Take a tapped answer of the question that stands open."""
    step, _, key = tap.subject.partition(":")
    draft = kept(ctx)
    if draft is None:
        ctx.say(GONE)
        return
    if step != draft.step:
        # An older card: its question is over, the newest one stands.
        ask(ctx, draft, draft.step if draft.step in _STEPS else "")
        return
    _TAPPED.get(step, _skipped)(ctx, draft, key)


@router.reply("report.hear", roles=ANYBODY)
def hear(ctx: Context, tap: Tap, text: str) -> None:
    """Take a typed answer."""
    draft = kept(ctx)
    if draft is None or draft.step != tap.subject:
        ctx.say(GONE)
        return
    words = text.strip()
    must_be_short(words)
    if draft.step == "contact":
        send(ctx, draft, "" if NOT_KNOWN.fullmatch(words) else words)
    elif DONE.fullmatch(words) and draft.step not in ("photos", "summary"):
        ask(ctx, draft, draft.step)
    elif _is_skip(draft, words):
        _skipped(ctx, draft, "skip")
    else:
        _HEARD[draft.step](ctx, draft, words)


def _is_skip(draft: Draft, words: str) -> bool:
    """Tell whether a question is left open; the number of that button stands behind the others."""
    is_number = draft.step in _STEPS[1:] and words == str(len(draft.choices) + 1)
    said = NOT_KNOWN.fullmatch(words) or DONE.fullmatch(words)
    return is_number or said is not None or words == SKIP


def _skipped(ctx: Context, draft: Draft, _key: str) -> None:
    if draft.step == "summary":
        summary(ctx, draft)
    else:
        draft.walks = True
        go_on(ctx, draft, draft.step)


def _tap_category(ctx: Context, draft: Draft, key: str) -> None:
    if key.isdecimal() and int(key) < len(KINDS):
        draft.category = KINDS[int(key)][1]
    go_on(ctx, draft, "category")


def _hear_category(ctx: Context, draft: Draft, words: str) -> None:
    named = next((at for at, (label, _) in enumerate(KINDS) if label == words), None)
    if words.isdecimal() and 1 <= int(words) <= len(KINDS):
        named = int(words) - 1
    if named is not None:
        _tap_category(ctx, draft, str(named))
        return
    take_words(ctx, draft, words)
    draft.walks = False
    go_on(ctx, draft, "category")


def _tap_school(ctx: Context, draft: Draft, key: str) -> None:
    if key.isdecimal() and int(key) < len(draft.choices):
        tenant, code, _ = draft.choices[int(key)]
        unit = ctx.ledger.people.unit(tenant, code)
        if unit is not None:
            take_school(draft, unit)
    draft.walks = True
    go_on(ctx, draft, "school")


def _hear_school(ctx: Context, draft: Draft, words: str) -> None:
    if words.isdecimal() and 1 <= int(words) <= len(draft.choices):
        _tap_school(ctx, draft, str(int(words) - 1))
        return
    found = ctx.ledger.reports.find.schools_in(words)
    if len(found) == 1:
        take_school(draft, found[0])
    elif 1 < len(found) <= 5:
        draft.choices = tuple((one.tenant, one.code, one.name) for one in found)
        keep(ctx, draft)
        card = question_card("school", "您说的是？", [one.name for one in found])
        reporting.say_sealed(ctx, card)
        ctx.expect("report.hear", "school", 0)
        return
    else:
        draft.content = draft.content._replace(words=(*draft.content.words, words))
    draft.walks = True
    go_on(ctx, draft, "school")


def _hear_product(ctx: Context, draft: Draft, words: str) -> None:
    draft.content = draft.content._replace(product=words)
    draft.walks = True
    go_on(ctx, draft, "product")


def _hear_when(ctx: Context, draft: Draft, words: str) -> None:
    draft.content = draft.content._replace(when=words)
    if draft.category is None:
        draft.category = category_of(words)
    draft.walks = True
    go_on(ctx, draft, "when")


def _hear_photos(ctx: Context, draft: Draft, words: str) -> None:
    take_words(ctx, draft, words)
    go_on(ctx, draft, "photos")


def _tap_summary(ctx: Context, draft: Draft, key: str) -> None:
    if key == "anonymous":
        send(ctx, draft, "")
    elif key == "contact":
        draft.step = "contact"
        keep(ctx, draft)
        ctx.ask(
            "report.hear", "contact", 0,
            "请发手机号或其他联系方式，只有承办人员可以调阅，调阅留痕。不留了请发“跳过”。",
        )  # fmt: skip
    elif key == "more":
        draft.walks = True
        ask(ctx, draft, _next(draft, "category") or "photos")
    else:
        ctx.talk.state.pop(SLOT, None)
        ctx.say("好的，没有提交，刚才写的内容不保留。")


def _hear_summary(ctx: Context, draft: Draft, words: str) -> None:
    for at, (key, label) in enumerate(ENDS, start=1):
        if words in (str(at), label):
            _tap_summary(ctx, draft, key)
            return
    if MOBILE.fullmatch(words):
        send(ctx, draft, words)
        return
    take_words(ctx, draft, words)
    summary(ctx, draft)


_TAPPED: Final[Mapping[str, Callable[[Context, Draft, str], None]]] = {
    "category": _tap_category,
    "school": _tap_school,
    "summary": _tap_summary,
}
_HEARD: Final[Mapping[str, Callable[[Context, Draft, str], None]]] = {
    "category": _hear_category,
    "school": _hear_school,
    "product": _hear_product,
    "when": _hear_when,
    "photos": _hear_photos,
    "summary": _hear_summary,
}


# --- pictures ------------------------------------------------------------------------------------


def fetch(ctx: Context, event: SentFile) -> None:
    """Have a picture fetched, bare: what its sender called it, and what it tells of its sender, is
    kept nowhere."""
    jobs.fetch(ctx, replace(event, name=""), slot=SLOT, bare=True)
    ctx.say("收到图片，正在保存。可以接着发；发完请发“好了”。")


def arrived(ctx: Context, event: Uploaded) -> None:
    """Put a fetched picture to the report that is being written."""
    draft = kept(ctx)
    if draft is None:
        _late(ctx, event)
        return
    if len(draft.files) >= MOST_PICTURES:
        ctx.say(f"图片已有{MOST_PICTURES}张，没有再保存。")
        return
    if all(event.digest != digest for digest, _, _ in draft.files):
        draft.files = (*draft.files, (event.digest, event.size, event.media_type))
    keep(ctx, draft)
    if not takes_files(ctx):
        ctx.say(f"已收到图片，共{len(draft.files)}张。发“反映”可以接着写。")
    # Else the summary says so: where nothing can be sent between messages, it would come beside it.


def _late(ctx: Context, event: Uploaded) -> None:
    """Put a picture that was still being fetched when its report was sent to that report."""
    mark = ctx.ledger.reports.find.mark_of(event.instance, event.account)
    report = ctx.ledger.receipts.newest(mark, ctx.now - LATE)
    if report is None:
        ctx.say(f"收到图片，但{GONE}图片没有保存。")
        return
    file = (event.digest, event.size, event.media_type)
    ctx.ledger.reports.add(report, "", (file,), ctx.now)
    reporting.say_sealed(ctx, f"图片已补充到回执 {report.code}。")
