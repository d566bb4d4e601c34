"""Read models as they stand, each claim joined with what the log holds of it."""

from collections.abc import Sequence

from schemas.events import ClaimRecorded
from schemas.ledger import LedgerConfiguration
from schemas.views import ReadModels
from services.eventlog.port import EventLog, LogDamagedError, LogUnavailableError
from services.projection.fold import assemble
from services.projection.store import ViewStore


#: Entries of the log read in one go.
READ_COUNT = 500


async def read_models(
    store: ViewStore, log: EventLog, *, ledger: LedgerConfiguration
) -> ReadModels:
    """Return all read models of a ledger as they stood together."""
    snapshot = await store.snapshot()
    claims = await claims_at(log, [standing.position for standing in snapshot.rows.claims])
    return assemble(ledger, snapshot.rows, claims.__getitem__)


async def claims_at(log: EventLog, positions: Sequence[int]) -> dict[int, ClaimRecorded]:
    """Read the claims recorded at the given positions, many entries at a time.

    Raises:
        LogUnavailableError: The log could not be read, or ends before the last of them.
        LogDamagedError: An entry is gone.
    """
    wanted = sorted(set(positions), reverse=True)
    claims: dict[int, ClaimRecorded] = {}
    while wanted:
        after = wanted[-1] - 1
        entries = await log.read(after=after, limit=READ_COUNT)
        if not entries:
            raise LogUnavailableError(
                f"expected a claim at position {after + 1}, the log ends before it"
            )
        bodies = {entry.position: entry.body for entry in entries}
        while wanted and wanted[-1] <= max(after + 1, entries[-1].position):
            position = wanted.pop()
            if position not in bodies:
                raise LogDamagedError(
                    f"expected a claim at position {position}, found none there: the entry was "
                    "removed (`exchange-ledger log verify` names all that are gone, `log restore "
                    "FILE` puts them back)"
                )
            claims[position] = ClaimRecorded.model_validate_json(bodies[position])
    return claims
