"""How decisions become events: of what size, about which subject, and under an id that the same decision always has."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from msgspec.structs import replace

from schemas.decisions import Decisions
from schemas.ledger import LedgerConfiguration
from services.eventlog.port import NewEvent
from services.log_events.envelope import Origin, content_id, seal
from services.log_events.facts import Fact


#: Most parts of a kind in one event: an exchange with ten thousand claims never writes them at once.
PARTS_MAX = 200


class Decided(NamedTuple):
    """Decisions: what changed, what it is about, and the recorded event they follow from.

    The subject ends with the number of the event among those about it, most often the only one.
    """

    data: Decisions
    subject: str
    cause: Fact


def cut(decisions: Decisions) -> Iterator[Decisions]:
    """Cut decisions about one subject so that each fits an event; none for none.

    An exchange is identified first and forgotten last, and all assignments come before the figures
    that follow from them.
    """
    if decisions == Decisions(exchange=decisions.exchange):
        return
    first, last = 0, PARTS_MAX
    while len(decisions.assignments) > PARTS_MAX:
        yield Decisions(
            exchange=decisions.exchange,
            identified=decisions.identified,
            assignments=decisions.assignments[:PARTS_MAX],
        )
        rest = decisions.assignments[PARTS_MAX:]
        decisions = replace(decisions, identified=None, assignments=rest)
    longest = max(len(getattr(decisions, kind)) for kind in _AFTER_ASSIGNMENTS)
    while longest > last:
        yield replace(decisions, **_slices(decisions, first, last), forgotten=None)
        decisions = replace(decisions, identified=None, assignments=())
        first, last = last, last + PARTS_MAX
    yield replace(decisions, **_slices(decisions, first, last))


_AFTER_ASSIGNMENTS = ("figures", "checks", "withdrawn", "totals")


def _slices(decisions: Decisions, first: int, last: int) -> dict[str, Any]:
    return {kind: getattr(decisions, kind)[first:last] for kind in _AFTER_ASSIGNMENTS}


def count_parts(decided: Iterable[Decided]) -> dict[str, int]:
    """Count what was decided, by kind."""
    counts: Counter[str] = Counter()
    for data in (decision.data for decision in decided):
        counts["exchanges"] += (data.identified is not None) + (data.forgotten is not None)
        counts["claims"] += len(data.assignments)
        counts["figures"] += len(data.figures)
        counts["checks"] += len(data.checks) + len(data.withdrawn)
        counts["totals"] += len(data.totals)
    return {kind: count for kind, count in sorted(counts.items()) if count}


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
            traceparent=cause.traceparent,
        ),
    )
