"""`what-if`: what differs if claims are left out or added, or decided by another policy."""

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Annotated, NamedTuple

import typer

from schemas.comparison import CheckState, Difference, ExchangeState, OperationState
from schemas.events import ClaimRecorded
from schemas.ledger import LedgerConfiguration
from schemas.views import Numbers, ReadModels
from services.cli.columns import shown_expected
from services.cli.connect import configuration_of, connect_to_ledger, settings_now
from services.cli.exit_code import CommandError, ExitCode
from services.cli.history import shown_numbers
from services.cli.options import AsAssertedBy, AsKnownOn, LedgerName, OutputFormat, PolicyVersion
from services.cli.output import TableColumn, print_note, write_records
from services.cli.publish import open_lines
from services.eventlog.parked import in_words
from services.projection.fold import assemble
from services.projection.store import ViewStore
from services.queries.as_of import Cut, entries_of, models_at
from services.queries.comparison import State, differences
from services.queries.replay import replay
from services.queries.what_if import Exclusions, Supposed, UnmatchedError, read_additions, suppose


COLUMNS: Sequence[TableColumn[Difference]] = (
    TableColumn("view", lambda row: row.view),
    TableColumn("row", lambda row: row.id),
    TableColumn("what", lambda row: row.kind),
    TableColumn("old", lambda row: shown_state(row.old)),
    TableColumn("new", lambda row: shown_state(row.new)),
)
Without = list[str] | None
WithoutClaim = Annotated[
    Without, typer.Option(metavar="CLAIM", help="Leave out a claim, as figures name it.")
]
WithoutSource = Annotated[
    Without, typer.Option(metavar="SOURCE", help="Leave out what a publisher sent.")
]
WithoutClaimant = Annotated[
    Without, typer.Option(metavar="NAME", help="Leave out what somebody said.")
]
WithoutOutlet = Annotated[
    Without, typer.Option(metavar="NAME", help="Leave out what an outlet reported.")
]
WithoutCamp = Annotated[
    Without,
    typer.Option(metavar="PARTY", help="Leave out what a party, or a side's camp, said."),
]
WithoutBound = Annotated[
    Without, typer.Option(metavar="BOUND", help="Leave out numbers said so, e.g. at_least.")
]
WithoutTier = Annotated[
    Without,
    typer.Option(metavar="TIER", help="Leave out speakers placed so: 1 counts heads, 6 unnamed."),
]


class _Baseline(NamedTuple):
    # The baseline of a comparison: the lines it starts from, and the read models they give.
    lines: Sequence[bytes]
    models: ReadModels


def what_if(
    path: Annotated[
        str | None,
        typer.Argument(
            metavar="[FILE|-]",
            help="JSON lines to start from, claims or an exported log; the live log if not given.",
        ),
    ] = None,
    *,
    without_claim: WithoutClaim = None,
    without_source: WithoutSource = None,
    without_claimant: WithoutClaimant = None,
    without_outlet: WithoutOutlet = None,
    without_camp: WithoutCamp = None,
    without_bound: WithoutBound = None,
    without_tier: WithoutTier = None,
    with_: Annotated[
        list[str] | None,
        typer.Option("--with", metavar="FILE", help="Add claims or judgements, JSON lines."),
    ] = None,
    policy: PolicyVersion = None,
    ledger: LedgerName = None,
    form: OutputFormat = None,
    as_asserted_by: AsAssertedBy = None,
    as_known_on: AsKnownOn = None,
) -> int:
    """Replay the ledger in memory under other suppositions, and show what differs from now.

    Nothing is written. Each option may be given several times. With none, it shows what today's rules
    make otherwise by themselves. Exits 1 if an added line was rejected.
    """
    cut = Cut(as_asserted_by, as_known_on)
    names = Exclusions(
        claims=without_claim or (),
        sources=without_source or (),
        claimants=without_claimant or (),
        outlets=without_outlet or (),
        camps=without_camp or (),
        bounds=without_bound or (),
        tiers=without_tier or (),
    )
    configuration = configuration_of(ledger, settings_now(), policy=policy)
    try:
        additions = _read_all(with_ or (), configuration)
        ground = _of_file(path, ledger, cut) if path else asyncio.run(_of_live(ledger, cut))
        supposed = suppose(
            ground.lines, ledger=configuration, without=names, additions=additions, cut=cut
        )
    except UnmatchedError as error:
        raise CommandError(str(error)) from error
    found = differences(ground.models, supposed.replayed.read_models)
    write_records(Difference, found, COLUMNS, form)
    return _print_summary(supposed, len(ground.lines), len(additions))


def _print_summary(supposed: Supposed, ground_count: int, added_count: int) -> int:
    """Print what was left out and added; return 1 if an added line was rejected."""
    rejected = [line for line in supposed.replayed.rejections if line.number > ground_count]
    added = added_count - len(rejected)
    print_note(f"{supposed.left_out_count} left out, {added} added, {len(rejected)} rejected")
    if passed_over := len(supposed.replayed.rejections) - len(rejected):
        print_note(
            f"{passed_over} of the lines to start from cannot be accepted: `replay` tells why"
        )
    for line in rejected:
        for reason in line.reasons:
            print_note(f"added line {line.number - ground_count} rejected: {in_words(reason)}")
    return ExitCode.FAILED if rejected else ExitCode.DONE


def _read_all(paths: Sequence[str], configuration: LedgerConfiguration) -> list[bytes]:
    found: list[bytes] = []
    with ExitStack() as stack:
        for path in paths:
            lines, _ = stack.enter_context(open_lines(path))
            found += read_additions(lines, configuration)
    return found


def _of_file(path: str, ledger: str | None, cut: Cut) -> _Baseline:
    with open_lines(path) as (lines, _):
        read = list(lines)
    configuration = configuration_of(ledger, settings_now())
    replayed = replay(
        read, ledger=configuration, asserted_by=cut.asserted_by, known_on=cut.known_on
    )
    return _Baseline(read, replayed.read_models)


async def _of_live(ledger: str | None, cut: Cut) -> _Baseline:
    async with connect_to_ledger(ledger) as connection:
        name = connection.configuration.name
        snapshot = await ViewStore(connection.client, name).snapshot()
        entries = [entry async for entry in entries_of(connection.log)]
    if cut != Cut():
        bodies = [entry.body for entry in entries]
        return _Baseline(bodies, models_at(bodies, ledger=connection.configuration, cut=cut))
    # The log may be ahead of what is shown; a difference must not come from that.
    shown = [entry.body for entry in entries if entry.position <= snapshot.position]
    # Claims are not compared.
    rows, claims = snapshot.rows._replace(claims=()), dict[int, ClaimRecorded]()
    return _Baseline(shown, assemble(connection.configuration, rows, claims.__getitem__))


def shown_state(state: State | None) -> str:
    """Show a row of a comparison in one line."""
    match state:
        case None:
            return "–"
        case Numbers():
            return shown_numbers(state)
        case ExchangeState():
            ordinals = ", ".join(f"{given.ordinal} ({given.counter})" for given in state.ordinals)
            return " ".join(
                part for part in (state.status, ordinals, ", ".join(state.mediators)) if part
            )
        case OperationState():
            return " ".join((state.status, ", ".join(state.phases))).rstrip()
        case CheckState():
            got = "–" if state.got is None else str(state.got)
            return f"{state.result}: {got} for {shown_expected(state)}"
