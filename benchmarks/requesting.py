"""Requests at a constant rate over loopback, however long the answers take.

A request is due at its own time, whether or not those before it are answered, and its latency counts
from then: a server that stalls is charged for everything that came due meanwhile.
"""

import asyncio
from collections.abc import Sequence
from statistics import quantiles
from time import perf_counter
from typing import NamedTuple
from urllib.parse import urlsplit


#: Connections that requests are spread over; one that is due while all are busy waits for the first.
CONNECTION_COUNT = 32


class Latencies(NamedTuple):
    """How long answers took, in milliseconds."""

    p50: float
    p99: float
    greatest: float


class Connection:
    """One kept-alive connection, one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, host: str, port: int) -> "Connection":
        return cls(*await asyncio.open_connection(host, port, limit=1 << 22))

    def send(self, request: bytes) -> None:
        """Send a request, and do not wait."""
        self._writer.write(request)

    async def read_until(self, end: bytes) -> bytes:
        """Give what comes up to an end, which comes with it."""
        return await self._reader.readuntil(end)

    async def ask(self, request: bytes) -> bytes:
        """Send a request; give the body of its answer, which must be a 200."""
        self.send(request)
        head = await self.read_until(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 "), head
        [length] = [
            int(line.partition(b":")[2])
            for line in head.lower().split(b"\r\n")
            if line.startswith(b"content-length:")
        ]
        return await self._reader.readexactly(length)

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()


def request_for(url: str, *headers: str) -> bytes:
    """Write a GET request."""
    parts = urlsplit(url)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    lines = (f"GET {path} HTTP/1.1", f"Host: {parts.netloc}", *headers, "", "")
    return "\r\n".join(lines).encode()


async def connections(url: str, count: int = CONNECTION_COUNT) -> "asyncio.LifoQueue[Connection]":
    """Open connections to a server."""
    parts = urlsplit(url)
    assert parts.hostname, f"no host in {url}"
    assert parts.port, f"no port in {url}"
    free: asyncio.LifoQueue[Connection] = asyncio.LifoQueue()
    for _ in range(count):
        free.put_nowait(await Connection.open(parts.hostname, parts.port))
    return free


async def close_all(free: "asyncio.LifoQueue[Connection]") -> None:
    """Close connections that are free."""
    while not free.empty():
        await free.get_nowait().close()


async def at_rate(url: str, *, rate: int, count: int, headers: Sequence[str] = ()) -> Latencies:
    """Ask `count` times, `rate` times a second, and say how long answers took."""
    request = request_for(url, *headers)
    free = await connections(url)
    took_ms: list[float] = []

    async def ask(due: float) -> None:
        connection = await free.get()
        await connection.ask(request)
        free.put_nowait(connection)
        took_ms.append((perf_counter() - due) * 1000)

    started = perf_counter()
    asked = []
    for number in range(count):
        due = started + number / rate
        if (early := due - perf_counter()) > 0:
            await asyncio.sleep(early)
        asked.append(asyncio.create_task(ask(due)))
    await asyncio.gather(*asked)
    await close_all(free)
    return latencies_of(took_ms)


async def as_fast_as_it_goes(urls: Sequence[str], *, count: int, at_once: int) -> float:
    """Ask `count` times in turn, `at_once` at a time; give answers a second."""
    free = await connections(urls[0], at_once)
    requests = [request_for(url) for url in urls]
    left = iter(range(count))

    async def ask_on() -> None:
        connection = free.get_nowait()
        for number in left:
            await connection.ask(requests[number % len(requests)])
        free.put_nowait(connection)

    started = perf_counter()
    await asyncio.gather(*(ask_on() for _ in range(at_once)))
    seconds = perf_counter() - started
    await close_all(free)
    return count / seconds


def latencies_of(took_ms: Sequence[float]) -> Latencies:
    """Sum up."""
    percent = quantiles(took_ms, n=100, method="inclusive")
    return Latencies(percent[49], percent[98], max(took_ms))
