"""What is found of a ledger on a real server, from outside."""

import json
import os
import time
from datetime import UTC, datetime

import pytest

from services.eventlog.inbox import GROUP, Inbox
from services.eventlog.keys import heartbeat_key, keys_of
from services.eventlog.losses import Acknowledgement, Loss, Losses
from services.eventlog.observation import Observation, observe
from services.eventlog.port import Advance, NewEvent
from services.eventlog.readers import Heartbeats, Readers, ReaderStatus
from services.eventlog.redis_log import RedisEventLog


pytestmark = pytest.mark.redis


async def look(client, ledger: str, *, shown: int = 0) -> Observation:
    return await observe(client, ledger, reader="reconciliation", shown=shown)


def event(number: int, *, age_seconds: float) -> NewEvent:
    recorded = datetime.fromtimestamp(time.time() - age_seconds, tz=UTC).isoformat()
    return NewEvent(f"{number:032x}", json.dumps({"recorded_at": recorded}).encode())


def status(host: str, **more) -> ReaderStatus:
    given = {"position": 0, "handled": 0, "at": datetime.now(UTC), "pid": os.getpid(), **more}
    return ReaderStatus(state="running", host=host, **given)


async def test_a_ledger_that_nobody_has_touched_is_empty(client, ledger):
    found = await look(client, ledger)

    assert found._replace(memory=Observation().memory) == Observation()
    assert found.memory.used > 0
    assert not found.memory.is_full


async def test_what_waits_is_counted_and_has_an_age_at_each_place(client, ledger):
    inbox, keys = Inbox(client, ledger), keys_of(ledger)
    await inbox.open()
    before_ms = int(time.time() * 1000)
    for age_ms in (30_000, 20_000, 10_000):
        await client.xadd(keys.inbox, {"event": b"{}"}, id=f"{before_ms - age_ms}-0")
    await client.xreadgroup(GROUP, "one", {keys.inbox: ">"}, count=1)
    log = RedisEventLog(client, ledger)
    events = [event(number, age_seconds=60 - 10 * number) for number in range(4)]
    await log.append(events, Advance("reconciliation", 0, 1))

    found = await look(client, ledger, shown=3)

    assert (found.inbox, found.pending, found.log, found.decided) == (3, 1, 4, 1)
    ages = (
        found.oldest_inbox,
        found.oldest_unread,
        found.oldest_undecided,
        found.oldest_unshown,
    )
    assert [round(age or 0, -1) for age in ages] == [30, 20, 50, 30]
    assert found.held == ()


async def test_an_entry_that_a_worker_keeps_is_seen_with_its_holder(client, ledger):
    inbox, keys = Inbox(client, ledger), keys_of(ledger)
    await inbox.open()
    [entry_id] = await inbox.publish([b"{}"])
    await client.xreadgroup(GROUP, "one", {keys.inbox: ">"})
    await client.xclaim(keys.inbox, GROUP, "one", 0, [entry_id], idle=7_000)

    [held] = (await look(client, ledger)).held

    assert held.consumer == "one"
    assert round(held.idle_seconds) == 7


async def test_a_heartbeat_is_as_old_as_the_servers_clock_says(client, ledger):
    readers, heartbeats, host = Readers(client, ledger), Heartbeats(client), ledger
    await readers.write("projection", status(host))
    assert (await look(client, ledger)).heartbeats == {"projection": None}
    assert await readers.running() == {}

    await heartbeats.beat(host, os.getpid(), reading_ms=5_000)
    found = (await look(client, ledger)).heartbeats["projection"]
    assert found is not None
    assert found.age_seconds < 2
    assert round(found.seconds_since(2_000)) == 3
    assert set(await readers.running()) == {"projection"}

    key = heartbeat_key(host, os.getpid())
    await client.pexpire(key, await client.pttl(key) - 60_000)
    found = (await look(client, ledger)).heartbeats["projection"]
    assert found is not None
    assert found.is_silent
    assert await readers.running() == {}
    await heartbeats.end(host, os.getpid())


async def test_starts_are_counted_for_each_stage(client, ledger):
    readers = Readers(client, ledger)

    assert [await readers.count_start("ingest") for _ in range(3)] == [1, 2, 3]
    assert await readers.count_start("projection") == 1


async def test_an_event_that_says_nothing_of_its_time_has_no_age(client, ledger):
    await RedisEventLog(client, ledger).append([NewEvent("ab" * 16, b'{"type":"x"}')])

    assert (await look(client, ledger)).oldest_undecided == 0


async def test_a_loss_is_counted_until_somebody_takes_note_of_it(client, ledger):
    losses, now = Losses(client, ledger), datetime.now(UTC)
    for first in (3, 9):
        gone = Loss(
            id=f"{first}-x",
            first=first,
            last=first + 1,
            since=None,
            noticed_at=now,
            noticed_by=("projection",),
            chain=f"{first:064x}",
        )
        await losses.put_back(gone)
    before = await look(client, ledger)

    stored = await losses.open()
    await losses.acknowledge(stored[0], Acknowledgement(who="a", why="b", at=now))

    assert (before.losses, len(stored)) == (2, 2)
    assert (await look(client, ledger)).losses == 1
