"""`/healthz`, `/readyz`, `/metrics`: how the API is, for whoever runs it."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from schemas.answers import Health, LedgerHealth, Readiness
from schemas.health import Stage
from services.api.http.problems import ProblemError
from services.api.http.query_parameters import ReadinessParameters
from services.api.http.stage_metrics import FoundLedger
from services.api.http.state import AppState, LedgerState, state_of
from services.eventlog.port import LogUnavailableError
from services.queries.health import stages_of


router = APIRouter(tags=["operate"])
NO_STORE = {"Cache-Control": "no-store"}
#: When to ask again whether the server is ready, in seconds.
RETRY_AFTER = {"Retry-After": "1"}
#: Stages without which there are no views.
_NEEDING_VIEWS = (None, "projection", "api")


@router.get("/healthz", response_model=Health)
async def say_alive() -> Response:
    """Report that the process is alive; the server behind it is not asked."""
    alive = Health(status="alive").model_dump_json()
    return Response(alive, media_type="application/json", headers=NO_STORE)


@router.get("/readyz", response_model=Readiness)
async def say_ready(
    request: Request, parameters: Annotated[ReadinessParameters, Query()]
) -> Response:
    """Report whether reads are answered with what is known now, and what is published is taken in.

    That needs the server, and every stage of every ledger: without reconciliation or projection the
    answers are old ones, without ingest nothing new comes in. 503 names each stage that does not do its
    work. What is there is answered all the same: `/readyz?stage=api` asks for no more than that.
    """
    state = state_of(request)
    found = [await _health_of(ledger, state, parameters.stage) for ledger in state.ledgers.values()]
    ready = Readiness(status="ready", ledgers=tuple(found)).model_dump_json()
    return Response(ready, media_type="application/json", headers=NO_STORE)


async def _health_of(ledger: LedgerState, state: AppState, stage: Stage | None) -> LedgerHealth:
    """Return how a ledger is.

    Raises:
        ProblemError: It has no views, or a stage does not do its work.
    """
    views = await ledger.store.position()
    if views is None and stage in _NEEDING_VIEWS:
        raise ProblemError(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "no views",
            f"expected views of ledger {ledger.name}, found none: has projection run?",
            headers=RETRY_AFTER,
        )
    seen = await ledger.looks.look()
    stages = stages_of(seen, stale_after_ms=state.settings.stale_after_ms, required=stage)
    wrong = [one for one in stages if not one.healthy]
    if wrong:
        reasons = ". ".join(one.reason or one.stage for one in wrong)
        raise ProblemError(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "stage not healthy",
            f"expected every stage of ledger {ledger.name} to do its work, found: {reasons}",
            headers=RETRY_AFTER,
            ledger=ledger.name,
            stages=tuple(wrong),
        )
    return LedgerHealth(ledger=ledger.name, log=seen.ledger.log, views=views, stages=stages)


@router.get("/metrics", response_class=Response)
async def show_metrics(request: Request) -> Response:
    """Return the counters in the format Prometheus reads."""
    state = state_of(request)
    found: dict[str, FoundLedger] = {}
    try:
        for name, ledger in state.ledgers.items():
            seen = await ledger.looks.look()
            stages = stages_of(seen, stale_after_ms=state.settings.stale_after_ms)
            found[name] = FoundLedger(seen, stages)
            state.metrics.log_position.labels(name).set(seen.ledger.log)
            state.metrics.view_position.labels(name).set(seen.ledger.shown)
    except LogUnavailableError:
        # The API's own counters are needed most when the server is away.
        found = {}
    state.metrics.stages.show(found)
    return Response(state.metrics.text(), media_type="text/plain; version=0.0.4", headers=NO_STORE)
