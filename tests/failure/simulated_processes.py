"""Worker processes in the simulation: the real readers, started, killed, frozen and stopped by the scheduler."""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from functools import cache
from random import Random
from typing import Any, TypeVar

from services.eventlog.port import Entry
from services.eventlog.redis_log import position_of
from services.ingest.worker import Ingest
from services.projection.worker import Projection
from services.reconciliation.worker import Reconciliation
from services.runtime.beginnings import Beginnings
from services.runtime.history import History
from services.runtime.reader_context import BEGIN_ANEW, DONE, ReaderContext
from services.runtime.settings import Settings
from services.runtime.subscribing import Batch
from services.runtime.told import ToldLosses
from tests.failure.simulated_clients import (
    LEDGER,
    NoReaders,
    SimulatedLog,
    SimulatedLosses,
    SimulatedSeenFile,
)
from tests.failure.simulated_server import SimulatedServer


Found = TypeVar("Found")

#: Of all commands, how many are answered late, and of those, how many answers are lost so that the
#: client repeats.
LATE_ANSWERS, LOST_ANSWERS = 0.3, 0.05
#: The process whose task runs: tasks inherit it.
OWNER: ContextVar["SimulatedProcess | None"] = ContextVar("owner", default=None)


class BrokenError(Exception):
    """An invariant does not hold; the message says which and where."""


class Waiting:
    """A command that waits for its turn."""

    def __init__(
        self,
        process: "SimulatedProcess",
        command: str,
        ready: Callable[[], bool] | None,
        *,
        is_idle: bool,
    ) -> None:
        self.command = command
        self.process = process
        self.ready = ready
        self.is_idle = is_idle
        self.turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()


class Quiet:
    """Takes the place of a logger and writes nothing."""

    def bind(self, **_: object) -> "Quiet":
        return self

    def info(self, *_: object, **__: object) -> None:
        """Write nothing."""

    warning = error = debug = info


class Beginning:
    """What the readers of one beginning share; tasks that a former one left behind see that it has ended."""

    def __init__(self, beginnings: Beginnings) -> None:
        self.beginnings = beginnings
        self.stopping = asyncio.Event()
        self.exit_code = DONE

    def end(self, exit_code: int) -> None:
        """Ask it to stop; the first exit code counts."""
        if not self.stopping.is_set():
            self.exit_code = exit_code
            self.stopping.set()


class SimulatedContext(ReaderContext):
    """The context of a reader, over the simulated server; its fault boundary is the real one."""

    def __init__(self, reader: str, settings: Settings, process: "SimulatedProcess") -> None:
        self.reader, self.ledger, self.settings = reader, LEDGER, settings
        self.client: Any = process
        self.probe: Any = process
        self.log, self.probe_log = SimulatedLog(process), SimulatedLog(process)
        self.logger: Any = Quiet()
        self.entry, self.position, self.handled = "", 0, 0
        self._process: Any = process.beginning
        self._error: str | None = None
        losses: Any = SimulatedLosses(process)
        told = ToldLosses(losses, losses, process.beginnings.kept_losses(LEDGER.name))
        file: Any = SimulatedSeenFile(process, reader)
        quiet: Any = self.logger
        self.history = History(self.log, self.probe_log, told, file, quiet)
        self._readers: Any = NoReaders()
        self._written, self._at = (), ()
        self._moved_ms, self._starts = 0.0, None
        self._tracing = None

    @property
    def error(self) -> str | None:
        return self._error

    async def sleep(self, seconds: float) -> None:
        assert seconds > 0, "a pause lasts"
        process: SimulatedProcess = self.client
        await process.call(bool, is_idle=True)


class SimulatedBroker:
    """Remembers what a reader subscribed to."""

    def __init__(self) -> None:
        self.stream: Any = None
        self.handle: Callable[[Batch], Awaitable[None]]

    def subscriber(self, *, stream: Any, **_: object) -> Callable[[Any], None]:
        self.stream = stream
        return self._register

    def _register(self, handle: Callable[[Batch], Awaitable[None]]) -> None:
        self.handle = handle


@cache
def settings_of(batch_count: int, snapshot_count: int) -> Settings:
    return Settings(batch_count=batch_count, snapshot_count=snapshot_count)


class SimulatedProcess:
    """One worker process and what it leaves on its disk.

    Attributes:
        kind: Which worker runs in it.
        name: Its own.
        server: What it is connected to.
        disk: What it wrote, which outlives it.
        beginnings: What it saw of a log that turned out to be another one.
        beginning: What its present readers share.
        waiting: Its commands that wait for their turn.
        is_alive: Whether it runs.
        is_frozen: Whether it runs and does nothing.
        starts: How often it was started.
        beats: How often it compared the log with what it saw, in the present life.
    """

    def __init__(self, kind: str, number: int, server: SimulatedServer, chance: Random) -> None:
        self.kind, self.name = kind, f"{kind}-{number}"
        self.server = server
        self.disk: dict[str, Any] = {}
        self.beginnings = Beginnings()
        self.beginning = Beginning(self.beginnings)
        self.waiting: list[Waiting] = []
        self.is_alive = self.is_frozen = False
        self.starts = self.beats = 0
        self.context: SimulatedContext | None = None
        #: Readers of each life, for a bug put in by hand.
        self.kept: dict[int, Any] = {}
        self._chance = chance
        self._settings = settings_of(chance.randint(1, 6), chance.choice((4, 12, 40)))
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self) -> None:
        """Start it; its tasks, and those that they start, are its own."""
        self.is_alive, self.is_frozen = True, False
        self.starts += 1
        self.beginnings = Beginnings()
        self.spawn(self._live())

    def spawn(self, coroutine: Any) -> "asyncio.Task[Any]":
        token = OWNER.set(self)
        try:
            return asyncio.create_task(coroutine)
        finally:
            OWNER.reset(token)

    def own(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def kill(self) -> None:
        """End it between two of its steps; what it had in memory is gone."""
        self.is_alive = False
        self.waiting.clear()
        self.context = None
        for task in list(self._tasks):
            task.cancel()

    @property
    def is_stopping(self) -> bool:
        """Whether it was asked to stop, or must."""
        return self.beginning.stopping.is_set()

    def end(self, exit_code: int) -> None:
        """Ask it to stop; the first exit code counts."""
        self.beginning.end(exit_code)

    async def call(
        self,
        operation: Callable[[], Found],
        *,
        ready: Callable[[], bool] | None = None,
        is_idle: bool = False,
    ) -> Found:
        """Carry out one command when its turn comes; its answer may come late, or never and be asked for again."""
        while True:
            name = operation.__qualname__.removesuffix(".<locals>.<lambda>")
            await self._turn(name, ready, is_idle=is_idle)
            found = operation()
            if self._chance.random() < LATE_ANSWERS:
                await self._turn(f"answer to {name}", None, is_idle=False)
                if self._chance.random() < LOST_ANSWERS:
                    continue
            return found

    async def _turn(self, command: str, ready: Callable[[], bool] | None, *, is_idle: bool) -> None:
        if not self.is_alive:
            raise asyncio.CancelledError
        waiting = Waiting(self, command, ready, is_idle=is_idle)
        self.waiting.append(waiting)
        try:
            await waiting.turn
        finally:
            # Read ahead and no longer wanted, it is cancelled.
            if waiting in self.waiting:
                self.waiting.remove(waiting)

    async def _live(self) -> None:
        """Run as `services.runtime.worker` does: begin anew in the same process where the log is another one."""
        while True:
            self.beginning, self.beats = Beginning(self.beginnings), 0
            await self._live_once()
            if self.beginning.exit_code != BEGIN_ANEW:
                break
        if self.beginning.exit_code != DONE:
            assert self.context is not None, "it ran"
            raise BrokenError(
                f"{self.name} ended with {self.beginning.exit_code}: {self.context.error}"
            )
        self.is_alive = False
        self.context = None

    async def _live_once(self) -> None:
        self.context = context = SimulatedContext(self.kind, self._settings, self)
        reader = self._make_reader(context)
        broker: Any = SimulatedBroker()
        heartbeat = asyncio.create_task(self._beat(context))
        fetching: asyncio.Task[None] | None = None
        with context.fault_boundary(""):
            await context.history.compare(self.beginnings.take_seen(LEDGER.name), context.reader)
            await reader.open()
            reader.subscribe(broker)
            fetching = asyncio.create_task(self._fetch(broker))
        await self.beginning.stopping.wait()
        if fetching is not None:
            await fetching
        if self.beginning.exit_code == DONE and fetching is not None:
            with context.fault_boundary(context.entry):
                await reader.close()
        heartbeat.cancel()

    def _make_reader(self, context: SimulatedContext) -> Any:
        if self.kind == "ingest":
            return Ingest(context, f"{self.name}-{self.starts}")
        return Reconciliation(context) if self.kind == "reconciliation" else Projection(context)

    async def _beat(self, context: SimulatedContext) -> None:
        while not self.is_stopping:
            await self.call(bool, is_idle=True)
            await context.write_status(is_due=False)
            self.beats += 1

    async def _fetch(self, broker: SimulatedBroker) -> None:
        """Hand the reader what comes, as FastStream does, until the process stops."""
        fetch = self._fetch_inbox if self.kind == "ingest" else self._fetch_log
        await fetch(broker)

    async def _fetch_log(self, broker: SimulatedBroker) -> None:
        after = position_of(broker.stream.last_id.encode())
        while not self.is_stopping:
            if entries := await self._next_of_log(after):
                after = entries[-1].position
                ids = [b"%d-0" % entry.position for entry in entries]
                await broker.handle(Batch(ids, [{b"event": entry.body} for entry in entries]))

    async def _next_of_log(self, after: int) -> list[Entry]:
        """Wait for what follows in the log; nothing if the process stops."""
        limit = self._settings.batch_count
        return await self.call(
            lambda: self.server.state.log.held(after=after, limit=limit),
            ready=lambda: self.is_stopping or self.server.state.log.last > after,
        )

    async def _fetch_inbox(self, broker: SimulatedBroker) -> None:
        consumer, limit = broker.stream.consumer, self._settings.batch_count
        while not self.is_stopping:
            entries = await self.call(
                lambda: [] if self.is_stopping else self.server.deliver(consumer, limit),
                ready=lambda: self.is_stopping or self.server.has_undelivered(),
            )
            if entries:
                ids = [entry.id.encode() for entry in entries]
                await broker.handle(Batch(ids, [entry.fields for entry in entries]))
