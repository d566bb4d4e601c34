"""Read models once more from the log, beside the live ones; shown only when proven equal or accepted.

A new generation is filled up to where the live one stands, and the two are compared row by row, by
what each row says, in whatever form it is stored. While the live one moves on, the new one follows and is
compared again. The pointer moves in one step, and only if both still stand where they were compared.
The old generation stays until it is dropped.
"""

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from services.eventlog.port import EventLog, LogShortenedError
from services.log_events.identities import decode_identity
from services.projection.encoding import FORM
from services.projection.fold import ReadModel
from services.projection.generations import ViewConflictError
from services.projection.rows import TABLES, Row, Table
from services.projection.store import ViewFormError, ViewStore


#: Entries read from the log in one go.
READ_COUNT = 500
#: Events folded before their rows are written: one write blocks the server for as long as it takes.
WRITE_COUNT = 5_000
#: How often the live views may move on before a rebuild gives up; each time it has less to catch up.
TRIES_MAX = 20


class RowDifference(NamedTuple):
    """A row that the two generations do not share: only in the live one, only in the new, or unlike."""

    table: Table
    key: str
    kind: Literal["only-live", "only-rebuilt", "unlike"]


class Rebuilt(NamedTuple):
    """What a rebuild found and did.

    Attributes:
        generation: The new generation.
        replaced: The generation readers saw before, null for none.
        position: The log position at which the two were compared.
        row_count: Rows in the new generation.
        differences: All rows that differ, in order of table and key; empty means equal.
        switched: Whether readers now see the new generation.
    """

    generation: str
    replaced: str | None
    position: int
    row_count: int
    differences: tuple[RowDifference, ...]
    switched: bool


class RolledBack(NamedTuple):
    """The generation that readers see again, the one they saw before, and where both stand."""

    generation: str
    replaced: str
    position: int


async def rebuild(
    log: EventLog,
    store: ViewStore,
    *,
    ledger: str,
    accept: bool = False,
    only_compare: bool = False,
) -> Rebuilt:
    """Rebuild the read models beside the live ones, compare them, and switch over.

    Args:
        log: The only truth.
        store: Where the views are.
        ledger: The ledger's name.
        accept: Switch over even if rows differ.
        only_compare: Change nothing readers see, and drop what was rebuilt.

    Raises:
        ViewConflictError: The live views kept moving, or another rebuild interfered.
        LogUnavailableError: The server could not be reached.
    """
    replaced = await store.current()
    generation = next_generation(await store.generations())
    await store.create_generation(generation)
    model = ReadModel(ledger)
    for _ in range(TRIES_MAX):
        live = await store.position(replaced) if replaced else None
        last = await log.last_position()
        if live is not None and live > last:
            await store.drop_generation(generation)
            raise ViewConflictError(
                f"expected views up to position {last}, where the log ends, found them at {live}: "
                "projection makes them anew when it starts"
            )
        target = last if live is None else live
        while model.position < target:
            written = model.position
            await fold_log(model, log, until=min(written + WRITE_COUNT, target))
            await store.write(generation, model.take_changes(), expected_position=written)
        differences: tuple[RowDifference, ...] = ()
        if replaced and live is not None:
            differences = await compare(store, live=replaced, rebuilt=generation)
            if await store.position(replaced) != live:
                continue
        switched = False
        if only_compare:
            await store.drop_generation(generation)
        elif accept or not differences:
            switched = await store.switch_current(
                generation,
                replacing=replaced if live is not None else None,
                position=target,
                differs=bool(differences),
            )
            if not switched:
                continue
        rows = model.rows()
        return Rebuilt(
            generation, replaced, target, sum(map(len, rows)), differences, switched=switched
        )
    raise ViewConflictError(
        f"expected views that stand still for a comparison, found them moved on {TRIES_MAX} times "
        f"(generation {generation} is left to be dropped)"
    )


async def roll_back(log: EventLog, store: ViewStore, *, ledger: str) -> RolledBack:
    """Show the generation before the current one again, brought up to where the current one stands.

    Its rows stay as they were; what happened in the log since is added. Once more goes back again.

    Raises:
        ViewConflictError: There is none, or it cannot be written, or the live views kept moving.
        LogUnavailableError: The server could not be reached.
    """
    current = await store.current()
    former = await store.former(current) if current else None
    if current is None or former is None:
        raise ViewConflictError(
            f"expected views from before generation {current}, found none (`rebuild` makes the views "
            "anew from the log)"
        )
    if (form := await store.form(former)) != FORM:
        raise ViewFormError(former, found=form)
    model = ReadModel(ledger)
    position = await store.position(former) or 0
    await fold_log(model, log, until=position)
    model.discard_changes()
    for _ in range(TRIES_MAX):
        target = await store.position(current) or 0
        if model.position < target:
            written = model.position
            await fold_log(model, log, until=target)
            await store.write(former, model.take_changes(), expected_position=written)
        if await store.switch_current(former, replacing=current, position=target, differs=True):
            return RolledBack(former, current, target)
    raise ViewConflictError(
        f"expected views that stand still, found them moved on {TRIES_MAX} times"
    )


async def replace_untrue(log: EventLog, store: ViewStore, *, ledger: str, untrue_to: int) -> str:
    """Make views anew that stand for events no longer in the log, or lack rows; return their name.

    Readers see the old ones until the new ones are whole.

    Raises:
        ViewConflictError: Another process replaced them meanwhile, or they are gone.
        LogShortenedError: The log lost events meanwhile.
        LogUnavailableError: The server could not be reached.
    """
    replaced = await store.current()
    if replaced is None:
        raise ViewConflictError("expected views that are no longer true, found none")
    generation = next_generation(await store.generations())
    await store.create_generation(generation)
    model = ReadModel(ledger)
    while model.position < (target := await log.last_position()):
        written = model.position
        await fold_log(model, log, until=min(written + WRITE_COUNT, target))
        await store.write(generation, model.take_changes(), expected_position=written)
    if not await store.replace_current(generation, replacing=replaced, untrue_to=untrue_to):
        raise ViewConflictError(f"expected the current generation {replaced}, found another")
    await store.drop_generation(replaced)
    return generation


async def fold_log(model: ReadModel, log: EventLog, *, until: int) -> None:
    """Fold the log's events above the model's position, up to and including `until`."""
    while model.position < until:
        limit = min(READ_COUNT, until - model.position)
        entries = await log.read(after=model.position, limit=limit)
        if not entries:
            raise LogShortenedError(until, found=model.position)
        for entry in entries:
            model.fold(decode_identity(entry.body))


async def compare(store: ViewStore, *, live: str, rebuilt: str) -> tuple[RowDifference, ...]:
    """List the rows that two generations do not share, in order of table and key."""
    differences: list[RowDifference] = []
    for table in TABLES:
        old = await store.rows(table, live)
        new = await store.rows(table, rebuilt)
        differences += _differences(table, old, new)
    return tuple(differences)


def next_generation(names: list[str]) -> str:
    """Name the generation after the last numbered one.

    >>> next_generation(["g9", "g10", "tryout"])
    'g11'
    """
    numbers = [int(name[1:]) for name in names if name[:1] == "g" and name[1:].isdecimal()]
    return f"g{max(numbers, default=0) + 1}"


def _differences(
    table: Table, old: Mapping[str, Row], new: Mapping[str, Row]
) -> Iterator[RowDifference]:
    for key in sorted(old.keys() | new.keys()):
        if key not in new:
            yield RowDifference(table, key, "only-live")
        elif key not in old:
            yield RowDifference(table, key, "only-rebuilt")
        elif old[key] != new[key]:
            yield RowDifference(table, key, "unlike")
