"""A primary that is gone in the very moment in which views are written: by projection, and by a rebuild."""

import os
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from benchmarks.load import make_claims
from services.projection.store import ViewStore
from tests.running import ForkedProcess, Worker, run_command, run_worker, wait_until
from tests.topologies.rig import CompanyRig, rig_on


@pytest.fixture
def rig(company: Any, tmp_path: Path) -> Iterator[CompanyRig]:
    with rig_on(company, list(make_claims(150)), tmp_path) as rig:
        yield rig


def killing(server: int, writes: int, run: partial[int]) -> int:
    """Run something in a process of its own, and kill a server before its write of views of that number."""
    write, count = ViewStore.write, 0

    async def write_late(self: ViewStore, *arguments: Any, **options: Any) -> None:
        nonlocal count
        count += 1
        if count == writes:
            os.kill(server, signal.SIGKILL)
        await write(self, *arguments, **options)

    ViewStore.write = write_late  # type: ignore[method-assign]
    return run()


def test_projection_writes_its_views_to_the_server_that_takes_over(rig, company, tmp_path):
    before = company.primary()
    for name in ("ingest", "reconciliation"):
        rig.start_worker(name)
    main = partial(killing, before.process.pid, 5, partial(run_worker, "projection"))
    rig.workers["projection"] = Worker("projection", company.url, main=main, data_dir=tmp_path)
    for worker in rig.workers.values():
        worker.started()
    publisher = rig.publish(pause_seconds=0.02)

    company.wait_for_other_primary(before)
    before.kill()
    publisher.join()

    assert rig.settle()
    rig.publish(pause_seconds=0).join()
    assert rig.settle()
    state = rig.state()
    assert state.recorded() == dict.fromkeys(rig.acknowledged(), 1)
    assert state.equals_replay()
    assert all(worker.is_alive for worker in rig.workers.values())


def test_a_rebuild_that_meets_a_failover_leaves_the_views_whole_and_can_be_repeated(
    rig, company, tmp_path
):
    rig.start_workers()
    rig.publish(pause_seconds=0).join()
    assert rig.settle()
    before = company.primary()
    output = tmp_path / "rebuild.log"
    output.touch()
    settings = {"LEDGER_REDIS_URL": company.url, "LEDGER_DATA_DIR": str(tmp_path)}

    main = partial(killing, before.process.pid, 1, partial(run_command, "rebuild"))
    rebuilding = ForkedProcess(main, settings, output)
    company.wait_for_other_primary(before)
    before.kill()
    code = rebuilding.wait()

    assert "Traceback" not in output.read_text()
    assert rig.settle()
    assert rig.state().equals_replay()
    if code:
        # Told in one line, and nothing was switched.
        assert len(output.read_text().splitlines()) == 1
    again = ForkedProcess(partial(run_command, "rebuild"), settings, output)
    assert again.wait() == 0, output.read_text()
    wait_until(lambda: rig.shown_generation() != "g1")
    assert rig.settle()
    assert rig.state().equals_replay()
    assert all(worker.is_alive for worker in rig.workers.values())
