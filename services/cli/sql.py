"""`sql`: a question in SQL, over the read models and the log at one position."""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.cli.connect import connect_to_ledger
from services.cli.exit_code import CommandError, ExitCode
from services.cli.options import AsAssertedBy, AsKnownOn, LedgerName, OutputFormat
from services.cli.output import (
    Format,
    TableColumn,
    choose_format,
    json_of_rows,
    print_note,
    print_rows,
    write_csv,
    write_table,
)
from services.projection.store import ViewStore
from services.queries.as_of import Cut


if TYPE_CHECKING:
    from services.asking.database import RowsFound


def sql(
    question: Annotated[
        str,
        typer.Argument(
            metavar="SELECT…|-", help="One statement that reads; `-` reads it from stdin."
        ),
    ],
    *,
    ledger: LedgerName = None,
    form: OutputFormat = None,
    as_asserted_by: AsAssertedBy = None,
    as_known_on: AsKnownOn = None,
    seconds: Annotated[
        float, typer.Option(min=0.001, metavar="N", help="Longest time it may take.")
    ] = 60.0,
) -> None:
    """Ask a ledger in SQL: its tables are those of a release, and `log`.

    `SELECT table_name, comment FROM duckdb_tables()` names the tables, `DESCRIBE figures` the columns of one.
    """
    text = sys.stdin.read() if question == "-" else question
    found, position = asyncio.run(
        _ask(ledger, Cut(as_asserted_by, as_known_on), text, seconds=seconds)
    )
    _write(found, choose_format(form))
    print_note(f"at log position {position}")


async def _ask(
    ledger: str | None, cut: Cut, question: str, *, seconds: float
) -> tuple["RowsFound", int]:
    # Imported here, so that other commands do not wait for the libraries, or need them.
    from services.asking.database import QuestionError, database_of  # noqa: PLC0415
    from services.release.content import content_of  # noqa: PLC0415

    async with connect_to_ledger(ledger) as connection:
        configuration = connection.configuration
        store = ViewStore(connection.client, configuration.name)
        content = await content_of(store, connection.log, configuration=configuration, cut=cut)
        try:
            with await database_of(content) as database:
                return database.ask(question, seconds=seconds), content.position
        except QuestionError as error:
            raise CommandError(str(error), ExitCode.WRONG_USAGE) from error


def _write(found: "RowsFound", form: Format) -> None:
    match form:
        case Format.TABLE:
            write_table(found.rows, _columns(found.columns, found.rows))
        case Format.JSON:
            print_rows(json_of_rows(found.rows))
        case Format.JSONL:
            for row in found.rows:
                print_rows(json_of_rows([row]).splitlines()[1])
        case Format.CSV:
            write_csv(found.columns, (dict(row) for row in found.rows))
    sys.stdout.flush()


def _columns(
    names: Sequence[str], rows: Sequence[Mapping[str, Any]]
) -> list[TableColumn[Mapping[str, Any]]]:
    return [
        TableColumn(
            name,
            partial(_cell, name),
            is_number=all(isinstance(row[name], int | float | None) for row in rows),
        )
        for name in names
    ]


def _cell(name: str, row: Mapping[str, Any]) -> str:
    value = row[name]
    return "" if value is None else str(value)
