"""Rows as CSV: a heading, then one row a line; null is empty, lists and objects are JSON."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence


def csv_text(names: Sequence[str], rows: Iterable[Mapping[str, object]]) -> str:
    r"""Write rows as CSV.

    >>> csv_text(["id", "flags"], [{"id": "a", "flags": ["x"]}, {"id": None, "flags": []}])
    'id,flags\na,"[""x""]"\n,[]\n'
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_cell(row[name]) for name in names] for row in rows)
    return text.getvalue()


def _cell(value: object) -> object:
    match value:
        case dict() | list():
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        case bool():
            return "true" if value else "false"
        case _:
            return value
