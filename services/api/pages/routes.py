"""The pages' addresses, for the first ledger at `/` and for each at `/{ledger}`.

They are made from the views alone, as the API's responses are, in a thread. The history of an exchange
reads the log, so it is a page of its own.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Path, Query, Request
from fastapi.responses import Response

from schemas.views import Revision
from services.api.discovery.feeds import router as feeds_router
from services.api.discovery.routes import router as discovery_router
from services.api.http.negotiation import etag_of, has, send, unchanged
from services.api.http.problems import ProblemError, unknown
from services.api.http.response_cache import Source, mark_cacheable
from services.api.http.standing import standing_of
from services.api.http.state import LedgerState, state_of
from services.api.pages.canonical import OtherAddressError, on_other_address
from services.api.pages.chart_routes import router as chart_router
from services.api.pages.chart_years import ChartParameters, years_of
from services.api.pages.claimants import claimants
from services.api.pages.differences import FACT_COUNT_MAX, differences_shown
from services.api.pages.disagreements import disagreements
from services.api.pages.exchange import exchange_shown, operation_page
from services.api.pages.finding import FindParameters
from services.api.pages.frame import Frame, context_of, frame_of, spoken_to
from services.api.pages.language import gettext, speaking, spoken
from services.api.pages.lists import LISTS, list_shown
from services.api.pages.overview import Tables, overview
from services.api.pages.query_parameters import DiffPageParameters, PageParameters
from services.api.pages.releases import router as releases_router
from services.api.pages.rendering import HEADERS, assets, build, language_headers, render
from services.api.pages.rules import rule_groups
from services.api.pages.tables import VIEWS, ledger_of, tables_of
from services.api.pages.totals import totals_shown
from services.api.views.between import Differences
from services.api.views.live import Shown
from services.projection.store import Version
from services.queries.as_of import current_id
from services.runtime import clock


router = APIRouter(include_in_schema=False)
_assets_router = APIRouter(include_in_schema=False)
Parameters = Annotated[PageParameters, Query()]
Finding = Annotated[FindParameters, Query()]
#: Puts a page together: from the views and the frame to what its template is given.
Make = Callable[[Tables, LedgerState, Frame], Mapping[str, Any]]
#: How far back the page of changes goes unless asked otherwise, in days; and where else one may click.
USUAL_DAYS = 7
SPANS = (
    ("The last day", 1),
    ("The last week", 7),
    ("The last month", 30),
    ("The last year", 365),
)
_METHODS = ["GET", "HEAD"]
_FOR_EVER = "public, max-age=31536000, immutable"


@router.api_route("/", methods=_METHODS)
async def show_overview(
    request: Request, parameters: Annotated[ChartParameters, Query()]
) -> Response:
    """Show what is agreed, what is not, and who says so."""
    years = parameters.years

    def make(tables: Tables, served: LedgerState, frame: Frame) -> Mapping[str, Any]:
        shown = overview(tables, served.configuration)
        return {
            "shown": shown,
            "sums": totals_shown(tables, served.configuration, frame),
            "years": years,
            "all_years": years_of(row.day for row in shown.rows),
        }

    return await _answer(request, parameters, "overview.html", make)


@router.api_route("/exchanges/{exchange}", methods=_METHODS)
async def show_exchange(
    request: Request, exchange: Annotated[str, Path()], parameters: Parameters
) -> Response:
    """Show one exchange, or one operation, which figures and headline rows name in the same place."""
    # Whether there is such an operation is looked up: what is no calendar's day names none.
    if ".." in exchange:
        return await _answer(request, parameters, "operation.html", _operation_of(exchange))

    def make(tables: Tables, served: LedgerState, frame: Frame) -> Mapping[str, Any]:
        shown = exchange_shown(exchange, tables, served.configuration)
        if shown is None:
            raise _no_exchange(exchange, frame)
        return {"shown": shown}

    return await _answer(request, parameters, "exchange.html", make)


def _operation_of(operation: str) -> Make:
    def make(tables: Tables, served: LedgerState, frame: Frame) -> Mapping[str, Any]:
        shown = operation_page(operation, tables, served.configuration)
        if shown is None:
            raise _no_exchange(operation, frame)
        return {"shown": shown}

    return make


@router.api_route("/exchanges/{exchange}/history", methods=_METHODS)
async def show_history(
    request: Request, exchange: Annotated[str, Path()], parameters: Parameters
) -> Response:
    """Show every change of an exchange's figures, and what caused each."""
    served = ledger_of(request)
    revisions: tuple[Revision, ...] = ()

    async def prepare(shown: Shown) -> None:
        nonlocal revisions
        rows = [row.record for row in shown.tables["exchanges"].rows]
        current = current_id(exchange, rows)
        # A request for an exchange that does not exist must not cause the log to be read.
        if current is not None and any(row.id == current for row in rows):
            revisions = await served.histories.read(shown.version.position, current, parameters.cut)

    def make(tables: Tables, _: LedgerState, frame: Frame) -> Mapping[str, Any]:
        found = exchange_shown(exchange, tables, served.configuration)
        if found is None:
            raise _no_exchange(exchange, frame)
        return {"shown": found, "revisions": revisions}

    return await _answer(request, parameters, "history.html", make, prepare)


@router.api_route("/exchanges", methods=_METHODS)
@router.api_route("/figures", methods=_METHODS)
@router.api_route("/claims", methods=_METHODS)
async def show_list(request: Request, parameters: Finding) -> Response:
    """Show the exchanges, figures or claims that fit what is looked for."""
    name = request.url.path.rpartition("/")[2]

    def make(tables: Tables, served: LedgerState, frame: Frame) -> Mapping[str, Any]:
        return {"shown": list_shown(name, tables, served.configuration, parameters, frame)}

    return await _answer_found(request, parameters, "list.html", make)


@router.api_route("/disagreements", methods=_METHODS)
async def show_disagreements(request: Request, parameters: Finding) -> Response:
    """Show where what was said cannot all be true."""

    def make(tables: Tables, served: LedgerState, frame: Frame) -> Mapping[str, Any]:
        return {"shown": disagreements(tables, served.configuration, parameters, frame)}

    return await _answer_found(request, parameters, "disagreements.html", make)


@router.api_route("/claimants", methods=_METHODS)
async def show_claimants(request: Request, parameters: Finding) -> Response:
    """Show whose word the ledger holds, and how each compares."""

    def make(tables: Tables, served: LedgerState, frame: Frame) -> Mapping[str, Any]:
        return {"shown": claimants(tables, served.configuration, parameters, frame)}

    return await _answer_found(request, parameters, "claimants.html", make)


@router.api_route("/diff", methods=_METHODS)
async def show_differences(
    request: Request, parameters: Annotated[DiffPageParameters, Query()]
) -> Response:
    """Show what changed between two places of the log, why, and by which claims."""
    served = ledger_of(request)
    today = clock.now().date()
    usual = today - timedelta(days=USUAL_DAYS)
    places = parameters.places(usual)
    asked = (parameters.first or usual.isoformat(), parameters.second)
    found: list[Differences] = []

    async def prepare(shown: Shown) -> None:
        found.append(await served.between.read(shown.version.position, *places))

    def make(tables: Tables, _: LedgerState, frame: Frame) -> Mapping[str, Any]:
        ends = {"from": asked[0], "to": asked[1]}
        return {
            "shown": differences_shown(found[0], tables, served.configuration),
            "asked": asked,
            "spans": [(gettext(label), today - timedelta(days=days)) for label, days in SPANS],
            "data": frame.api("diff", **{name: text for name, text in ends.items() if text}),
            "most": FACT_COUNT_MAX,
        }

    # The two places are the only times that this page knows.
    return await _answer(request, parameters.now, "diff.html", make, prepare)


@router.api_route("/reading", methods=_METHODS)
async def show_reading(request: Request, parameters: Parameters) -> Response:
    """Show what all words mean, and how figures come about."""
    return await _answer(request, parameters, "reading.html", lambda *_: {})


@router.api_route("/how", methods=_METHODS)
async def show_rules(request: Request, parameters: Parameters) -> Response:
    """Show every rule by which figures are made, with an example of each."""
    return await _answer(
        request, parameters, "how.html", lambda tables, *_: {"shown": rule_groups(tables)}
    )


def include_pages(app: FastAPI, ledgers: Iterable[str]) -> None:
    """Add the pages of all ledgers to an application; the first ledger's also at `/`."""
    app.add_exception_handler(OtherAddressError, on_other_address)
    app.include_router(_assets_router)
    app.include_router(discovery_router)
    app.include_router(feeds_router)
    app.include_router(chart_router)
    app.include_router(releases_router)
    app.include_router(router)
    for name in ledgers:
        app.add_api_route(f"/{name}", show_overview, methods=_METHODS, include_in_schema=False)
        app.include_router(feeds_router, prefix=f"/{name}")
        app.include_router(chart_router, prefix=f"/{name}")
        app.include_router(releases_router, prefix=f"/{name}")
        app.include_router(router, prefix=f"/{name}")


@_assets_router.api_route("/assets/{name:path}", methods=_METHODS)
async def send_asset(request: Request, name: str) -> Response:
    """Send a file that pages load; its address holds its digest, so it may be kept for ever."""
    asset = assets().get(name)
    if asset is None:
        raise unknown("file", name)
    is_current = request.query_params.get("v") == asset.digest
    headers = {
        "Cache-Control": _FOR_EVER if is_current else "no-cache",
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
    }
    body = asset.body
    if "gzip" in request.headers.get("accept-encoding", ""):
        body, headers["Content-Encoding"] = asset.gzipped, "gzip"
    return Response(body, media_type=asset.media_type, headers=headers)


async def _answer_found(
    request: Request, parameters: FindParameters, template: str, make: Make
) -> Response:
    asked = {"q": parameters.words, "claimant": parameters.claimant}
    return await _answer(
        request,
        parameters,
        template,
        lambda *given: {**make(*given), "lists": LISTS, "looked_for": asked},
    )


async def _answer(
    request: Request,
    parameters: PageParameters,
    template: str,
    make: Make,
    prepare: Callable[[Shown], Awaitable[None]] | None = None,
) -> Response:
    with speaking(spoken_to(request, parameters)):
        return await _answer_spoken(request, parameters, template, make, prepare)


async def _answer_spoken(
    request: Request,
    parameters: PageParameters,
    template: str,
    make: Make,
    prepare: Callable[[Shown], Awaitable[None]] | None,
) -> Response:
    state = state_of(request)
    served = ledger_of(request)
    version = await served.version(parameters.cut)
    etag = etag_of(request, served.name, _as_made(version), "html")
    if has(request, etag):
        return unchanged(etag, version, language_headers())
    shown = await served.read(VIEWS, parameters.cut)
    if prepare is not None:
        await prepare(shown)
    etag = etag_of(request, served.name, _as_made(shown.version), "html")
    standing = await standing_of(request, served, shown.version.position, parameters.cut)
    frame = frame_of(request, state, served, parameters, standing)

    def write() -> bytes:
        given = make(tables_of(shown), served, frame)
        return render(template, context_of(frame, **given)).encode(errors="replace")

    body = await asyncio.to_thread(write)
    mark_cacheable(request, Source(served, parameters.cut, shown.version, clock.now().date()))
    return send(body, "html", etag, (*HEADERS, *language_headers()))


def _as_made(version: Version) -> Version:
    # A page is what the views say, written by these templates; how old a report is depends on the day.
    day = clock.now().date()
    made_by = f"{build()}\0{day}\0{spoken().language}"
    return version._replace(generation=f"{version.generation}\0{made_by}")


def _no_exchange(exchange: str, frame: Frame) -> ProblemError:
    problem = unknown("exchange", exchange)
    if frame.times:
        problem.problem = problem.problem.model_copy(
            update={"detail": f"{problem.problem.detail}, {frame.times}"}
        )
    return problem
