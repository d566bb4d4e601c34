"""Read models as flat tables: which columns there are, and what stands in each cell.

Columns follow from the models' own JSON Schema, descriptions and units included, so that a release
cannot say something else than the API does. The rules:

* a record inside a row becomes one column for each of its fields, `quantity_value`; where there is no
  record, all of them are null;
* a list stays one cell: a list in Parquet, a JSON array in CSV;
* a day that may be a month or a year is a text;
* instants are in UTC.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal, NamedTuple, cast

from pydantic import BaseModel

from schemas.headline import HeadlineRow
from schemas.instants import in_utc
from schemas.operation import Operation
from schemas.record import Record
from schemas.remains import RemainsDay
from schemas.views import Check, ClaimView, CumulativePoint, Exchange, Figure, ReadModels
from services.queries.headline_totals import windows_published
from services.queries.remains import remains_days


CellType = Literal["string", "integer", "number", "boolean", "date", "datetime", "array"]
#: A part of a JSON Schema.
Schema = Mapping[str, Any]
#: What stands in a cell: lists hold texts, or objects as dictionaries.
Cell = str | int | float | bool | date | datetime | list[Any] | None


class Column(NamedTuple):
    """A column of a table.

    Attributes:
        name: The field's name, behind that of the record it stands in.
        path: The names of the fields that lead to it.
        kind: What its cells hold.
        description: What it means.
        unit: What its numbers count; null if they count nothing, or not always the same.
        is_nullable: Whether cells may be empty.
        words: The words that may stand in it; empty if there is no such list.
        items: What its lists hold, as a JSON Schema without references; null unless it holds lists.
    """

    name: str
    path: tuple[str, ...]
    kind: CellType
    description: str
    unit: str | None
    is_nullable: bool
    words: tuple[str, ...]
    items: Schema | None


class Reference(NamedTuple):
    """A column whose cells are keys of another table."""

    column: str
    table: str
    key: str


class Table(NamedTuple):
    """A table of a release.

    Attributes:
        name: As the read models are called.
        model: What one row is.
        key: The columns that tell rows apart.
        references: Columns that name rows of other tables.
        made: Makes the rows of a table that is no read model; null for one that is.
        about: What one row is where the model alone does not say it.
    """

    name: str
    model: type[Record]
    key: tuple[str, ...]
    references: tuple[Reference, ...] = ()
    made: Callable[[ReadModels], Sequence[BaseModel]] | None = None
    about: str | None = None

    @property
    def description(self) -> str:
        """What one row is, in a sentence."""
        return self.about or str(self.model.__doc__).partition("\n")[0]

    def rows(self, models: ReadModels) -> Sequence[BaseModel]:
        """Return the table's rows, in order of key."""
        return self.made(models) if self.made else tuple(getattr(models, self.name))


_OF_EXCHANGE = (Reference("exchange", "exchanges", "id"),)
_OF_FIGURE = (Reference("figure", "figures", "id"),)
TABLES = (
    Table("exchanges", Exchange, ("id",)),
    # What is said of an operation as a whole names it where others name their exchange.
    Table("figures", Figure, ("id",)),
    Table("cumulative", CumulativePoint, ("side", "category", "as_of")),
    Table("checks", Check, ("id",)),
    Table("claims", ClaimView, ("source", "id"), _OF_EXCHANGE),
    # What an operation adds beside its days names it, too.
    Table("headline", HeadlineRow, ("exchange", "side"), _OF_FIGURE),
    Table("operations", Operation, ("id",)),
    Table(
        "windows",
        CumulativePoint,
        ("side", "category", "since", "as_of"),
        made=windows_published,
        about="How many came back to one side from one day to another, as it was published: no part of the "
        "running totals.",
    ),
    Table(
        "remains",
        RemainsDay,
        ("side", "date"),
        (Reference("figure", "figures", "id"), Reference("in_all_figure", "figures", "id")),
        made=lambda models: remains_days(models.figures),
    ),
)


def columns_of(model: type[Record]) -> tuple[Column, ...]:
    """Return the columns of a table whose rows are of one model, in the order of its fields."""
    schema = model.model_json_schema(mode="serialization")
    return tuple(_columns(_Field((), schema, "", is_nullable=False), schema.get("$defs", {})))


def cells_of(row: Mapping[str, Any], columns: Iterable[Column]) -> Iterator[Cell]:
    """Return a row's cells, in the order of the columns.

    Args:
        row: What `model_dump` gives, days and instants as such.
        columns: Those of the row's model.
    """
    for column in columns:
        value: Any = row
        for name in column.path:
            value = None if value is None else value[name]
        yield _cell(value, column.kind)


class _Field(NamedTuple):
    # A field on the way down: the names that lead to it, its schema, and what was said above it.
    path: tuple[str, ...]
    schema: Schema
    description: str
    is_nullable: bool


def _columns(field: _Field, definitions: Mapping[str, Schema]) -> Iterator[Column]:
    schema, is_null_allowed = _without_null(field.schema)
    is_nullable = field.is_nullable or is_null_allowed
    words = f"{field.description} {field.schema.get('description', '')}".split()
    description = " ".join(words)
    if "$ref" in schema:
        schema = _resolved(schema, definitions)
    if schema["type"] == "object":
        # What a record is stands in its docstring; its fields say what they are themselves.
        said = description if field.path else ""
        for name, part in schema["properties"].items():
            inner = _Field((*field.path, name), part, said, is_nullable=is_nullable)
            yield from _columns(inner, definitions)
        return
    yield Column(
        name="_".join(field.path),
        path=field.path,
        kind=_kind(schema),
        description=description,
        unit=schema.get("x-unit"),
        is_nullable=is_nullable,
        words=tuple(schema.get("enum", ())),
        items=_inlined(schema["items"], definitions) if schema["type"] == "array" else None,
    )


def _without_null(schema: Schema) -> tuple[Schema, bool]:
    options = [option for option in schema.get("anyOf", ()) if option != {"type": "null"}]
    if not options:
        return schema, False
    if all(option.get("type") == "string" for option in options):
        return options[0] if len(options) == 1 else {"type": "string"}, True
    [schema] = options
    return schema, True


def _resolved(schema: Schema, definitions: Mapping[str, Schema]) -> Schema:
    return definitions[str(schema["$ref"]).removeprefix("#/$defs/")]


def _kind(schema: Schema) -> CellType:
    match schema:
        case {"type": "string", "format": "date"}:
            return "date"
        case {"type": "string", "format": "date-time"}:
            return "datetime"
        case {"type": "string" | "integer" | "number" | "boolean" | "array" as kind}:
            return cast("CellType", kind)
        case _:
            raise AssertionError(f"no column holds {schema}")


def _inlined(schema: Schema, definitions: Mapping[str, Schema]) -> Schema:
    """Return what a list holds: texts, or records of texts and numbers."""
    if "$ref" not in schema:
        return {"type": schema["type"]}
    found = _resolved(schema, definitions)
    properties = {}
    for field, part in found["properties"].items():
        told, _ = _without_null(part)
        properties[field] = {"type": told["type"], "description": part["description"]}
    return {"type": "object", "properties": properties, "required": list(properties)}


def _cell(value: Any, kind: CellType) -> Cell:
    match value:
        case datetime():
            return in_utc(value)
        case date() if kind == "string":
            return value.isoformat()
        case tuple():
            return list(value)
        case _:
            return value  # type: ignore[no-any-return]  # the models hold nothing else
