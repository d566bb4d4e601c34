"""A process among those of its stage: seen while it works something out, and not when it hangs."""

import asyncio
import time

import pytest

from services.eventlog.leases import Members
from services.runtime import presence as presences
from services.runtime.presence import Presence
from services.runtime.settings import read_settings


STAGE = "presence-test"


@pytest.fixture
def settings(server_url):
    return read_settings(redis_url=server_url, names="many-*")


async def come_about(is_so):
    while not is_so():  # noqa: ASYNC110  nobody tells of it
        await asyncio.sleep(0.05)


async def said_of(client, name):
    return (await Members(client, STAGE, "watcher").beat("1 *")).get(name)


async def test_a_process_that_works_something_out_for_long_is_seen_meanwhile(settings, client):
    presence = Presence(settings, STAGE, "busy", answer_seconds=5.0)
    presence.begin()
    await presence.has_changed.wait()
    before = await said_of(client, "busy")

    time.sleep(3 * presences.LOOK_SECONDS)  # noqa: ASYNC251  what is worked out lets nothing else run

    assert await said_of(client, "busy") != before
    assert "busy" in presence.peers.living()
    await presence.end()


async def test_a_process_whose_event_loop_hangs_says_nothing_new(settings, client, monkeypatch):
    monkeypatch.setattr(presences, "HUNG_SECONDS", 0.0)
    presence = Presence(settings, STAGE, "hung", answer_seconds=5.0)
    presence.begin()
    await presence.has_changed.wait()
    looks, before = presence.looks, await said_of(client, "hung")

    await come_about(lambda: presence.looks >= looks + 3)

    assert await said_of(client, "hung") == before
    await presence.end()


async def test_a_server_that_is_away_is_told_and_takes_nobody_for_dead(tmp_path):
    settings = read_settings(redis_url=f"unix://{tmp_path}/none", names="many-*")
    presence = Presence(settings, STAGE, "alone", answer_seconds=5.0)
    presence.begin()

    await come_about(lambda: presence.error is not None)

    assert "processes in exl:members:presence-test" in str(presence.error)
    assert presence.looks == 0
    await presence.end()


async def test_what_ends_the_thread_ends_the_process(settings, monkeypatch):
    async def break_off(*_):
        raise ValueError("a fault of ours")

    monkeypatch.setattr(Members, "beat", break_off)
    presence = Presence(settings, STAGE, "broken", answer_seconds=5.0)
    presence.begin()
    with pytest.raises(ValueError, match="a fault of ours"):
        await come_about(presence.note_alive)
