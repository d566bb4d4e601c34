"""What benchmarks run on: a server of their own, real worker processes, and medians of rounds.

Every measurement gets a server with nothing else in it, on a Unix socket, set as production is. Ways
of doing the same are measured in turns, round after round, because a machine's speed drifts; what is
told of each is the median.
"""

import argparse
import gc
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple, Self

from redis import Redis
from rich.console import Console
from rich.table import Table

from benchmarks.load import LEDGER
from benchmarks.report import write_section
from services.eventlog.keys import keys_of
from services.runtime.collecting import GARBAGE_THRESHOLDS
from services.runtime.embedded import EmbeddedServer


KEYS = keys_of(LEDGER)
ROUNDS = 3
#: Longest wait for anything, in seconds.
PATIENCE_SECONDS = 300.0
#: redis-py types every call as "sync or async".
Client = Any


class Place(NamedTuple):
    """A server and a client of it."""

    url: str
    client: Client
    directory: Path

    @property
    def socket(self) -> str:
        return self.url.removeprefix("unix://")

    def clear(self) -> None:
        """Empty the server and its append-only file."""
        self.client.flushall()

    def fsync(self, mode: str) -> None:
        """Have the server write its file `always` or `everysec`."""
        self.client.config_set("appendfsync", mode)


@contextmanager
def server() -> Iterator[Place]:
    """Run an embedded server; its files are removed afterwards."""
    directory = Path(tempfile.mkdtemp(prefix="exl-bench-"))
    try:
        with EmbeddedServer(directory) as embedded, Redis.from_url(embedded.url) as client:
            # Rewriting the file beside a measurement would be measured too.
            client.config_set("auto-aof-rewrite-percentage", 0)
            yield Place(embedded.url, client, directory)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


class Worker:
    """One worker process, its log lines in a file beside the server's."""

    def __init__(self, name: str, place: Place, **settings: object) -> None:
        self.name = name
        given = {"redis_url": place.url, "data_dir": place.directory, "allow_lossy": 1, **settings}
        code = (
            "import sys; from services.runtime.settings import read_settings; "
            f"from services.{name}.worker import run; sys.exit(run(read_settings()))"
        )
        self._lines = place.directory / f"{name}-{time.perf_counter_ns()}.log"
        with self._lines.open("wb") as lines:
            self.process = self._start(code, given, lines)

    @staticmethod
    def _start(code: str, given: dict[str, object], lines: Any) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [sys.executable, "-c", code],
            stdout=lines,
            env={
                **{key: value for key, value in os.environ.items() if key[:7] != "LEDGER_"},
                **{f"LEDGER_{key.upper()}": str(value) for key, value in given.items()},
            },
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def wait_until_started(self) -> None:
        """Wait until it says that it reads."""
        started = b'"event":"worker.started"'

        def is_started() -> bool:
            if self.process.poll() is not None:
                said = self._lines.read_text("utf-8").splitlines()[-3:]
                raise RuntimeError(f"expected {self.name} to run, it ended: {said}")
            return started in self._lines.read_bytes().replace(b'": "', b'":"')

        wait_until(is_started)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(60)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def cpu_seconds(self) -> float:
        """Give the processor time it has taken so far."""
        fields = (
            Path(f"/proc/{self.process.pid}/stat").read_text("utf-8").rpartition(")")[2].split()
        )
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> int:
        """Give the bytes it holds."""
        return int(Path(f"/proc/{self.process.pid}/statm").read_text("utf-8").split()[1]) * (
            os.sysconf("SC_PAGE_SIZE")
        )


@contextmanager
def workers(names: Sequence[str], place: Place, **settings: object) -> Iterator[list[Worker]]:
    """Run workers, and end them by their process id."""
    running = [Worker(name, place, **settings) for name in names]
    try:
        yield running
    finally:
        for worker in running:
            worker.stop()


def wait_until(is_so: Callable[[], object], *, pause: float = 0.005) -> None:
    """Ask again and again; give up after a while."""
    deadline = time.perf_counter() + PATIENCE_SECONDS
    while not is_so():
        if time.perf_counter() > deadline:
            raise TimeoutError(f"did not come about within {PATIENCE_SECONDS:.0f} s")
        time.sleep(pause)


def fill_inbox(client: Client, claims: Sequence[bytes], *, inbox: str = KEYS.inbox) -> None:
    """Publish claims in pipelines of 500."""
    for start in range(0, len(claims), 500):
        pipeline = client.pipeline(transaction=False)
        for claim in claims[start : start + 500]:
            pipeline.xadd(inbox, {"event": claim})
        pipeline.execute()


def rate(count: Callable[[], int], *, until: int) -> float:
    """Watch a count grow; give how much a second, from when it first moved until it is there."""
    before = count()
    wait_until(lambda: count() > before, pause=0.001)
    started, first = time.perf_counter(), count()
    wait_until(lambda: count() >= until)
    return (until - first) / (time.perf_counter() - started)


def seconds_of(work: Callable[[], object]) -> float:
    """Do something; give how long it took."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def in_turns(ways: Mapping[str, Callable[[], float]], *, rounds: int) -> dict[str, list[float]]:
    """Measure each way in turns, so many rounds."""
    found: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            found[name].append(way())
    return found


class Row(NamedTuple):
    """A line of a table: what was measured, its cells."""

    name: str
    cells: tuple[str, ...]


def speed_rows(found: Mapping[str, Sequence[float]], *, beside: Sequence[str]) -> list[Row]:
    """Tell speeds: the median, the spread, and the ratio to each way named in `beside`."""
    return [
        Row(
            name,
            (
                f"{median(speeds):,.0f}",
                f"{min(speeds):,.0f} … {max(speeds):,.0f}",
                *(f"{median(speeds) / median(found[other]):.2f}" for other in beside),
            ),
        )
        for name, speeds in found.items()
    ]


@contextmanager
def without_collector() -> Iterator[None]:
    """Measure as workers run: the garbage collector does not walk what stays."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


class Asked(NamedTuple):
    """What was asked of a benchmark: how many rounds, and whether at full size."""

    rounds: int
    full: bool


def asked(description: str | None) -> Asked:
    """Read the options that all benchmarks share."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="rounds of each, at least 3")
    parser.add_argument("--full", action="store_true", help="full sizes, which take long")
    given = parser.parse_args()
    if given.rounds < ROUNDS:
        parser.error(f"expected {ROUNDS} or more rounds, found {given.rounds}")
    return Asked(given.rounds, given.full)


class Report:
    """One section of docs/performance.md under way: tables and sentences, printed as they come."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._parts: list[str] = []

    def say(self, text: str) -> None:
        """Add a paragraph."""
        Console().print(text)
        self._parts.append(text)

    def table(self, headings: Sequence[str], rows: Sequence[Row]) -> None:
        """Add a table."""
        shown = Table(title=self._title)
        for index, heading in enumerate(headings):
            shown.add_column(heading, justify="right" if index else "left")
        lines = ["| " + " | ".join(headings) + " |", "|---" + "|---:" * (len(headings) - 1) + "|"]
        for row in rows:
            shown.add_row(row.name, *row.cells)
            lines.append("| " + " | ".join((row.name, *row.cells)) + " |")
        Console(width=140).print(shown)
        self._parts.append("\n".join(lines))

    def write(self) -> None:
        """Put it into docs/performance.md."""
        write_section(self._title, "\n\n".join(self._parts))
