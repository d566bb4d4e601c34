"""How rows are answered in every form: a page of JSON, or a whole table as CSV, XLSX or Parquet.

A file has the columns that a release has: a record inside a row is one column for each of its fields. CSV by
`format` or by the Accept header has the fields of JSON, with such a record as JSON in its cell. What holds
many rows is sent as it is written; a workbook or a Parquet file is made whole, one at a time, and so is
limited. Beside each table stands a document that describes its files.
"""

import asyncio
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel

from schemas.record import Record
from schemas.table_file import FileColumn, TableFile, TableMetadata
from services.api.http.media_types import LIST_FORMS, MEDIA_TYPES, Form
from services.api.http.negotiation import etag_of, form_of_file, send, stream
from services.api.http.problems import ProblemError
from services.api.http.response_cache import Source, mark_cacheable
from services.api.http.standing import StateCited, standing_of
from services.api.http.state import LedgerState, state_of
from services.api.views.tables import HeldRow
from services.projection.store import Version
from services.queries.as_of import Cut
from services.queries.csv_text import GUARD, csv_text
from services.release.citing import instant_text, licence_of
from services.release.csv_text import csv_bytes
from services.release.tables import Column, columns_of
from services.release.xlsx import write_xlsx


#: Rows written between two other requests.
TOGETHER_COUNT = 100
#: More rows are sent as they are written, and not kept.
KEPT_ROWS_MAX = 10_000
#: Most rows of a workbook or a Parquet file.
MADE_ROWS_MAX = 50_000
#: Parameters of a list that choose neither its rows nor its time.
_OF_THE_FORM = frozenset({"format", "min_position", "as_asserted_by", "as_known_on"})


class FoundRows(NamedTuple):
    """Rows that were asked for.

    Attributes:
        ledger: The ledger read.
        cut: The times asked for.
        version: The version of the views that they are of.
        record: What one row is.
        rows: The rows.
        next: The cursor of what follows, null at the end.
        untimed: How many claims do not say their time of day; null unless an hour was asked for.
    """

    ledger: LedgerState
    cut: Cut
    version: Version
    record: type[BaseModel]
    rows: Sequence[HeldRow]
    next: str | None
    untimed: int | None


def is_whole(request: Request, form: Form, limit: int | None) -> bool:
    """Return whether all rows are asked for: those of a file, or of any form but JSON, without a limit."""
    return limit is None and (form != "json" or form_of_file(request) is not None)


async def answer_rows(request: Request, found: FoundRows, form: Form) -> Response:
    """Answer rows in the form asked for.

    Raises:
        ProblemError: They are too many for that form, or it is not installed.
    """
    etag = etag_of(request, found.ledger.name, found.version, form)
    headers = _headers(request, found, form)
    if len(found.rows) <= KEPT_ROWS_MAX:
        mark_cacheable(request, Source(found.ledger, found.cut, found.version))
    if form == "metadata":
        standing = await standing_of(request, found.ledger, found.version.position, found.cut)
        body = _metadata(request, found, standing).model_dump_json(indent=2).encode()
        return send(body, form, etag, headers)
    if form in ("xlsx", "parquet"):
        return send(await _made(request, found, form), form, etag, headers)
    pieces = _pieces(request, found, form)
    if len(found.rows) <= KEPT_ROWS_MAX:
        return send(b"".join(pieces), form, etag, headers)
    return stream(pieces, form, etag, headers)


def _headers(request: Request, found: FoundRows, form: Form) -> list[tuple[str, str]]:
    headers = []
    links = []
    if found.next is not None:
        url = request.url.include_query_params(cursor=found.next)
        links.append(f'<{url.path}?{url.query}>; rel="next"')
    if found.untimed is not None:
        # CSV has no other place for it.
        headers.append(("Ledger-Untimed-Claims", str(found.untimed)))
    is_file = form_of_file(request) is not None
    if is_file or form not in ("json", "metadata"):
        name = f"{found.ledger.name}-{_table(request)}-{found.version.position}{_suffix(found.cut)}"
        ending = "metadata.json" if form == "metadata" else form
        how = "attachment" if is_file else "inline"
        headers.append(("Content-Disposition", f'{how}; filename="{name}.{ending}"'))
        if form != "metadata":
            links.append(f'<{_address(request, "metadata.json")}>; rel="describedby"')
    return [*headers, *([("Link", ", ".join(links))] if links else [])]


def _suffix(cut: Cut) -> str:
    """Return what a file's name says of the times asked for."""
    named = (("said-by", cut.asserted_by), ("known-on", cut.known_on))
    return "".join(f"-{name}-{when:%Y%m%dT%H%M%S}" for name, when in named if when)


def _table(request: Request) -> str:
    return request.url.path.removeprefix("/v1/").partition(".")[0]


def _address(request: Request, ending: str) -> str:
    """Return the address of another file of the same rows."""
    given = [
        (name, value)
        for name, value in request.query_params.multi_items()
        if name not in ("format", "min_position")
    ]
    query = f"?{urlencode(given)}" if given else ""
    return f"/v1/{_table(request)}.{ending}{query}"


def _pieces(request: Request, found: FoundRows, form: Form) -> Iterator[bytes]:
    if form == "json":
        yield from _json_pieces(found)
        return
    is_file = form_of_file(request) is not None
    names = list(found.record.model_fields)
    for first in range(0, max(1, len(found.rows)), TOGETHER_COUNT):
        records = [row.record for row in found.rows[first : first + TOGETHER_COUNT]]
        if is_file:
            rows: Iterator[Mapping[str, Any]] = (record.model_dump() for record in records)
            yield csv_bytes(_columns(found.record), rows, with_heading=not first)
        else:
            rows = (record.model_dump(mode="json") for record in records)
            yield csv_text(names, rows, with_heading=not first).encode()


def _json_pieces(found: FoundRows) -> Iterator[bytes]:
    yield b'{"ledger":%s,"position":%d,"items":[' % (
        json.dumps(found.ledger.name).encode(),
        found.version.position,
    )
    for first in range(0, len(found.rows), TOGETHER_COUNT):
        together = b",".join(row.json for row in found.rows[first : first + TOGETHER_COUNT])
        yield b"," + together if first else together
    untimed = b"" if found.untimed is None else b',"untimed_claims":%d' % found.untimed
    yield b'],"next":%s%s}' % (json.dumps(found.next).encode(), untimed)


async def _made(request: Request, found: FoundRows, form: Form) -> bytes:
    """Make a workbook or a Parquet file, one at a time and beside other requests."""
    if len(found.rows) > MADE_ROWS_MAX:
        raise ProblemError(
            HTTPStatus.BAD_REQUEST,
            "too many rows",
            f"expected at most {MADE_ROWS_MAX} rows for {form}, found {len(found.rows)}: ask for fewer days, "
            "or for csv or json, which hold any number",
        )
    standing = await standing_of(request, found.ledger, found.version.position, found.cut)
    about = _about(_metadata(request, found, standing))
    async with state_of(request).making:
        return await asyncio.to_thread(_write, found, form, about)


def _write(found: FoundRows, form: Form, about: Mapping[str, str]) -> bytes:
    file = io.BytesIO()
    columns = _columns(found.record)
    rows = (row.record.model_dump() for row in found.rows)
    if form == "xlsx":
        write_xlsx(file, columns, rows, about)
        return file.getvalue()
    try:
        # Loaded by the first who asks for it: it takes the memory of all else together.
        from services.release.parquet import OutOfRangeError, write_parquet  # noqa: PLC0415
    except ImportError:
        raise ProblemError(
            HTTPStatus.NOT_IMPLEMENTED,
            "form not installed",
            "expected pyarrow on this server to write Parquet, found none: ask for csv, json or xlsx",
        ) from None
    try:
        write_parquet(file, columns, rows, about)
    except OutOfRangeError as error:
        raise ProblemError(HTTPStatus.BAD_REQUEST, "number too large", str(error)) from error
    return file.getvalue()


def _metadata(request: Request, found: FoundRows, standing: StateCited) -> TableMetadata:
    configuration = found.ledger.configuration
    table = _table(request)
    asked = {
        name: value for name, value in request.query_params.items() if name not in _OF_THE_FORM
    }
    permalink = standing.permalink(f"/v1/{table}.csv", {"ledger": found.ledger.name, **asked})
    return TableMetadata(
        ledger=found.ledger.name,
        title=configuration.title,
        table=table,
        description=str(found.record.__doc__).partition("\n")[0],
        rows=len(found.rows),
        position=standing.position,
        recorded_at=standing.recorded_at,
        as_asserted_by=found.cut.asserted_by,
        as_known_on=found.cut.known_on,
        policy=configuration.policy,
        licence=licence_of(configuration.data_licence),
        citation=standing.citation(f"Table {table}", permalink).sentence(),
        permalink=permalink,
        csv_note=GUARD,
        files=[
            TableFile(
                format=form,
                media_type=MEDIA_TYPES[form],
                url=standing.origin + _address(request, form),
            )
            for form in LIST_FORMS
        ],
        columns=[
            FileColumn(
                name=column.name,
                type=column.kind,
                description=column.description,
                unit=column.unit,
                nullable=column.is_nullable,
            )
            for column in _columns(found.record)
        ],
    )


def _about(metadata: TableMetadata) -> dict[str, str]:
    """Return what a workbook and a Parquet file say of themselves."""
    licence = metadata.licence
    told = {
        "title": metadata.title,
        "table": f"{metadata.table}: {metadata.description}",
        "ledger": metadata.ledger,
        "log position": str(metadata.position),
        "recorded at": _time(metadata.recorded_at),
        "as asserted by": _time(metadata.as_asserted_by),
        "as known on": _time(metadata.as_known_on),
        "policy": metadata.policy,
        "licence": f"{licence.title} ({licence.url})" if licence else "",
        "citation": metadata.citation,
        "permalink": metadata.permalink,
    }
    return {name: text for name, text in told.items() if text}


def _time(when: datetime | None) -> str:
    return instant_text(when) if when else ""


@cache
def _columns(record: type[Record]) -> tuple[Column, ...]:
    return columns_of(record)
