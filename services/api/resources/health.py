"""`/healthz`, `/readyz`, `/metrics`: how the API is, for whoever runs it."""

from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import Response

from schemas.answers import Health, LedgerHealth, Readiness
from services.api.http.problems import ProblemError
from services.api.http.state import state_of
from services.eventlog.port import LogUnavailableError


router = APIRouter(tags=["operate"])
NO_STORE = {"Cache-Control": "no-store"}


@router.get("/healthz", response_model=Health)
async def say_alive() -> Response:
    """Report that the process is alive; the server behind it is not asked."""
    alive = Health(status="alive").model_dump_json()
    return Response(alive, media_type="application/json", headers=NO_STORE)


@router.get("/readyz", response_model=Readiness)
async def say_ready(request: Request) -> Response:
    """Report whether reads can be answered: the server answers, and every ledger has views."""
    found = []
    for ledger in state_of(request).ledgers.values():
        health = LedgerHealth(
            ledger=ledger.name,
            log=await ledger.log.last_position(),
            views=await ledger.store.position(),
        )
        if health.views is None:
            raise ProblemError(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "no views",
                f"expected views of ledger {ledger.name}, found none: has projection run?",
                headers={"Retry-After": "1"},
            )
        found.append(health)
    ready = Readiness(status="ready", ledgers=tuple(found)).model_dump_json()
    return Response(ready, media_type="application/json", headers=NO_STORE)


@router.get("/metrics", response_class=Response)
async def show_metrics(request: Request) -> Response:
    """Return the counters in the format Prometheus reads."""
    state = state_of(request)
    for ledger in state.ledgers.values():
        try:
            state.metrics.log_position.labels(ledger.name).set(await ledger.log.last_position())
            state.metrics.view_position.labels(ledger.name).set(await ledger.store.position() or 0)
        except LogUnavailableError:
            break  # The API's own counters are needed most when the server is away.
    return Response(state.metrics.text(), media_type="text/plain; version=0.0.4", headers=NO_STORE)
