"""Tables of the pages that are no list of the API: they are to be had as files."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import Response

from schemas.views import CumulativePoint, ReadModels, TrackRecord
from services.api.http.made_rows import MadeRows, answer_made
from services.api.http.query_parameters import AsOfParameters
from services.api.views.live import Shown
from services.api.views.tables import View
from services.queries.headline_totals import windows_published
from services.queries.track_records import track_records


_ALL: tuple[View, ...] = ("exchanges", "figures", "cumulative", "checks", "claims", "headline")


async def list_windows(
    request: Request, parameters: Annotated[AsOfParameters, Query()]
) -> Response:
    """List what was published for windows of time, beside what the exchanges in each add up to."""
    return await answer_made(request, parameters, WINDOWS)


async def list_claimants(
    request: Request, parameters: Annotated[AsOfParameters, Query()]
) -> Response:
    """List how each voice's exact figures compare with the ledger's ranges."""
    return await answer_made(request, parameters, CLAIMANTS)


def _models(shown: Shown) -> ReadModels:
    rows = {view: tuple(row.record for row in shown.tables[view].rows) for view in _ALL}
    return ReadModels(
        exchanges=rows["exchanges"],
        figures=rows["figures"],
        cumulative=rows["cumulative"],
        checks=rows["checks"],
        claims=rows["claims"],
        headline=rows["headline"],
    )


def _windows(shown: Shown, _: AsOfParameters, __: str) -> Sequence[CumulativePoint]:
    return windows_published(_models(shown))


def _claimants(shown: Shown, _: AsOfParameters, ledger: str) -> Sequence[TrackRecord]:
    return tuple(track_records(ledger, _models(shown)))


WINDOWS = MadeRows(CumulativePoint, _ALL, _windows)
CLAIMANTS = MadeRows(TrackRecord, _ALL, _claimants)
