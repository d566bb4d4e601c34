"""Entries, index and checkpoints removed or added by hand: named, nothing appended, and mended by a command."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from benchmarks.load import make_claims
from services.api.app import config_of, make_app
from services.cli.main import run
from services.eventlog.chain import split
from services.eventlog.chaining import chain_log
from services.eventlog.port import Advance, LogDamagedError, NewEvent
from services.eventlog.redis_log import RedisEventLog
from services.ledgers import load_ledger
from services.log_events.envelope import content_id
from services.queries.replay import replay
from services.runtime.settings import Settings
from tests.api.running import served
from tests.running import PATIENCE_SECONDS


pytestmark = pytest.mark.redis

GUARANTEES = Path(__file__).parents[2] / "docs" / "guarantees.md"
LEDGER = load_ledger("rus-ukr")
BODIES = replay(make_claims(40), ledger=LEDGER).log.bodies()
LAST = len(BODIES)
ONE_MORE = NewEvent(content_id("one more"), b'{"one":"more"}')


@pytest.fixture
async def stored(server_url, monkeypatch, tmp_path, client) -> AsyncIterator[Path]:
    """A log on the server, with an export of it; the settings lead to both."""
    monkeypatch.setenv("LEDGER_REDIS_URL", server_url)
    monkeypatch.setenv("LEDGER_DATA_DIR", str(tmp_path))
    yield tmp_path / "export.jsonl"
    await empty(client)  # Other tests on this server read the same ledger.


async def empty(client: Any) -> None:
    await client.unlink(*[key async for key in client.scan_iter(match="exl:{rus-ukr}*")], "none")


async def fill(client: Any, export: Path) -> RedisEventLog:
    await empty(client)
    log = RedisEventLog(client, LEDGER.name)
    events = [
        NewEvent(content.split(b'"id":"', 1)[1][:32].decode(), content)
        for content in contents(BODIES)
    ]
    await log.append(events, Advance("reconciliation", 0, LAST))
    entries = await log.read(after=0, limit=LAST)
    lines = b"".join(entry.body + b"\n" for entry in entries)
    await asyncio.to_thread(export.write_bytes, lines)
    return log


def contents(bodies: Iterable[bytes]) -> list[bytes]:
    return [part.content for body in bodies if (part := split(body))]


def command(capsys: Any, *arguments: object) -> tuple[int, str]:
    """Run a command in a thread of its own, since it has an event loop of its own."""
    with pytest.raises(SystemExit) as ended:
        run([str(argument) for argument in arguments])
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out + said.err


async def in_thread(capsys: Any, *arguments: object) -> tuple[int, str]:
    return await asyncio.to_thread(command, capsys, *arguments)


async def remove_entry(client: Any) -> None:
    await client.xdel("exl:{rus-ukr}:log", "7-0")


async def remove_end(client: Any) -> None:
    await client.xdel("exl:{rus-ukr}:log", f"{LAST - 1}-0", f"{LAST}-0")


async def remove_log(client: Any) -> None:
    await client.unlink("exl:{rus-ukr}:log")


async def add_foreign(client: Any) -> None:
    await client.xadd("exl:{rus-ukr}:log", {"hello": "world"})


async def remove_index(client: Any) -> None:
    await client.unlink(*[key async for key in client.scan_iter(match="exl:{rus-ukr}:log:ids:*")])


async def move_checkpoint(client: Any) -> None:
    await client.hset("exl:{rus-ukr}:log:checkpoints", "reconciliation", LAST + 9)


@pytest.mark.parametrize(
    "fault",
    [
        (remove_entry, f"found {LAST - 1} entries", "restore"),
        (remove_end, f"expected exl:{{rus-ukr}}:log to end at position {LAST}", "restore"),
        (remove_log, f"expected exl:{{rus-ukr}}:log to end at position {LAST}", "restore"),
        (add_foreign, f"found {LAST + 1} entries", "repair"),
        (remove_index, "expected the index of event ids", "repair"),
        (move_checkpoint, f"found it at {LAST + 9}", "repair"),
    ],
    ids=["an entry", "the end", "the whole log", "a foreign entry", "the index", "a checkpoint"],
)
async def test_damage_is_named_and_mended(client, stored, capsys, fault):
    damage, named, mended_by = fault
    log = await fill(client, stored)
    assert await in_thread(capsys, "log", "verify") == (
        0,
        f"{LAST} events, chain {log.seen.last.chain}, 0 faults\n",
    )
    await damage(client)

    found = int(await client.hget("exl:{rus-ukr}:log:checkpoints", "reconciliation"))
    with pytest.raises(LogDamagedError) as refused:
        await log.append([ONE_MORE], Advance("reconciliation", found, found))
    assert named in str(refused.value)
    # The page says so in these words.
    said = re.sub(r"\d+", "N", str(refused.value).partition(" (")[0])
    assert f"“{said}”" in GUARANTEES.read_text(encoding="utf-8")
    code, told = await in_thread(capsys, "log", "verify")
    assert code == 1
    assert "0 faults" not in told

    mending = ("restore", stored) if mended_by == "restore" else ("repair",)
    code, told = await in_thread(capsys, "log", *mending)
    assert (code, "nothing to mend" in told) == (0, False), told
    code, told = await in_thread(capsys, "log", "verify")
    assert (code, told.endswith(", 0 faults\n")) == (0, True), told
    await log.append([ONE_MORE])


async def test_another_time_of_a_damaged_log_is_refused_and_the_fault_named(
    client, stored, server_url
):
    app = make_app(Settings(redis_url=server_url), [LEDGER])

    async def answer(asked: str) -> tuple[int, str]:
        found = await http.get("/v1/figures", params={asked: "2024-01-03"})
        return found.status_code, found.json().get("detail", "")

    async with (
        served(app, uvicorn.Server(config_of(app, Settings(redis_url=server_url)))) as url,
        httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS) as http,
    ):
        log = await fill(client, stored)
        assert await answer("as_known_on") == (200, "")
        await log.append([ONE_MORE])
        status, detail = await answer("as_known_on")
        assert (status, "expected events alone in the log" in detail) == (503, True)
        await remove_entry(client)
        for asked in ("as_known_on", "as_asserted_by"):
            status, detail = await answer(asked)
            assert (status, "expected an event at position 7" in detail) == (503, True)


async def test_behind_a_gap_nothing_is_dropped_unasked_and_what_is_dropped_is_named(
    client, stored, capsys
):
    await fill(client, stored)
    await client.xdel("exl:{rus-ukr}:log", "7-0")

    code, told = await in_thread(capsys, "log", "repair")
    assert (code, "expected the event of position 7" in told) == (1, True)
    assert await client.xlen("exl:{rus-ukr}:log") == LAST - 1

    code, told = await in_thread(capsys, "log", "repair", "--cut")
    assert code == 0
    assert f"positions 7 to {LAST} were lost" in told
    for telling in (("log", "verify"), ("status",), ("log", "losses", "--format", "table")):
        code, told = await in_thread(capsys, *telling)
        assert (code, f"positions 7 to {LAST} were lost" in " ".join(told.split())) == (1, True)
    loss = (await in_thread(capsys, "log", "losses", "--format", "jsonl"))[1].split('"')[3]
    noted = ("--who", "an operator", "--why", "claims published again")
    assert (await in_thread(capsys, "log", "acknowledge", loss, *noted))[0] == 0
    assert (await in_thread(capsys, "log", "verify"))[0] == 0


async def test_an_altered_number_in_an_export_is_refused_at_its_line(client, stored, capsys):
    await fill(client, stored)
    lines = (await asyncio.to_thread(stored.read_bytes)).splitlines()
    at = next(place for place, line in enumerate(lines) if b'"value":' in line)
    lines[at] = lines[at].replace(b'"value":', b'"value":9', 1)
    await asyncio.to_thread(stored.write_bytes, b"\n".join(lines))
    await empty(client)

    code, told = await in_thread(capsys, "log", "import", stored)

    assert code != 0
    assert f"line {at + 1} of the export: expected chain value" in told
    assert await client.xlen("exl:{rus-ukr}:log") == 0


async def test_an_export_is_imported_with_its_history(client, stored, capsys):
    log = await fill(client, stored)
    chain = log.seen.last.chain
    await empty(client)

    code, told = await in_thread(capsys, "log", "import", stored)

    assert (code, told) == (0, f"{LAST} events appended, 0 were there\n")
    assert await RedisEventLog(client, LEDGER.name).chain_at(LAST) == chain


async def test_a_log_of_an_earlier_version_gets_its_chain_once_and_loses_nothing(
    client, stored, capsys
):
    await fill(client, stored)
    before = contents(BODIES)
    await client.unlink("exl:{rus-ukr}:log")
    await client.hdel("exl:{rus-ukr}:log:checkpoints", "#last")
    for place, content in enumerate(before, 1):
        body = b'{"position":%d,' % place + content[1:]
        await client.xadd("exl:{rus-ukr}:log", {"event": body}, id=f"{place}-0")

    assert await chain_log(client, LEDGER.name) == LAST
    assert await chain_log(client, LEDGER.name) == 0

    log = RedisEventLog(client, LEDGER.name)
    entries = await log.read(after=0, limit=LAST)
    assert contents(entry.body for entry in entries) == before
    code, told = await in_thread(capsys, "log", "verify")
    assert (code, told.endswith(", 0 faults\n")) == (0, True), told
    assert (await log.append([ONE_MORE])).positions == (LAST + 1,)
