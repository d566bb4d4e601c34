"""`log`: show, export, import, verify and seal the event log.

An exported log is JSON lines, one event each as it is stored, in order of position. It can be replayed
(`replay`), kept, or imported into an empty ledger: every event keeps its position.
"""

import asyncio
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated, Any, NamedTuple

import typer

from services.cli.connect import configuration_of, connect_or_start, connect_to_ledger, settings_now
from services.cli.exit_code import CommandError, ExitCode
from services.cli.mending import acknowledge, losses, refuse_running, repair, restore
from services.cli.options import LedgerName, OutputFormat
from services.cli.output import (
    Format,
    TableColumn,
    bytes_to_stdout,
    choose_format,
    print_json,
    print_line,
    print_note,
    write_csv,
    write_table,
)
from services.cli.policies import policies
from services.cli.publish import open_lines
from services.cli.sealing import SealOptions, prove_sealed, seal_log
from services.cli.trimming import trim
from services.eventlog.chain import split
from services.eventlog.losses import Losses
from services.eventlog.port import Entry, EventLog, NewEvent
from services.eventlog.proof import Fault, Proof
from services.eventlog.redis_log import RedisEventLog
from services.eventlog.repair import faults_around
from services.eventlog.segment_files import Form
from services.eventlog.segments import hash_of, is_same_event
from services.queries.as_of import entries_of
from services.runtime.supervisor import stop_signals


#: Events read or appended in one go.
BATCH_COUNT = 1_000
#: Events in one sealed segment unless said otherwise; some tens of megabytes.
SEGMENT_COUNT = 50_000
#: Pause between two polls for new events, in seconds.
FOLLOW_SECONDS = 0.2

log = typer.Typer(no_args_is_help=True, help="The event log: show, export, import, verify, seal.")


class _EventRow(NamedTuple):
    # An event as a table shows it.
    position: int
    recorded_at: str
    type: str
    about: str


COLUMNS: Sequence[TableColumn[_EventRow]] = (
    TableColumn("position", lambda line: str(line.position), is_number=True),
    TableColumn("recorded at", lambda line: line.recorded_at),
    TableColumn("type", lambda line: line.type),
    TableColumn("about", lambda line: line.about),
)


#: The type of most events besides claims, and what is shown of such an event.
DECISIONS = "decisions.made"
FIGURES_SHOWN = 3
PARTS_COUNTED = (
    ("assignments", "claims"),
    ("checks", "checks"),
    ("withdrawn", "checks gone"),
    ("totals", "totals"),
)


@log.command()
def tail(
    *,
    count: Annotated[
        int, typer.Option("-n", "--count", min=0, help="How many of the last events.")
    ] = 10,
    follow: Annotated[
        bool, typer.Option(help="Go on with new events until Ctrl-C, as JSON lines.")
    ] = False,
    ledger: LedgerName = None,
    form: OutputFormat = None,
) -> None:
    """Show the last events of the log."""
    if follow:
        # A cancelled read may swallow the cancellation (asyncio.wait_for before Python 3.12), so
        # Ctrl-C sets a flag instead of raising.
        with stop_signals() as is_stopping:
            asyncio.run(_follow(ledger, count, is_stopping))
    else:
        asyncio.run(_tail(ledger, count, form))


@log.command()
def export(
    *,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FILE", help="Where to; stdout if not given.")
    ] = None,
    ledger: LedgerName = None,
) -> None:
    """Write the whole log as JSON lines, in order."""
    count = asyncio.run(_export(ledger, to))
    if to is not None:
        print_note(f"{count} events written to {to}")


@log.command("import")
def import_(
    path: Annotated[str, typer.Argument(metavar="FILE|-", help="An exported log.")],
    *,
    ledger: LedgerName = None,
) -> None:
    """Append an exported log's events to an empty log, or to one that holds the first of them.

    Every event keeps its position, or nothing is appended. Stop the workers before. Without
    LEDGER_REDIS_URL the embedded server is started for it.
    """
    added, known = asyncio.run(_import(path, ledger))
    print_line(f"{added} events appended, {known} were there")


@log.command()
def verify(
    *,
    sealed: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Compare with what `log seal` wrote into DIR, too."),
    ] = None,
    seal: Annotated[
        str | None,
        typer.Option(metavar="HASH", help="A seal that must be in DIR, as written down elsewhere."),
    ] = None,
    public_key: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The key that the last seal in DIR must be signed with."),
    ] = None,
    offline: Annotated[
        bool, typer.Option(help="Prove what is in DIR by itself, without a server.")
    ] = False,
    ledger: LedgerName = None,
) -> int:
    """Prove that the log is whole: positions, ids, causes, chain, index, checkpoints, losses.

    The chain value printed stands for the whole log: written down elsewhere, it proves later that
    nothing before it was altered.
    """
    if sealed is None:
        if seal is not None or offline or public_key is not None:
            raise CommandError(
                "expected --sealed DIR with --seal, --public-key and --offline, found none"
            )
        proof, around = asyncio.run(_verify(ledger))
        erased = f"words erased from {len(proof.erased)}, " if proof.erased else ""
        what = f"{proof.count} events, {erased}chain {proof.chain or 'empty'}"
        return _print_faults([*proof.faults, *around], what)
    proven = asyncio.run(
        prove_sealed(sealed, ledger, expected=seal, public_key=public_key, is_offline=offline)
    )
    _print_kept(proven.kept)
    until = f"sealed up to {proven.last.last}" if proven.last else "none sealed"
    return _print_faults(proven.faults, f"{proven.event_count} events, {until}")


@log.command("seal")
def seal_segments(
    directory: Annotated[
        Path | None,
        typer.Argument(
            metavar="[DIR]",
            help="Where the segments are, or are to be; unless given, where LEDGER_SEALED_DIR says.",
        ),
    ] = None,
    *,
    size: Annotated[int, typer.Option(min=1, help="Most events in one segment.")] = SEGMENT_COUNT,
    sign: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Sign the last seal with this Ed25519 key (PEM)."),
    ] = None,
    form: Annotated[
        Form, typer.Option("--format", help="Lines of JSON, or Parquet (zstd), which takes less.")
    ] = Form.LINES,
    renew: Annotated[
        bool,
        typer.Option(
            "--renew",
            help="Write all segments anew: in another form, or without words that were erased since. "
            "The seals are others then.",
        ),
    ] = False,
    ledger: LedgerName = None,
) -> int:
    """Seal the log's events into files outside of the server; goes on where it stopped.

    The last seal stands for the whole log up to there: write it down elsewhere. Exits 1 if segments hold
    words that were erased from the log since.
    """
    done = asyncio.run(seal_log(directory, ledger, SealOptions(size, sign, form, renew)))
    for seal in done.new:
        print_line(f"positions {seal.first} to {seal.last}: {seal.file}")
    if done.last is None:
        print_line("nothing to seal")
    else:
        print_line(f"sealed up to position {done.last.last}: seal {hash_of(done.last)}")
    _print_kept(done.kept)
    return ExitCode.FAILED if done.kept else ExitCode.DONE


def _print_kept(kept: Sequence[tuple[int, str]]) -> None:
    for position, file in kept:
        print_line(f"position {position}: {file} holds words that were erased from the log since")
    if kept:
        print_line("`log seal --renew` writes the segments without them; the seals are others then")


def _print_faults(faults: Sequence[Fault], what: str) -> int:
    for fault in faults:
        print_line(f"position {fault.position}: {fault.text}")
    print_line(f"{what}, {len(faults)} faults")
    return ExitCode.FAILED if faults else ExitCode.DONE


async def _tail(ledger: str | None, count: int, form: Format | None) -> None:
    async with connect_to_ledger(ledger) as connection:
        after = max(0, await connection.log.last_position() - count)
        _write_entries([entry async for entry in entries_of(connection.log, after=after)], form)


async def _follow(ledger: str | None, count: int, is_stopping: Callable[[], bool]) -> None:
    # Output without an end is JSON lines, whatever format was chosen.
    async with connect_to_ledger(ledger) as connection:
        after = max(0, await connection.log.last_position() - count)
        while not is_stopping():
            async for entry in entries_of(connection.log, after=after):
                print_json(entry.body.decode())
                after = entry.position
            sys.stdout.flush()
            await asyncio.sleep(FOLLOW_SECONDS)


def _write_entries(entries: Sequence[Entry], form: Format | None) -> None:
    bodies = [entry.body.decode() for entry in entries]
    match choose_format(form):
        case Format.TABLE:
            write_table([row_of(entry) for entry in entries], COLUMNS)
        case Format.JSON:
            lines = ",\n".join(bodies)
            print_json(f"[\n{lines}\n]" if lines else "[]")
        case Format.JSONL:
            for body in bodies:
                print_json(body)
        case Format.CSV:
            names = (
                "position",
                "id",
                "type",
                "recorded_at",
                "causationid",
                "correlationid",
                "data",
            )
            write_csv(names, (json.loads(body) for body in bodies))


def row_of(entry: Entry) -> _EventRow:
    """Return what a table of events shows of one."""
    event: dict[str, Any] = json.loads(entry.body)
    return _EventRow(
        position=entry.position,
        recorded_at=event["recorded_at"],
        type=event["type"],
        about=(_decided if event["type"] == DECISIONS else _about)(event["data"]),
    )


def _decided(data: dict[str, Any]) -> str:
    """Summarise decisions about one subject: the first figures, and the count of everything else."""
    figures = data.get("figures", [])
    shown = [data["exchange"]] if "exchange" in data else []
    shown += map(_change, figures[:FIGURES_SHOWN])
    others = {"more figures": figures[FIGURES_SHOWN:]}
    others |= {name: data.get(part, []) for part, name in PARTS_COUNTED}
    shown += [f"{name}: {len(parts)}" for name, parts in others.items() if parts]
    if "forgotten" in data:
        shown.append(f"{data['forgotten']} forgotten")
    return "; ".join(shown)


def _change(change: dict[str, Any]) -> str:
    new = change.get("new")
    if new is None:
        return f"{change['figure']}: gone"
    low, best, high = new["low"], new.get("best", "–"), new.get("high", "open")
    return f"{change['figure']}: {low} / {best} / {high} {new['status']}"


def _about(data: dict[str, Any]) -> str:
    if "who" in data:
        about = (data.get(name) for name in ("kind", "figure", "exchange", "into", "judgement"))
        claim = data.get("claim", {}).get("id")
        shown = " ".join(str(part) for part in (*about, claim) if part is not None)
        return f"{shown} by {data['who']}: {data['why']}"
    if claim := data.get("claim"):
        said = claim.get("wording") or json.dumps(claim.get("quantity"))
        return (
            f"{data['source']} {data['id']}: {claim['measure']} {claim.get('side') or ''} “{said}”"
        )
    if "retraction" in data:
        return f"{data['source']} {data['id']}"
    if "new" in data:
        return _change(data)
    named = ("figure", "exchange", "id", "side", "category", "as_of")
    return " ".join(str(data[name]) for name in named if data.get(name) is not None)


async def _export(ledger: str | None, to: Path | None) -> int:
    count = 0
    async with connect_to_ledger(ledger) as connection:
        with _open_for_writing(to) as file:
            async for entry in entries_of(connection.log):
                file.write(entry.body + b"\n")
                count += 1
            file.flush()
    return count


@contextmanager
def _open_for_writing(path: Path | None) -> Iterator[IO[bytes]]:
    if path is None:
        with bytes_to_stdout() as stdout:
            yield stdout
        return
    try:
        file = path.open("wb")
    except OSError as error:
        raise CommandError(
            f"expected a file that can be written, found {path}: {error.strerror}"
        ) from error
    with file:
        yield file


async def _import(path: str, ledger: str | None) -> tuple[int, int]:
    settings = settings_now()
    configuration = configuration_of(ledger, settings)
    with open_lines(path) as (lines, _):
        entries = list(_read_export(lines, configuration.name))
    async with connect_or_start(settings) as client:
        await refuse_running(client, configuration.name)
        parts = split(entries[0][0].body) if entries else None
        history = parts.history if parts else None
        segments = settings.segments_of(configuration.name)
        log = RedisEventLog(client, configuration.name, history=history, sealed=segments)
        return await _append(log, entries)


def _read_export(lines: Iterable[bytes], ledger: str) -> Iterator[tuple[Entry, NewEvent]]:
    """Read an export; one of a version before there was a chain has no chain values, and gets some."""
    proof = Proof(ledger, chained=False)
    for position, line in enumerate(lines, 1):
        body = line.rstrip(b"\r\n")
        proof.check(Entry(position, body))
        if proof.faults:
            raise CommandError(f"line {position} of the export: {proof.faults[0].text}")
        stored = split(body)
        assert stored is not None, "what was proven is an event of a log"
        yield Entry(position, body), NewEvent(str(json.loads(body)["id"]), stored.content, stored)
    proof.finish()
    if proof.faults:
        fault = proof.faults[0]
        raise CommandError(f"line {fault.position} of the export: {fault.text}")
    if proof.unchained:
        print_note(
            f"note: {proof.unchained} events carry no chain value: they were exported by an earlier "
            "version, and nothing in the file proves that they are unaltered"
        )


async def _append(log: EventLog, read: Sequence[tuple[Entry, NewEvent]]) -> tuple[int, int]:
    known = 0
    async for entry in entries_of(log):
        if entry.position > len(read) or not is_same_event(read[entry.position - 1][0], entry):
            raise CommandError(
                "expected an empty log or one that begins the exported one, found another event at "
                f"position {entry.position}"
            )
        known = entry.position
    for start in range(known, len(read), BATCH_COUNT):
        batch = read[start : start + BATCH_COUNT]
        appended = await log.append([event for _, event in batch])
        if appended.positions != tuple(entry.position for entry, _ in batch):
            raise CommandError(
                f"expected positions {start + 1} to {start + len(batch)}, found the log at "
                f"{appended.last}: a worker was appending (stop it first)"
            )
    return len(read) - known, known


async def _verify(ledger: str | None) -> tuple[Proof, list[Fault]]:
    """Prove a log by itself; return what else does not fit it, too."""
    async with connect_to_ledger(ledger) as connection:
        name = connection.configuration.name
        proof = Proof(name)
        bodies = []
        async for entry in entries_of(connection.log):
            proof.check(entry)
            bodies.append(entry.body)
        proof.finish()
        found = await faults_around(connection.client, name, bodies)
        losses = await Losses(connection.client, name).open()
    around = [Fault(proof.count, text) for text in found]
    return proof, [*around, *(Fault(loss.first, f"{loss}, not acknowledged") for loss in losses)]


log.command()(losses)
log.command()(acknowledge)
log.command()(repair)
log.command()(restore)
log.command()(trim)
log.command()(policies)
