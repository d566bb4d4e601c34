"""`rebuild`, `rollback`: make the views again from the log, beside the live ones; show those of before."""

import asyncio
from typing import Annotated, get_args

import typer

from services.cli.connect import connect_to_ledger
from services.cli.exit_code import CommandError, ExitCode
from services.cli.options import LedgerName
from services.cli.output import print_line
from services.projection.generations import ViewConflictError
from services.projection.rebuild import Rebuilt, RolledBack, rebuild, roll_back
from services.projection.rows import Table
from services.projection.store import ViewFormError, ViewStore


def rebuild_views(
    view: Annotated[
        str | None,
        typer.Argument(metavar="[VIEW]", help="Compare and show this table alone, e.g. figures."),
    ] = None,
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Compare alone: nothing is switched and nothing stays.")
    ] = False,
    accept: Annotated[
        bool, typer.Option(help="Switch over even if rows differ; read the difference first.")
    ] = False,
    drop_old: Annotated[
        bool, typer.Option(help="Remove the replaced views after a switch.")
    ] = False,
    ledger: LedgerName = None,
) -> int:
    """Rebuild all views from the log beside the live ones; switch over when proven equal.

    Exits 1, with nothing switched, if rows differ and --accept was not given. All tables are rebuilt
    together, because they stand for one position.
    """
    if view is not None and view not in get_args(Table):
        raise CommandError(f"expected a view ({', '.join(get_args(Table))}), found {view!r}")
    if check and (accept or drop_old):
        raise CommandError("expected --check alone, which changes nothing")
    rebuilt = asyncio.run(_rebuild(ledger, check=check, accept=accept, drop_old=drop_old))
    for difference in rebuilt.differences:
        if view in (None, difference.table):
            print_line(f"{difference.table} {difference.key}: {difference.kind}")
    happened = "now the live views" if rebuilt.switched else "left beside the live views"
    made = "compared and dropped" if check else f"generation {rebuilt.generation}, {happened}"
    print_line(
        f"{rebuilt.row_count} rows at position {rebuilt.position}, "
        f"{len(rebuilt.differences)} differ: {made}"
    )
    is_right = not rebuilt.differences if check else rebuilt.switched
    return ExitCode.DONE if is_right else ExitCode.FAILED


def rollback(*, ledger: LedgerName = None) -> None:
    """Show the views from before the last rebuild again, brought up to the present.

    For a rebuild that was accepted and should not have been. Once more goes back again.
    """
    back = asyncio.run(_roll_back(ledger))
    print_line(
        f"generation {back.generation} is shown again in the place of {back.replaced}, "
        f"at position {back.position}"
    )


async def _rebuild(ledger: str | None, *, check: bool, accept: bool, drop_old: bool) -> Rebuilt:
    async with connect_to_ledger(ledger) as connection:
        name = connection.configuration.name
        store = ViewStore(connection.client, name)
        try:
            rebuilt = await rebuild(
                connection.log, store, ledger=name, accept=accept, only_compare=check
            )
            if drop_old and rebuilt.switched and rebuilt.replaced:
                await store.drop_generation(rebuilt.replaced)
        except ViewConflictError as error:
            raise CommandError(str(error), ExitCode.FAILED) from error
    return rebuilt


async def _roll_back(ledger: str | None) -> RolledBack:
    async with connect_to_ledger(ledger) as connection:
        name = connection.configuration.name
        store = ViewStore(connection.client, name)
        try:
            return await roll_back(connection.log, store, ledger=name)
        except (ViewConflictError, ViewFormError) as error:
            raise CommandError(str(error), ExitCode.FAILED) from error
