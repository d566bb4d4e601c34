"""A trimmed log: its first events lie in sealed segments, and it is read as one."""

from pathlib import Path
from typing import Any

import pytest

from services.eventlog.chain import HISTORY_IN_MEMORY, Head, fault_of, split
from services.eventlog.inbox import Inbox
from services.eventlog.keys import keys_of
from services.eventlog.memory import MemoryEventLog
from services.eventlog.port import (
    Advance,
    Appended,
    Entry,
    EventLog,
    HistoryLostError,
    LogDamagedError,
    NewEvent,
    PlaceMovedOutError,
    TrimRefusedError,
)
from services.eventlog.redis_log import RedisEventLog
from services.eventlog.repair import LogPlace, repair, restore
from services.eventlog.sealed_events import SealedEvents, SegmentError
from services.eventlog.segment_files import Form
from services.eventlog.segments import SEALS, sealing
from services.eventlog.trimmed import TrimmedPart
from services.log_events.envelope import content_id
from services.queries.trimming import UnprovenSegmentsError, proven_steps
from services.runtime import clock


COUNT, SIZE = 12, 4


def event(name: str) -> NewEvent:
    content = content_id(name)
    return NewEvent(content, f'{{"name": "{name}","id": "{content}"}}'.encode())


@pytest.fixture
def sealed(tmp_path) -> Path:
    return Path(tmp_path) / "sealed"


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.redis)])
def log(request, ledger, sealed, client) -> EventLog:
    if request.param == "memory":
        return MemoryEventLog(SealedEvents(sealed, ledger))
    return RedisEventLog(client, ledger, history=HISTORY_IN_MEMORY, sealed=sealed)


async def filled(log: EventLog) -> list[Entry]:
    await log.append([event(str(number)) for number in range(COUNT)])
    return list(await log.read(after=0, limit=99))


async def seal(
    log: EventLog, directory: Path, ledger: str, *, anew: bool = False, form: Form = Form.LINES
) -> None:
    with sealing(directory, ledger, anew=anew, form=form) as continued:
        for entry in await log.read(after=continued.last, limit=99):
            continued.write(entry)
            if continued.count == SIZE:
                continued.seal()
        continued.seal()
        continued.finish()


async def place(log: EventLog, position: int) -> Head:
    return Head(position, str(await log.chain_at(position)))


@pytest.mark.parametrize("form", Form)
async def test_a_trimmed_log_is_read_through_segments_and_stream_as_one(log, sealed, ledger, form):
    before = await filled(log)
    await seal(log, sealed, ledger, form=form)

    assert await log.trim(await place(log, 7)) == 7
    assert await log.trim(await place(log, 7)) == 0
    assert await log.trim(await place(log, 9)) == 2

    for after in range(COUNT + 1):
        for limit in (1, 3, 99):
            assert list(await log.read(after=after, limit=limit)) == before[after : after + limit]
    assert await log.last_position() == COUNT
    assert [await log.chain_at(at) for at in (2, 9, 10)] == [
        part.chain for at in (2, 9, 10) if (part := split(before[at - 1].body))
    ]


@pytest.mark.redis
async def test_what_is_trimmed_while_a_read_is_under_way_is_read_as_well(
    client, ledger, sealed, monkeypatch
):
    log = RedisEventLog(client, ledger, sealed=sealed)
    before = await filled(log)
    await seal(log, sealed, ledger)
    await log.trim(await place(log, 5))
    assert await log.read(after=0, limit=1) == before[:1]
    other, in_stream = RedisEventLog(client, ledger, sealed=sealed), log._in_stream

    async def trimmed_before(*, after: int, limit: int) -> list[Entry]:
        await other.trim(await place(other, 9))
        return await in_stream(after=after, limit=limit)

    monkeypatch.setattr(log, "_in_stream", trimmed_before)
    assert list(await log.read(after=0, limit=99)) == before


async def test_a_trimmed_log_goes_on_and_knows_what_it_holds(log, sealed, ledger):
    await filled(log)
    await seal(log, sealed, ledger)
    await log.trim(await place(log, 11))

    appended = await log.append([event("3"), event("new")], Advance("r", 0, 5))

    assert appended.positions == (4, COUNT + 1)
    [*_, last, new] = await log.read(after=0, limit=99)
    parts = split(last.body), split(new.body)
    assert parts[0] is not None
    assert parts[1] is not None
    assert fault_of(parts[1], parts[0].chain or "") is None


async def test_what_is_not_sealed_so_or_still_read_or_all_there_is_stays(log, sealed, ledger):
    await filled(log)
    await seal(log, sealed, ledger)
    await log.append([], Advance("r", 0, 5))

    with pytest.raises(
        TrimRefusedError, match="expected r to have dealt with position 6, found it at 5"
    ):
        await log.trim(await place(log, 6))
    with pytest.raises(TrimRefusedError, match="found another one in the log"):
        await log.trim(Head(5, "0" * 40))
    await log.append([], Advance("r", 5, COUNT))
    with pytest.raises(TrimRefusedError, match="expected events behind position 12, found none"):
        await log.trim(await place(log, COUNT))

    sealed.rename(sealed.with_name("gone"))
    assert len(await log.read(after=0, limit=99)) == COUNT


async def test_words_erased_from_what_was_trimmed_bring_it_back_and_stay_in_segments_until_renewed(
    log, sealed, ledger
):
    before = await filled(log)
    await seal(log, sealed, ledger)
    await log.trim(await place(log, 9))

    position = await log.erase(
        event("said so"), {2: b'{"name": "[erased]"}'}, last=await place(log, COUNT)
    )

    sealed.rename(sealed.with_name("elsewhere"))
    entries = await log.read(after=0, limit=99)
    assert [entry.position for entry in entries] == list(range(1, position + 1))
    assert b"[erased]" in entries[1].body
    assert [entries[0], *entries[2:COUNT]] == [before[0], *before[2:]]
    sealed.with_name("elsewhere").rename(sealed)
    segments = SealedEvents(sealed, ledger)
    with pytest.raises(UnprovenSegmentsError, match=r"position 2 .* erased from the log since"):
        [_ async for _ in proven_steps(log, segments, trimmed=Head(0, ""), until=9)]
    await seal(log, sealed, ledger, anew=True)
    assert not [path for path in sealed.iterdir() if b'"name": "1"' in path.read_bytes()]
    [step] = [one async for one in proven_steps(log, segments, trimmed=Head(0, ""), until=9)]
    assert await log.trim(step) == 9
    assert list(await log.read(after=0, limit=99)) == list(entries)


@pytest.mark.parametrize("harm", ["gone", "changed", "other", "no seals", "elsewhere"])
async def test_a_segment_that_is_gone_or_damaged_is_named(log, sealed, ledger, harm):
    await filled(log)
    await seal(log, sealed, ledger)
    await log.trim(await place(log, 9))
    second = sealed / "000000000005.jsonl"
    match harm:
        case "gone":
            second.unlink()
        case "changed":
            second.write_bytes(second.read_bytes().replace(b'"name": "5"', b'"name": "6"'))
        case "other":
            other = MemoryEventLog()
            await other.append([event(f"other {number}") for number in range(COUNT)])
            for path in sealed.iterdir():
                path.unlink()
            await seal(other, sealed, ledger)
        case "no seals":
            (sealed / SEALS).unlink()
        case "elsewhere":
            sealed.rename(sealed.with_name("elsewhere"))

    with pytest.raises(SegmentError) as raised:
        await log.read(after=4, limit=2)

    named = second.name if harm in ("gone", "changed") else SEALS
    assert named in str(raised.value)
    # What is in the server is read all the same.
    assert [entry.position for entry in await log.read(after=9, limit=99)] == [10, 11, 12]


@pytest.mark.redis
async def test_a_trim_by_anybody_else_is_named(client, ledger, sealed):
    log = RedisEventLog(client, ledger, sealed=sealed)
    await filled(log)
    await seal(log, sealed, ledger)
    await log.trim(await place(log, 6))
    await client.xtrim(keys_of(ledger).log, minid="9-0", approximate=False)

    assert [entry.position for entry in await log.read(after=0, limit=99)] == [
        1,
        2,
        3,
        4,
        5,
        6,
        9,
        10,
        11,
        12,
    ]
    with pytest.raises(LogDamagedError, match="every position from 7 to its last"):
        await log.append([event("new")])
    with pytest.raises(LogDamagedError, match="every position from 7 to 12, found 4 entries"):
        await log.trim(await place(log, 10))


@pytest.mark.redis
async def test_what_else_was_trimmed_or_is_gone_comes_back_from_an_export(client, ledger, sealed):
    log = RedisEventLog(client, ledger, sealed=sealed)
    entries = await filled(log)
    export = [entry.body for entry in entries]
    await seal(log, sealed, ledger)
    await log.trim(await place(log, 6))
    await client.xtrim(keys_of(ledger).log, minid="9-0", approximate=False)
    at = LogPlace(client, ledger, sealed)

    with pytest.raises(LogDamagedError, match="expected the event of position 7"):
        await repair(at, now=clock.now(), is_cut_allowed=False)
    restored = await restore(at, export)

    assert restored.done[0] == "2 events put back, the log ends at position 12"
    assert await client.xlen(keys_of(ledger).log) == 6
    assert list(await log.read(after=0, limit=99)) == entries
    # With the segments gone, all of an export comes back into the server.
    sealed.rename(sealed.with_name("gone"))
    with pytest.raises(LogDamagedError, match="expected an export up to position 6 at least"):
        await restore(at, export[:5])
    with pytest.raises(LogDamagedError, match=r"seals\.jsonl, found No such file"):
        await repair(at, now=clock.now(), is_cut_allowed=True)
    restored = await restore(at, export[:8])
    assert "positions 1 to 6 are in the server again" in restored.done
    assert (await TrimmedPart(client, ledger, None).end()).position == 0
    assert list(await log.read(after=0, limit=99)) == entries
    assert (await log.append([event("new")])).positions == (COUNT + 1,)


@pytest.mark.redis
async def test_a_log_without_its_last_events_is_whole_again_up_to_what_was_trimmed(
    client, ledger, sealed
):
    log = RedisEventLog(client, ledger, sealed=sealed)
    await filled(log)
    await seal(log, sealed, ledger)
    await log.trim(await place(log, 6))
    await client.unlink(keys_of(ledger).log)

    repaired = await repair(LogPlace(client, ledger, sealed), now=clock.now(), is_cut_allowed=False)

    assert "positions 7 to 12 are gone" in repaired.done
    assert [entry.position for entry in await log.read(after=0, limit=99)] == [1, 2, 3, 4, 5, 6]
    again = RedisEventLog(client, ledger, sealed=sealed)
    assert (await again.append([event("6"), event("new")])).positions == (7, 8)


@pytest.mark.redis
async def test_a_place_that_was_moved_out_is_compared_with_the_segments_before_anything_is_appended(
    client, ledger, sealed
):
    early = RedisEventLog(client, ledger, sealed=sealed)
    await early.append([event("first")])
    log = RedisEventLog(client, ledger, sealed=sealed)
    await log.append([event(str(number)) for number in range(COUNT)])
    await seal(log, sealed, ledger)
    await log.trim(await place(log, 9))

    # What was seen is still there, though not in the server.
    appended = await early.append([event("second")])
    assert appended.positions == (COUNT + 2,)

    stale = RedisEventLog(client, ledger, sealed=sealed)
    stale.remember([Head(4, "0" * 40)])
    with pytest.raises(HistoryLostError, match="at position 4"):
        await stale.append([event("third")])
    assert await log.last_position() == COUNT + 2


@pytest.mark.redis
@pytest.mark.parametrize("is_of_the_log", [True, False])
async def test_the_end_of_what_was_moved_out_is_compared_by_the_server(
    client, ledger, sealed, is_of_the_log
):
    log = RedisEventLog(client, ledger, sealed=sealed)
    await filled(log)
    await seal(log, sealed, ledger)
    end = await place(log, 9)
    await log.trim(end)

    # Without segments: the server itself knows.
    other = RedisEventLog(client, ledger)
    other.remember([end if is_of_the_log else Head(9, "0" * 40)])
    if is_of_the_log:
        assert (await other.append([event("more")])).positions == (COUNT + 1,)
    else:
        with pytest.raises(HistoryLostError, match="at position 9"):
            await other.append([event("more")])


@pytest.mark.redis
async def test_nothing_is_taken_out_of_the_inbox_that_rests_on_a_place_nobody_compared(
    client, ledger, sealed
):
    log, inbox = RedisEventLog(client, ledger, sealed=sealed), Inbox(client, ledger)
    await filled(log)
    await seal(log, sealed, ledger)
    places = [await place(log, at) for at in (4, 9)]
    await log.trim(places[1])
    await inbox.open()
    [entry] = await inbox.publish([b"{}"])

    with pytest.raises(PlaceMovedOutError, match="moved out"):
        await inbox.settle([entry], {}, known=places[0])
    with pytest.raises(HistoryLostError, match="at position 9"):
        await inbox.settle([entry], {}, known=Head(9, "0" * 40))
    assert await inbox.waiting() == 1
    await inbox.settle([entry], {}, known=places[1])
    assert await inbox.waiting() == 0


class InterruptedLog(RedisEventLog):
    """A log of which another append of the same process is answered, and lost, while one is under way."""

    noted_meanwhile: Head | None = None

    async def _append_behind(self, *arguments: Any) -> Appended:
        appended = await super()._append_behind(*arguments)
        if self.noted_meanwhile is not None:
            self.seen.see(self.noted_meanwhile)
        return appended


@pytest.mark.redis
@pytest.mark.parametrize("is_lost", [False, True])
async def test_what_was_noted_while_an_append_was_under_way_is_compared_as_well(
    client, ledger, is_lost
):
    log = InterruptedLog(client, ledger)
    await log.append([event("before")])
    other = RedisEventLog(client, ledger)
    await other.append([event("meanwhile"), event("and more")])
    log.noted_meanwhile = Head(2, "0" * 40) if is_lost else await place(other, 2)

    if is_lost:
        with pytest.raises(HistoryLostError, match="at position 2"):
            await log.append([event("after")])
    else:
        assert (await log.append([event("after")])).positions == (4,)
