"""Which errors of the world a connection tries again, and that it does so with bounds."""

import pytest

from services.eventlog.connection import connect


@pytest.mark.parametrize("error", [TimeoutError, ConnectionResetError])
async def test_a_wait_that_ends_with_pythons_own_error_is_tried_again(server_url, ledger, error):
    client = connect(server_url, retry_seconds=1)
    failures = [error()]

    async def ask():
        if failures:
            raise failures.pop()
        return await client.exists(f"exl:{{{ledger}}}:log")

    async def forget(_: BaseException) -> None:
        """Nothing is to be given up between two tries."""

    retry = client.connection_pool.make_connection().retry
    assert await retry.call_with_retry(ask, forget) == 0
    await client.aclose()


async def test_what_fails_each_time_is_told_after_the_last_try(server_url):
    client = connect(server_url, retry_seconds=0)
    tries = []

    async def ask():
        tries.append(1)
        raise TimeoutError

    async def forget(_: BaseException) -> None:
        """Nothing is to be given up between two tries."""

    with pytest.raises(TimeoutError):
        await client.connection_pool.make_connection().retry.call_with_retry(ask, forget)
    assert len(tries) == 1
    await client.aclose()
