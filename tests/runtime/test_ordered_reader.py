"""The log is read to its end in order, however many reads are under way at once."""

import asyncio

from services.eventlog.memory import MemoryEventLog
from services.eventlog.port import NewEvent
from services.log_events.envelope import content_id
from services.runtime.ordered_reader import READS_AHEAD, read_on


async def grow(log: MemoryEventLog, count: int) -> None:
    last = await log.last_position()
    await log.append(
        [
            NewEvent(content_id("test", str(number)), b'{"n":%d}' % number)
            for number in range(last, last + count)
        ]
    )


async def test_every_event_comes_once_and_in_order():
    log = MemoryEventLog()
    await grow(log, 5 * READS_AHEAD + 3)

    read = [len(entries) async for entries in read_on(log, after=2, limit=2)]
    positions = [
        entry.position async for entries in read_on(log, after=2, limit=2) for entry in entries
    ]

    assert positions == list(range(3, 5 * READS_AHEAD + 4))
    assert read == [2] * (len(positions) // 2) + [1] * (len(positions) % 2)


async def test_what_is_appended_while_the_end_is_read_comes_too():
    log = MemoryEventLog()
    await grow(log, 41)
    positions: list[int] = []

    async for entries in read_on(log, after=0, limit=4):
        positions += [entry.position for entry in entries]
        if len(positions) in {41, 48}:
            await grow(log, 7)

    assert positions == list(range(1, 56))


async def test_a_reader_who_stops_leaves_no_read_under_way():
    log = MemoryEventLog()
    await grow(log, 100)
    before = asyncio.all_tasks()
    reading = read_on(log, after=0, limit=1)

    for _ in range(10):
        await anext(reading)
    await reading.aclose()  # type: ignore[attr-defined]
    await asyncio.sleep(0)

    assert asyncio.all_tasks() == before
