"""What must hold in the simulation after every step, and at the end of a history."""

from collections.abc import Iterable, Mapping

from services.eventlog.chain import fault_of, split
from services.log_events.identities import decode_identity
from services.projection.fold import ReadModel
from services.reconciliation.engine.book import Book
from tests.failure.simulated_clients import LEDGER
from tests.failure.simulated_processes import BrokenError
from tests.failure.simulated_server import SimulatedSegments, State


def part_of(body: bytes, name: bytes) -> bytes:
    """Return the first text of a name in an event's JSON."""
    start = body.index(b'"%b":"' % name) + len(name) + 4
    return body[start : body.index(b'"', start)]


class LogInvariants:
    """What holds of a log at every step, looked at only as far as it is new."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Begin anew: the server holds another log."""
        self._position, self._chain = 0, ""
        self._ids: set[bytes] = set()

    def check(self, state: State) -> None:
        """Check what was appended since the last look.

        Raises:
            BrokenError: A position is missing, a chain value wrong, an event doubled, a decision without its cause.
        """
        for entry in state.log.entries()[self._position :]:
            stored = split(entry.body)
            at = f"position {entry.position}"
            if stored is None or not entry.position == stored.position == self._position + 1:
                raise BrokenError(f"expected position {self._position + 1}, found {at}")
            if fault := fault_of(stored, self._chain):
                raise BrokenError(f"{at}: {fault}")
            event_id = part_of(entry.body, b"id")
            if event_id in self._ids:
                raise BrokenError(f"{at}: event {event_id.decode()} stands there twice")
            cause = part_of(entry.body, b"causationid")
            self._ids.add(event_id)
            # A judgement is its own cause.
            if not cause.startswith(b"urn:inbox:") and cause not in self._ids:
                raise BrokenError(f"{at}: a decision about an event that is not in the log")
            self._position, self._chain = entry.position, stored.chain or ""

    def check_acknowledged(self, state: State) -> None:
        """Check that what publishers were told is taken is in the inbox, in the log, or parked."""
        held = {*state.inbox.values(), *(item.raw for item in state.parked)}
        for event_id, event in state.acknowledged.items():
            if event not in held and event_id.encode() not in self._ids:
                raise BrokenError(f"an acknowledged claim is nowhere: {event[:80]!r}")


def check_noted(state: State, noted: Iterable[str]) -> None:
    """Check that what somebody took note of is still noted."""
    for loss in noted:
        if state.losses[loss].acknowledged is None:
            raise BrokenError(f"loss {loss} was acknowledged, and is open again")


def check_trimmed(state: State, segments: SimulatedSegments) -> None:
    """Check that what was moved out of the server lies in the segments as the log had it."""
    count = state.log.trimmed.position
    if count and state.log.entries()[:count] != segments.entries[:count]:
        raise BrokenError(f"the log was trimmed up to {count}, and segments hold something else")


def check_end(state: State, published: Mapping[str, bytes]) -> None:
    """Check a server at rest: all claims recorded, decisions and views as they follow from the log."""
    # Parked, and told, is what was handed out again and again to workers that were killed.
    parked = {item.raw for item in state.parked}
    missing = [
        event_id
        for event_id, event in published.items()
        if event not in parked and not state.log.knows(event_id)
    ]
    if missing:
        raise BrokenError(f"{len(missing)} claims are not in the log although they were repeated")
    book, model = Book(LEDGER), ReadModel(LEDGER.name)
    for entry in state.log.entries():
        book.take(entry.body)
        model.fold(decode_identity(entry.body))
    if decided := book.decide(after=0):
        subjects = ", ".join(sorted({one.subject for one in decided}))
        raise BrokenError(f"the log lacks decisions, or holds others than follow: {subjects}")
    rows = {
        table: {k: r for k, r in held.items() if r is not None}
        for table, held in model.take_changes().rows.items()
    }
    views = state.views[state.current or ""]
    for table, expected in rows.items():
        found = dict(views.rows.get(table, {}))
        if found != expected:
            unlike = sorted(
                key for key in {*found, *expected} if found.get(key) != expected.get(key)
            )
            raise BrokenError(f"views differ from the log in table {table}: {unlike[:5]}")
