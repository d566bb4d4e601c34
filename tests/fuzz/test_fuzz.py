"""Whatever is sent is recorded, a duplicate or parked: intake alone, and a worker behind a real inbox."""

from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from services.eventlog.keys import keys_of
from tests.fuzz.accounting import SECONDS_MAX, Accounting
from tests.fuzz.inputs import LEDGER, inputs
from tests.running import Worker, own_server, running, wait_until


#: The long run is `make fuzz`.
COUNT, SAMPLE_COUNT = 8_000, 1_500


def test_every_input_is_accounted_for_and_none_takes_long():
    accounting = Accounting()
    accounting.take(inputs(7, COUNT))

    assert accounting.outcomes.keys() == {"recorded", "duplicate", "parked"}
    assert accounting.outcomes.total() == COUNT
    assert min(accounting.outcomes.values()) > COUNT / 50
    assert accounting.slowest[0] < SECONDS_MAX, accounting.slowest


def test_the_same_seed_gives_the_same_inputs():
    assert list(inputs(3, 500)) == list(inputs(3, 500))
    assert list(inputs(3, 50)) != list(inputs(4, 50))


@pytest.mark.redis
@pytest.mark.e2e
def test_a_worker_deals_with_every_input_as_intake_alone_does(tmp_path: Path):
    sent = list(inputs(11, SAMPLE_COUNT))
    expected = Accounting()
    expected.take(sent)

    with own_server() as server:
        server.start()
        redis: Any = Redis.from_url(server.url)
        keys = keys_of(LEDGER)
        with redis.pipeline(transaction=False) as pipeline:
            for raw in sent:
                pipeline.xadd(keys.inbox, {"event": raw})
            pipeline.execute()
        worker = Worker("ingest", server.url, data_dir=tmp_path)
        with running([worker]):
            wait_until(lambda: redis.xlen(keys.inbox) == 0)
            recorded, parked = redis.xlen(keys.log), redis.xlen(keys.rejected)
            assert worker.stop() == 0
            batches = worker.log("batch.handled")
        redis.close()

    assert {"recorded": recorded, "parked": parked} == {
        name: expected.outcomes[name] for name in ("recorded", "parked")
    }
    counts = {
        name: sum(batch[name] for batch in batches)
        for name in ("recorded", "duplicate", "rejected")
    }
    assert counts["recorded"] + counts["duplicate"] + counts["rejected"] == len(sent)
    assert counts["duplicate"] == expected.outcomes["duplicate"]
