"""The statements of the walk, written as Core constructs and compiled once per ledger.

Building and compiling a construct costs more than running it, so what runs at every event is
compiled once and handed to the driver as text; all else goes through SQLAlchemy as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Dialect,
    Text,
    and_,
    bindparam,
    cast,
    func,
    insert,
    literal_column,
    select,
    type_coerce,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.selectable import Select

from storage import tables as t
from storage.claiming import claim, counted, is_in
from storage.prepared import Prepared
from storage.types import Json

PERSON_COLUMNS = (
    t.person.c.id.label("speaker_id"),
    t.person.c.name.label("speaker_name"),
    t.post.c.tenant.label("post_tenant"),
    t.post.c.unit_code.label("post_unit"),
    t.post.c.role,
    type_coerce(t.post.c.valid_from, Text).label("valid_from"),
    type_coerce(t.post.c.valid_to, Text).label("valid_to"),
    t.unit.c.name.label("unit_name"),
    t.unit.c.kind,
    type_coerce(t.unit.c.desks, Text).label("desks"),
    select(literal_column("1"))
    .where(t.absence.c.substitute_id == t.person.c.id, t.absence.c.ended_at.is_(None))
    .exists()
    .label("stands_in"),
)
"""A person with one of their posts, as kept, in the order of ``storage.people.read_person``; the
last tells whether somebody absent has named them, so that hardly anybody is asked for twice."""


class Statements:
    """The statements of one ledger, each compiled when it is asked for the first time."""

    def __init__(self, dialect: Dialect) -> None:
        self.is_sqlite = dialect.name == "sqlite"
        self._insert: Any = sqlite.insert if self.is_sqlite else postgresql.insert
        self._others: dict[str, Prepared] = {}
        # Values in their places: by name, SQLite's driver looks each one up anew at every call.
        self._dialect = sqlite.dialect(paramstyle="qmark") if self.is_sqlite else dialect

    def _prepared(self, construct: ClauseElement) -> Prepared:
        return Prepared(construct, self._dialect)

    def once(self, name: str, construct: Callable[[], ClauseElement]) -> Prepared:
        """A statement that its own book builds, compiled when it is asked for the first time."""
        found = self._others.get(name)
        if found is None:
            found = self._others[name] = self._prepared(construct())
        return found

    def _listed(self, name: str) -> Select[Any]:
        """Return the numbers of a list given as one value."""
        given = bindparam(name, type_=Json)
        if self.is_sqlite:
            return select(func.json_each(given).table_valued("value").c.value)
        return select(cast(func.json_array_elements_text(cast(given, JSON)), BigInteger))

    @cached_property
    def talk(self) -> Prepared:
        """A conversation with its draft, and who speaks: one row for each of their posts."""
        # The conversation's row is the first thing a walk takes, so that two events of one person
        # wait for each other across processes. SQLite has one writer and leaves FOR UPDATE out.
        return self._prepared(
            select(
                t.conversation.c.state,
                t.conversation.c.version,
                t.draft.c.id,
                t.draft.c.tenant,
                t.draft.c.unit_code,
                t.draft.c.person_id,
                t.draft.c.matter,
                t.draft.c.answers,
                t.draft.c.cursor,
                t.draft.c.filing_id,
                t.draft.c.state.label("draft_state"),
                t.draft.c.version.label("draft_version"),
                t.draft.c.updated_at,
                t.draft.c.expires_at,
                *PERSON_COLUMNS,
            )
            .select_from(
                t.conversation.outerjoin(t.draft, t.draft.c.id == t.conversation.c.draft_id)
                .outerjoin(
                    t.account,
                    and_(
                        t.account.c.instance == t.conversation.c.instance,
                        t.account.c.folded == t.conversation.c.folded,
                    ),
                )
                .outerjoin(t.person, t.person.c.id == t.account.c.person_id)
                .outerjoin(t.post, t.post.c.person_id == t.person.c.id)
                .outerjoin(
                    t.unit,
                    and_(t.unit.c.tenant == t.post.c.tenant, t.unit.c.code == t.post.c.unit_code),
                )
            )
            .where(
                t.conversation.c.instance == bindparam("instance"),
                t.conversation.c.folded == bindparam("folded"),
            )
            .with_for_update(of=t.conversation)
        )

    @cached_property
    def begin_talk(self) -> Prepared:
        """A conversation that was not there."""
        return self._prepared(
            self._insert(t.conversation)
            .values(
                instance=bindparam("instance"),
                folded=bindparam("folded"),
                state=bindparam("state"),
                draft_id=None,
                version=0,
            )
            .on_conflict_do_nothing()
        )

    @cached_property
    def keep_talk(self) -> Prepared:
        """What a conversation came to."""
        return self._prepared(
            update(t.conversation)
            .where(
                t.conversation.c.instance == bindparam("b_instance"),
                t.conversation.c.folded == bindparam("b_folded"),
            )
            .values(
                state=bindparam("b_state"),
                draft_id=bindparam("b_draft_id"),
                version=t.conversation.c.version + 1,
            )
        )

    @cached_property
    def take_in(self) -> Prepared:
        """One event, once."""
        return self._prepared(
            self._insert(t.inbox)
            .values(
                instance=bindparam("instance"),
                key=bindparam("key"),
                kind=bindparam("kind"),
                received_at=bindparam("received_at"),
                outcome=bindparam("outcome"),
                about=bindparam("about"),
                units=bindparam("units"),
            )
            .on_conflict_do_nothing()
        )

    @cached_property
    def keep_draft(self) -> Prepared:
        """A draft's answers, where nobody moved it since it was read."""
        return self._prepared(
            update(t.draft)
            .where(t.draft.c.id == bindparam("b_id"), t.draft.c.version == bindparam("b_seen"))
            .values(
                answers=bindparam("b_answers"),
                cursor=bindparam("b_cursor"),
                updated_at=bindparam("b_updated_at"),
                expires_at=bindparam("b_expires_at"),
                version=t.draft.c.version + 1,
            )
        )

    @cached_property
    def put_out(self) -> Prepared:
        """One row of the outbox, once; returns its number."""
        given = (
            "once", "instance", "lane", "address", "group_id", "person_id", "body", "subject",
            "redraws", "redraw_code", "state", "not_before", "made_at", "note", "about", "courtesy",
            "for_digest", "hours_of",
        )  # fmt: skip
        row = (
            self._insert(t.outbox)
            .values({column: bindparam(column) for column in given})
            .on_conflict_do_nothing(index_elements=["once"])
        )
        return self._prepared(row if self.is_sqlite else row.returning(t.outbox.c.seq))

    @cached_property
    def newest_in(self) -> Prepared:
        """What was last put out in one lane, the newest first."""
        return self._prepared(
            select(t.outbox.c.body, t.outbox.c.subject, t.outbox.c.redraws, t.outbox.c.once)
            .where(
                t.outbox.c.lane == bindparam("lane"),
                is_in(t.outbox, "pending", "leased", "carried", "sent"),
            )
            .order_by(t.outbox.c.seq.desc())
            .limit(counted("most"))
        )

    @cached_property
    def put_once(self) -> Prepared:
        """The row put out under one key."""
        return self._prepared(
            select(t.outbox.c.seq, t.outbox.c.body).where(t.outbox.c.once == bindparam("once"))
        )

    @cached_property
    def carried(self) -> Prepared:
        """The rows that acknowledgements carried, all at one go."""
        return self._prepared(
            update(t.outbox)
            .where(t.outbox.c.seq.in_(self._listed("b_seqs")), t.outbox.c.state == "carried")
            .values(state="sent", settled_at=bindparam("b_at"))
        )

    @cached_property
    def claim(self) -> Prepared:
        """The rows that may go now, leased."""
        return self._prepared(claim(self._dialect))

    @cached_property
    def next_due(self) -> Prepared:
        """When the next row may go."""
        return self._prepared(
            select(t.outbox.c.not_before)
            .where(
                t.outbox.c.not_before > bindparam("after"),
                # As in ix_outbox_due; a leased row is due already, so that none is found here.
                is_in(t.outbox, "pending", "leased", "carried"),
            )
            .order_by(t.outbox.c.not_before)
            .limit(literal_column("1"))
        )

    @cached_property
    def waiting(self) -> Prepared:
        """How many rows wait, and since when."""
        return self._prepared(
            select(func.count(), func.min(t.outbox.c.made_at)).where(
                # The second condition alone would not be seen to be within ix_outbox_due.
                is_in(t.outbox, "pending", "leased", "carried"),
                ~is_in(t.outbox, "carried"),
            )
        )

    @cached_property
    def settle(self) -> Prepared:
        """What became of a leased row, where it is still ours."""
        return self._prepared(
            update(t.outbox)
            .where(
                t.outbox.c.seq == bindparam("b_seq"),
                t.outbox.c.state == "leased",
                t.outbox.c.holder == bindparam("b_holder"),
                t.outbox.c.attempts == bindparam("b_attempts"),
            )
            .values(
                state=bindparam("b_state"),
                not_before=bindparam("b_not_before"),
                settled_at=bindparam("b_settled_at"),
                note=bindparam("b_note"),
                attempts=bindparam("b_counted"),
                lease_until=None,
            )
        )

    @cached_property
    def add_cost(self) -> Prepared:
        """So many calls or units more, of one API in one month."""
        row = self._insert(t.platform_cost).values(
            {column.name: bindparam(column.name) for column in t.platform_cost.c}
        )
        return self._prepared(
            row.on_conflict_do_update(
                index_elements=[column.name for column in t.platform_cost.primary_key],
                set_={"times": t.platform_cost.c.times + row.excluded.times},
            )
        )

    @cached_property
    def last_act(self) -> Prepared:
        """The head of a tenant's chain, locked."""
        return self._prepared(_head())

    @cached_property
    def write_act(self) -> Prepared:
        """One act of the journal."""
        return self._prepared(
            insert(t.journal).values({c.name: bindparam(c.name) for c in t.journal.c})
        )

    @cached_property
    def move_head(self) -> Prepared:
        """The new head of a chain."""
        return self._prepared(
            update(t.journal_head)
            .where(t.journal_head.c.tenant == bindparam("b_tenant"))
            .values(seq=bindparam("b_seq"), hash=bindparam("b_hash"))
        )

    @cached_property
    def first_head(self) -> Prepared:
        """The head of a chain that has no act yet."""
        return self._prepared(
            self._insert(t.journal_head)
            .values(tenant=bindparam("tenant"), seq=0, hash="")
            .on_conflict_do_nothing()
        )

    @cached_property
    def next_count(self) -> Prepared:
        """The next number of a series."""
        return self._prepared(
            self._insert(t.counter)
            .values(tenant=bindparam("tenant"), series=bindparam("series"), value=1)
            .on_conflict_do_update(
                index_elements=["tenant", "series"], set_={"value": t.counter.c.value + 1}
            )
            .returning(t.counter.c.value)
        )


def _head() -> ClauseElement:
    return (
        select(t.journal_head.c.seq, t.journal_head.c.hash)
        .where(t.journal_head.c.tenant == bindparam("tenant"))
        .with_for_update()
    )
