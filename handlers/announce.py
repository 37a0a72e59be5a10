"""The announcement: the school confirms its words, then each of its groups hears it once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from cards.announce import announce_card, announcement, change_wording, wording
from cards.case import done_card
from cards.language import Card, Tap
from handlers import desks, showing
from handlers.certificate import certificate_of, picture_of
from handlers.context import Context
from handlers.router import SCHOOL, Router
from storage.cases import Filing
from storage.groups import SCHOOL_GROUP
from storage.people import Group, Person
from storage.rules.amend import Change
from storage.rules.masking import mask_phones_in
from storage.rules.terms import NotAllowedError, RuleViolationError, Stage
from storage.rules.workflow import NUMBERED

router = Router("announce")

MOST_CHARS: Final = 300
NO_GROUP: Final = "名单中还没有本校的学校群，公告暂不能发。请联系管理员补充，补充后再点“发公告”。"
NOT_BOUND: Final = (
    "还没有本校的学校群，公告暂不能发。请把助手加进学校群，由校长或经办人在群里@助手发"
    "“绑定学校群”，再回来点“发公告”。助手进不去的群，请联系管理员在名单中补充。"
)


def ask_school(ctx: Context, filing: Filing) -> None:
    """Ask owner and principal to confirm the wording, whoever taps first.

    Groups hear of a change only where they heard of what it changes.
    """
    if filing.amends and not ctx.ledger.standing.is_announced(
        ctx.ledger.filings.known(filing.amends)
    ):
        return
    for person_id in desks.school_today(ctx, filing):
        reader = ctx.ledger.people.get(person_id)
        card = _card(ctx, filing, _proposed(ctx, filing), reader)
        ctx.push(person_id, card, once=f"announce-ask:{filing.id}", tenant=filing.tenant)


def _proposed(ctx: Context, filing: Filing) -> str:
    view, numbered = showing.view_of(ctx, filing), _numbered(ctx, filing)
    until = numbered.valid_until
    ends = f"{until.year}年{until.month}月{until.day}日" if until else ""
    users = showing.users_of(numbered)
    if filing.amends:
        what = Change(filing.change)
        return change_wording(view.school, numbered.title, numbered.number or "", what, users, ends)
    return wording(view.school, _approved_title(ctx, filing), filing.number or "", users, ends)


def _approved_title(ctx: Context, filing: Filing) -> str:
    """Return the project's name, with the items it covers where not all were approved (Q28)."""
    names = [
        name
        for one in ctx.ledger.tasks.standing_approvals(filing)
        for name, is_on in (one.findings.get("items") or {}).items()
        if is_on
    ]
    return f"{filing.title}（{'、'.join(names)}）" if names else filing.title


def _numbered(ctx: Context, filing: Filing) -> Filing:
    """Return the filing that has the number: of a change its original."""
    return ctx.ledger.filings.known(filing.amends) if filing.amends else filing


def _groups(ctx: Context, filing: Filing) -> list[Group]:
    return ctx.ledger.people.groups(filing.tenant, filing.school, SCHOOL_GROUP)


def _card(ctx: Context, filing: Filing, text: str, reader: Person | None = None) -> Card:
    return announce_card(
        showing.view_of(ctx, filing, reader),
        seen=filing.version,
        number=_numbered(ctx, filing).number or "",
        text=text,
        groups=[f"“{group.name}”" for group in _groups(ctx, filing)],
    )


def _show(ctx: Context, filing: Filing, group: Group, picture: Mapping[str, Any]) -> None:
    """Have the certificate's picture follow the words: a courtesy, drawn when it leaves."""
    ctx.ledger.outbox.put(
        instance=group.instance,
        address="",
        body={"picture": picture},
        now=ctx.now,
        not_before=ctx.spoken_at(group.tenant),
        group_id=group.id,
        once=f"announce-picture:{filing.id}:{group.id}",
        courtesy=True,
    )


def _own(ctx: Context, filing_id: str) -> Filing:
    filing = ctx.ledger.filings.known(filing_id)
    if ctx.person.id not in desks.school_today(ctx, filing):
        raise NotAllowedError("公告文字由这件备案的项目负责人或校长确认。")
    if filing.stage not in (Stage.REGISTERED, Stage.MERGED):
        yet = "" if filing.stage in NUMBERED else "还"
        raise NotAllowedError(f"{filing.case_no} 现在是“{filing.stage.label}”，{yet}不能公告。")
    return filing


@router.tap("announce.send", roles=SCHOOL)
def send(ctx: Context, tap: Tap) -> None:
    """Confirm the wording and tell every group of the school, once for ever."""
    filing = _own(ctx, tap.subject)
    if filing.version != tap.seen:
        ctx.redraw(_card(ctx, filing, _proposed(ctx, filing)))
        ctx.say("备案内容有了变化，请核对新的公告文字，再点“发公告”。")
        return
    changed = ctx.talk.state.get("wording", {})
    text = changed["text"] if changed.get("of") == filing.id else _proposed(ctx, filing)
    groups = _groups(ctx, filing)
    if not groups:
        raise RuleViolationError(NOT_BOUND if ctx.office.hears_groups else NO_GROUP)
    first = ctx.ledger.announcements.announce(filing, wording=text, by=ctx.person, now=ctx.now)
    subject = f"filing:{filing.id}:announce"
    done = f"已公告 · {ctx.person.name} · {ctx.local_time(ctx.now)}"
    if not first:
        done = "已由本校同志确认并公告"
    number = str(_numbered(ctx, filing).number)
    card = done_card(showing.view_of(ctx, filing), number, done, subject)
    ctx.redraw(card)
    ctx.talk.state.pop("wording", None)
    if not first:
        ctx.say(f"{filing.case_no} 的公告已经确认过，没有重复发送。")
        return
    ctx.refresh(subject, replace(card, page=""))
    certificate = certificate_of(ctx.ledger, ctx.office, _numbered(ctx, filing), ctx.today)
    for group in groups:
        said = announcement(text, certificate.address)
        ctx.announce(group, said, once=f"announce:{filing.id}")
        if not filing.amends:  # of a change its words are enough: the group has the picture
            _show(ctx, filing, group, picture_of(certificate))
    names = "、".join(f"“{group.name}”" for group in groups)
    ctx.say_done(f"公告已确认，将在{names}各发一次。")


@router.tap("announce.edit", roles=SCHOOL)
def edit(ctx: Context, tap: Tap) -> None:
    """Ask for other words."""
    filing = _own(ctx, tap.subject)
    ctx.ask(
        "announce.words", filing.id, filing.version,
        f"请发修改后的公告文字，{MOST_CHARS}字以内，"
        f"须保留备案号 {_numbered(ctx, filing).number}。",
    )  # fmt: skip


@router.reply("announce.words", roles=SCHOOL)
def hear_words(ctx: Context, tap: Tap, text: str) -> None:
    """Keep the changed words and show the card again."""
    filing = _own(ctx, tap.subject)
    words = text.strip()
    number = str(_numbered(ctx, filing).number)
    if refused := amiss(words, number):
        ctx.ask("announce.words", filing.id, filing.version, refused)
        return
    if mask_phones_in(words) != words:
        raise RuleViolationError("公告里不能有个人手机号码，请去掉后从卡片上重新点“修改文字”。")
    ctx.talk.state["wording"] = {"of": filing.id, "text": words}
    ctx.say(_card(ctx, filing, words))


def amiss(words: str, number: str) -> str:
    """Say what keeps words from being told to groups; empty where nothing does."""
    if len(words) <= MOST_CHARS and number in words:
        return ""
    over = f"这段话有{len(words)}字，" if len(words) > MOST_CHARS else ""
    return f"{over}请控制在{MOST_CHARS}字以内，并保留备案号 {number}，再发一次。"
