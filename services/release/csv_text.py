"""Tables as CSV, as `services.queries.csv_text` writes them: times as ISO 8601 has them, in UTC."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from services.queries.csv_text import csv_text
from services.release.tables import Cell, Column, cells_of


def csv_bytes(
    columns: Sequence[Column], rows: Iterable[Mapping[str, Any]], *, with_heading: bool = True
) -> bytes:
    """Write rows as CSV in UTF-8: a heading, then one row a line."""
    names = [column.name for column in columns]
    cells = (dict(zip(names, cells_of(row, columns), strict=True)) for row in rows)
    written = ({name: _written(cell) for name, cell in row.items()} for row in cells)
    return csv_text(names, written, with_heading=with_heading).encode()


def _written(cell: Cell) -> object:
    match cell:
        case datetime():
            return cell.isoformat().replace("+00:00", "Z")
        case date():
            return cell.isoformat()
        case _:
            return cell
