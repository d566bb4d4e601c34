"""`rebuild`: make the views again from the log beside the live ones; switch if they are equal."""

import asyncio
from typing import Annotated, get_args

import typer

from services.cli.connect import connect_to_ledger
from services.cli.exit_code import CommandError, ExitCode
from services.cli.options import LedgerName
from services.cli.output import print_line
from services.projection.generations import ViewConflictError
from services.projection.rebuild import Rebuilt, rebuild
from services.projection.rows import Table
from services.projection.store import ViewStore


def rebuild_views(
    view: Annotated[
        str | None,
        typer.Argument(metavar="[VIEW]", help="Compare and show this table alone, e.g. figures."),
    ] = None,
    *,
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
    rebuilt = asyncio.run(_rebuild(ledger, accept=accept, drop_old=drop_old))
    for difference in rebuilt.differences:
        if view in (None, difference.table):
            print_line(f"{difference.table} {difference.key}: {difference.kind}")
    happened = "now the live views" if rebuilt.switched else "left beside the live views"
    print_line(
        f"{rebuilt.row_count} rows at position {rebuilt.position}, "
        f"{len(rebuilt.differences)} differ: generation {rebuilt.generation}, {happened}"
    )
    return ExitCode.DONE if rebuilt.switched else ExitCode.FAILED


async def _rebuild(ledger: str | None, *, accept: bool, drop_old: bool) -> Rebuilt:
    async with connect_to_ledger(ledger) as connection:
        name = connection.configuration.name
        store = ViewStore(connection.client, name)
        try:
            rebuilt = await rebuild(connection.log, store, ledger=name, accept=accept)
            if drop_old and rebuilt.switched and rebuilt.replaced:
                await store.drop_generation(rebuilt.replaced)
        except ViewConflictError as error:
            raise CommandError(str(error), ExitCode.FAILED) from error
    return rebuilt
