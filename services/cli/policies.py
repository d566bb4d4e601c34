"""`log policies`: which policies decided what a log holds, and which of them can still be run."""

import asyncio
from collections.abc import Sequence

from services.cli.connect import connect_to_ledger
from services.cli.options import LedgerName, OutputFormat
from services.cli.output import Format, TableColumn, choose_format, print_note, write_records
from services.queries.as_of import entries_of
from services.queries.policies_held import PolicyHeld, policies_held
from services.reconciliation.policy import POLICIES


COLUMNS: Sequence[TableColumn[PolicyHeld]] = (
    TableColumn("policy", lambda row: row.policy),
    TableColumn("decisions", lambda row: str(row.decisions), is_number=True),
    TableColumn("first", lambda row: str(row.first), is_number=True),
    TableColumn("last", lambda row: str(row.last), is_number=True),
    TableColumn("until", lambda row: row.until.isoformat(timespec="seconds")),
    TableColumn("can be run", lambda row: "yes" if row.can_be_run else "no"),
)


def policies(*, ledger: LedgerName = None, form: OutputFormat = None) -> None:
    """List the policies that decided what the log holds, and where.

    One that can be run is given to `replay --policy` and `what-if --policy`, also with other constants
    behind it (2026.17+grace_days=30). What another one decided is shown by `--as-known-on` its last day.
    """
    found = asyncio.run(_policies(ledger))
    write_records(PolicyHeld, found, COLUMNS, form)
    if choose_format(form) is Format.TABLE:
        print_note(f"this program decides by {', '.join(sorted(POLICIES))}")


async def _policies(ledger: str | None) -> list[PolicyHeld]:
    async with connect_to_ledger(ledger) as connection:
        return policies_held([entry.body async for entry in entries_of(connection.log)])
