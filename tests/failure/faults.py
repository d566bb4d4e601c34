"""What is done to a pipeline of real processes while claims are published, one function a fault."""

import asyncio
import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import NamedTuple

from redis.exceptions import ResponseError

from services.eventlog.connection import connect
from services.eventlog.inbox import GROUP
from services.eventlog.redis_log import RedisEventLog
from services.ingest.intake import Accepted, read_inbound
from services.log_events.envelope import Origin
from services.runtime import clock
from tests.failure.forked_workers import WORKERS, Death
from tests.failure.real_servers import torn_sizes, until
from tests.failure.rig import LEDGER, ROOT, Rig, step_clock


class Fault(NamedTuple):
    """Something that is done to a rig whose workers run.

    Attributes:
        words: As in the table.
        put: Does it, and publishes the claims.
        needs_shim: Whether it needs what server_shim.c is compiled to.
        fsyncs: The classes it is tried with; empty means all.
        loses: Whether acknowledged claims may be gone until they are repeated, also under `always`.
        is_proxied: Whether workers and publishers reach the server through a proxy.
        settle_seconds: How long everything may take to settle.
        repeats: How often it is put to each server.
    """

    words: str
    put: Callable[[Rig], None]
    needs_shim: bool = False
    fsyncs: tuple[str, ...] = ()
    loses: bool = False
    is_proxied: bool = False
    settle_seconds: float = 60.0
    repeats: int = 3


#: How often the server goes away in one run.
SERVER_KILLS = 4
#: Power cuts in one run.
POWER_CUTS = 2
#: Rounds in which all three workers end themselves, and the furthest command at which.
STEP_ROUNDS, STEP_MAX = 12, 45
#: How long a round waits for workers to end, in seconds.
ROUND_SECONDS = 1.0
#: Torn appends in one run.
TEARS = 4
#: Entries that a worker took and left behind.
PENDING_COUNT = 200_000
#: Bytes by which the server's file, or its memory, may still grow.
ROOM_BYTES = 60_000
#: How long a server stays full, in seconds, and how long it may take to become so.
FULL_SECONDS, FILLED_SECONDS = 1.5, 20.0
HOUR, DAY = 3_600, 86_400


def kill_server(rig: Rig) -> None:
    """Kill the server again and again while claims arrive."""
    publisher = rig.publish()
    for _ in range(SERVER_KILLS):
        time.sleep(rig.chance.uniform(0.1, 0.5))
        rig.come_back(lambda: None)
    publisher.join()


def cut_power(rig: Rig) -> None:
    """Cut the power: of its files the server has what was synced."""
    _cut_power(rig, lambda: 0.0)


def cut_power_with_luck(rig: Rig) -> None:
    """Cut the power: of what was not synced a part is there as well, whatever it ends with."""
    _cut_power(rig, rig.chance.random)


def _cut_power(rig: Rig, luck: Callable[[], float]) -> None:
    publisher = rig.publish(pause_seconds=0.03)
    for _ in range(POWER_CUTS):
        time.sleep(rig.chance.uniform(1.1, 1.4))
        rig.come_back(lambda: rig.server.cut_power(luck=luck()))
        # Within a heartbeat and a rewrite, workers mend what a server may not survive twice.
        until(rig.server.is_mended, seconds=10)
    publisher.join()


def kill_workers_at_steps(rig: Rig) -> None:
    """Let each worker end at commands of its own, with few claims in between."""
    share = max(1, len(rig.claims) // STEP_ROUNDS)
    for first in range(0, len(rig.claims), share):
        for name in WORKERS:
            rig.start_worker(name, death=a_death(rig.chance))
        rig.publish(rig.claims[first : first + share], pause_seconds=0).join()
        until(rig.are_all_ended, seconds=ROUND_SECONDS)
    rig.start_workers()


def a_death(chance: Random) -> Death:
    """Choose at which command, and on which side of it, a worker ends."""
    return Death(chance.randint(1, STEP_MAX), "before" if chance.random() < 0.5 else "after")


def go_back_to_a_copy(rig: Rig) -> None:
    """Let the server come back with an older copy of its files, as from a backup."""
    half = len(rig.claims) // 2
    rig.publish(rig.claims[: half // 2]).join()
    rig.settle()
    copy = rig.server.directory / "copy"
    with rig.halted():
        shutil.copytree(rig.server.files, copy)
    rig.publish(rig.claims[half // 2 : half]).join()
    rig.settle()
    rig.come_back(lambda: rig.server.exchange_files(copy))
    rig.publish(rig.claims[half:]).join()


def tear_the_last_append(rig: Rig) -> None:
    """Let power cuts leave parts of an append, and have the server started once more each time.

    What the append was to record waits in the inbox, and is acknowledged to its publishers.
    """
    share = len(rig.claims) // TEARS
    for first in range(0, share * TEARS, share):
        claims = rig.claims[first : first + share]
        rig.settle()
        # Nobody saw what is torn: it was not acknowledged.
        for worker in rig.workers.values():
            worker.stop()
        rig.publish(claims[:3], pause_seconds=0).join()
        begin = rig.server.tail().stat().st_size
        asyncio.run(_append(rig.url, claims[:3]))
        # Under everysec a server that is just syncing writes later.
        until(lambda: rig.server.tail().stat().st_size > begin, seconds=10)  # noqa: B023  called at once
        end = rig.server.tail().stat().st_size
        rig.server.kill()
        os.truncate(rig.server.tail(), rig.chance.choice(torn_sizes(begin, end, 20, rig.chance)))
        rig.server.start()
        rig.start_workers()
        rig.publish(claims[3:]).join()
        rig.settle()
        # A heartbeat after the start, workers ask for what that server needs.
        until(rig.server.is_mended, seconds=10)
        rig.come_back(lambda: None)


async def _append(url: str, claims: list[bytes]) -> None:
    """Append claims as an ingest worker does."""
    client = connect(url, retry_seconds=0)
    sealed = []
    for claim in claims:
        read = read_inbound(claim, ledger=LEDGER, entry_bytes_max=1_000_000)
        assert isinstance(read, Accepted), "a claim that is accepted"
        origin = Origin("ingest", clock.now(), "urn:inbox:1-0", "urn:inbox:1-0")
        sealed.append(read.sealed(ledger=LEDGER.name, origin=origin))
    await RedisEventLog(client, LEDGER.name).append(sealed)
    await client.aclose()


def delay(rig: Rig) -> None:
    """Let every piece of a connection take its time."""
    assert rig.proxy, "a rig with a proxy"
    publisher = rig.publish(pause_seconds=0)
    while publisher.is_alive():
        rig.proxy.delay_seconds = rig.chance.choice((0.0, 0.01, 0.05))
        time.sleep(0.2)
    rig.proxy.delay_seconds = 0.0


def cut_connections(rig: Rig) -> None:
    """Cut all connections again and again, every other time with answers lost before."""
    assert rig.proxy, "a rig with a proxy"
    publisher = rig.publish(pause_seconds=0.02)
    while publisher.is_alive():
        time.sleep(rig.chance.uniform(0.05, 0.3))
        rig.proxy.loses_answers = rig.chance.random() < 0.5
        time.sleep(0.05)
        rig.proxy.cut()
        rig.proxy.loses_answers = False
    assert rig.proxy.cut_count, "the fault did not come about"


def leave_connections_half_open(rig: Rig) -> None:
    """Let nothing more pass on connections that stay open, as a firewall does that forgot them."""
    assert rig.proxy, "a rig with a proxy"
    publisher = rig.publish(pause_seconds=0.02)
    time.sleep(rig.chance.uniform(0.5, 1.0))
    assert rig.proxy.silence(), "the fault did not come about"
    publisher.join()


def fill_disk(rig: Rig) -> None:
    """Let the server's file grow no further for a while."""
    rig.settle()
    rig.server.limit_files(rig.server.tail().stat().st_size + ROOM_BYTES)
    publisher = rig.publish()
    assert until(lambda: publisher.refused, seconds=FILLED_SECONDS), "the fault did not come about"
    time.sleep(FULL_SECONDS)
    if rig.server.has_ended():
        # Under `always` a server ends that cannot write its file. Who runs it starts it again, with room.
        rig.come_back(lambda: None)
    else:
        rig.server.limit_files(None)
    publisher.join()


def fill_memory(rig: Rig) -> None:
    """Let the server take no more memory for a while."""
    with rig.server.client() as redis:
        redis.config_set("maxmemory", redis.info("memory")["used_memory"] + ROOM_BYTES)
        publisher = rig.publish()
        assert until(lambda: publisher.refused, seconds=FILLED_SECONDS), "it did not come about"
        time.sleep(FULL_SECONDS)
        redis.config_set("maxmemory", 0)
    publisher.join()


def step_clocks(rig: Rig) -> None:
    """Set the clocks of server and workers forward and back, and kill workers while they are wrong."""
    assert rig.clock_step, "a rig whose clocks can be set"
    publisher = rig.publish()
    for seconds in (HOUR, -HOUR, 400 * DAY, 30, 0):
        step_clock(rig.clock_step, seconds)
        time.sleep(rig.chance.uniform(0.2, 0.5))
        rig.start_worker(rig.chance.choice(WORKERS))
        if seconds == 400 * DAY:
            # Handed out at a time that, once the clock is right again, lies more than a year ahead.
            _leave_pending(rig, rig.claims[:5])
    publisher.join()


def _leave_pending(rig: Rig, claims: list[bytes]) -> None:
    """Let a worker that is gone hold entries."""
    with rig.server.client() as redis:
        # On a busy machine before ingest has made it.
        with suppress(ResponseError):
            redis.xgroup_create(f"{ROOT}:inbox", GROUP, id="0", mkstream=True)
        for claim in claims:
            redis.xadd(f"{ROOT}:inbox", {"event": claim})
            redis.xreadgroup(GROUP, "gone", {f"{ROOT}:inbox": ">"}, count=1)


def leave_many_pending(rig: Rig) -> None:
    """Leave entries behind that a worker took and never dealt with."""
    rig.publish(rig.claims[:1]).join()
    rig.settle()
    rig.workers["ingest"].kill()
    with rig.server.client() as redis:
        for first in range(0, PENDING_COUNT, 2_000):
            pipeline = redis.pipeline(transaction=False)
            for number in range(first, first + 2_000):
                pipeline.xadd(f"{ROOT}:inbox", {"event": rig.claims[number % len(rig.claims)]})
            pipeline.execute()
            redis.xreadgroup(GROUP, "gone", {f"{ROOT}:inbox": ">"}, count=2_000)
        assert redis.xpending(f"{ROOT}:inbox", GROUP)["pending"] == PENDING_COUNT
    rig.took_in(rig.claims)
    rig.start_worker("ingest")


def send_twice_out_of_order(rig: Rig) -> None:
    """Let two publishers send everything, in orders of their own, to two workers of each kind."""
    for name in WORKERS:
        rig.start_worker(name, key=f"another {name}")
    publishers = []
    for _ in range(2):
        shuffled = list(rig.claims)
        rig.chance.shuffle(shuffled)
        publishers.append(rig.publish(shuffled))
    for publisher in publishers:
        publisher.join()


FAULTS = {
    "workers-killed": Fault("each worker killed at its steps", kill_workers_at_steps),
    "server-killed": Fault("server killed (kill -9)", kill_server),
    "power-cut": Fault("power cut: files as last synced", cut_power, needs_shim=True),
    "power-cut-luck": Fault(
        "power cut: and a part of what was not synced", cut_power_with_luck, needs_shim=True
    ),
    "torn-append": Fault("power cut inside an append, two starts", tear_the_last_append),
    "older-copy": Fault("server back with an older copy", go_back_to_a_copy, loses=True),
    "disk-full": Fault("disk full", fill_disk),
    "memory-full": Fault("memory full", fill_memory),
    "slow": Fault("network: slow", delay, is_proxied=True),
    "cut": Fault("network: cut, answers lost", cut_connections, is_proxied=True),
    "half-open": Fault(
        "network: half open", leave_connections_half_open, is_proxied=True, repeats=1
    ),
    "clocks": Fault("clocks stepped by hours and days", step_clocks, needs_shim=True),
    "pending": Fault(
        f"{PENDING_COUNT:,} entries left pending",
        leave_many_pending,
        fsyncs=("always",),
        settle_seconds=300.0,
        repeats=1,
    ),
    "twice": Fault("everything twice, out of order, two workers each", send_twice_out_of_order),
}
