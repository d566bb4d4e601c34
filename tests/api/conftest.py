"""What the tests of the HTTP API share: one `up` with its API, the shipped ledger seeded."""

import json
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from redis import Redis

import services.ledgers
from services.embedded import find_running
from services.eventlog.keys import keys_of
from tests.api.running import DIGEST, LEDGERS, PATIENCE_SECONDS, Running, publish, wait_until
from tests.cli.running import seed_of, start_up


@pytest.fixture(scope="session")
def running(tmp_path_factory) -> Iterator[Running]:
    directory: Path = tmp_path_factory.mktemp("api")
    shipped = Path(services.ledgers.__file__).parent / "rus-ukr.toml"
    for name in LEDGERS[1:]:
        text = shipped.read_text().replace('name = "rus-ukr"', f'name = "{name}"')
        (directory / f"{name}.toml").write_text(text)
    process = start_up(
        directory / "data",
        LEDGER_NAMES=",".join(LEDGERS),
        LEDGER_CONFIG_DIR=str(directory),
        LEDGER_PUBLISH_KEYS=DIGEST,
        LEDGER_HEARTBEAT_SECONDS="1",
    )
    try:
        log = directory / "up.log"
        wait_until(lambda: '"api.started"' in log.read_text())
        [url] = [
            line["url"]
            for line in map(json.loads, re.findall(r"^{.*$", log.read_text(), re.MULTILINE))
            if line["event"] == "api.started"
        ]
        server_url = find_running(directory / "data")
        assert server_url is not None
        found = Running(url, server_url, directory)
        with httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as http:
            wait_until(lambda: http.get("/readyz").status_code == 200)
            publish(http, "rus-ukr", *map(json.loads, seed_of("rus-ukr")))
        yield found
        faults = [line for line in log.read_text().splitlines() if '"request.failed"' in line]
        assert faults == []
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0


@pytest.fixture(scope="session")
def seeded_position(running) -> int:
    """The position up to which the seed is recorded and decided on."""
    with httpx.Client(base_url=running.url, timeout=PATIENCE_SECONDS) as http:
        recorded = http.get("/v1/log").json()["position"]
        # Only then no decision about the seed is still to come.
        with Redis.from_url(running.server_url) as redis:
            decided = (keys_of("rus-ukr").checkpoints, "reconciliation")
            wait_until(lambda: int(redis.hget(*decided) or 0) >= recorded)
        position = http.get("/v1/log").json()["position"]
        http.get("/v1/figures", params={"min_position": position}).raise_for_status()
        return int(position)


@pytest.fixture
def http(running, seeded_position) -> Iterator[httpx.Client]:
    """A client of the running API, the seed's figures there."""
    with httpx.Client(base_url=running.url, timeout=PATIENCE_SECONDS) as client:
        yield client
