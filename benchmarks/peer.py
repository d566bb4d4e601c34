"""Measure a peer beside our log and projection: the library `eventsourcing`, on files and in memory.

Both keep the same claims, with a file synchronised at every commit: SQLite in WAL mode with
`synchronous` as told in the table, PostgreSQL with its defaults in a private cluster. One event to a
save, fifty to a save, and its projection runner with a view that tracks each event and keeps nothing
else. Ours: the log's append on the embedded server with `appendfsync always`, one by one and in
fifties, and the projection worker, which writes whole read models.
"""

import asyncio
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import Tracking
from eventsourcing.popo import POPOTrackingRecorder
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from typing_extensions import override

from benchmarks.append import seal_claims
from benchmarks.load import LEDGER, make_claims
from benchmarks.replay import by_worker, fill_log, make_log
from benchmarks.running import (
    Place,
    Report,
    asked,
    in_turns,
    server,
    speed_rows,
    wait_until,
    without_collector,
)
from services.eventlog.connection import connect
from services.eventlog.redis_log import RedisEventLog
from services.log_events.identities import decode_identity
from services.projection.fold import ReadModel


#: Where a distribution keeps PostgreSQL's programs, which are not on the path.
POSTGRES_DIRECTORIES = "/usr/lib/postgresql"


class Told(Aggregate):
    """The peer's aggregate: claims said about one matter."""

    class Said(Aggregate.Event):
        """A claim was said."""

        claim: str

    @event(Said)
    def say(self, claim: str) -> None:
        """Take a claim in; the event is all that is kept of it."""


class MemoryView(POPOTrackingRecorder):
    """A view in memory."""


class StoredView(PostgresTrackingRecorder):
    """A view in PostgreSQL."""


class Tracked(Projection[Any]):
    """Tracks each event, once all of them are there to be read."""

    gate = threading.Event()

    @override
    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        self.gate.wait()
        self.view.insert_tracking(tracking)


class Folded(Tracked):
    """Folds our events into the same read models as our worker does, and stores none of them."""

    model = ReadModel(LEDGER)

    @override
    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        self.gate.wait()
        if isinstance(domain_event, Told.Said):
            self.model.fold(decode_identity(domain_event.claim.encode()))
        self.view.insert_tracking(tracking)


def save(app: Application[Any], claims: Sequence[str], each: int) -> float:
    """Save claims, so many in one go; give claims a second."""
    told = Told()
    app.save(told)
    started = time.perf_counter()
    for first in range(0, len(claims), each):
        for claim in claims[first : first + each]:
            told.say(claim)
        app.save(told)
    return len(claims) / (time.perf_counter() - started)


def on_sqlite(claims: Sequence[str], each: int) -> float:
    """Save on a fresh SQLite file."""
    with tempfile.TemporaryDirectory(prefix="exl-bench-") as directory:
        env = {
            "PERSISTENCE_MODULE": "eventsourcing.sqlite",
            "SQLITE_DBNAME": str(Path(directory) / "events.db"),
        }
        with Application[Any](env) as app:
            return save(app, claims, each)


def by_runner(
    projection: type[Tracked], view: type[Any], claims: Sequence[str], env: dict[str, str]
) -> float:
    """Give the events a second of the peer's projection runner."""
    Tracked.gate.clear()
    Folded.model = ReadModel(LEDGER)
    runner: ProjectionRunner[Any, Any]
    with ProjectionRunner[Any, Any](
        application_class=Application[Any],
        projection_class=projection,
        view_class=view,
        env=env,
    ) as runner:
        known = runner.app.recorder.max_notification_id() or 0
        save(runner.app, claims, 50)
        last = known + len(claims) + 1
        started = time.perf_counter()
        Tracked.gate.set()
        wait_until(lambda: (runner.view.max_tracking_id(runner.app.name) or 0) >= last)
        return (len(claims) + 1) / (time.perf_counter() - started)


def by_us(place: Place, claims: Sequence[bytes], each: int) -> float:
    """Append to our log, so many in one go; give claims a second."""
    events = seal_claims(claims)

    async def run() -> float:
        client = connect(place.url, retry_seconds=0)
        log = RedisEventLog(client, LEDGER)
        await client.flushall()
        started = time.perf_counter()
        for first in range(0, len(events), each):
            await log.append(events[first : first + each])
        took = time.perf_counter() - started
        await client.aclose()
        return len(events) / took

    return asyncio.run(run())


@contextmanager
def postgres() -> Iterator[dict[str, str] | None]:
    """Run a private PostgreSQL; null where it is not installed."""
    found = sorted(Path(POSTGRES_DIRECTORIES).glob("*/bin/postgres"))
    if not found:
        yield None
        return
    programs = found[-1].parent
    directory = Path(tempfile.mkdtemp(prefix="exl-pg-"))
    # It refuses to run as root.
    user = "nobody" if os.geteuid() == 0 else None
    if user:
        shutil.chown(directory, user)
    cluster = directory / "cluster"
    subprocess.run(
        [programs / "initdb", "-D", cluster, "-U", "peer", "-A", "trust", "-E", "UTF8"],
        check=True,
        stdout=subprocess.DEVNULL,
        user=user,
        cwd=directory,
    )
    command: list[str | Path] = [
        programs / "postgres",
        "-D",
        cluster,
        "-k",
        directory,
        "-c",
        "listen_addresses=",
    ]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, user=user, cwd=directory
    )
    try:
        wait_until(
            lambda: (
                subprocess.run(
                    [programs / "pg_isready", "-h", directory],
                    check=False,
                    stdout=subprocess.DEVNULL,
                ).returncode
                == 0
            ),
            pause=0.1,
        )
        yield {
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": "postgres",
            "POSTGRES_HOST": str(directory),
            "POSTGRES_PORT": "5432",
            "POSTGRES_USER": "peer",
            "POSTGRES_PASSWORD": "",
        }
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
        shutil.rmtree(directory, ignore_errors=True)


def on_postgres(env: dict[str, str], claims: Sequence[str], each: int) -> float:
    """Save on PostgreSQL."""
    with Application[Any](env) as app:
        return save(app, claims, each)


def sqlite_synchronous() -> str:
    """Name the synchronous setting that SQLite has where nobody sets it."""
    with closing(sqlite3.connect(":memory:")) as connection:
        [found] = connection.execute("PRAGMA synchronous").fetchone()
    return ("OFF", "NORMAL", "FULL", "EXTRA")[found]


def tell_appends(
    report: Report, place: Place, env: dict[str, str] | None, sizes: tuple[int, int, int]
) -> None:
    """Measure appends, one by one and in fifties."""
    one, fifty, rounds = sizes
    claims = list(make_claims(fifty))
    texts = [claim.decode() for claim in claims]
    for each, count in ((1, one), (50, fifty)):
        sqlite = f"eventsourcing, SQLite file, synchronous {sqlite_synchronous()}"
        ways: dict[str, Callable[[], float]] = {
            "EventLog.append, fsync always": lambda: by_us(place, claims[:count], each),  # noqa: B023
            sqlite: lambda: on_sqlite(texts[:count], each),  # noqa: B023
        }
        if env is not None:
            ways["eventsourcing, PostgreSQL"] = lambda: on_postgres(env, texts[:count], each)  # noqa: B023
        report.say(f"Append, {each} in one go:")
        found = in_turns(ways, rounds=rounds)
        report.table(("way", "claims/s", "spread", "÷ SQLite"), speed_rows(found, beside=[sqlite]))


def tell_projections(
    report: Report, place: Place, env: dict[str, str] | None, sizes: tuple[int, int, int]
) -> None:
    """Measure projections."""
    _, count, rounds = sizes
    bodies = make_log(count)
    fill_log(place, bodies)
    texts = [body.decode() for body in bodies]
    memory, popo = "eventsourcing's runner, in memory", {"PERSISTENCE_MODULE": "eventsourcing.popo"}
    ways: dict[str, Callable[[], float]] = {
        "projection worker, views on the server": lambda: by_worker(place, len(bodies)),
        f"{memory}, nothing kept": lambda: by_runner(Tracked, MemoryView, texts, popo),
        f"{memory}, the same read models": lambda: by_runner(Folded, MemoryView, texts, popo),
    }
    if env is not None:
        ways["eventsourcing's runner, PostgreSQL, nothing kept"] = lambda: by_runner(
            Tracked, StoredView, texts[: count // 10], env
        )
    report.say("Projection:")
    found = in_turns(ways, rounds=rounds)
    report.table(
        ("way", "events/s", "spread", *("÷ " + way.rpartition(", ")[2] for way in list(ways)[1:3])),
        speed_rows(found, beside=list(ways)[1:3]),
    )


def main() -> int:
    """Measure ourselves beside the peer."""
    given = asked(__doc__)
    sizes = (20_000, 100_000, given.rounds) if given.full else (1_000, 10_000, given.rounds)
    report = Report("Beside a peer")
    with server() as place, postgres() as env, without_collector():
        if env is None:
            report.say("PostgreSQL is not installed here, so its rows are missing.")
        tell_appends(report, place, env, sizes)
        tell_projections(report, place, env, sizes)
    report.write()
    return 0


if __name__ == "__main__":
    sys.exit(main())
