"""End a task for sure.

Cancelling once is not enough: `asyncio.wait_for` of Python 3.11 forgets a cancellation that comes in the
same turn of the loop in which what it waits for is done, and the client's writes go through it. The task
then goes on, and whoever waits for its end waits for ever.
"""

import asyncio


#: How long a task may take to end before it is cancelled once more, in seconds.
AGAIN_SECONDS = 0.5


async def end_task(task: asyncio.Task[None]) -> None:
    """Cancel a task until it has ended.

    Raises:
        Exception: What it failed with, before or while it was cancelled.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait((task,), timeout=AGAIN_SECONDS)
    if not task.cancelled():
        task.result()
