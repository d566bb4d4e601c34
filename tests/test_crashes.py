"""Workers and the server are killed again and again; in the end nothing is lost and nothing doubled."""

import json
import random
import sys
import threading
import time

import pytest
from redis import Redis
from redis.exceptions import RedisError

from schemas.events import EVENTS, ClaimRecorded
from services.eventlog.memory import MemoryEventLog
from services.eventlog.port import Advance
from services.ingest.intake import Accepted, read_inbound
from services.log_events.envelope import Origin, seal
from services.projection.fold import ReadModel
from services.reconciliation.engine.book import Book
from services.reconciliation.engine.sealing import seal_decision
from services.runtime import clock
from tests.normal import without_arrival
from tests.running import Worker, own_server, running, wait_until
from tests.test_workers import (
    CLAIMS,
    LEDGER,
    ROOT,
    is_projected,
    parked,
    recorded_ids,
    replayed,
    views,
)


WORKERS = ("ingest", "reconciliation", "projection")
ROUNDS = 20
#: Pause between two claims, so that publishing lasts as long as the killing, in seconds.
PAUSE_SECONDS = 0.02


def publish_all(url: str) -> None:
    """Publish every claim until it is acknowledged, as a scraper would."""
    with Redis.from_url(url) as redis:
        for claim in CLAIMS:
            while True:
                try:
                    redis.xadd(f"{ROOT}:inbox", {"event": claim})
                    break
                except RedisError:
                    time.sleep(PAUSE_SECONDS)
            time.sleep(PAUSE_SECONDS)


async def test_a_reconciliation_that_starts_anew_at_every_batch_decides_the_same():
    log, checkpoint = MemoryEventLog(), 0
    for start in range(0, len(CLAIMS), 50):
        reads = [
            read_inbound(claim, ledger=LEDGER, entry_bytes_max=10**6)
            for claim in CLAIMS[start : start + 50]
        ]
        origin = Origin("ingest", clock.now(), "urn:inbox:1-0", "urn:inbox:1-0")
        log.append_now(
            [
                seal(read.data, event_id=read.event_id, ledger=LEDGER.name, origin=origin)
                for read in reads
                if isinstance(read, Accepted)
            ]
        )
        book = Book(LEDGER)
        for entry in await log.read(after=0, limit=10**6):
            book.take(entry.body)
        decisions = book.decide(after=checkpoint)
        advance = Advance("reconciliation", expected=checkpoint, position=book.position)
        log.append_now([seal_decision(decided, ledger=LEDGER) for decided in decisions], advance)
        checkpoint = book.position

    events = [EVENTS.validate_json(entry.body) for entry in await log.read(after=0, limit=10**6)]
    model = ReadModel(LEDGER.name)
    for event in events:
        model.fold(event)
    claims = {event.position: event for event in events if isinstance(event, ClaimRecorded)}
    assert without_arrival(model.read_models(LEDGER, claims.__getitem__)) == replayed()


@pytest.mark.e2e
@pytest.mark.redis
def test_twenty_kills_lose_nothing_and_double_nothing():
    seed = random.SystemRandom().randrange(2**32)
    sys.stdout.write(f"seed {seed}\n")
    chance = random.Random(seed)
    with own_server() as server:
        server.start()
        workers = {name: Worker(name, server.url, batch_count=50) for name in WORKERS}
        publisher = threading.Thread(target=publish_all, args=(server.url,), daemon=True)
        with running(workers.values()), Redis.from_url(server.url) as redis:
            publisher.start()
            for _ in range(ROUNDS):
                time.sleep(chance.uniform(0.0, 1.5))
                victim = chance.choice((*WORKERS, "server"))
                if victim == "server":
                    server.kill()
                    time.sleep(chance.uniform(0.0, 0.3))
                    server.start()
                else:
                    assert workers[victim].process.poll() is None, workers[victim].output()
                    workers[victim].close()
                    workers[victim] = Worker(victim, server.url, batch_count=50)
            publisher.join()
            wait_until(lambda: is_projected(redis))

            published = sorted(json.loads(line)["id"] for line in CLAIMS)
            assert sorted(recorded_ids(redis)) == published
            assert parked(redis) == []
            # One that was just started cannot be asked to stop before it listens.
            assert [worker.started().stop() for worker in workers.values()] == [0, 0, 0]
        assert views(server.url) == replayed()
