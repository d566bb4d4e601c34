"""What stands beside a table that was taken away as a file: its metadata, as one document."""

from collections.abc import Sequence
from datetime import datetime

from schemas.record import Record


class Licence(Record, use_attribute_docstrings=True):
    """A licence that data are given away under."""

    id: str
    """Its SPDX identifier."""
    title: str
    """What it is called."""
    url: str
    """Where it stands."""


class FileColumn(Record, use_attribute_docstrings=True):
    """One column of the files of a table."""

    name: str
    """The column's heading."""
    type: str
    """What its cells hold: string, integer, boolean, date, datetime or array."""
    description: str
    """What it means."""
    unit: str | None
    """What its numbers count; null if they count nothing, or not always the same."""
    nullable: bool
    """Whether cells may be empty."""


class TableFile(Record, use_attribute_docstrings=True):
    """One file that holds a table."""

    format: str
    """Its ending: csv, json, xlsx or parquet."""
    media_type: str
    """Its media type."""
    url: str
    """Where it is."""


class TableMetadata(Record, use_attribute_docstrings=True):
    """What is to be known of the files of a table: what they hold, when, and who may use them how."""

    ledger: str
    """The ledger read."""
    title: str
    """The ledger's title."""
    table: str
    """The table's name."""
    description: str
    """What one row is."""
    rows: int
    """How many rows each file holds."""
    position: int
    """The log position that the rows stand for."""
    recorded_at: datetime | None
    """When the event at that position was recorded; null for the empty log."""
    as_asserted_by: datetime | None
    """The time asked for: only what had been said by then; null for all of it."""
    as_known_on: datetime | None
    """The time asked for: what the ledger held then; null for what it holds."""
    policy: str
    """The policy that the ledger's file names: by which rules figures are decided."""
    licence: Licence | None
    """Under which licence the data may be used; null where the ledger states none."""
    citation: str
    """How to cite it, in a sentence."""
    permalink: str
    """Where the same rows are found again, whatever is recorded later."""
    csv_note: str
    """What a program that reads the CSV file must know."""
    files: Sequence[TableFile]
    """The files."""
    columns: Sequence[FileColumn]
    """The columns of the CSV, XLSX and Parquet files; JSON holds the records that they are made of."""
