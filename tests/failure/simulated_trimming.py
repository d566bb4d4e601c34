"""`log seal` and `log trim` in the simulation: a process that seals a log, moves its beginning out, and ends."""

from collections.abc import Sequence
from random import Random
from typing import Any, NamedTuple

from typing_extensions import override

from services.cli.exit_code import CommandError
from services.cli.sealing import _check_same, _write
from services.eventlog.port import Entry, LogDamagedError, TrimRefusedError
from services.queries import trimming
from services.queries.trimming import UnprovenSegmentsError
from tests.failure.simulated_clients import SimulatedLog
from tests.failure.simulated_processes import SimulatedProcess
from tests.failure.simulated_server import SimulatedSegments, SimulatedServer


#: Most events in one segment.
SEGMENT_COUNT = 5


class SimulatedSealing:
    """Segments that are being continued, or renewed, as `Sealing` does it."""

    def __init__(self, segments: SimulatedSegments, *, anew: bool) -> None:
        self._segments = segments
        self._anew = anew
        self._written: list[Entry] = []
        self._sealed = [] if anew else list(segments.entries)

    @property
    def last(self) -> int:
        return len(self._sealed)

    @property
    def count(self) -> int:
        return len(self._written)

    def last_entry(self) -> Entry | None:
        return self._sealed[-1] if self._sealed else None

    def write(self, entry: Entry) -> None:
        expected = self.last + self.count + 1
        if entry.position != expected:
            raise CommandError(f"expected position {expected}, found {entry.position}")
        self._written.append(entry)

    def seal(self) -> None:
        self._sealed += self._written
        self._written = []
        if not self._anew:
            self.finish()

    def finish(self) -> None:
        self._segments.entries = list(self._sealed)


class Held(NamedTuple):
    """How far a log may be trimmed, as far as the server knows it.

    A real trim looks at the statuses of readers and at snapshots besides; here it does not, so that it
    goes further than some have read.
    """

    sealed: int
    last: int
    readers: Sequence[int]

    @property
    def until(self) -> int:
        return min(self.sealed, self.last - 1, *self.readers)


class SimulatedTrimming(SimulatedProcess):
    """The process of a timer that seals and trims; what refuses it leaves everything as it was.

    Attributes:
        refused: How often it was.
    """

    def __init__(self, server: SimulatedServer, chance: Random) -> None:
        super().__init__("trimming", 0, server, chance)
        self.refused = 0

    @override
    async def _live(self) -> None:
        log = SimulatedLog(self)
        try:
            await self._seal(log)
            await self._trim(log)
        except (CommandError, UnprovenSegmentsError, TrimRefusedError, LogDamagedError):
            self.refused += 1
        self.is_alive = False

    async def _seal(self, log: SimulatedLog) -> None:
        continued: Any = await self.call(lambda: SimulatedSealing(self.server.segments, anew=False))
        try:
            await _check_same(log, continued)
        except CommandError:
            # The server went back: what was sealed of the log before is that one's.
            continued = SimulatedSealing(self.server.segments, anew=True)
        await _write(log, continued, SEGMENT_COUNT)
        continued.finish()

    async def _trim(self, log: SimulatedLog) -> None:
        trimmed = await log._trimmed.end()
        last = await log.last_position()
        held = await self.call(lambda: self._held(last))
        segments = self.server.segments
        await trimming.move_out(log, segments, trimmed=trimmed, until=held.until)

    def _held(self, last: int) -> Held:
        state = self.server.state
        views = state.views.get(state.current or "")
        is_lost = any(loss.acknowledged is None for loss in state.losses.values())
        readers = [
            state.log.checkpoints.get("reconciliation", 0),
            0 if views is None or is_lost else views.position,
        ]
        return Held(len(self.server.segments.entries), last, readers)
