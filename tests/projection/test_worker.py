"""A projection on a real server whose views come back as they were at an earlier moment."""

import json
from collections.abc import AsyncIterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from services.eventlog.port import NewEvent
from services.projection.store import ViewStore
from services.projection.worker import READER, Projection
from services.runtime.beginnings import Beginnings
from services.runtime.reader_context import ProcessContext, ReaderContext
from services.runtime.settings import Settings
from services.runtime.telemetry import set_up_logging
from tests.reconciliation.given import LEDGER
from tests.test_stored_events import DECIDED_BEFORE


pytestmark = pytest.mark.redis

EVENTS = [
    NewEvent(json.loads(body)["id"], b"{" + body.partition(b",")[2]) for body in DECIDED_BEFORE
]


async def views_of(client: Any, ledger: str) -> list[bytes]:
    keys = client.scan_iter(match=f"exl:{{{ledger}}}:view:*", count=10_000)
    return [key async for key in keys]


@pytest.fixture
async def line(server_url: str, tmp_path: Path, ledger: str) -> AsyncIterator[ReaderContext]:
    set_up_logging("info", stream=StringIO())
    process = ProcessContext(Settings(redis_url=server_url, data_dir=tmp_path), Beginnings())
    yield ReaderContext(READER, READER, LEDGER.model_copy(update={"name": ledger}), process)
    await process.close()


async def test_views_that_went_back_are_written_to_the_end_with_the_next_event(
    line: ReaderContext, ledger: str, client: Any
) -> None:
    store, projection = ViewStore(client, ledger), Projection(line)
    await line.log.append(EVENTS[:2])
    await projection.open()
    views = {key: await client.dump(key) for key in await views_of(client, ledger)}
    await line.log.append(EVENTS[2:-1])
    await projection.handle(await line.log.read(after=2, limit=100))

    await client.delete(*await views_of(client, ledger))
    for key, dumped in views.items():
        await client.restore(key, 0, dumped, replace=True)
    assert await store.position("g1") == 2
    await line.log.append(EVENTS[-1:])
    await projection.handle(await line.log.read(after=len(EVENTS) - 1, limit=100))

    assert await store.position("g1") == len(EVENTS)
