"""On a cluster, what goes together lies together: the keys of a ledger in one slot, whatever they are called."""

import pytest
from redis.crc import key_slot

from services.eventlog.address import read_address
from services.eventlog.cluster import CrossSlotError, cluster_client, slot_of
from services.eventlog.keys import heartbeat_key, keys_of


KEYS = keys_of("rus-ukr")
SLOT = key_slot(b"rus-ukr")


@pytest.mark.parametrize("key", KEYS, ids=KEYS._fields)
def test_every_key_of_a_ledger_lies_in_its_slot(key):
    assert key_slot(key.encode()) == SLOT


@pytest.mark.parametrize(
    "command",
    [
        ("EVALSHA", "a hash", 2, KEYS.log, KEYS.ids, "an argument"),
        ("EVAL", "a script", 1, KEYS.inbox),
        ("XREAD", b"COUNT", 5, b"BLOCK", 100, b"STREAMS", KEYS.log, "0-0"),
        ("XREADGROUP", "GROUP", "ingest", "a", b"STREAMS", KEYS.inbox, ">"),
        ("XGROUP CREATE", KEYS.inbox, "ingest", "0"),
        ("XINFO STREAM", KEYS.changes),
        ("SCAN", 0, b"MATCH", f"{KEYS.view}*:meta", b"COUNT", 1000),
        ("WATCH", KEYS.losses),
        ("UNLINK", f"{KEYS.view}g1:meta", f"{KEYS.view}g1:figures"),
    ],
    ids=lambda command: command[0],
)
def test_a_command_goes_where_its_key_lies(command):
    assert slot_of(command) == SLOT


@pytest.mark.parametrize("command", [("PING",), ("INFO", "memory"), ("TIME",), ("WAIT", 1, 100)])
def test_a_command_without_a_key_goes_anywhere(command):
    assert slot_of(command) is None


async def test_a_transaction_over_two_slots_is_refused_before_anything_is_sent():
    client = cluster_client(read_address("redis+cluster://127.0.0.1:1"), {})
    transaction = client.pipeline(transaction=True)
    transaction.hget(KEYS.checkpoints, "reconciliation")
    with pytest.raises(CrossSlotError, match="expected keys of slot 9598 in one step"):
        transaction.get(heartbeat_key("a-host", 812))
    await client.aclose()
