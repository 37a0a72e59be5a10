"""Every step a filing can take: one row and one letter each (see ``workflow``)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from storage.rules.terms import Act, Role, Stage


class Move(NamedTuple):
    """One row of the filing's table: who may, where it leads, its letter and its sentence."""

    letter: str
    by: tuple[Role, ...]
    to: Stage
    says: str


_SCHOOL = (Role.OWNER, Role.PRINCIPAL)
_DESKS = (Role.REVIEWER, Role.LEAD)
_OFFICE = (Role.LEAD, Role.REGISTRAR)
_CLERKS = (Role.REVIEWER, Role.HEAD, Role.DEPUTY, Role.ADMIN)
_FALLS = "Its original was revoked or cancelled."

FILING_MOVES: Final[Mapping[tuple[Stage, Act], Move]] = MappingProxyType(
    {
        (Stage.DRAFT, Act.SEND_TO_PRINCIPAL): Move(
            "A", _SCHOOL, Stage.AWAITING_PRINCIPAL, "The draft is complete and goes to sign."
        ),
        (Stage.SENT_BACK, Act.SEND_TO_PRINCIPAL): Move(
            "B", _SCHOOL, Stage.AWAITING_PRINCIPAL, "The mended draft goes to sign again."
        ),
        (Stage.AWAITING_PRINCIPAL, Act.TAKE_BACK): Move(
            "C", (Role.OWNER,), Stage.DRAFT, "The owner takes it back to change something."
        ),
        (Stage.AWAITING_PRINCIPAL, Act.SEND_BACK): Move(
            "D", (Role.PRINCIPAL,), Stage.SENT_BACK, "The principal hands it back to the owner."
        ),
        (Stage.AWAITING_PRINCIPAL, Act.SIGN): Move(
            "E", (Role.PRINCIPAL,), Stage.SUBMITTED, "The principal signs for the school."
        ),
        (Stage.SUBMITTED, Act.RECEIVE): Move(
            "F", (Role.SYSTEM,), Stage.INTAKE, "The authority has it; the checks run at once."
        ),
        (Stage.INTAKE, Act.PASS_CHECKS): Move(
            "G", (Role.SYSTEM,), Stage.IN_REVIEW, "Every gate was passed without explanation."
        ),
        (Stage.INTAKE, Act.ACCEPT): Move(
            "H", (Role.REVIEWER,), Stage.IN_REVIEW, "A person took the explanation of a gate."
        ),
        (Stage.INTAKE, Act.RETURN): Move(
            "I", (Role.REVIEWER,), Stage.RETURNED, "A person asks the school to complete it."
        ),
        (Stage.IN_REVIEW, Act.RESUBMIT): Move(
            "J", _SCHOOL, Stage.IN_REVIEW, "The school answers co-reviewers who returned it."
        ),
        (Stage.IN_REVIEW, Act.SIGN_AGAIN): Move(
            "K", (Role.PRINCIPAL,), Stage.IN_REVIEW, "As J, with declared facts changed."
        ),
        (Stage.IN_REVIEW, Act.ADD_SIGNER): Move(
            "L", _DESKS, Stage.IN_REVIEW, "Another department is asked for its opinion."
        ),
        (Stage.IN_REVIEW, Act.OPINIONS_IN): Move(
            "M", (Role.SYSTEM,), Stage.AWAITING_DECISION, "The last awaited opinion is in."
        ),
        (Stage.IN_REVIEW, Act.DECIDE_EARLY): Move(
            "N", (Role.LEAD,), Stage.AWAITING_DECISION, "The lead does not wait for advice."
        ),
        (Stage.AWAITING_DECISION, Act.ADD_SIGNER): Move(
            "O", (Role.LEAD,), Stage.IN_REVIEW, "The lead wants one more opinion first."
        ),
        (Stage.AWAITING_DECISION, Act.APPROVE_PART): Move(
            "P", (Role.LEAD,), Stage.AWAITING_DECISION, "One of several leads approves its part."
        ),
        (Stage.AWAITING_DECISION, Act.REJECT_PART): Move(
            "Q", (Role.LEAD,), Stage.AWAITING_DECISION, "One of several leads rejects its part."
        ),
        (Stage.AWAITING_DECISION, Act.APPROVE): Move(
            "R", (Role.LEAD,), Stage.AWAITING_REGISTRATION, "The last decision is in, one approves."
        ),
        (Stage.AWAITING_DECISION, Act.RETURN): Move(
            "S", (Role.LEAD,), Stage.RETURNED, "The lead asks the school to complete it."
        ),
        (Stage.AWAITING_DECISION, Act.REJECT): Move(
            "T", (Role.LEAD,), Stage.REJECTED, "The last decision is in, none approves."
        ),
        (Stage.RETURNED, Act.RESUBMIT): Move(
            "U", _SCHOOL, Stage.SUBMITTED, "The school hands back; only who returned looks again."
        ),
        (Stage.RETURNED, Act.SIGN_AGAIN): Move(
            "V", (Role.PRINCIPAL,), Stage.SUBMITTED, "As U, with declared facts changed."
        ),
        (Stage.AWAITING_REGISTRATION, Act.REGISTER): Move(
            "W", (Role.REGISTRAR,), Stage.REGISTERED, "The registrar registers, the number exists."
        ),
        (Stage.AWAITING_REGISTRATION, Act.ASK_LEAD): Move(
            "X", (Role.REGISTRAR,), Stage.AWAITING_DECISION, "The registrar asks the lead back."
        ),
        (Stage.REGISTERED, Act.ANNOUNCE): Move(
            "Y", _SCHOOL, Stage.REGISTERED, "The school confirms the announcement's wording."
        ),
        # Before the principal has signed, giving up is the school's own affair; afterwards it is
        # the principal's, whose signature stands under the filing.
        (Stage.DRAFT, Act.WITHDRAW): Move("Z1", _SCHOOL, Stage.WITHDRAWN, "The draft is dropped."),
        (Stage.SENT_BACK, Act.WITHDRAW): Move(
            "Z2", _SCHOOL, Stage.WITHDRAWN, "The draft sent back is dropped."
        ),
        (Stage.AWAITING_PRINCIPAL, Act.WITHDRAW): Move(
            "Z3", _SCHOOL, Stage.WITHDRAWN, "It is dropped before signing."
        ),
        (Stage.SUBMITTED, Act.WITHDRAW): Move(
            "Z4", (Role.PRINCIPAL,), Stage.WITHDRAWN, "The principal withdraws what was signed."
        ),
        (Stage.INTAKE, Act.WITHDRAW): Move(
            "Z5", (Role.PRINCIPAL,), Stage.WITHDRAWN, "The principal withdraws during intake."
        ),
        (Stage.IN_REVIEW, Act.WITHDRAW): Move(
            "Z6", (Role.PRINCIPAL,), Stage.WITHDRAWN, "The principal withdraws during review."
        ),
        (Stage.AWAITING_DECISION, Act.WITHDRAW): Move(
            "Z7", (Role.PRINCIPAL,), Stage.WITHDRAWN, "The principal withdraws before a decision."
        ),
        (Stage.RETURNED, Act.WITHDRAW): Move(
            "Z8", (Role.PRINCIPAL,), Stage.WITHDRAWN, "The principal withdraws what was returned."
        ),
        (Stage.AWAITING_REGISTRATION, Act.WITHDRAW): Move(
            "Z9", (Role.PRINCIPAL,), Stage.WITHDRAWN, "The principal withdraws before a number."
        ),
        # What becomes of a filing that has its number. The number stays for ever.
        (Stage.REGISTERED, Act.LAPSE): Move(
            "A1", (Role.SYSTEM,), Stage.EXPIRED, "Its validity has ended."
        ),
        (Stage.REGISTERED, Act.SUSPEND): Move(
            "A2", (*_OFFICE, Role.SYSTEM), Stage.SUSPENDED, "The authority, or a stop, halts it."
        ),
        (Stage.SUSPENDED, Act.SUSPEND): Move(
            "A3", (*_OFFICE, Role.SYSTEM), Stage.SUSPENDED, "A second ground is added."
        ),
        (Stage.SUSPENDED, Act.RESUME): Move(
            "A4", (*_OFFICE, Role.SYSTEM), Stage.REGISTERED, "The last ground is lifted."
        ),
        (Stage.REGISTERED, Act.REVOKE): Move(
            "A5", _OFFICE, Stage.REVOKED, "Two persons of the authority revoke it."
        ),
        (Stage.SUSPENDED, Act.REVOKE): Move(
            "A6", _OFFICE, Stage.REVOKED, "As A5, while it is suspended."
        ),
        (Stage.REGISTERED, Act.CANCEL): Move(
            "A7", (Role.PRINCIPAL,), Stage.CANCELLED, "The school gives it up."
        ),
        (Stage.SUSPENDED, Act.CANCEL): Move(
            "A8", (Role.PRINCIPAL,), Stage.CANCELLED, "As A7, while it is suspended."
        ),
        (Stage.EXPIRED, Act.CANCEL): Move(
            "A9", (Role.PRINCIPAL,), Stage.CANCELLED, "As A7, after its validity has ended."
        ),
        (Stage.REGISTERED, Act.CHANGE_OWNER): Move(
            "A10", _SCHOOL, Stage.REGISTERED, "Another person answers for the project."
        ),
        (Stage.AWAITING_REGISTRATION, Act.MERGE): Move(
            "A11", (Role.REGISTRAR,), Stage.MERGED, "A change is registered into its original."
        ),
        (Stage.REGISTERED, Act.AMEND): Move(
            "A12", (Role.REGISTRAR,), Stage.REGISTERED, "With A11: the original takes it over."
        ),
        (Stage.SUSPENDED, Act.AMEND): Move(
            "A13", (Role.REGISTRAR,), Stage.SUSPENDED, "As A12; it stays suspended."
        ),
        (Stage.EXPIRED, Act.AMEND): Move(
            "A14", (Role.REGISTRAR,), Stage.EXPIRED, "As A12; it stays expired."
        ),
        (Stage.REGISTERED, Act.RENEW): Move(
            "A15", (Role.REGISTRAR,), Stage.REGISTERED, "With A11: it is valid for longer."
        ),
        (Stage.SUSPENDED, Act.RENEW): Move(
            "A16", (Role.REGISTRAR,), Stage.SUSPENDED, "As A15; it stays suspended."
        ),
        (Stage.EXPIRED, Act.RENEW): Move(
            "A17", (Role.REGISTRAR,), Stage.REGISTERED, "As A15, within the days after its end."
        ),
        (Stage.MERGED, Act.ANNOUNCE): Move(
            "A18", _SCHOOL, Stage.MERGED, "The school confirms the words about the change."
        ),
        (Stage.REGISTERED, Act.CORRECT): Move(
            "A19", (*_SCHOOL, Role.REGISTRAR), Stage.REGISTERED, "What was announced is corrected."
        ),
        # A change goes down with what it would have changed.
        (Stage.DRAFT, Act.FALL): Move("A20", (Role.SYSTEM,), Stage.WITHDRAWN, _FALLS),
        (Stage.SENT_BACK, Act.FALL): Move("A21", (Role.SYSTEM,), Stage.WITHDRAWN, _FALLS),
        (Stage.AWAITING_PRINCIPAL, Act.FALL): Move("A22", (Role.SYSTEM,), Stage.WITHDRAWN, _FALLS),
        (Stage.INTAKE, Act.FALL): Move("A23", (Role.SYSTEM,), Stage.WITHDRAWN, _FALLS),
        (Stage.IN_REVIEW, Act.FALL): Move("A24", (Role.SYSTEM,), Stage.WITHDRAWN, _FALLS),
        (Stage.AWAITING_DECISION, Act.FALL): Move("A25", (Role.SYSTEM,), Stage.WITHDRAWN, _FALLS),
        (Stage.RETURNED, Act.FALL): Move("A26", (Role.SYSTEM,), Stage.WITHDRAWN, _FALLS),
        (Stage.AWAITING_REGISTRATION, Act.FALL): Move(
            "A27", (Role.SYSTEM,), Stage.WITHDRAWN, _FALLS
        ),
        # A pilot is the school's own decision (三（一）5); the authority hears of it afterwards.
        (Stage.DRAFT, Act.ASK_SCHOOL): Move(
            "P1", _SCHOOL, Stage.SCHOOL_DECISION, "A pilot goes to the school's own checkers."
        ),
        (Stage.SENT_BACK, Act.ASK_SCHOOL): Move(
            "P2", _SCHOOL, Stage.SCHOOL_DECISION, "The mended pilot is checked afresh."
        ),
        (Stage.SCHOOL_DECISION, Act.CHECK): Move(
            "P3", (Role.CHECKER,), Stage.SCHOOL_DECISION, "A named person confirms the checklist."
        ),
        (Stage.SCHOOL_DECISION, Act.SEND_BACK): Move(
            "P4", (Role.PRINCIPAL, Role.CHECKER), Stage.SENT_BACK, "The school says no, with why."
        ),
        (Stage.SCHOOL_DECISION, Act.TAKE_BACK): Move(
            "P5", (Role.OWNER,), Stage.DRAFT, "The owner takes the pilot back to change it."
        ),
        (Stage.SCHOOL_DECISION, Act.PERMIT): Move(
            "P6", (Role.PRINCIPAL,), Stage.PILOTING, "The principal decides last; a receipt exists."
        ),
        (Stage.PILOTING, Act.ADJUST): Move(
            "P7", _SCHOOL, Stage.PILOTING, "Classes or pupils change inside the limits."
        ),
        (Stage.PILOTING, Act.CALL_IN): Move(
            "P8", (Role.LEAD,), Stage.CALLED_IN, "The lead wants a full filing instead."
        ),
        (Stage.PILOTING, Act.END_PILOT): Move(
            "P9", (*_SCHOOL, Role.SYSTEM), Stage.PILOT_ENDED, "Its end has come, or the school's."
        ),
        (Stage.PILOTING, Act.CONVERT): Move(
            "P10", (Role.SYSTEM,), Stage.CONVERTED, "The full filing that follows has its number."
        ),
        (Stage.SCHOOL_DECISION, Act.WITHDRAW): Move(
            "P11", _SCHOOL, Stage.WITHDRAWN, "The pilot is dropped before it began."
        ),
        # People leave; what waits for them waits for who came after.
        (Stage.AWAITING_PRINCIPAL, Act.INHERIT): Move(
            "G1",
            (Role.SYSTEM,),
            Stage.AWAITING_PRINCIPAL,
            "The signature waits for the new principal.",
        ),
        (Stage.IN_REVIEW, Act.INHERIT): Move(
            "G2",
            (Role.SYSTEM,),
            Stage.IN_REVIEW,
            "As G1, what is to be signed again during review.",
        ),
        (Stage.RETURNED, Act.INHERIT): Move(
            "G3", (Role.SYSTEM,), Stage.RETURNED, "As G1, what is to be signed again when returned."
        ),
        (Stage.DRAFT, Act.TAKE_ON): Move(
            "G4", (Role.PRINCIPAL,), Stage.DRAFT, "Another colleague goes on with the draft."
        ),
        (Stage.SENT_BACK, Act.TAKE_ON): Move(
            "G5", (Role.PRINCIPAL,), Stage.SENT_BACK, "Another colleague mends it."
        ),
        (Stage.AWAITING_PRINCIPAL, Act.TAKE_ON): Move(
            "G6", (Role.PRINCIPAL,), Stage.AWAITING_PRINCIPAL, "Another colleague answers for it."
        ),
        (Stage.INTAKE, Act.TAKE_ON): Move(
            "G7", (Role.PRINCIPAL,), Stage.INTAKE, "As G6, during intake."
        ),
        (Stage.IN_REVIEW, Act.TAKE_ON): Move(
            "G8", (Role.PRINCIPAL,), Stage.IN_REVIEW, "As G6, during review."
        ),
        (Stage.AWAITING_DECISION, Act.TAKE_ON): Move(
            "G9", (Role.PRINCIPAL,), Stage.AWAITING_DECISION, "As G6, before the decision."
        ),
        (Stage.RETURNED, Act.TAKE_ON): Move(
            "G10", (Role.PRINCIPAL,), Stage.RETURNED, "Another colleague completes it."
        ),
        (Stage.AWAITING_REGISTRATION, Act.TAKE_ON): Move(
            "G11", (Role.PRINCIPAL,), Stage.AWAITING_REGISTRATION, "As G6, before the number."
        ),
        (Stage.AWAITING_PRINCIPAL, Act.SIGN_ON_PAPER): Move(
            "G12", _CLERKS, Stage.SUBMITTED, "A clerk enters what was signed on paper."
        ),
        (Stage.PILOTING, Act.TAKE_ON): Move(
            "G13", (Role.PRINCIPAL,), Stage.PILOTING, "As G6, while the pilot runs."
        ),
        # What was wrong is put right where the filing stands; the way is made anew.
        (Stage.INTAKE, Act.REROUTE): Move(
            "H1", (Role.REVIEWER,), Stage.INTAKE, "A wrong fact is put right before the review."
        ),
        (Stage.IN_REVIEW, Act.REROUTE): Move(
            "H2", _DESKS, Stage.IN_REVIEW, "A wrong fact is put right; others may have to look."
        ),
        (Stage.AWAITING_DECISION, Act.REROUTE): Move(
            "H3",
            (Role.LEAD,),
            Stage.IN_REVIEW,
            "As H2; the right lead decides when opinions are in.",
        ),
        (Stage.INTAKE, Act.MOVE_AWAY): Move(
            "H4", (Role.REVIEWER,), Stage.HANDED_OVER, "It belongs to another authority."
        ),
        (Stage.IN_REVIEW, Act.MOVE_AWAY): Move(
            "H5", _DESKS, Stage.HANDED_OVER, "As H4, while departments look at it."
        ),
        (Stage.AWAITING_DECISION, Act.MOVE_AWAY): Move(
            "H6", (Role.LEAD,), Stage.HANDED_OVER, "As H4, seen by who has to decide."
        ),
        # Within ten minutes, while nobody further on has acted (``undoing``).
        (Stage.IN_REVIEW, Act.UNDO_INTAKE): Move(
            "H7", (Role.REVIEWER,), Stage.INTAKE, "Intake takes its acceptance back."
        ),
        (Stage.AWAITING_DECISION, Act.UNDO_INTAKE): Move(
            "H8", (Role.REVIEWER,), Stage.INTAKE, "As H7, where nobody co-reviews."
        ),
        (Stage.RETURNED, Act.UNDO_INTAKE): Move(
            "H9", (Role.REVIEWER,), Stage.INTAKE, "Intake takes its return back."
        ),
        (Stage.IN_REVIEW, Act.UNDO_OPINION): Move(
            "H10", (Role.REVIEWER,), Stage.IN_REVIEW, "A co-reviewer takes its word back."
        ),
        (Stage.AWAITING_DECISION, Act.UNDO_OPINION): Move(
            "H11", (Role.REVIEWER,), Stage.IN_REVIEW, "As H10; it was the last awaited one."
        ),
        (Stage.AWAITING_DECISION, Act.UNDO_DECISION): Move(
            "H12", (Role.LEAD,), Stage.AWAITING_DECISION, "One of several leads thinks again."
        ),
        (Stage.AWAITING_REGISTRATION, Act.UNDO_DECISION): Move(
            "H13", (Role.LEAD,), Stage.AWAITING_DECISION, "The lead takes its decision back."
        ),
        (Stage.RETURNED, Act.UNDO_DECISION): Move(
            "H14", (Role.LEAD,), Stage.AWAITING_DECISION, "The lead takes its return back."
        ),
        (Stage.REJECTED, Act.UNDO_DECISION): Move(
            "H15", (Role.LEAD,), Stage.AWAITING_DECISION, "The lead takes its rejection back."
        ),
        (Stage.REJECTED, Act.APPEAL): Move(
            "J1", (Role.PRINCIPAL,), Stage.AWAITING_DECISION, "The school asks for another look."
        ),
        # Of several parts (M11) one was rejected; the others are wherever they are.
        (Stage.AWAITING_REGISTRATION, Act.APPEAL): Move(
            "J2", (Role.PRINCIPAL,), Stage.AWAITING_DECISION, "As J1 for a part; the number waits."
        ),
        (Stage.AWAITING_DECISION, Act.APPEAL): Move(
            "J3", (Role.PRINCIPAL,), Stage.AWAITING_DECISION, "As J1 while another lead is out."
        ),
        (Stage.IN_REVIEW, Act.APPEAL): Move(
            "J4", (Role.PRINCIPAL,), Stage.IN_REVIEW, "As J1; the lead is asked after the review."
        ),
        (Stage.RETURNED, Act.APPEAL): Move(
            "J5", (Role.PRINCIPAL,), Stage.RETURNED, "As J1; the lead is asked after mending."
        ),
    }
)
"""Every step a filing can take. A co-reviewer's opinion or return moves its task only: the filing
stays 会审中, with a 补正中 mark that follows from the task (``has_supplement_open``)."""
