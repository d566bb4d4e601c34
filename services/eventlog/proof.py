"""Verify a log: what must hold of every log, checked event by event, in order.

* Positions are gapless from 1, and each event carries its own.
* Every event is one this version reads, and belongs to this ledger.
* The id of a recorded event is the hash of its publisher's source and id, that of a judgement the
  hash of all it says; no id comes twice.
* A decision, or the undoing of a judgement, follows from a recorded event before it, and shares its correlation.
* The chain value of every event is that of its content and of the event before it.
"""

from typing import NamedTuple

from pydantic import ValidationError

from schemas.events import (
    EVENTS,
    ClaimRecorded,
    ClaimRetracted,
    JudgementMade,
    JudgementUndone,
    Recorded,
)
from services.eventlog.chain import Stored, fault_of, split
from services.eventlog.port import Entry
from services.log_events.envelope import fact_id


class Fault(NamedTuple):
    """Something that must not be, and the position at which it shows."""

    position: int
    text: str


class Proof:
    """A proof under way.

    Attributes:
        count: Events checked.
        faults: What was found wrong, in order of position.
        chain: The chain value of the last event, empty before the first.
        unchained: How many events carry no chain value, having been written before there was one.
    """

    def __init__(self, ledger: str, *, chained: bool = True) -> None:
        """Begin.

        Args:
            ledger: Whose log.
            chained: Whether every event must carry a chain value; exports of earlier versions do not.
        """
        self.count = 0
        self.chain = ""
        self.unchained = 0
        self._chained = chained
        self.faults: list[Fault] = []
        self._ledger = ledger
        self._correlations: dict[str, str] = {}
        self._ids: dict[str, int] = {}

    def check(self, entry: Entry) -> None:
        """Check the next event."""
        self.count += 1
        if entry.position != self.count:
            self._fault(entry, f"expected position {self.count}, found {entry.position}")
            self.count = entry.position
        stored = split(entry.body)
        try:
            event = EVENTS.validate_json(entry.body)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = "/".join(str(part) for part in first["loc"])
            self._fault(entry, f"expected an event, found {first['msg']} at {place}")
            self.chain = stored.chain or "" if stored else ""
            return
        self._check_chain(entry, stored)
        if event.position != entry.position:
            self._fault(entry, f"the event says position {event.position}")
        if event.subject != self._ledger:
            self._fault(entry, f"expected ledger {self._ledger}, found {event.subject}")
        known = self._ids.setdefault(event.id, entry.position)
        if known != entry.position:
            self._fault(entry, f"id {event.id} stands at position {known} already")
        if isinstance(event, ClaimRecorded | ClaimRetracted | JudgementMade | JudgementUndone):
            self._check_recorded(entry, event)
        if not isinstance(event, ClaimRecorded | ClaimRetracted | JudgementMade):
            self._check_cause(entry, event.causationid, event.correlationid)

    def _check_chain(self, entry: Entry, stored: Stored | None) -> None:
        if stored is None:
            self._fault(entry, f"expected an event of a log, found {entry.body[:40]!r}")
        elif stored.chain is None and not self._chained:
            self.unchained += 1
        else:
            # Behind a gap the value before is not known; the gap itself is a fault already.
            is_behind_gap = not self.chain and stored.position > 1
            fault = None if is_behind_gap else fault_of(stored, self.chain)
            if fault is not None:
                self._fault(entry, fault)
            self.chain = stored.chain or ""

    def _check_recorded(self, entry: Entry, event: Recorded) -> None:
        expected = fact_id(event.data)
        if event.id != expected:
            self._fault(entry, f"expected id {expected} by its content, found {event.id}")
        if isinstance(event, JudgementMade) and event.data.id != expected:
            self._fault(
                entry, f"expected judgement {expected} by its content, found {event.data.id}"
            )
        self._correlations[event.id] = event.correlationid

    def _check_cause(self, entry: Entry, cause: str, correlation: str) -> None:
        expected = self._correlations.get(cause)
        if expected is None:
            self._fault(entry, f"its cause {cause} is no recorded event before it")
        elif expected != correlation:
            self._fault(entry, f"expected correlation {expected}, found {correlation}")

    def _fault(self, entry: Entry, text: str) -> None:
        self.faults.append(Fault(entry.position, text))
