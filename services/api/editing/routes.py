"""The addresses of the pages with forms, for the first ledger and for each."""

from collections.abc import Iterable

from fastapi import Depends, FastAPI

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
from services.api.editing.page import SignInNeededError, in_readers_language, on_sign_in_needed


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
#: All of a request is answered in its reader's language: faults are written where they are found.
_SPEAKING = [Depends(in_readers_language)]


def include_forms(app: FastAPI, ledgers: Iterable[str]) -> None:
    """Add the pages with forms to an application."""
    app.add_exception_handler(SignInNeededError, on_sign_in_needed)
    for router in ROUTERS:
        app.include_router(router, dependencies=_SPEAKING)
        for name in ledgers:
            app.include_router(router, prefix=f"/{name}", dependencies=_SPEAKING)
