"""`history`: every change of a figure, and the claim or judgement that each follows from."""

import asyncio
from collections.abc import Sequence
from difflib import get_close_matches

from schemas.views import FollowedFact, Numbers, Revision
from services.cli.connect import connect_to_ledger
from services.cli.exit_code import CommandError
from services.cli.options import AsAssertedBy, AsKnownOn, FigureName, LedgerName, OutputFormat
from services.cli.output import TableColumn, interval, write_records
from services.projection.store import ViewStore
from services.queries.as_of import Cut, read_history


COLUMNS: Sequence[TableColumn[Revision]] = (
    TableColumn("position", lambda row: str(row.position), is_number=True),
    TableColumn("recorded at", lambda row: row.recorded_at.isoformat(timespec="seconds")),
    TableColumn("old", lambda row: shown_numbers(row.old)),
    TableColumn("new", lambda row: shown_numbers(row.new)),
    TableColumn("cause", lambda row: row.cause or "withdrawn"),
    TableColumn("because of", lambda row: "; ".join(shown_facts(row))),
)


def history_of_figure(
    figure: FigureName,
    *,
    ledger: LedgerName = None,
    form: OutputFormat = None,
    as_asserted_by: AsAssertedBy = None,
    as_known_on: AsKnownOn = None,
) -> None:
    """Show every change of a figure: old and new, when, and which claim or judgement caused it."""
    revisions = asyncio.run(load_history(figure, ledger, Cut(as_asserted_by, as_known_on)))
    write_records(Revision, revisions, COLUMNS, form)


async def load_history(figure: str, ledger: str | None, cut: Cut) -> tuple[Revision, ...]:
    """Return every revision of a figure, in the log's order.

    Raises:
        CommandError: There never was such a figure; the message names those with a similar id.
    """
    async with connect_to_ledger(ledger) as connection:
        revisions = await read_history(
            connection.log, figure, ledger=connection.configuration, cut=cut
        )
        if not revisions:
            store = ViewStore(connection.client, connection.configuration.name)
            raise unknown_figure(figure, [row.id for row in await store.figures()])
    return revisions


def unknown_figure(figure: str, known: Sequence[str]) -> CommandError:
    """Refuse a figure's id that names none, and name those it may have been meant for."""
    shown = ", ".join(get_close_matches(figure, known, n=3, cutoff=0.5))
    return CommandError(
        f"expected a figure's id{f' ({shown} …)' if shown else ''}, found {figure!r}"
    )


def shown_numbers(numbers: Numbers | None) -> str:
    """Show a figure's numbers and status, or that there are none."""
    if numbers is None:
        return "–"
    return f"{interval(numbers.low, numbers.best, numbers.high)} {numbers.status}"


def shown_facts(revision: Revision) -> list[str]:
    """Show what a revision follows from: another policy, the claims at the figure, the fact."""
    shown = [f"all was decided anew under policy {revision.policy}"] * revision.decided_anew
    return [*shown, *(shown_fact(fact) for fact in _facts(revision))]


def _facts(revision: Revision) -> Sequence[FollowedFact]:
    if revision.decided_anew:
        return revision.claims
    if revision.fact.kind == "claim" and revision.claims:
        return revision.claims
    return (revision.fact,)


def shown_fact(fact: FollowedFact) -> str:
    """Show what was recorded that a revision follows from."""
    outlet = f" in {fact.outlet}" if fact.outlet else ""
    words = f": “{fact.words}”" if fact.words else ""
    return f"{fact.kind} {fact.name} by {fact.who or 'nobody known'}{outlet}{words}"
