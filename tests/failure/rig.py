"""A pipeline of real processes that faults are put to, and what is counted afterwards.

A publisher sends claims one after the other and repeats each until the server has acknowledged it, as a scraper
does. What the server acknowledged is what it promised to keep.
"""

import asyncio
import json
import signal
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from redis import Redis
from redis.exceptions import RedisError

from schemas.ledger import LedgerConfiguration
from services.eventlog.chain import chain_of
from services.eventlog.connection import connect
from services.eventlog.losses import Loss, Losses
from services.eventlog.redis_log import RedisEventLog
from services.ledgers import load_ledger
from services.projection.joined import read_models
from services.projection.rebuild import rebuild
from services.projection.store import ViewStore
from services.queries.replay import replay
from tests.failure.forked_workers import WORKERS, Death, start_worker
from tests.failure.proxy import Proxy
from tests.failure.real_servers import RealServer, until
from tests.normal import without_arrival
from tests.running import PATIENCE_SECONDS, Worker


LEDGER = load_ledger("rus-ukr")
ROOT = f"exl:{{{LEDGER.name}}}"
#: How long everything may take to settle after a fault, in seconds.
SETTLE_SECONDS = 60.0
#: How long a loss may take to be noticed, in seconds: a heartbeat, on a busy machine.
NOTICE_SECONDS = 8.0
#: Pause between two claims, in seconds.
PAUSE_SECONDS = 0.01


class Publisher(threading.Thread):
    """Sends claims until each is acknowledged.

    Attributes:
        acknowledged: The server's answer for each claim, by the claim's id.
        refused: How often the server, or the way to it, refused.
    """

    def __init__(self, url: str, claims: Sequence[bytes], *, pause_seconds: float) -> None:
        super().__init__(daemon=True)
        self.acknowledged: dict[str, bytes] = {}
        self.refused = 0
        self._url, self._claims, self._pause_seconds = url, claims, pause_seconds
        self._is_over = threading.Event()

    def run(self) -> None:
        with Redis.from_url(self._url, socket_timeout=3.0, retry=None) as redis:
            for claim in self._claims:
                while not self._is_over.is_set():
                    try:
                        answer = redis.xadd(f"{ROOT}:inbox", {"event": claim})
                    except (RedisError, OSError):
                        self.refused += 1
                        time.sleep(0.05)
                        continue
                    self.acknowledged[json.loads(claim)["id"]] = answer
                    break
                time.sleep(self._pause_seconds)

    def end(self) -> None:
        self._is_over.set()
        self.join()


class State(NamedTuple):
    """What the server holds.

    Attributes:
        bodies: The log's events, in order.
        losses: What was named as lost.
        views: The read models, without what depends on arrival.
        differences: Rows of the views that a rebuild makes otherwise.
        ledger: The ledger.
    """

    bodies: list[bytes]
    losses: list[Loss]
    views: Any
    differences: int
    ledger: LedgerConfiguration = LEDGER

    def recorded(self) -> Counter[str]:
        """How often each claim stands in the log, by the publisher's id."""
        return Counter(
            json.loads(body)["data"]["id"]
            for body in self.bodies
            if b'"claim.recorded"' in body[:400]
        )

    def equals_replay(self) -> bool:
        """Whether views are those that follow from the log."""
        replayed = without_arrival(replay(self.bodies, ledger=self.ledger).read_models)
        return bool(self.views == replayed) and not self.differences


class Rig:
    """A server, its workers, and those who publish.

    Attributes:
        server: The server.
        proxy: What stands between it and everybody else, null for nothing.
        url: Where workers and publishers reach it.
        direct_url: Where what came of it is read.
        clock_step: The file by which clocks are stepped, null if they cannot be.
        settle_seconds: How long everything may take to settle after a fault.
        workers: By name; tests of several of a kind add further ones.
        chance: Decides whatever a fault leaves open.
        data_dir: Where workers write down what they saw.
    """

    def __init__(
        self,
        server: RealServer,
        claims: Sequence[bytes],
        chance: Random,
        *,
        is_proxied: bool = False,
        clock_step: Path | None = None,
    ) -> None:
        self.server, self.chance, self.clock_step = server, chance, clock_step
        self.proxy = Proxy(server.socket) if is_proxied else None
        self.url = self.proxy.url if self.proxy else server.url
        self.direct_url = server.url
        self.settle_seconds = SETTLE_SECONDS
        self._taken: set[str] = set()
        self.claims = list(claims)
        self.data_dir = server.directory / "seen"
        self.workers: dict[str, Worker] = {}
        self.settings: dict[str, object] = {}
        self.publishers: list[Publisher] = []
        self.missing: list[int] = []

    def start_worker(self, name: str, *, death: Death | None = None, key: str = "") -> Worker:
        """Start a worker, in the place of the one before."""
        key = key or name
        if before := self.workers.get(key):
            before.close()
        worker = start_worker(name, self.url, self.data_dir, death=death, **self.settings)
        self.workers[key] = worker
        return worker

    def start_workers(self) -> None:
        for name in WORKERS:
            self.start_worker(name)

    def publish(
        self, claims: Sequence[bytes] | None = None, *, pause_seconds: float = PAUSE_SECONDS
    ) -> Publisher:
        """Begin to publish, at once or while something else happens."""
        publisher = Publisher(
            self.url, self.claims if claims is None else claims, pause_seconds=pause_seconds
        )
        self.publishers.append(publisher)
        publisher.start()
        return publisher

    def acknowledged(self) -> set[str]:
        """The claims that the server said it has, by their ids."""
        told = {claim for publisher in self.publishers for claim in publisher.acknowledged}
        return told | self._taken

    def took_in(self, claims: Sequence[bytes]) -> None:
        """Note claims that the server acknowledged to somebody else than a publisher of the rig."""
        self._taken.update(json.loads(claim)["id"] for claim in claims)

    def are_all_ended(self) -> bool:
        return not any(worker.is_alive for worker in self.workers.values())

    def places(self) -> dict[int, str]:
        """The chain value at each position of the log, asked of the server itself."""
        with self.server.client() as redis:
            rows = redis.xrange(f"{ROOT}:log")
        return {
            int(entry_id.split(b"-")[0]): chain_of(fields[b"event"]) or ""
            for entry_id, fields in rows
        }

    @contextmanager
    def halted(self) -> Iterator[None]:
        """Halt the workers meanwhile, so that nothing moves that is being looked at."""
        for worker in self.workers.values():
            worker.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            for worker in self.workers.values():
                worker.process.send_signal(signal.SIGCONT)

    def come_back(self, mend: Callable[[], object]) -> None:
        """Kill the server, do something to its files, start it, and note which events it lacks."""
        # The kill meets workers at work. Once they are halted nobody appends before the log was looked at.
        before = {} if self.server.has_ended() else self.places()
        self.server.kill()
        with self.halted():
            mend()
            self.server.start()
            after = self.places()
        self.missing += [at for at, chain in before.items() if after.get(at) != chain]

    def is_done(self) -> bool:
        """Whether everything published is in the views of readers."""
        with suppress(RedisError), self.server.client() as redis:
            if redis.xlen(f"{ROOT}:inbox"):
                return False
            current = redis.get(f"{ROOT}:view:current")
            if current is None:
                return False  # Projection has not begun.
            decided = redis.hget(f"{ROOT}:log:checkpoints", "reconciliation")
            shown = redis.hget(f"{ROOT}:view:{current.decode()}:meta", "position")
            return bool(int(decided or 0) == int(shown or 0) == redis.xlen(f"{ROOT}:log"))
        return False

    def settle(self) -> bool:
        """Wait until everything is done; return whether it came about."""
        return until(self.is_done, seconds=self.settle_seconds)

    def state(self) -> State:
        return asyncio.run(read_state(self.direct_url))

    def output(self) -> str:
        return "\n".join(
            f"--- {key}\n{worker.output()[-3_000:]}" for key, worker in self.workers.items()
        )

    def close(self) -> None:
        for publisher in self.publishers:
            publisher.end()
        for worker in self.workers.values():
            worker.close()
        if self.proxy:
            self.proxy.close()
        self.server.remove()


async def read_state(
    url: str, ledger: LedgerConfiguration = LEDGER, *, is_rebuilt: bool = True
) -> State:
    """Read what a server holds of a ledger, compared with a rebuild as well if there is time for it."""
    # On a busy machine Sentinels may hold a primary for down that is only slow.
    client = connect(url, retry_seconds=PATIENCE_SECONDS)
    log, store = RedisEventLog(client, ledger.name), ViewStore(client, ledger.name)
    try:
        models = await read_models(store, log, ledger=ledger)
        losses = await Losses(client, ledger.name).all()
        entries = await log.read(after=0, limit=1_000_000)
        differences = 0
        if is_rebuilt:
            rebuilt = await rebuild(log, store, ledger=ledger.name, only_compare=True)
            differences = len(rebuilt.differences)
    finally:
        await client.aclose()
    bodies = [entry.body for entry in entries]
    return State(bodies, losses, without_arrival(models), differences, ledger)


def named(missing: Sequence[int], losses: Sequence[Loss]) -> bool:
    """Return whether every position that is gone is in a loss that was named."""
    return all(any(loss.first <= at <= loss.last for loss in losses) for at in missing)


def clock_file(directory: Path) -> Path:
    """Make the file by which the clocks of a rig are stepped."""
    path = directory / "step"
    path.write_bytes(bytes(8))
    return path


def step_clock(path: Path, seconds: int) -> None:
    """Set how wrong the time of day is, for all who share the file."""
    # In its place: who reads the file through memory would be ended where it is shorter for a moment.
    with path.open("r+b") as file:
        file.write(struct.pack("=q", seconds * 10**9))
