"""Read models rebuilt beside the live ones, on the real server."""

import asyncio
import json
from io import StringIO

import pytest
import structlog

from schemas.events import ClaimRecorded
from services.eventlog.chain import Head, split
from services.eventlog.keys import keys_of
from services.eventlog.redis_log import RedisEventLog
from services.ledgers import load_ledger
from services.projection.encoding import FORM
from services.projection.fold import ReadModel
from services.projection.generations import ViewConflictError
from services.projection.rebuild import RowDifference, fold_log, rebuild, roll_back
from services.projection.rows import TABLES
from services.projection.store import ViewFormError, ViewStore
from services.projection.worker import Projection
from services.runtime.beginnings import Beginnings
from services.runtime.reader_context import ProcessContext, ReaderContext
from services.runtime.settings import Settings
from services.runtime.telemetry import set_up_logging
from tests.builders import (
    FIGURE,
    assigned,
    assignment,
    exchange_identified,
    figure_reconciled,
    recorded_claim,
    sealed,
)


pytestmark = pytest.mark.redis

HISTORY = (
    recorded_claim(1),
    exchange_identified(2),
    assigned(3, assignment(1)),
    figure_reconciled(4),
)


@pytest.fixture
async def log(client, ledger) -> RedisEventLog:
    log = RedisEventLog(client, ledger)
    await log.append([sealed(event) for event in HISTORY])
    return log


@pytest.fixture
async def store(client, ledger, log) -> ViewStore:
    """Live views of the whole log, written event by event."""
    store = ViewStore(client, ledger)
    await store.create_generation("g1")
    await store.point_current("g1")
    model = ReadModel(ledger)
    for _ in HISTORY:
        expected = model.position
        await fold_log(model, log, until=expected + 1)
        await store.write("g1", model.take_changes(), expected_position=expected, feed_count=100)
    return store


async def test_equal_views_are_switched_over(client, ledger, log, store):
    rebuilt = await rebuild(log, store, ledger=ledger)

    assert rebuilt.switched
    assert rebuilt.differences == ()
    assert (rebuilt.generation, rebuilt.replaced) == ("g2", "g1")
    assert (rebuilt.position, rebuilt.row_count) == (4, 3)
    assert await store.current() == "g2"
    assert await store.generations() == ["g1", "g2"]
    assert await client.xlen(keys_of(ledger).changes) == 1


async def test_differing_views_stay_as_they_are(client, ledger, log, store):
    table = f"{keys_of(ledger).view}g1:figures"
    figure = await client.hget(table, FIGURE)
    await client.hset(table, FIGURE, figure.replace(b",230,230,", b",230,231,", 1))
    await client.hset(table, "2024-01-03:returned:RU:all", figure)
    await client.hdel(f"{keys_of(ledger).view}g1:claims", "0")

    rebuilt = await rebuild(log, store, ledger=ledger)

    assert not rebuilt.switched
    assert rebuilt.differences == (
        RowDifference("figures", "2024-01-03:returned:RU:all", "only-live"),
        RowDifference("figures", FIGURE, "unlike"),
        RowDifference("claims", "1", "only-rebuilt"),
    )
    assert await store.current() == "g1"


async def test_differing_views_are_switched_over_when_accepted(client, ledger, log, store):
    await client.hdel(f"{keys_of(ledger).view}g1:claims", "0")

    rebuilt = await rebuild(log, store, ledger=ledger, accept=True)

    assert rebuilt.switched
    assert len(rebuilt.differences) == 1
    assert await store.current() == "g2"
    assert len(await store.standings()) == 1


async def test_rows_are_compared_by_what_they_say(client, ledger, log, store):
    table = f"{keys_of(ledger).view}g1:figures"
    figure = await client.hget(table, FIGURE)
    await client.hset(table, FIGURE, figure.replace(b",230,", b" , 230,", 1))

    assert (await rebuild(log, store, ledger=ledger)).differences == ()


async def test_views_of_an_earlier_form_are_read_and_compared_by_what_they_say(
    client, ledger, log, store
):
    now = (await store.snapshot()).rows
    await in_first_form(client, ledger, store)

    assert (await store.snapshot()).rows == now
    assert await store.figure(FIGURE) == now.figures[0]
    rebuilt = await rebuild(log, store, ledger=ledger)

    assert rebuilt.switched
    assert rebuilt.differences == ()
    assert (await store.snapshot()).rows == now


async def test_views_of_another_form_are_not_written_to(client, ledger, store):
    await in_first_form(client, ledger, store)
    model = ReadModel(ledger)
    model.fold(recorded_claim(5))

    with pytest.raises(ViewFormError, match=f"expected views in form {FORM}, found form 1"):
        await store.write("g1", model.take_changes(), expected_position=4)

    await client.hset(f"{keys_of(ledger).view}g1:meta", "form", FORM + 1)
    with pytest.raises(
        ViewFormError, match=f"expected views in form {FORM}, found form {FORM + 1}"
    ):
        await store.figures()
    assert await store.position() == 4


async def in_first_form(client, ledger, store) -> None:
    """Store the live views as the first version did: rows whole, and no word of the form."""
    for table in TABLES:
        rows = {key: row.model_dump_json() for key, row in (await store.rows(table)).items()}
        await client.unlink(f"{keys_of(ledger).view}g1:{table}")
        if rows:
            await client.hset(f"{keys_of(ledger).view}g1:{table}", mapping=rows)
    await client.hdel(f"{keys_of(ledger).view}g1:meta", "form")


async def test_a_worker_makes_views_anew_that_were_made_before_words_were_erased(
    client, server_url, log, store, tmp_path
):
    # As it is where the command was killed right after the words went from the log.
    ledger = store._ledger
    await rebuild(log, store, ledger=ledger)
    [entry] = await log.read(after=2, limit=1)
    stored = split(entry.body)
    assert stored is not None
    left = stored.content.replace(b'"voice":"', b'"voice":"not ')
    assert left != stored.content
    told = sealed(recorded_claim(5))
    await log.erase(told, {3: left}, last=Head(4, str(await log.chain_at(4))))
    assert await store.holds_erased("g2")
    place = ProcessContext(Settings(redis_url=server_url, data_dir=tmp_path), Beginnings())
    configuration = load_ledger("rus-ukr").model_copy(update={"name": ledger})

    try:
        await Projection(ReaderContext("projection", "projection", configuration, place)).open()
    finally:
        await place.close()

    assert await store.generations() == ["g3"]
    shown = await store.snapshot()
    assert shown.position == 5
    [voice] = [row.assignment.voice for row in shown.rows.claims if row.assignment]
    assert voice.startswith("not ")
    assert await client.exists(keys_of(ledger).changes) == 0


async def test_a_worker_makes_views_of_an_earlier_form_anew(
    client, server_url, log, store, tmp_path
):
    ledger = store._ledger
    now = (await store.snapshot()).rows
    await in_first_form(client, ledger, store)
    await log.append([sealed(recorded_claim(5))])
    said = StringIO()
    set_up_logging("info", stream=said)
    place = ProcessContext(Settings(redis_url=server_url, data_dir=tmp_path), Beginnings())
    configuration = load_ledger("rus-ukr").model_copy(update={"name": ledger})
    worker = Projection(ReaderContext("projection", "projection", configuration, place))

    try:
        await worker.open()
    finally:
        structlog.reset_defaults()
        await place.close()

    [renewed] = [
        line
        for line in map(json.loads, said.getvalue().splitlines())
        if line["event"] == "views.renewed"
    ]
    assert (renewed["generation"], renewed["replaced"], renewed["differing"]) == ("g2", "g1", 0)

    assert await store.generations() == ["g2"]
    shown = await store.snapshot()
    assert (shown.generation, shown.position) == ("g2", 5)
    assert shown.rows.figures == now.figures
    assert [standing.position for standing in shown.rows.claims] == [1, 5]
    assert await store.remade_at() is None


async def test_two_workers_that_start_together_on_an_earlier_form_both_go_on(
    client, server_url, log, store, tmp_path
):
    ledger = store._ledger
    now = (await store.snapshot()).rows
    await in_first_form(client, ledger, store)
    place = ProcessContext(
        Settings(redis_url=server_url, data_dir=tmp_path, log_level="error"), Beginnings()
    )
    configuration = load_ledger("rus-ukr").model_copy(update={"name": ledger})
    workers = [
        Projection(ReaderContext("projection", "projection", configuration, place))
        for _ in range(2)
    ]

    try:
        await asyncio.gather(*(worker.open() for worker in workers))
    finally:
        await place.close()

    shown = await store.snapshot()
    assert await store.form(shown.generation) == FORM
    assert (shown.rows.figures, shown.position) == (now.figures, 4)
    assert [worker.position for worker in workers] == [4, 4]


async def test_a_ledger_without_views_gets_them(client, ledger, log):
    store = ViewStore(client, ledger)

    rebuilt = await rebuild(log, store, ledger=ledger)

    assert rebuilt.switched
    assert (rebuilt.generation, rebuilt.replaced, rebuilt.position) == ("g1", None, 4)
    assert await store.current() == "g1"
    assert [figure.id for figure in await store.figures()] == [FIGURE]


async def test_views_whose_generation_was_lost_are_made_again(client, ledger, log, store):
    await client.unlink(f"{keys_of(ledger).view}g1:meta")

    rebuilt = await rebuild(log, store, ledger=ledger)

    assert rebuilt.switched
    assert len(await store.figures()) == 1


async def test_views_behind_the_log_are_compared_where_they_stand(ledger, log, store):
    await log.append([sealed(recorded_claim(5))])

    rebuilt = await rebuild(log, store, ledger=ledger)

    assert rebuilt.switched
    assert rebuilt.position == 4


async def test_views_of_events_that_are_gone_are_named_and_left_to_projection(
    client, ledger, log, store
):
    await client.xdel(keys_of(ledger).log, "4-0")

    with pytest.raises(ViewConflictError, match="where the log ends, found them at 4"):
        await rebuild(RedisEventLog(client, ledger), store, ledger=ledger)

    assert await store.generations() == ["g1"]


async def test_a_comparison_changes_nothing_and_leaves_nothing(client, ledger, log, store):
    await client.hdel(f"{keys_of(ledger).view}g1:figures", FIGURE)

    rebuilt = await rebuild(log, store, ledger=ledger, only_compare=True)

    assert rebuilt.differences == (RowDifference("figures", FIGURE, "only-rebuilt"),)
    assert not rebuilt.switched
    assert await store.generations() == ["g1"]
    assert await store.current() == "g1"


async def test_the_views_of_before_are_brought_up_to_the_present(ledger, log, store):
    await rebuild(log, store, ledger=ledger)
    model = ReadModel(ledger)
    await fold_log(model, log, until=4)
    model.discard_changes()
    await log.append([sealed(recorded_claim(5))])
    await fold_log(model, log, until=5)
    await store.write("g2", model.take_changes(), expected_position=4)

    back = await roll_back(log, store, ledger=ledger)

    assert back == ("g1", "g2", 5)
    assert await store.current() == "g1"
    assert (await store.snapshot("g1")).rows == (await store.snapshot("g2")).rows
    # Readers of changes from before must load the rows anew.
    assert await store.remade_at() == 5
    assert await roll_back(log, store, ledger=ledger) == ("g2", "g1", 5)


async def test_without_views_of_before_nothing_is_rolled_back(ledger, log, store):
    with pytest.raises(ViewConflictError, match="expected views from before generation g1"):
        await roll_back(log, store, ledger=ledger)

    await rebuild(log, store, ledger=ledger)
    await store.drop_generation("g1")

    with pytest.raises(ViewConflictError, match="found none"):
        await roll_back(log, store, ledger=ledger)


class MovingStore(ViewStore):
    """Live views that move on while they are compared, for the first few times."""

    def move_on(self, log: RedisEventLog, model: ReadModel, times: int) -> None:
        self._log, self._model, self._times = log, model, times

    async def rows(self, table, generation=None):
        if self._times and table == "claims" and generation == "g1":
            self._times -= 1
            before = self._model.position
            await fold_log(self._model, self._log, until=before + 1)
            await self.write("g1", self._model.take_changes(), expected_position=before)
        return await super().rows(table, generation)


async def test_a_rebuild_follows_live_views_that_move_on(client, ledger, log, store):
    await log.append([sealed(recorded_claim(position)) for position in (5, 6, 7)])
    live = ReadModel(ledger)
    await fold_log(live, log, until=4)
    live.take_changes()
    moving = MovingStore(client, ledger)
    moving.move_on(log, live, times=3)

    rebuilt = await rebuild(log, moving, ledger=ledger)

    assert rebuilt.switched
    assert rebuilt.position == 7
    assert rebuilt.differences == ()


async def test_a_rebuild_gives_up_on_views_that_never_stand_still(client, ledger, log, store):
    await log.append([sealed(recorded_claim(position)) for position in range(5, 40)])
    live = ReadModel(ledger)
    await fold_log(live, log, until=4)
    live.take_changes()
    moving = MovingStore(client, ledger)
    moving.move_on(log, live, times=30)

    with pytest.raises(ViewConflictError, match="moved on 20 times"):
        await rebuild(log, moving, ledger=ledger)

    assert await moving.current() == "g1"


class LateStore(ViewStore):
    """Live views that move on just before the pointer does."""

    late_event: ClaimRecorded | None = None

    async def switch_current(self, name, *, replacing, position, differs=False):
        if self.late_event:
            model = ReadModel("late")
            model.fold(self.late_event)
            self.late_event = None
            await self.write(replacing, model.take_changes(), expected_position=position)
        return await super().switch_current(
            name, replacing=replacing, position=position, differs=differs
        )


async def test_a_rebuild_overtaken_at_the_last_moment_compares_again(client, ledger, log, store):
    await log.append([sealed(recorded_claim(5))])
    late = LateStore(client, ledger)
    late.late_event = recorded_claim(5)

    rebuilt = await rebuild(log, late, ledger=ledger, accept=True)

    assert rebuilt.switched
    assert rebuilt.position == 5
