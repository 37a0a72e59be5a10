"""The walk of one event inside its transaction: inbox, person, route, and what is said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from cards.language import Button, Card, Tap
from handlers import report_draft
from handlers.context import Carried, Context, Office, ack_key, body_of
from handlers.events import (
    Addressed,
    Event,
    GroupChanged,
    Ignored,
    Joined,
    Said,
    SentFile,
    Tapped,
    Ticked,
    Uploaded,
)
from handlers.glossary import explain_to
from handlers.router import Routes
from storage.cases import StaleError
from storage.drafts import Talk
from storage.paper import is_clerks
from storage.people import Person
from storage.rules.terms import Role, RuleViolationError
from storage.transaction import Transaction

STRANGER = (
    "您好，这里是进校园备案助手。想查学校用的应用是否备案，直接发应用名称即可，可加校名；"
    "要反映问题，发“反映”；还能问什么，发“帮助”。"
    "学校和教育部门的工作人员：没有认出您的账号，请联系本单位管理员，在名单中登记。"
)
NOT_YOURS = "您目前没有办理这一项的权限。如职责有变动，请联系本单位管理员更新名单。"
NOBODY = Person("", "", ())
BUTTON_WORDS = 20  # nothing longer stands on a button
LOOK_BACK = 6  # so many sentences may stand after the card that a typed number answers
TOLD_ALONE = "已单独答复您，请在工作台的“进校园备案助手”里查看。"
OLD_CARD = "这张卡片已经过期。请发“待办”或“进度”，我把最新的一张发给您。"


@dataclass(frozen=True, slots=True, eq=False)
class Switchboard:
    """Joins every matter: ``talks`` hears typed words that no route claims, ``receives`` files,
    ``greets`` whoever opens the chat, ``redraws`` a card that was tapped out of date, ``follows``
    what becomes of a group; ``outsiders`` hears who is in no roster, and may have no answer, and
    ``enters`` sees them come."""

    routes: Routes
    office: Office
    talks: Callable[[Context, str], None]
    receives: Callable[[Context, SentFile | Uploaded], None]
    greets: Callable[[Context], None]
    redraws: Callable[[Context, StaleError], None]
    follows: Callable[[Context, GroupChanged], None] = lambda _ctx, _event: None
    outsiders: Callable[[Context, str], bool] = lambda _ctx, _text: False
    enters: Callable[[Context, Joined], bool] = lambda _ctx, _event: False

    def answer(self, event: Event, now: datetime, tx: Transaction) -> Carried | None:
        """Do everything ``event`` asks for, in ``tx``; return what its acknowledgement carries.

        A copy of an event that came before changes nothing and gives the stored answer again.
        """
        try:
            return self._walk(event, now, tx, self._route)
        except RuleViolationError as refusal:
            tx.undo()
            return self._walk(event, now, tx, partial(self._refuse, refusal))

    def _walk(
        self, event: Event, now: datetime, tx: Transaction, act: Callable[[Context], None]
    ) -> Carried | None:
        """Take the conversation and the event in, do ``act``, and keep the conversation."""
        talk = tx.drafts.talk(event.instance, event.account)
        if tx.about is None and (opening := talk.state.get("opening")):
            tx.about = opening.get("draft")
        about = tx.about
        is_ignored = isinstance(event, Ignored)
        kind = type(event).__name__.lower()
        if not tx.inbox.take_in(
            event.instance, event.key, kind, now, ignored=is_ignored, units=event.units
        ):
            if event.units:
                tx.inbox.came_again(event.instance, event.key, event.units)
            return _stored(event, tx)
        if is_ignored:
            return None
        person = talk.person or _known(event, tx) or NOBODY
        ctx = Context(tx, event, now, self._office(now, tx), person, talk)
        before = (dict(talk.state), talk.draft.id if talk.draft else None)
        if isinstance(event, GroupChanged):
            self.follows(ctx, event)
        else:
            act(ctx)
        if isinstance(event, Addressed) and event.can_answer and ctx.carried is None:
            # A platform that waits for an answer gets one: it counts who is left without.
            ctx.reply(TOLD_ALONE)
        if before != (talk.state, talk.draft.id if talk.draft else None):
            tx.drafts.keep_talk(talk)
        if event.units and tx.about != about:
            tx.inbox.turned_out(event.instance, event.key)
        return ctx.carried

    def tick(self, now: datetime, tx: Transaction) -> Context:
        """Return what somebody is given who does what became due: nobody speaks, nobody answers."""
        event = Ticked("", "clock", "", now)
        return Context(tx, event, now, self._office(now, tx), NOBODY, Talk("clock", ""))

    def told_at(self, tenant: str, now: datetime, tx: Transaction) -> datetime:
        """Return when an authority's people may be told something new."""
        return self.tick(now, tx).spoken_at(tenant)

    def _office(self, now: datetime, tx: Transaction) -> Office:
        return self.office.on(now.astimezone(self.office.zone).date(), tx)

    def _route(self, ctx: Context) -> None:
        event = ctx.event
        if isinstance(event, Addressed):
            self._addressed(ctx, event)
        elif ctx.person is NOBODY:
            self._outsider(ctx)
        elif isinstance(event, Tapped):
            self._tapped(ctx, event.tap)
        elif isinstance(event, Said):
            self._said(ctx, event.text.strip())
        elif isinstance(event, SentFile | Uploaded):
            self.receives(ctx, event)
        elif isinstance(event, Joined) and not event.is_known:
            ctx.ledger.people.mark_used(event.instance, event.account, ctx.now)
            self.greets(ctx)

    def _outsider(self, ctx: Context) -> None:
        """Hear somebody whom no roster names: what is open to anybody, and nothing else (R21)."""
        event = ctx.event
        if isinstance(event, Tapped):
            route = self.routes.taps.get(event.tap.verb)
            if route is not None and Role.PUBLIC in route.roles:
                ctx.talk.state.pop("asks", None)
                route.handler(ctx, event.tap)
                return
        elif isinstance(event, Said):
            if self._outsider_said(ctx, event.text.strip()):
                return
        elif isinstance(event, SentFile | Uploaded) and report_draft.is_of_report(ctx):
            self.receives(ctx, event)
            return
        elif isinstance(event, Joined) and self.enters(ctx, event):
            return
        ctx.say(STRANGER)

    def _outsider_said(self, ctx: Context, text: str) -> bool:
        word = self.routes.word(text)
        if word is not None and Role.PUBLIC in word[0].roles:
            if not word[0].aside:
                ctx.talk.state.pop("asks", None)
            word[0].handler(ctx, word[1])
            return True
        asks = ctx.talk.state.get("asks")
        reply = self.routes.replies.get(asks[0]) if asks else None
        if asks is None or reply is None or Role.PUBLIC not in reply.roles:
            return word is None and self.outsiders(ctx, text)
        del ctx.talk.state["asks"]
        reply.handler(ctx, Tap(asks[0], asks[1], asks[2]), text)
        return True

    def _refuse(self, refusal: RuleViolationError, ctx: Context) -> None:
        """Say why what the handler began was undone; redraw a card that was out of date."""
        if not isinstance(ctx.event, Addressed):
            ctx.talk.state.pop("asks", None)
        if isinstance(refusal, StaleError):
            self.redraws(ctx, refusal)
        ctx.say(str(refusal))

    def _tapped(self, ctx: Context, tap: Tap | None) -> None:
        route = self.routes.taps.get(tap.verb) if tap else None
        if tap is None or route is None:
            ctx.say(OLD_CARD)
        elif not self._open_to(ctx, route.roles):
            ctx.say(NOT_YOURS)
        else:
            ctx.talk.state.pop("asks", None)
            route.handler(ctx, tap)

    def _said(self, ctx: Context, text: str) -> None:
        word = self.routes.word(text)
        if word is not None and word[0].gives_way and "asks" in ctx.talk.state:
            word = None
        if word is not None and (not word[0].natural or self._open_to(ctx, word[0].roles)):
            route, match = word
            if not self._open_to(ctx, route.roles):
                ctx.say(NOT_YOURS)
                return
            ctx.talk.state.pop("asks", None)
            route.handler(ctx, match)
            return
        asks = ctx.talk.state.get("asks")
        if asks is not None and asks[0] in self.routes.replies:
            if (lines := explain_to(ctx, text)) is not None:
                ctx.say("\n".join((lines, *asks[3:])).rstrip())
                return
            reply = self.routes.replies[asks[0]]
            del ctx.talk.state["asks"]
            if self._open_to(ctx, reply.roles):
                reply.handler(ctx, Tap(asks[0], asks[1], asks[2]), text)
                return
        may_be_heard = any(self._open_to(ctx, one.roles) for one in self.routes.heard.values())
        is_short = len(text) <= BUTTON_WORDS
        buttons = self._buttons_here(ctx) if is_short or may_be_heard else []
        tap = _pick(buttons, text) if is_short else None
        if tap is not None:
            self._tapped(ctx, tap)
        elif not self._heard(ctx, buttons, text):
            self.talks(ctx, text)

    def _addressed(self, ctx: Context, event: Addressed) -> None:
        """Hear what was said in a group; the private talk goes on where it stood."""
        word = self.routes.group_word(event.text.strip())
        if word is not None and (Role.PUBLIC in word[0].roles or self._open_to(ctx, word[0].roles)):
            word[0].handler(ctx, event, word[1])
        elif ctx.person is NOBODY:
            ctx.reply(STRANGER)
        else:
            ctx.say(NOT_YOURS)

    def _buttons_here(self, ctx: Context) -> list[Button]:
        """Return what can be tapped on the newest card of this conversation.

        A form's own questions are left to the form, which also takes typed answers. While one is
        filled its question may stand after the card; otherwise plain sentences ask for nothing.
        """
        fills = ctx.talk.draft is not None or "opening" in ctx.talk.state
        bodies = ctx.ledger.outbox.newest_in(
            ctx.event.instance, ctx.event.account, most=1 if fills else LOOK_BACK
        )
        cards = (Card.from_json(body["card"]) for body in bodies if "card" in body)
        card = next((one for one in cards if one.done or any(b.tap for b in one.buttons)), None)
        if card is None or card.done:
            return []
        buttons = [b for b in card.buttons if b.tap]
        is_form = any(button.tap and button.tap.verb.startswith("form.") for button in buttons)
        return [] if is_form else buttons

    def _heard(self, ctx: Context, buttons: list[Button], text: str) -> bool:
        """Have a longer text heard by the matter whose card it stands under."""
        for tap in (button.tap for button in buttons if button.tap):
            route = self.routes.heard.get(tap.verb)
            if route is not None and self._open_to(ctx, route.roles):
                return route.handler(ctx, tap, text)
        return False

    def _open_to(self, ctx: Context, roles: frozenset[Role]) -> bool:
        if any(post.role in roles for post in ctx.person.held(ctx.today)):
            return True
        # Who enters a case on paper fills the school's form, and does nothing else of a school's.
        draft = ctx.talk.draft
        if Role.OWNER not in roles or draft is None or draft.state != "open":
            return False
        return is_clerks(draft, ctx.person, ctx.today)


def _known(event: Event, tx: Transaction) -> Person | None:
    """Return who spoke where another channel knows the account."""
    return (
        None if event.aside == event.instance else tx.people.by_account(event.aside, event.account)
    )


def _pick(buttons: list[Button], text: str) -> Tap | None:
    """Read a number or a button's words as a tap on it."""
    if text.isdecimal():
        at = int(text) - 1
        return buttons[at].tap if 0 <= at < len(buttons) else None
    return next((button.tap for button in buttons if button.text == text), None)


def _stored(event: Event, tx: Transaction) -> Carried | None:
    found = tx.outbox.find_once(ack_key(event))
    if found is None:
        return None
    seq, body = found
    if "card" in body:
        return Carried("", seq, Card.from_json(body["card"]))
    return Carried(body["text"], seq) if "text" in body else None


def failed(event: Event, now: datetime, trace: str, number: str, tx: Transaction) -> Carried | None:
    """Keep an event whose handler failed, and tell the person in one calm sentence."""
    kind = type(event).__name__.lower()
    bare = replace(event)
    if isinstance(bare, Said | Addressed) and (
        tx.people.by_account(event.instance, event.account) is None
        or report_draft.is_being_written(event, tx)
    ):
        # Of a parent's child nothing is kept, not even sealed; of a report only with its own key.
        bare = replace(bare, text="")
    if not tx.inbox.keep_failed(
        event.instance, event.key, kind, now, trace, repr(bare), units=event.units
    ):
        return _stored(event, tx)
    if not event.account:
        return None  # nobody spoke
    text = (
        f"这一步没有办成，已经记下，会有人处理（编号 {number}）。"
        "您可以稍后再试，之前填写的内容都在。"
    )
    seq = tx.outbox.put(
        instance=event.aside,
        address=event.account,
        body=body_of(text),
        now=now,
        once=ack_key(event),
    )
    return Carried(text, seq) if seq is not None and event.can_carry else None
