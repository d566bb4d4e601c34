"""The four output formats: a table for people; JSON, JSON lines and CSV for programs.

JSON has one record a line inside its array, so that it can be read by eye, compared and cut like JSON
lines. CSV has the same fields in the same order; a list or an object stands in its cell as JSON, and
no text begins a formula (`services.queries.csv_text`).
Results go to stdout as UTF-8; notes go to stderr.
"""

import os
import shlex
import shutil
import sys
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from pydantic import BaseModel
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from schemas.one_line import one_line
from services.queries.csv_text import csv_text


R = TypeVar("R")
Shape = TypeVar("Shape", bound=BaseModel)


class Format(StrEnum):
    """How a result is written."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"


class SummaryFormat(StrEnum):
    """How a single result, not a list, is written."""

    TABLE = "table"
    JSON = "json"


#: Width of a table that goes to a file or a pipe, in characters.
UNBOUND_WIDTH = 240


class TableColumn(NamedTuple, Generic[R]):
    """A column of a table: its title, and what it shows of a row."""

    title: str
    cell: Callable[[R], str]
    is_number: bool = False


def choose_format(asked: Format | None) -> Format:
    """Return the format asked for, else a table on a terminal and JSON elsewhere."""
    return asked or (Format.TABLE if sys.stdout.isatty() else Format.JSON)


def write_records(
    kind: type[Shape],
    records: Sequence[Shape],
    columns: Sequence[TableColumn[Shape]],
    form: Format | None,
) -> None:
    """Write records of one kind to stdout in the format asked for."""
    match choose_format(form):
        case Format.TABLE:
            write_table(records, columns)
        case Format.JSON:
            sys.stdout.write(json_array(records) + "\n")
        case Format.JSONL:
            sys.stdout.writelines(f"{one_line(record.model_dump_json())}\n" for record in records)
        case Format.CSV:
            write_csv(
                list(kind.model_fields), (record.model_dump(mode="json") for record in records)
            )
    sys.stdout.flush()


def json_array(records: Sequence[BaseModel]) -> str:
    """Return records as a JSON array with one record a line."""
    lines = ",\n".join(one_line(record.model_dump_json()) for record in records)
    return f"[\n{lines}\n]" if lines else "[]"


def write_csv(names: Sequence[str], rows: Iterable[dict[str, object]]) -> None:
    """Write rows as CSV with a heading; null is empty, lists and objects are JSON."""
    sys.stdout.write(csv_text(names, rows))


def write_table(rows: Sequence[R], columns: Sequence[TableColumn[R]]) -> None:
    """Write rows as a table, with their count below."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        table.add_column(column.title, justify="right" if column.is_number else "left")
    for row in rows:
        table.add_row(*(Text(column.cell(row), overflow="fold") for column in columns))
    console = console_for_stdout()
    console.print(table)
    console.print(Text(f"{len(rows)} in all"), style="dim")


def console_for_stdout() -> Console:
    """Return a console as wide as the terminal, or wide enough for a file; never guessing markup."""
    return Console(
        width=None if sys.stdout.isatty() else UNBOUND_WIDTH,
        markup=False,
        highlight=False,
        emoji=False,
        soft_wrap=False,
    )


def interval(low: int, best: int | None, high: int | None) -> str:
    """Show an interval as low / best / high.

    >>> interval(201, 201, None)
    '201 / 201 / open'
    >>> interval(0, None, None)
    '0 / – / open'
    """
    shown_best = "–" if best is None else str(best)
    return f"{low} / {shown_best} / {bound(high)}"


def bound(high: int | None) -> str:
    """Show an upper bound: `open` where there is none."""
    return "open" if high is None else str(high)


def print_note(line: str) -> None:
    """Print a line beside the answer, on stderr."""
    print(line, file=sys.stderr, flush=True)


def program() -> str:
    """Return how to call this program in a shell, as it was called itself."""
    called = Path(sys.argv[0])
    if called.suffix == ".py":
        return shlex.join([sys.executable, "-m", "services.cli.main"])
    found = shutil.which(called.name)
    is_on_path = found is not None and called.exists() and called.samefile(found)
    return shlex.quote(called.name if is_on_path else str(called.absolute()))


def discard_stdout() -> None:
    """Discard all further output: its reader has gone, as `head` does."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
