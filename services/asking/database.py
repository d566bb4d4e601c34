"""A ledger as tables of a database in memory, for questions in SQL.

The tables are those of a release, and `log`, all at one log position. The database is made from what was read and
reaches nothing else: no file, no network, no extension, no variable of ours; its settings are locked, its
memory and time are limited, and a question is one statement that reads, in a transaction that can only read.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from math import isfinite
from threading import Timer
from typing import Any, NamedTuple, Self, cast

from schemas.views import ReadModels
from services.release.arrow import arrow_table
from services.release.citing import instant_text
from services.release.content import Content, recorded_at
from services.release.tables import TABLES, CellType, Column, columns_of
from services.runtime.optional import optional


#: The table of the event log, beside those of a release.
LOG = "log"
LOG_COLUMNS = tuple(
    Column(
        name, (name,), cast("CellType", kind), about, None, is_nullable=False, words=(), items=None
    )
    for name, kind, about in (
        ("position", "integer", "Where it stands in the log."),
        ("id", "string", "The event's id."),
        ("type", "string", "What kind of event it is."),
        ("recorded_at", "datetime", "When the fact that it follows from was recorded."),
        ("event", "string", "The whole event as JSON."),
    )
)
#: Longest time a question may take unless more is asked for, in seconds.
SECONDS = 60.0
_CONFIGURATION = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "memory_limit": "1GB",
    "python_enable_replacements": False,
    # Without it what does not fit into memory would be written to a file.
    "temp_directory": "",
}
_LOCKS = (
    "SET TimeZone = 'UTC'",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)


class QuestionError(Exception):
    """A question cannot be answered; the message says why."""


class RowsFound(NamedTuple):
    """The answer to a question: its columns' names, and its rows."""

    columns: tuple[str, ...]
    rows: Sequence[Mapping[str, Any]]


class LedgerDatabase:
    """What a ledger holds, as tables that questions are asked of."""

    def __init__(self, models: ReadModels, bodies: Iterable[bytes]) -> None:
        """Make the tables.

        Args:
            models: The read models.
            bodies: The events of the log that they follow from.

        Raises:
            MissingExtraError: The extra `sql` is not installed.
        """
        self._duckdb = optional("duckdb", extra="sql")
        self._connection = self._duckdb.connect(":memory:", config=_CONFIGURATION)
        for table in TABLES:
            columns = columns_of(table.model)
            rows = [row.model_dump() for row in table.rows(models)]
            self._add(table.name, table.description, columns, rows)
        about = "The event log, one event a row; all else follows from it."
        self._add(LOG, about, LOG_COLUMNS, map(_log_row, bodies))
        self._connection.execute(f"ALTER TABLE {LOG} ALTER event TYPE JSON")
        for lock in _LOCKS:
            self._connection.execute(lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def ask(self, question: str, *, seconds: float = SECONDS) -> RowsFound:
        """Answer a question.

        Raises:
            QuestionError: It is no single statement that reads, it is wrong, or it takes too long.
        """
        _check(self._duckdb, question)
        # Inside of it not even a statement hidden in another one writes.
        self._connection.execute("BEGIN TRANSACTION READ ONLY")
        try:
            with _limited(self._connection, seconds):
                return _found(self._duckdb, self._connection, question)
        finally:
            self._connection.execute("ROLLBACK")

    def _add(
        self, name: str, about: str, columns: Sequence[Column], rows: Iterable[Mapping[str, Any]]
    ) -> None:
        self._connection.register("given", arrow_table(columns, rows))
        self._connection.execute(f'CREATE TABLE "{name}" AS SELECT * FROM given')  # noqa: S608  # nosec B608  ours
        self._connection.unregister("given")
        self._connection.execute(f'COMMENT ON TABLE "{name}" IS {_quoted(about)}')
        for column in columns:
            self._connection.execute(
                f'COMMENT ON COLUMN "{name}"."{column.name}" IS {_quoted(column.description)}'
            )


async def database_of(content: Content) -> LedgerDatabase:
    """Return what a ledger holds as a database."""
    bodies = [body async for body in content.bodies]
    return LedgerDatabase(content.models, bodies)


def _check(duckdb: Any, question: str) -> None:
    try:
        statements = duckdb.extract_statements(question)
    except duckdb.Error as error:
        raise QuestionError(_first_lines(error)) from error
    kinds = [statement.type.name for statement in statements]
    if len(kinds) != 1 or kinds[0] not in ("SELECT", "EXPLAIN"):
        found = ", ".join(kinds) or "nothing"
        raise QuestionError(f"expected one statement that reads (SELECT …), found {found}")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _log_row(body: bytes) -> dict[str, Any]:
    event = json.loads(body)
    return {
        "position": event["position"],
        "id": event["id"],
        "type": event["type"],
        "recorded_at": recorded_at(body),
        "event": body.decode(),
    }


@contextmanager
def _limited(connection: Any, seconds: float) -> Iterator[None]:
    timer = Timer(seconds, connection.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _found(duckdb: Any, connection: Any, question: str) -> RowsFound:
    try:
        relation = connection.sql(question)
        names = _distinct(relation.columns)
        columns = relation.to_arrow_table().columns
    except duckdb.InterruptException as error:
        raise QuestionError(
            "expected a question that is answered in time, found one that is not (--seconds)"
        ) from error
    except duckdb.Error as error:
        raise QuestionError(_first_lines(error)) from error
    cells = [[_plain(cell) for cell in column.to_pylist()] for column in columns]
    return RowsFound(
        names, [dict(zip(names, row, strict=True)) for row in zip(*cells, strict=True)]
    )


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    """Return names that are all different: a join may give two columns the same."""
    found: dict[str, None] = {}
    for name in names:
        number, free = 1, name
        while free in found:
            number += 1
            free = f"{name}_{number}"
        found[free] = None
    return tuple(found)


def _plain(value: Any) -> Any:
    """Return a value as JSON and CSV have it."""
    match value:
        case bool() | int() | str() | None:
            return value
        case list() | tuple():
            return [_plain(one) for one in value]
        case dict():
            return {str(name): _plain(one) for name, one in value.items()}
        case float() | Decimal():
            return _number(value)
        case _:
            return _text(value)


def _number(value: float | Decimal) -> int | float | None:
    if isinstance(value, float):
        return value if isfinite(value) else None
    return int(value) if value == value.to_integral_value() else float(value)


def _text(value: Any) -> str:
    match value:
        case datetime() if value.tzinfo:
            return instant_text(value)
        case date() | time():
            return value.isoformat()
        case _:
            return str(value)


def _first_lines(error: Exception) -> str:
    """Return what is wrong with a question, without the picture of where."""
    return " ".join(line.strip() for line in str(error).splitlines() if line.strip("^ "))
