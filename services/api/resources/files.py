"""Every list as files: `/v1/figures.csv`, `.json`, `.xlsx`, `.parquet`, `.metadata.json`.

A file holds all rows that its list would give page by page, with the same filters and times.
"""

from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter
from fastapi.responses import Response

from services.api.resources.checks import list_checks
from services.api.resources.claims import list_claims
from services.api.resources.cumulative import list_cumulative
from services.api.resources.derived import list_claimants, list_windows
from services.api.resources.exchanges import list_exchanges
from services.api.resources.figures import list_figures
from services.api.resources.headline import list_headline
from services.api.resources.operations import list_operations
from services.api.resources.remains import list_remains


#: The lists there are, by the names of their files.
LISTS: Mapping[str, Callable[..., Awaitable[Response]]] = {
    "exchanges": list_exchanges,
    "figures": list_figures,
    "cumulative": list_cumulative,
    "headline": list_headline,
    "operations": list_operations,
    "remains": list_remains,
    "checks": list_checks,
    "claims": list_claims,
    "windows": list_windows,
    "claimants": list_claimants,
}
ENDINGS = ("csv", "json", "xlsx", "parquet", "metadata.json")

router = APIRouter(include_in_schema=False)
for _name, _answer in LISTS.items():
    for _ending in ENDINGS:
        router.add_api_route(f"/v1/{_name}.{_ending}", _answer, methods=["GET"])
