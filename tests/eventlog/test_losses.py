"""The range that a loss names: what it covers, and how what several readers saw of it makes it narrow."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from services.eventlog.chain import Head, content_digest
from services.eventlog.connection import connect
from services.eventlog.inbox import GROUP, Inbox, Parked
from services.eventlog.keys import keys_of
from services.eventlog.losses import (
    Acknowledgement,
    Loss,
    Losses,
    find_loss,
    merged,
    places_of,
    told_again,
)
from services.eventlog.memory import MemoryEventLog
from services.eventlog.port import Appended, HistoryLostError, NewEvent
from services.eventlog.redis_log import RedisEventLog
from services.eventlog.seen import EARLIER_COUNT, LATEST_COUNT, THINNED_COUNT, SeenHeads
from services.runtime.told import KeptLosses, ToldLosses


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


def noted(loss: Loss) -> Loss:
    noted = Acknowledgement(who="Jane", why="repeated", at=NOW)
    return loss.model_copy(update={"acknowledged": noted})


async def test_what_was_acknowledged_stays_so_when_another_reader_notices_the_same():
    [one, other] = await noticed(range(1, HAD + 1), range(1, HAD + 1))

    told = merged(other, [noted(one)])

    assert (told.id, told.acknowledged) == (one.id, noted(one).acknowledged)
    assert told.noticed_by == ("0", "1")


async def test_what_was_acknowledged_and_is_lost_again_or_in_part_not_covered_is_told_beside_it():
    [one, wider] = await noticed(range(1, HAD + 1), [10, 20, HAD])

    for loss in (one, wider):
        told = merged(loss, [noted(one)])
        assert told.acknowledged is None
        assert told.id != one.id
        assert (told.first, told.last) == (loss.first, loss.last)


async def test_a_loss_whose_record_is_gone_is_stored_again_with_its_acknowledgement():
    [loss] = await noticed(range(1, HAD + 1))

    assert told_again(noted(loss), [], held=places_of(loss)) is None  # It came back whole.
    [kept, _] = sorted(places_of(loss))
    assert told_again(noted(loss), [], held={kept}) == noted(loss)
    assert told_again(noted(loss), [loss], held={kept}) == noted(loss)
    assert told_again(loss, [noted(loss)], held={kept}) == noted(loss)


async def test_what_was_found_still_there_and_is_gone_by_now_narrows_no_other_range():
    [told, late] = await noticed(range(1, HAD + 1), [10, 20, HAD])

    # The place before the range is gone as well, when it is stored again.
    again = told_again(told, [], held=())

    assert again is not None
    assert (again.first, again.last) == (KEPT + 1, HAD)
    assert merged(late, [again]).first == late.first == 21
    assert merged(late, [told]).first == KEPT + 1


@pytest.mark.redis
async def test_what_a_process_told_is_stored_again_after_the_record_of_it_went(client, ledger):
    losses, kept = Losses(client, ledger), KeptLosses()
    told = ToldLosses(losses, losses, kept)
    [loss] = await noticed(range(1, HAD + 1))
    # The place before it is in no log here: it is noticed by somebody who found nothing left.
    loss = loss.model_copy(update={"sightings": ()})
    assert await told.add(loss)
    await losses.acknowledge(loss, Acknowledgement(who="Jane", why="repeated", at=NOW))
    await told.confirm()

    await client.delete(keys_of(ledger).losses)
    await ToldLosses(losses, losses, kept).confirm()

    [again] = await losses.all()
    assert (again.id, again.acknowledged) == (loss.id, noted(loss).acknowledged)
    assert await losses.open() == []


@pytest.mark.redis
async def test_what_was_told_of_a_loss_is_kept_when_less_of_it_is_stored_later(client, ledger):
    losses = Losses(client, ledger)
    told = ToldLosses(losses, losses, KeptLosses())
    [whole, part] = [
        loss.model_copy(update={"sightings": (), "id": "one"})
        for loss in await noticed(range(1, HAD + 1), range(1, HAD - 4))
    ]
    assert await told.add(whole)
    await client.delete(keys_of(ledger).losses)
    assert await losses.add(part)  # Another process told less of it, and tells it first.

    assert await told.add(part)
    await told.confirm()

    [stored] = await losses.all()
    assert (stored.first, stored.last) == (whole.first, whole.last)


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


@pytest.mark.redis
@pytest.mark.parametrize("position", [1, 2, 7])
async def test_claims_stay_in_the_inbox_of_a_server_whose_log_lost_what_was_seen(
    client, ledger, position
):
    # As where a server came back with a shorter log, and with an inbox that still holds what was recorded.
    log, inbox = RedisEventLog(client, ledger), Inbox(client, ledger)
    await log.append([NewEvent(f"{number:032x}", b'{"name":"a"}') for number in (1, 2)])
    await inbox.open()
    ids = await inbox.publish([b"recorded", b"refused"])
    keys = keys_of(ledger)
    await client.xreadgroup(GROUP, "c", {keys.inbox: ">"})
    parked = {ids[1]: Parked(b"refused", "urn:x", (), NOW)}
    seen = Head(position, "0" * 40)

    with pytest.raises(HistoryLostError) as lost:
        await inbox.settle(ids[:1], parked, known=seen)

    assert (lost.value.known, lost.value.last) == (seen, 2)
    assert await client.xlen(keys.inbox) == 2
    assert (await client.xpending(keys.inbox, GROUP))["pending"] == 2
    assert await client.exists(keys.rejected) == 0
    # What is there is settled, by the same call.
    await inbox.settle(ids[:1], parked, known=Head(2, str(await log.chain_at(2))))
    assert (await client.xlen(keys.inbox), await client.xlen(keys.rejected)) == (0, 1)
