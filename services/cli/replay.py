"""`replay`: the whole pipeline over a file, in memory, without a server."""

import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from pydantic import BaseModel

from schemas.ledger import LedgerConfiguration
from schemas.views import ReadModels
from services.cli.columns import CUMULATIVE_COLUMNS, exchange_columns
from services.cli.connect import configuration_of, settings_now
from services.cli.exit_code import ExitCode
from services.cli.options import AsAssertedBy, AsKnownOn, LedgerName, PolicyVersion
from services.cli.output import SummaryFormat, json_array, print_note, write_table
from services.cli.publish import open_lines
from services.cli.rejected import sentence
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
    """Replay a file in memory: prints {exchanges, figures, cumulative, checks, claims, headline}.

    Exits 1 if a line was rejected; rejected lines are told on stderr. Nothing reads the clock: a
    claim is recorded at its event's own time, else at that of the one before it.
    """
    configuration = configuration_of(ledger, settings_now(), policy=policy)
    with open_lines(path) as (lines, _):
        replayed = replay(
            lines, ledger=configuration, asserted_by=as_asserted_by, known_on=as_known_on
        )
    if form is SummaryFormat.TABLE or (form is None and sys.stdout.isatty()):
        _write_tables(configuration, replayed)
    else:
        sys.stdout.write(models_json(replayed.read_models) + "\n")
    for rejection in replayed.rejections:
        for reason in rejection.reasons:
            print_note(f"line {rejection.number} rejected: {sentence(reason)}")
    return ExitCode.FAILED if replayed.rejections else ExitCode.DONE


def models_json(models: ReadModels) -> str:
    """Return all read models as one JSON object with one record a line."""
    tables: Sequence[tuple[str, Sequence[BaseModel]]] = (
        ("exchanges", models.exchanges),
        ("figures", models.figures),
        ("cumulative", models.cumulative),
        ("checks", models.checks),
        ("claims", models.claims),
        ("headline", models.headline),
    )
    return "{\n" + ",\n".join(f'"{name}": {json_array(rows)}' for name, rows in tables) + "\n}"


def _write_tables(configuration: LedgerConfiguration, replayed: Replayed) -> None:
    models = replayed.read_models
    figures = {figure.id: figure for figure in models.figures}
    write_table(models.exchanges, exchange_columns(configuration, figures))
    write_table(models.cumulative, CUMULATIVE_COLUMNS)
    print(
        f"recorded {replayed.recorded_count}, duplicate {replayed.duplicate_count}, "
        f"rejected {len(replayed.rejections)}: {len(models.figures)} figures, "
        f"{len(models.checks)} checks, {len(models.claims)} claims"
    )
