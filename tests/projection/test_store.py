"""Views on the real server: written whole or not at all, fed in order, kept in generations."""

import json

import pytest

from services.eventlog.keys import keys_of
from services.eventlog.port import LogUnavailableError
from services.eventlog.redis_log import RedisEventLog
from services.ledgers import load_ledger
from services.projection.fold import ReadModel
from services.projection.generations import ViewConflictError
from services.projection.joined import claims_at, read_models
from services.projection.rows import TABLES
from services.projection.store import ViewStore
from tests.builders import (
    FIGURE,
    LEDGER,
    POLICY,
    assigned,
    assignment,
    check_evaluated,
    exchange_forgotten,
    exchange_identified,
    figure_reconciled,
    figure_withdrawn,
    recorded_claim,
    sealed,
    total_reconciled,
)


pytestmark = pytest.mark.redis

BOTH = "2024-01-03:exchanged_total:both:all"
HISTORY = (
    recorded_claim(1),
    exchange_identified(2),
    assigned(3, assignment(1)),
    figure_reconciled(4),
    figure_reconciled(5, BOTH, basis=(FIGURE,)),
    check_evaluated(6),
    total_reconciled(7),
)


@pytest.fixture
def model(ledger) -> ReadModel:
    return ReadModel(ledger)


@pytest.fixture
async def store(client, ledger) -> ViewStore:
    store = ViewStore(client, ledger)
    await store.create_generation("g1")
    await store.point_current("g1")
    return store


async def write(store, model, *events, generation="g1", feed_count=1_000) -> None:
    expected = model.position
    for event in events:
        model.fold(event)
    await store.write(
        generation, model.take_changes(), expected_position=expected, feed_count=feed_count
    )


async def stored(client, ledger) -> dict[bytes, object]:
    """Everything under the ledger, to see that nothing was touched."""
    dump = {}
    async for key in client.scan_iter(match=f"exl:{{{ledger}}}*", count=10_000):
        dump[key] = await client.dump(key)
    return dump


async def test_rows_written_are_rows_read(store, model):
    await write(store, model, *HISTORY)

    snapshot = await store.snapshot()
    assert snapshot.rows == model.rows()
    assert (snapshot.generation, snapshot.position, snapshot.policy) == ("g1", 7, POLICY)
    assert await store.exchanges() == model.rows().exchanges
    assert await store.figures() == model.rows().figures
    assert await store.totals() == model.rows().totals
    assert await store.checks() == model.rows().checks
    assert await store.standings() == model.rows().claims
    assert await store.figure(FIGURE) == model.rows().figures[1]
    assert await store.figure("no such figure") is None
    assert await store.position() == 7


async def test_rows_taken_away_are_gone(store, model):
    await write(store, model, *HISTORY)
    await write(store, model, figure_withdrawn(8, BOTH), exchange_forgotten(9))

    assert [figure.id for figure in await store.figures()] == [FIGURE]
    assert await store.exchanges() == ()


async def test_a_ledger_without_views_reads_empty(client, ledger):
    store = ViewStore(client, ledger)

    assert await store.current() is None
    assert await store.position() is None
    assert await store.figures() == ()
    assert await store.standings() == ()
    assert await store.figure(FIGURE) is None
    assert (await store.snapshot()).generation is None
    assert await store.generations() == []


async def test_a_writer_who_expects_another_position_writes_nothing(client, ledger, store, model):
    await write(store, model, *HISTORY)
    before = await stored(client, ledger)
    model.fold(figure_withdrawn(8))

    with pytest.raises(ViewConflictError) as conflict:
        await store.write("g1", model.take_changes(), expected_position=6, feed_count=1_000)

    assert str(conflict.value) == "expected views at position 6, found 7 (generation g1)"
    assert conflict.value.found == 7
    assert await stored(client, ledger) == before


async def test_nothing_is_written_to_a_generation_that_is_gone(client, ledger, store, model):
    before = await stored(client, ledger)

    with pytest.raises(ViewConflictError, match="expected a generation g9, found none"):
        await write(store, model, *HISTORY, generation="g9")

    assert await stored(client, ledger) == before


async def test_only_the_current_generation_feeds_readers(client, ledger, store, model):
    await store.create_generation("g2")
    before = await stored(client, ledger)

    with pytest.raises(ViewConflictError, match="expected the current generation g2, found g1"):
        await write(store, model, *HISTORY, generation="g2")

    assert await stored(client, ledger) == before


async def test_the_change_feed_tells_which_position_changed_which_figure(
    client, ledger, store, model
):
    await write(store, model, *HISTORY)
    await write(store, model, assigned(8, assignment(1, state="retracted")))
    await write(store, model, figure_withdrawn(9))

    entries = await client.xrange(keys_of(ledger).changes)
    assert [(entry_id, fields[b"id"].decode()) for entry_id, fields in entries] == [
        (b"4-0", FIGURE),
        (b"5-0", BOTH),
        (b"8-0", BOTH),
        (b"8-1", FIGURE),
        (b"9-0", FIGURE),
    ]
    assert [fields[b"position"] for _, fields in entries] == [b"4", b"5", b"8", b"8", b"9"]
    assert json.loads(entries[3][1][b"figure"])["claims"]["excluded"] == [
        {"claim": "c1", "reason": "retracted"}
    ]
    assert entries[4][1][b"figure"] == b""


async def test_what_was_fed_before_is_not_fed_again(client, ledger, store, model):
    await client.xadd(keys_of(ledger).changes, {"id": FIGURE}, id="4-0")

    await write(store, model, *HISTORY)

    entries = await client.xrange(keys_of(ledger).changes)
    assert [entry_id for entry_id, _ in entries] == [b"4-0", b"5-0"]


async def test_the_change_feed_keeps_about_as_many_entries_as_asked(client, ledger, store, model):
    figures = [f"2024-01-03:returned:UA:unit {number}" for number in range(500)]
    events = (figure_reconciled(at, figure) for at, figure in enumerate(figures, start=1))

    await write(store, model, *events, feed_count=10)

    assert 10 <= await client.xlen(keys_of(ledger).changes) < 300


async def test_twenty_thousand_rows_go_in_one_call(store, model):
    claims = [recorded_claim(position) for position in range(1, 20_001)]

    await write(store, model, *claims)

    assert len(await store.standings()) == 20_000
    assert await store.position() == 20_000


async def test_generations_stand_beside_each_other_until_dropped(store, model):
    await write(store, model, *HISTORY)
    await store.create_generation("g2")

    assert await store.generations() == ["g1", "g2"]
    assert await store.figures("g2") == ()
    with pytest.raises(ViewConflictError, match="expected no generation g2, found one"):
        await store.create_generation("g2")
    with pytest.raises(ViewConflictError, match="expected another current generation, found g1"):
        await store.drop_generation("g1")

    await store.point_current("g2")
    await store.drop_generation("g1")

    assert await store.generations() == ["g2"]
    assert [await store.rows(table, "g1") for table in TABLES] == [{}] * len(TABLES)


async def test_the_pointer_moves_only_between_generations_at_one_position(store, model):
    await write(store, model, *HISTORY)
    await store.create_generation("g2")

    assert not await store.switch_current("g2", replacing="g1", position=7)
    await write(store, ReadModel("any"), *HISTORY, generation="g2", feed_count=None)
    assert not await store.switch_current("g2", replacing="g0", position=7)
    assert not await store.switch_current("g2", replacing=None, position=7)
    assert await store.current() == "g1"
    assert await store.switch_current("g2", replacing="g1", position=7)
    assert await store.current() == "g2"


async def test_read_models_join_rows_with_the_log(client, ledger, store, model):
    log = RedisEventLog(client, ledger)
    await log.append([sealed(event) for event in HISTORY])
    await write(store, model, *HISTORY)
    configuration = load_ledger(LEDGER).model_copy(update={"name": ledger})

    read = await read_models(store, log, ledger=configuration)

    assert read == model.read_models(configuration, {1: HISTORY[0]}.__getitem__)
    assert read.claims[0].wording == "230 of our people"


async def test_claims_far_apart_are_found(client, ledger):
    log = RedisEventLog(client, ledger)
    await log.append([sealed(recorded_claim(position)) for position in range(1, 1_201)])

    claims = await claims_at(log, [1_200, 3, 700, 1])

    assert {position: claim.data.id for position, claim in claims.items()} == {
        1: "c1",
        3: "c3",
        700: "c700",
        1_200: "c1200",
    }
    with pytest.raises(LogUnavailableError, match="expected a claim at position 1201"):
        await claims_at(log, [1_201])


async def test_a_server_out_of_reach_is_said_to_be(ledger, model):
    from services.eventlog.connection import connect  # noqa: PLC0415  this test alone needs it

    client = connect("redis://127.0.0.1:1", retry_seconds=0)
    store = ViewStore(client, ledger)
    try:
        for ask in (store.current, store.generations, store.figures, store.snapshot):
            with pytest.raises(LogUnavailableError):
                await ask()
        for told in (
            store.create_generation("g1"),
            store.point_current("g1"),
            store.drop_generation("g1"),
            store.figure(FIGURE, "g1"),
            store.position("g1"),
            store.snapshot("g1"),
            store.figures("g1"),
            store.switch_current("g2", replacing="g1", position=0),
            store.write("g1", model.take_changes(), expected_position=0),
        ):
            with pytest.raises(LogUnavailableError):
                await told
    finally:
        await client.aclose()
