"""The range that a loss names: what it covers, and how what several readers saw of it makes it narrow."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from services.eventlog.chain import Head, content_digest
from services.eventlog.connection import connect
from services.eventlog.losses import Loss, find_loss, merged
from services.eventlog.memory import MemoryEventLog
from services.eventlog.port import Appended, HistoryLostError, NewEvent
from services.eventlog.redis_log import RedisEventLog
from services.eventlog.seen import EARLIER_COUNT, LATEST_COUNT, THINNED_COUNT, SeenHeads


NOW = datetime(2026, 1, 1, tzinfo=UTC)
#: Positions that both logs have; behind them stand other events.
KEPT, HAD, HAS = 30, 60, 50


async def a_log(count: int, *, parts_at: int, name: str) -> MemoryEventLog:
    log = MemoryEventLog()
    for number in range(1, count + 1):
        content = b'{"name":"%b %d"}' % (b"one" if number <= parts_at else name.encode(), number)
        await log.append([NewEvent(f"{number:032x}", content)])
    return log


async def places(log: MemoryEventLog, positions: Sequence[int]) -> list[Head]:
    return [Head(at, await log.chain_at(at) or "") for at in positions]


async def noticed(*seen_by: Sequence[int]) -> list[Loss]:
    """Return what readers notice who saw some positions each, of a log that was lost in part and grew again."""
    was = await a_log(HAD, parts_at=HAD, name="one")
    log = await a_log(HAS, parts_at=KEPT, name="other")
    found = []
    for number, positions in enumerate(seen_by):
        loss = await find_loss(log, await places(was, positions), reader=f"{number}", now=NOW)
        assert loss is not None
        found.append(loss)
    return found


async def test_where_a_log_grew_again_what_nobody_saw_counts_as_lost():
    [loss] = await noticed([10, 20, 55])

    assert (loss.first, loss.last) == (21, 55)


async def test_readers_of_one_history_name_what_is_behind_the_last_place_that_one_of_them_found():
    sparse, dense = await noticed([10, 20, 55], range(1, HAD + 1))

    for one, other in ((sparse, dense), (dense, sparse)):
        told = merged(other, [one])
        assert (told.id, told.first, told.last) == (one.id, KEPT + 1, HAD)


async def test_readers_of_whom_nobody_knows_whether_they_saw_one_history_name_all_of_both():
    sparse, other = await noticed([10, 20, 55], [25, 58])

    told = merged(other, [sparse])
    assert (told.first, told.last) == (21, 58)
    # A third one that saw what both did shows it.
    [_, _, dense] = await noticed([10, 20, 55], [25, 58], range(1, HAD + 1))
    told = merged(dense, [told])
    assert (told.first, told.last) == (KEPT + 1, HAD)


async def test_an_event_read_behind_an_appended_one_is_compared_with_the_one_before_it():
    was = await a_log(HAD, parts_at=HAD, name="one")
    other = await a_log(HAS, parts_at=KEPT, name="other")
    log = RedisEventLog(connect("redis://127.0.0.1:1", retry_seconds=0), "rus-ukr")
    log.follow(await was.read(after=0, limit=KEPT + 3))
    [before, last] = await places(was, [KEPT + 5, KEPT + 6])
    digest = content_digest(b'{"name":"one %d"}' % last.position)
    log.note(Appended((last.position,), (True,), *last, before), log.seen.last, [digest])

    log.follow(await was.read(after=KEPT + 3, limit=1))
    with pytest.raises(HistoryLostError):
        log.follow(await other.read(after=KEPT + 4, limit=1))


def test_of_places_seen_the_latest_are_all_kept_and_some_of_those_long_before():
    count = EARLIER_COUNT * 256 + 3 * LATEST_COUNT
    seen = SeenHeads([Head(at, "c") for at in range(1, count + 1)])
    kept = [head.position for head in seen.all()]

    assert kept == sorted(kept)
    assert kept[-LATEST_COUNT:] == list(range(count - LATEST_COUNT + 1, count + 1))
    assert EARLIER_COUNT // 2 <= len(kept) - LATEST_COUNT <= EARLIER_COUNT + THINNED_COUNT
    few = [head.position for head in seen.few()]
    assert few[-64:] == kept[-64:]
    assert 64 < len(few) < 150
