"""Serve those ledgers that are this process's share: begin and end their readers as processes come and go.

A process announces itself and sees who else serves the same stage (`presence.py`). Every second, and when another
one comes or goes, it works out who serves which ledger (`shares.py`). What is its own it takes a lease of and serves; what has become another's it ends in
order, and gives the lease back; what a dead process held it takes over.

Here an error of a ledger's reader ends that reader alone. It is begun anew after a while, the lease is kept,
and the status tells of the error meanwhile: another process would meet the same.
"""

import asyncio
import os
import socket
from collections.abc import Callable, Collection
from contextlib import suppress

from structlog.typing import FilteringBoundLogger

from schemas.ledger import LedgerConfiguration
from services.eventlog.leases import Leases, Members
from services.eventlog.port import LogUnavailableError
from services.eventlog.readers import Heartbeats
from services.eventlog.together import AskedTogether, ReadsTogether
from services.ledgers import LedgerConfigurationError, load_ledger, names_there_are
from services.runtime import clock
from services.runtime.brokers import broker_over
from services.runtime.ending import end_task
from services.runtime.presence import Presence
from services.runtime.reaching import REFUSALS, mend_restarted
from services.runtime.reader_context import (
    ANEW_PAUSE_SECONDS,
    BEGIN_ANEW,
    DONE,
    OUT_OF_REACH,
    REFUSED,
    STATUS_SECONDS,
    STOP_SECONDS,
    ProcessContext,
    Reader,
    ReaderContext,
    open_reader,
)
from services.runtime.shares import Sharing, matching
from services.runtime.subscribing import FetchWatch, start_reading


#: Longest time between two looks at who serves what, in seconds.
LOOK_SECONDS = 1.0
#: Looks between two renewals of all leases held.
RENEWAL_LOOKS = 30
#: Looks between two looks at which ledgers there are.
LEDGER_LOOKS = 10
#: Time between two looks of this process after which it asks about all leases that it holds, in seconds: less than
#: the others take to hold it for dead (`shares.SILENT_LOOKS`), or it would not learn that they took them over.
HALTED_SECONDS = 2.0
#: Ledgers begun or ended at the same time.
TOGETHER_COUNT = 8
#: Pauses before a reader is begun anew that met an error, in seconds: the first, and the longest.
PAUSE_SECONDS, PAUSE_SECONDS_MAX = 2.0, 120.0
#: Time between two visits to a ledger on which nothing happens, in seconds.
IDLE_SECONDS = 20


class LeasedLedger:
    """One ledger that this process serves.

    Attributes:
        context: What its reader works with, null while none is open.
        task: Serves it, until it is over.
    """

    def __init__(self, worker: "LeasedWorker", name: str) -> None:
        self.context: ReaderContext | None = None
        self._worker, self._name = worker, name
        self._over = asyncio.Event()
        self._is_lost = False
        self._scope: ProcessContext | None = None
        self.task = asyncio.create_task(self._serve())

    @property
    def is_ending(self) -> bool:
        """Whether it is over, or about to be."""
        return self._over.is_set()

    def end(self, *, is_lost: bool = False) -> None:
        """End its reader in order; one whose lease is `is_lost` leaves the status to the other holder."""
        self._is_lost = self._is_lost or is_lost
        self._over.set()
        if self._scope is not None:
            self._scope.end(DONE)

    async def _serve(self) -> None:
        pause = PAUSE_SECONDS
        while not self._over.is_set():
            started = clock.stopwatch_ms()
            exit_code = await self._serve_once()
            if exit_code == DONE:
                return
            if clock.stopwatch_ms(started) > 1_000 * PAUSE_SECONDS_MAX:
                pause = PAUSE_SECONDS
            # The ledger is sound where its log is another one, or its server was away: no fault repeats.
            is_sound = exit_code in (BEGIN_ANEW, OUT_OF_REACH)
            with suppress(TimeoutError):
                seconds = ANEW_PAUSE_SECONDS if is_sound else pause
                await asyncio.wait_for(self._over.wait(), seconds)
            pause = pause if is_sound else min(2 * pause, PAUSE_SECONDS_MAX)

    async def _serve_once(self) -> int:
        worker = self._worker
        async with worker.opening:
            # Reading a ledger's file takes some milliseconds, and there may be a thousand.
            await asyncio.sleep(0)
            if self._over.is_set():
                return DONE
            ledger = worker.configuration_of(self._name)
            if ledger is None:
                return REFUSED
            scope = self._scope = worker.scope()
            context = ReaderContext(worker.worker, worker.reader, ledger, scope)
            reader = worker.make_reader(context)
            broker = broker_over(
                worker.reading,
                apply_types=False,
                logger=FetchWatch(context),
                graceful_timeout=STOP_SECONDS,
            )
            is_open = False
            with context.fault_boundary(""):
                await open_reader(context, reader, scope)
                reader.subscribe(broker)
                is_open = True
                await start_reading(broker)
        self.context = context
        await scope.stopping.wait()
        async with worker.opening:
            await broker.stop()
            # What is handed out to whoever reads no longer had better be seen by `close`.
            await worker.reading.settled()
            if scope.exit_code == DONE and is_open:
                with context.fault_boundary(context.entry):
                    await reader.close()
        self.context = None
        if not self._is_lost:
            await context.write_status(is_over=True)
        return scope.exit_code


class LeasedWorker:
    """Serves one stage of this process's share of the ledgers.

    Attributes:
        worker: As in log lines.
        reader: Name of the reader in statuses.
        make_reader: Makes the reader of one ledger.
        reading: Over which FastStream reads.
        opening: Held while a ledger is begun or ended.
    """

    def __init__(
        self,
        process: ProcessContext,
        worker: str,
        make_reader: Callable[[ReaderContext], Reader],
        *,
        reader: str,
        logger: FilteringBoundLogger,
    ) -> None:
        self.worker, self.reader, self.make_reader = worker, reader, make_reader
        self.reading = ReadsTogether(process.client, process.probe)
        self._asking = AskedTogether(process.probe)
        self.opening = asyncio.Semaphore(TOGETHER_COUNT)
        self._process, self._settings, self._logger = process, process.settings, logger
        stage, self._name = reader.partition(":")[0], f"{socket.gethostname()}-{os.getpid()}"
        self._leases = Leases(process.probe, stage, self._name)
        self._members = Members(process.probe, stage, self._name)
        self._presence = Presence(
            self._settings, stage, self._name, answer_seconds=process.answer_seconds
        )
        self._looks = self._looks_of_presence = 0
        self._sharing, self._ledgers = Sharing(), list[str]()
        self._served: dict[str, LeasedLedger] = {}
        self._renewed_ms = 0.0
        self._is_away = False

    def scope(self) -> ProcessContext:
        """Return what one ledger's reader ends by itself, over the connections of this process."""
        process = self._process
        clients = (process.client, self._asking)
        return ProcessContext(self._settings, process.beginnings, clients=clients)

    async def serve(self, logger: FilteringBoundLogger) -> None:
        """Serve this process's share until asked to stop."""
        self._logger = logger
        self._presence.begin()
        heartbeat = asyncio.create_task(self._beat())
        is_first, answered_ms = True, clock.stopwatch_ms()
        try:
            while not self._process.stopping.is_set():
                with suppress(LogUnavailableError):
                    if await self._look(clock.stopwatch_ms(answered_ms) / 1_000):
                        if is_first:
                            logger.info("worker.started", ledgers=list(self._served))
                        is_first, answered_ms = False, clock.stopwatch_ms()
                if clock.stopwatch_ms(answered_ms) > 1_000 * self._settings.retry_seconds:
                    self._process.end(OUT_OF_REACH)
                await self._sleep()
        finally:
            await end_task(heartbeat)
            try:
                await self._end()
            finally:
                await self._presence.end()
            with suppress(LogUnavailableError):
                await self._members.leave()

    async def _sleep(self) -> None:
        """Wait until it is time to look again, another process came or went, or this one ends."""
        events = (self._process.stopping, self._presence.has_changed)
        waits = [asyncio.create_task(event.wait()) for event in events]
        await asyncio.wait(waits, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        self._presence.has_changed.clear()

    async def _look(self, seconds: float) -> bool:
        """Take, renew and give back leases by who is there; return whether the server answered."""
        self._looks += 1
        presence = self._presence
        presence.note_alive()
        if presence.looks == self._looks_of_presence:
            if presence.error is not None:
                self._tell_away(presence.error)
            return False
        self._looks_of_presence = presence.looks
        try:
            if gone := presence.peers.forgotten():
                await self._members.forget(gone)
            share = self._share()
            self._raise_faults()
            for name, served in self._served.items():
                if name not in share and not served.is_ending:
                    self._logger.info("lease.leaves", ledger=name)
                    served.end()
            await self._take(share, is_all=seconds > HALTED_SECONDS)
            await self._give_back()
        except LogUnavailableError as error:
            self._tell_away(error)
            return False
        self._is_away = False
        return True

    def _share(self) -> Collection[str]:
        """Return the ledgers that this process serves."""
        if not self._ledgers or self._looks % LEDGER_LOOKS == 0:
            known = names_there_are(self._settings.config_dir)
            self._ledgers = matching(self._settings.patterns, known)
        return self._sharing.share_of(self._name, self._ledgers, self._presence.peers.living())

    async def _take(self, share: Collection[str], *, is_all: bool) -> None:
        """Take what is ours and not held, and renew what is, now and then."""
        missing = [name for name in share if name not in self._served]
        is_due = is_all or self._looks % RENEWAL_LOOKS == 0
        held = [name for name in self._served if is_due]
        holders = await self._leases.take(dict.fromkeys([*missing, *held], ""))
        dead = {
            name: holder
            for name, holder in holders.items()
            if holder != self._name
            and name not in self._served
            and not self._presence.peers.is_living(holder)
        }
        taken = await self._leases.take(dead)
        for name in missing:
            if (taken.get(name) or holders[name]) == self._name:
                self._begin(name, dead.get(name))
        for name in held:
            if holders[name] != self._name and not self._served[name].is_ending:
                self._logger.warning("lease.lost", ledger=name, holder=holders[name])
                self._served[name].end(is_lost=True)

    def _begin(self, name: str, dead: str | None) -> None:
        self._logger.info("lease.taken", ledger=name, dead=dead)
        self._served[name] = LeasedLedger(self, name)

    def configuration_of(self, name: str) -> LedgerConfiguration | None:
        """Return a ledger's configuration, null if its file is wrong, which is logged."""
        try:
            return load_ledger(name, config_dir=self._settings.config_dir)
        except LedgerConfigurationError as error:
            self._logger.error("ledger.refused", ledger=name, error=str(error))  # noqa: TRY400  one clear line
            return None

    def _raise_faults(self) -> None:
        for served in self._served.values():
            if served.task.done():
                served.task.result()

    async def _give_back(self) -> None:
        ended = [name for name, served in self._served.items() if served.task.done()]
        if ended:
            await self._leases.give_back(ended)
        for name in ended:
            del self._served[name]

    async def _end(self) -> None:
        """End all readers, and give all leases back."""
        for served in self._served.values():
            served.end()
        await asyncio.gather(*(served.task for served in self._served.values()))
        with suppress(LogUnavailableError):
            await self._give_back()
        await self.reading.aclose()
        with suppress(LogUnavailableError):
            await Heartbeats(self._process.probe).end(socket.gethostname(), os.getpid())

    async def _beat(self) -> None:
        """Show that this process lives, and what its readers have reached, each second."""
        heartbeats, seconds, is_back = Heartbeats(self._process.probe), 0, False
        while True:
            try:
                await heartbeats.beat(
                    socket.gethostname(), os.getpid(), reading_ms=clock.stopwatch_ms()
                )
                await self._visit(seconds, is_all=is_back)
                await mend_restarted(self._process.probe, self._settings, self._logger)
                is_back = False
            except LogUnavailableError as error:
                # A server that comes back may have less than it had: then all are looked at.
                is_back = True
                self._tell_away(error)
            except REFUSALS as error:
                self._logger.error("worker.refused", error=str(error))  # noqa: TRY400  one clear line
                self._process.end(REFUSED)
            await asyncio.sleep(STATUS_SECONDS)
            seconds += 1

    async def _visit(self, seconds: int, *, is_all: bool) -> None:
        """Write the status of readers that went on, and of each other one now and then."""
        visited = []
        for number, served in enumerate(list(self._served.values())):
            if (context := served.context) is None:
                continue
            is_due = (number + seconds) % IDLE_SECONDS == 0
            if is_all or is_due or context.has_moved:
                visited.append(context.tell_status(is_due=is_due))
        found = await asyncio.gather(*visited, return_exceptions=True)
        for error in found:
            if isinstance(error, BaseException):
                raise error

    def _tell_away(self, error: LogUnavailableError) -> None:
        if not self._is_away:
            self._logger.warning("server.unreachable", error=str(error))
        self._is_away = True
