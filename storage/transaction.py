"""One open transaction, and the books that are read and written in it."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from sqlalchemy import Connection

from storage.absences import Absences
from storage.amendments import Amendments
from storage.announcements import Announcements
from storage.appeals import Appeals
from storage.board import Board
from storage.bulletins import Bulletins
from storage.calendar import Calendars, Shared
from storage.costs import Costs
from storage.crypto import FieldCipher
from storage.deadlines import Deadlines
from storage.drafts import Drafts
from storage.evidence import Evidence
from storage.factors import Factors
from storage.figures import FigureBook
from storage.filings import Filings
from storage.finding import TaskFinder
from storage.followups import Followups
from storage.groups import Groups
from storage.hands import Hands
from storage.holding import Holding
from storage.inbox import Inbox
from storage.inspections import Inspections
from storage.journal import Journal
from storage.lines import Lines
from storage.names import Names
from storage.outbox import Outbox
from storage.paper import Papers
from storage.people import People
from storage.pilots import Pilots
from storage.products import Products
from storage.proposals import Proposals
from storage.public import Public
from storage.questions import Questions
from storage.receipts import Receipts
from storage.recount import Recount
from storage.rectifying import Rectifying
from storage.reminders import Reminders
from storage.reporting import ReportFinder
from storage.reports import Reports
from storage.rerouting import Rerouting
from storage.rerunning import Rerunning
from storage.reviews import Reviews
from storage.revoked import Revoked
from storage.rulebook import RuleBook, SharedRules
from storage.searching import Search
from storage.seating import Seating
from storage.self_checks import SelfChecks
from storage.session import Session
from storage.standing import Standing
from storage.statements import Statements
from storage.stops import Stops
from storage.succession import Succession
from storage.tasks import Tasks
from storage.tokens import Tokens
from storage.trail import Trail
from storage.undelivered import Undelivered
from storage.undoing import Undoing
from storage.unfiled import Unfiled
from storage.visits import Visits
from storage.watch import Watch

SAVEPOINT = "event"


class Transaction(Session):
    """What a handler knows as the ledger: the books of one transaction.

    Nothing here waits for anything but the database. Who opened the transaction commits it.
    """

    def __init__(
        self,
        connection: Connection,
        cursor: Any,
        statements: Statements,
        cipher: FieldCipher,
        installation: str,
        days: Shared,
        rules: SharedRules,
    ) -> None:
        super().__init__(connection, cursor, statements, cipher, installation)
        self._shared_days = days
        self._shared_rules = rules
        # The books of every step; the others are opened when they are asked for.
        self.journal = Journal(self)
        self.inbox = Inbox(self)
        self.outbox = Outbox(self)
        self.people = People(self)
        self.drafts = Drafts(self, self.journal)

    def undo(self) -> None:
        """Undo everything since the ledger began this piece of work: rows, acts, what was put out.

        On PostgreSQL locks taken since then are given up as well.
        """
        self._cursor.execute(f"ROLLBACK TO SAVEPOINT {SAVEPOINT}")
        self.journal.entries.clear()
        self.put_out = False

    def finish(self) -> None:
        """Seal the journal. The ledger calls this last, just before it commits."""
        self.journal.seal()

    @cached_property
    def calendar(self) -> Calendars:
        """Which days are worked: what was loaded, else the published ones."""
        return Calendars(self, self._shared_days)

    @cached_property
    def rulebook(self) -> RuleBook:
        """Which rules were changed in the chat."""
        return RuleBook(self, self._shared_rules, self.journal)

    @cached_property
    def deadlines(self) -> Deadlines:
        """Until when something is expected."""
        return Deadlines(self.calendar)

    @cached_property
    def holding(self) -> Holding:
        """What is held for somebody's digest."""
        return Holding(self)

    @cached_property
    def undelivered(self) -> Undelivered:
        """What could not be delivered."""
        return Undelivered(self)

    @cached_property
    def questions(self) -> Questions:
        """What those who ask from outside can still be told."""
        return Questions(self)

    @cached_property
    def recount(self) -> Recount:
        """Counting open limits anew."""
        found = TaskFinder(self, self.people)
        return Recount(self, self.journal, self.calendar, self.filings, found)

    @cached_property
    def rerunning(self) -> Rerunning:
        """Giving running cases a changed limit."""
        found = TaskFinder(self, self.people)
        return Rerunning(self, self.journal, self.calendar, self.filings, found)

    @cached_property
    def reminders(self) -> Reminders:
        """What is due for a reminder."""
        return Reminders(self, self.calendar, self.people)

    @cached_property
    def bulletins(self) -> Bulletins:
        """Of which weeks and months groups were told."""
        return Bulletins(self)

    @cached_property
    def products(self) -> Products:
        """The register of products."""
        return Products(self)

    @cached_property
    def names(self) -> Names:
        """What products and schools are called."""
        return Names(self)

    @cached_property
    def search(self) -> Search:
        """Finding them however they are written."""
        return Search(self)

    @cached_property
    def public(self) -> Public:
        """What anybody may read of filings."""
        return Public(self)

    @cached_property
    def unfiled(self) -> Unfiled:
        """What is asked for and not filed."""
        return Unfiled(self, self.journal)

    @cached_property
    def revoked(self) -> Revoked:
        """Registered filings whose product has lost its own number."""
        return Revoked(self, self.journal)

    @cached_property
    def groups(self) -> Groups:
        """The groups that are bound in the chat."""
        return Groups(self, self.journal, self.outbox)

    @cached_property
    def filings(self) -> Filings:
        """The filings and what belongs to them."""
        found = TaskFinder(self, self.people)
        seating = Seating(found, self.people, self.deadlines)
        return Filings(self, self.journal, found, seating, self.deadlines)

    @cached_property
    def tasks(self) -> Tasks:
        """The departments' tasks and decisions."""
        return Tasks(
            self,
            self.people,
            self.journal,
            self.filings,
            self.amendments,
            self.followups,
            self.deadlines,
        )

    @cached_property
    def amendments(self) -> Amendments:
        """Changes and renewals of registered filings."""
        found = TaskFinder(self, self.people)
        return Amendments(self, self.journal, self.filings, found)

    @cached_property
    def standing(self) -> Standing:
        """What becomes of a filing that has its number."""
        return Standing(self, self.people, self.journal, self.filings, self.tasks)

    @cached_property
    def announcements(self) -> Announcements:
        """What announcements said, and what corrects them."""
        return Announcements(self, self.journal, self.filings)

    @cached_property
    def stops(self) -> Stops:
        """Products that a technology centre has stopped."""
        return Stops(self, self.people, self.journal, self.filings, self.standing)

    @cached_property
    def followups(self) -> Followups:
        """What follows registered filings."""
        return Followups(self, self.journal, self.filings, self.calendar)

    @cached_property
    def inspections(self) -> Inspections:
        """Rounds of self-inspection."""
        return Inspections(self, self.journal)

    @cached_property
    def rectifying(self) -> Rectifying:
        """What a self-inspection, or a report, found to be put right."""
        return Rectifying(self, self.journal, self.filings, self.reports.find)

    @cached_property
    def self_checks(self) -> SelfChecks:
        """What schools answer in a self-inspection."""
        return SelfChecks(self, self.journal, self.people, self.inspections, self.rectifying)

    @cached_property
    def visits(self) -> Visits:
        """Which schools of a self-inspection are visited."""
        return Visits(self, self.journal, self.inspections)

    @cached_property
    def pilots(self) -> Pilots:
        """The pilots beside their filings."""
        return Pilots(self, self.filings, self.journal, self.calendar)

    @cached_property
    def absences(self) -> Absences:
        """Who is away, and who stands in for them."""
        return Absences(self, self.journal, self.people)

    @property
    def watch(self) -> Watch:
        """Whether each open task is known to somebody able."""
        return Watch(self, self.people, self.filings, self.tasks, self.outbox)

    @cached_property
    def succession(self) -> Succession:
        """Who comes after whom at a school."""
        return Succession(
            self, self.journal, self.people, self.filings, self.tasks, self.drafts, self.pilots
        )

    @cached_property
    def papers(self) -> Papers:
        """What was signed on paper."""
        return Papers(self.journal, self.filings, self.deadlines)

    @cached_property
    def hands(self) -> Hands:
        """What hands do with a case besides deciding."""
        return Hands(self, self.people, self.journal, self.filings, self.tasks)

    @cached_property
    def undoing(self) -> Undoing:
        """Taking back what was just done."""
        return Undoing(self, self.journal, self.filings, self.tasks, self.amendments)

    @cached_property
    def rerouting(self) -> Rerouting:
        """Putting right what came to the wrong desk."""
        return Rerouting(
            self,
            self.people,
            self.journal,
            self.filings,
            self.tasks,
            self.hands,
            self.drafts,
            self.deadlines,
        )

    @cached_property
    def appeals(self) -> Appeals:
        """What schools asked to be looked at again."""
        return Appeals(self, self.journal, self.tasks, self.filings, self.amendments, self.calendar)

    @cached_property
    def evidence(self) -> Evidence:
        """What the desks' findings rest on."""
        return Evidence(self, self.journal, self.tasks)

    @cached_property
    def proposals(self) -> Proposals:
        """What was proposed to be stopped everywhere."""
        return Proposals(self, self.journal, self.people)

    @cached_property
    def reviews(self) -> Reviews:
        """What was reviewed before."""
        return Reviews(self)

    @cached_property
    def reports(self) -> Reports:
        """What people reported."""
        return Reports(self, self.journal, self.calendar, ReportFinder(self, self.people))

    @cached_property
    def receipts(self) -> Receipts:
        """What who reported was given."""
        return Receipts(self, self.reports.find)

    @cached_property
    def factors(self) -> Factors:
        """The second factor of 纪检."""
        return Factors(self, self.journal)

    @cached_property
    def costs(self) -> Costs:
        """What the platforms were asked, by month and by filing."""
        return Costs(self)

    @cached_property
    def figures(self) -> FigureBook:
        """What came, ended and went back, counted."""
        return FigureBook(self, self.calendar)

    @cached_property
    def board(self) -> Board:
        """Lists of filings for who looks after all of them."""
        return Board(self, self.people)

    @cached_property
    def trail(self) -> Trail:
        """What the journal says of a case, and samples of cases."""
        return Trail(self, self.journal, self.people, self.board)

    @cached_property
    def tokens(self) -> Tokens:
        """The platforms' access tokens."""
        return Tokens(self)

    @cached_property
    def lines(self) -> Lines:
        """Who holds the long connections."""
        return Lines(self)
