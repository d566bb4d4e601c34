"""Verify a log: what must hold of every log, checked event by event, in order.

* Positions are gapless from 1, and each event carries its own.
* Every event is one this version reads, and belongs to this ledger.
* The id of a recorded event is the hash of its publisher's source and id, that of a judgement the
  hash of all it says; no id comes twice.
* A decision, or the undoing of a judgement, follows from a recorded event before it, and shares its correlation.
* The chain value of every event is that of its content and of the event before it.
* Where words were erased, a later event orders it, and says what is left there.
"""

from hashlib import sha256
from typing import NamedTuple

from pydantic import ValidationError

from schemas.decisions import Decision
from schemas.events import (
    EVENTS,
    ClaimRecorded,
    ClaimRetracted,
    JudgementMade,
    JudgementUndone,
    Recorded,
    WordsErased,
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
        erased: What is left of events of which words were erased: position to the position of the event
            that says so, and the hash of what is left.
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
        self.erased: dict[int, tuple[int, str]] = {}
        self._ordered: dict[int, tuple[int, str]] = {}
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
        self._note_erasure(entry, stored, event)
        if event.position != entry.position:
            self._fault(entry, f"the event says position {event.position}")
        if event.subject != self._ledger:
            self._fault(entry, f"expected ledger {self._ledger}, found {event.subject}")
        known = self._ids.setdefault(event.id, entry.position)
        if known != entry.position:
            self._fault(entry, f"id {event.id} stands at position {known} already")
        if isinstance(
            event, ClaimRecorded | ClaimRetracted | JudgementMade | JudgementUndone | WordsErased
        ):
            self._check_recorded(entry, event, is_whole=not (stored and stored.digest))
        if not isinstance(event, ClaimRecorded | ClaimRetracted | JudgementMade | WordsErased):
            self._check_cause(entry, event.causationid, event.correlationid)

    def finish(self) -> None:
        """Check what can be known at the end alone: that erasures were ordered, and done."""
        for position, (by, found) in self.erased.items():
            ordered = self._ordered.get(position)
            if ordered is None or ordered[0] != by:
                text = f"expected an event at position {by} that erases words here, found none"
                self.faults.append(Fault(position, text))
            elif ordered[1] != found:
                text = (
                    f"expected what the event at position {by} left here (sha256 {ordered[1]}), found "
                    f"sha256 {found}"
                )
                self.faults.append(Fault(position, text))
        for position, (by, _) in self._ordered.items():
            if position not in self.erased:
                text = f"expected words erased by the event at position {by}, found them here again"
                self.faults.append(Fault(position, text))

    def _note_erasure(
        self, entry: Entry, stored: Stored | None, event: Recorded | Decision
    ) -> None:
        if stored is not None and stored.digest:
            self.erased[entry.position] = (stored.erased, sha256(stored.content).hexdigest())
        if isinstance(event, WordsErased):
            for each in event.data.events:
                self._ordered[each.position] = (entry.position, each.sha256)

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

    def _check_recorded(self, entry: Entry, event: Recorded, *, is_whole: bool) -> None:
        # The id of a judgement is a hash of all it says, which erased words were part of.
        is_hash = is_whole or isinstance(event, ClaimRecorded | ClaimRetracted)
        expected = fact_id(event.data) if is_hash else event.id
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
