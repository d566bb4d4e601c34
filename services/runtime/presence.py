"""Announce this process to the others of its stage, and see them, in a thread of its own.

A process that works out a large ledger for seconds lives, and would be taken for dead by those who hear nothing
of it. What was seen is handed to the event loop of the process, where it is taken in.
"""

import asyncio
import threading
from contextlib import suppress

from services.eventlog.connection import connect
from services.eventlog.leases import Members
from services.eventlog.port import LogUnavailableError
from services.runtime import clock
from services.runtime.settings import Settings
from services.runtime.shares import Peers


#: Time between two looks at who is there, in seconds.
LOOK_SECONDS = 0.5
#: How long the event loop may do nothing before the process announces itself no more, in seconds: longer than
#: anything that is worked out in one go. Others take its ledgers then.
HUNG_SECONDS = 120.0


class Presence:
    """This process among those of its stage.

    Attributes:
        peers: The processes, as this one has seen them.
        looks: How often it has seen them.
        has_changed: Set when another one came or went.
        error: Why the last look failed, null if it did not.
    """

    def __init__(self, settings: Settings, stage: str, name: str, *, answer_seconds: float) -> None:
        self.peers, self.looks, self.has_changed = Peers(name), 0, asyncio.Event()
        self.error: LogUnavailableError | None = None
        self._settings, self._stage, self._name = settings, stage, name
        self._answer_seconds = answer_seconds
        self._loop = asyncio.get_running_loop()
        self._over = threading.Event()
        self._alive_ms = clock.stopwatch_ms()
        self._looking: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Announce this process from now on."""
        self._looking = asyncio.create_task(asyncio.to_thread(asyncio.run, self._look_on()))

    def note_alive(self) -> None:
        """Note that the event loop runs. Raises whatever ended the thread."""
        self._alive_ms = clock.stopwatch_ms()
        if self._looking is not None and self._looking.done():
            self._looking.result()

    async def end(self) -> None:
        """Announce this process no more; return when nothing more is sent."""
        self._over.set()
        if self._looking is not None:
            await self._looking

    async def _look_on(self) -> None:
        assert self._settings.redis_url, "a worker without a server"
        # Begun at a place of its own: a process that has the name of one before it says something new.
        number = int(clock.stopwatch_ms())
        client = connect(
            self._settings.redis_url, retry_seconds=0, answer_seconds=self._answer_seconds
        )
        members = Members(client, self._stage, self._name)
        while not self._over.is_set():
            number += clock.stopwatch_ms(self._alive_ms) < 1_000 * HUNG_SECONDS
            try:
                said = await members.beat(f"{number} {','.join(self._settings.patterns)}")
            except LogUnavailableError as error:
                self._hand_over({}, error)
            else:
                self._hand_over(said, None)
            await asyncio.sleep(LOOK_SECONDS)
        await client.aclose()

    def _hand_over(self, said: dict[str, str], error: LogUnavailableError | None) -> None:
        # The process may be over.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._take_in, said, error)

    def _take_in(self, said: dict[str, str], error: LogUnavailableError | None) -> None:
        self.error = error
        if error is not None:
            return
        before = set(self.peers.living())
        self.peers.look(said)
        self.looks += 1
        if set(self.peers.living()) != before:
            self.has_changed.set()
