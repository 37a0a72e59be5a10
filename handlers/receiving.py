"""Files: having a sent one fetched, and putting an arrived one where it belongs."""

from __future__ import annotations

from handlers import (
    acceptance,
    filing,
    harms,
    jobs,
    paper,
    papers,
    rectify,
    report,
    report_draft,
    workdays,
)
from handlers.context import Context
from handlers.course import go_on
from handlers.events import SentFile, Uploaded
from handlers.filling import Filling
from handlers.salutation import head_of


def receives(ctx: Context, event: SentFile | Uploaded) -> None:
    """Have a sent file fetched; put an arrived one where it belongs."""
    if isinstance(event, SentFile):
        _sent(ctx, event)
        return
    if event.refusal:
        ctx.say(event.refusal)
        return
    if event.slot == report_draft.SLOT:
        report.arrived(ctx, event)
        return
    if event.text:
        workdays.read_file(ctx, event)
        return
    if event.slot.startswith(harms.SLOT) and not event.on_page:
        harms.arrived(ctx, event)
        return
    draft = ctx.ledger.drafts.get(event.draft) if event.draft else ctx.talk.draft
    if draft is None or draft.state != "open" or draft.expires_at <= ctx.now:
        name = event.name or "照片"
        if workdays.may_load(ctx):
            ctx.say(workdays.UNREAD.format(name=name))
            return
        ctx.say(f"收到“{name}”，但没有正在填写的备案，没有保存。请先发“备案”或“补正”，再发材料。")
        return
    if draft.matter == acceptance.MATTER:
        acceptance.take_file(ctx, draft, event)
        return
    if draft.matter == rectify.MATTER:
        rectify.take_file(ctx, draft, event)
        return
    filling = Filling.of(ctx, draft, lent=True)
    papers.take_in(filling, event)
    if draft.person_id != ctx.person.id:
        _lent_a_hand(filling, event)
        return
    if ctx.talk.draft is None:
        ctx.talk.draft = draft
    after_file(filling, is_seen=event.on_page and event.instance in ctx.office.metered)


def _lent_a_hand(filling: Filling, event: Uploaded) -> None:
    """Say to the principal and to who fills the form that the principal brought a paper."""
    words, post = "".join(filling.notes), filling.post
    who = f"{filling.ctx.person.name}{head_of(post.unit_name, post.unit_kind)}"
    filling.notes = []
    filling.say(words)
    filling.ctx.push(
        filling.draft.person_id,
        f"{who}为“{filling.title}”上传了材料：{words}",
        once=f"lent:{event.key}",
        tenant=filling.draft.tenant,
        courtesy=True,
    )


def after_file(filling: Filling, *, is_seen: bool = False) -> None:
    """Say what arrived; where it was the last paper awaited, go on at once.

    ``is_seen``: its sender sees it on a page, and each message here counts against a month.
    """
    if filling.ctx.talk.state.get("files"):
        if filling.notes:
            filling.say(filling.notes.pop())
            papers.ask_slot(filling)
        return
    waits = filling.cursor in ("#papers", "#check")
    if waits and is_seen:
        filling.notes = []
    if waits and not papers.missing(filling):
        go_on(filling)
        return
    if waits and is_seen:
        return
    rest = papers.missing(filling) if waits else []
    if rest:
        filling.notes.append(f"还差：{papers.names(rest)}。")
    ahead, filling.notes = "".join(filling.notes), []
    filling.say(ahead)


def _sent(ctx: Context, event: SentFile) -> None:
    if event.kind not in ("image", "file"):
        ctx.say("目前只能收文件和图片，语音和视频请改用文字或文件。")
        return
    if report_draft.takes_files(ctx):
        report.fetch(ctx, event)
        return
    if task_id := harms.awaits(ctx):
        harms.fetch(ctx, event, task_id)
        return
    draft = ctx.talk.draft
    if draft is None or draft.state != "open":
        drafts = filing.open_drafts(ctx)
        draft = drafts[0] if len(drafts) == 1 else None
    name = f"“{event.name}”" if event.name else "图片" if event.kind == "image" else "文件"
    if draft is None and (waits := acceptance.waits_for_files(ctx)):
        jobs.fetch(ctx, event, draft=waits)
        ctx.say(f"收到{name}，正在保存到验收材料。")
        return
    if draft is None and (waits := rectify.waits_for_files(ctx)):
        jobs.fetch(ctx, event, draft=waits)
        ctx.say(f"收到{name}，正在保存到整改材料。")
        return
    if draft is None and paper.take_photo(ctx, event):
        return
    # Whether it is the year's notice or a paper of the draft, its content says.
    reads = event.kind == "file" and workdays.may_load(ctx)
    if draft is None and reads:
        jobs.fetch(ctx, event, reads=True)
        ctx.say(f"收到{name}，正在读取。")
        return
    if draft is None:
        ctx.say(f"收到{name}。您现在没有正在填写的备案，没有保存。请先发“备案”，需要材料时再发来。")
        return
    Filling.of(ctx, draft)
    ctx.talk.draft = draft
    jobs.fetch(ctx, event, draft=draft.id, reads=reads)
    rest = f"一次最多收{event.most}张，其余请再发一次。" if event.most else ""
    ctx.say(f"收到{name}，正在保存。{rest}")
