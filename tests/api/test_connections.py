"""A connection that takes for ever ends, and thousands that only wait do no harm."""

import asyncio
import json
import resource
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, NamedTuple

import httpx
import pytest

from services.api.http.connection import HEAD_BYTES_MAX
from tests.api.running import claim, publish, serving
from tests.running import PATIENCE_SECONDS


pytestmark = [pytest.mark.redis, pytest.mark.e2e]

#: Streams of changes open at once: the limit that the API promises to bear.
STREAM_COUNT = 2_000


class Raw(NamedTuple):
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


@asynccontextmanager
async def connected(url: str, **options: Any) -> AsyncIterator[Raw]:
    host, port = url.removeprefix("http://").split(":")
    raw = Raw(*await asyncio.open_connection(host, int(port), **options))
    try:
        yield raw
    finally:
        raw.writer.close()


async def rest_of(raw: Raw) -> bytes:
    return await asyncio.wait_for(raw.reader.read(), PATIENCE_SECONDS)


def problem_in(answer: bytes, status: int) -> Any:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status), answer
    assert b"Content-Type: application/problem+json" in head
    return json.loads(body)


async def drip(raw: Raw, pieces: bytes) -> None:
    for piece in pieces:
        if raw.writer.is_closing():
            return
        raw.writer.write(bytes([piece]))
        await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    "before",
    [b"", b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"],
    ids=["on a new connection", "after another request"],
)
async def test_a_head_that_drips_in_is_not_waited_for(running, before):
    async with serving(running, head_seconds=1) as url, connected(url) as raw:
        raw.writer.write(before)
        if before:
            assert b"alive" in await raw.reader.readuntil(b"}")
        dripping = asyncio.create_task(drip(raw, b"GET /healthz HTTP/1.1\r\nX: " + b"x" * 900))
        answer = await rest_of(raw)
        dripping.cancel()

    assert "1 s" in problem_in(answer, 408)["detail"]


async def test_empty_lines_keep_no_connection_open(running):
    async with serving(running, head_seconds=1) as url, connected(url) as raw:
        dripping = asyncio.create_task(drip(raw, b"\r\n" * 500))
        answer = await rest_of(raw)
        dripping.cancel()

    problem_in(answer, 408)


async def test_a_connection_never_used_is_closed_without_a_word(running):
    async with serving(running, head_seconds=0.1) as url, connected(url) as raw:
        assert await rest_of(raw) == b""


async def test_a_head_without_an_end_is_refused(running):
    async with serving(running) as url, connected(url) as raw:
        raw.writer.write(b"GET /healthz HTTP/1.1\r\n")
        for number in range(2 * HEAD_BYTES_MAX // 1_000):
            raw.writer.write(b"X-%d: %s\r\n" % (number, b"x" * 1_000))
        problem_in(await rest_of(raw), 431)


async def test_what_is_no_http_gets_a_problem_too(running):
    async with serving(running) as url, connected(url) as raw:
        raw.writer.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
        problem_in(await rest_of(raw), 400)


async def test_who_takes_in_nothing_of_an_answer_is_cut_off(running):
    async with (
        serving(running, stalled_seconds=2, connections_max=1) as url,
        connected(url, limit=1) as raw,
        asyncio.timeout(PATIENCE_SECONDS),
    ):
        # More than all buffers on the way hold, and nothing is read of it.
        raw.writer.write(b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 400)
        statuses = [await status_of_health(url)]
        # There is room for another connection once this one is cut.
        while statuses[-1] != 200:
            await asyncio.sleep(0.05)
            statuses.append(await status_of_health(url))

    assert set(statuses[:-1]) == {503}


async def status_of_health(url: str) -> int:
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS) as http:
        return (await http.get("/healthz")).status_code


async def test_one_connection_too_many_is_refused(running):
    async with (
        serving(running, connections_max=2) as url,
        connected(url) as one,
        connected(url) as two,
        connected(url) as three,
    ):
        problem = problem_in(await rest_of(three), 503)
        for raw in (one, two):
            raw.writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert (await rest_of(raw)).startswith(b"HTTP/1.1 200 ")

    assert "at most 2" in problem["detail"]


@pytest.fixture
def many_files():
    """Let this process hold both ends of all the streams."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = 3 * STREAM_COUNT
    if hard not in (resource.RLIM_INFINITY, *range(needed, hard + 1)):
        pytest.skip(f"expected {needed} files to be allowed, found {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, needed), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_two_thousand_streams_are_told_a_change_while_others_read(running, many_files):
    request = b"GET /v1/changes?ledger=following HTTP/1.1\r\nHost: x\r\n\r\n"
    streams: list[Raw] = []
    async with serving(running, heartbeat_seconds=5) as url, AsyncExitStack() as stack:
        for _ in range(STREAM_COUNT):
            raw = await stack.enter_async_context(connected(url))
            raw.writer.write(request)
            streams.append(raw)
        for raw in streams:
            await raw.reader.readuntil(b"\n\n\r\n")
        assert await status_of_health(url) == 200
        event = claim("following", "to all", exchange={"date": "2024-05-31", "ordinal": None})
        await asyncio.to_thread(publish_to, running.url, event)
        async with asyncio.timeout(PATIENCE_SECONDS):
            told = {await first_told(raw) for raw in streams}

    assert len(told) == 1


async def first_told(raw: Raw) -> bytes:
    """Read up to the first changed figure; where the stream is idle before, it says that it lives."""
    until = await raw.reader.readuntil(b"event: figure\n")
    return until.rpartition(b": alive\n\r\n")[2]


def publish_to(url: str, event: dict[str, Any]) -> None:
    with httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as http:
        publish(http, "following", event)
