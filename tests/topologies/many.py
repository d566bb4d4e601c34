"""Many ledgers, each the copy of a shipped one under another name, and workers that share them out."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator, Sequence
from itertools import cycle
from pathlib import Path
from typing import Any, NamedTuple

from redis.exceptions import RedisError

from benchmarks.load import make_claims
from schemas.ledger import LedgerConfiguration
from services.eventlog.connection import Client, connect
from services.eventlog.inbox import Inbox
from services.eventlog.keys import lease_key
from services.eventlog.leases import LEASED
from services.eventlog.port import LogUnavailableError
from services.ledgers import load_ledger
from services.projection.store import ViewStore
from tests.failure.rig import State, read_state
from tests.running import Worker


SHIPPED = Path(__file__).parents[2] / "services" / "ledgers" / "rus-ukr.toml"
PATTERN = "many-*"


def make_ledgers(directory: Path, count: int) -> list[str]:
    """Write the files of so many ledgers; return their names."""
    text = SHIPPED.read_text(encoding="utf-8")
    names = [f"many-{number:04}" for number in range(count)]
    for name in names:
        of_name = text.replace('name = "rus-ukr"', f'name = "{name}"', 1)
        (directory / f"{name}.toml").write_text(of_name, encoding="utf-8")
    return names


def claims_of(names: Sequence[str], count: int) -> Iterator[tuple[str, bytes]]:
    """Yield claims, each with its ledger, for one ledger after the other."""
    made = make_claims(-(-count // len(names)))
    turns: list[list[dict[str, Any]]] = [[json.loads(claim)] for claim in made]
    numbers = (turn[0] for turn in turns for _ in names)
    for claim, name, _ in zip(numbers, cycle(names), range(count), strict=False):
        yield name, json.dumps({**claim, "subject": name}).encode()


class Acknowledged(NamedTuple):
    """A claim that was acknowledged: its ledger, its publisher's id, and when."""

    ledger: str
    claim: str
    at: float


class PacedPublisher(threading.Thread):
    """Sends claims at a rate, several at a time, each until it is acknowledged.

    Attributes:
        acknowledged: What was.
        refused: How often something was not.
    """

    def __init__(
        self,
        url: str,
        claims: Sequence[tuple[str, bytes]],
        *,
        rate: float,
        senders: int = 32,
        replicas: int = 0,
    ) -> None:
        super().__init__(daemon=True)
        self._replicas = replicas
        self.acknowledged: list[Acknowledged] = []
        self.refused = 0
        self._url, self._claims, self._rate, self._senders = url, claims, rate, senders
        self._is_over = threading.Event()

    def run(self) -> None:
        asyncio.run(self._publish())

    def end(self) -> None:
        self._is_over.set()
        self.join()

    async def _publish(self) -> None:
        client = connect(self._url, retry_seconds=0, answer_seconds=5.0)
        # A ledger's claims all wait where its server is away, and no other's.
        queues: list[asyncio.Queue[tuple[str, bytes] | None]] = [
            asyncio.Queue() for _ in range(self._senders)
        ]
        senders = [asyncio.create_task(self._send(client, queue)) for queue in queues]
        started = time.monotonic()
        places = {name: n for n, name in enumerate(dict.fromkeys(name for name, _ in self._claims))}
        for number, (name, claim) in enumerate(self._claims):
            await asyncio.sleep(max(0.0, started + number / self._rate - time.monotonic()))
            queues[places[name] % self._senders].put_nowait((name, claim))
            if self._is_over.is_set():
                break
        for queue in queues:
            queue.put_nowait(None)
        await asyncio.gather(*senders)
        await client.aclose()

    async def _send(self, client: Client, queue: "asyncio.Queue[tuple[str, bytes] | None]") -> None:
        is_over = False
        while not is_over:
            # What came meanwhile goes along, as from a scraper that was kept waiting.
            items = [await queue.get()]
            while not queue.empty():
                items.append(queue.get_nowait())
            is_over = None in items
            claims: dict[str, list[bytes]] = {}
            for name, claim in filter(None, items):
                claims.setdefault(name, []).append(claim)
            for name, of_ledger in claims.items():
                await self._send_until_acknowledged(client, name, of_ledger)

    async def _send_until_acknowledged(
        self, client: Client, name: str, claims: Sequence[bytes]
    ) -> None:
        while not self._is_over.is_set():
            try:
                await Inbox(client, name, replicas=self._replicas).publish(claims)
            except LogUnavailableError:
                self.refused += 1
                await asyncio.sleep(0.05)
                continue
            now = time.monotonic()
            self.acknowledged += [
                Acknowledged(name, json.loads(claim)["id"], now) for claim in claims
            ]
            break


class Many:
    """Many ledgers on a server or on servers in company, and workers that share them out.

    Attributes:
        names: The ledgers.
        workers: Their processes, in the order of their start.
    """

    def __init__(self, url: str, directory: Path, count: int, **settings: object) -> None:
        self.url, self.workers = url, list[Worker]()
        self.config_dir, self._data_dir = directory / "ledgers", directory / "data"
        self.config_dir.mkdir()
        self._data_dir.mkdir()
        self.names = make_ledgers(self.config_dir, count)
        self._settings: dict[str, Any] = settings

    def start(self, name: str) -> Worker:
        """Start a worker that takes its share of all ledgers."""
        given: dict[str, Any] = {
            "names": PATTERN,
            "config_dir": self.config_dir,
            "data_dir": self._data_dir,
            "log_level": "info",
            **self._settings,
        }
        worker = Worker(name, self.url, **given)
        self.workers.append(worker)
        return worker

    def ledger(self, name: str) -> LedgerConfiguration:
        return load_ledger(name, config_dir=self.config_dir)

    def holders(self, stage: str) -> dict[str, int]:
        """The process that serves each ledger, 0 for none."""

        async def read(client: Client) -> dict[str, int]:
            found = [await client.get(lease_key(name, stage)) or b"-0" for name in self.names]
            return {
                name: int(holder.rpartition(b"-")[2])
                for name, holder in zip(self.names, found, strict=True)
            }

        found: dict[str, int] = self._ask(read, {})
        return found

    def is_shared(self, stage: str, workers: Sequence[Worker]) -> bool:
        """Whether some processes have all ledgers, each a fair share of them."""
        held = list(self.holders(stage).values())
        fair = -(-len(self.names) // len(workers))
        counts = [held.count(worker.pid) for worker in workers]
        return sum(counts) == len(self.names) and max(counts) <= fair

    def shown(self) -> dict[str, int]:
        """The position that the views of each ledger stand for."""

        async def read(client: Client) -> dict[str, int]:
            return {name: await ViewStore(client, name).position() or 0 for name in self.names}

        found: dict[str, int] = self._ask(read, {})
        return found

    def reached(self) -> dict[str, int]:
        """The position up to which each ledger's log is decided and shown."""

        found: dict[str, int] = self._ask(self.read_reached, {})
        return found

    async def read_reached(self, client: Client) -> dict[str, int]:
        """The same over a client that stays open, in two round trips to each server."""
        pipeline: Any = client.pipeline(transaction=False)
        for name in self.names:
            pipeline.hget(f"exl:{{{name}}}:log:checkpoints", "reconciliation")
            pipeline.get(f"exl:{{{name}}}:view:current")
        found = await pipeline.execute()
        pipeline = client.pipeline(transaction=False)
        for name, generation in zip(self.names, found[1::2], strict=True):
            shown = (generation or b"g1").decode()
            pipeline.hget(f"exl:{{{name}}}:view:{shown}:meta", "position")
        positions = await pipeline.execute()
        return {
            name: min(int(decided or 0), int(position or 0))
            for name, decided, position in zip(self.names, found[::2], positions, strict=True)
        }

    def damage(self, name: str) -> None:
        """Put an entry into a ledger's log that is no event, where its next one belongs."""

        async def write(client: Client) -> None:
            last = await client.xlen(f"exl:{{{name}}}:log")
            await client.xadd(f"exl:{{{name}}}:log", {"event": "{}"}, id=f"{last + 1}-0")

        self._ask(write, None)

    def is_done(self, *, but: str = "", only: Sequence[str] = ()) -> bool:
        """Whether all that was published is in the views, of all ledgers but one, or of some only."""

        async def read(client: Client) -> bool:
            for name in only or self.names:
                if name == but:
                    continue
                keys = f"exl:{{{name}}}"
                log = await client.xlen(f"{keys}:log")
                decided = int(await client.hget(f"{keys}:log:checkpoints", "reconciliation") or 0)
                shown = await ViewStore(client, name).position() or 0
                if await client.xlen(f"{keys}:inbox") or not log == decided == shown:
                    return False
            return True

        return bool(self._ask(read, False))  # noqa: FBT003  what is so while nobody can say

    def state(self, name: str) -> State:
        return asyncio.run(read_state(self.url, self.ledger(name), is_rebuilt=False))

    def _ask(self, read: Any, otherwise: Any) -> Any:
        async def ask() -> Any:
            client = connect(self.url, retry_seconds=0, answer_seconds=5.0)
            try:
                return await read(client)
            except (LogUnavailableError, RedisError):
                return otherwise
            finally:
                await client.aclose()

        return asyncio.run(ask())

    def output(self) -> str:
        return "\n".join(
            f"--- {worker.name} {worker.pid}\n{worker.output()[-4_000:]}" for worker in self.workers
        )

    def close(self) -> None:
        for worker in self.workers:
            worker.close()


STAGES = LEASED
