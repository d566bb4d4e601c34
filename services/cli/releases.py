"""`releases`: what is kept at addresses of its own: built, listed, checked, withdrawn."""

import asyncio
from collections.abc import Sequence
from datetime import date
from importlib.metadata import metadata
from typing import TYPE_CHECKING, Annotated

import typer

from schemas.kept_release import KeptRelease
from services.cli.connect import configuration_of, connect_to_ledger, settings_now
from services.cli.exit_code import CommandError, ExitCode
from services.cli.export import PROJECT
from services.cli.options import LedgerName, OutputFormat, read_day
from services.cli.output import TableColumn, print_line, write_records
from services.projection.store import ViewStore
from services.queries.as_of import Cut
from services.runtime import clock


if TYPE_CHECKING:
    from services.release.kept import KeptReleases

releases = typer.Typer(
    no_args_is_help=True,
    help="Releases that are kept, one a day, under LEDGER_RELEASES_DIR: build, list, verify, withdraw. "
    "`worker releasing` builds one every few days.",
)
Day = Annotated[
    date,
    typer.Argument(parser=read_day, metavar="DAY", help="As `releases list` shows it."),
]
COLUMNS: Sequence[TableColumn[KeptRelease]] = (
    TableColumn("day", lambda row: row.day.isoformat(), is_id=True),
    TableColumn("version", lambda row: row.version),
    TableColumn("position", lambda row: str(row.position), is_number=True),
    TableColumn("files", lambda row: str(len(row.files)), is_number=True),
    TableColumn("sha256", lambda row: row.sha256[:16]),
    TableColumn("withdrawn", lambda row: row.withdrawn.why if row.withdrawn else ""),
)


@releases.command()
def build(
    *,
    day: Annotated[
        date | None,
        typer.Option("--day", parser=read_day, metavar="DAY", help="Of which day; today (UTC)."),
    ] = None,
    author: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Who releases it; the project if nobody is named."),
    ] = None,
    ledger: LedgerName = None,
) -> None:
    """Build the release of a day and keep it, at /releases/LEDGER/DAY/ of the HTTP API.

    A day has one release, which is never changed.
    """
    authors = author or [str(metadata(PROJECT)["Author"])]
    made = asyncio.run(_build(ledger, day or clock.now().date(), authors))
    print_line(f"{made.ledger} {made.day}: {made.version}, {len(made.files)} files, {made.sha256}")


@releases.command("list")
def list_(*, ledger: LedgerName = None, form: OutputFormat = None) -> None:
    """List the releases that are kept, the newest first."""
    write_records(KeptRelease, _kept(ledger).all(), COLUMNS, form)


@releases.command()
def verify(*, ledger: LedgerName = None) -> int:
    """Compare every file of every release with its sum; exits 1 if one differs."""
    kept = _kept(ledger)
    wrong = 0
    for release in kept.all():
        for name in kept.changed_files(release):
            print_line(
                f"{release.day}: expected the sum that it was built with, found {name} changed"
            )
            wrong += 1
    if not wrong:
        print_line(
            f"{sum(not one.withdrawn for one in kept.all())} releases are as they were built"
        )
    return ExitCode.FAILED if wrong else ExitCode.DONE


@releases.command()
def withdraw(
    day: Day,
    *,
    who: Annotated[str, typer.Option("--who", metavar="NAME", help="Who withdraws it.")],
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="Why.")],
    ledger: LedgerName = None,
) -> None:
    """Remove a release's files for good; its day, its sum and the reason stay."""
    from services.release.directory import PlaceError  # noqa: PLC0415

    kept = _kept(ledger)
    found = kept.find(day.isoformat())
    if found is None or found.withdrawn:
        raise CommandError(f"expected the day of a release (`releases list`), found {day}")
    try:
        kept.withdraw(found, who=who, why=why, at=clock.now())
    except PlaceError as error:
        raise CommandError(str(error)) from error
    print_line(f"{day} withdrawn")


def _kept(ledger: str | None) -> "KeptReleases":
    from services.release.kept import KeptReleases  # noqa: PLC0415  slow to import

    settings = settings_now()
    name = configuration_of(ledger, settings).name
    return KeptReleases(settings.releases_of(name), name)


async def _build(ledger: str | None, day: date, authors: list[str]) -> KeptRelease:
    from services.release.content import content_of  # noqa: PLC0415
    from services.release.directory import PlaceError  # noqa: PLC0415
    from services.release.parquet import OutOfRangeError  # noqa: PLC0415

    kept = _kept(ledger)
    async with connect_to_ledger(ledger) as connection:
        configuration = connection.configuration
        store = ViewStore(connection.client, configuration.name)
        content = await content_of(store, connection.log, configuration=configuration, cut=Cut())
        try:
            return await kept.build(
                content, day=day, authors=authors, origin=connection.settings.public_url
            )
        except (PlaceError, OutOfRangeError) as error:
            raise CommandError(str(error)) from error
