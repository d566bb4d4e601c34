"""How a judgement is recorded by a command, and followed to the figures it changes."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from schemas.record import Record
from schemas.views import Figure, Numbers
from services.cli.connect import LedgerConnection, connect_to_ledger
from services.cli.exit_code import CommandError
from services.cli.load import wait_until_shown
from services.projection.store import ViewStore
from services.queries.judging import (
    Attribution,
    JudgementBuilder,
    JudgementError,
    JudgementLine,
    PreparedJudgement,
    RecordedJudgements,
    built,
    lines_of,
    prepare,
    prepare_undoing,
    targets_of,
)


class FigureDiff(Record):
    """A figure before and after; null where there was or is none."""

    figure: str
    old: Numbers | None
    new: Numbers | None


class JudgementResult(Record):
    """What became of a judgement.

    `is_new` is false if it was in force already, or undone already, and nothing was recorded;
    `position` is its position in the log. `changed` is null if the views were not waited for.
    """

    judgement: str
    position: int
    is_new: bool
    changed: tuple[FigureDiff, ...] | None


async def judge(
    build_judgement: JudgementBuilder, attribution: Attribution, ledger: str | None, wait: float
) -> JudgementResult:
    """Record a judgement, and wait until it is shown.

    Raises:
        CommandError: It is about something unknown, is not valid, or was not shown in time.
    """
    async with connect_to_ledger(ledger) as connection:
        with _as_command_errors():
            targets = await targets_of(_store(connection), connection.configuration)
            judgement = built(build_judgement, targets, attribution)
            recorded = await RecordedJudgements.read(connection.log)
            prepared = await prepare(judgement, targets, connection.log, recorded)
        return await _append(connection, prepared, wait)


async def undo(
    judgement: str, attribution: Attribution, ledger: str | None, wait: float
) -> JudgementResult:
    """Record that a judgement is taken back, and wait until that is shown.

    Raises:
        CommandError: There is no such judgement, or it was not shown in time.
    """
    async with connect_to_ledger(ledger) as connection:
        with _as_command_errors():
            name = connection.configuration.name
            recorded = await RecordedJudgements.read(connection.log)
            prepared = prepare_undoing(judgement, attribution, recorded, name)
        return await _append(connection, prepared, wait)


async def judgement_lines(ledger: str | None) -> list[JudgementLine]:
    """Return every judgement as it stands, in the order they were recorded."""
    async with connect_to_ledger(ledger) as connection:
        recorded = await RecordedJudgements.read(connection.log)
        return lines_of(recorded, await _store(connection).standings())


async def _append(
    connection: LedgerConnection, prepared: PreparedJudgement, wait: float
) -> JudgementResult:
    if prepared.event is None:
        assert prepared.position is not None, "what is in force stands somewhere"
        return JudgementResult(
            judgement=prepared.judgement, position=prepared.position, is_new=False, changed=()
        )
    store = _store(connection)
    before = {figure.id: figure for figure in await store.figures()}
    appended = await connection.log.append([prepared.event])
    position, is_new = appended.positions[0], appended.is_new[0]
    changed: tuple[FigureDiff, ...] | None = None
    if wait:
        await wait_until_shown(connection, position=position, seconds_max=wait)
        changed = _changed(before, {figure.id: figure for figure in await store.figures()})
    return JudgementResult(
        judgement=prepared.judgement, position=position, is_new=is_new, changed=changed
    )


@contextmanager
def _as_command_errors() -> Iterator[None]:
    try:
        yield
    except JudgementError as error:
        raise CommandError(str(error)) from error


def _store(connection: LedgerConnection) -> ViewStore:
    return ViewStore(connection.client, connection.configuration.name)


def _changed(before: Mapping[str, Figure], after: Mapping[str, Figure]) -> tuple[FigureDiff, ...]:
    found = (
        FigureDiff(figure=name, old=_numbers(before.get(name)), new=_numbers(after.get(name)))
        for name in sorted(before.keys() | after.keys())
    )
    return tuple(change for change in found if change.old != change.new)


def _numbers(figure: Figure | None) -> Numbers | None:
    if figure is None:
        return None
    return Numbers(low=figure.low, best=figure.best, high=figure.high, status=figure.status)
