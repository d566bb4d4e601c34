"""What every event log must do, whoever stores it: one suite, run on the real server and the twin."""

import asyncio
import json
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.eventlog.chain import HISTORY_IN_MEMORY, Head, Stored, fault_of, split
from services.eventlog.connection import connect
from services.eventlog.memory import MemoryEventLog
from services.eventlog.port import (
    Advance,
    CheckpointConflictError,
    Entry,
    EventLog,
    HistoryLostError,
    LogDamagedError,
    LogMovedError,
    NewEvent,
)
from services.eventlog.redis_log import RedisEventLog
from services.log_events.envelope import content_id


def event(name: str) -> NewEvent:
    return NewEvent(content_id(name), json.dumps({"name": name}).encode())


async def part_at(log: EventLog, position: int) -> Stored:
    [entry] = await log.read(after=position - 1, limit=1)
    part = split(entry.body)
    assert part is not None
    return part


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.redis)])
def log(request, ledger, client) -> EventLog:
    if request.param == "memory":
        return MemoryEventLog()
    return RedisEventLog(client, ledger, history=HISTORY_IN_MEMORY)


async def test_an_empty_log_is_at_position_zero(log):
    assert await log.last_position() == 0
    assert list(await log.read(after=0, limit=10)) == []
    assert await log.checkpoint("projection") == 0


async def test_positions_are_gapless_from_one(log):
    first = await log.append([event("a"), event("b")])
    second = await log.append([event("c")])

    assert first.positions == (1, 2)
    assert second.positions == (3,)
    assert second.last == await log.last_position() == 3


async def test_the_position_stands_first_in_the_stored_event(log):
    await log.append([event("a")])

    [entry] = await log.read(after=0, limit=10)

    assert entry.position == 1
    assert entry.body.startswith(b'{"position":1,"chain":"')
    assert entry.body.endswith(b'","name": "a"}')


async def test_every_event_carries_the_hash_of_its_content_and_of_the_event_before_it(log):
    await log.append([event("a"), event("b")])
    appended = await log.append([event("c")])

    entries = await log.read(after=0, limit=10)
    parts = [part for entry in entries if (part := split(entry.body))]

    previous = parts[0].history or ""
    for part, name in zip(parts, "abc", strict=True):
        assert part.content == event(name).body
        assert fault_of(part, previous) is None
        previous = part.chain or ""
    assert appended.chain == previous == await log.chain_at(3)
    assert await log.chain_at(4) is None


async def test_a_checkpoint_beyond_the_log_is_named_and_nothing_is_appended(log):
    await log.append([event("a")], Advance("r", expected=0, position=7))

    with pytest.raises(LogDamagedError, match=r"ends at position 1, found it at 7"):
        await log.append([event("b")], Advance("r", expected=7, position=7))

    assert await log.last_position() == 1


async def test_a_known_event_is_not_appended_again_and_answers_its_old_position(log):
    await log.append([event("a"), event("b")])

    again = await log.append([event("b"), event("c"), event("a")])

    assert again.positions == (2, 3, 1)
    assert again.is_new == (False, True, False)
    assert await log.last_position() == 3


async def test_a_repeat_inside_one_batch_is_appended_once(log):
    appended = await log.append([event("a"), event("a")])

    assert appended.positions == (1, 1)
    assert appended.is_new == (True, False)


async def test_a_batch_of_five_thousand_goes_in_one_call(log):
    appended = await log.append([event(str(number)) for number in range(5_000)])

    assert appended.positions == tuple(range(1, 5_001))
    assert [entry.position for entry in await log.read(after=4_990, limit=100)] == list(
        range(4_991, 5_001)
    )


async def test_the_checkpoint_moves_with_the_batch(log):
    await log.append([event("a")], Advance("projection", expected=0, position=1))

    assert await log.checkpoint("projection") == 1
    assert await log.checkpoint("reconciliation") == 0


async def test_a_checkpoint_moves_without_events(log):
    await log.append([event("a")])
    await log.append([], Advance("projection", expected=0, position=1))

    assert await log.checkpoint("projection") == 1


async def test_a_checkpoint_moves_over_what_its_reader_says_right_behind_it(log):
    await log.append([event("a")])
    await log.append([event("b"), event("c")], Advance("r", 0, 1, is_over_own=True))
    assert await log.checkpoint("r") == 3


@pytest.mark.parametrize("names", ["b", "bd", "ad"])
async def test_a_checkpoint_moves_over_nothing_its_reader_did_not_say(log, names):
    """What stands between was not dealt with, and what is known is somebody else's."""
    await log.append([event("a"), event("b")])
    at = 1 if names == "b" else 2
    await log.append([event(name) for name in names], Advance("r", 0, at, is_over_own=True))
    assert await log.checkpoint("r") == at


async def test_a_checkpoint_elsewhere_than_expected_refuses_the_whole_batch(log):
    await log.append([event("a")], Advance("projection", expected=0, position=1))

    with pytest.raises(CheckpointConflictError) as conflict:
        await log.append([event("b")], Advance("projection", expected=0, position=1))

    assert str(conflict.value) == ("expected position 0-0, ledger is at 1-0 (reader projection)")
    assert await log.last_position() == 1


async def test_reading_gives_at_most_the_limit_in_order(log):
    await log.append([event(name) for name in "abcde"])

    entries = await log.read(after=1, limit=3)

    assert [entry.position for entry in entries] == [2, 3, 4]


async def test_an_event_is_found_by_its_id(log):
    await log.append([event(name) for name in "abc"])

    assert await log.positions_of([event(name).id for name in "cxa"]) == [3, None, 1]
    assert await log.positions_of([]) == []


async def test_two_appenders_at_once_share_one_gapless_sequence(log):
    batches = [[event(f"{who}-{n}") for n in range(20)] for who in range(10)]

    appended = await asyncio.gather(*(log.append(batch) for batch in batches))

    positions = sorted(position for result in appended for position in result.positions)
    assert positions == list(range(1, 201))


async def test_words_are_erased_together_with_the_event_that_says_so(log):
    appended = await log.append([event("a"), event("a secret"), event("c")], Advance("r", 0, 3))
    before = await log.read(after=0, limit=10)
    last = Head(3, appended.chain)

    position = await log.erase(event("said so"), {2: b'{"name": "[erased]"}'}, last=last)

    assert position == 4
    entries = await log.read(after=0, limit=10)
    assert [entry.position for entry in entries] == [1, 2, 3, 4]
    assert [before[0], before[2]] == [entries[0], entries[2]]
    assert b"a secret" not in entries[1].body
    parts = [part for entry in entries if (part := split(entry.body))]
    assert (parts[1].erased, parts[1].content) == (4, b'{"name": "[erased]"}')
    # Chain values are those of before, and are proven without the words.
    previous = parts[0].history or ""
    for part, was in zip(parts, [*before, entries[3]], strict=True):
        assert fault_of(part, previous) is None
        assert part.chain == (split(was.body) or part).chain
        previous = part.chain or ""
    # Ids and checkpoints stay, and the log goes on.
    again = await log.append([event("a secret"), event("e")], Advance("r", 3, 4))
    assert again.positions == (2, 5)


async def test_words_that_were_erased_before_leave_the_chain_whole_when_more_are(log):
    appended = await log.append([event("a secret of b")])
    await log.erase(event("first"), {1: b'{"name": "[erased] of b"}'}, last=Head(1, appended.chain))
    last = Head(2, str(await log.chain_at(2)))

    await log.erase(event("second"), {1: b'{"name": "[erased]"}'}, last=last)

    part = await part_at(log, 1)
    assert (part.erased, part.content) == (3, b'{"name": "[erased]"}')
    assert fault_of(part, part.history or "") is None


async def test_nothing_is_erased_from_a_log_that_ends_elsewhere(log):
    appended = await log.append([event("a"), event("b")])
    entries = list(await log.read(after=0, limit=10))

    for last in (Head(1, appended.before.chain), Head(2, "0" * 40)):
        with pytest.raises(LogMovedError, match="a worker was appending"):
            await log.erase(event("said so"), {1: b"{}"}, last=last)

    assert list(await log.read(after=0, limit=10)) == entries
    assert await log.positions_of([event("said so").id]) == [None]


async def test_what_is_erased_is_erased_once(log):
    appended = await log.append([event("a")])
    await log.erase(event("said so"), {1: b'{"name": ""}'}, last=Head(1, appended.chain))

    with pytest.raises(LogMovedError):
        await log.erase(event("said so"), {1: b'{"name": ""}'}, last=Head(1, appended.chain))

    assert await log.last_position() == 2


@pytest.mark.redis
async def test_an_event_has_a_salt_of_its_own_which_goes_with_its_words(client, ledger):
    log = RedisEventLog(client, ledger)
    appended = await log.append([event("a"), event("b")])
    salts = [(await part_at(log, position)).salt for position in (1, 2)]
    assert "" not in salts
    assert salts[0] != salts[1]

    await log.erase(event("said so"), {1: b"{}"}, last=Head(2, appended.chain))

    assert (await part_at(log, 1)).salt == ""
    [entry] = await log.read(after=0, limit=1)
    assert salts[0].encode() not in entry.body
    # A copy that nobody went on with is gone.
    keys = [key async for key in client.scan_iter(match=f"exl:{{{ledger}}}:log:erasing*")]
    assert keys == []


@pytest.mark.redis
async def test_an_entry_that_no_log_wrote_is_named_and_nothing_is_appended(client, ledger):
    log = RedisEventLog(client, ledger)
    await client.xadd(f"exl:{{{ledger}}}:log", {"event": b"{}"}, id="5-0")

    with pytest.raises(LogDamagedError, match="found 1 entries and 5-0 as the last id"):
        await log.append([event("a")])

    assert await log.positions_of([event("a").id]) == [None]


async def gone(log: RedisEventLog) -> Entry:
    """Return an event that stood at position 3 of a log before it became a shorter one."""
    was = MemoryEventLog()
    await was.append([event("a"), event("b"), event("gone")])
    [*kept, entry] = await was.read(after=0, limit=3)
    await log.append([event("a"), event("b")])
    log.follow(kept)
    return entry


@pytest.mark.redis
async def test_what_was_read_ahead_and_is_gone_is_found_by_where_own_events_stand(client, ledger):
    log = RedisEventLog(client, ledger, history=HISTORY_IN_MEMORY, is_salted=False)
    read_ahead = await gone(log)

    async def follow() -> None:
        log.follow([read_ahead])

    # The answer comes after another event was read that stood there.
    with pytest.raises(HistoryLostError) as lost:
        await asyncio.gather(log.append([event("c"), event("d")]), follow())
    assert lost.value.known.position == 3


@pytest.mark.redis
async def test_nothing_is_appended_that_rests_on_an_event_which_others_replaced(client, ledger):
    log = RedisEventLog(client, ledger, history=HISTORY_IN_MEMORY, is_salted=False)
    read_ahead = await gone(log)
    await RedisEventLog(client, ledger).append([event("c"), event("d")])
    await log.append([event("e")])

    # It follows from what was seen before it; what was seen behind it is further on.
    log.follow([read_ahead])

    with pytest.raises(HistoryLostError) as lost:
        await log.append([event("f")])
    assert lost.value.known.position == 3
    [following] = await log.read(after=3, limit=1)
    with pytest.raises(HistoryLostError, match="at position 3"):
        log.follow([following])


@given(
    st.lists(
        st.tuples(
            st.lists(st.sampled_from("abcdefgh"), max_size=5),
            st.one_of(st.none(), st.tuples(st.integers(0, 4), st.integers(0, 6), st.booleans())),
        ),
        max_size=12,
    )
)
async def test_the_twin_answers_as_the_server_does(server_url, calls):
    client = connect(server_url, retry_seconds=0)  # one for each example: each has its own loop
    twin = f"twin-{secrets.token_hex(6)}"
    memory = MemoryEventLog()
    redis = RedisEventLog(client, twin, history=HISTORY_IN_MEMORY, is_salted=False)
    for names, advance in calls:
        answers: list[object] = []
        for log in (memory, redis):
            try:
                answers.append(
                    await log.append(
                        [event(name) for name in names],
                        Advance("r", *advance) if advance else None,
                    )
                )
            except CheckpointConflictError as conflict:
                answers.append(str(conflict))
            except LogDamagedError as damaged:
                answers.append(str(damaged).partition(" (`")[0])
        assert answers[0] == answers[1]
        assert await memory.checkpoint("r") == await redis.checkpoint("r")
    assert list(await memory.read(after=0, limit=99)) == list(await redis.read(after=0, limit=99))
    async for key in client.scan_iter(match=f"exl:{{{twin}}}*"):
        await client.unlink(key)
    await client.aclose()
