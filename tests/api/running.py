"""An API that runs for tests: with all workers, or by itself with settings of its own."""

import asyncio
import json
import re
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from hashlib import sha256
from pathlib import Path
from shutil import copyfile
from typing import Any, NamedTuple

import httpx
import uvicorn
from fastapi import FastAPI
from redis import Redis

import services.ledgers
from services.api.app import config_of, make_app
from services.eventlog.keys import keys_of
from services.ledgers import load_ledger
from services.runtime.embedded import find_running
from services.runtime.settings import Settings
from tests.cli.running import seed_of, start_up
from tests.running import PATIENCE_SECONDS, wait_until


KEY = "a key for tests"
DIGEST = sha256(KEY.encode()).hexdigest()
#: The shipped ledger, seeded and then left alone, and copies for tests that change what one holds.
LEDGERS = (
    *("rus-ukr", "growing", "publishing", "following", "flowing", "hostile"),
    *("killing", "several-days", "ends", "totals", "resting", "lapsing"),
)
#: A ledger of six sides, with a file of its own.
OF_SIX_SIDES = "ankara-2024"
DATA = Path(__file__).parents[1] / "data"
PUBLISHER = {"Authorization": f"Bearer {KEY}"}
#: Ask to be answered with the fates of what is published. One second less than the client waits.
WAITING = {"Prefer": f"wait={PATIENCE_SECONDS - 1:.0f}"}


class Running(NamedTuple):
    """An `up` with its API: where both answer, and where its ledgers are described."""

    url: str
    server_url: str
    ledgers_dir: Path


@contextmanager
def running_in(directory: Path) -> Iterator[Running]:
    """Run an `up` with its API, the shipped ledger seeded, until the block ends."""
    shipped = Path(services.ledgers.__file__).parent / "rus-ukr.toml"
    for name in LEDGERS[1:]:
        text = shipped.read_text().replace('name = "rus-ukr"', f'name = "{name}"')
        (directory / f"{name}.toml").write_text(text)
    copyfile(DATA / f"{OF_SIX_SIDES}.ledger.toml", directory / f"{OF_SIX_SIDES}.toml")
    process = start_up(
        directory / "data",
        LEDGER_NAMES=",".join((*LEDGERS, OF_SIX_SIDES)),
        LEDGER_CONFIG_DIR=str(directory),
        LEDGER_PUBLISH_KEYS=DIGEST,
        # Tests of the document send more wrong keys in a minute than anybody who guesses may.
        LEDGER_WRONG_KEYS_PER_MINUTE="0",
        # All submissions of the tests come from one address.
        LEDGER_SUBMISSIONS_PER_HOUR="0",
        LEDGER_HEARTBEAT_SECONDS="1",
        # Whoever asks to wait is answered when what is waited for is there, however long that takes.
        LEDGER_POSITION_WAIT_SECONDS=str(PATIENCE_SECONDS),
        LEDGER_PUBLISH_WAIT_SECONDS=str(PATIENCE_SECONDS),
    )
    try:
        log = directory / "up.log"
        wait_until(lambda: '"api.started"' in log.read_text())
        [url] = [
            line["url"]
            for line in map(json.loads, re.findall(r"^{.*$", log.read_text(), re.MULTILINE))
            if line["event"] == "api.started"
        ]
        server_url = find_running(directory / "data")
        assert server_url is not None
        found = Running(url, server_url, directory)
        with httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as http:
            wait_until(lambda: http.get("/readyz").status_code == 200)
            publish(http, "rus-ukr", *map(json.loads, seed_of("rus-ukr")))
        yield found
        faults = [line for line in log.read_text().splitlines() if '"request.failed"' in line]
        assert faults == []
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_SECONDS) == 0


def position_of_seed(running: Running) -> int:
    """Give the position up to which the seed is recorded and decided on."""
    with httpx.Client(base_url=running.url, timeout=PATIENCE_SECONDS) as http:
        recorded = http.get("/v1/log").json()["position"]
        # Only then no decision about the seed is still to come.
        with Redis.from_url(running.server_url) as redis:
            decided = (keys_of("rus-ukr").checkpoints, "reconciliation")
            wait_until(lambda: int(redis.hget(*decided) or 0) >= recorded)
        position = http.get("/v1/log").json()["position"]
        http.get("/v1/figures", params={"min_position": position}).raise_for_status()
        return int(position)


def claim(ledger: str, name: str, **data: Any) -> dict[str, Any]:
    """A claim of one's own: the ombudsman's 230 of the seed, under another id."""
    event: dict[str, Any] = next(
        event
        for event in map(json.loads, seed_of(ledger))
        if (event["data"]["quantity"] or {}).get("value") == 230
    )
    day = (data.get("exchange") or {}).get("date")
    if day is not None and "published_at" not in data:
        # Said that day: nobody counts who came back later.
        event = event | {"time": f"{day}T20:00:00Z"}
        data |= {"published_at": day, "asserted_at": None}
    return event | {"id": name, "data": event["data"] | data}


def publish(http: httpx.Client, ledger: str, *events: dict[str, Any]) -> Any:
    """Publish events, and wait for their fates."""
    answer = http.post(
        "/v1/claims",
        params={"ledger": ledger},
        json=list(events),
        headers=PUBLISHER | WAITING,
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


@asynccontextmanager
async def serving(running: Running, **settings: Any) -> AsyncIterator[str]:
    """A second API on the same server, with settings of its own."""
    chosen = Settings(
        **{
            "redis_url": running.server_url,
            "config_dir": running.ledgers_dir,
            "names": LEDGERS,
            "publish_keys": (DIGEST,),
            **settings,
        }
    )
    ledgers = [load_ledger(name, config_dir=running.ledgers_dir) for name in chosen.names]
    app = make_app(chosen, ledgers)
    async with served(app, uvicorn.Server(config_of(app, chosen))) as url:
        yield url


@asynccontextmanager
async def served(app: FastAPI, server: uvicorn.Server) -> AsyncIterator[str]:
    """Serve an application on a free port of this process."""
    server.config.port = 0
    task = asyncio.create_task(server.serve())
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not server.started:  # noqa: ASYNC110  it offers nothing to wait for
            await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        app.state.shared.stop()
        server.should_exit = True
        await task
        # A request that ended late may have opened a connection after the place closed its own; the
        # transport closes in the loop's next turn.
        await app.state.shared.client.connection_pool.disconnect()
        await asyncio.sleep(0.05)


class Told(NamedTuple):
    """One event of a stream of changes."""

    id: str
    event: str
    data: Any


def told(lines: Iterator[str]) -> Iterator[Told]:
    """Read server-sent events; comments are passed on without a kind."""
    found: dict[str, str] = {}
    for line in lines:
        if line.startswith(":"):
            yield Told("", "", None)
            continue
        if line:
            name, _, value = line.partition(": ")
            found[name] = value
            continue
        data = json.loads(found["data"]) if "data" in found else None
        yield Told(found.get("id", ""), found.get("event", ""), data)
        found = {}


@contextmanager
def following(
    url: str, ledger: str, at: str | None = None, *, with_heartbeats: bool = False
) -> Iterator[Iterator[Told]]:
    """Follow changes; the first thing told is where the stream begins."""
    headers = {} if at is None else {"Last-Event-ID": at}
    with (
        httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as http,
        http.stream("GET", "/v1/changes", params={"ledger": ledger}, headers=headers) as answer,
    ):
        assert answer.status_code == 200, answer.read()
        yield (one for one in told(answer.iter_lines()) if with_heartbeats or one.id or one.event)
