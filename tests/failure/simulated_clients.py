"""What workers use of a server, over the simulated one: each call is one step that the scheduler chooses.

The workers themselves are the real ones. Only what would reach a server, a disk or the clock is replaced
here: the clients of log, inbox, views and losses, snapshots, and the files of places seen.
"""

import copyreg
import pickle
from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO
from typing import Any, Protocol, TypeVar
from unittest.mock import patch

from typing_extensions import override

import services.ingest.worker
import services.projection.worker
import services.queries.trimming
import services.reconciliation.worker
from schemas.ledger import LedgerConfiguration
from services.eventlog.chain import START, Head
from services.eventlog.inbox import InboxEntry, Parked
from services.eventlog.losses import Loss, merged, places_of, told_again, written
from services.eventlog.port import Advance, Appended, Entry, LogShortenedError, NewEvent
from services.eventlog.redis_log import Linked, RedisEventLog
from services.eventlog.seen import SeenHeads
from services.eventlog.trimmed import TrimmedPart
from services.ledgers import load_ledger
from services.projection.encoding import FORM
from services.projection.fold import Changes
from services.projection.generations import ViewConflictError
from services.reconciliation.claims.lexicon import Lexicon, lexicon_of
from services.runtime import clock
from services.runtime.snapshots import StateSnapshot
from tests.failure.simulated_server import SimulatedServer, StoredViews


Found = TypeVar("Found")

LEDGER = load_ledger("rus-ukr")
#: Events that one script moves out of the server.
TRIM_STEP_COUNT = 4


class Line(Protocol):
    """The connection of one process to the simulated server.

    Attributes:
        server: What it leads to.
        disk: What the process wrote to its data directory.
    """

    server: SimulatedServer
    disk: dict[str, Any]

    async def call(
        self,
        operation: Callable[[], Found],
        *,
        ready: Callable[[], bool] | None = None,
        is_idle: bool = False,
    ) -> Found:
        """Carry out one command, when the scheduler lets it through.

        Args:
            operation: The command.
            ready: Whether a command that waits has something to answer; null for one that does not wait.
            is_idle: Whether the process has nothing to do but this.
        """
        ...


class SimulatedTrimmedPart(TrimmedPart):
    """The part of a log that was moved out of the server, as one process reads it."""

    def __init__(self, line: Line) -> None:
        self.known = 0
        self._line = line

    @override
    async def end(self) -> Head:
        end = await self._line.call(lambda: self._line.server.state.log.trimmed)
        self.known = end.position
        return end

    @override
    async def _read_segments(self, after: int, limit: int, end: Head) -> list[Entry]:
        read = self._line.server.segments.read
        return await self._line.call(lambda: read(after=after, limit=limit, trimmed=end))

    @override
    async def trim(self, to: Head) -> int:
        return await self._line.call(lambda: self._line.server.trim(to))


class SimulatedLog(RedisEventLog):
    """A log as one process sees it; what it notes of places seen is the real client's."""

    def __init__(self, line: Line) -> None:
        self.seen, self.followed = SeenHeads(), START
        self._is_salted = False
        self._line = line
        self._trimmed = SimulatedTrimmedPart(line)

    @override
    async def _append_behind(
        self,
        places: Sequence[Head],
        events: Sequence[NewEvent],
        proven: Linked,
        advance: Advance | None,
    ) -> Appended:
        server = self._line.server
        return await self._line.call(lambda: server.append(events, advance, places))

    @override
    async def _in_stream(self, *, after: int, limit: int) -> list[Entry]:
        return await self._line.call(
            lambda: self._line.server.state.log.held(after=after, limit=limit)
        )

    @override
    async def last_position(self) -> int:
        return await self._line.call(lambda: self._line.server.state.log.last)

    @override
    async def checkpoint(self, reader: str) -> int:
        return await self._line.call(lambda: self._line.server.state.log.checkpoints.get(reader, 0))


class SimulatedInbox:
    """The inbox as one process sees it."""

    def __init__(self, client: Line, ledger: str) -> None:
        self._line = client
        self._ledger = ledger

    async def open(self) -> None:
        """Do nothing: the group is there."""

    async def state_limit(self, limit: int) -> None:
        """Do nothing: no limit is simulated."""

    async def settle(
        self, recorded: Sequence[str], parked: Mapping[str, Parked], *, known: Head
    ) -> None:
        if recorded or parked:
            await self._line.call(lambda: self._line.server.settle(recorded, parked, known))

    async def take_over(
        self, consumer: str, *, stale_after_ms: int, limit: int, now_ms: float
    ) -> list[InboxEntry]:
        assert stale_after_ms > 0, "what is taken over waited for some time"
        return await self._line.call(
            lambda: self._line.server.take_over(consumer, limit),
            ready=lambda: bool(self._line.server.state.pending),
            is_idle=True,
        )

    async def held_by(self, consumer: str, *, limit: int) -> list[InboxEntry]:
        return await self._line.call(lambda: self._line.server.held_by(consumer, limit))

    async def forget_consumer(self, consumer: str) -> None:
        """Do nothing: consumers cost nothing here."""


class SimulatedViews:
    """The views as one process sees them."""

    def __init__(self, client: Line, ledger: str) -> None:
        self._line = client
        self._ledger = ledger

    async def write(
        self,
        generation: str,
        changes: Changes,
        *,
        expected_position: int,
        feed_count: int | None = None,
    ) -> None:
        is_fed = feed_count is not None
        await self._line.call(
            lambda: self._line.server.write_views(
                generation, changes, expected_position, is_fed=is_fed
            )
        )

    async def current(self) -> str | None:
        return await self._line.call(lambda: self._line.server.state.current)

    async def position(self, generation: str) -> int | None:
        stored = await self._stored(generation)
        return None if stored is None else stored.position

    async def head(self, generation: str) -> Head | None:
        stored = await self._stored(generation)
        return Head(stored.position, stored.chain) if stored and stored.position else None

    async def form(self, generation: str) -> int:
        assert generation, "a generation has a name"
        return FORM

    async def check_rows(self, generation: str) -> None:
        """Do nothing: no rows are removed by hand here."""

    async def holds_erased(self, generation: str) -> bool:
        return False  # No history erases words.

    async def drop_erased(self) -> None:
        return

    async def generations(self) -> list[str]:
        return await self._line.call(lambda: sorted(self._line.server.state.views))

    async def create_generation(self, name: str) -> None:
        def create() -> None:
            views = self._line.server.state.views
            if name in views:
                raise ViewConflictError(f"expected no generation {name}, found one")
            self._line.server.change_views(views={**views, name: StoredViews()})

        await self._line.call(create)

    async def switch_current(self, name: str, *, replacing: None, position: int) -> bool:
        # Two commands of the real one as well, so that another process may come between.
        assert (replacing, position) == (None, 0), "only the first generation is shown this way"
        if await self.current() is None:
            await self._line.call(lambda: self._line.server.change_views(current=name))
            return True
        return False

    async def replace_current(self, name: str, *, replacing: str, untrue_to: int) -> bool:
        assert untrue_to >= 0, "views stand at a position"

        def replace() -> bool:
            state = self._line.server.state
            if state.current != replacing or name not in state.views:
                return False
            self._line.server.change_views(current=name)
            return True

        return await self._line.call(replace)

    async def drop_generation(self, name: str) -> None:
        def drop() -> None:
            state = self._line.server.state
            if state.current == name:
                raise ViewConflictError(f"expected another current generation, found {name}")
            views = {known: stored for known, stored in state.views.items() if known != name}
            self._line.server.change_views(views=views)

        await self._line.call(drop)

    async def _stored(self, generation: str) -> StoredViews | None:
        return await self._line.call(lambda: self._line.server.state.views.get(generation))


class SimulatedLosses:
    """The losses as one process tells them; what several noticed is joined as the real ones are."""

    def __init__(self, line: Line) -> None:
        self._line = line

    async def add(self, loss: Loss) -> Loss | None:
        def joined() -> Loss | None:
            kept = {sighting.kept for sighting in loss.sightings}
            return merged(loss, self._stored()) if self._held(kept) == kept else None

        return await self._line.call(lambda: self._store(joined()))

    async def put_back(self, loss: Loss) -> Loss | None:
        def joined() -> Loss | None:
            return told_again(loss, self._stored(), held=self._held(places_of(loss)))

        return await self._line.call(lambda: self._store(joined()))

    async def rows(self, ids: Sequence[str]) -> list[bytes | None]:
        def rows() -> list[bytes | None]:
            losses = self._line.server.state.losses
            return [written(losses[id_]) if id_ in losses else None for id_ in ids]

        return await self._line.call(rows)

    def _stored(self) -> Iterable[Loss]:
        return self._line.server.state.losses.values()

    def _held(self, places: Iterable[Head]) -> set[Head]:
        log = self._line.server.state.log
        return {
            place
            for place in places
            if not place.position or log.chain_now(place.position) == place.chain
        }

    def _store(self, loss: Loss | None) -> Loss | None:
        if loss is not None:
            self._line.server.state.losses[loss.id] = loss
            self._line.server.keep_moment()
        return loss


class SimulatedSeenFile:
    """The file of places seen, on the process's disk."""

    def __init__(self, line: Line, reader: str) -> None:
        self._disk, self._name = line.disk, f"{reader}.heads"

    def read(self) -> list[Head]:
        return list(self._disk.get(self._name, ()))

    def write(self, seen: SeenHeads) -> None:
        self._disk[self._name] = tuple(seen.few())

    def remove(self) -> None:
        self._disk.pop(self._name, None)


class StatePickler(pickle.Pickler):
    """Pickles a state without what never changes, which most of its bytes would be."""

    def __init__(self, file: BytesIO) -> None:
        super().__init__(file, protocol=5)
        self.dispatch_table: Any = ChainMap(
            {LedgerConfiguration: _ledger_found, Lexicon: _lexicon_found}, copyreg.dispatch_table
        )


def _ledger_found(_configuration: LedgerConfiguration) -> tuple[Any, ...]:
    return _ledger, ()


def _lexicon_found(_lexicon: Lexicon) -> tuple[Any, ...]:
    return lexicon_of, (LEDGER,)


def _ledger() -> LedgerConfiguration:
    return LEDGER


def _pickled(state: object) -> bytes:
    written = BytesIO()
    StatePickler(written).dump(state)
    return written.getvalue()


class SimulatedSnapshots:
    """Snapshots on the process's disk: the state as it was, used only with the log it was taken of."""

    def __init__(self, context: Any, reader: str, packages: Sequence[str]) -> None:
        assert packages, "a state depends on code"
        self.position = 0
        self._context = context
        self._disk, self._name = context.client.disk, f"{reader}.snapshot"

    async def read(self) -> StateSnapshot | None:
        if self._name not in self._disk:
            return None
        position, event, state = self._disk[self._name]
        entries = await self._context.log.read(after=position - 1, limit=1)
        if _digest_of(entries) != event:
            return None
        self._context.log.follow(entries)
        self.position = position
        return StateSnapshot(position, pickle.loads(state))

    async def take_if_due(self, position: int, state: object) -> None:
        if self.is_due(position):
            entries = await self._context.log.read(after=position - 1, limit=1)
            if not entries:
                raise LogShortenedError(position, found=0)
            self._context.log.follow(entries)
            self._disk[self._name] = (
                position,
                _digest_of(entries),
                _pickled(state),
            )
            self.position = position

    #: A forked child has the state as it was at the fork, which comes after the look at the log, too.
    take_in_background_if_due = take_if_due

    def is_due(self, position: int) -> bool:
        return bool(position - self.position >= self._context.settings.snapshot_count)


def _digest_of(entries: Sequence[Entry]) -> str | None:
    return sha256(entries[0].body).hexdigest() if entries else None


class NoReaders:
    """Statuses for people, which nothing depends on: none are kept."""

    def __init__(self, *_: object) -> None:
        """Keep nothing."""

    async def forget_old(self, prefix: str, now: datetime) -> None:
        """Do nothing."""

    async def count_start(self, stage: str) -> int:
        """Count no starts."""
        assert stage, "a stage has a name"
        return 1

    async def write(self, *_: object) -> None:
        """Do nothing."""


class Ticks:
    """A clock that goes on by a second at every look."""

    def __init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Begin at the same instant as ever."""
        self._now = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        self._now += timedelta(seconds=1)
        return self._now


TICKS = Ticks()


@contextmanager
def in_memory() -> Iterator[None]:
    """Let the workers use what is defined here, inside the block."""
    ingest, projection = services.ingest.worker, services.projection.worker
    reconciliation = services.reconciliation.worker
    with ExitStack() as patched:
        for module, name, double in (
            (ingest, "Inbox", SimulatedInbox),
            (ingest, "Readers", NoReaders),
            (projection, "ViewStore", SimulatedViews),
            (projection, "Snapshots", SimulatedSnapshots),
            (reconciliation, "Snapshots", SimulatedSnapshots),
            (services.queries.trimming, "STEP_COUNT", TRIM_STEP_COUNT),
            (clock, "now", TICKS.now),
            (clock, "stopwatch_ms", lambda _started=None: 0.0),
        ):
            patched.enter_context(patch.object(module, name, double))
        yield
