"""One draft in hand: its answers, what surrounds them, and how it is kept and spoken of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from cards.language import Card
from handlers.context import Context
from handlers.facts import Settled, settle, titled
from handlers.form import Colleague, Field, Form
from handlers.forms import app, both, terminal
from storage.drafts import Attachment, Draft
from storage.paper import clerk_of, is_clerks
from storage.people import Post, Unit
from storage.products import Product
from storage.rules.masking import mask_phone
from storage.rules.office import OfficeRules
from storage.rules.terms import NotAllowedError, Role, SchoolStage, UnitKind

FORMS: Final = {form.matter: form for form in (app.FORM, terminal.FORM, both.FORM)}
KINDS: Final = {form.kind.value: form for form in FORMS.values()}


@dataclass(slots=True, eq=False)
class Filling:
    """A person's draft while one event is handled.

    ``just`` is the field that this event answered; ``notes`` are sentences that go ahead of the
    next question, in the same message. What reads the directory is read when it is asked for.
    """

    ctx: Context
    draft: Draft
    form: Form
    post: Post
    answers: dict[str, Any]
    cursor: str
    just: str = ""
    notes: list[str] = field(default_factory=list)
    _unit: Unit | None = None
    _rules: OfficeRules | None = None
    _settled: Settled | None = None

    @classmethod
    def of(cls, ctx: Context, draft: Draft, *, lent: bool = False) -> Filling:
        """Take a draft in hand; ``lent``: the school's principal may lend a hand with it.

        Raises:
            NotAllowedError: it is somebody else's, or its school is no longer the person's.
        """
        post = next(
            (
                post
                for post in ctx.person.posts
                if post.unit_code == draft.unit_code
                and post.tenant == draft.tenant
                and post.holds_on(ctx.today)
            ),
            None,
        )
        clerk = post is None and is_clerks(draft, ctx.person, ctx.today)
        if clerk:
            post = _on_behalf(ctx, draft)
        is_theirs = draft.person_id == ctx.person.id or (
            lent and ctx.person.is_principal_of(draft.tenant, draft.unit_code, ctx.today)
        )
        if post is None or not is_theirs:
            raise NotAllowedError(
                "这份草稿属于其他同志或其他学校，不能在这里填写。如有疑问请联系管理员。"
            )
        ctx.ledger.about = draft.filing_id or draft.id or ctx.ledger.about
        return cls(ctx, draft, FORMS[draft.matter], post, dict(draft.answers), draft.cursor)

    # --- what surrounds an answer (handlers.form.Around) ----------------------------------------

    @property
    def rules(self) -> OfficeRules:
        """The rules of the authority that owns the school; a filing that came back keeps its own.

        Source: design §4: what was submitted is judged by the rules of that day.
        """
        if self._rules is None:
            came_from = self.draft.filing_id
            filing = self.ctx.ledger.filings.get(came_from) if came_from else None
            office = self.ctx.office
            self._rules = filing.office if filing else office.of(self.draft.tenant).rules
        return self._rules

    @property
    def today(self) -> date:
        """The date in the office's zone."""
        return self.ctx.today

    @property
    def me(self) -> Colleague:
        """Who is filling; a clerk who enters a case on paper is nobody of the school."""
        if self.is_entered:
            return Colleague("", "")
        return Colleague(self.ctx.person.id, self.ctx.person.name)

    @property
    def is_entered(self) -> bool:
        """Whether a clerk enters it from paper."""
        return clerk_of(self.answers) == self.ctx.person.id

    @property
    def in_school(self) -> bool:
        """Whether the unit is a school, which has stages."""
        return self.post.unit_kind is UnitKind.SCHOOL

    def staff(self) -> Sequence[Colleague]:
        """Return the people of the school."""
        people = self.ctx.ledger.people.in_unit(self.draft.tenant, self.draft.unit_code, self.today)
        return [Colleague(person.id, person.name) for person in people]

    def phone_of(self, person_id: str) -> str:
        """Return a phone number of the directory; empty where none is known."""
        return self.ctx.ledger.people.phone(person_id)

    def levels(self) -> tuple[SchoolStage, ...]:
        """Return the stages that the directory gives the school."""
        return self.unit().levels

    # --- what the answers come to ---------------------------------------------------------------

    def unit(self) -> Unit:
        """Return the school as the directory has it."""
        if self._unit is None:
            self._unit = self.ctx.ledger.people.unit(self.draft.tenant, self.draft.unit_code)
        assert self._unit is not None  # a unit stays once it is listed
        return self._unit

    def product(self) -> Product | None:
        """Return the product of the register, where one was chosen."""
        product_id = self.answers.get("product")
        return self.ctx.ledger.products.get(product_id) if product_id else None

    def checked(self) -> str:
        """Return what the register says of the number: the school's own, else the product's."""
        typed = self.answers.get("product_no")
        found = self.ctx.ledger.products.numbered(typed) if typed else self.product()
        return found.checked if found and found.product_no else ""

    def settled(self) -> Settled:
        """Return what the answers come to, weighed once per event and change."""
        if self._settled is None:
            self._settled = settle(
                self.answers, self.form.kind, self.unit(), self.product(), self.rules, self.today,
                self.checked(),
            )  # fmt: skip
        return self._settled

    def files(self) -> list[Attachment]:
        """Return the files of the draft."""
        return self.ctx.ledger.drafts.files(self.draft.id)

    @property
    def title(self) -> str:
        """What the draft is called: its project, else its form."""
        return titled(self.answers, self.form.title)

    # --- answers --------------------------------------------------------------------------------

    def put(self, one: Field, value: Any) -> None:
        """Keep an answer; secret ones sealed, and what rested on the old one forgotten."""
        self.answers[one.key] = self.ctx.ledger.drafts.seal(value) if one.secret else value
        for key in one.resets:
            self.answers.pop(key, None)
        self._settled = None

    def set(self, key: str, value: Any) -> None:
        """Keep something that is not a field's answer; ``None`` forgets it."""
        if value is None:
            self.answers.pop(key, None)
        else:
            self.answers[key] = value
        self._settled = None

    def shown(self, one: Field) -> str:
        """Write an answer for people; secret ones are opened and masked."""
        value = self.answers[one.key]
        if one.secret:
            return mask_phone(self.ctx.ledger.drafts.unseal(value))
        return one.show(value)

    def answered(self) -> list[Field]:
        """Return the fields that belong to this filing and have an answer."""
        return [one for one in self.form.relevant(self) if one.key in self.answers]

    # --- keeping and speaking -------------------------------------------------------------------

    def keep(self, *, again: bool = False) -> None:
        """Write the draft where anything of it changed; ``again``: it was taken up again."""
        is_same = self.answers == self.draft.answers and self.cursor == self.draft.cursor
        if is_same and not again:
            return
        self.draft = self.ctx.ledger.drafts.keep(
            self.draft, answers=self.answers, cursor=self.cursor, now=self.ctx.now
        )
        self.ctx.talk.draft = self.draft

    def say_done(self, text: str) -> None:
        """Say what ended the matter of a tap; the notes ahead of it make it a message."""
        if self.notes:
            self.say(text)
        else:
            self.ctx.say_done(text)

    def say(self, what: Card | str) -> None:
        """Say something, with the notes ahead of it in the same message."""
        if not self.notes:
            self.ctx.say(what)
            return
        ahead = "\n".join(dict.fromkeys(self.notes))
        self.notes = []
        if isinstance(what, str):
            self.ctx.say(f"{ahead}\n{what}")
        else:
            self.ctx.say(ahead)
            self.ctx.say(what)


def _on_behalf(ctx: Context, draft: Draft) -> Post:
    """Return the post in which a clerk fills a school's form: as if filing for it, today."""
    unit = ctx.ledger.people.unit(draft.tenant, draft.unit_code)
    assert unit is not None  # a unit stays once it is listed
    return Post(
        unit.tenant, unit.code, unit.name, unit.kind, frozenset(), Role.OWNER, ctx.today, ctx.today
    )
