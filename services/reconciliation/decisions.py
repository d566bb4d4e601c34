"""How a decision becomes an event: its subject, and an id that the same decision always has."""

from typing import NamedTuple

from schemas.ledger import LedgerConfiguration
from services.envelope import Origin, content_id, seal
from services.eventlog.port import NewEvent
from services.reconciliation.hearing import Fact
from services.records import DecisionData


class Decided(NamedTuple):
    """A decision: what changed, what it is about, and the recorded event it follows from."""

    data: DecisionData
    subject: str
    cause: Fact


def seal_decision(decided: Decided, *, ledger: LedgerConfiguration) -> NewEvent:
    """Wrap a decision for the log.

    Its id is a hash of its cause, its subject and the policy, so that a figure may return to an
    earlier value and the same decision is never written twice.
    """
    cause = decided.cause
    return seal(
        decided.data,
        event_id=content_id("decided", cause.id, decided.subject, ledger.policy),
        ledger=ledger.name,
        origin=Origin(
            worker="reconciliation",
            recorded_at=cause.recorded_at,
            causation=cause.id,
            correlation=cause.correlationid,
        ),
    )
