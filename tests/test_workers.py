"""Whole worker processes on a real server: what they do with bad input, and with the world's faults."""

import asyncio
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from faststream.redis import RedisBroker
from redis import Redis

from benchmarks.load import make_claims
from schemas.events import EVENTS, ClaimRecorded
from schemas.views import ReadModels
from services.eventlog.connection import connect
from services.eventlog.inbox import GROUP
from services.eventlog.port import Advance, NewEvent
from services.eventlog.redis_log import RedisEventLog
from services.ledgers import load_ledger
from services.projection.joined import read_models
from services.projection.store import ViewStore
from services.queries.history import changes_in
from services.queries.replay import replay
from tests.normal import without_arrival
from tests.reconciliation.labelled_sets import FIRST_PERIOD
from tests.running import PATIENCE_SECONDS, Server, Worker, own_server, running, wait_until
from tests.test_stored_events import DECIDED_BEFORE


pytestmark = [pytest.mark.e2e, pytest.mark.redis]

LEDGER = load_ledger("rus-ukr")
CLAIMS = list(FIRST_PERIOD.lines)
ROOT = f"exl:{{{LEDGER.name}}}"


@pytest.fixture
def server() -> Iterator[Server]:
    with own_server() as server:
        server.start()
        yield server


@pytest.fixture
def redis(server: Server) -> Iterator[Any]:
    client: Any = Redis.from_url(server.url)
    yield client
    client.close()


def claim(number: int, **changes: object) -> bytes:
    """A claim of its own identity."""
    event = json.loads(CLAIMS[number % len(CLAIMS)])
    return json.dumps({**event, "id": f"c{number}", **changes}).encode()


def publish(redis: Any, events: list[bytes]) -> None:
    pipeline = redis.pipeline(transaction=False)
    for event in events:
        pipeline.xadd(f"{ROOT}:inbox", {"event": event})
    pipeline.execute()


def is_taken_in(redis: Any) -> bool:
    return not redis.xlen(f"{ROOT}:inbox")


def is_projected(redis: Any) -> bool:
    # The inbox first: once it is empty, only decisions make the log longer.
    if not is_taken_in(redis):
        return False
    last = str(redis.xlen(f"{ROOT}:log")).encode()
    decided = redis.hget(f"{ROOT}:log:checkpoints", "reconciliation")
    shown = redis.hget(f"{ROOT}:view:g1:meta", "position")
    return bool(decided == last == shown)


def recorded_ids(redis: Any) -> list[str]:
    """The publishers' ids of the recorded claims, in order of the log; positions are gapless."""
    rows = redis.xrange(f"{ROOT}:log")
    assert [entry_id for entry_id, _ in rows] == [b"%d-0" % n for n in range(1, len(rows) + 1)]
    events = [EVENTS.validate_json(fields[b"event"]) for _, fields in rows]
    return [event.data.id for event in events if isinstance(event, ClaimRecorded)]


def parked(redis: Any) -> list[tuple[bytes, list[dict[str, str]]]]:
    return [
        (fields[b"event"], json.loads(fields[b"reasons"]))
        for _, fields in redis.xrange(f"{ROOT}:rejected")
    ]


def views(url: str) -> Any:
    """The read models as the store gives them, without what depends on arrival."""

    async def read() -> ReadModels:
        client = connect(url, retry_seconds=0)
        store, log = ViewStore(client, LEDGER.name), RedisEventLog(client, LEDGER.name)
        try:
            return await read_models(store, log, ledger=LEDGER)
        finally:
            await client.aclose()

    return without_arrival(asyncio.run(read()))


def replayed() -> Any:
    return without_arrival(replay(CLAIMS, ledger=LEDGER).read_models)


def test_one_bad_entry_among_five_hundred_is_parked_and_the_others_recorded(server, redis):
    events = [claim(number) for number in range(500)]
    events[250] = claim(250, type="unknown")
    publish(redis, events)

    worker = Worker("ingest", server.url)
    with running([worker]):
        wait_until(lambda: is_taken_in(redis))
        assert worker.stop() == 0

        [line] = worker.log("batch.handled")
        assert (line["recorded"], line["duplicate"], line["rejected"]) == (499, 0, 1)
        [refusal] = worker.log("claim.rejected")
        assert refusal["level"] == "warning"

    assert len(recorded_ids(redis)) == 499
    [(raw, [reason])] = parked(redis)
    assert raw == events[250]
    assert reason["pointer"] == "/type"
    assert redis.xpending(f"{ROOT}:inbox", GROUP)["pending"] == 0


def test_no_bad_entry_holds_up_the_good_ones_around_it(server, redis):
    bad: list[dict[bytes, bytes]] = [
        {b"event": b""},
        {b"event": b"\xff\xfe\x00"},
        {b"event": b"[" * 50_000},
        {b"event": b"{" + b" " * 10_000_000},
        {b"event": claim(0, subject="aze-arm")},
        {b"event": claim(1, time="yesterday")},
        {b"__data__": b"\x89BIN\r\n\x1a\n\x00\x01\xff\xff\xff\xff"},
        {b"d": b'{"id": 1}', b"v": b"\xff"},
        {b"": b""},
    ]
    for number, fields in enumerate(bad, start=100):
        redis.xadd(f"{ROOT}:inbox", fields)
        publish(redis, [claim(number)])

    worker = Worker("ingest", server.url)
    with running([worker]):
        wait_until(lambda: is_taken_in(redis))
        assert worker.stop() == 0

    assert recorded_ids(redis) == [f"c{number}" for number in range(100, 109)]
    refused = parked(redis)
    assert len(refused) == len(bad)
    assert refused[1] == (
        b"\xff\xfe\x00",
        [{"pointer": "", "expected": "UTF-8", "found": "byte 0xFF at offset 0"}],
    )
    assert refused[7] == (
        b'{"d": "{\\"id\\": 1}", "v": "hex:ff"}',
        [{"pointer": "", "expected": "a field `event`", "found": "fields 'd', 'v'"}],
    )


def test_the_same_claim_again_is_a_duplicate_and_other_content_under_its_id_is_parked(
    server, redis
):
    spaced = json.dumps(json.loads(claim(1)), indent=1).encode()
    other = claim(1, time="2024-01-03T18:46:00Z")
    publish(redis, [claim(1), claim(1), spaced, other, claim(2)])

    worker = Worker("ingest", server.url)
    with running([worker]):
        wait_until(lambda: is_taken_in(redis))
        publish(redis, [other, claim(2)])
        wait_until(lambda: is_taken_in(redis))
        assert worker.stop() == 0
        assert sum(line["duplicate"] for line in worker.log("batch.handled")) == 3

    assert recorded_ids(redis) == ["c1", "c2"]
    assert [raw for raw, _ in parked(redis)] == [other, other]
    assert {reason["pointer"] for _, reasons in parked(redis) for reason in reasons} == {"/id"}


async def test_a_faststream_publishers_envelope_is_read(server, redis):
    async with RedisBroker(server.url) as broker:
        await broker.publish(json.loads(claim(1)), stream=f"{ROOT}:inbox")
        await broker.publish(claim(2), stream=f"{ROOT}:inbox", headers={"n": "x"})

    worker = Worker("ingest", server.url)
    with running([worker]):
        await asyncio.to_thread(wait_until, lambda: is_taken_in(redis))

    assert recorded_ids(redis) == ["c1", "c2"]


def test_what_a_killed_worker_left_is_taken_over_and_what_kills_workers_is_parked(server, redis):
    redis.xgroup_create(f"{ROOT}:inbox", GROUP, id="0", mkstream=True)
    publish(redis, [claim(number) for number in range(1_200)])
    handed_out = redis.xreadgroup(GROUP, "killed", {f"{ROOT}:inbox": ">"}, count=1_100)
    poison = handed_out[0][1][7][0]
    redis.xclaim(f"{ROOT}:inbox", GROUP, "killed", 0, [poison], retrycount=5)

    worker = Worker("ingest", server.url)
    with running([worker]):
        wait_until(lambda: is_taken_in(redis))
        assert worker.stop() == 0

    assert sorted(recorded_ids(redis)) == sorted(f"c{n}" for n in range(1_200) if n != 7)
    [(raw, [reason])] = parked(redis)
    assert raw == claim(7)
    assert reason["found"].startswith("delivery 6")


def test_ingest_workers_share_the_inbox(server, redis):
    workers = [Worker("ingest", server.url, batch_count=20) for _ in range(2)]
    published = 0
    with running(workers):
        for worker in workers:
            worker.started()
        while not all(worker.log("batch.handled") for worker in workers):
            assert published < 20_000, "one worker does everything"
            publish(redis, [claim(number) for number in range(published, published + 200)])
            published += 200
            wait_until(lambda: is_taken_in(redis))
        assert [worker.stop() for worker in workers] == [0, 0]
        shares = [sum(line["recorded"] for line in w.log("batch.handled")) for w in workers]

    assert sum(shares) == len(recorded_ids(redis)) == published
    assert redis.xinfo_consumers(f"{ROOT}:inbox", GROUP) == []


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_whatever_order_claims_are_published_in_the_views_are_those_of_a_replay(
    server, redis, seed
):
    shuffled = list(CLAIMS)
    random.Random(seed).shuffle(shuffled)
    workers = [Worker(name, server.url) for name in ("ingest", "reconciliation", "projection")]
    with running(workers):
        publish(redis, shuffled)
        wait_until(lambda: redis.xlen(f"{ROOT}:log") >= len(CLAIMS) and is_projected(redis))

    found, expected = views(server.url), replayed()
    # Table by table: a difference is then shown in seconds.
    for table, rows in expected.items():
        assert found[table] == rows, table
    assert json.dumps(found) == json.dumps(expected)


def test_second_processes_do_no_harm(server, redis):
    workers = [
        Worker(name, server.url, batch_count=40)
        for name in ("ingest", "reconciliation", "reconciliation", "projection", "projection")
    ]
    with running(workers):
        publish(redis, CLAIMS)
        wait_until(lambda: is_projected(redis))
        assert [worker.stop() for worker in workers] == [0] * 5

    assert sorted(recorded_ids(redis)) == sorted(json.loads(line)["id"] for line in CLAIMS)
    assert views(server.url) == replayed()
    fed = [fields[b"id"] for _, fields in redis.xrange(f"{ROOT}:changes")]
    assert set(fed) >= set(redis.hkeys(f"{ROOT}:view:g1:figures"))


def test_two_projections_that_catch_up_at_once_give_the_views_of_one(server, redis):
    told = replay(make_claims(1_200), ledger=LEDGER)
    for position, body in enumerate(told.log.bodies(), start=1):
        redis.xadd(f"{ROOT}:log", {"event": body}, id=f"{position}-0")
    redis.hset(f"{ROOT}:log:checkpoints", "reconciliation", position)

    workers = [Worker("projection", server.url, batch_count=2) for _ in range(2)]
    with running(workers):
        for worker in workers:
            worker.started()
        assert is_projected(redis)
        assert [worker.stop() for worker in workers] == [0, 0]

    assert views(server.url) == without_arrival(told.read_models)


async def decide_before(url: str, lines: list[bytes]) -> None:
    """Put a log there as the program that decided it left it: the checkpoint at its end."""
    events = [NewEvent(json.loads(line)["id"], b"{" + line.partition(b",")[2]) for line in lines]
    await append(url, events, Advance("reconciliation", expected=0, position=len(lines)))


async def append(url: str, events: list[NewEvent], advance: Advance | None = None) -> None:
    client = connect(url, retry_seconds=0)
    await RedisEventLog(client, LEDGER.name).append(events, advance)
    await client.aclose()


def test_a_log_decided_under_a_past_policy_is_decided_anew_once_when_workers_start(server, redis):
    asyncio.run(decide_before(server.url, DECIDED_BEFORE))
    # The day after is an exchange of its own by the rules of then, and none by those of now.
    told = replay(DECIDED_BEFORE, ledger=LEDGER).read_models
    assert [exchange.id for exchange in told.exchanges] == ["2024-01-03"]

    workers = [Worker(name, server.url) for name in ("reconciliation", "projection")]
    with running(workers):
        workers[0].started()
        wait_until(lambda: is_projected(redis))
        assert [worker.stop() for worker in workers] == [0, 0]
        [changed] = workers[0].log("policy.changed")
        assert changed["policy"] == LEDGER.policy

    assert views(server.url) == without_arrival(told)
    events = [EVENTS.validate_json(row[b"event"]) for _, row in redis.xrange(f"{ROOT}:log")]
    before = [event.id for event in events[: len(DECIDED_BEFORE)]]
    assert before == [EVENTS.validate_json(line).id for line in DECIDED_BEFORE]
    anew = [change for event in events[len(DECIDED_BEFORE) :] for change in changes_in(event)]
    assert {change.policy for change in anew} == {LEDGER.policy}
    assert sorted(change.figure for change in anew) == [
        "2024-01-03:exchanged_total:both:all",
        "2024-01-03:returned:RU:all",
        "2024-01-03:returned:UA:all",
        "2024-01-04:returned:UA:all",
    ]

    again = Worker("reconciliation", server.url)
    with running([again]):
        again.started()
        assert again.stop() == 0
        assert not again.log("policy.changed")
    assert redis.xlen(f"{ROOT}:log") == len(events)


def test_a_server_that_comes_late_goes_and_comes_back_is_waited_for():
    with own_server() as server:
        workers = [Worker(name, server.url) for name in ("ingest", "reconciliation", "projection")]
        with running(workers):
            wait_until(lambda: all(worker.log("server.unreachable") for worker in workers))
            server.start()
            for worker in workers:
                worker.started()
            with Redis.from_url(server.url) as redis:
                publish(redis, CLAIMS[:300])
            server.kill()
            server.start()
            with Redis.from_url(server.url) as redis:
                publish(redis, CLAIMS[300:])
                wait_until(lambda: is_projected(redis))
                assert len(recorded_ids(redis)) == len(CLAIMS)
            assert [worker.stop() for worker in workers] == [0, 0, 0]
        assert views(server.url) == replayed()


def test_a_server_out_of_reach_ends_the_worker_after_bounded_tries():
    with own_server() as server:
        workers = [Worker("ingest", server.url, retry_seconds=0.2)]
        with running(workers):
            assert workers[0].process.wait(PATIENCE_SECONDS) == 3
            assert workers[0].log("server.unreachable")[-1]["level"] == "error"

        server.start()
        workers = [Worker(name, server.url, retry_seconds=0.2) for name in ("ingest", "projection")]
        with running(workers):
            for worker in workers:
                worker.started()
            server.kill()
            assert [worker.process.wait(PATIENCE_SECONDS) for worker in workers] == [3, 3]


def test_a_server_that_may_lose_claims_is_refused_unless_allowed():
    with own_server(appendfsync="everysec") as server:
        server.start()
        workers = [Worker("ingest", server.url), Worker("ingest", server.url, allow_lossy=1)]
        with running(workers):
            assert workers[0].process.wait(PATIENCE_SECONDS) == 2
            [line] = workers[0].log("worker.refused")
            assert "expected a server with appendonly yes" in line["error"]
            [line] = workers[1].started().log("worker.started")
            assert line["durability"] == "fsync-everysec"


def test_a_fault_stops_its_reader_at_that_entry_and_no_other_reader(server, redis):
    workers = [Worker(name, server.url) for name in ("ingest", "projection")]
    with running(workers):
        for worker in workers:
            worker.started()
        publish(redis, [claim(1), claim(2)])
        wait_until(lambda: redis.hget(f"{ROOT}:view:g1:meta", "position") == b"2")
        asyncio.run(append(server.url, [NewEvent("0" * 32, b'{"type":"unheard of"}')]))

        assert workers[1].process.wait(PATIENCE_SECONDS) == 1
        [line] = workers[1].log("reader.stopped")
        assert (line["entry"], line["level"]) == ("3", "error")
        status = json.loads(redis.hget(f"{ROOT}:log:readers", "projection"))
        assert (status["state"], status["entry"], status["position"]) == ("failed", "3", 2)
        assert workers[0].stop() == 0

    assert redis.hget(f"{ROOT}:view:g1:meta", "position") == b"2"


def test_after_a_server_was_emptied_every_reader_begins_anew_and_the_loss_is_named(server, redis):
    workers = [Worker(name, server.url) for name in ("ingest", "reconciliation", "projection")]
    with running(workers):
        for worker in workers:
            worker.started()
        publish(redis, CLAIMS[:3])
        wait_until(lambda: is_projected(redis))
        redis.flushall()

        wait_until(lambda: all(worker.log("history.lost") for worker in workers))
        wait_until(lambda: all(len(worker.log("worker.started")) == 2 for worker in workers))
        publish(redis, CLAIMS[:3])
        wait_until(lambda: is_projected(redis))
        assert [worker.stop() for worker in workers] == [0, 0, 0]
        named = [lost["first"] for worker in workers for lost in worker.log("history.lost")]
        assert named == [1, 1, 1]

    assert views(server.url) == without_arrival(replay(CLAIMS[:3], ledger=LEDGER).read_models)


def test_a_log_that_does_not_follow_from_itself_stops_its_reader_with_the_commands_that_mend_it(
    server, redis
):
    publish(redis, [claim(number) for number in range(100, 103)])
    ingest = Worker("ingest", server.url)
    with running([ingest]):
        wait_until(lambda: is_taken_in(redis))
    rows = redis.xrange(f"{ROOT}:log")
    redis.delete(f"{ROOT}:log")
    for entry_id, fields in rows:
        altered = fields[b"event"].replace(b'"id":"c101"', b'"id":"c999"')
        redis.xadd(f"{ROOT}:log", {"event": altered}, id=entry_id)

    worker = Worker("reconciliation", server.url)
    with running([worker]):
        assert worker.process.wait(PATIENCE_SECONDS) == 2
        stopped = worker.log("reader.stopped")

    assert len(stopped) == 1
    assert "`exchange-ledger log verify` names what is wrong" in stopped[0]["error"]
