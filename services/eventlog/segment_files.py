"""The two forms of a sealed segment's file: lines as a log stores its events, or Parquet.

Parquet holds an event in columns: what the log puts in front of it (`services.eventlog.chain`), its content
as JSON text, byte for byte, and of the content what is asked for most. So every line can be made again as it
was, which is tried before a file counts as written, and salt, content and chain value prove each other.
"""

import json
import os
from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import IO, Any

from services.eventlog.chain import Stored, split, written
from services.runtime.optional import MissingExtraError, optional


#: Events in one group of rows; what is read of a file is read by groups.
GROUP_ROWS = 10_000


class Form(StrEnum):
    """A form of a segment's file, by the end of its name."""

    LINES = "jsonl"
    PARQUET = "parquet"


class UnreadableSegmentError(Exception):
    """A file is no segment of its form; the message says what was found."""


def lines_of(path: Path) -> Iterator[bytes]:
    """Yield the events of a segment as lines, without the ends of lines.

    Raises:
        UnreadableSegmentError: It is none.
        OSError: It cannot be read.
    """
    if path.suffix == f".{Form.PARQUET}":
        yield from _lines_in_parquet(path)
        return
    with path.open("rb") as lines:
        for line in lines:
            yield line.rstrip(b"\n")


def write_as_parquet(lines: Path, place: Path) -> None:
    """Write a segment of lines as Parquet, and prove that the lines can be made of it.

    Raises:
        UnreadableSegmentError: An event is not one that a log stored.
    """
    pa, pq = _libraries()
    columns: dict[str, list[Any]] = {name: [] for name, _ in _columns(pa)}
    for line in lines_of(lines):
        for name, value in _row_of(line).items():
            columns[name].append(value)
    table = pa.table(columns, schema=pa.schema(_columns(pa)))
    with place.open("wb") as file:
        pq.write_table(
            table,
            file,
            version="2.6",
            compression="zstd",
            compression_level=9,
            row_group_size=GROUP_ROWS,
            use_dictionary=["type", "subject", "source"],
        )
        file.flush()
        os.fsync(file.fileno())
    for before, after in zip(lines_of(lines), _lines_in_parquet(place), strict=True):
        if before != after:
            raise UnreadableSegmentError(
                f"expected {before[:80]!r} made of Parquet, found {after[:80]!r}"
            )


def close_on_disk(file: IO[bytes]) -> None:
    """Close a file once all of it is on disk."""
    with file:
        file.flush()
        os.fsync(file.fileno())


def _libraries() -> tuple[Any, Any]:
    """Return what reads and writes Parquet, which only this form needs."""
    try:
        return optional("pyarrow", extra="parquet"), optional("pyarrow.parquet", extra="parquet")
    except MissingExtraError as error:
        raise UnreadableSegmentError(str(error)) from error


def _columns(pa: Any) -> list[tuple[str, Any]]:
    text, whole = pa.string(), pa.int64()
    return [
        ("position", whole),
        ("type", text),
        ("recorded_at", pa.timestamp("us", tz="UTC")),
        ("id", text),
        ("subject", text),
        ("source", text),
        ("causationid", text),
        ("correlationid", text),
        ("chain", text),
        ("history", text),
        ("salt", text),
        ("digest", text),
        ("erased", whole),
        ("content", text),
    ]


def _row_of(line: bytes) -> dict[str, Any]:
    stored = split(line)
    if stored is None or stored.chain is None:
        raise UnreadableSegmentError(f"expected a chained event, found {line[:80]!r}")
    try:
        event = json.loads(stored.content)
        recorded_at = event.get("recorded_at")
        row = {name: event.get(name) for name in _TEXTS}
        row["recorded_at"] = None if recorded_at is None else datetime.fromisoformat(recorded_at)
        row["content"] = stored.content.decode()
    except (ValueError, AttributeError, TypeError) as error:
        raise UnreadableSegmentError(f"expected an event, found {line[:80]!r}") from error
    return row | {
        "position": stored.position,
        "chain": stored.chain,
        "history": stored.history,
        "salt": stored.salt or None,
        "digest": stored.digest or None,
        "erased": stored.erased or None,
    }


_TEXTS: Sequence[str] = ("type", "id", "subject", "source", "causationid", "correlationid")
#: What a line is made of.
_PARTS = ("position", "chain", "history", "salt", "digest", "erased", "content")


def _lines_in_parquet(path: Path) -> Iterator[bytes]:
    pa, pq = _libraries()
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=GROUP_ROWS, columns=list(_PARTS)):
                parts = [batch.column(name).to_pylist() for name in _PARTS]
                yield from map(_line_of, zip(*parts, strict=True))
    except (pa.ArrowException, KeyError) as error:
        raise UnreadableSegmentError(f"no Parquet of events: {error}") from error


def _line_of(parts: tuple[Any, ...]) -> bytes:
    position, chain, history, salt, digest, erased, content = parts
    stored = Stored(
        position, chain, history, content.encode(), salt or "", digest or "", erased or 0
    )
    return written(stored)
