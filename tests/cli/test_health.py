"""What an operator is told while parts stand still: real processes, stopped, killed and hanging."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx
import pytest
from redis import Redis

from services.api.http.liveness import BEAT_SECONDS, KEPT_SECONDS
from services.eventlog.readers import SILENT_SECONDS
from services.runtime.reader_context import STATUS_SECONDS
from tests.cli.running import Call, seed_of
from tests.running import PATIENCE_SECONDS, Server, Worker, own_server, wait_until


pytestmark = [pytest.mark.e2e, pytest.mark.redis]

INBOX = "exl:{rus-ukr}:inbox"
#: Two stages with bugs put in by hand.
HANGING = ("reconciliation", "projection")
WAITS = (
    "import asyncio; from services.projection.worker import Projection\n"
    "async def hang(self, entries): await asyncio.Event().wait()\n"
    "Projection.handle = hang\n"
)
BLOCKS = (
    "import time; from services.reconciliation.worker import Reconciliation\n"
    "async def hang(self, entries): time.sleep(600)\n"
    "Reconciliation.handle = hang\n"
)
WORKER = (
    "import sys; from services.runtime.settings import read_settings; "
    "from services.{0}.worker import run; sys.exit(run(read_settings()))"
)
API = "from services.cli.main import run; run(['api'])"


@pytest.fixture
def server(monkeypatch) -> Iterator[Server]:
    """A server of its own, which commands find by their settings."""
    with own_server() as server:
        server.start()
        monkeypatch.setenv("LEDGER_REDIS_URL", server.url)
        monkeypatch.delenv("LEDGER_NAMES", raising=False)
        yield server


@contextmanager
def program(server: Server, code: str) -> Iterator[subprocess.Popen[bytes]]:
    """A Python program that serves the ledger on a server; it is killed afterwards."""
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "LEDGER_REDIS_URL": server.url, "LEDGER_HTTP_PORT": "0"},
        stdout=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait(PATIENCE_SECONDS)
        assert process.stdout is not None
        process.stdout.close()


def url_of(api: subprocess.Popen[bytes]) -> str:
    assert api.stdout is not None
    for line in api.stdout:
        if b'"api.started"' in line:
            return str(json.loads(line)["url"])
    raise AssertionError("the API did not start")


def publish(server: Server, event: str) -> None:
    with Redis.from_url(server.url) as client:
        client.xadd(INBOX, {"event": event})


def red_in(call: Call) -> dict[str, str]:
    """The stages that `status` finds unhealthy, and their states; the exit code says the same."""
    time.sleep(0.1)
    answer = call("status", "--format", "json")
    [status] = json.loads(answer.out)
    red = {one["stage"]: one["state"] for one in status["stages"] if not one["healthy"]}
    assert (answer.code, status["healthy"]) == ((1, False) if red else (0, True))
    assert len(status["problems"]) == len(red)
    return red


def unready_at(url: str) -> set[str]:
    answer = httpx.get(f"{url}/readyz", timeout=PATIENCE_SECONDS)
    if answer.status_code == 200:
        return set()
    problem: Any = answer.json()
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) > 0
    return {one["stage"] for one in problem.get("stages", [{"stage": problem["title"]}])}


def test_a_part_that_falls_silent_is_told_within_five_seconds():
    beat = max(STATUS_SECONDS, BEAT_SECONDS)

    assert SILENT_SECONDS + KEPT_SECONDS <= 5
    assert 3 * beat <= SILENT_SECONDS, "one late beat is no alarm"


def test_parts_that_stand_still_are_red_and_green_again_when_they_are_back(server, call):
    publish(server, seed_of("rus-ukr")[0])
    assert red_in(call) == {"ingest": "missing"}
    with Redis.from_url(server.url) as client:
        client.delete(INBOX)

    workers = [Worker("ingest", server.url)]
    try:
        with ExitStack() as stack:
            api = stack.enter_context(program(server, API))
            hanging = [
                stack.enter_context(program(server, bug + WORKER.format(name)))
                for name, bug in (("reconciliation", BLOCKS), ("projection", WAITS))
            ]
            url = url_of(api)
            wait_until(lambda: red_in(call) == {} and unready_at(url) == set())

            # Stopped, as by a debugger or a machine that sleeps: the processes are there all the same.
            for process in (workers[0].process, api):
                process.send_signal(signal.SIGSTOP)
            wait_until(lambda: red_in(call) == {"ingest": "silent", "api": "silent"})
            assert call("status", "--part", "ingest").code == 1
            assert call("status", "--part", "projection", "--here").code == 0
            for process in (workers[0].process, api):
                process.send_signal(signal.SIGCONT)
            wait_until(lambda: red_in(call) == {} and unready_at(url) == set())

            # One waits for ever at the event, the other never gives its event loop back.
            publish(server, seed_of("rus-ukr")[0])
            wait_until(lambda: red_in(call) == {"reconciliation": "silent", "projection": "stuck"})
            problems = json.loads(call("status", "--format", "json").out)[0]["problems"]
            assert "shows no sign of life" in problems[0]
            assert "lives and has gone on to nothing" in problems[1]
            assert "1 entry waits" in problems[1]

            for process in hanging:
                process.kill()
            wait_until(lambda: red_in(call) == dict.fromkeys(HANGING, "silent"))
            assert unready_at(url) == set(HANGING)
            assert httpx.get(f"{url}/readyz?stage=api").status_code == 200
            assert httpx.get(f"{url}/readyz?stage=projection").status_code == 503
            assert httpx.get(f"{url}/readyz?stage=nothing").status_code == 400
            assert httpx.get(f"{url}/v1/figures").status_code == 200
            workers += [Worker(name, server.url) for name in HANGING]
            wait_until(lambda: red_in(call) == {} and unready_at(url) == set())
    finally:
        for worker in workers:
            worker.close()


def test_a_watched_status_is_shown_anew_until_it_is_interrupted(server):
    with tempfile.TemporaryFile() as output:
        watching = subprocess.Popen(
            [sys.executable, "-m", "services.cli.main", "status", "--watch", "--format", "jsonl"],
            stdout=output,
        )

        def looks() -> list[Any]:
            output.seek(0)
            return [json.loads(line) for line in output.read().splitlines()]

        try:
            wait_until(lambda: len(looks()) >= 2 and looks()[-1]["healthy"])
            publish(server, seed_of("rus-ukr")[0])
            wait_until(lambda: not looks()[-1]["healthy"])
        finally:
            watching.send_signal(signal.SIGINT)
        assert watching.wait(PATIENCE_SECONDS) == 1


def test_a_full_inbox_is_waited_for_a_while_and_then_told(server, call, monkeypatch, tmp_path):
    monkeypatch.setenv("LEDGER_INBOX_MAX", "3")
    lines = seed_of("rus-ukr")
    (tmp_path / "more.jsonl").write_text("\n".join(lines[3:5]))
    for event in lines[:3]:
        publish(server, event)

    full = call("publish", tmp_path / "more.jsonl", "--wait-for-room", "0.3", "--wait", "0")

    assert full.code == 1
    assert "the inbox of rus-ukr is full (3 of 3 entries): waiting for room" in full.err
    assert "after 0 lines published: expected room" in full.err
    worker = Worker("ingest", server.url, inbox_max=3)
    try:
        published = call("publish", tmp_path / "more.jsonl", "--wait-for-room", PATIENCE_SECONDS)
    finally:
        worker.close()
    assert published.code == 0
    assert published.out.startswith("recorded 2")
    with Redis.from_url(server.url) as client:
        assert client.get(f"{INBOX}:limit") == b"3"


def test_a_server_whose_memory_is_full_is_told_in_a_sentence(server, call, monkeypatch, tmp_path):
    # It is tried again for a while, which is not waited for here.
    monkeypatch.setattr("services.cli.publish.RETRY_SECONDS", 0)
    (tmp_path / "one.jsonl").write_text(seed_of("rus-ukr")[0])
    with Redis.from_url(server.url) as client:
        client.config_set("maxmemory", "1mb")

    refused = call("publish", tmp_path / "one.jsonl")
    status = call("status", "--format", "json")

    assert refused.code == 3
    [line] = refused.err.splitlines()
    assert "the server's memory is full, and it takes nothing in" in line
    assert status.code == 1
    assert "it refuses writes" in json.loads(status.out)[0]["problems"][-1]
