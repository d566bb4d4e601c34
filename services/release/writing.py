"""Write a release: first the log, then everything that follows from it."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from schemas.instants import in_utc
from services.release.codebook import CODEBOOK, codebook
from services.release.content import Content, recorded_at
from services.release.croissant import CROISSANT, croissant
from services.release.csv_text import csv_bytes
from services.release.csvw import CSVW, csvw
from services.release.described import ReleaseMetadata
from services.release.descriptor import (
    CITATION,
    LOG,
    README,
    citation,
    package,
    parquet_metadata,
    readme,
)
from services.release.directory import DESCRIPTOR, release_directory, write_sums
from services.release.parquet import write_parquet
from services.release.tables import TABLES, columns_of


async def write_release(
    content: Content,
    place: Path,
    *,
    authors: Sequence[str],
    replaces: bool,
    address: str | None = None,
) -> ReleaseMetadata:
    """Write a release into a new directory, and return its metadata.

    Args:
        content: What is released.
        place: The directory.
        authors: Who releases it, at least one.
        replaces: Whether an earlier release may stand there, to be replaced.
        address: Where it is kept for good, null if it is written for somebody to keep.

    Raises:
        PlaceError: It cannot stand there.
        OutOfRangeError: A sum of people does not fit into 64 bits.
    """
    with release_directory(place, replaces=replaces) as directory:
        event_count, created = await _write_log(content, directory / LOG)
        counts = {table.name: len(table.rows(content.models)) for table in TABLES}
        release = ReleaseMetadata(
            configuration=content.configuration,
            cut=content.cut,
            policy=content.policy,
            position=content.position,
            created=created,
            authors=authors,
            row_counts={**counts, "log": event_count},
            address=address,
        )
        _write_tables(content, directory, release)
        _write_text(directory / README, readme(release))
        _write_text(directory / CITATION, citation(release))
        _write_text(directory / CODEBOOK, codebook())
        _write_text(directory / CSVW, csvw(release))
        _write_text(directory / CROISSANT, croissant(directory, release))
        _write_text(directory / DESCRIPTOR, package(directory, release))
        write_sums(directory)
    return release


async def _write_log(content: Content, path: Path) -> tuple[int, datetime | None]:
    """Write the log; return how many events it holds, and when the last of them was recorded."""
    count, last = 0, None
    with path.open("wb") as file:
        async for body in content.bodies:
            file.write(body + b"\n")
            count, last = count + 1, body
    return count, in_utc(recorded_at(last)) if last else None


def _write_tables(content: Content, directory: Path, release: ReleaseMetadata) -> None:
    for table in TABLES:
        columns = columns_of(table.model)
        rows = [row.model_dump() for row in table.rows(content.models)]
        (directory / f"{table.name}.csv").write_bytes(csv_bytes(columns, rows))
        path = directory / f"{table.name}.parquet"
        write_parquet(path, columns, rows, parquet_metadata(table, release))


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
