"""The codebook of a release: every column of every table, one row each, with its words and what they count."""

from services.queries.csv_text import csv_text
from services.release.tables import TABLES, columns_of


CODEBOOK = "codebook.csv"
_NAMES = ("table", "column", "type", "unit", "may_be_empty", "words", "meaning", "table_is")


def codebook() -> str:
    """Return the codebook as CSV; the words of a column stand behind one another, separated by blanks."""
    rows = (
        {
            "table": table.name,
            "column": column.name,
            "type": column.kind,
            "unit": column.unit,
            "may_be_empty": "true" if column.is_nullable else "false",
            "words": " ".join(column.words) or None,
            "meaning": column.description,
            "table_is": table.description,
        }
        for table in TABLES
        for column in columns_of(table.model)
    )
    return csv_text(_NAMES, rows)
