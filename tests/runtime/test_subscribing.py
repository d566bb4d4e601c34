"""Subscribers begin to read as soon as the server answers, however late that is."""

import asyncio

import pytest
from faststream.redis import RedisBroker, StreamSub

from services.eventlog.driver import connection_options
from services.runtime.subscribing import start_reading


#: FastStream gives a first answer three seconds.
PAUSE_MS = 3_300


@pytest.mark.redis
async def test_a_server_that_answers_late_at_the_start_is_read_all_the_same(client, server_url):
    options = connection_options(retry_seconds=60, pause_seconds=1, answer_seconds=30)
    broker = RedisBroker(server_url, **options)
    came = asyncio.Event()

    @broker.subscriber(stream=StreamSub("late", batch=True, last_id="0"))
    async def take(_entries: list[dict[str, str]]) -> None:
        came.set()

    await client.xadd("late", {"a": "b"})
    await client.execute_command("CLIENT", "PAUSE", PAUSE_MS, "ALL")
    try:
        await start_reading(broker)
        assert not came.is_set()
        await asyncio.wait_for(came.wait(), 30)
    finally:
        await broker.stop()
