"""An API that runs for tests: with all workers, or by itself with settings of its own."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import uvicorn

from services.api.app import config_of, make_app
from services.ledgers import load_ledger
from services.settings import Settings
from tests.cli.running import seed_of


KEY = "a key for tests"
DIGEST = sha256(KEY.encode()).hexdigest()
#: The shipped ledger, seeded and then left alone, and copies for tests that change what one holds.
LEDGERS = (
    *("rus-ukr", "growing", "publishing", "following", "flowing", "hostile"),
    "killing",
)
PUBLISHER = {"Authorization": f"Bearer {KEY}"}
#: Longest wait for anything, in seconds.
PATIENCE_SECONDS = 20.0


class Running(NamedTuple):
    """An `up` with its API: where both answer, and where its ledgers are described."""

    url: str
    server_url: str
    ledgers_dir: Path


def claim(ledger: str, name: str, **data: Any) -> dict[str, Any]:
    """A claim of one's own: the ombudsman's 230 of the seed, under another id."""
    event: dict[str, Any] = next(
        event
        for event in map(json.loads, seed_of(ledger))
        if (event["data"]["quantity"] or {}).get("value") == 230
    )
    return event | {"id": name, "data": event["data"] | data}


def publish(http: httpx.Client, ledger: str, *events: dict[str, Any], wait: int = 15) -> Any:
    """Publish events, and wait for their fates."""
    answer = http.post(
        "/v1/claims",
        params={"ledger": ledger},
        json=list(events),
        headers=PUBLISHER | {"Prefer": f"wait={wait}"},
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
    config = config_of(app, chosen)
    config.port = 0
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not server.started:  # noqa: ASYNC110  it offers nothing to wait for
            await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        app.state.place.stop()
        server.should_exit = True
        await task
        # A request that ended late may have opened a connection after the place closed its own; the
        # transport closes in the loop's next turn.
        await app.state.place.client.connection_pool.disconnect()
        await asyncio.sleep(0.05)


class Told(NamedTuple):
    """One event of a stream of changes."""

    id: str
    event: str
    data: Any


def told(lines: Iterator[str]) -> Iterator[Told]:
    """Read server-sent events; comments and bare ids are passed on without a kind."""
    found: dict[str, str] = {}
    for line in lines:
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


def wait_until(is_so: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"did not come about within {seconds} s"
        time.sleep(0.02)
