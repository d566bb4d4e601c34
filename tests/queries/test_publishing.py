"""An inbox that is full, and a server that is: what publishers are told, and that nothing is lost."""

import asyncio

import pytest

from schemas.ledger import LedgerConfiguration
from services.eventlog.connection import ServerFullError, connect
from services.eventlog.inbox import PIECE_BYTES, Inbox, InboxFullError
from services.eventlog.keys import keys_of
from services.eventlog.port import NewEvent
from services.eventlog.redis_log import RedisEventLog
from services.ledgers import load_ledger
from services.queries.publishing import Destination, RoutedPublisher
from tests.running import own_server


pytestmark = pytest.mark.redis


def configured(ledger: str) -> LedgerConfiguration:
    return load_ledger("rus-ukr").model_copy(update={"name": ledger})


def publisher_of(client, ledger: str, *, limit: int) -> RoutedPublisher:
    return RoutedPublisher([Destination(configured(ledger), client, 1_000_000, limit)])


async def test_a_batch_goes_in_whole_or_not_at_all(client, ledger):
    inbox = Inbox(client, ledger)
    assert len(await inbox.publish([b"1", b"2"], limit=3)) == 2

    with pytest.raises(InboxFullError) as full:
        await inbox.publish([b"3", b"4"], limit=3)
    assert (full.value.waiting, full.value.limit, await inbox.waiting()) == (2, 3, 2)
    await inbox.publish([b"3"], limit=3)
    with pytest.raises(InboxFullError, match=r"may hold 3 entries.*found 3 waiting"):
        await inbox.publish([b"4"], limit=3)

    entries = await client.xrange(keys_of(ledger).inbox)
    assert [fields for _, fields in entries] == [{b"event": b"%d" % n} for n in (1, 2, 3)]


async def test_what_is_larger_than_an_inbox_goes_into_an_empty_one(client, ledger):
    inbox = Inbox(client, ledger)

    await inbox.check_room(5, limit=3)
    assert len(await inbox.publish([b"x"] * 5, limit=3)) == 5
    with pytest.raises(InboxFullError):
        await inbox.check_room(1, limit=3)


async def test_large_events_go_in_by_pieces_and_in_order(client, ledger):
    inbox, large = Inbox(client, ledger), b" " * (PIECE_BYTES // 2)
    events = [b"%d" % number + large for number in range(5)] + [b"last"]

    await inbox.publish([b"first"], limit=6)
    with pytest.raises(InboxFullError):
        await inbox.publish(events, limit=6)
    assert await inbox.waiting() == 1
    ids = await inbox.publish(events, limit=7)

    entries = await client.xrange(keys_of(ledger).inbox)
    assert [entry_id.decode() for entry_id, _ in entries[1:]] == ids
    assert [fields[b"event"] for _, fields in entries[1:]] == events


async def test_who_waits_for_room_publishes_each_event_once(client, ledger):
    inbox = Inbox(client, ledger)
    await inbox.publish([b"before"] * 3, limit=3)
    publisher = publisher_of(client, ledger, limit=3)
    waits = []

    async def make_room(full: InboxFullError) -> None:
        waits.append(full.waiting)
        if len(waits) == 2:
            await client.xtrim(keys_of(ledger).inbox, maxlen=1, approximate=False)

    await publisher.publish(publisher.offers([b"a", b"b"]), on_full=make_room)

    assert waits == [3, 3]
    assert [fields[b"event"] for _, fields in await client.xrange(keys_of(ledger).inbox)] == [
        b"before",
        b"a",
        b"b",
    ]
    assert len(publisher) == len(publisher.tickets) == 2


async def test_who_does_not_wait_is_told_and_nothing_is_published(client, ledger):
    await Inbox(client, ledger).publish([b"before"] * 3, limit=3)
    publisher = publisher_of(client, ledger, limit=3)

    with pytest.raises(InboxFullError):
        await publisher.check_room([b"a"])
    with pytest.raises(InboxFullError):
        await publisher.publish(publisher.offers([b"a"]))
    assert len(publisher) == 0
    assert await Inbox(client, ledger).waiting() == 3


async def test_a_server_without_memory_is_told_as_that_and_keeps_what_it_has(ledger):
    with own_server() as server:
        server.start()
        client = connect(server.url, retry_seconds=0)
        inbox = Inbox(client, ledger)
        await inbox.publish([b"kept"])
        await client.config_set("maxmemory", "1mb")

        with pytest.raises(ServerFullError, match=r"memory is full.*nothing that was acknowledged"):
            await inbox.publish([b"refused"])
        with pytest.raises(ServerFullError):
            await inbox.state_limit(3)
        assert await inbox.waiting() == 1

        await client.config_set("maxmemory", "0")
        await inbox.publish([b"again"])
        assert await inbox.waiting() == 2
        await client.aclose()


async def test_a_write_without_room_is_tried_again_while_it_may_get_some(ledger):
    with own_server() as server:
        server.start()
        operator, worker = (connect(server.url, retry_seconds=seconds) for seconds in (0, 120))
        await operator.config_set("maxmemory", "1mb")

        writing = asyncio.create_task(
            RedisEventLog(worker, ledger).append([NewEvent("ab" * 16, b'{"type":"x"}')])
        )
        while not (await operator.info("errorstats")).get("errorstat_OOM"):  # noqa: ASYNC110  the server calls nobody
            await asyncio.sleep(0.01)
        assert not writing.done()
        await operator.config_set("maxmemory", "0")

        assert (await writing).positions == (1,)
        assert await RedisEventLog(operator, ledger).last_position() == 1
        await operator.aclose()
        await worker.aclose()
