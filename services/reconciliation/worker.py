"""Read what was recorded, in order; append what follows from it.

Decisions and the checkpoint move in one step, from where this process expects the checkpoint to be.
If it is elsewhere, another process decided the same events, or this one did and lost the answer: then
the log is read to its end and everything after its checkpoint is decided anew, so that a second
process is a hot standby and does no harm.

A log that was decided under another policy is decided anew at the start, no claim waking it. No
checkpoint moves then, so two processes that start together are told apart by their decisions' ids.
"""

from collections import Counter
from collections.abc import Sequence

from faststream.redis import RedisBroker

from services import clock
from services.envelope import EVENT_TYPE
from services.eventlog.port import Advance, CheckpointConflictError, Entry
from services.ordered_reader import OrderedReader, read_on
from services.process import Line, keep_alive, run_worker
from services.reconciliation.book import Book
from services.reconciliation.decisions import Decided, seal_decision
from services.settings import Settings
from services.snapshots import Snapshots


#: Name of the checkpoint, and of the reader in statuses.
READER = "reconciliation"


def run(settings: Settings) -> int:
    """Reconcile until asked to stop; give the exit code."""
    return run_worker(READER, settings, Reconciliation, reader=READER)


class Reconciliation:
    """Decides one ledger's claims.

    Attributes:
        position: Last log position dealt with, without a gap; our own decisions are passed over when
            they come back in order, since the book confirmed them when they were appended.
    """

    def __init__(self, line: Line) -> None:
        self._line = line
        self._book = Book(line.ledger)
        self._checkpoint = 0
        self._reader = OrderedReader(line, self)
        self._own: set[int] = set()
        self._snapshots = Snapshots(line, READER, ["services.reconciliation"])
        self.position = 0

    async def open(self) -> None:
        """Rebuild the book from the whole log, and decide what was left undecided."""
        # Before the checkpoint: it covers decisions that stand behind it, which must be evolved first.
        self._checkpoint = await self._line.log.checkpoint(READER)
        snapshot = await self._snapshots.read()
        if snapshot is not None:
            self.position, self._book = snapshot
        await self._evolve_to_the_end()
        self._line.position = self.position
        is_due = self.position > self._checkpoint
        if self._book.is_of_other_policy:
            self._line.logger.info("policy.changed", policy=self._line.ledger.policy)
            is_due = True
        if is_due and not self._line.is_stopping:
            first = min(self._checkpoint + 1, self.position)
            await self._decide(first, clock.stopwatch_ms())
        await self._take_snapshot()

    def subscribe(self, broker: RedisBroker) -> None:
        """Follow the log."""
        self._reader.subscribe(broker)

    async def close(self) -> None:
        """Nothing is left over: the log has every decision. Make the next start short."""
        await self._take_snapshot()

    async def _take_snapshot(self) -> None:
        # What was recorded and is not decided yet would never be: only a settled book is kept.
        if self.position == self._checkpoint:
            await self._snapshots.take_if_due(self.position, self._book)

    async def handle(self, entries: Sequence[Entry]) -> None:
        """Evolve the next entries, and append what follows from them."""
        started = clock.stopwatch_ms()
        self._evolve(entries)
        await self._decide(entries[0].position, started)
        if self.position == self._checkpoint:
            await self._snapshots.take_beside_if_due(self.position, self._book)

    async def _decide(self, first: int, started: float) -> None:
        decisions = self._book.decide(after=self._checkpoint)
        while not await self._append(decisions):
            self._checkpoint = await self._line.log.checkpoint(READER)
            await self._evolve_to_the_end()
            if self._line.is_stopping:
                return
            decisions = self._book.decide(after=self._checkpoint)
        decided = Counter(EVENT_TYPE[type(decision.data)] for decision in decisions)
        self._line.logger.info(
            "batch.handled",
            **{"from": first, "to": self.position},
            decided=dict(sorted(decided.items())),
            took_ms=round(clock.stopwatch_ms(started), 1),
        )

    async def _append(self, decisions: Sequence[Decided]) -> bool:
        """Append decisions with the checkpoint; say if nobody decided the same before us."""
        sealed = [seal_decision(decided, ledger=self._line.ledger) for decided in decisions]
        advance = Advance(READER, expected=self._checkpoint, position=self.position)
        try:
            appended = await self._line.log.append(sealed, advance)
        except CheckpointConflictError:
            return False
        for decided, position, is_new in zip(
            decisions, appended.positions, appended.is_new, strict=True
        ):
            if not is_new:
                before = f"{decided.subject} was decided before at position {position}"
                assert position > self.position, before
                return False
            self._book.confirm(decided, position)
        self._own.update(appended.positions)
        self._checkpoint = self.position
        return True

    async def _evolve_to_the_end(self) -> None:
        limit = self._line.settings.batch_count
        async for entries in read_on(self._line.log, after=self.position, limit=limit):
            self._evolve(entries)
            keep_alive()
            if self._line.is_stopping:
                return

    def _evolve(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            self._line.entry = str(entry.position)
            if entry.position in self._own:
                self._own.discard(entry.position)
                self._book.pass_over(entry.position)
            else:
                self._book.take(entry.body)
            self.position = entry.position
