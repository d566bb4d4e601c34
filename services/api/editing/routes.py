"""The addresses of the pages with forms, for the first ledger and for each."""

from collections.abc import Iterable

from fastapi import FastAPI

from services.api.editing import (
    contribute,
    decisions,
    judge,
    matches,
    parked,
    queue,
    review,
    signing_in,
)
from services.api.editing.page import SignInNeededError, on_sign_in_needed


ROUTERS = (
    contribute.router,
    signing_in.router,
    queue.router,
    parked.router,
    matches.router,
    judge.router,
    decisions.router,
    review.router,
)


def include_forms(app: FastAPI, ledgers: Iterable[str]) -> None:
    """Add the pages with forms to an application."""
    app.add_exception_handler(SignInNeededError, on_sign_in_needed)
    for router in ROUTERS:
        app.include_router(router)
        for name in ledgers:
            app.include_router(router, prefix=f"/{name}")
