"""The CSV files of a release as CSV on the Web describes them, so that each cell has a type and a meaning.

Sources: https://www.w3.org/TR/tabular-metadata/, https://www.w3.org/TR/tabular-data-model/
"""

import json
from typing import Any

from services.release.citing import licence_of
from services.release.described import DESCRIPTION, ReleaseMetadata
from services.release.tables import TABLES, CellType, Column, Table, columns_of


CSVW = "csv-metadata.json"
_TYPES: dict[CellType, str] = {
    "string": "string",
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "date": "date",
    "datetime": "dateTimeStamp",
    "array": "json",
}


def csvw(release: ReleaseMetadata) -> str:
    """Describe the CSV files of a release."""
    ledger = release.configuration
    document: dict[str, Any] = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "dc:title": ledger.title,
        "dc:description": DESCRIPTION,
        "dc:creator": list(release.authors),
        "dc:identifier": f"{ledger.name} {release.version}",
        "dialect": {"header": True, "encoding": "utf-8", "lineTerminators": ["\n"]},
        "tables": [_table(table) for table in TABLES],
    }
    if licence := licence_of(ledger.data_licence):
        document["dc:license"] = {"@id": licence.url}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _table(table: Table) -> dict[str, Any]:
    columns = columns_of(table.model)
    # A reference that may be empty is none to validators, which look for a row without a key.
    always = {column.name for column in columns if not column.is_nullable}
    references = [one for one in table.references if one.column in always]
    schema: dict[str, Any] = {
        "columns": [_column(column) for column in columns],
        "primaryKey": list(table.key),
    }
    if references:
        schema["foreignKeys"] = [
            {
                "columnReference": one.column,
                "reference": {"resource": f"{one.table}.csv", "columnReference": one.key},
            }
            for one in references
        ]
    return {"url": f"{table.name}.csv", "dc:description": table.description, "tableSchema": schema}


def _column(column: Column) -> dict[str, Any]:
    datatype: Any = _TYPES[column.kind]
    if column.kind == "boolean":
        datatype = {"base": "boolean", "format": "true|false"}
    elif column.words:
        # CSVW has no list of words for a text but a pattern.
        datatype = {"base": "string", "format": "|".join(column.words)}
    described: dict[str, Any] = {
        "name": column.name,
        "titles": column.name,
        "dc:description": column.description,
        "datatype": datatype,
        "null": "",
    }
    if not column.is_nullable:
        described["required"] = True
    return described
