"""A task that forgets that it was cancelled is ended all the same."""

import asyncio
from contextlib import suppress

import pytest

from services.runtime.ending import end_task


async def test_a_task_that_forgets_a_cancellation_ends():
    forgotten = 0

    async def forget_twice() -> None:
        nonlocal forgotten
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                if forgotten == 2:
                    raise
                forgotten += 1

    task = asyncio.create_task(forget_twice())
    await asyncio.sleep(0)

    await end_task(task)

    assert forgotten == 2
    assert task.cancelled()


async def test_a_write_that_is_done_when_its_task_is_cancelled_ends_the_task_too():
    written = asyncio.get_running_loop().create_future()

    async def write_on() -> None:
        await asyncio.wait_for(written, 60)  # As the client does for each command it sends.
        await asyncio.Event().wait()

    task = asyncio.create_task(write_on())
    await asyncio.sleep(0)
    written.set_result(None)
    await asyncio.sleep(0)

    await end_task(task)

    assert task.cancelled()


async def test_what_a_task_failed_with_is_not_hidden():
    async def fail() -> None:
        raise ValueError("a fault of ours")

    task = asyncio.create_task(fail())
    with suppress(ValueError):
        await asyncio.shield(task)

    with pytest.raises(ValueError, match="a fault of ours"):
        await end_task(task)
