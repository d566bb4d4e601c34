"""Streams that are read together, and questions that are asked together, on a real server."""

import asyncio

import pytest

from services.eventlog.port import NewEvent
from services.eventlog.redis_log import RedisEventLog
from services.eventlog.together import AskedTogether, ReadsTogether
from services.log_events.envelope import content_id


pytestmark = pytest.mark.redis


async def test_streams_are_read_together_and_one_that_is_busy_by_itself(client, ledger):
    reads = ReadsTogether(client, client)
    names = [f"exl:{{{ledger}}}:s{number}" for number in range(5)]
    waiting = [asyncio.create_task(reads.xread({name: "0"}, count=10, block=200)) for name in names]
    await client.xadd(names[3], {"event": "a"})

    [[stream, entries]] = await waiting[3]
    assert (stream.decode(), [fields for _, fields in entries]) == (names[3], [{b"event": b"a"}])
    assert not any(task.done() for task in waiting[:3])
    assert not await reads.xread({names[3]: entries[-1][0]}, count=10, block=1), "it returns empty"
    for name in names[:3]:
        await client.xadd(name, {"event": "b"})
    assert len(await asyncio.gather(*waiting[:3])) == 3
    waiting[4].cancel()
    await reads.settled()
    await reads.aclose()


async def test_a_group_that_is_gone_is_told_to_who_reads_it_and_to_nobody_else(client, ledger):
    reads = ReadsTogether(client, client)
    names = [f"exl:{{{ledger}}}:s{number}" for number in range(2)]
    await client.xgroup_create(names[0], "ingest", mkstream=True)
    waiting = [
        asyncio.create_task(reads.xreadgroup("ingest", "a-1", {name: ">"}, count=9, block=200))
        for name in names
    ]

    with pytest.raises(Exception, match="NOGROUP"):
        await waiting[1]
    await client.xadd(names[0], {"event": "a"})
    [[stream, _]] = await waiting[0]
    assert stream.decode() == names[0]
    await reads.aclose()


async def test_what_is_asked_of_one_moment_is_one_round_trip_and_each_has_its_own_answer(
    client, ledger
):
    asked = AskedTogether(client)
    names = [ledger, f"{ledger}-2", f"{ledger}-3"]
    logs = [RedisEventLog(client, name) for name in names]
    for number, log in enumerate(logs):
        events = [NewEvent(content_id(f"{at}"), b'{"name": "a"}') for at in range(number)]
        if events:
            await log.append(events)

    together = [RedisEventLog(asked, name) for name in names]
    found = await asyncio.gather(*(log.last_position() for log in together))
    chains = await asyncio.gather(*(log.chain_at(1) for log in together))
    failing = await asyncio.gather(
        asked.xlen(f"exl:{{{ledger}}}:log"),
        asked.hget(f"exl:{{{names[1]}}}:log", "x"),
        return_exceptions=True,
    )

    assert found == [0, 1, 2]
    assert [bool(chain) for chain in chains] == [False, True, True]
    assert failing[0] == 0
    assert isinstance(failing[1], Exception)
    for name in names:
        async for key in client.scan_iter(match=f"exl:{{{name}}}*"):
            await client.unlink(key)
