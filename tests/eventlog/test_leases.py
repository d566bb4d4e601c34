"""Leases on a real server: one holder each, taken from the dead alone, and who there is."""

import pytest

from services.eventlog.leases import LEFT, Leases, Members


pytestmark = pytest.mark.redis


async def test_a_lease_is_held_by_one_until_it_is_given_back(client, ledger):
    mine, other = Leases(client, "ingest", "a-1"), Leases(client, "ingest", "b-2")

    assert await mine.take({ledger: ""}) == {ledger: "a-1"}
    assert await other.take({ledger: ""}) == {ledger: "a-1"}
    assert await mine.take({ledger: ""}) == {ledger: "a-1"}, "it is renewed"
    assert 0 < await client.pttl(f"exl:{{{ledger}}}:lease:ingest") <= 120_000
    await other.give_back([ledger])
    assert await other.take({ledger: ""}) == {ledger: "a-1"}, "it was not the other one's"
    await mine.give_back([ledger])
    assert await other.take({ledger: ""}) == {ledger: "b-2"}


async def test_a_lease_is_taken_from_a_dead_holder_and_from_no_other(client, ledger):
    mine, other = Leases(client, "ingest", "a-1"), Leases(client, "ingest", "b-2")
    await mine.take({ledger: ""})

    assert await other.take({ledger: "c-3"}) == {ledger: "a-1"}
    assert await other.take({ledger: "a-1"}) == {ledger: "b-2"}
    assert await mine.take({ledger: ""}) == {ledger: "b-2"}, "who wakes learns of it"


async def test_each_stage_of_a_ledger_has_a_lease_of_its_own(client, ledger):
    stages = ("ingest", "projection")

    held = [await Leases(client, stage, f"{stage}-1").take({ledger: ""}) for stage in stages]

    assert held == [{ledger: "ingest-1"}, {ledger: "projection-1"}]


async def test_processes_see_each_other_until_they_are_forgotten(client, ledger):
    # A ledger's name makes a stage that no other test has.
    mine, other = Members(client, ledger, "a-1"), Members(client, ledger, "b-2")

    await mine.beat("1 *")
    assert await other.beat("7 yem-*") == {"a-1": "1 *", "b-2": "7 yem-*"}
    await mine.leave()
    assert await other.beat("8 yem-*") == {"a-1": LEFT, "b-2": "8 yem-*"}
    await other.forget(["a-1"])
    assert await other.beat("9 yem-*") == {"b-2": "9 yem-*"}
    await other.forget(["b-2"])
