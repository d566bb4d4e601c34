"""`adjudicate`: operators' judgements, appended to the log as facts, listed, and undone.

Every judgement names who made it and why. A claim is named as figures name it. The same judgement
again, while it is in force, is not recorded twice. Every command waits until the views show its effect,
and prints which figures changed.
"""

import asyncio
from collections.abc import Sequence
from typing import Annotated

import typer

from schemas.judgement import Exclude, Judgement, Merge, Pin, Reassign, Split
from services.cli.history import shown_numbers
from services.cli.judging import JudgementResult, judge, judgement_lines
from services.cli.judging import undo as take_back
from services.cli.options import FigureName, LedgerName, OutputFormat
from services.cli.output import SummaryFormat, TableColumn, print_json, print_line, write_records
from services.queries.judging import (
    Attribution,
    JudgementBuilder,
    JudgementLine,
    JudgementTargets,
)
from services.runtime import clock


adjudicate = typer.Typer(
    no_args_is_help=True, help="Operators' judgements: make, list, undo. Each says who and why."
)

Who = Annotated[str, typer.Option("--who", metavar="NAME", help="Who judges.")]
Why = Annotated[str, typer.Option("--why", metavar="TEXT", help="Why, for whoever reads it later.")]
Wait = Annotated[
    float,
    typer.Option(
        min=0, metavar="SECONDS", help="Longest wait for the views to show it; 0 for none."
    ),
]
SummaryForm = Annotated[
    SummaryFormat, typer.Option("--format", help="The outcome as text, or as JSON.")
]
ClaimName = Annotated[
    str, typer.Argument(metavar="CLAIM", help="A claim as figures name it: its id, or id@source.")
]
ExchangeName = Annotated[
    str, typer.Argument(metavar="EXCHANGE", help="An exchange's id, e.g. 2024-01-03.")
]
#: Longest wait for the views unless said otherwise, in seconds.
WAIT_SECONDS = 30.0


COLUMNS: Sequence[TableColumn[JudgementLine]] = (
    TableColumn("judgement", lambda line: line.id),
    TableColumn("state", lambda line: line.state),
    TableColumn("kind", lambda line: line.kind),
    TableColumn("about", lambda line: line.about),
    TableColumn("says", lambda line: line.says),
    TableColumn("who", lambda line: line.who),
    TableColumn("why", lambda line: line.why),
    TableColumn("at", lambda line: line.at.isoformat(timespec="seconds")),
)


@adjudicate.command()
def pin(
    figure: FigureName,
    *,
    best: Annotated[int, typer.Option(min=0, help="The number.")],
    low: Annotated[
        int | None, typer.Option(min=0, help="At least; the number if not given.")
    ] = None,
    high: Annotated[
        int | None, typer.Option(min=0, help="At most; the number if not given.")
    ] = None,
    who: Who,
    why: Why,
    ledger: LedgerName = None,
    wait: Wait = WAIT_SECONDS,
    form: SummaryForm = SummaryFormat.TABLE,
) -> None:
    """Pin a figure to numbers, whatever the claims give; one nobody speaks of is made."""

    def judgement(known: JudgementTargets, attribution: Attribution) -> Judgement:
        known.check_figure(figure)
        return Pin.model_validate(
            attribution.fields()
            | {
                "figure": figure,
                "low": best if low is None else low,
                "best": best,
                "high": best if high is None else high,
            }
        )

    _record(judgement, (who, why), ledger, wait, form)


@adjudicate.command()
def exclude(
    claim: ClaimName,
    *,
    who: Who,
    why: Why,
    ledger: LedgerName = None,
    wait: Wait = WAIT_SECONDS,
    form: SummaryForm = SummaryFormat.TABLE,
) -> None:
    """Exclude a claim from all figures."""

    def judgement(known: JudgementTargets, attribution: Attribution) -> Judgement:
        return Exclude.model_validate(attribution.fields() | {"claim": known.claim(claim)})

    _record(judgement, (who, why), ledger, wait, form)


@adjudicate.command()
def reassign(
    claim: ClaimName,
    exchange: Annotated[
        str, typer.Argument(metavar="EXCHANGE|none", help="The exchange it means, or none.")
    ],
    *,
    who: Who,
    why: Why,
    ledger: LedgerName = None,
    wait: Wait = WAIT_SECONDS,
    form: SummaryForm = SummaryFormat.TABLE,
) -> None:
    """Assign a claim to an exchange, or to none."""

    def judgement(known: JudgementTargets, attribution: Attribution) -> Judgement:
        target = None if exchange == "none" else known.exchange(exchange)
        return Reassign.model_validate(
            attribution.fields() | {"claim": known.claim(claim), "exchange": target}
        )

    _record(judgement, (who, why), ledger, wait, form)


@adjudicate.command()
def merge(
    exchange: ExchangeName,
    into: Annotated[str, typer.Argument(metavar="INTO", help="The exchange that stays.")],
    *,
    who: Who,
    why: Why,
    ledger: LedgerName = None,
    wait: Wait = WAIT_SECONDS,
    form: SummaryForm = SummaryFormat.TABLE,
) -> None:
    """Merge two exchanges into one; the first's id stays as an alias of the second."""

    def judgement(known: JudgementTargets, attribution: Attribution) -> Judgement:
        merged = {"exchange": known.exchange(exchange), "into": known.exchange(into)}
        return Merge.model_validate(attribution.fields() | merged)

    _record(judgement, (who, why), ledger, wait, form)


@adjudicate.command()
def split(
    exchange: ExchangeName,
    new_id: Annotated[
        str, typer.Argument(metavar="NEW_ID", help="Id of the new exchange, e.g. 2024-01-03-b.")
    ],
    claims: Annotated[
        list[str], typer.Argument(metavar="CLAIM...", help="The claims that mean the new one.")
    ],
    *,
    who: Who,
    why: Why,
    ledger: LedgerName = None,
    wait: Wait = WAIT_SECONDS,
    form: SummaryForm = SummaryFormat.TABLE,
) -> None:
    """Split an exchange: some of its claims mean another one, to which the first points."""

    def judgement(known: JudgementTargets, attribution: Attribution) -> Judgement:
        old = known.exchange(exchange)
        named = {
            "exchange": old,
            "into": known.new_exchange(new_id),
            "claims": tuple(known.claim(claim, at=old) for claim in claims),
        }
        return Split.model_validate(attribution.fields() | named)

    _record(judgement, (who, why), ledger, wait, form)


@adjudicate.command("list")
def list_(*, ledger: LedgerName = None, form: OutputFormat = None) -> None:
    """List judgements in the order they were recorded: in force, overruled or undone."""
    write_records(JudgementLine, asyncio.run(judgement_lines(ledger)), COLUMNS, form)


@adjudicate.command()
def undo(
    judgement: Annotated[
        str,
        typer.Argument(metavar="ID", help="As `adjudicate list` shows it, or how it begins."),
    ],
    *,
    who: Who,
    why: Why,
    ledger: LedgerName = None,
    wait: Wait = WAIT_SECONDS,
    form: SummaryForm = SummaryFormat.TABLE,
) -> None:
    """Take a judgement back: everything is as if it had never been made."""
    result = asyncio.run(take_back(judgement, Attribution(who, why, clock.now()), ledger, wait))
    _show(result, form, "undone", "undone already")


def _record(
    build_judgement: JudgementBuilder,
    attribution: tuple[str, str],
    ledger: str | None,
    wait: float,
    form: SummaryFormat,
) -> None:
    result = asyncio.run(
        judge(build_judgement, Attribution(*attribution, clock.now()), ledger, wait)
    )
    _show(result, form, "recorded", "in force already")


def _show(result: JudgementResult, form: SummaryFormat, done: str, known: str) -> None:
    if form is SummaryFormat.JSON:
        print_json(result.model_dump_json())
        return
    what = done if result.is_new else known
    print_line(f"judgement {result.judgement} {what}, position {result.position}")
    for change in result.changed or ():
        print_line(f"  {change.figure}: {shown_numbers(change.old)} → {shown_numbers(change.new)}")
    if result.changed is None:
        print_line("  the views were not waited for")
    elif result.is_new and not result.changed:
        print_line("  no figure changed")
