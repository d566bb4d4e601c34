"""Tables as XLSX: one sheet with the rows, one that says what they are.

Texts are written as texts, so no spreadsheet runs one as a formula or follows it as a link. A number is a
number up to the 15 digits that spreadsheets keep, a day or an instant is a date; what does not fit is
written as text. Nothing of the time or the machine is in the file.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, BinaryIO

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from services.release.tables import Cell, Column, cells_of


#: Most characters a cell holds.
CELL_CHARACTERS_MAX = 32_767
#: Most digits a number keeps.
_EXACT_MAX = 10**15 - 1
#: The first year that is a date to every spreadsheet.
_FIRST_YEAR = 1901
_DAY, _INSTANT = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_MADE = datetime(2000, 1, 1)  # noqa: DTZ001  the same rows give the same bytes


def write_xlsx(
    file: BinaryIO,
    columns: Sequence[Column],
    rows: Iterable[Mapping[str, Any]],
    about: Mapping[str, str],
) -> None:
    """Write rows as a workbook: the sheet `rows`, with one heading, and the sheet `about`.

    Args:
        file: Where to.
        columns: The table's columns.
        rows: What `model_dump` gives of each row.
        about: What is said of the whole table, by name.
    """
    with Workbook(file, _OPTIONS) as book:
        book.set_properties({"created": _MADE})
        bold = book.add_format({"bold": True})
        formats = {kind: book.add_format({"num_format": kind}) for kind in (_DAY, _INSTANT)}
        sheet = book.add_worksheet("rows")
        sheet.freeze_panes(1, 0)
        for index, column in enumerate(columns):
            sheet.set_column(index, index, max(10, min(24, len(column.name) + 2)))
            sheet.write_string(0, index, column.name, bold)
        for number, row in enumerate(rows, start=1):
            for index, cell in enumerate(cells_of(row, columns)):
                _write(sheet, number, index, _shown(cell), formats)
        described = book.add_worksheet("about")
        described.set_column(0, 0, 24)
        described.set_column(1, 1, 100)
        meanings = {column.name: column.description for column in columns}
        for number, (name, text) in enumerate({**about, **meanings}.items()):
            described.write_string(number, 0, name, bold)
            described.write_string(number, 1, text)


def _shown(cell: Cell) -> Cell:
    """Return a cell as a spreadsheet can hold it."""
    match cell:
        case bool() | None:
            return cell
        case int():
            return cell if abs(cell) <= _EXACT_MAX else str(cell)
        case datetime():
            return cell if cell.year >= _FIRST_YEAR else cell.isoformat()
        case date():
            return cell if cell.year >= _FIRST_YEAR else cell.isoformat()
        case list():
            return json.dumps(cell, ensure_ascii=False, separators=(",", ":"), default=str)
        case _:
            return cell


def _write(
    sheet: Worksheet, row: int, column: int, cell: Cell, formats: Mapping[str, object]
) -> None:
    match cell:
        case None:
            return
        case bool():
            sheet.write_boolean(row, column, cell)
        case int() | float():
            sheet.write_number(row, column, cell)
        case datetime():
            # A spreadsheet knows no time zones: instants are in UTC.
            sheet.write_datetime(row, column, cell.replace(tzinfo=None), formats[_INSTANT])
        case date():
            sheet.write_datetime(row, column, cell, formats[_DAY])
        case _:
            sheet.write_string(row, column, str(cell)[:CELL_CHARACTERS_MAX])
