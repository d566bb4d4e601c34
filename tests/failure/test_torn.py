"""Half an append that a power cut left in the file takes no acknowledged event along."""

from collections.abc import Iterator

import pytest

from services.eventlog.connection import connect
from services.eventlog.rewriting import (
    Rewrite,
    UnmendedServerError,
    ask_for_rewrite,
    rewrite_after_start,
)
from tests.failure.real_servers import RealServer, binary
from tests.failure.torn import bad_points


needs_redis = pytest.mark.skipif(binary("redis") is None, reason="redis-server is not on the path")
#: Whoever connects may do everything but ask for a rewrite.
WITHOUT_REWRITE = "user default on nopass ~* &* +@all -bgrewriteaof"


@pytest.fixture
def redis_server() -> Iterator[RealServer]:
    server = RealServer("redis", "always")
    try:
        server.start()
        yield server
    finally:
        server.remove()


@needs_redis
def test_no_tear_of_the_last_append_costs_acknowledged_events_on_redis():
    assert bad_points("redis", 6, is_mended=True) == []


@needs_redis
async def test_redis_is_asked_once_after_each_start(redis_server):
    client = connect(redis_server.url, retry_seconds=5)

    assert await rewrite_after_start(client)
    assert not await rewrite_after_start(client)
    redis_server.kill()
    redis_server.start()
    assert await ask_for_rewrite(client) is Rewrite.ASKED
    assert await rewrite_after_start(client) or await ask_for_rewrite(client) is Rewrite.DONE

    await client.aclose()


@needs_redis
async def test_a_redis_that_may_not_be_asked_is_refused_until_its_operator_asked(redis_server):
    with redis_server.client() as operator:
        operator.execute_command("ACL", "SETUSER", *WITHOUT_REWRITE.split()[1:])
    client = connect(redis_server.url, retry_seconds=0)

    with pytest.raises(UnmendedServerError, match="BGREWRITEAOF by an operator"):
        await ask_for_rewrite(client)
    await client.execute_command("ACL", "SETUSER", "default", "+bgrewriteaof")
    await rewrite_after_start(client)
    await client.execute_command("ACL", "SETUSER", "default", "-bgrewriteaof")
    assert await ask_for_rewrite(client) is Rewrite.DONE

    await client.aclose()


async def test_valkey_is_left_alone(client):
    assert not await rewrite_after_start(client)
