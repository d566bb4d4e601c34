"""How reading commands get the read models, and wait for them."""

import asyncio

from schemas.ledger import LedgerConfiguration
from schemas.views import ReadModels
from services.cli.connect import LedgerConnection, connect_to_ledger
from services.cli.exit_code import CommandError, ExitCode
from services.cli.output import print_note
from services.projection.store import ViewStore
from services.queries.as_of import Cut, as_of_models, live_models
from services.queries.coverage import untimed_note
from services.runtime import clock


#: Pause between two looks at the views, in seconds.
PAUSE_SECONDS = 0.05


async def load(
    ledger: str | None, cut: Cut, *, side: str | None = None, with_claims: bool = False
) -> tuple[LedgerConfiguration, ReadModels]:
    """Return the read models of a ledger.

    Args:
        ledger: Its name; null means the first of the settings.
        cut: The times asked for.
        side: The only side asked for, if one is.
        with_claims: Whether claims are wanted too; joining them reads the log.

    Raises:
        CommandError: The ledger or the server is not there, or the ledger has no such side.
    """
    async with connect_to_ledger(ledger) as connection:
        configuration = connection.configuration
        check_side(side, configuration)
        if cut != Cut():
            models = await as_of_models(connection.log, ledger=configuration, cut=cut)
            if (note := untimed_note(cut, models.claims)) is not None:
                print_note(note)
        else:
            store = ViewStore(connection.client, configuration.name)
            models = await live_models(
                store, connection.log, ledger=configuration, with_claims=with_claims
            )
        return configuration, models


def check_side(side: str | None, configuration: LedgerConfiguration) -> None:
    """Refuse a side that a ledger does not have.

    Raises:
        CommandError: It has none of that code.
    """
    sides = (*configuration.side_codes, "both")
    if side not in (None, *sides):
        raise CommandError(f"--side: expected {', '.join(sides)}, found {side!r}")


async def wait_for_views(
    connection: LedgerConnection, *, position: int, seconds_max: float
) -> None:
    """Wait until everything recorded up to `position` is decided and shown.

    Raises:
        CommandError: It took longer than `seconds_max`.
    """
    store = ViewStore(connection.client, connection.configuration.name)
    deadline_ms = clock.stopwatch_ms() + seconds_max * 1000
    while clock.stopwatch_ms() < deadline_ms:
        last = await connection.log.last_position()
        decided = await connection.log.checkpoint("reconciliation")
        if position <= last == decided == await store.position():
            return
        await asyncio.sleep(PAUSE_SECONDS)
    raise CommandError(
        f"expected views at position {position} within {seconds_max:.0f} s, found "
        f"{await store.position() or 0}",
        ExitCode.FAILED,
    )


async def wait_until_shown(
    connection: LedgerConnection, *, position: int, seconds_max: float
) -> None:
    """Wait until what follows from the event at `position` is shown, whatever else arrives.

    Raises:
        CommandError: It took longer than `seconds_max`.
    """
    store = ViewStore(connection.client, connection.configuration.name)
    deadline_ms = clock.stopwatch_ms() + seconds_max * 1000
    target: int | None = None
    while clock.stopwatch_ms() < deadline_ms:
        if target is None and await connection.log.checkpoint("reconciliation") >= position:
            # Decisions move with that checkpoint, so they stand at or below the log's end by now.
            target = await connection.log.last_position()
        if target is not None and (await store.position() or 0) >= target:
            return
        await asyncio.sleep(PAUSE_SECONDS)
    raise CommandError(
        f"recorded at position {position}, expected it in the views within {seconds_max:g} s, "
        f"found them at {await store.position() or 0} (is a worker running?)",
        ExitCode.FAILED,
    )
