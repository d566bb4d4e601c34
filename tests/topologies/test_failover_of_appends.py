"""A primary that is gone in the very moment in which a batch is appended: before it, or after it and unanswered."""

import os
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from benchmarks.load import make_claims
from services.eventlog.redis_log import RedisEventLog
from tests.failure.forked_workers import WORKERS
from tests.running import Worker, run_worker
from tests.topologies.conftest import COMPANIES
from tests.topologies.rig import CompanyRig, rig_on
from tests.topologies.servers import Watched


WATCHED = [company for company in COMPANIES if company[0] is Watched]


@pytest.fixture
def rig(company: Any, tmp_path: Path) -> Iterator[CompanyRig]:
    with rig_on(company, list(make_claims(150)), tmp_path) as rig:
        # What is acknowledged is on a replica, so that none of it may be missing afterwards.
        rig.replicas = 1
        yield rig


def killing(server: int, worker: str, *, is_appended: bool) -> int:
    """Run a worker, and kill a server at the first batch of more than one event.

    Args:
        server: The process id of the server.
        worker: The worker's name.
        is_appended: Whether the server runs the script before it is killed; its answer is lost then.
    """
    append, is_killed = RedisEventLog.append, False

    async def append_late(self: RedisEventLog, events: Any, advance: Any = None) -> Any:
        nonlocal is_killed
        if is_killed or len(events) <= 1:
            return await append(self, events, advance)
        is_killed, script = True, self._append

        async def unanswered(**arguments: Any) -> Any:
            self._append = script
            if not is_appended:
                os.kill(server, signal.SIGKILL)
                return await script(**arguments)
            await script(**arguments)
            os.kill(server, signal.SIGKILL)
            # As the client does with an answer that is lost.
            return await script(**arguments)

        self._append = unanswered  # type: ignore[assignment]
        return await append(self, events, advance)

    RedisEventLog.append = append_late  # type: ignore[method-assign]
    return run_worker(worker)


@pytest.mark.parametrize("company", WATCHED, indirect=True)
@pytest.mark.parametrize("is_appended", [False, True], ids=["before", "unanswered"])
@pytest.mark.parametrize("name", ["ingest", "reconciliation"])
def test_a_batch_whose_primary_is_gone_is_recorded_once_on_the_server_that_takes_over(
    rig, company, tmp_path, name, is_appended
):
    # All claims wait before anybody takes them, so that they are appended in batches.
    rig.publish(pause_seconds=0).join()
    before = company.primary()
    for other in WORKERS:
        if other != name:
            rig.start_worker(other)
    main = partial(killing, before.process.pid, name, is_appended=is_appended)
    rig.workers[name] = Worker(name, company.url, main=main, data_dir=tmp_path)

    company.wait_for_other_primary(before)
    before.kill()

    assert rig.settle()
    state = rig.state()
    assert len(rig.acknowledged()) == len(rig.claims)
    assert state.recorded() == dict.fromkeys(rig.acknowledged(), 1)
    assert state.equals_replay()
    assert all(worker.is_alive for worker in rig.workers.values())
