"""Read what was recorded, in order; append what follows from it.

Decisions and the checkpoint move in one step, from where this process expects the checkpoint to be.
If it is elsewhere, another process decided the same events, or this one did and lost the answer: then
the log is read to its end and everything after its checkpoint is decided anew, so that a second
process is a hot standby and does no harm.

A log that was decided under another policy is decided anew at the start, no claim waking it. The
checkpoint need not move then, so two processes that start together are told apart by their decisions'
ids too.
"""

import asyncio
from collections.abc import Sequence

from faststream.redis import RedisBroker

from services.eventlog.port import (
    Advance,
    CheckpointConflictError,
    Entry,
    LogShortenedError,
)
from services.reconciliation.engine.book import Book
from services.reconciliation.engine.sealing import Decided, count_parts, seal_decision
from services.runtime import clock
from services.runtime.collecting import freeze_state
from services.runtime.ordered_reader import OrderedReader, read_on
from services.runtime.reader_context import ReaderContext
from services.runtime.settings import Settings
from services.runtime.snapshots import Snapshots
from services.runtime.tracing import RECONCILIATION
from services.runtime.worker import run_worker


#: Name of the checkpoint, and of the reader in statuses.
READER = "reconciliation"
#: How a claim is told from all else without reading it, and where its type stands at the latest.
CLAIM = b'"type":"claim.recorded"'
HEAD_BYTES = 400


def run(settings: Settings) -> int:
    """Reconcile until asked to stop; return the exit code."""
    return run_worker(READER, settings, Reconciliation, reader=READER)


class Reconciliation:
    """Decides one ledger's claims.

    Attributes:
        position: Last log position dealt with, without a gap; what the book knows already is passed
            over when it comes in order: our own decisions, confirmed when they were appended, and
            claims that were evolved ahead.
    """

    def __init__(self, line: ReaderContext) -> None:
        self._line = line
        self._book = Book(line.ledger)
        self._checkpoint = 0
        self._reader = OrderedReader(line, self)
        self._known: set[int] = set()
        self._snapshots = Snapshots(line, READER, ["services.reconciliation"])
        self._recording: asyncio.Task[bool] | None = None
        self.position = 0

    async def open(self) -> None:
        """Rebuild the book from the whole log, and decide what was left undecided."""
        # Before the checkpoint: it covers decisions that stand behind it, which must be evolved first.
        self._checkpoint = await self._line.log.checkpoint(READER)
        snapshot = await self._snapshots.read()
        if snapshot is not None and snapshot.position > self._checkpoint:
            # Its claims were decided in a log that has gone.
            snapshot = None
        if snapshot is not None:
            self.position, self._book = snapshot
        await self._evolve_to_the_end()
        await self._read_what_the_checkpoint_covers()
        self._line.position = self.position
        is_due = self.position > self._checkpoint
        if self._book.is_of_other_policy:
            self._line.logger.info("policy.changed", policy=self._line.ledger.policy)
            is_due = True
        if is_due and not self._line.is_stopping:
            first = min(self._checkpoint + 1, self.position)
            await self._record(self._decide(), first, clock.stopwatch_ms())
        # A snapshot is of a book that was worked out.
        if snapshot is None and not self._line.is_stopping:
            self._book.settle()
        await self._take_snapshot()
        self._line.history.also(self._confirm_checkpoint)

    async def _read_what_the_checkpoint_covers(self) -> None:
        """Read the decisions that the checkpoint came with: it may be of a log that was lost before the rest was read.

        Raises:
            LogDamagedError: It stands where the log never had an event.
            LogShortenedError: The log became a shorter one between the look at one and at the other.
        """
        while self._checkpoint and not self._line.is_stopping:
            # One step: two looks may be at two logs. It shows where the log ends that has this checkpoint, too.
            advance = Advance(READER, self._checkpoint, self._checkpoint)
            try:
                await self._line.log.append([], advance)
            except CheckpointConflictError as error:
                if error.found < self._checkpoint:
                    raise LogShortenedError(self._checkpoint, found=error.found) from error
                self._checkpoint = error.found
                await self._evolve_to_the_end()
                continue
            if self._line.log.seen.last.position > self.position:
                await self._evolve_to_the_end()
            break
        if self._checkpoint > self.position and not self._line.is_stopping:
            raise LogShortenedError(self._checkpoint, found=self.position)

    async def _confirm_checkpoint(self) -> None:
        """Compare the checkpoint with where it was moved to: without a claim to come nobody else would notice."""
        moved_to = self._checkpoint
        found = await self._line.probe_log.checkpoint(READER)
        if found < moved_to:
            raise LogShortenedError(moved_to, found=found)

    def subscribe(self, broker: RedisBroker) -> None:
        """Follow the log."""
        self._reader.subscribe(broker)

    async def close(self) -> None:
        """Wait until the log has every decision. Make the next start short."""
        await self._reader.close()
        if await self._is_recorded():
            await self._take_snapshot()

    async def _take_snapshot(self) -> None:
        if self._is_settled():
            await self._snapshots.take_if_due(self.position, self._book)

    def _is_settled(self) -> bool:
        """Return whether the book holds what the log does up to `position`, and nothing of what follows.

        What was recorded and is not decided yet would never be, from a snapshot of such a book; nor what
        was decided behind it, were the log to lose that.
        """
        # Not beyond the checkpoint: only what is read behind `position` moves it on.
        while self.position < self._checkpoint and self.position + 1 in self._known:
            self.position += 1
            self._known.discard(self.position)
            self._book.pass_over(self.position)
        return self.position <= self._checkpoint and not self._known

    async def handle(self, entries: Sequence[Entry]) -> None:
        """Evolve the next entries, and begin to append what follows from them."""
        started = clock.stopwatch_ms()
        await self._take_snapshot_in_background()
        self._evolve_claims([entry for entry in entries if entry.position > self.position])
        if not await self._is_recorded():
            return
        # Others' decisions in between were read by now if ours met them.
        self._evolve([entry for entry in entries if entry.position > self.position])
        decisions = self._decide()
        recording = self._record_beside(decisions, entries[0].position, started)
        self._recording = asyncio.create_task(recording)
        if not decisions:
            # It may have been the last batch for hours: only our own decisions follow others' claims.
            await self._take_snapshot_in_background()

    async def _take_snapshot_in_background(self) -> None:
        is_due = self._snapshots.is_due(self.position)
        if is_due and await self._is_recorded() and self._is_settled():
            await self._snapshots.take_in_background_if_due(self.position, self._book)

    async def _is_recorded(self) -> bool:
        """Wait for the decisions that are on their way; return whether more can follow."""
        if self._recording is None:
            return True
        is_recorded = await self._recording
        if is_recorded:
            self._recording = None
        return is_recorded

    async def _record_beside(
        self, decisions: Sequence[Decided], first: int, started: float
    ) -> bool:
        """Record decisions while others are begun; stop the process at `first` if that fails."""
        is_recorded = False  # Unless the block below gets so far: it ends the process otherwise.
        with self._line.fault_boundary(str(first), concurrent=True):
            is_recorded = await self._record(decisions, first, started)
        return is_recorded  # noqa: RET504

    def _decide(self) -> list[Decided]:
        return self._book.decide(after=self._checkpoint)

    async def _record(self, decisions: Sequence[Decided], first: int, started: float) -> bool:
        """Append decisions, or what is to be decided after all; return whether nobody asked to stop meanwhile."""
        while not await self._append(decisions):
            expected = self._checkpoint
            self._checkpoint = await self._line.log.checkpoint(READER)
            if self._checkpoint < expected:
                # What came before was passed over as decided, and is not.
                raise LogShortenedError(expected, found=self._checkpoint)
            await self._evolve_to_the_end()
            await self._read_what_the_checkpoint_covers()
            if self._line.is_stopping:
                return False
            decisions = self._decide()
        ledger = self._line.ledger
        self._line.trace(
            RECONCILIATION,
            lambda: [seal_decision(decided, ledger=ledger) for decided in decisions],
            started,
        )
        self._line.logger.info(
            "batch.handled",
            **{"from": first, "to": self.position},
            decided=count_parts(decisions),
            took_ms=round(clock.stopwatch_ms(started), 1),
        )
        return True

    async def _append(self, decisions: Sequence[Decided]) -> bool:
        """Append decisions with the checkpoint; return whether nobody decided the same before us."""
        if not decisions and self.position <= self._checkpoint:
            return True  # Only our own were read, and the checkpoint is behind them already.
        sealed = [seal_decision(decided, ledger=self._line.ledger) for decided in decisions]
        # Over our own at once: to come back for that costs a claim on its way to the views a write of
        # the server's file.
        position = max(self.position, self._checkpoint)
        advance = Advance(READER, self._checkpoint, position, is_over_own=True)
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
        self._known.update(appended.positions)
        self._checkpoint = advance.reached(appended)
        return True

    async def _evolve_to_the_end(self) -> None:
        limit = self._line.settings.batch_count
        async for entries in read_on(self._line.log, after=self.position, limit=limit):
            self._evolve(entries)
            freeze_state()
            if self._line.is_stopping:
                return

    def _evolve_claims(self, entries: Sequence[Entry]) -> None:
        """Evolve those entries that are claims for sure, without moving on.

        A claim is the same whether it is evolved before or after a decision, and only once. Our own
        decisions are not known as such before the log has said where they stand.
        """
        for entry in entries:
            if entry.body.find(CLAIM, 0, HEAD_BYTES) >= 0:
                self._line.entry = str(entry.position)
                self._book.take(entry.body)
                self._known.add(entry.position)

    def _evolve(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            self._line.entry = str(entry.position)
            if entry.position in self._known:
                self._known.discard(entry.position)
                self._book.pass_over(entry.position)
            else:
                self._book.take(entry.body)
            self.position = entry.position
