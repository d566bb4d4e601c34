"""`log losses|acknowledge|repair|restore`: what a log lost, and how a damaged one is mended."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from services.cli.connect import connect_to_ledger
from services.cli.exit_code import CommandError, ExitCode
from services.cli.options import LedgerName, OutputFormat
from services.cli.output import Format, choose_format, print_line, write_records
from services.eventlog.connection import Client
from services.eventlog.losses import Acknowledgement, Loss, Losses
from services.eventlog.port import Entry, LogDamagedError
from services.eventlog.proof import Proof
from services.eventlog.readers import Readers
from services.eventlog.repair import LogPlace, Repaired
from services.eventlog.repair import repair as repair_log
from services.eventlog.repair import restore as restore_log
from services.runtime import clock


def losses(*, ledger: LedgerName = None, form: OutputFormat = None) -> int:
    """List what was seen in the log and is gone. Exits 1 while one is not acknowledged."""
    found = asyncio.run(_losses(ledger))
    if choose_format(form) is Format.TABLE:
        for loss in found:
            noted = loss.acknowledged
            settled = f"acknowledged by {noted.who}: {noted.why}" if noted else "open"
            print_line(f"{loss}; {settled}")
        if not found:
            print_line("nothing was lost")
    else:
        write_records(Loss, found, (), form)
    is_open = any(loss.acknowledged is None for loss in found)
    return ExitCode.FAILED if is_open else ExitCode.DONE


def acknowledge(
    loss: Annotated[str, typer.Argument(metavar="LOSS", help="As `log losses` names it.")],
    *,
    who: Annotated[str, typer.Option(help="Who takes note of it.")],
    why: Annotated[str, typer.Option(help="Why it is settled, e.g. what was published again.")],
    ledger: LedgerName = None,
) -> None:
    """Take note of a loss: `status` and `log verify` no longer tell of it."""
    print_line(asyncio.run(_acknowledge(loss, who, why, ledger)))


def repair(
    *,
    cut: Annotated[
        bool,
        typer.Option("--cut", help="Drop the events behind the first that is gone or altered."),
    ] = False,
    ledger: LedgerName = None,
) -> None:
    """Mend the log's index, end and checkpoints, and drop entries that are no events of it.

    Stop the workers before. Events that are gone or altered come back by `log restore FILE` alone.
    """
    _print_repaired(asyncio.run(_repair(ledger, is_cut_allowed=cut)))


def restore(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="An export of this log.")],
    *,
    ledger: LedgerName = None,
) -> None:
    """Put events that are gone or altered back from an export of the same log.

    Stop the workers before. Events past the end of the export stay where they continue it.
    """
    _print_repaired(asyncio.run(_restore(path, ledger)))


async def refuse_running(client: Client, ledger: str) -> None:
    """Refuse to go on while a worker appends.

    Raises:
        CommandError: One runs.
    """
    for name, status in (await Readers(client, ledger).running()).items():
        if not name.startswith("api:"):
            raise CommandError(
                f"expected no running worker, found {name} (process {status.pid} on {status.host}); "
                "stop it first"
            )


def _print_repaired(repaired: Repaired) -> None:
    for line in repaired.done or ("nothing to mend",):
        print_line(line)
    if repaired.loss is not None:
        print_line(f"{repaired.loss} (`exchange-ledger log acknowledge {repaired.loss.id}`)")


async def _losses(ledger: str | None) -> list[Loss]:
    async with connect_to_ledger(ledger) as connection:
        return await Losses(connection.client, connection.configuration.name).all()


async def _acknowledge(name: str, who: str, why: str, ledger: str | None) -> str:
    async with connect_to_ledger(ledger) as connection:
        known = Losses(connection.client, connection.configuration.name)
        found = {loss.id: loss for loss in await known.all()}
        if name not in found:
            names = ", ".join(found) or "none"
            raise CommandError(f"expected one of the losses {names}, found {name}")
        noted = Acknowledgement(who=who, why=why, at=clock.now())
        return f"acknowledged: {await known.acknowledge(found[name], noted)}"


async def _repair(ledger: str | None, *, is_cut_allowed: bool) -> Repaired:
    async with connect_to_ledger(ledger) as connection:
        name = connection.configuration.name
        await refuse_running(connection.client, name)
        try:
            place = LogPlace(connection.client, name, connection.segments)
            return await repair_log(place, now=clock.now(), is_cut_allowed=is_cut_allowed)
        except LogDamagedError as error:
            raise CommandError(str(error), ExitCode.FAILED) from error


async def _restore(path: Path, ledger: str | None) -> Repaired:
    async with connect_to_ledger(ledger) as connection:
        name = connection.configuration.name
        copy = _proven(path, name)
        await refuse_running(connection.client, name)
        try:
            return await restore_log(LogPlace(connection.client, name, connection.segments), copy)
        except LogDamagedError as error:
            raise CommandError(str(error), ExitCode.FAILED) from error


def _proven(path: Path, ledger: str) -> list[bytes]:
    """Read an export of a chained log whole, or refuse it."""
    try:
        bodies = path.read_bytes().splitlines()
    except OSError as error:
        raise CommandError(f"expected an exported log, found {path}: {error.strerror}") from error
    proof = Proof(ledger)
    for position, body in enumerate(bodies, 1):
        proof.check(Entry(position, body))
    proof.finish()
    if proof.faults:
        fault = proof.faults[0]
        raise CommandError(f"line {fault.position} of {path}: {fault.text}", ExitCode.FAILED)
    return bodies
