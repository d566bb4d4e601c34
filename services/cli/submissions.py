"""`submissions`: what anybody reported to the editors: listed, exported, and removed for good."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer

from schemas.submission import (
    CaseDecided,
    SubmissionReceived,
    SubmissionsErased,
    SubmissionState,
)
from services.cli.connect import LedgerConnection, connect_to_ledger
from services.cli.exit_code import CommandError, ExitCode
from services.cli.options import LedgerName, OutputFormat, read_time
from services.cli.output import TableColumn, print_json, print_line, write_records
from services.eventlog.rewriting import NotRewrittenError, rewrite_now
from services.eventlog.submissions import StreamEntry, SubmissionStream
from services.moderation.review import RulePrecision, precision_by_rule
from services.moderation.state import MODERATION_EVENTS, Moderation
from services.runtime import clock


submissions = typer.Typer(
    no_args_is_help=True,
    help="What anybody reported to the editors: list, export, erase. Editors decide on the pages.",
)


class StateOption(StrEnum):
    """Which submissions are listed."""

    OPEN = "open"
    DECIDED = "decided"
    ALL = "all"


COLUMNS: Sequence[TableColumn[SubmissionState]] = (
    TableColumn("id", lambda row: row.id),
    TableColumn("at", lambda row: row.at.isoformat(timespec="seconds")),
    TableColumn("kind", lambda row: row.submitted.kind),
    TableColumn("about", lambda row: row.submitted.about or "–"),
    TableColumn("words", lambda row: row.submitted.words),
    TableColumn("decided", lambda row: row.decision.outcome if row.decision else "–"),
    TableColumn("who", lambda row: row.decision.who if row.decision else "–"),
)
PRECISION_COLUMNS: Sequence[TableColumn[RulePrecision]] = (
    TableColumn("rule or model", lambda row: row.rule),
    TableColumn("precision", lambda row: f"{row.precision:.2f}", is_number=True),
    TableColumn("accepted", lambda row: str(row.accepted), is_number=True),
    TableColumn("corrected", lambda row: str(row.corrected), is_number=True),
    TableColumn("rejected", lambda row: str(row.rejected), is_number=True),
)


@submissions.command("list")
def list_(
    *,
    state: Annotated[
        StateOption, typer.Option(help="Those nobody decided about, the others, or all.")
    ] = StateOption.OPEN,
    ledger: LedgerName = None,
    form: OutputFormat = None,
) -> None:
    """List what was submitted, the oldest first."""
    found = list(asyncio.run(_state(ledger)).submissions())
    if state is not StateOption.ALL:
        wants_open = state is StateOption.OPEN
        found = [row for row in found if (row.decision is None) is wants_open]
    write_records(SubmissionState, found, COLUMNS, form)


@submissions.command()
def export(*, ledger: LedgerName = None) -> None:
    """Print what was submitted and what was decided, one JSON object a line, as it is kept."""
    for entry in asyncio.run(_entries(ledger)):
        print_json(entry.event.decode())


@submissions.command()
def precision(
    *,
    since: Annotated[
        datetime | None,
        typer.Option(parser=read_time, metavar="T", help="Decisions made since T: a day or time."),
    ] = None,
    ledger: LedgerName = None,
    form: OutputFormat = None,
) -> None:
    """Show how often what each rule or model drafted was accepted as it was, by editors' decisions."""
    rows = precision_by_rule(asyncio.run(_state(ledger)), since=since)
    write_records(RulePrecision, rows, PRECISION_COLUMNS, form)


@submissions.command()
def erase(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="ID...", help="As `submissions list` shows them.")
    ] = None,
    *,
    decided_before: Annotated[
        datetime | None,
        typer.Option(parser=read_time, metavar="T", help="Those decided before T: a day or time."),
    ] = None,
    who: Annotated[str, typer.Option("--who", metavar="NAME", help="Who erases.")],
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="Why.")],
    ledger: LedgerName = None,
) -> int:
    """Remove submissions for good, with what was decided of them; claims that came of them stay.

    What is left is that so many were removed, by whom and why. `erase` removes words from claims.
    """
    if bool(ids) == (decided_before is not None):
        raise CommandError("expected ids of submissions, or --decided-before")
    return asyncio.run(_erase(ids or [], decided_before, (who, why), ledger))


async def _entries(ledger: str | None) -> list[StreamEntry]:
    async with connect_to_ledger(ledger) as connection:
        return await _stream(connection).all()


async def _state(ledger: str | None) -> Moderation:
    return _folded(await _entries(ledger))


async def _erase(
    ids: Sequence[str], before: datetime | None, by: tuple[str, str], ledger: str | None
) -> int:
    async with connect_to_ledger(ledger) as connection:
        stream = _stream(connection)
        entries = await stream.all()
        chosen = _chosen(_folded(entries), ids, before)
        if not chosen:
            print_line("0 erased")
            return ExitCode.DONE
        event = SubmissionsErased(submissions=tuple(chosen), who=by[0], why=by[1], at=clock.now())
        going = [entry.id for entry in entries if _is_about(entry, set(chosen))]
        await stream.erase(going, event.model_dump_json().encode())
        print_line(f"{len(chosen)} erased")
        try:
            await rewrite_now(connection.client)
        except NotRewrittenError as error:
            print_line(f"the server's files may still hold these words ({error}): BGREWRITEAOF")
            return ExitCode.FAILED
    print_line("the server's files were written anew")
    return ExitCode.DONE


def _chosen(state: Moderation, ids: Sequence[str], before: datetime | None) -> list[str]:
    for submission in ids:
        if state.submission(submission) is None:
            raise CommandError(f"expected the id of a submission, found {submission!r}")
    if before is None:
        return list(dict.fromkeys(ids))
    decided = (row for row in state.submissions() if row.decision is not None)
    return [row.id for row in decided if row.decision and row.decision.at < before]


def _is_about(entry: StreamEntry, submissions: set[str]) -> bool:
    """Return whether an entry is one of some submissions, or was decided about one."""
    event = MODERATION_EVENTS.validate_json(entry.event)
    match event:
        case SubmissionReceived():
            return event.id in submissions
        case CaseDecided():
            return event.case == "submission" and event.about in submissions
        case _:
            return False


def _folded(entries: Sequence[StreamEntry]) -> Moderation:
    state = Moderation()
    for entry in entries:
        state.take(MODERATION_EVENTS.validate_json(entry.event))
    return state


def _stream(connection: LedgerConnection) -> SubmissionStream:
    return SubmissionStream(connection.client, connection.configuration.name)
