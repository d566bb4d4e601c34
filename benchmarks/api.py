"""Measure how fast the HTTP API answers, beside a bare endpoint of the same framework.

`exchange-ledger demo` serves the shipped claims. Its peer is a FastAPI application of one route that
returns the very same bytes from memory, under the same server with the same event loop and parser: the
least that anything built on it can cost. Requests come at a constant rate, whether or not those before
them are answered (`benchmarks.requesting`); runs of both sides alternate, because a machine's speed drifts.

Besides: whether memory stays where it is over many requests, what open streams of changes cost and how
soon all of them are told, and what readers of today notice of others who ask for other times.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import re
import resource
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from multiprocessing.connection import Connection as MultiprocessingConnection
from statistics import median
from typing import Any, NamedTuple
from urllib.request import Request, urlopen

import uvicorn
from fastapi import FastAPI
from fastapi.responses import Response

from benchmarks.report import write_section
from benchmarks.requesting import Latencies, as_fast_as_it_goes, at_rate, connections, request_for
from services.runtime import clock
from services.runtime.worker import run_event_loop


#: Requests a second.
RATE = 200
PATHS = ("/v1/figures?side=UA", "/v1/exchanges/2024-01-03")
#: How long anything may take, in seconds.
PATIENCE_SECONDS = 120.0
#: Streams of changes held open at once.
STREAM_COUNT = 2_000
#: Pause between two changes told to them, in seconds.
TELL_SECONDS = 1
#: Requests over which memory must stay where it is, and those before that fill what is kept.
MEMORY_COUNT, WARM_COUNT = 100_000, 10_000


class Demo(NamedTuple):
    """A running demo: where it answers, and a key to publish with."""

    url: str
    key: str


@contextmanager
def running_demo() -> Iterator[Demo]:
    """Serve the shipped claims, all of them recorded and shown."""
    with tempfile.TemporaryDirectory(prefix="exl-bench-") as directory:
        command = [sys.executable, "-m", "services.cli.main", "demo"]
        process = subprocess.Popen(
            [*command, "--port", "0", "--data-dir", directory],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stderr is not None, "started with a pipe"
            said = ""
            while "/v1/exchanges" not in said:
                line = process.stderr.readline()
                assert line, f"expected a demo, found {said}"
                said += line
            [url] = re.findall(r"(http://\S+)/v1/exchanges", said)
            [key] = re.findall(r"good until the end: (\S+)", said)
            yield Demo(url, key)
        finally:
            process.terminate()
            process.wait()


def serve_peer(listening: socket.socket, bodies: Mapping[str, bytes]) -> None:
    """Serve bytes by path and nothing else."""
    app = FastAPI()

    def answer_with(body: bytes) -> Any:
        async def answer() -> Response:
            return Response(body, media_type="application/json")

        return answer

    for path, body in bodies.items():
        app.get(path.partition("?")[0])(answer_with(body))
    config = uvicorn.Config(app, log_config=None, access_log=False, http="httptools")

    async def serve() -> int:
        await uvicorn.Server(config).serve(sockets=[listening])
        return 0

    run_event_loop(serve())


@contextmanager
def running_peer(bodies: Mapping[str, bytes]) -> Iterator[str]:
    """Serve bytes in a process of their own."""
    listening = socket.create_server(("127.0.0.1", 0))
    spawned = multiprocessing.get_context("spawn")
    process = spawned.Process(target=serve_peer, args=(listening, bodies))
    process.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        process.terminate()
        process.join()
        listening.close()


def get(url: str) -> bytes:
    """Get what is there."""
    with urlopen(url, timeout=PATIENCE_SECONDS) as answer:
        body: bytes = answer.read()
        return body


def memory_mb(url: str) -> float:
    """Say how much memory the API's process has."""
    [found] = re.findall(
        rb"^process_resident_memory_bytes (\S+)$", get(f"{url}/metrics"), re.MULTILINE
    )
    return float(found) / 1e6


class Sides(NamedTuple):
    """Latencies of alternating runs, ours and the peer's."""

    ours: list[Latencies]
    bare: list[Latencies]


async def compare(demo: Demo, *, runs: int, seconds: int) -> dict[str, tuple[int, Sides]]:
    """Measure both sides on each path; give the size of its answer too."""
    bodies = {path: get(demo.url + path) for path in PATHS}
    found = {path: (len(body), Sides([], [])) for path, body in bodies.items()}
    with running_peer(bodies) as bare:
        await reached(bare + PATHS[0])
        # The first run warms both sides up and is not counted.
        for run in range(runs + 1):
            for path, (_, sides) in found.items():
                for url, latencies in ((demo.url, sides.ours), (bare, sides.bare)):
                    took = await at_rate(url + path, rate=RATE, count=RATE * seconds)
                    if run > 0:
                        latencies.append(took)
    return found


async def reached(url: str) -> None:
    """Wait until a server answers."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            with suppress(OSError):
                await asyncio.to_thread(get, url)
                return
            await asyncio.sleep(0.1)


async def over_many(demo: Demo) -> list[tuple[int, float]]:
    """Give the API's memory along many requests."""
    urls = [demo.url + path for path in PATHS]
    await as_fast_as_it_goes(urls, count=WARM_COUNT, at_once=8)
    found = [(0, memory_mb(demo.url))]
    piece = MEMORY_COUNT // 4
    for done in range(piece, MEMORY_COUNT + 1, piece):
        await as_fast_as_it_goes(urls, count=piece, at_once=8)
        found.append((done, memory_mb(demo.url)))
    return found


class WithStreams(NamedTuple):
    """What thousands of streams cost, and what readers notice of them."""

    memory_mb: float
    opened_seconds: float
    told_ms: float
    idle: Latencies
    telling: Latencies


def hold_streams(demo: Demo, pipe: MultiprocessingConnection) -> None:
    """Hold streams open, in a process of its own so that reading them delays nobody who measures.

    Says how long opening took; then, asked to tell so often, how long each change took to reach all.
    """
    allow_files()
    # On a machine of their own, consumers would take nothing from the API's.
    os.nice(10)

    async def hold() -> None:
        started = clock.stopwatch_ms()
        free = await connections(demo.url, STREAM_COUNT)
        streams = [free.get_nowait() for _ in range(STREAM_COUNT)]
        for stream in streams:
            stream.send(request_for(f"{demo.url}/v1/changes"))
        for stream in streams:
            await stream.read_until(b"\n\n\r\n")
        pipe.send(clock.stopwatch_ms(started) / 1000)
        told_ms = []
        for number in range(await asyncio.to_thread(pipe.recv)):
            begun = clock.stopwatch_ms()
            await asyncio.to_thread(publish, demo, number)
            for stream in streams:
                await stream.read_until(b"event: figure\n")
            told_ms.append(clock.stopwatch_ms(begun))
            await asyncio.sleep(TELL_SECONDS)
        pipe.send(told_ms)
        for stream in streams:
            await stream.close()

    asyncio.run(hold())


async def with_streams(demo: Demo, *, seconds: int) -> WithStreams:
    """Measure readers beside open streams, and how soon all of these are told of a change."""
    before = memory_mb(demo.url)
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=hold_streams, args=(demo, there))
    process.start()
    opened_seconds = await asyncio.to_thread(here.recv)
    memory = memory_mb(demo.url) - before
    idle = await at_rate(demo.url + PATHS[0], rate=RATE, count=RATE * seconds)
    here.send(round(seconds / TELL_SECONDS))
    telling = await at_rate(demo.url + PATHS[0], rate=RATE, count=RATE * seconds)
    told_ms = await asyncio.to_thread(here.recv)
    process.join()
    return WithStreams(memory, opened_seconds, median(told_ms), idle, telling)


def allow_files() -> None:
    """Let this process hold all the streams."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(3 * STREAM_COUNT, hard), hard))


def publish(demo: Demo, number: int) -> None:
    """Publish a claim that changes a figure."""
    data = {
        "measure": "returned",
        "side": "UA",
        "category": "all",
        "unit": "persons",
        "quantity": {"bound": "exact", "value": 100 + number},
        "wording": f"{100 + number} people",
        "exchange": {"date": f"2030-01-{number % 28 + 1:02}"},
        "claimant": {"name": "A benchmark", "party": "UA", "role": "ombudsman"},
    }
    event = {
        "specversion": "1.0",
        "id": f"bench-{number}",
        "source": "urn:benchmark",
        "type": "exchange.claim.reported.v1",
        "subject": "rus-ukr",
        "time": "2030-02-01T00:00:00Z",
        "data": data,
    }
    headers = {
        "Authorization": f"Bearer {demo.key}",
        "Content-Type": "application/cloudevents+json",
    }
    request = Request(f"{demo.url}/v1/claims", json.dumps(event).encode(), headers)
    with urlopen(request, timeout=PATIENCE_SECONDS) as answer:
        assert answer.status == 202, answer.status


class BesideReplays(NamedTuple):
    """What readers notice of others who ask for other times, and how long those wait."""

    readers: Latencies
    replay_ms: list[float]


async def beside_replays(demo: Demo, *, seconds: int) -> BesideReplays:
    """Ask for one day after another, never the same, while others read what is now."""
    took_ms: list[float] = []

    async def ask_on() -> None:
        for day in count(1):
            url = f"{demo.url}/v1/figures?side=UA&as_asserted_by=2025-01-01T00:00:{day % 60:02}Z"
            begun = clock.stopwatch_ms()
            await asyncio.to_thread(get, f"{url}&as_known_on=2999-01-01T00:{day // 60:02}:00Z")
            took_ms.append(clock.stopwatch_ms(begun))

    asking = asyncio.create_task(ask_on())
    readers = await at_rate(demo.url + PATHS[0], rate=RATE, count=RATE * seconds)
    asking.cancel()
    with suppress(asyncio.CancelledError):
        await asking
    return BesideReplays(readers, took_ms)


def median_of(runs: Sequence[Latencies]) -> Latencies:
    """Give the median of each figure."""
    return Latencies(*(median(figures) for figures in zip(*runs, strict=True)))


def comparison(found: Mapping[str, tuple[int, Sides]], *, seconds: int) -> str:
    """Write the first table."""
    runs = len(next(iter(found.values()))[1].ours)
    lines = [
        (
            f"{RATE} requests a second on loopback, {runs} alternating runs of {seconds} s each, medians; "
            "milliseconds from when a request was due to the last byte of its answer."
        ),
        "Bare is a FastAPI endpoint that returns the same bytes from memory.",
        "",
        "| request | bytes | p50 | bare p50 | ratio | p99 | bare p99 | ratio | greatest p99 |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for path, (size, sides) in found.items():
        ours, bare = median_of(sides.ours), median_of(sides.bare)
        lines.append(
            f"| `{path}` | {size:,} | {ours.p50:.2f} | {bare.p50:.2f} | {ours.p50 / bare.p50:.2f} "
            f"| {ours.p99:.2f} | {bare.p99:.2f} | {ours.p99 / bare.p99:.2f} "
            f"| {max(run.p99 for run in sides.ours):.2f} |"
        )
    return "\n".join(lines)


def main() -> int:
    """Run all measurements on a demo of its own, and write them into docs/performance.md."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--runs", type=int, default=5, help="counted runs of each side, at least 3")
    parser.add_argument("--seconds", type=int, default=5, help="how long a run takes")
    given = parser.parse_args()
    if given.runs < 3 or given.seconds < 1:
        parser.error(f"expected 3 or more runs of 1 or more seconds, found {given}")

    async def measure(demo: Demo) -> str:
        compared = await compare(demo, runs=given.runs, seconds=given.seconds)
        replays = await beside_replays(demo, seconds=2 * given.seconds)
        memory = await over_many(demo)
        streams = await with_streams(demo, seconds=2 * given.seconds)
        return "\n\n".join(
            (
                comparison(compared, seconds=given.seconds),
                _about_replays(replays),
                _about_memory(memory),
                _about_streams(streams),
            )
        )

    with running_demo() as demo:
        body = asyncio.run(measure(demo))
    print(body)
    write_section("HTTP API", body)
    return 0


def _about_replays(found: BesideReplays) -> str:
    return (
        f"While others ask for one other time after another (`as_asserted_by`; {len(found.replay_ms)} of "
        f"them, answered in {median(found.replay_ms):.0f} ms, at most {max(found.replay_ms):.0f} ms), "
        f"`{PATHS[0]}` takes {found.readers.p50:.2f} ms, p99 {found.readers.p99:.2f} ms."
    )


def _about_memory(found: Sequence[tuple[int, float]]) -> str:
    along = ", ".join(f"{mb:.1f} MB after {done:,}" for done, mb in found)
    return f"Memory of the API over {MEMORY_COUNT:,} requests: {along}."


def _about_streams(found: WithStreams) -> str:
    return (
        f"{STREAM_COUNT:,} open streams of changes take {found.memory_mb:.1f} MB "
        f"({found.memory_mb * 1e3 / STREAM_COUNT:.1f} kB each) and {found.opened_seconds:.1f} s to open. "
        f"Beside them `{PATHS[0]}` takes {found.idle.p50:.2f} ms, p99 {found.idle.p99:.2f} ms; while "
        f"about every second all of them are told of a claim, {found.telling.p50:.2f} ms, p99 "
        f"{found.telling.p99:.2f} ms. From a claim published to the last of them told: "
        f"{found.told_ms:.0f} ms, all of them read by one process."
    )


if __name__ == "__main__":
    sys.exit(main())
