"""The four output formats: a table for people; JSON, JSON lines and CSV for programs.

JSON has one record a line inside its array, so that it can be read by eye, compared and cut like JSON
lines. CSV has the same fields in the same order; a list or an object stands in its cell as JSON, and
no text begins a formula (`services.queries.csv_text`).
Results go to stdout as UTF-8; notes go to stderr. Nothing else in the command line writes there: claims
come from others, and what a terminal obeys is escaped here.
"""

import json
import os
import shlex
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from io import BytesIO
from pathlib import Path
from traceback import format_exception
from types import TracebackType
from typing import IO, Generic, NamedTuple, TypeVar

from pydantic import BaseModel
from rich import box
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from schemas.printable import printable, printable_json, printable_lines
from services.queries.csv_text import csv_text


#: What can be shown: a line or a table.
Shown = Text | Table
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
#: What separates two columns, in characters.
COLUMN_GAP = 3
#: Narrowest columns of words and of numbers that can be read, in characters; narrower ones are left out. A number
#: may be three with two slashes.
TEXT_WIDTH_MIN, NUMBER_WIDTH_MIN = 12, 17
#: Widest id that is never broken: on a terminal of 80 characters the other columns need room too.
ID_WIDTH_MAX = 48


class TableColumn(NamedTuple, Generic[R]):
    """A column of a table: its title, what it shows of a row, and whether that is an id, never broken."""

    title: str
    cell: Callable[[R], str]
    is_number: bool = False
    is_id: bool = False


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
            print_pieces(json_array(records))
        case Format.JSONL:
            for record in records:
                print_json(record.model_dump_json())
        case Format.CSV:
            told = [name for name, field in kind.model_fields.items() if not field.exclude]
            write_csv(told, (record.model_dump(mode="json") for record in records))
    sys.stdout.flush()


def json_array(records: Sequence[BaseModel]) -> Iterator[str]:
    """Return the pieces of a JSON array with one record a line, printable as they are."""
    # Piece by piece: one text of all records is as wide in memory as the widest character in any.
    before = "["
    for record in records:
        yield f"{before}\n{printable_json(record.model_dump_json())}"
        before = ","
    yield "\n]" if records else "[]"


def json_of_rows(rows: Sequence[Mapping[str, object]]) -> str:
    """Return rows that are no records as a JSON array with one row a line, printable as it is."""
    told = (json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
    lines = ",\n".join(map(printable_json, told))
    return f"[\n{lines}\n]" if lines else "[]"


def write_csv(names: Sequence[str], rows: Iterable[dict[str, object]]) -> None:
    """Write rows as CSV with a heading; null is empty, lists and objects are JSON.

    To a terminal it goes printable, to a file or a program as it is: CSV has no escapes.
    """
    written = csv_text(names, rows)
    sys.stdout.write(printable_lines(written) if sys.stdout.isatty() else written)


def write_table(rows: Sequence[R], columns: Sequence[TableColumn[R]]) -> None:
    """Write rows as a table, with their count below."""
    _console().print(table_of(rows, columns))
    print_dim(f"{len(rows)} in all")


def table_of(
    rows: Sequence[R], columns: Sequence[TableColumn[R]], *, width: int | None = None
) -> Table:
    """Return rows as a table; columns at its end for which there is no room are named below it.

    Args:
        rows: The rows.
        columns: What is shown of each.
        width: Characters of a line, null for those of the terminal.
    """
    fitting, left_out = _fitting(rows, columns, width or _console().width)
    table = Table(
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        show_edge=False,
        caption=f"no room for: {', '.join(left_out)}" if left_out else None,
        caption_justify="left",
    )
    for column in fitting:
        ids = (len(printable(column.cell(row))) for row in rows) if column.is_id else ()
        table.add_column(
            printable(column.title),
            justify="right" if column.is_number else "left",
            no_wrap=column.is_id,
            # An id is copied from the table into a command.
            min_width=min(max(ids, default=0), ID_WIDTH_MAX) or None,
        )
    for row in rows:
        table.add_row(*(Text(printable(column.cell(row)), overflow="fold") for column in fitting))
    return table


def _fitting(
    rows: Sequence[R], columns: Sequence[TableColumn[R]], width: int
) -> tuple[Sequence[TableColumn[R]], Sequence[str]]:
    """Return the columns that can be read beside each other, and the titles of those left out."""
    taken, count = -COLUMN_GAP, 0
    for column in columns:
        cells = max((len(printable(column.cell(row))) for row in rows), default=0)
        most = NUMBER_WIDTH_MIN if column.is_number else TEXT_WIDTH_MIN
        most = ID_WIDTH_MAX if column.is_id else most
        # A heading is broken into lines rather than cut.
        word = max(map(len, column.title.split()), default=0)
        taken += COLUMN_GAP + max(min(cells, most), word if cells else 0)
        if taken > width and count:
            break
        count += 1
    return columns[:count], [column.title for column in columns[count:]]


def text_of(line: str, *, style: str = "") -> Text:
    """Return a line with everything escaped that a terminal obeys."""
    return Text(printable(line), style=style)


def print_together(parts: Sequence[Shown]) -> None:
    """Print lines and tables below each other."""
    _console().print(Group(*parts))


@contextmanager
def shown_anew() -> Iterator[Callable[[Sequence[Shown]], None]]:
    """Yield a function that shows lines and tables in place of those before; what does not fit is cut below."""
    with Live(console=_console(), auto_refresh=False, vertical_overflow="crop") as screen:
        yield lambda parts: screen.update(Group(*parts), refresh=True)


def print_dim(line: str) -> None:
    """Print a line that is less important than the others."""
    _console().print(Text(printable(line)), style="dim")


def print_line(line: str = "", *, flush: bool = False) -> None:
    """Print a line, with everything escaped that a terminal obeys, ends of lines included."""
    print(printable(line), flush=flush)


def print_text(text: str) -> None:
    """Print a text of several lines, with everything else escaped that a terminal obeys."""
    print(printable_lines(text))


def print_rows(json: str) -> None:
    """Print what `json_of_rows` returned: it is printable, and may be large."""
    print(json)


def print_pieces(pieces: Iterable[str]) -> None:
    """Print the pieces of what `json_array` returned, likewise."""
    sys.stdout.writelines(pieces)
    print()


def print_json(json: str) -> None:
    """Print JSON: an escape stands in it for whatever a terminal obeys, and says the same."""
    print(printable_lines(json))


@contextmanager
def bytes_to_stdout() -> Iterator[IO[bytes]]:
    """Yield where bytes go as they are; to a terminal they go printable, once the block ends."""
    if not sys.stdout.isatty():
        yield sys.stdout.buffer
        return
    held = BytesIO()
    yield held
    sys.stdout.write(printable_lines(held.getvalue().decode(errors="replace")))


def console_for_stderr() -> Console:
    """Return a console for what moves while a command works; nothing of others' goes there."""
    return Console(stderr=True, quiet=_notes.are_left_out)


def _console() -> Console:
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


class _Notes:
    are_left_out = False


_notes = _Notes()


def leave_out_notes(*, is_asked: bool) -> None:
    """Leave out, or not, what is printed beside an answer; errors are printed all the same."""
    _notes.are_left_out = is_asked


def print_note(line: str) -> None:
    """Print a line beside the answer, on stderr, unless notes are left out."""
    if not _notes.are_left_out:
        print_error(line)


def print_error(line: str) -> None:
    """Print a line on stderr that says why there is no answer."""
    sys.stdout.flush()  # Where both go to one place, what was printed before stands before it.
    print(printable(line), file=sys.stderr, flush=True)


def print_fault(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    """Print the traceback of a bug, as `sys.excepthook` does, and printable."""
    text = "".join(format_exception(kind, error, traceback))
    print(printable_lines(text), file=sys.stderr, flush=True, end="")


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
