"""A release in the words of Croissant 1.0 (MLCommons), for programs that load data sets to learn from.

Source: https://docs.mlcommons.org/croissant/docs/croissant-spec.html
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from services.release.citing import instant_text, licence_of
from services.release.described import DESCRIPTION, ReleaseMetadata
from services.release.directory import sum_of
from services.release.tables import TABLES, CellType, Column, Table, columns_of


CROISSANT = "croissant.json"
_CONFORMS_TO = "http://mlcommons.org/croissant/1.0"
#: The terms that the standard's own examples have.
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
#: Lists and times are texts here: readers of CSV would refuse what is no plain number or day.
_TYPES: dict[CellType, str] = {
    "string": "sc:Text",
    "integer": "sc:Integer",
    "number": "sc:Float",
    "boolean": "sc:Boolean",
    "date": "sc:Date",
    "datetime": "sc:Text",
    "array": "sc:Text",
}


def croissant(directory: Path, release: ReleaseMetadata) -> str:
    """Describe the tables that lie in a directory in Croissant."""
    ledger = release.configuration
    document: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": _CONFORMS_TO,
        "name": ledger.name,
        "alternateName": ledger.title,
        "description": DESCRIPTION,
        "version": release.version,
        "citeAs": release.cited,
        "creator": [{"@type": "sc:Organization", "name": author} for author in release.authors],
        "isLiveDataset": False,
        "url": release.address or f"urn:exchange-ledger:{ledger.name}:{release.version}",
    }
    if licence := licence_of(ledger.data_licence):
        document["license"] = licence.url
    if release.created is not None:
        document["datePublished"] = instant_text(release.created)
    document["distribution"] = [
        {
            "@type": "cr:FileObject",
            "@id": f"{table.name}.csv",
            "name": f"{table.name}.csv",
            "description": table.description,
            "contentUrl": f"{table.name}.csv",
            "contentSize": f"{(directory / f'{table.name}.csv').stat().st_size} B",
            "encodingFormat": "text/csv",
            "sha256": sum_of(directory / f"{table.name}.csv"),
        }
        for table in TABLES
    ]
    document["recordSet"] = [_record_set(table) for table in TABLES]
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _record_set(table: Table) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": table.name,
        "name": table.name,
        "description": table.description,
        "key": [{"@id": f"{table.name}/{column}"} for column in table.key],
        "field": list(_fields(table)),
    }


def _fields(table: Table) -> Iterator[dict[str, Any]]:
    references = {one.column: one for one in table.references}
    for column in columns_of(table.model):
        field = _field(table, column)
        if (reference := references.get(column.name)) is not None:
            field["references"] = {"field": {"@id": f"{reference.table}/{reference.key}"}}
        yield field


def _field(table: Table, column: Column) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": f"{table.name}/{column.name}",
        "name": column.name,
        "description": column.description,
        "dataType": _TYPES[column.kind],
        "source": {
            "fileObject": {"@id": f"{table.name}.csv"},
            "extract": {"column": column.name},
        },
    }
