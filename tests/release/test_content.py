"""What is released stood together: the views at one position, and the log up to there."""

import pytest

from services.eventlog.redis_log import RedisEventLog
from services.projection.fold import ReadModel
from services.projection.rebuild import fold_log
from services.projection.store import ViewStore
from services.queries.as_of import Cut
from services.reconciliation.policy import LATEST_POLICY
from services.release.content import Content, content_at, live_content
from tests.builders import (
    FIGURE,
    assigned,
    assignment,
    body_of,
    exchange_identified,
    figure_reconciled,
    moment,
    recorded_claim,
    sealed,
)
from tests.release.making import LEDGER


HISTORY = (
    recorded_claim(1),
    exchange_identified(2),
    assigned(3, assignment(1)),
    figure_reconciled(4),
    recorded_claim(5),
)


async def bodies_of(content: Content) -> list[bytes]:
    return [body async for body in content.bodies]


@pytest.mark.redis
async def test_a_log_that_is_ahead_of_its_views_is_released_up_to_them(client, ledger):
    log = RedisEventLog(client, ledger)
    await log.append([sealed(event) for event in HISTORY])
    store = ViewStore(client, ledger)
    await store.create_generation("g1")
    await store.point_current("g1")
    model = ReadModel(ledger)
    await fold_log(model, log, until=4)
    await store.write("g1", model.take_changes(), expected_position=0)

    content = await live_content(
        store, log, configuration=LEDGER.model_copy(update={"name": ledger})
    )

    assert (content.position, content.policy) == (4, LATEST_POLICY.version)
    assert [figure.id for figure in content.models.figures] == [FIGURE]
    assert len(content.models.claims) == 1
    assert await bodies_of(content) == [entry.body for entry in await log.read(after=0, limit=4)]


@pytest.mark.redis
async def test_a_ledger_without_views_is_released_empty(client, ledger):
    content = await live_content(
        ViewStore(client, ledger), RedisEventLog(client, ledger), configuration=LEDGER
    )

    assert (content.position, content.policy) == (0, LEDGER.policy)
    assert await bodies_of(content) == []


async def test_what_was_known_is_released_with_the_events_known_then():
    bodies = [body_of(event) for event in HISTORY]

    content = content_at(bodies, configuration=LEDGER, cut=Cut(known_on=moment(4)))

    assert content.position == 4
    assert await bodies_of(content) == bodies[:4]
    assert [figure.id for figure in content.models.figures] == [FIGURE]


async def test_what_had_been_said_is_released_with_the_log_it_makes():
    bodies = [body_of(event) for event in HISTORY]

    content = content_at(bodies, configuration=LEDGER, cut=Cut(asserted_by=moment(10_000)))

    kept = await bodies_of(content)
    assert content.position == len(kept) == 4
    assert len(content.models.claims) == 2
