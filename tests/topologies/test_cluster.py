"""What a cluster brings: slots that move or are nobody's, and keys that must lie together."""

import asyncio
import json
import time

import pytest
from redis.crc import key_slot

from benchmarks.load import make_claims
from services.eventlog.connection import connect
from services.eventlog.inbox import Inbox
from services.eventlog.port import LogUnavailableError, NewEvent
from services.eventlog.redis_log import RedisEventLog
from services.log_events.envelope import content_id
from tests.failure.rig import LEDGER
from tests.running import Worker, running, wait_until
from tests.topologies.conftest import COMPANIES
from tests.topologies.rig import CompanyRig
from tests.topologies.servers import Cluster


pytestmark = pytest.mark.parametrize(
    "company", [company for company in COMPANIES if company[0] is Cluster], indirect=True
)
#: A ledger that lies on another node than the shipped one.
ELSEWHERE = "yem-hou"
SLOT = key_slot(LEDGER.name.encode())


def event(name: str) -> NewEvent:
    return NewEvent(content_id(name), json.dumps({"name": name}).encode())


@pytest.mark.parametrize("is_primary", [True, False], ids=["primary", "replica"])
def test_a_node_named_as_a_server_of_its_own_is_refused_in_words(company, tmp_path, is_primary):
    node = next(one for one in company.servers if one.is_primary() is is_primary)
    worker = Worker("ingest", f"redis://{node.place}", data_dir=tmp_path)
    with running([worker]):
        assert worker.process.wait() == 2
        [refused] = worker.log("worker.refused")
        assert "one node of a cluster" in refused["error"]
        assert "redis+cluster://" in refused["error"]


@pytest.mark.parametrize("is_primary", [True, False], ids=["primary", "replica"])
async def test_a_command_on_one_node_says_which_address_to_use(company, is_primary):
    other = next(
        one
        for one in company.servers
        if one is not company.primary() and one.is_primary() is is_primary
    )
    client = connect(f"redis://{other.place}", retry_seconds=0)
    with pytest.raises(
        LogUnavailableError, match=r"found one node of a cluster.*redis\+cluster://"
    ):
        await RedisEventLog(client, LEDGER.name).last_position()
    await client.aclose()


async def test_a_slot_that_no_server_holds_is_one_line(company):
    company.empty()
    primary = company.primary()
    try:
        with primary.client() as redis:
            redis.execute_command("CLUSTER", "DELSLOTS", SLOT)
        client = connect(company.url, retry_seconds=0)
        with pytest.raises(LogUnavailableError, match=f"slot {SLOT} .*16,383 of 16,384|not serve"):
            await RedisEventLog(client, LEDGER.name).last_position()
        await client.aclose()
    finally:
        with primary.client() as redis:
            redis.execute_command("CLUSTER", "ADDSLOTS", SLOT)
        wait_until(company.is_whole)


def test_a_ledger_goes_on_when_its_slot_moves_to_another_server(company, tmp_path):
    company.empty()
    rig = CompanyRig(company, list(make_claims(200)), tmp_path)
    try:
        rig.start_workers()
        for worker in rig.workers.values():
            worker.started()
        publisher = rig.publish(pause_seconds=0.02)
        wait_until(lambda: len(publisher.acknowledged) > 50)

        before = company.primary()
        target = next(one for one in company.servers if one is not before and one.is_primary())
        company.move_slot(SLOT, before, target)
        wait_until(lambda: company.primary() is target)
        publisher.join()

        assert rig.settle(), rig.output()
        assert company.primary() is target
        state = rig.state()
        assert state.recorded() == dict.fromkeys(rig.acknowledged(), 1)
        assert state.equals_replay()
        assert not state.losses
        assert all(worker.is_alive for worker in rig.workers.values())
        company.move_slot(SLOT, target, before)
        wait_until(lambda: company.primary() is before)
    finally:
        rig.close()


async def test_two_ledgers_on_two_nodes_are_written_through_one_client(company):
    company.empty()
    assert company.primary(f"{{{ELSEWHERE}}}") is not company.primary()
    client = connect(company.url, retry_seconds=0)
    logs = [RedisEventLog(client, name) for name in (LEDGER.name, ELSEWHERE)]
    await asyncio.gather(*(log.append([event(name)]) for log in logs for name in "abcd"))
    assert [await log.last_position() for log in logs] == [4, 4]
    pipeline = client.pipeline(transaction=False)
    for name in (LEDGER.name, ELSEWHERE, LEDGER.name):
        pipeline.xlen(f"exl:{{{name}}}:log")
    assert await pipeline.execute() == [4, 4, 4]
    with pytest.raises(Exception, match="expected keys of slot"):
        client.pipeline(transaction=True).get("{a}").get("{b}")
    await client.aclose()


async def test_who_waits_for_room_and_who_waits_for_nothing_share_bounded_connections(company):
    client = connect(company.url, retry_seconds=0, connections_max=2, answer_seconds=10)
    inbox = Inbox(client, LEDGER.name)
    started = time.monotonic()
    assert (
        await asyncio.gather(*(inbox.waiting() for _ in range(50))) == [await inbox.waiting()] * 50
    )
    assert time.monotonic() - started < 10
    await client.aclose()
