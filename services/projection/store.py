"""Where read models are kept: in Redis, in generations, each written by one script.

A generation is one complete set of tables with the position it stands for. Readers follow the pointer
`current`; a rebuild fills another generation beside it. Rows, position and change feed are written
together, from the position the writer expects, or not at all: two writers at once do no harm.

Only the current generation feeds readers of changes. A writer whose generation is no longer current
is told so, and goes on with the one that is.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Any, NamedTuple, cast

import msgspec

from schemas.views import Check, Exchange, Figure
from services.eventlog.chain import Head
from services.eventlog.connection import Client, Script
from services.eventlog.port import (
    BeginAnewError,
    HistoryLostError,
)
from services.projection.encoding import FORM, unpack
from services.projection.fold import Changes
from services.projection.generations import Generations, Trying, ViewConflictError
from services.projection.rows import TABLES, ClaimRow, Row, Rows, Table, TotalRow, by_ref, key_of


WRITE_SCRIPT = files("services.projection").joinpath("write.lua").read_text(encoding="utf-8")
#: All that is to be written goes over in one argument: each of thousands would have its price, in the
#: client, in the server, and on the way.
_pack = msgspec.msgpack.Encoder().encode
#: What the script answers when it refuses.
_ELSEWHERE, _GONE, _NOT_CURRENT, _OTHER_FORM, _OTHER_LOG, _ROWS_GONE = -1, -2, -3, -4, -5, -6


class ViewDamagedError(BeginAnewError):
    """Rows of the views were removed by hand; a rebuild puts them back."""


class ViewFormError(Exception):
    """The views are stored in a form that this version does not write, or not even read."""

    def __init__(self, generation: str, *, found: int) -> None:
        super().__init__(
            f"expected views in form {FORM}, found form {found} (generation {generation})"
        )


class Snapshot(NamedTuple):
    """All rows of one generation as they stood together, with their position and policy."""

    generation: str | None
    position: int
    policy: str
    rows: Rows


class Version(NamedTuple):
    """Which views readers see: a generation, and the position it stands for."""

    generation: str
    position: int


class RawTables(NamedTuple):
    """Tables of one generation as they are stored and stood together.

    Attributes:
        version: The generation and its position.
        form: How rows are stored in it; see `services.projection.encoding.unpack`.
        rows: For each table, key to what is stored under it, in no order.
    """

    version: Version
    form: int
    rows: Mapping[Table, Mapping[str, bytes]]


class ViewStore(Generations):
    """The read models of one ledger."""

    def __init__(self, client: Client, ledger: str) -> None:
        super().__init__(client, ledger)
        self._write = Script(client, WRITE_SCRIPT)

    async def write(
        self,
        generation: str,
        changes: Changes,
        *,
        expected_position: int,
        feed_count: int | None = None,
    ) -> None:
        """Write changed rows and move the generation to their position, in one step.

        Args:
            generation: Where to write.
            changes: What to write.
            expected_position: Where the generation must stand.
            feed_count: How many entries the change feed keeps, approximately; null writes no feed,
                which is how a generation is filled that readers do not see yet.

        Raises:
            ViewConflictError: It stands elsewhere, is gone, or should be fed and is not the current
                one. Nothing was written.
            ViewFormError: It is in another form. Nothing was written.
            HistoryLostError: The log does not hold the event that the rows stand for. Nothing was written.
            ViewDamagedError: Rows that were written are gone. Nothing was written.
            LogUnavailableError: The store could not be reached. Read the position before going on.
        """
        arguments: list[str | int | bytes] = [
            expected_position,
            changes.position,
            changes.policy,
            generation,
            "" if feed_count is None else feed_count,
            FORM,
            changes.chain,
            _pack([_feed_of(changes), [_parts_of(changes.rows[table]) for table in TABLES]]),
        ]
        keys = [self._meta(generation), self._keys.changes, self._keys.current, self._keys.log]
        keys += [self._table(generation, table) for table in TABLES]
        keys.append(self._keys.checkpoints)
        with Trying(
            f"write of positions {expected_position} to {changes.position} to views of "
            f"generation {generation}"
        ):
            reply = await self._write(keys=keys, args=arguments)
        if int(reply[0]) == _OTHER_LOG:
            known = Head(changes.position, changes.chain)
            raise HistoryLostError(known, last=changes.position, found=None)
        _refuse_conflict(reply, generation, expected_position)

    async def version(self, guess: str = "") -> Version | None:
        """Return which views readers see, null before the first; in one call if `guess` names them."""
        with Trying(f"read of {self._keys.current}"):
            pipeline = self._client.pipeline(transaction=False)
            pipeline.get(self._keys.current)
            pipeline.hget(self._meta(guess), "position")
            current, position = await pipeline.execute()
            if current is not None and current.decode() != guess:
                position = await self._client.hget(self._meta(current.decode()), "position")
        if current is None or position is None:
            return None
        return Version(current.decode(), int(position))

    async def remade_at(self) -> int | None:
        """Return the position at which a rebuild last showed other rows, null if none ever did."""
        name = await self.current()
        if name is None:
            return None
        with Trying(f"read of {self._meta(name)}"):
            found = await self._client.hget(self._meta(name), "remade_at")
        return None if found is None else int(found)

    async def head(self, generation: str) -> Head | None:
        """Return the place in the log that a generation stands for; null where it does not say."""
        with Trying(f"read of {self._meta(generation)}"):
            position, chain = await self._client.hmget(self._meta(generation), "position", "chain")
        return Head(int(position), chain.decode()) if position and chain else None

    async def check_rows(self, generation: str) -> None:
        """Compare the number of rows of each table with what was written.

        Raises:
            ViewDamagedError: Rows were removed or added by hand.
            LogUnavailableError: The store could not be reached.
        """
        pipeline = self._client.pipeline(transaction=True)
        pipeline.hget(self._meta(generation), "rows")
        for table in TABLES:
            pipeline.hlen(self._table(generation, table))
        with Trying(f"read of generation {generation}"):
            counted, *found = await pipeline.execute()
        for number, expected in enumerate(map(int, (counted or b"").split())):
            if found[number] != expected:
                raise _damaged(generation, number, expected, found[number])

    async def form(self, generation: str) -> int:
        """Return in which form a generation's rows are stored."""
        with Trying(f"read of {self._meta(generation)}"):
            found = await self._client.hget(self._meta(generation), "form")
        return _form_of(generation, found)

    async def raw_tables(self, generation: str, tables: Sequence[Table]) -> RawTables | None:
        """Return tables of a generation as they stood together, null if there is none of that name."""
        pipeline = self._client.pipeline(transaction=True)
        pipeline.hmget(self._meta(generation), "position", "form")
        for table in tables:
            pipeline.hgetall(self._table(generation, table))
        with Trying(f"read of generation {generation}"):
            (position, form), *found = await pipeline.execute()
        if position is None:
            return None
        rows = {
            table: {field.decode(): row for field, row in stored.items()}
            for table, stored in zip(tables, found, strict=True)
        }
        return RawTables(Version(generation, int(position)), _form_of(generation, form), rows)

    async def exchanges(self, generation: str | None = None) -> tuple[Exchange, ...]:
        """Return the exchanges, in order of id; of the current generation if none is named."""
        return cast(tuple[Exchange, ...], await self._sorted("exchanges", generation))

    async def figures(self, generation: str | None = None) -> tuple[Figure, ...]:
        """Return the figures, in order of id; of the current generation if none is named."""
        return cast(tuple[Figure, ...], await self._sorted("figures", generation))

    async def totals(self, generation: str | None = None) -> tuple[TotalRow, ...]:
        """Return the published totals, in order of key; of the current generation if none is named."""
        return cast(tuple[TotalRow, ...], await self._sorted("totals", generation))

    async def checks(self, generation: str | None = None) -> tuple[Check, ...]:
        """Return the checks, in order of id; of the current generation if none is named."""
        return cast(tuple[Check, ...], await self._sorted("checks", generation))

    async def standings(self, generation: str | None = None) -> tuple[ClaimRow, ...]:
        """Return where claims stand, in order of ref; of the current generation if none is named."""
        return cast(tuple[ClaimRow, ...], await self._sorted("claims", generation))

    async def figure(self, figure: str, generation: str | None = None) -> Figure | None:
        """Return one figure, null if there is none of that id."""
        name = generation or await self.current()
        if name is None:
            return None
        key = self._table(name, "figures")
        pipeline = self._client.pipeline(transaction=True)
        pipeline.hget(self._meta(name), "form")
        pipeline.hget(key, figure)
        with Trying(f"read of {key}"):
            form, found = await pipeline.execute()
        if found is None:
            return None
        rows = unpack("figures", figure, found, ledger=self._ledger, form=_form_of(name, form))
        return cast(Figure, rows[0])

    async def rows(self, table: Table, generation: str | None = None) -> dict[str, Row]:
        """Return one table: key to row, in no order; empty without a generation."""
        name = generation or await self.current()
        tables = None if name is None else await self.raw_tables(name, [table])
        if tables is None:
            return {}
        return {key_of(row): row for row in self._unpacked(tables, table)}

    async def snapshot(self, generation: str | None = None) -> Snapshot:
        """Return all rows as they stood together at one position."""
        name = generation or await self.current()
        if name is None:
            return Snapshot(None, 0, "", Rows((), (), (), (), ()))
        pipeline = self._client.pipeline(transaction=True)
        pipeline.hgetall(self._meta(name))
        for table in TABLES:
            pipeline.hgetall(self._table(name, table))
        with Trying(f"read of generation {name}"):
            meta, *found = await pipeline.execute()
        position, form = int(meta.get(b"position", 0)), _form_of(name, meta.get(b"form"))
        stored: dict[Table, dict[str, bytes]] = {
            table: {field.decode(): row for field, row in rows.items()}
            for table, rows in zip(TABLES, found, strict=True)
        }
        tables = RawTables(Version(name, position), form, stored)
        rows = Rows._make(
            cast(Any, _in_order(table, self._unpacked(tables, table))) for table in TABLES
        )
        return Snapshot(name, position, meta.get(b"policy", b"").decode(), rows)

    async def _sorted(self, table: Table, generation: str | None) -> tuple[Row, ...]:
        return _in_order(table, (await self.rows(table, generation)).values())

    def _unpacked(self, tables: RawTables, table: Table) -> Iterator[Row]:
        for key, stored in tables.rows[table].items():
            yield from unpack(table, key, stored, ledger=self._ledger, form=tables.form)


def _feed_of(changes: Changes) -> list[str | int]:
    """Number the changed figures within each position."""
    feed: list[str | int] = []
    at, n = 0, 0
    for figure in changes.figures:
        at, n = figure.position, n + 1 if figure.position == at else 0
        feed += (at, n, figure.id, (figure.row or b"").decode())
    return feed


def _parts_of(rows: Mapping[str, bytes | None]) -> tuple[list[str], list[str]]:
    """Return what the write script takes for a table: keys with what is stored, and keys that are gone."""
    gone = [key for key, row in rows.items() if row is None]
    stored = [part for key, row in rows.items() if row is not None for part in (key, row.decode())]
    return stored, gone


def _form_of(generation: str, found: bytes | None) -> int:
    """Read the form of a generation; the first one did not say so."""
    form = 1 if found is None else int(found)
    if form > FORM:
        raise ViewFormError(generation, found=form)
    return form


def _refuse_conflict(reply: Sequence[Any], generation: str, expected: int) -> None:
    outcome = int(reply[0])
    if outcome == _ELSEWHERE:
        raise ViewConflictError(
            f"expected views at position {expected}, found {reply[1]} (generation {generation})",
            found=reply[1],
        )
    if outcome == _GONE:
        raise ViewConflictError(f"expected a generation {generation}, found none")
    if outcome == _NOT_CURRENT:
        live = reply[1].decode() or "none"
        raise ViewConflictError(f"expected the current generation {generation}, found {live}")
    if outcome == _OTHER_FORM:
        raise ViewFormError(generation, found=int(reply[1]))
    if outcome == _ROWS_GONE:
        number, expected_count, found = map(int, reply[1:])
        raise _damaged(generation, number - 1, expected_count, found)


def _damaged(generation: str, number: int, expected: int, found: int) -> ViewDamagedError:
    return ViewDamagedError(
        f"expected {expected} rows in table {TABLES[number]} of generation {generation}, found "
        f"{found}: rows were removed or added by hand (they are made anew from the log)"
    )


def _in_order(table: Table, rows: Iterable[Row]) -> tuple[Row, ...]:
    if table == "claims":
        return by_ref(cast(Iterable[ClaimRow], rows))
    return tuple(sorted(rows, key=key_of))
