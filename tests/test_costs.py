"""What a claim may cost, in counts: of server calls, of checks by pydantic, of bytes.

Times differ from machine to machine; counts do not. A bound stands a little above what is needed now,
so that what makes every claim dearer is seen at once. How fast it is: docs/performance.md.
"""

import gc
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest
from redis import Redis

from benchmarks.counting import Calls, counted
from benchmarks.load import LEDGER, make_claims
from services.ingest.intake import Accepted, read_inbound
from services.ledgers import load_ledger
from services.log_events.envelope import Origin
from services.log_events.identities import decode_identity
from services.projection.fold import ReadModel
from services.queries.replay import replay
from services.reconciliation.engine.book import Book
from services.reconciliation.engine.sealing import seal_decision
from services.runtime.settings import Settings
from tests.running import Server, Worker, own_server, running, wait_until
from tests.test_workers import ROOT, is_projected


CLAIMS = list(make_claims(1_000))
BATCH_COUNT: int = Settings.model_fields["batch_count"].default
CLAIM_BYTES = sum(map(len, CLAIMS))
CONFIGURATION = load_ledger(LEDGER)


class Cost(NamedTuple):
    """What it took the workers to deal with all claims."""

    calls: Calls
    log_bytes: int
    stored_bytes: int


@pytest.fixture(scope="module")
def cost() -> Iterator[Cost]:
    with own_server() as server:
        server.start()
        yield deal_with_all(server)


def deal_with_all(server: Server) -> Cost:
    redis: Any = Redis.from_url(server.url)
    workers = [
        Worker(name, server.url, poll_ms=60_000, stale_after_ms=600_000)
        for name in ("ingest", "reconciliation", "projection")
    ]
    with running(workers):
        for worker in workers:
            worker.started()
        with counted(server.url) as calls:
            together = redis.pipeline(transaction=True)
            for claim in CLAIMS:
                together.xadd(f"{ROOT}:inbox", {"event": claim})
            together.execute()
            wait_until(lambda: redis.xlen(f"{ROOT}:log") > len(CLAIMS) and is_projected(redis))
    assert not redis.exists(f"{ROOT}:rejected")
    log = sum(len(fields[b"event"]) for _, fields in redis.xrange(f"{ROOT}:log"))
    kept = [
        key
        for pattern in (f"{ROOT}:log*", f"{ROOT}:view:*")
        for key in redis.scan_iter(match=pattern, count=10_000)
    ]
    stored = sum(redis.memory_usage(key, samples=0) for key in kept)
    redis.close()
    return Cost(calls, log, stored)


@pytest.mark.e2e
@pytest.mark.redis
def test_a_thousand_claims_in_full_batches_take_at_most_twenty_five_server_calls(cost):
    assert cost.calls.by_command["XREADGROUP"] >= len(CLAIMS) / BATCH_COUNT, (
        "the calls were not counted"
    )
    assert cost.calls.count <= 25, cost.calls.by_command


@pytest.mark.e2e
@pytest.mark.redis
def test_the_log_and_all_that_is_stored_stay_in_proportion_to_the_claims(cost):
    # Each event carries 42 bytes of salt, so that its words can be erased.
    assert 0 < cost.log_bytes <= 1.85 * CLAIM_BYTES
    # The index of ids lies in 4,096 hashes; with so few claims in it, they weigh more than it does.
    assert 0 < cost.stored_bytes <= 2.5 * CLAIM_BYTES


_CHECKS = frozenset(
    {"SchemaValidator.validate_json", "SchemaValidator.validate_python", "Decoder.decode"}
)


@contextmanager
def checks() -> Iterator[Counter[str]]:
    """Count the calls that read, check or make records of JSON, by name."""
    counts: Counter[str] = Counter()

    def see(frame: object, what: str, called: Any) -> None:
        if what == "c_call" and called.__qualname__ in _CHECKS:
            counts[called.__name__] += 1

    sys.setprofile(see)
    try:
        yield counts
    finally:
        sys.setprofile(None)


def test_ingest_checks_a_claim_once_and_makes_no_other_record_of_it():
    now = datetime(2026, 1, 1, tzinfo=UTC)
    with checks() as counts:
        for number, claim in enumerate(CLAIMS):
            read = read_inbound(claim, ledger=CONFIGURATION, entry_bytes_max=1_048_576)
            assert isinstance(read, Accepted)
            entry = f"urn:inbox:{number}-0"
            origin = Origin("ingest", now, entry, entry)
            read.sealed(ledger=LEDGER, origin=origin)

    assert counts == {"validate_json": len(CLAIMS)}


@pytest.fixture(scope="module")
def log() -> list[bytes]:
    return replay(CLAIMS, ledger=CONFIGURATION).log.bodies()


def test_projection_checks_an_event_once_and_none_of_its_rows(log):
    model = ReadModel(LEDGER)
    with checks() as counts:
        for event in log:
            model.fold(decode_identity(event))
        model.take_changes()

    assert counts == {"decode": len(log)}


def test_reconciliation_reads_an_event_once_and_has_nothing_checked_that_it_makes_itself(log):
    book, position = Book(CONFIGURATION), 0
    bodies = [event for event in log if b'"claim.recorded"' in event]
    with checks() as counts:
        for first in range(0, len(bodies), 500):
            for body in bodies[first : first + 500]:
                book.take(body)
            for decided in book.decide(after=position):
                seal_decision(decided, ledger=CONFIGURATION)
            position = book.position

    assert counts == {"decode": len(bodies)}


def test_what_reconciliation_and_projection_let_go_of_is_freed_without_the_garbage_collector(log):
    book, model = Book(CONFIGURATION), ReadModel(LEDGER)
    gc.collect()
    gc.disable()
    try:
        for first in range(0, len(log), 500):
            after = book.position
            for body in log[first : first + 500]:
                book.take(body)
                model.fold(decode_identity(body))
            for decided in book.decide(after=after):
                seal_decision(decided, ledger=CONFIGURATION)
            model.take_changes()
        assert gc.collect() == 0, (
            "it walks a worker's whole state no more, so a cycle would stay for good"
        )
    finally:
        gc.enable()
