"""`export`: a release of the data set, as files for people who have no server."""

import asyncio
from importlib.metadata import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.connect import connect_to_ledger
from services.cli.exit_code import CommandError
from services.cli.options import AsAssertedBy, AsKnownOn, LedgerName
from services.cli.output import print_line
from services.projection.store import ViewStore
from services.queries.as_of import Cut


if TYPE_CHECKING:
    from services.release.described import ReleaseMetadata


#: The project, as its metadata calls it.
PROJECT = "exchange-ledger"


def export(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="Where to: a new or empty directory.")
    ],
    *,
    replace: Annotated[bool, typer.Option(help="Replace the earlier release in DIR.")] = False,
    author: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Who releases it; the project if nobody is named."),
    ] = None,
    ledger: LedgerName = None,
    as_asserted_by: AsAssertedBy = None,
    as_known_on: AsKnownOn = None,
) -> None:
    """Write a release of the data set: CSV, Parquet, the log, a Data Package, a citation, sums.

    The same position gives the same bytes. DIR appears when all of it is written.
    """
    cut = Cut(as_asserted_by, as_known_on)
    authors = author or [str(metadata(PROJECT)["Author"])]
    release = asyncio.run(_export(ledger, cut, directory, authors, replaces=replace))
    counts = ", ".join(f"{count} {name}" for name, count in release.row_counts.items())
    print_line(f"{directory}: {release.configuration.name} {release.version}: {counts}")


async def _export(
    ledger: str | None, cut: Cut, directory: Path, authors: list[str], *, replaces: bool
) -> "ReleaseMetadata":
    # Imported here, so that other commands do not wait for the library that writes Parquet, or need it.
    from services.release.content import content_of  # noqa: PLC0415
    from services.release.directory import PlaceError  # noqa: PLC0415
    from services.release.parquet import OutOfRangeError  # noqa: PLC0415
    from services.release.writing import write_release  # noqa: PLC0415

    async with connect_to_ledger(ledger) as connection:
        configuration = connection.configuration
        store = ViewStore(connection.client, configuration.name)
        content = await content_of(store, connection.log, configuration=configuration, cut=cut)
        try:
            return await write_release(content, directory, authors=authors, replaces=replaces)
        except (PlaceError, OutOfRangeError) as error:
            raise CommandError(str(error)) from error
