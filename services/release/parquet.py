"""Tables as Parquet: typed, with what each column means and counts in the file itself.

The same rows give the same bytes with the same version of the library: nothing about the time or the
machine is written, and how rows are grouped and compressed is fixed here.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from services.release.arrow import OutOfRangeError, arrow_table
from services.release.tables import Column
from services.runtime.optional import optional


__all__ = ["OutOfRangeError", "write_parquet"]

pq: Any = optional("pyarrow.parquet", extra="parquet")
#: Rows in one group; a reader skips groups it does not need.
GROUP_ROWS = 65_536


def write_parquet(
    place: Path | BinaryIO,
    columns: Sequence[Column],
    rows: Iterable[Mapping[str, Any]],
    file_metadata: Mapping[str, str],
) -> None:
    """Write rows as one Parquet file.

    Args:
        place: Where to: a file's path, or an open file.
        columns: The table's columns.
        rows: What `model_dump` gives of each row.
        file_metadata: What is said of the whole file, by name.

    Raises:
        OutOfRangeError: A number does not fit.
    """
    pq.write_table(
        arrow_table(columns, rows, file_metadata),
        place,
        version="2.6",
        compression="zstd",
        compression_level=9,
        row_group_size=GROUP_ROWS,
    )
