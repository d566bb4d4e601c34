"""Fold the log into the read models that services consume.

Rows, position and change feed are written in one step, from the position this process expects. If the
views stand elsewhere, another process wrote them, or this one did and lost the answer: then what is
still missing is written, and nothing twice. When a rebuild has switched to another generation, that
one is written from then on.
"""

import asyncio
from collections.abc import Sequence

from faststream.redis import RedisBroker

from services.eventlog.port import Entry, LogShortenedError
from services.log_events.identities import decode_identity
from services.projection.encoding import FORM
from services.projection.fold import Changes, ReadModel
from services.projection.generations import ViewConflictError
from services.projection.rebuild import rebuild, replace_untrue
from services.projection.store import ViewDamagedError, ViewStore
from services.runtime import clock
from services.runtime.collecting import freeze_state
from services.runtime.ordered_reader import OrderedReader, read_on
from services.runtime.reader_context import ReaderContext
from services.runtime.settings import Settings
from services.runtime.snapshots import Snapshots
from services.runtime.tracing import PROJECTION
from services.runtime.worker import run_worker


#: Name of the reader in statuses.
READER = "projection"
#: Batches folded before their rows are written while the worker catches up. Most rows change more than
#: once, so few writes are less work; but one blocks the server for about 10 ms, in which it answers no
#: read: it must be much less than `READS_AHEAD` of the reader. Against 2, with 6 reads ahead, catching up
#: took 3 % less; 6 was no better.
BATCHES_WRITTEN = 4
#: Events folded before what was read meanwhile is taken in.
TOGETHER_COUNT = 100
#: Times that views of an earlier form are made anew before others who do so too are taken for a fault.
RENEW_TRIES_MAX = 3
#: The first generation of views.
FIRST_GENERATION = "g1"


def run(settings: Settings) -> int:
    """Project until asked to stop; return the exit code."""
    return run_worker(READER, settings, Projection, reader=READER)


class Projection:
    """Writes one ledger's views.

    Attributes:
        position: Last log position folded.
    """

    def __init__(self, line: ReaderContext) -> None:
        self._line = line
        self._store = ViewStore(line.client, line.ledger.name)
        self._probe = ViewStore(line.probe, line.ledger.name)
        self._model = ReadModel(line.ledger.name)
        self._generation = ""
        self._stored = 0
        self._reader = OrderedReader(line, self)
        self._snapshots = Snapshots(line, READER, ["services.projection"])
        self.position = 0

    async def open(self) -> None:
        """Rebuild the state up to what the views hold, then write what they lack."""
        await self._find_views()
        await self._replace_untrue_views()
        await self._renew_views()
        await self._restore()
        await self._fold_unwritten()
        self._line.position = self.position
        await self._write_missing()
        await self._take_snapshot()
        self._line.history.also(self._confirm_views)

    def subscribe(self, broker: RedisBroker) -> None:
        """Follow the log."""
        self._reader.subscribe(broker)

    async def close(self) -> None:
        """Wait until every fold is written. Make the next start short."""
        await self._reader.close()
        await self._take_snapshot()

    async def handle(self, entries: Sequence[Entry]) -> None:
        """Fold the next entries, and write what changed."""
        started = clock.stopwatch_ms()
        base = self._stored
        self._fold(entries)
        await self._write_changes(base, started)
        self._line.trace(PROJECTION, lambda: entries, started)
        if self.position == self._stored:
            await self._snapshots.take_in_background_if_due(self.position, self._model)

    async def _confirm_views(self) -> None:
        """Compare the views with what was written: without an event to come nobody else would notice."""
        generation, stored = self._generation, self._stored
        found = await self._probe.position(generation)
        if (found or 0) < stored and await self._probe.current() in (generation, None):
            raise ViewDamagedError(f"expected views at position {stored}, found {found or 'none'}")

    async def _restore(self) -> None:
        """Go on from a snapshot, unless the views stand before it."""
        snapshot = await self._snapshots.read()
        if snapshot is not None and snapshot.position <= self._stored:
            self.position, self._model = snapshot

    async def _take_snapshot(self) -> None:
        # A state ahead of the views would leave out what they still need.
        if self.position == self._stored:
            await self._snapshots.take_if_due(self.position, self._model)

    async def _write_missing(self) -> None:
        """Fold the log to its end, and write what the views lack."""
        while not await self._write_to_the_end():
            # Another process writes as well. What of ours it lacks is known by folding anew.
            self._model, self.position = ReadModel(self._line.ledger.name), 0
            await self._find_views()
            await self._fold_unwritten()
        self._line.position = self.position

    async def _write_to_the_end(self) -> bool:
        """Write many events' rows at once, and fold on meanwhile; return if nobody else wrote.

        Most rows change more than once, and the server needs about as long for them as we do.
        """
        writing: asyncio.Task[bool] | None = None
        started, base = clock.stopwatch_ms(), self.position
        limit = self._line.settings.batch_count
        async for entries in read_on(self._line.log, after=self.position, limit=limit):
            if self._line.is_stopping:
                break
            for first in range(0, len(entries), TOGETHER_COUNT):
                self._fold(entries[first : first + TOGETHER_COUNT])
                await asyncio.sleep(0)
            self._line.handled += len(entries)
            if self.position - base >= BATCHES_WRITTEN * limit:
                changes = self._model.take_changes()
                if writing and not await writing:
                    return False
                self._line.position = self._stored
                writing = asyncio.create_task(self._write(changes))
                freeze_state()
                self._say_handled(base, changes, started)
                started, base = clock.stopwatch_ms(), self.position
        if writing and not await writing:
            return False
        changes = self._model.take_changes()
        if changes.position == base:
            return True
        self._say_handled(base, changes, started)
        return await self._write(changes)

    async def _write_changes(self, base: int, started: float) -> None:
        """Write what was folded since `base`, where the views stood."""
        changes = self._model.take_changes()
        while not await self._write(changes):
            await self._find_views()
            if not base <= self._stored < changes.position:
                await self._follow_views(base)
                if self.position < changes.position:
                    # They went back: nobody hands out again what was folded already.
                    await self._write_missing()
                break
            # Rows are whole, so those of the other writer are only replaced by later ones, and the
            # change feed takes nothing twice: the whole of it may be written from there.
        self._say_handled(base, changes, started)

    def _say_handled(self, base: int, changes: Changes, started: float) -> None:
        self._line.logger.info(
            "batch.handled",
            **{"from": base + 1, "to": changes.position},
            rows={table: len(rows) for table, rows in changes.rows.items() if rows},
            took_ms=round(clock.stopwatch_ms(started), 1),
        )

    async def _write(self, changes: Changes) -> bool:
        """Write changed rows; return if the views were where we expected them."""
        try:
            await self._store.write(
                self._generation,
                changes,
                expected_position=self._stored,
                feed_count=self._line.settings.changes_count,
            )
        except ViewConflictError as conflict:
            self._line.logger.warning("views.overtaken", error=str(conflict))
            return False
        self._stored = changes.position
        return True

    async def _follow_views(self, base: int) -> None:
        """Fold up to where the views are, ahead of what was just folded or behind `base`."""
        if self._stored < base:
            # A generation that lags behind: what it lacks is known only by folding it again.
            self._model = ReadModel(self._line.ledger.name)
            self.position = 0
        await self._fold_unwritten()

    async def _find_views(self) -> None:
        """Find the current generation and its position; make the first one if there is none."""
        generation = await self._store.current()
        position = None if generation is None else await self._store.position(generation)
        if generation is None or position is None:
            try:
                await self._store.create_generation(FIRST_GENERATION)
            except ViewConflictError:
                # Another process was faster, or an earlier one ended before it pointed to it.
                self._line.logger.info("views.found", generation=FIRST_GENERATION)
            await self._store.switch_current(FIRST_GENERATION, replacing=None, position=0)
            generation = await self._store.current() or FIRST_GENERATION
            position = await self._store.position(generation)
        self._generation, self._stored = generation, position or 0

    async def _replace_untrue_views(self) -> None:
        """Make the views anew if they stand for events that are gone, hold erased words, or lack rows."""
        head = await self._store.head(self._generation)
        last, position = await self._line.log.last_position(), self._stored
        if head and await self._line.log.chain_at(head.position) != head.chain:
            await self._line.history.report(head, READER)
        elif position <= last and not await self._store.holds_erased(self._generation):
            try:
                await self._store.check_rows(self._generation)
            except ViewDamagedError as damaged:
                self._line.logger.error("views.damaged", error=str(damaged))  # noqa: TRY400  told, and mended
            else:
                return
        try:
            generation = await replace_untrue(
                self._line.log, self._store, ledger=self._line.ledger.name, untrue_to=position
            )
        except ViewConflictError as conflict:
            # Another process makes them anew as well, and was faster.
            self._line.logger.warning("views.overtaken", error=str(conflict))
        else:
            replaced = self._generation
            self._line.logger.warning("views.replaced", generation=generation, replaced=replaced)
        await self._find_views()
        await self._store.drop_erased()

    async def _renew_views(self) -> None:
        """Make the views anew if they are in the form of an earlier version.

        Readers see the old ones until the new ones are whole.
        """
        for tries_left in reversed(range(RENEW_TRIES_MAX)):
            if await self._store.form(self._generation) == FORM:
                return
            try:
                await self._renew()
            except ViewConflictError as conflict:
                if not tries_left:
                    raise
                # Another process makes them anew as well, and was faster.
                self._line.logger.warning("views.overtaken", error=str(conflict))
            await self._find_views()

    async def _renew(self) -> None:
        rebuilt = await rebuild(
            self._line.log, self._store, ledger=self._line.ledger.name, accept=True
        )
        self._line.logger.info(
            "views.renewed",
            generation=rebuilt.generation,
            replaced=rebuilt.replaced,
            differing=len(rebuilt.differences),
        )
        if rebuilt.replaced and not rebuilt.differences:
            await self._store.drop_generation(rebuilt.replaced)

    async def _fold_unwritten(self) -> None:
        """Fold up to where the views stand, and forget what changed: it is written."""
        limit = self._line.settings.batch_count
        while self.position < self._stored and not self._line.is_stopping:
            missing = min(limit, self._stored - self.position)
            async for entries in read_on(self._line.log, after=self.position, limit=missing):
                self._fold(entries[: self._stored - self.position])
                freeze_state()
                if self.position == self._stored or self._line.is_stopping:
                    break
            else:
                raise LogShortenedError(self._stored, found=self.position)
        self._model.discard_changes()

    def _fold(self, entries: Sequence[Entry]) -> None:
        entry, model = entries[0], self._model
        try:
            for entry in entries:
                assert entry.position == self.position + 1, (
                    f"expected position {self.position + 1}, found {entry.position}"
                )
                model.fold(decode_identity(entry.body))
                self.position = entry.position
        finally:
            self._line.entry = str(entry.position)
