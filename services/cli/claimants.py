"""`claimants`: each voice's track record, with how many figures it rests on."""

import asyncio
from collections.abc import Sequence

from schemas.views import TrackRecord
from services.cli.load import load
from services.cli.options import AsAssertedBy, AsKnownOn, LedgerName, OutputFormat
from services.cli.output import TableColumn, write_records
from services.queries.as_of import Cut
from services.queries.track_records import track_records


COLUMNS: Sequence[TableColumn[TrackRecord]] = (
    TableColumn("voice", lambda row: row.voice),
    TableColumn("camp", lambda row: row.camp),
    TableColumn("figures", lambda row: str(row.figures), is_number=True),
    TableColumn("inside", lambda row: str(row.inside), is_number=True),
    TableColumn("alone", lambda row: str(row.alone), is_number=True),
    TableColumn("share inside", lambda row: f"{row.share:.0%}", is_number=True),
    TableColumn("mean difference", lambda row: f"{row.mean_difference:+.2f}", is_number=True),
    TableColumn("first", lambda row: row.first.isoformat() if row.first else "–"),
    TableColumn("last", lambda row: row.last.isoformat() if row.last else "–"),
)


def claimants(
    *,
    ledger: LedgerName = None,
    form: OutputFormat = None,
    as_asserted_by: AsAssertedBy = None,
    as_known_on: AsKnownOn = None,
) -> None:
    """List voices by how their exact figures compare with the final ranges. It decides nothing."""
    configuration, models = asyncio.run(
        load(ledger, Cut(as_asserted_by, as_known_on), with_claims=True)
    )
    write_records(TrackRecord, track_records(configuration.name, models), COLUMNS, form)
