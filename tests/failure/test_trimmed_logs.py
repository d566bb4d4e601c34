"""A trimmed log on a real server: commands and API answer as before, workers start on it, harm is named."""

import asyncio
import json
import re
import signal
import sys
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from benchmarks.load import make_claims
from services.api.app import config_of, make_app
from services.cli.main import run
from services.eventlog.chain import split
from services.eventlog.connection import connect
from services.eventlog.port import Advance, NewEvent
from services.eventlog.redis_log import RedisEventLog
from services.ledgers import load_ledger
from services.queries import trimming
from services.queries.replay import replay
from services.runtime.settings import read_settings
from tests.api.running import served
from tests.running import PATIENCE_SECONDS, Worker, running, wait_until


pytestmark = pytest.mark.redis

LEDGER = load_ledger("rus-ukr")
REPLAYED = replay(make_claims(40), ledger=LEDGER)
BODIES = REPLAYED.log.bodies()
LAST = len(BODIES)
KEPT = 5
#: What is asked of a log before and after it is trimmed.
COMMANDS: Sequence[Sequence[object]] = (
    ("log", "export"),
    ("log", "verify"),
    ("log", "tail", "--format", "json"),
    ("log", "policies", "--format", "json"),
    ("rebuild", "--check"),
    ("claims", "--format", "json"),
    ("figures", "--as-known-on", "2999-01-01", "--format", "json"),
    ("figures", "--as-asserted-by", "2023-01-01", "--format", "json"),
    ("what-if", "--without-tier", "5"),
    ("diff", "3", str(LAST - 1), "--format", "json"),
)
REQUESTS = (
    "/v1/log?limit=1000",
    f"/v1/log?after={LAST - KEPT - 2}&limit=4",
    "/v1/claims?limit=100",
    "/v1/figures?as_known_on=2998-01-01",
    "/v1/figures?as_asserted_by=2023-01-01",
    f"/v1/diff?from=3&to={LAST - 1}",
)


@pytest.fixture
async def stored(server_url, monkeypatch, tmp_path, client) -> AsyncIterator[Path]:
    """A log on the server that is decided and shown; the settings lead to it."""
    monkeypatch.setenv("LEDGER_REDIS_URL", server_url)
    monkeypatch.setenv("LEDGER_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("LEDGER_SEALED_DIR", str(tmp_path / "sealed"))
    await empty(client)
    events = [
        NewEvent(json.loads(part.content)["id"], part.content)
        for part in map(split, BODIES)
        if part
    ]
    await RedisEventLog(client, LEDGER.name).append(events, Advance("reconciliation", 0, LAST))
    yield tmp_path / "sealed" / LEDGER.name
    await empty(client)  # Other tests on this server read the same ledger.


async def empty(client: Any) -> None:
    if keys := [key async for key in client.scan_iter(match="exl:{rus-ukr}*")]:
        await client.unlink(*keys)


@pytest.fixture
def call(capsys) -> Any:
    """Run a command in a thread of its own, since it has an event loop of its own."""

    def command(*arguments: object) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            run([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out + said.err

    async def in_thread(*arguments: object) -> tuple[int, str]:
        return await asyncio.to_thread(command, *arguments)

    return in_thread


@pytest.fixture
async def http(stored) -> AsyncIterator[httpx.AsyncClient]:
    settings = read_settings()
    app = make_app(settings, [LEDGER])
    async with (
        served(app, uvicorn.Server(config_of(app, settings))) as url,
        httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS) as http,
    ):
        yield http


async def answers(call: Any, http: httpx.AsyncClient) -> dict[object, object]:
    found: dict[object, object] = {asked: await call(*asked) for asked in COMMANDS}
    found |= {asked: (await http.get(asked)).raise_for_status().json() for asked in REQUESTS}
    return found


async def test_what_holds_events_in_the_server_is_named(client, stored, call, monkeypatch):
    with monkeypatch.context() as unset:
        unset.delenv("LEDGER_SEALED_DIR")
        code, told = await call("log", "trim", "--keep", KEPT)
        assert (code, "expected LEDGER_SEALED_DIR" in told) == (2, True)
    code, told = await call("log", "trim", "--keep", KEPT)
    assert (code, "held at position 0: not sealed yet" in told) == (1, True)
    assert "held at position 0: the views (none) show no more" in told

    assert (await call("log", "seal"))[0] == 0
    assert (await call("rebuild"))[0] == 0
    await client.hset("exl:{rus-ukr}:log:checkpoints", "reconciliation", 9)
    await client.xgroup_create("exl:{rus-ukr}:log", "others", id="12-0")
    code, told = await call("log", "trim", "--keep", KEPT, "--dry-run")
    assert code == 0
    assert f"positions 1 to 9 would be moved out of the server, {LAST - 9} stay" in told
    assert "held at position 9: reconciliation has dealt with no more" in told
    assert await client.xlen("exl:{rus-ukr}:log") == LAST
    await client.hset("exl:{rus-ukr}:log:checkpoints", "reconciliation", LAST)
    code, told = await call("log", "trim", "--keep", KEPT)
    assert (code, "consumers of the group others were handed no more" in told) == (0, True)
    assert await client.xlen("exl:{rus-ukr}:log") == LAST - 12
    code, told = await call("log", "trim", "--keep", KEPT)
    assert (code, "nothing to trim" in told) == (1, True)
    await client.xgroup_destroy("exl:{rus-ukr}:log", "others")
    assert (await call("log", "trim", "--keep", KEPT))[0] == 0
    code, told = await call("log", "trim", "--keep", KEPT)
    assert (code, f"nothing to trim: up to position {LAST - KEPT}" in told) == (0, True)


async def test_everything_is_answered_as_before_and_gone_segments_are_named(
    client, stored, call, http
):
    assert (await call("rebuild"))[0] == 0
    before = await answers(call, http)
    assert (await call("log", "seal", "--size", 20, "--format", "parquet"))[0] == 0
    assert (await call("log", "seal", "--size", 20, "--renew"))[0] == 0
    assert (await call("log", "trim", "--keep", KEPT))[0] == 0
    assert await client.xlen("exl:{rus-ukr}:log") == KEPT

    assert await answers(call, http) == before
    assert (await call("log", "verify", "--sealed", stored))[0] == 0
    assert (await call("log", "seal"))[0] == 0
    assert (
        f"({LAST - KEPT} of them in sealed segments)"
        in (await call("status", "--format", "table"))[1]
    )

    gone = stored / "000000000021-2.jsonl"
    gone.rename(stored / "gone")
    for command in ("log verify", "log export", "status", "rebuild --check"):
        code, told = await call(*command.split())
        assert (code, gone.name in told) == (1, True), (command, told)
    for path in ("/v1/log?after=19&limit=2", "/v1/figures?as_known_on=2997-01-01"):
        found = await http.get(path)
        assert (found.status_code, gone.name in found.json()["detail"]) == (503, True), found.text
    # What needs none of them goes on.
    assert (await http.get(f"/v1/log?after={LAST - 2}")).status_code == 200
    assert (await http.get("/v1/figures")).status_code == 200


async def test_a_trim_that_is_killed_between_two_steps_has_lost_nothing(
    client, stored, call, monkeypatch
):
    monkeypatch.setattr(trimming, "STEP_COUNT", 7)
    exported = await call("log", "export")
    await call("rebuild")
    await call("log", "seal", "--size", 10)
    steps = 0
    whole = RedisEventLog.trim

    async def trim(log: RedisEventLog, *arguments: Any) -> int:
        nonlocal steps
        steps += 1
        if steps == 3:
            raise KeyboardInterrupt
        return await whole(log, *arguments)

    monkeypatch.setattr(RedisEventLog, "trim", trim)
    await call("log", "trim", "--keep", KEPT)
    assert await client.xlen("exl:{rus-ukr}:log") == LAST - 14
    assert await call("log", "export") == exported
    assert (await call("log", "verify"))[0] == 0

    monkeypatch.setattr(RedisEventLog, "trim", whole)
    assert (await call("log", "trim", "--keep", KEPT))[0] == 0
    assert await call("log", "export") == exported


#: A process that trims in small steps and ends itself, as kill -9 does, at one of its commands.
TRIM_UNTIL = """
import sys
from services.cli.main import run
from services.queries import trimming
from tests.failure.forked_workers import Death, end_at

trimming.STEP_COUNT = 7
end_at(Death(int(sys.argv[1]), sys.argv[2]))
run(["log", "trim", "--keep", sys.argv[3]])
"""


@pytest.mark.e2e
async def test_a_trim_that_is_killed_at_any_command_has_lost_nothing(client, stored, call):
    await call("rebuild")
    await call("log", "seal", "--size", 10)
    exported = await call("log", "export")
    places, command, code = set[int](), 20, -signal.SIGKILL
    while code == -signal.SIGKILL:
        side = "after" if command % 2 else "before"
        arguments = (TRIM_UNTIL, str(command), side, str(KEPT))
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", *arguments, stdout=asyncio.subprocess.DEVNULL
        )
        code = await process.wait()
        places.add(LAST - await client.xlen("exl:{rus-ukr}:log"))
        assert await call("log", "export") == exported
        command += 5

    assert code == 0
    assert max(places) == LAST - KEPT
    assert (await call("log", "verify"))[0] == 0
    assert len(places) > 2, f"killed between steps, found it trimmed to {sorted(places)} alone"


@pytest.mark.e2e
async def test_workers_start_on_a_trimmed_log_and_go_on(client, stored, call, server_url, tmp_path):
    await call("rebuild")
    await call("log", "seal", "--size", 20)
    await call("log", "trim", "--keep", KEPT)
    claims = list(make_claims(44))[-7:]
    for each in claims:
        await client.xadd("exl:{rus-ukr}:inbox", {"event": each})
    # The views are gone, too, so that all three read the log from its beginning.
    await client.unlink(*[key async for key in client.scan_iter(match="exl:{rus-ukr}:view:*")])

    names = ("ingest", "reconciliation", "projection")
    workers = [Worker(name, server_url, data_dir=tmp_path) for name in names]
    with running(workers):
        await asyncio.to_thread(wait_for, workers, server_url)
        code, told = await call("log", "verify")
        assert (code, ", 0 faults" in told) == (0, True), told
        assert (await call("rebuild", "--check"))[0] == 0
        assert (await call("log", "losses", "--format", "table")) == (0, "nothing was lost\n")
        # How far a part has read is written down once a second.
        deadline = time.monotonic() + PATIENCE_SECONDS
        while "has read no more" in (answer := await call("log", "trim", "--keep", KEPT))[1]:
            assert time.monotonic() < deadline, answer
            await asyncio.sleep(0.2)
        code, told = answer
        # What was recorded since the segments were made stays.
        moved = re.search(
            r"to (\d+) were moved .*held at position (\d+): not sealed yet", told, re.DOTALL
        )
        assert (code, moved is not None and moved[1] == moved[2]) == (0, True), told
        assert (await call("log", "seal"))[0] == 0
        assert (await call("log", "trim", "--keep", KEPT))[0] == 0
        assert [worker.stop() for worker in workers] == [0, 0, 0]


def wait_for(workers: Sequence[Worker], url: str) -> None:
    for worker in workers:
        worker.started()

    async def is_settled() -> bool:
        client = connect(url, retry_seconds=0)
        try:
            log = RedisEventLog(client, LEDGER.name)
            last = await log.last_position()
            decided = await log.checkpoint("reconciliation")
            shown = await client.hget("exl:{rus-ukr}:view:g1:meta", "position")
            waiting = await client.xlen("exl:{rus-ukr}:inbox")
        finally:
            await client.aclose()
        return waiting == 0 and LAST < last == decided == int(shown or 0)

    wait_until(lambda: asyncio.run(is_settled()))
