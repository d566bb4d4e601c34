"""The pipeline of real processes on servers in company, and publishers that use this project's own client."""

import asyncio
import json
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any

from redis.exceptions import RedisError

from services.eventlog.connection import connect
from services.eventlog.inbox import Inbox
from services.eventlog.port import LogUnavailableError
from tests.failure.rig import LEDGER, PAUSE_SECONDS, ROOT, Rig


class CompanyPublisher(threading.Thread):
    """Sends claims one after the other, each until it is acknowledged.

    Attributes:
        acknowledged: The entry id of each claim that was acknowledged, by the claim's id.
        refused: How often one was not acknowledged.
        longest: Longest time between two acknowledgements, in seconds.
    """

    def __init__(
        self, url: str, claims: Sequence[bytes], *, pause_seconds: float, replicas: int
    ) -> None:
        super().__init__(daemon=True)
        self.acknowledged: dict[str, bytes] = {}
        self.refused, self.longest = 0, 0.0
        self._url, self._claims, self._pause_seconds = url, claims, pause_seconds
        self._is_over, self._replicas = threading.Event(), replicas

    def run(self) -> None:
        asyncio.run(self._publish())

    def end(self) -> None:
        self._is_over.set()
        self.join()

    async def _publish(self) -> None:
        client = connect(self._url, retry_seconds=0, answer_seconds=5.0)
        inbox, last = Inbox(client, LEDGER.name, replicas=self._replicas), time.monotonic()
        for claim in self._claims:
            while not self._is_over.is_set():
                try:
                    [answer] = await inbox.publish([claim])
                except LogUnavailableError:
                    self.refused += 1
                    await asyncio.sleep(0.05)
                    continue
                now = time.monotonic()
                self.longest, last = max(self.longest, now - last), now
                self.acknowledged[json.loads(claim)["id"]] = answer.encode()
                break
            await asyncio.sleep(self._pause_seconds)
        await client.aclose()


class CompanyRig(Rig):
    """A rig on servers in company; it removes the workers, and leaves the servers to who made them.

    Attributes:
        company: The servers.
        replicas: How many replicas must have what publishers are told is acknowledged.
    """

    def __init__(self, company: Any, claims: Sequence[bytes], data_dir: Path) -> None:
        super().__init__(company, claims, Random(1))
        self.company, self.replicas = company, 0
        self.data_dir = data_dir

    def publish(
        self, claims: Sequence[bytes] | None = None, *, pause_seconds: float = PAUSE_SECONDS
    ) -> Any:
        publisher: Any = CompanyPublisher(
            self.url,
            self.claims if claims is None else claims,
            pause_seconds=pause_seconds,
            replicas=self.replicas,
        )
        self.publishers.append(publisher)
        publisher.start()
        return publisher

    def shown(self) -> int:
        """The position that the views stand for, 0 while nobody can say."""
        with suppress(RedisError), self.server.client() as redis:
            return int(redis.hget(f"{ROOT}:view:g1:meta", "position") or 0)
        return 0

    def shown_generation(self) -> str:
        """The generation of views that readers see, empty while nobody can say."""
        with suppress(RedisError), self.server.client() as redis:
            current = redis.get(f"{ROOT}:view:current")
            return current.decode() if isinstance(current, bytes) else str(current or "")
        return ""

    def close(self) -> None:
        for publisher in self.publishers:
            publisher.end()
        for worker in self.workers.values():
            worker.close()


@contextmanager
def rig_on(company: Any, claims: Sequence[bytes], data_dir: Path) -> Iterator[CompanyRig]:
    """Give a rig on emptied servers; show what its workers wrote if the test fails, and heal the servers."""
    company.empty()
    rig = CompanyRig(company, claims, data_dir)
    try:
        yield rig
    except BaseException:
        sys.stderr.write(rig.output())
        raise
    finally:
        rig.close()
        company.heal()
