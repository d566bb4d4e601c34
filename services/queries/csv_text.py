"""Rows as CSV that spreadsheets do not run as formulas.

A heading, then one row a line; null is empty, lists and objects are JSON. A claim's texts come from
others, and a spreadsheet runs a cell that begins with `=`, `+`, `-` or `@`. Such a text gets an apostrophe
in front, and so does a text that begins with an apostrophe: removing exactly one apostrophe from the
beginning of a cell restores every text. Numbers, days and lists are not changed, and JSON, Parquet and
the log hold the texts alone.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence


#: What is to be known by whoever reads such a file with a program.
GUARD = (
    "In CSV, a text that begins with = + - @ (full-width ones too) or an apostrophe has an apostrophe "
    "in front, so that no spreadsheet takes it for a formula; take one off to have it as it was."
)

#: What makes a spreadsheet read a text as a formula, full-width forms included, and our own mark.
_FORMULA = re.compile("['=+\\-@\\t\\r\\n＝＋－＠]")


def csv_text(
    names: Sequence[str], rows: Iterable[Mapping[str, object]], *, with_heading: bool = True
) -> str:
    r"""Write rows as CSV; without a heading they are those that follow others.

    >>> csv_text(["id", "flags"], [{"id": "=a", "flags": ["x"]}, {"id": None, "flags": []}])
    'id,flags\n\'=a,"[""x""]"\n,[]\n'
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if with_heading:
        writer.writerow(names)
    writer.writerows([_cell(row[name]) for name in names] for row in rows)
    return text.getvalue()


def guarded(text: str) -> str:
    """Return a text as it is written in a cell.

    >>> guarded("=1+1"), guarded("'tis"), guarded("over 200")
    ("'=1+1", "''tis", 'over 200')
    """
    return f"'{text}" if _FORMULA.match(text) else text


def _cell(value: object) -> object:
    match value:
        case str():
            return guarded(value)
        case dict() | list():
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        case bool():
            return "true" if value else "false"
        case _:
            return value
