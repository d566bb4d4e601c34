"""`/v1/releases` and `/releases/…`: what was released, at addresses that stand for the same bytes for good."""

import asyncio
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse, RedirectResponse, Response

from schemas.answers import ReleaseList
from schemas.kept_release import KeptRelease
from services.api.http.negotiation import has
from services.api.http.problems import ProblemError, unknown
from services.api.http.query_parameters import LedgerParameters
from services.api.http.request_bodies import EITHER
from services.api.http.state import LedgerState, state_of
from services.release.kept import KeptReleases


router = APIRouter(tags=["read"])
#: Files are no operations of the API, and have no place in its description.
files_router = APIRouter(include_in_schema=False)
#: A file of a release never changes; it may be withdrawn, so that it is asked for again each day.
_CACHING = "public, max-age=86400"


@router.get("/v1/releases", response_model=ReleaseList)
async def list_releases(
    request: Request, parameters: Annotated[LedgerParameters, Query()]
) -> Response:
    """List the releases that are kept, the newest first, with the sums of their files.

    A file lies at `/releases/{ledger}/{day}/{name}`.
    """
    served = state_of(request).ledger(parameters.ledger)
    items = tuple(await releases_of(served))
    return Response(
        ReleaseList(ledger=served.name, items=items).model_dump_json(),
        media_type=EITHER,
        headers={"Cache-Control": "no-cache"},
    )


@files_router.get("/releases/{ledger}/{day}/{name}")
async def send_file(request: Request, ledger: str, day: str, name: str) -> Response:
    """Send a file of a release."""
    kept = _kept(request, ledger)
    release = await asyncio.to_thread(_found, kept, day)
    path = kept.file(release, name)
    if path is None:
        raise unknown("file of the release", name)
    [file] = [one for one in release.files if one.name == name]
    etag = f'"{file.sha256[:32]}"'
    if has(request, etag):
        headers = {"ETag": etag, "Cache-Control": _CACHING}
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return FileResponse(
        path,
        media_type=file.media_type,
        headers={
            "Cache-Control": _CACHING,
            "ETag": etag,
            "Ledger-Position": str(release.position),
            "X-Content-Type-Options": "nosniff",
        },
    )


@files_router.get("/releases/{ledger}/{day}/")
@files_router.get("/releases/{ledger}/{day}")
async def show_release(request: Request, ledger: str, day: str) -> Response:
    """Lead to the release's place on the page that lists them."""
    release = await asyncio.to_thread(_found, _kept(request, ledger), day)
    return RedirectResponse(
        f"/{ledger}/releases#r-{release.day}", status_code=HTTPStatus.TEMPORARY_REDIRECT
    )


async def releases_of(served: LedgerState) -> list[KeptRelease]:
    """Return a ledger's releases, the newest first."""
    return await asyncio.to_thread(served.releases.all)


def _kept(request: Request, ledger: str) -> KeptReleases:
    return state_of(request).ledger(ledger).releases


def _found(kept: KeptReleases, day: str) -> KeptRelease:
    release = kept.find(day)
    if release is None:
        raise unknown("release", day)
    if (withdrawn := release.withdrawn) is not None:
        raise ProblemError(
            HTTPStatus.GONE,
            "withdrawn",
            f"the release of {release.day} was withdrawn on {withdrawn.at:%Y-%m-%d}: {withdrawn.why}",
        )
    return release
