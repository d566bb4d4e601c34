"""Several processes share ledgers out: who comes gets some, who dies or is halted loses them, and nothing else is."""

import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import call as call  # noqa: PLC0414  a fixture
from tests.running import own_server, wait_until
from tests.topologies.many import STAGES, Many, PacedPublisher, claims_of


#: How long a dead process's ledgers may be served by nobody, in seconds.
TAKEN_OVER_SECONDS = 10.0
#: How long a new process may wait for its share, in seconds.
SHARED_SECONDS = 6.0


@pytest.fixture
def many(tmp_path: Path) -> Iterator[Many]:
    with own_server() as server:
        server.start()
        many = Many(server.url, tmp_path, 6)
        try:
            yield many
        except BaseException:
            sys.stderr.write(many.output())
            raise
        finally:
            many.close()


@pytest.mark.parametrize("stage", STAGES)
def test_a_holder_that_was_halted_and_goes_on_does_no_harm(many, stage):
    workers = {name: many.start(name) for name in STAGES}
    for worker in workers.values():
        worker.started()
    halted = many.start(stage).started()
    wait_until(lambda: many.is_shared(stage, [workers[stage], halted]), seconds=SHARED_SECONDS)
    claims = list(claims_of(many.names, 600))
    publisher = PacedPublisher(many.url, claims, rate=50)
    publisher.start()
    wait_until(lambda: len(publisher.acknowledged) > 60)

    halted.process.send_signal(signal.SIGSTOP)
    wait_until(lambda: many.is_shared(stage, [workers[stage]]), seconds=TAKEN_OVER_SECONDS)
    before = many.shown()
    wait_until(lambda: all(shown > before[name] for name, shown in many.shown().items()))
    halted.process.send_signal(signal.SIGCONT)
    wait_until(lambda: many.is_shared(stage, [workers[stage], halted]), seconds=SHARED_SECONDS)
    publisher.join()

    wait_until(many.is_done)
    assert len(publisher.acknowledged) == len(claims)
    for name in many.names:
        state = many.state(name)
        told = [one.claim for one in publisher.acknowledged if one.ledger == name]
        assert state.recorded() == dict.fromkeys(told, 1)
        assert state.equals_replay()
        assert not state.losses
    assert all(worker.is_alive for worker in (*workers.values(), halted))
    assert halted.log("lease.lost")


def test_ledgers_of_a_killed_process_go_to_another_and_status_shows_who_has_what(
    many, monkeypatch, call
):
    first, second = [many.start("ingest").started() for _ in range(2)]
    wait_until(lambda: many.is_shared("ingest", [first, second]), seconds=SHARED_SECONDS)
    monkeypatch.setenv("LEDGER_REDIS_URL", many.url)
    monkeypatch.setenv("LEDGER_NAMES", "many-*")
    monkeypatch.setenv("LEDGER_CONFIG_DIR", str(many.config_dir))
    told = {
        one["ledger"]: next(
            stage["holder"] for stage in one["stages"] if stage["stage"] == "ingest"
        )
        for one in json.loads(call("status", "--all", "--format", "json").out)
    }
    held = {name: int(told[name].rpartition("-")[2]) for name in many.names}
    assert held == many.holders("ingest")
    assert set(held.values()) == {first.pid, second.pid}
    assert str(second.pid) in call("status", "--all", "--format", "table").out

    second.kill()
    wait_until(lambda: many.is_shared("ingest", [first]), seconds=TAKEN_OVER_SECONDS)
    assert first.stop() == 0
    assert set(many.holders("ingest").values()) == {0}, "who stops in order leaves none behind"


def test_a_ledger_that_meets_an_error_leaves_the_others_alone(many):
    [bad, *others] = many.names
    workers = [many.start(name) for name in STAGES]
    for worker in workers:
        worker.started()
    publisher = PacedPublisher(many.url, list(claims_of(many.names, 60)), rate=1_000)
    publisher.start()
    publisher.join()
    wait_until(many.is_done)
    with_client = many.state(others[0])
    assert with_client.equals_replay()

    many.damage(bad)
    more = PacedPublisher(
        many.url, [claim for claim in claims_of(many.names, 120) if claim[0] != bad], rate=1_000
    )
    more.start()
    more.join()

    wait_until(lambda: many.is_done(but=bad))
    wait_until(lambda: any(worker.log("reader.stopped") for worker in workers))
    assert all(worker.is_alive for worker in workers)
    stopped = [line["ledger"] for worker in workers for line in worker.log("reader.stopped")]
    assert set(stopped) == {bad}
