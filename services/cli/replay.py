"""`replay`: the whole pipeline over a file, in memory, without a server."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated

import typer
from pydantic import BaseModel

from schemas.ledger import LedgerConfiguration
from schemas.views import ReadModels
from services.cli.columns import CUMULATIVE_COLUMNS, exchange_columns
from services.cli.connect import configuration_of, settings_now
from services.cli.exit_code import ExitCode
from services.cli.options import AsAssertedBy, AsKnownOn, LedgerName, PolicyVersion
from services.cli.output import (
    SummaryFormat,
    json_array,
    print_line,
    print_note,
    print_pieces,
    write_table,
)
from services.cli.publish import open_lines
from services.eventlog.parked import in_words
from services.ledgers import names_there_are
from services.queries.as_of import Cut
from services.queries.log_beside_replay import LogBesideReplay, log_beside_replay
from services.queries.publishing import subject_of_event
from services.queries.replay import Replayed, replay


def replay_file(
    path: Annotated[
        str,
        typer.Argument(
            metavar="FILE|-", help="JSON lines: claims, or an exported log; - is stdin."
        ),
    ],
    *,
    policy: PolicyVersion = None,
    ledger: LedgerName = None,
    form: Annotated[
        SummaryFormat | None,
        typer.Option("--format", help="Tables on a terminal, JSON elsewhere."),
    ] = None,
    as_asserted_by: AsAssertedBy = None,
    as_known_on: AsKnownOn = None,
) -> int:
    """Replay a file in memory: prints {exchanges, figures, cumulative, checks, claims, headline, operations}.

    Exits 1 if a line was rejected; rejected lines are told on stderr. Nothing reads the clock: a
    claim is recorded at its event's own time, else at that of the one before it. Without --ledger each
    line goes to the ledger that its subject names, shipped or in LEDGER_CONFIG_DIR. Of an exported log
    a note says whether its own decisions give the same rows, and why not.
    """
    runs: list[tuple[LedgerConfiguration, Replayed]] = []
    beside: list[LogBesideReplay] = []
    with open_lines(path) as (lines, _):
        for one, some in _routed(lines, ledger, policy):
            held = list(some)
            cut = Cut(as_asserted_by, as_known_on)
            done = replay(held, ledger=one, asserted_by=cut.asserted_by, known_on=cut.known_on)
            runs.append((one, done))
            # A file that was cut, or has lines that were refused, is not the log that was decided.
            if cut == Cut() and not done.rejections:
                beside += filter(None, [log_beside_replay(held, done, one)])
    if form is SummaryFormat.TABLE or (form is None and sys.stdout.isatty()):
        for configuration, replayed in runs:
            _write_tables(configuration, replayed)
    else:
        print_pieces(_models_json(_together(runs)))
    for compared in beside:
        print_note(compared.in_words)
    rejections = [rejection for _, replayed in runs for rejection in replayed.rejections]
    for rejection in sorted(rejections, key=lambda line: line.number):
        for reason in rejection.reasons:
            print_note(f"line {rejection.number} rejected: {in_words(reason)}")
    return ExitCode.FAILED if rejections else ExitCode.DONE


def _routed(
    lines: Iterable[bytes], ledger: str | None, policy: str | None
) -> Iterator[tuple[LedgerConfiguration, Iterable[bytes]]]:
    """Return each ledger of a file with its lines, the others blank, so that lines keep their numbers."""
    settings = settings_now()
    if ledger is not None:
        yield configuration_of(ledger, settings, policy=policy), lines
        return
    known = set(names_there_are(settings.config_dir))
    held = list(lines)
    # What names no ledger that there is goes to the first, which refuses it.
    named = [
        subject if (subject := subject_of_event(line)) in known else settings.names[0]
        for line in held
    ]
    for name in dict.fromkeys(named) or (settings.names[0],):
        own = (line if to == name else b"" for line, to in zip(held, named, strict=True))
        yield configuration_of(name, settings, policy=policy), own


def _together(runs: Sequence[tuple[LedgerConfiguration, Replayed]]) -> ReadModels:
    """Return the read models of all ledgers in one; each row names its ledger."""
    models = [replayed.read_models for _, replayed in runs]
    joined = {
        view: tuple(row for one in models for row in getattr(one, view))
        for view in ReadModels.model_fields
    }
    return models[0].model_copy(update=joined)


def _models_json(models: ReadModels) -> Iterator[str]:
    """Return the pieces of all read models as one JSON object with one record a line, printable as they are."""
    tables: Sequence[tuple[str, Sequence[BaseModel]]] = (
        ("exchanges", models.exchanges),
        ("figures", models.figures),
        ("cumulative", models.cumulative),
        ("checks", models.checks),
        ("claims", models.claims),
        ("headline", models.headline),
        ("operations", models.operations),
    )
    before = "{"
    for name, rows in tables:
        yield f'{before}\n"{name}": '
        yield from json_array(rows)
        before = ","
    yield "\n}"


def _write_tables(configuration: LedgerConfiguration, replayed: Replayed) -> None:
    models = replayed.read_models
    figures = {figure.id: figure for figure in models.figures}
    write_table(models.exchanges, exchange_columns(configuration, figures))
    write_table(models.cumulative, CUMULATIVE_COLUMNS)
    print_line(
        f"recorded {replayed.recorded_count}, duplicate {replayed.duplicate_count}, "
        f"rejected {len(replayed.rejections)}: {len(models.figures)} figures, "
        f"{len(models.checks)} checks, {len(models.claims)} claims"
    )
