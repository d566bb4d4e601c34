"""How reading commands get the read models: the live views, or those of another time.

Without a cut the views are read as they stand. `known_on` folds what the log held then, decisions
included: nothing is decided anew, so the answer is the one that was given at that time. With
`asserted_by`, what had been said by then is reconciled afresh, in memory.
"""

import asyncio

from schemas.events import EVENTS, ClaimRecorded
from schemas.ledger import LedgerConfiguration
from schemas.views import ReadModels
from services import clock
from services.cli.log import entries_of
from services.cli.options import Cut
from services.cli.outcome import CommandError, Outcome
from services.cli.reach import Reached, reach
from services.projection.folds import ReadModel, assemble
from services.projection.store import ViewStore, claims_at
from services.replay import replay


#: Pause between two looks at the views, in seconds.
PAUSE_SECONDS = 0.05


async def load(
    ledger: str | None, cut: Cut, *, with_claims: bool = False
) -> tuple[LedgerConfiguration, ReadModels]:
    """Give the read models of a ledger.

    Args:
        ledger: Its name; null means the first of the settings.
        cut: The times asked for.
        with_claims: Whether claims are wanted too; joining them reads the log.

    Raises:
        CommandError: The ledger or the server is not there.
    """
    async with reach(ledger) as reached:
        if cut.asserted_by is not None:
            models = await _replayed(reached, cut)
        elif cut.known_on is not None:
            models = await _folded(reached, cut)
        else:
            models = await _live(reached, with_claims=with_claims)
        return reached.configuration, models


async def wait_for_views(reached: Reached, *, position: int, seconds_max: float) -> None:
    """Wait until everything recorded up to `position` is decided and shown.

    Raises:
        CommandError: It took longer than `seconds_max`.
    """
    store = ViewStore(reached.client, reached.configuration.name)
    deadline_ms = clock.stopwatch_ms() + seconds_max * 1000
    while clock.stopwatch_ms() < deadline_ms:
        last = await reached.log.last_position()
        decided = await reached.log.checkpoint("reconciliation")
        if position <= last == decided == await store.position():
            return
        await asyncio.sleep(PAUSE_SECONDS)
    raise CommandError(
        f"expected views at position {position} within {seconds_max:.0f} s, found "
        f"{await store.position() or 0}",
        Outcome.FAILED,
    )


async def _live(reached: Reached, *, with_claims: bool) -> ReadModels:
    name = reached.configuration.name
    snapshot = await ViewStore(reached.client, name).snapshot()
    rows = snapshot.rows if with_claims else snapshot.rows._replace(claims=())
    claims = await claims_at(reached.log, [standing.position for standing in rows.claims])
    return assemble(name, rows, claims.__getitem__)


async def _folded(reached: Reached, cut: Cut) -> ReadModels:
    assert cut.known_on is not None, "a fold without a time"
    model = ReadModel(reached.configuration.name)
    claims: dict[int, ClaimRecorded] = {}
    async for entry in entries_of(reached.log):
        event = EVENTS.validate_json(entry.body)
        if event.recorded_at > cut.known_on:
            continue
        if isinstance(event, ClaimRecorded):
            claims[event.position] = event
        model.fold(event)
    return model.read_models(claims.__getitem__)


async def _replayed(reached: Reached, cut: Cut) -> ReadModels:
    lines = [entry.body async for entry in entries_of(reached.log)]
    replayed = replay(
        lines,
        ledger=reached.configuration,
        asserted_by=cut.asserted_by,
        known_on=cut.known_on,
    )
    return replayed.read_models
