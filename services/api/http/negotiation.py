"""How an answer is sent: in the form asked for, and only if the reader does not have it yet.

The form is that of a file's address (`/v1/figures.xlsx`), else of `format`, else of the Accept header.

An ETag stands for the ledger, the version of its views, and all parameters. It is weak, because the
same response may be sent compressed. The middleware
compresses (`services.api.app`): large responses are handed to it in pieces, so that other requests are
served in between.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from hashlib import blake2b
from http import HTTPStatus
from typing import cast

from fastapi import Request
from fastapi.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from services.api.http.media_types import LIST_FORMS, MEDIA_TYPES, Form
from services.api.http.problems import ProblemError
from services.api.http.response_cache import is_among
from services.api.http.weights import weights_of
from services.projection.store import Version


#: Bytes compressed between two other requests.
PIECE_BYTES = 32_768
#: Parameters that change when an answer comes, and not the answer.
_WAITING = frozenset({"min_position"})
#: The address of a list as a file.
_FILE = re.compile(r"/v1/[a-z]+\.(?:(metadata)\.json|(csv|json|xlsx|parquet))", re.ASCII)


class PiecewiseResponse(Response):
    """An answer handed on in pieces, with room for others in between."""

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer."""
        start = {"type": "http.response.start", "status": self.status_code}
        await send(start | {"headers": self.raw_headers})
        # At least one, so that a small answer is a single message and compressed whole.
        for first in range(0, max(1, len(self.body)), PIECE_BYTES):
            piece = bytes(self.body[first : first + PIECE_BYTES])
            is_last = first + PIECE_BYTES >= len(self.body)
            await send({"type": "http.response.body", "body": piece, "more_body": not is_last})
            if not is_last:
                await asyncio.sleep(0)


def form_of_file(request: Request) -> Form | None:
    """Return the form of the file that a request asks for by its address, null if it asks for none."""
    found = _FILE.fullmatch(request.url.path)
    return cast("Form", found[1] or found[2]) if found else None


def choose_form(request: Request, offered: Sequence[Form] = LIST_FORMS) -> Form:
    """Choose the form of an answer; by the Accept header, JSON where several do equally well.

    Raises:
        ProblemError: None of those offered is accepted.
    """
    if (form := form_of_file(request)) is not None:
        return form
    named = request.query_params.get("format")
    if named in offered:
        return cast("Form", named)
    accepted = weights_of(request.headers.get("accept", "*/*"))
    weights = {form: _weight(MEDIA_TYPES[form], accepted) for form in offered}
    best = max(offered, key=lambda form: weights[form])
    if weights[best] <= 0:
        known = ", ".join(MEDIA_TYPES[form] for form in offered)
        raise ProblemError(
            HTTPStatus.NOT_ACCEPTABLE,
            "not acceptable",
            f"expected an Accept header that allows {known}, found {request.headers['accept'][:80]}",
        )
    return best


def prefers_html(request: Request) -> bool:
    """Return whether whoever asks would rather have a page than JSON, as browsers would."""
    accepted = weights_of(request.headers.get("accept", ""))
    return accepted.get("text/html", 0.0) > _weight(MEDIA_TYPES["json"], accepted)


def etag_of(request: Request, ledger: str, version: Version, form: Form) -> str:
    """Return the ETag of what a request asks for."""
    parameters = sorted(
        item for item in request.query_params.multi_items() if item[0] not in _WAITING
    )
    parts = (ledger, version.generation, request.url.path, form, repr(parameters))
    digest = blake2b("\0".join(parts).encode(errors="replace"), digest_size=9).hexdigest()
    return f'W/"{version.position}-{digest}"'


def has(request: Request, etag: str) -> bool:
    """Return whether the reader has the answer already."""
    known = request.headers.get("if-none-match")
    return known is not None and is_among(etag, known)


def unchanged(etag: str, version: Version, headers: Iterable[tuple[str, str]] = ()) -> Response:
    """Answer that the reader has the answer already."""
    return Response(
        status_code=HTTPStatus.NOT_MODIFIED,
        headers=_headers(etag, version.position) | dict(headers),
    )


def send(body: bytes, form: Form, etag: str, headers: Iterable[tuple[str, str]] = ()) -> Response:
    """Send an answer."""
    position = int(etag.removeprefix('W/"').partition("-")[0])
    return PiecewiseResponse(
        body, media_type=MEDIA_TYPES[form], headers=_headers(etag, position) | dict(headers)
    )


def stream(
    pieces: Iterator[bytes], form: Form, etag: str, headers: Iterable[tuple[str, str]] = ()
) -> Response:
    """Send an answer piece by piece as it is made, with room for others in between."""

    async def paced() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece
            await asyncio.sleep(0)

    position = int(etag.removeprefix('W/"').partition("-")[0])
    return StreamingResponse(
        paced(), media_type=MEDIA_TYPES[form], headers=_headers(etag, position) | dict(headers)
    )


def _headers(etag: str, position: int) -> dict[str, str]:
    return {
        "ETag": etag,
        "Cache-Control": "no-cache",
        "Vary": "Accept, Accept-Encoding",
        "Ledger-Position": str(position),
    }


def _weight(media_type: str, accepted: dict[str, float]) -> float:
    family = f"{media_type.partition('/')[0]}/*"
    for word in (media_type, family, "*/*"):
        if word in accepted:
            return accepted[word]
    return 0.0
