"""The metadata of a release: a Data Package, a citation, and a README.

The descriptor follows Data Package v2 (datapackage.org). The CSV files are its tables, with a schema
each; Parquet files and the log are further resources. Nothing here reads the clock: the date of a
release is that of the last fact in its log.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from services.queries.csv_text import GUARD
from services.release.citing import licence_of
from services.release.codebook import CODEBOOK
from services.release.croissant import CROISSANT
from services.release.csvw import CSVW
from services.release.described import ReleaseMetadata
from services.release.directory import DESCRIPTOR, GENERATOR, SUMS, sum_of
from services.release.tables import TABLES, Column, Table, columns_of


PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
LOG = "log.jsonl"
README = "README.md"
CITATION = "CITATION.cff"
#: What CSV files are like where a Data Package would expect something else.
DIALECT = {"lineTerminator": "\n"}
_TYPES = {"csv": "text/csv", "parquet": "application/vnd.apache.parquet"}


def package(directory: Path, release: ReleaseMetadata) -> str:
    """Describe the files that lie in a directory as a Data Package."""
    ledger = release.configuration
    document: dict[str, Any] = {
        "$schema": PROFILE,
        "name": ledger.name,
        "title": ledger.title,
        "description": release.description,
        "version": release.version,
    }
    if release.created is not None:
        document["created"] = _instant(release.created)
    document |= {
        **_licences(release),
        "contributors": [{"title": author, "roles": ["creator"]} for author in release.authors],
        "keywords": ["prisoner exchange", "prisoners of war", *sorted(ledger.side_codes)],
        "generator": GENERATOR,
        "ledger": ledger.name,
        "position": release.position,
        "policy": release.policy,
        "as_asserted_by": release.cut.asserted_by and _instant(release.cut.asserted_by),
        "as_known_on": release.cut.known_on and _instant(release.cut.known_on),
        "resources": list(_resources(directory)),
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def citation(release: ReleaseMetadata) -> str:
    """Write how to cite a release, as a Citation File (CFF 1.2.0)."""
    lines = [
        "cff-version: 1.2.0",
        'message: "If you use this data set, please cite it as below, with its version."',
        "type: dataset",
        f"title: {_quoted(release.configuration.title)}",
        f"abstract: {_quoted(release.description)}",
        f"version: {_quoted(release.version)}",
        "authors:",
        *(f"  - name: {_quoted(author)}" for author in release.authors),
        "keywords:",
        "  - prisoner exchange",
        "  - prisoners of war",
    ]
    if release.configuration.data_licence is not None:
        lines.append(f"license: {_quoted(release.configuration.data_licence)}")
    if release.address is not None:
        lines.append(f"url: {_quoted(release.address)}")
    if release.created is not None:
        lines.append(f'date-released: "{release.created.date().isoformat()}"')
    return "\n".join(lines) + "\n"


def readme(release: ReleaseMetadata) -> str:
    """Write the page that a reader of the data set opens first."""
    ledger = release.configuration
    parts = [
        f"# {ledger.title}",
        release.description,
        f"Version {release.version}: log position {release.position}, policy {release.policy}"
        + (f", {release.cut_words}" if release.cut_words else "")
        + (
            f", as of {_instant(release.created)}."
            if release.created
            else ", nothing recorded yet."
        ),
        "## Files",
        _file_table(release),
        "## Reading them",
        "\n".join(
            [
                "Numbers are whole people unless a column says otherwise.",
                "A figure is a range: `low` to `high`, with `best` the best single number.",
                "`high` empty means that it is open, `best` empty that nobody gave a usable number.",
                "Every figure names the claims behind it by their `ref`, and its reasons in sentences.",
                "",
                "The CSV files are UTF-8 with a heading; an empty cell is null, a list is a JSON array.",
                GUARD,
                "The Parquet files hold the same rows with types, lists as lists, and texts as they are.",
                f"`{LOG}` is the event log, one JSON object a line: every claim word for word, and every",
                "decision about it.",
                f"All else follows from it: `exchange-ledger replay {LOG}` works it out anew.",
                "",
                f"`sha256sum -c {SUMS}` proves the files whole.",
                "The same position, policy and version of the software give the same bytes.",
            ]
        ),
        *(_table_section(table) for table in TABLES),
    ]
    return "\n\n".join(parts) + "\n"


def parquet_metadata(table: Table, release: ReleaseMetadata) -> dict[str, str]:
    """Return the metadata of a Parquet file."""
    return {
        "description": table.description,
        "ledger": release.configuration.name,
        "version": release.version,
        "position": str(release.position),
        "policy": release.policy,
    }


def _resources(directory: Path) -> Sequence[dict[str, Any]]:
    log = directory / LOG
    return [
        *(_table_resource(table, directory / f"{table.name}.csv") for table in TABLES),
        *(_parquet_resource(table, directory / f"{table.name}.parquet") for table in TABLES),
        {
            "name": "log",
            "title": "The event log",
            "description": "One event a line, as the log holds it, in order of position.",
            "path": log.name,
            "format": "jsonl",
            "mediatype": "application/jsonl",
            "encoding": "utf-8",
            **_measured(log),
        },
    ]


def _licences(release: ReleaseMetadata) -> dict[str, Any]:
    licence = licence_of(release.configuration.data_licence)
    told: dict[str, Any] = {"homepage": release.address} if release.address else {}
    if licence is not None:
        told["licenses"] = [{"name": licence.id, "title": licence.title, "path": licence.url}]
    return told


def _table_resource(table: Table, path: Path) -> dict[str, Any]:
    keys = [
        {
            "fields": [reference.column],
            "reference": {"resource": reference.table, "fields": [reference.key]},
        }
        for reference in table.references
    ]
    return {
        "name": table.name,
        "type": "table",
        "description": f"{table.description} {GUARD}",
        "path": path.name,
        "format": "csv",
        "mediatype": _TYPES["csv"],
        "encoding": "utf-8",
        **_measured(path),
        "dialect": DIALECT,
        "schema": {
            "fields": [_field(column) for column in columns_of(table.model)],
            "primaryKey": list(table.key),
            "missingValues": [""],
            # A list of keys that is there must not be empty.
            **({"foreignKeys": keys} if keys else {}),
        },
    }


def _parquet_resource(table: Table, path: Path) -> dict[str, Any]:
    return {
        "name": f"{table.name}-parquet",
        "description": f"The rows of `{table.name}`, with the same columns, typed.",
        "path": path.name,
        "format": "parquet",
        "mediatype": _TYPES["parquet"],
        **_measured(path),
    }


def _measured(path: Path) -> dict[str, Any]:
    return {"bytes": path.stat().st_size, "hash": f"sha256:{sum_of(path)}"}


def _field(column: Column) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": column.name,
        "type": column.kind,
        "description": column.description,
    }
    if column.unit:
        described["unit"] = column.unit
    constraints: dict[str, Any] = {} if column.is_nullable else {"required": True}
    if column.words:
        constraints["enum"] = list(column.words)
    if column.items:
        # The standard would have this in a constraint `jsonSchema`, which its own readers refuse.
        described["items"] = column.items
    return described | ({"constraints": constraints} if constraints else {})


def _file_table(release: ReleaseMetadata) -> str:
    rows = [
        f"| `{table.name}.csv`, `{table.name}.parquet` | {release.row_counts[table.name]} | "
        f"{table.description} |"
        for table in TABLES
    ]
    return "\n".join(
        [
            "| file | rows | what one row is |",
            "|---|---|---|",
            *rows,
            f"| `{LOG}` | {release.row_counts['log']} | One event of the log. |",
            f"| `{DESCRIPTOR}` | | All tables and columns for programs (Data Package v2). |",
            f"| `{CROISSANT}` | | The same for programs that learn from data (Croissant 1.0). |",
            f"| `{CSVW}` | | The same of the CSV files (CSV on the Web). |",
            f"| `{CODEBOOK}` | | Every column of every table, a row each. |",
            f"| `{CITATION}` | | How to cite this release. |",
            f"| `{SUMS}` | | SHA-256 of every file. |",
        ]
    )


def _table_section(table: Table) -> str:
    rows = [
        f"| `{column.name}` | {column.kind} | {column.unit or ''} | {_meaning(column)} |"
        for column in columns_of(table.model)
    ]
    heading = f"## {table.name.capitalize()}\n\n{table.description}\n\n"
    return heading + "\n".join(["| column | type | unit | meaning |", "|---|---|---|---|", *rows])


def _meaning(column: Column) -> str:
    held = (column.items or {}).get("properties", {})
    said = [("One of", column.words), ("Each has", tuple(held))]
    lists = [f" {how} {', '.join(f'`{word}`' for word in words)}." for how, words in said if words]
    return column.description + "".join(lists)


def _instant(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")


def _quoted(text: str) -> str:
    """Write a text so that YAML reads it as it is: every JSON string is one."""
    return json.dumps(text, ensure_ascii=False)
