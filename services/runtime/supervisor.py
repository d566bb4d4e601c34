"""All parts of a ledger in one process group: workers, HTTP API, and embedded server if needed.

The rules:

* a worker that ends by itself is started again, with a growing pause, a bounded number of times; then
  everything stops, with that worker's exit code;
* an embedded server that dies is started again likewise; workers reconnect by themselves;
* workers stop before the server, each on exactly one SIGTERM: Ctrl-C reaches the supervisor alone,
  because workers are started with SIGINT blocked;
* a worker whose supervisor is gone stops by itself (see `services.cli.worker`).
"""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import IO, Any, NamedTuple

import structlog

from services.runtime import clock
from services.runtime.embedded import EmbeddedServer, EmbeddedServerError, interrupts_blocked
from services.runtime.settings import Settings


WORKERS = ("ingest", "reconciliation", "projection")
API = "api"
#: The worker that reads reports, for who has reports read.
DRAFTING = "drafting"
#: The worker that sends changed figures, for who has webhooks.
WEBHOOKS = "webhooks"
#: The worker that builds releases to keep.
RELEASING = "releasing"
#: How often one part is started again within `RESTART_WINDOW_SECONDS` before everything stops.
RESTARTS_MAX = 5
RESTART_WINDOW_SECONDS = 60.0
#: First pause before a part is started again, in seconds; it doubles each time.
FIRST_PAUSE_SECONDS = 0.2
#: How long workers may take to stop, in seconds. More than a batch and its append.
STOP_SECONDS_MAX = 20.0
#: Pause between two looks at the parts, in seconds.
CHECK_SECONDS = 0.1
#: Exit codes that no restart can fix: wrong usage, or a server out of reach for a long time.
WRONG_USAGE = 2
OUT_OF_REACH = 3


class _Part:
    # A process that must keep running, and when it was restarted recently.
    def __init__(self, name: str) -> None:
        self.name = name
        self.due_ms: float | None = None
        self._restarts_ms: deque[float] = deque()

    def plan_restart(self) -> bool:
        """Set the time of the next start; return whether there may be one."""
        now_ms = clock.stopwatch_ms()
        while self._restarts_ms and now_ms - self._restarts_ms[0] > RESTART_WINDOW_SECONDS * 1000:
            self._restarts_ms.popleft()
        if len(self._restarts_ms) >= RESTARTS_MAX:
            return False
        self.due_ms = now_ms + FIRST_PAUSE_SECONDS * 1000 * 2 ** len(self._restarts_ms)
        self._restarts_ms.append(self.due_ms)
        return True


class Supervisor:
    """Runs the workers, and the embedded server if there is one, from start to stop.

    Attributes:
        outcome: The exit code with which everything has to stop, null while everything runs.
    """

    def __init__(
        self,
        names: tuple[str, ...],
        *,
        server: EmbeddedServer | None = None,
        output: IO[Any] | None = None,
        serving: "Serving | None" = None,
        workers: tuple[str, ...] = WORKERS,
    ) -> None:
        """Prepare to run the workers.

        Args:
            names: The ledgers they work on.
            server: The embedded server, already started; null leaves workers to their settings.
            output: Where workers write their log lines; null means our own stdout.
            serving: How the HTTP API is served; null runs the workers alone.
            workers: Which.
        """
        self.exit_code: int | None = None
        self._names = names
        self._server = server
        self._output = output
        self._serving = serving
        self._workers = (*workers, API) if serving else workers
        self._parts = {name: _Part(name) for name in (*self._workers, "server")}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._logger: structlog.typing.FilteringBoundLogger = structlog.get_logger()

    @property
    def url(self) -> str | None:
        """Where the embedded server answers, null if the settings name another."""
        return self._server.url if self._server else None

    def start(self) -> None:
        """Start all workers."""
        for name in self._workers:
            self._start_worker(name)

    def look(self) -> None:
        """Start again what has ended; set `exit_code` when that has happened too often."""
        self._check_server()
        for name in self._workers:
            if self.exit_code is None:
                self._check_worker(name)

    async def watch(self, is_stopping: Callable[[], bool]) -> int:
        """Look after all parts until asked to stop, or until one cannot be kept running.

        Returns:
            The exit code.
        """
        while not is_stopping() and self.exit_code is None:
            self.look()
            await asyncio.sleep(CHECK_SECONDS)
        return self.exit_code or 0

    def stop(self) -> None:
        """Stop all workers, and kill those that do not within `STOP_SECONDS_MAX`."""
        for process in self._processes.values():
            process.terminate()
        deadline_ms = clock.stopwatch_ms() + STOP_SECONDS_MAX * 1000
        for name, process in self._processes.items():
            try:
                process.wait(timeout=max(0.0, (deadline_ms - clock.stopwatch_ms()) / 1000))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                self._logger.error("worker.killed", worker=name, waited_seconds=STOP_SECONDS_MAX)  # noqa: TRY400  a slow worker, no bug
        self._processes.clear()

    def _check_server(self) -> None:
        if self._server is None:
            return
        part = self._parts["server"]
        if part.due_ms is None:
            if self._server.has_died():
                self._logger.error("server.died", log=str(self._server.log_path))
                self._plan(part, OUT_OF_REACH)
        elif clock.stopwatch_ms() >= part.due_ms:
            part.due_ms = None
            try:
                self._server.restart()
            except EmbeddedServerError as error:
                self._logger.error("server.died", error=str(error))  # noqa: TRY400  the world, no bug
                self._plan(part, OUT_OF_REACH)
            else:
                self._logger.info("server.started", url=self._server.url)

    def _check_worker(self, name: str) -> None:
        part = self._parts[name]
        if part.due_ms is not None:
            if clock.stopwatch_ms() >= part.due_ms:
                part.due_ms = None
                self._start_worker(name)
            return
        code = self._processes[name].poll()
        if code is None:
            return
        self._logger.error("worker.died", worker=name, exit_code=code)
        if code in (WRONG_USAGE, OUT_OF_REACH):
            self.exit_code = code
        else:
            # A signal's negative number is no exit code; 1 stands for it.
            self._plan(part, code if code > 0 else 1)

    def _plan(self, part: _Part, exit_code: int) -> None:
        if not part.plan_restart():
            self._logger.error("restarts.exhausted", part=part.name, restarts=RESTARTS_MAX)
            self.exit_code = exit_code

    def _start_worker(self, name: str) -> None:
        command = [sys.executable, "-m", "services.cli.main"]
        command += ["api"] if name == API else ["worker", name]
        command += ["--parent", str(os.getpid()), "--names", ",".join(self._names)]
        passed: tuple[int, ...] = ()
        if name == API:
            assert self._serving is not None, "the API is started where it is wanted"
            # The socket outlives the process: while it starts again, connections wait.
            passed = (self._serving.listening.fileno(),)
            command += ["--socket-fd", str(passed[0])]
            command += ["--publish-keys", ",".join(self._serving.publish_keys)]
        if self._server is not None:
            command += ["--redis-url", self._server.url]
            # What a worker keeps of a log belongs beside that log.
            command += ["--data-dir", str(self._server.data_dir)]
        with interrupts_blocked():
            self._processes[name] = subprocess.Popen(  # noqa: S603  our own program
                command, stdout=self._output, pass_fds=passed
            )


class Serving(NamedTuple):
    """How the HTTP API is served: where it listens, and the hashes of the keys that may publish."""

    listening: socket.socket
    publish_keys: tuple[str, ...]


@contextmanager
def all_parts(
    settings: Settings,
    *,
    output: IO[Any] | None = None,
    serving: Serving | None = None,
    workers: tuple[str, ...] = WORKERS,
) -> Iterator[Supervisor]:
    """Run the workers, and an embedded server unless the settings name another; stop them after.

    Raises:
        DataDirectoryError: The data directory cannot be used.
        EmbeddedServerError: The embedded server did not start.
    """
    server = None if settings.redis_url else EmbeddedServer(settings.data_dir)
    with server or nullcontext():
        supervisor = Supervisor(
            settings.patterns, server=server, output=output, serving=serving, workers=workers
        )
        try:
            supervisor.start()
            yield supervisor
        finally:
            supervisor.stop()


@contextmanager
def stop_signals() -> Iterator[Callable[[], bool]]:
    """Note stop signals instead of ending at once; yield a function that tells whether one came."""
    came: list[int] = []
    before = {
        number: signal.signal(number, lambda number, _: came.append(number))
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    try:
        yield lambda: bool(came)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
