"""How an answer is sent: as JSON or CSV, compressed, and only if the reader does not have it yet.

An ETag stands for the ledger, the version of its views, and everything that was asked; the bytes
behind it are made once and kept. It is weak, because the same answer may be sent compressed.
"""

import asyncio
import gzip
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from http import HTTPStatus
from typing import Literal

from fastapi import Request
from fastapi.responses import Response

from services.api.place import Answer, Place
from services.api.problems import ProblemError
from services.projection.store import Version


Form = Literal["json", "csv", "html"]
MEDIA_TYPES: dict[Form, str] = {
    "json": "application/json",
    "csv": "text/csv",
    "html": "text/html; charset=utf-8",
}
#: What is smaller is sent as it is, in bytes.
GZIP_BYTES_MIN = 1_024
#: What is larger is compressed beside the event loop, in bytes.
INLINE_BYTES = 32_768
#: Fast, and within a tenth of the best for rows of JSON.
GZIP_LEVEL = 3
#: Parameters that change when an answer comes, and not the answer.
_WAITING = frozenset({"min_position"})


def form_asked(request: Request, offered: Sequence[Form] = ("json", "csv")) -> Form:
    """Choose the form of an answer by the Accept header; JSON where several do equally well.

    Raises:
        ProblemError: None of those offered is accepted.
    """
    accepted = _accepted(request.headers.get("accept", "*/*"))
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
    """Say whether whoever asks would rather have a page than JSON, as browsers would."""
    accepted = _accepted(request.headers.get("accept", ""))
    return accepted.get("text/html", 0.0) > _weight(MEDIA_TYPES["json"], accepted)


def etag_of(request: Request, ledger: str, version: Version, form: Form) -> str:
    """Give the ETag of what a request asks for."""
    asked = sorted(item for item in request.query_params.multi_items() if item[0] not in _WAITING)
    parts = (ledger, version.generation, request.url.path, form, repr(asked))
    digest = blake2b("\0".join(parts).encode(errors="replace"), digest_size=9).hexdigest()
    return f'W/"{version.position}-{digest}"'


def has(request: Request, etag: str) -> bool:
    """Say whether the reader has the answer already."""
    known = request.headers.get("if-none-match")
    if known is None:
        return False
    tags = {tag.strip().removeprefix("W/") for tag in known.split(",")}
    return "*" in tags or etag.removeprefix("W/") in tags


def unchanged(etag: str, version: Version) -> Response:
    """Say that the reader has the answer already."""
    return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=_headers(etag, version.position))


async def make_answer(body: bytes, form: Form, headers: Iterable[tuple[str, str]] = ()) -> Answer:
    """Make an answer ready to be sent."""
    gzipped = None
    if len(body) > INLINE_BYTES:
        gzipped = await asyncio.to_thread(_compressed, body)
    elif len(body) >= GZIP_BYTES_MIN:
        gzipped = _compressed(body)
    return Answer(body, gzipped, MEDIA_TYPES[form], tuple(headers))


async def keep_answer(place: Place, etag: str, answer: Answer) -> Answer:
    """Keep an answer for whoever asks the same before the views move."""
    place.answers.keep(etag, answer)
    return answer


def send(request: Request, answer: Answer, etag: str) -> Response:
    """Send an answer, compressed if the reader takes that."""
    position = int(etag.removeprefix('W/"').partition("-")[0])
    headers = _headers(etag, position) | dict(answer.headers)
    accepted = _accepted(request.headers.get("accept-encoding", ""))
    if answer.gzipped is not None and accepted.get("gzip", accepted.get("*", 0.0)) > 0:
        return Response(
            answer.gzipped,
            media_type=answer.media_type,
            headers=headers | {"Content-Encoding": "gzip"},
        )
    return Response(answer.body, media_type=answer.media_type, headers=headers)


def _headers(etag: str, position: int) -> dict[str, str]:
    return {
        "ETag": etag,
        "Cache-Control": "no-cache",
        "Vary": "Accept, Accept-Encoding",
        "Ledger-Position": str(position),
    }


def _compressed(body: bytes) -> bytes:
    # Without a time in its head, equal answers are equal bytes.
    return gzip.compress(body, GZIP_LEVEL, mtime=0)


def _accepted(header: str) -> dict[str, float]:
    """Read a header of weighted words: each word's weight from 0 to 1."""
    found: dict[str, float] = {}
    for part in header.lower().split(","):
        word, *parameters = (piece.strip() for piece in part.split(";"))
        weights = [parameter[2:] for parameter in parameters if parameter.startswith("q=")]
        try:
            weight = float(weights[0]) if weights else 1.0
        except ValueError:
            weight = 0.0
        if word:
            found[word] = max(weight, found.get(word, 0.0))
    return found


def _weight(media_type: str, accepted: dict[str, float]) -> float:
    family = f"{media_type.partition('/')[0]}/*"
    for word in (media_type, family, "*/*"):
        if word in accepted:
            return accepted[word]
    return 0.0
