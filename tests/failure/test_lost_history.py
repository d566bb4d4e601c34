"""A server comes back with a shorter log, or another one: it is named, nobody acts on what is gone, repeats heal."""

import asyncio
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from benchmarks.load import make_claims
from services.eventlog.connection import connect
from services.eventlog.losses import Loss, Losses
from services.eventlog.redis_log import RedisEventLog
from services.ledgers import load_ledger
from services.projection.joined import read_models
from services.projection.store import ViewStore
from services.queries.replay import replay
from tests.normal import without_arrival
from tests.running import Server, Worker, own_server, running, wait_until


LEDGER = load_ledger("rus-ukr")
ROOT = f"exl:{{{LEDGER.name}}}"
CLAIMS = list(make_claims(60))


@pytest.fixture
def server() -> Iterator[Server]:
    with own_server() as server:
        server.start()
        yield server


@contextmanager
def connected(server: Server) -> Iterator[Any]:
    client: Any = Redis.from_url(server.url)
    yield client
    client.close()


def publish(server: Server, events: list[bytes]) -> None:
    with connected(server) as redis:
        for event in events:
            redis.xadd(f"{ROOT}:inbox", {"event": event})


def is_done(server: Server) -> bool:
    """Whether everything published is in the views of readers."""
    with connected(server) as redis:
        if redis.xlen(f"{ROOT}:inbox"):
            return False
        last = str(redis.xlen(f"{ROOT}:log")).encode()
        current = (redis.get(f"{ROOT}:view:current") or b"none").decode()
        decided = redis.hget(f"{ROOT}:log:checkpoints", "reconciliation")
        return bool(decided == last == redis.hget(f"{ROOT}:view:{current}:meta", "position"))


def take_in(server: Server, events: list[bytes]) -> None:
    publish(server, events)
    wait_until(lambda: is_done(server))


async def _read(url: str) -> tuple[Any, list[Loss], list[bytes]]:
    client = connect(url, retry_seconds=0)
    log = RedisEventLog(client, LEDGER.name)
    try:
        models = await read_models(ViewStore(client, LEDGER.name), log, ledger=LEDGER)
        losses = await Losses(client, LEDGER.name).all()
        entries = await log.read(after=0, limit=100_000)
    finally:
        await client.aclose()
    return without_arrival(models), losses, [entry.body for entry in entries]


def stored(server: Server) -> tuple[Any, list[Loss], list[bytes]]:
    return asyncio.run(_read(server.url))


def copy_of(server: Server, to: Path) -> Path:
    """Copy what the server has on disk; under `always` that is all it acknowledged."""
    shutil.copytree(server.directory / "appendonlydir", to)
    return to


def come_back_with(server: Server, copy: Path) -> None:
    server.kill()
    shutil.rmtree(server.directory / "appendonlydir")
    shutil.copytree(copy, server.directory / "appendonlydir")
    server.start()


def all_workers(server: Server) -> list[Worker]:
    return [Worker(name, server.url) for name in ("ingest", "reconciliation", "projection")]


def test_workers_that_run_when_a_shorter_log_comes_back_name_the_range_and_go_on(server, tmp_path):
    workers = all_workers(server)
    with running(workers):
        take_in(server, CLAIMS[:20])
        copy, kept = copy_of(server, tmp_path / "copy"), len(stored(server)[2])
        take_in(server, CLAIMS[20:40])
        had = len(stored(server)[2])

        come_back_with(server, copy)
        publish(server, CLAIMS[40:])  # Others' claims take the positions before anybody looks.
        wait_until(lambda: is_done(server) and stored(server)[1])
        publish(server, CLAIMS[20:40])  # The publishers repeat what they know to be recent.
        wait_until(lambda: is_done(server))
        assert all(worker.process.poll() is None for worker in workers)
        assert [worker.stop() for worker in workers] == [0, 0, 0]

    models, losses, bodies = stored(server)
    assert {(loss.first, loss.last) for loss in losses} == {(kept + 1, had)}
    assert losses[0].since is not None
    order = [json.loads(body)["data"] for body in bodies if b'"claim.recorded"' in body[:400]]
    assert len(order) == len(CLAIMS)
    assert models == without_arrival(replay(bodies, ledger=LEDGER).read_models)


def test_workers_that_start_on_a_shorter_log_than_they_left_name_the_range(server, tmp_path):
    workers = all_workers(server)
    with running(workers):
        take_in(server, CLAIMS[:20])
        copy, kept = copy_of(server, tmp_path / "copy"), len(stored(server)[2])
        take_in(server, CLAIMS[20:40])
        had = len(stored(server)[2])
        assert [worker.stop() for worker in workers] == [0, 0, 0]

    come_back_with(server, copy)
    workers = all_workers(server)
    with running(workers):
        for worker in workers:
            worker.started()
        take_in(server, CLAIMS[20:40])
        assert [worker.stop() for worker in workers] == [0, 0, 0]

    models, losses, bodies = stored(server)
    assert [(loss.first, loss.last) for loss in losses] == [(kept + 1, had)]
    assert losses[0].noticed_by[-1].startswith("reconciliation")
    assert models == without_arrival(replay(bodies, ledger=LEDGER).read_models)
