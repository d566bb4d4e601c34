"""Tables in Arrow's form, in memory: typed, with what each column means and counts.

What Parquet files and answers in SQL are made of.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from services.release.tables import Column, Schema, cells_of
from services.runtime.optional import optional


pa: Any = optional("pyarrow", extra="parquet")

#: What a column holds.
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


def arrow_table(
    columns: Sequence[Column],
    rows: Iterable[Mapping[str, Any]],
    table_metadata: Mapping[str, str] | None = None,
) -> Any:
    """Return rows as one Arrow table.

    Args:
        columns: The table's columns.
        rows: What `model_dump` gives of each row.
        table_metadata: What is said of the whole table, by name.

    Raises:
        OutOfRangeError: A number does not fit.
    """
    cells: list[list[Any]] = [[] for _ in columns]
    for row in rows:
        for into, cell in zip(cells, cells_of(row, columns), strict=True):
            into.append(cell)
    fields = [_field(column) for column in columns]
    return pa.Table.from_arrays(
        [
            _array(column, field.type, held)
            for column, field, held in zip(columns, fields, cells, strict=True)
        ],
        schema=pa.schema(fields, metadata=dict(table_metadata or {})),
    )


def _array(column: Column, kind: Any, cells: Sequence[Any]) -> Any:
    try:
        return pa.array(cells, kind)
    except OverflowError as error:
        raise OutOfRangeError(
            f"expected whole numbers of 64 bits in {column.name}, found a greater one"
        ) from error


def _field(column: Column) -> Any:
    metadata = {"description": column.description}
    if column.unit:
        metadata["unit"] = column.unit
    return pa.field(column.name, _type(column), nullable=column.is_nullable, metadata=metadata)


def _type(column: Column) -> Any:
    if column.kind == "array":
        assert column.items is not None, f"{column.name} holds lists of nothing"
        return pa.list_(_type_of_items(column.items))
    return _TYPES[column.kind]


def _type_of_items(schema: Schema) -> Any:
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
