"""What the parts do when a primary is gone and another server takes its place, all of them real processes."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from benchmarks.load import make_claims
from services.eventlog.connection import connect
from services.eventlog.inbox import Inbox
from services.eventlog.port import LogUnavailableError
from services.eventlog.redis_log import RedisEventLog
from tests.cli.conftest import call as call  # noqa: PLC0414  a fixture
from tests.running import PATIENCE_SECONDS, ForkedProcess, Worker, run_command, running, wait_until
from tests.topologies.conftest import COMPANIES
from tests.topologies.rig import CompanyRig, rig_on
from tests.topologies.servers import Node, Watched


WATCHED = [company for company in COMPANIES if company[0] is Watched]
#: How long a part may take to go on after a failover, in seconds, the failover itself included.
FOLLOWED_SECONDS = 10.0


@pytest.fixture
def rig(company: Any, tmp_path: Path) -> Iterator[CompanyRig]:
    with rig_on(company, list(make_claims(300)), tmp_path) as rig:
        yield rig


def test_workers_follow_a_failover_by_themselves_and_lose_nothing_that_was_acknowledged(
    rig, company
):
    rig.start_workers()
    for worker in rig.workers.values():
        worker.started()
    publisher = rig.publish(pause_seconds=0.02)
    wait_until(lambda: len(publisher.acknowledged) > 50)

    before, shown = company.primary(), rig.shown()
    before.kill()
    killed = time.monotonic()
    company.wait_for_other_primary(before)
    # What was shown before the kill may be shown again; what is beyond it was taken in by all three since.
    wait_until(lambda: rig.shown() > shown + 20)
    assert time.monotonic() - killed < FOLLOWED_SECONDS
    publisher.join()

    assert publisher.longest < FOLLOWED_SECONDS
    assert rig.settle()
    state = rig.state()
    assert state.recorded() == dict.fromkeys(rig.acknowledged(), 1)
    assert state.equals_replay()
    assert all(worker.is_alive for worker in rig.workers.values())


def test_the_api_and_commands_work_before_and_after_a_failover(
    company, tmp_path, monkeypatch, call
):
    company.empty()
    monkeypatch.setenv("LEDGER_REDIS_URL", company.url)
    monkeypatch.setenv("LEDGER_DATA_DIR", str(tmp_path))
    lines = tmp_path / "claims.jsonl"
    first, *claims = make_claims(40)
    with up(company.url, tmp_path) as http:
        lines.write_bytes(b"\n".join(claims[:20]))
        assert json.loads(call("publish", lines, "--format", "json").out)["recorded"] == 20
        wait_until(lambda: http.get("/v1/figures").json()["items"])
        before = company.primary()
        before.kill()
        killed = time.monotonic()
        company.wait_for_other_primary(before)
        wait_until(lambda: http.get("/readyz").status_code == 200)
        assert time.monotonic() - killed < FOLLOWED_SECONDS
        lines.write_bytes(b"\n".join([first, *claims[20:]]))
        assert json.loads(call("publish", lines, "--format", "json").out)["recorded"] == 20
        wait_until(lambda: len(http.get("/v1/claims?limit=100").json()["items"]) == 40)
        assert call("log", "verify").code == 0
    company.heal()


@contextmanager
def up(url: str, directory: Path) -> Iterator[httpx.Client]:
    """All parts on a server that is there already."""
    output = directory / "up.log"
    output.touch()
    settings = {
        "LEDGER_REDIS_URL": url,
        "LEDGER_DATA_DIR": str(directory),
        "LEDGER_HTTP_PORT": "0",
        "LEDGER_ALLOW_LOSSY": "1",
    }
    process = ForkedProcess(partial(run_command, "up"), settings, output)
    try:
        wait_until(lambda: '"api.started"' in output.read_text() or process.poll() is not None)
        started = next(line for line in output.read_text().splitlines() if '"api.started"' in line)
        with httpx.Client(base_url=json.loads(started)["url"], timeout=PATIENCE_SECONDS) as http:
            yield http
    except BaseException:
        sys.stderr.write(output.read_text()[-10_000:])
        raise
    finally:
        process.terminate()
        process.wait()


@pytest.mark.parametrize("company", WATCHED, indirect=True)
async def test_a_service_that_no_sentinel_knows_is_one_line(company):
    client = connect(company.url.rpartition("/")[0] + "/other", retry_seconds=0)
    with pytest.raises(LogUnavailableError, match=r"service 'other', found none: .*: no such serv"):
        await RedisEventLog(client, "rus-ukr").last_position()
    await client.aclose()


def a_replica(company: Any) -> str:
    replica: Node = next(server for server in company.servers if not server.is_primary())
    return replica.place


@pytest.mark.parametrize("company", WATCHED, indirect=True)
def test_a_replica_named_as_a_server_of_its_own_is_refused_in_words(company, tmp_path):
    worker = Worker("ingest", f"redis://{a_replica(company)}", data_dir=tmp_path)
    with running([worker]):
        assert worker.process.wait() == 2
        [refused] = worker.log("worker.refused")
        assert refused["error"].startswith("expected a primary, found a replica")


@pytest.mark.parametrize("company", WATCHED, indirect=True)
async def test_a_replica_that_is_written_to_says_so(company):
    client = connect(f"redis://{a_replica(company)}", retry_seconds=0)
    with pytest.raises(LogUnavailableError, match="expected a primary, found a replica"):
        await Inbox(client, "rus-ukr").publish([b"{}"])
    await client.aclose()
