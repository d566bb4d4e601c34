"""Tables as CSV that no spreadsheet takes for formulas.

A claim's texts are somebody else's, and a spreadsheet runs a cell that begins with `=`, `+`, `-` or
`@`. Such a text gets an apostrophe in front, and so does one that begins with an apostrophe: whoever
takes exactly one apostrophe off the beginning of a cell has every text as it was. Parquet and the log
need no such thing and hold the words alone. Numbers, days and lists are never touched.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from services.release.tables import Cell, Column, cells_of
from services.sheets import csv_text


#: What makes a spreadsheet read a text as a formula, full-width forms included, and our own mark.
_FORMULA = re.compile("['=+\\-@\\t\\r\\n＝＋－＠]")


def sheet(columns: Sequence[Column], rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Write rows as CSV in UTF-8: a heading, then one row a line."""
    names = [column.name for column in columns]
    cells = (dict(zip(names, cells_of(row, columns), strict=True)) for row in rows)
    written = ({name: _written(cell) for name, cell in row.items()} for row in cells)
    return csv_text(names, written).encode()


def guarded(text: str) -> str:
    """Give a text as it stands in a cell.

    >>> guarded("=1+1"), guarded("'tis"), guarded("over 200")
    ("'=1+1", "''tis", 'over 200')
    """
    return f"'{text}" if _FORMULA.match(text) else text


def _written(cell: Cell) -> object:
    match cell:
        case str():
            return guarded(cell)
        case datetime():
            return cell.isoformat().replace("+00:00", "Z")
        case date():
            return cell.isoformat()
        case _:
            return cell
