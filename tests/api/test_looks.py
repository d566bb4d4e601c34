"""How the API looks at a ledger while its server is away."""

import asyncio

import pytest

from services.api.http.liveness import Looks
from services.eventlog.connection import connect
from services.eventlog.port import LogUnavailableError


async def test_all_who_ask_while_a_look_is_under_way_share_it_also_when_it_fails(tmp_path):
    client = connect(f"unix://{tmp_path / 'nobody'}", retry_seconds=0)
    looks = Looks(client, "aa-bb")

    # One after the other, each would wait for the server by itself.
    found = await asyncio.gather(*(looks.look() for _ in range(20)), return_exceptions=True)

    assert {type(one) for one in found} == {LogUnavailableError}
    assert len({id(one) for one in found}) == 1
    with pytest.raises(LogUnavailableError) as later:
        await looks.look()
    assert later.value is not found[0], "whoever asks later has it looked at anew"
    await client.aclose()


@pytest.mark.redis
async def test_a_look_that_was_given_up_by_one_is_there_for_the_others(client, ledger):
    looks = Looks(client, ledger)
    given_up, waiting = (asyncio.create_task(looks.look()) for _ in range(2))
    await asyncio.sleep(0)
    given_up.cancel()

    assert (await waiting).ledger.log == 0
    assert given_up.cancelled()
