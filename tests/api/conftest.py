"""What the tests of the HTTP API share: one `up` with its API, the shipped ledger seeded."""

from collections.abc import Iterator

import httpx
import pytest

from tests.api.running import Running, position_of_seed, running_in
from tests.running import PATIENCE_SECONDS


@pytest.fixture(scope="session")
def running(tmp_path_factory) -> Iterator[Running]:
    with running_in(tmp_path_factory.mktemp("api")) as found:
        yield found


@pytest.fixture(scope="session")
def seeded_position(running) -> int:
    return position_of_seed(running)


@pytest.fixture
def http(running, seeded_position) -> Iterator[httpx.Client]:
    """A client of the running API, the seed's figures there."""
    with httpx.Client(base_url=running.url, timeout=PATIENCE_SECONDS) as client:
        yield client
