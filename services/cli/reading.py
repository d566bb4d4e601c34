"""How reading commands get the read models, and wait for them."""

import asyncio

from schemas.ledger import LedgerConfiguration
from schemas.views import ReadModels
from services import clock
from services.cli.outcome import CommandError, Outcome
from services.cli.reach import Reached, reach
from services.projection.store import ViewStore
from services.reading import Cut, live_models, past_models


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
        configuration = reached.configuration
        if cut != Cut():
            models = await past_models(reached.log, ledger=configuration, cut=cut)
        else:
            store = ViewStore(reached.client, configuration.name)
            models = await live_models(
                store, reached.log, ledger=configuration.name, with_claims=with_claims
            )
        return configuration, models


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
