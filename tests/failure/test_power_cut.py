"""A power cut, as the tests of faults make it: what was synced is there afterwards, and nothing else is."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.failure.real_servers import KINDS, RealServer, binary, shim
from tests.failure.torn import append, held


pytestmark = pytest.mark.skipif(shim() is None, reason="there is no C compiler")


@pytest.fixture(params=KINDS)
def kind(request) -> str:
    if binary(request.param) is None:
        pytest.skip(f"{request.param} is not on the path")
    return str(request.param)


@pytest.fixture
def server(kind, fsync) -> Iterator[RealServer]:
    server = RealServer(kind, fsync)
    try:
        server.start()
        yield server
    finally:
        server.remove()


def after_a_power_cut(server: RealServer) -> tuple[dict[int, int], dict[int, int]]:
    """What was acknowledged before a power cut, and what is there after it."""
    acknowledged = asyncio.run(append(server.url, [[1, 2, 3], [4], [5, 6]]))
    server.kill()
    server.cut_power()
    server.start()
    return acknowledged, held(server)


@pytest.mark.parametrize("fsync", ["always"])
def test_all_that_was_acknowledged_is_there_after_a_power_cut(server):
    acknowledged, found = after_a_power_cut(server)

    assert found == acknowledged


@pytest.mark.parametrize("fsync", ["no"])
def test_of_what_was_never_synced_nothing_is_there(server):
    acknowledged, found = after_a_power_cut(server)

    assert acknowledged
    assert found == {}
