"""Tables as Parquet: typed, with what each column means and counts in the file itself.

The same rows give the same bytes with the same version of the library: nothing about the time or the
machine is written, and how rows are grouped and compressed is fixed here.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from services.release.tables import Column, Schema, cells_of


#: Rows in one group; a reader skips groups it does not need.
GROUP_ROWS = 65_536

#: What a column holds, in the file.
_TYPES = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "datetime": pa.timestamp("us", tz="UTC"),
}


class OutOfRangeError(Exception):
    """A number does not fit 64 bits; the message names the column."""


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
    cells: list[list[Any]] = [[] for _ in columns]
    for row in rows:
        for into, cell in zip(cells, cells_of(row, columns), strict=True):
            into.append(cell)
    fields = [_field(column) for column in columns]
    table = pa.Table.from_arrays(
        [
            _array(column, field.type, held)
            for column, field, held in zip(columns, fields, cells, strict=True)
        ],
        schema=pa.schema(fields, metadata=dict(file_metadata)),
    )
    pq.write_table(
        table,
        place,
        version="2.6",
        compression="zstd",
        compression_level=9,
        row_group_size=GROUP_ROWS,
    )


def _array(column: Column, kind: pa.DataType, cells: Sequence[Any]) -> pa.Array:
    try:
        return pa.array(cells, kind)
    except OverflowError as error:
        raise OutOfRangeError(
            f"expected whole numbers of 64 bits in {column.name}, found a greater one"
        ) from error


def _field(column: Column) -> pa.Field:
    metadata = {"description": column.description}
    if column.unit:
        metadata["unit"] = column.unit
    return pa.field(column.name, _type(column), nullable=column.is_nullable, metadata=metadata)


def _type(column: Column) -> pa.DataType:
    if column.kind == "array":
        assert column.items is not None, f"{column.name} holds lists of nothing"
        return pa.list_(_type_of_items(column.items))
    return _TYPES[column.kind]


def _type_of_items(schema: Schema) -> pa.DataType:
    match schema["type"]:
        case "string":
            return pa.string()
        case "integer":
            return pa.int64()
        case "object":
            return pa.struct(
                [(name, _type_of_items(part)) for name, part in schema["properties"].items()]
            )
        case _:
            raise AssertionError(f"no list holds {schema}")
