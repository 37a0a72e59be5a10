"""The statements of the walk, written as Core constructs and compiled once per ledger.

Building and compiling a construct costs more than running it, so what runs at every event is
compiled at start and handed to the driver as text; all else goes through SQLAlchemy as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Dialect,
    FromClause,
    and_,
    bindparam,
    case,
    exists,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.selectable import Select
from sqlalchemy.types import TypeEngine

from storage import tables as t
from storage.types import AsText

PERSON_COLUMNS = (
    t.person.c.id.label("speaker_id"),
    t.person.c.name.label("speaker_name"),
    t.post.c.tenant.label("post_tenant"),
    t.post.c.unit_code.label("post_unit"),
    t.post.c.role,
    t.post.c.valid_from,
    t.post.c.valid_to,
    t.unit.c.name.label("unit_name"),
    t.unit.c.kind,
    t.unit.c.desks,
)
"""A person with one of their posts, in the order of ``storage.people.read_person``."""

Value = Any
Processor = Callable[[Any], Any]


class Prepared:
    """One compiled statement: its text, and how its values cross the driver both ways."""

    __slots__ = ("_decode", "_encode", "_fixed", "_ordered", "sql")

    def __init__(self, construct: ClauseElement, dialect: Dialect) -> None:
        compiled: Any = construct.compile(dialect=dialect)
        self.sql = str(compiled)
        self._ordered: Callable[[dict[str, Value]], tuple[Value, ...]] | None = None
        if compiled.positiontup is not None:
            self._ordered = _in_order(compiled.positiontup)
        given = compiled.construct_params(_check=False)
        encode: dict[str, Processor] = {}
        self._fixed: dict[str, Value] = {}
        for bind, name in compiled.bind_names.items():
            process = _writer(bind.type, dialect)
            if not bind.required:
                value = given.get(name)
                self._fixed[name] = process(value) if process and value is not None else value
            elif process:
                encode[name] = process
        self._encode = tuple(encode.items())
        decode = [_reader(entry.type, dialect) for entry in compiled._result_columns]  # noqa: SLF001
        self._decode = tuple((at, process) for at, process in enumerate(decode) if process)

    def encode(self, values: dict[str, Value]) -> dict[str, Value] | tuple[Value, ...]:
        """Turn values as the program has them into values as the driver wants them."""
        for name, process in self._encode:
            value = values[name]
            if value is not None:
                values[name] = process(value)
        if self._fixed:
            values.update(self._fixed)
        return self._ordered(values) if self._ordered else values

    def decode(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        """Turn a row as the driver gives it into values as the program wants them."""
        if not self._decode:
            return row
        values = list(row)
        for at, process in self._decode:
            value = values[at]
            if value is not None:
                values[at] = process(value)
        return tuple(values)


def _writer(kind: TypeEngine[Any], dialect: Dialect) -> Processor | None:
    """Return what a value that is not None goes through on its way to the driver."""
    return (
        kind.write
        if isinstance(kind, AsText)
        else kind.dialect_impl(dialect).bind_processor(dialect)
    )


def _reader(kind: TypeEngine[Any], dialect: Dialect) -> Processor | None:
    """Return what a value that is not None goes through on its way from the driver."""
    if isinstance(kind, AsText):
        return kind.read
    return kind.dialect_impl(dialect).result_processor(dialect, None)


def _in_order(names: Sequence[str]) -> Callable[[dict[str, Value]], tuple[Value, ...]]:
    """Return what puts values into the order of ``names``."""
    if len(names) > 1:
        return itemgetter(*names)
    return lambda values: tuple(values[name] for name in names)


class Statements:
    """The compiled statements of one ledger."""

    def __init__(self, dialect: Dialect) -> None:
        if dialect.name == "sqlite":
            # Values in their places: by name, the driver looks each one up anew at every call.
            dialect = sqlite.dialect(paramstyle="qmark")

        def prepare(construct: ClauseElement) -> Prepared:
            return Prepared(construct, dialect)

        on_conflict: Any = sqlite.insert if dialect.name == "sqlite" else postgresql.insert

        # The conversation's row is the first thing a walk takes, so that two events of one person
        # wait for each other across processes. SQLite has one writer and leaves FOR UPDATE out.
        # Who speaks comes with it: one row for each of their posts.
        talk = (
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
        self.talk = prepare(talk)
        self.begin_talk = prepare(
            on_conflict(t.conversation)
            .values(
                instance=bindparam("instance"),
                folded=bindparam("folded"),
                state=bindparam("state"),
                draft_id=None,
                version=0,
            )
            .on_conflict_do_nothing()
        )
        self.keep_talk = prepare(
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
        self.take_in = prepare(
            on_conflict(t.inbox)
            .values(
                instance=bindparam("instance"),
                key=bindparam("key"),
                kind=bindparam("kind"),
                received_at=bindparam("received_at"),
                outcome=bindparam("outcome"),
                trace=None,
                event=None,
            )
            .on_conflict_do_nothing()
        )
        self.keep_draft = prepare(
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
        self.put_out = prepare(
            on_conflict(t.outbox)
            .values(
                {
                    column: bindparam(column)
                    for column in (
                        "once",
                        "instance",
                        "lane",
                        "address",
                        "group_id",
                        "person_id",
                        "body",
                        "subject",
                        "redraws",
                        "redraw_code",
                        "state",
                        "not_before",
                        "made_at",
                        "note",
                    )
                }
            )
            .on_conflict_do_nothing(index_elements=["once"])
            .returning(t.outbox.c.seq)
        )
        self.newest_in = prepare(
            select(t.outbox.c.body)
            .where(
                t.outbox.c.lane == bindparam("lane"),
                _is(t.outbox, "pending", "leased", "carried", "sent"),
            )
            .order_by(t.outbox.c.seq.desc())
            .limit(bindparam("most"))
        )
        self.put_once = prepare(
            select(t.outbox.c.seq, t.outbox.c.body).where(t.outbox.c.once == bindparam("once"))
        )
        self.carried = prepare(
            update(t.outbox)
            .where(t.outbox.c.seq == bindparam("b_seq"), t.outbox.c.state == "carried")
            .values(state="sent", settled_at=bindparam("b_at"))
        )
        self.claim = prepare(_claim(dialect))
        self.next_due = prepare(
            select(t.outbox.c.not_before)
            .where(
                t.outbox.c.not_before > bindparam("after"),
                # As in ix_outbox_due; a leased row is due already, so that none is found here.
                _is(t.outbox, "pending", "leased", "carried"),
            )
            .order_by(t.outbox.c.not_before)
            .limit(literal_column("1"))
        )
        self.waiting = prepare(
            select(func.count(), func.min(t.outbox.c.made_at)).where(
                # The second condition alone would not be seen to be within ix_outbox_due.
                _is(t.outbox, "pending", "leased", "carried"),
                ~_is(t.outbox, "carried"),
            )
        )
        self.settle = prepare(
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
                lease_until=None,
            )
        )
        self.last_act = prepare(_head())
        self.write_act = prepare(
            insert(t.journal).values({c.name: bindparam(c.name) for c in t.journal.c})
        )
        self.move_head = prepare(
            update(t.journal_head)
            .where(t.journal_head.c.tenant == bindparam("b_tenant"))
            .values(seq=bindparam("b_seq"), hash=bindparam("b_hash"))
        )
        self.first_head = prepare(
            on_conflict(t.journal_head)
            .values(tenant=bindparam("tenant"), seq=0, hash="")
            .on_conflict_do_nothing()
        )
        self.next_count = prepare(
            on_conflict(t.counter)
            .values(tenant=bindparam("tenant"), series=bindparam("series"), value=1)
            .on_conflict_do_update(
                index_elements=["tenant", "series"], set_={"value": t.counter.c.value + 1}
            )
            .returning(t.counter.c.value)
        )


def _claim(dialect: Dialect) -> ClauseElement:
    """Lease the rows that may go now: due, or left by a holder whose lease ended.

    A row waits while an older row of its lane is being tried again, or is leased by anybody, so
    that one person never reads an answer before the question.
    """
    row = t.outbox.alias("row")
    older = t.outbox.alias("older")
    due: ColumnElement[bool] = row.c.not_before <= bindparam("now")
    if dialect.name == "sqlite":
        # Without this SQLite reads every row ever put out, oldest first, to spare itself a sort.
        due = func.unlikely(due)
    may_go: Select[Any] = (
        select(row.c.seq)
        .where(
            due,
            # Word for word the condition of ix_outbox_due, without which SQLite reads every row.
            _is(row, "pending", "leased", "carried"),
            or_(~_is(row, "leased"), row.c.lease_until <= bindparam("now")),
            ~exists(
                select(1).where(
                    older.c.lane == row.c.lane,
                    older.c.seq < row.c.seq,
                    _is(older, "pending", "leased"),
                    or_(older.c.attempts > 0, older.c.not_before <= bindparam("now")),
                )
            ),
        )
        .order_by(row.c.seq)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True, of=row)
    )
    return (
        update(t.outbox)
        .where(t.outbox.c.seq.in_(may_go))
        .values(
            state="leased",
            holder=bindparam("holder"),
            lease_until=bindparam("lease_until"),
            attempts=t.outbox.c.attempts + 1,
            # Whoever held it before died on the way: it may have arrived.
            note=case(
                (t.outbox.c.state == "leased", literal_column("'unknown'")), else_=t.outbox.c.note
            ),
        )
        .returning(
            t.outbox.c.seq,
            t.outbox.c.instance,
            t.outbox.c.lane,
            t.outbox.c.address,
            t.outbox.c.group_id,
            t.outbox.c.person_id,
            t.outbox.c.body,
            t.outbox.c.subject,
            t.outbox.c.redraws,
            t.outbox.c.redraw_code,
            t.outbox.c.made_at,
            t.outbox.c.attempts,
            t.outbox.c.note,
        )
    )


def _is(row: FromClause, *states: str) -> ColumnElement[bool]:
    # Spelt out: for a list SQLite builds a small table at every run.
    return or_(*(row.c.state == literal_column(f"'{state}'") for state in states))


def _head() -> ClauseElement:
    return (
        select(t.journal_head.c.seq, t.journal_head.c.hash)
        .where(t.journal_head.c.tenant == bindparam("tenant"))
        .with_for_update()
    )
