"""A primary that is cut off from its replicas and from the Sentinels, and goes on answering whoever reaches it."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.load import make_claims
from services.eventlog.connection import connect
from services.eventlog.inbox import Inbox
from services.eventlog.port import LogUnavailableError
from tests.failure.real_servers import KINDS, binary
from tests.failure.rig import LEDGER, named
from tests.running import wait_until
from tests.topologies.rig import CompanyRig
from tests.topologies.servers import Watched
from tests.topologies.two_primaries import REPLICAS_WANTED, Reader, divide, missing


@pytest.fixture(params=[kind for kind in KINDS if binary(kind)])
def divisible(request: pytest.FixtureRequest) -> Iterator[Watched]:
    with Watched(request.param, is_divisible=True) as company:
        yield company


def test_whoever_reaches_the_sentinels_leaves_the_old_primary_and_what_it_took_is_named(
    divisible: Watched, tmp_path: Path
):
    rig = CompanyRig(divisible, list(make_claims(400)), tmp_path)
    reader = Reader(divisible.url)
    try:
        rig.start_workers()
        for worker in rig.workers.values():
            worker.started()
        publisher = rig.publish(pause_seconds=0.02)
        wait_until(lambda: len(publisher.acknowledged) > 50)
        reader.start()

        old, _ = divide(divisible)
        wait_until(lambda: divisible.primary().port in reader.last)
        publisher.join()

        assert old.is_primary(), "it was left while it answered"
        rig.missing += missing(old, divisible.primary())
        divisible.rejoin(old)
        assert rig.settle()
        wait_until(lambda: named(rig.missing, rig.state().losses))
        rig.publish(pause_seconds=0).join()
        assert rig.settle()
        state = rig.state()
        assert state.recorded() == dict.fromkeys(rig.acknowledged(), 1)
        assert state.equals_replay()
        assert all(worker.is_alive for worker in rig.workers.values())
    except BaseException:
        sys.stderr.write(rig.output())
        raise
    finally:
        reader.end()
        rig.close()


async def test_who_reaches_no_sentinel_is_refused_by_a_primary_that_wants_replicas(
    divisible: Watched,
):
    for server in divisible.servers:
        with server.client() as redis:
            for name, value in REPLICAS_WANTED.items():
                redis.config_set(name, value)
    alone = connect(f"redis://client:client@{divisible.primary().place}", retry_seconds=0)
    inbox = Inbox(alone, LEDGER.name)
    [claim, another] = make_claims(2)
    await inbox.publish([claim])

    old, _ = await asyncio.to_thread(divide, divisible)

    with pytest.raises(LogUnavailableError, match="NOREPLICAS"):
        await inbox.publish([another])
    await alone.aclose()
    await asyncio.to_thread(divisible.rejoin, old)
