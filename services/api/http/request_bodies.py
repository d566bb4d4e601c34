"""Request bodies: read within limits of size and time, and split into events.

Events are cut out of the text and never serialised again: intake checks, and if need be parks, the very
bytes that a publisher sent. Where the attributes came in headers, the body is their data as it is.
"""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus

from fastapi import Request
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect

from services.api.http.binary_mode import event_of, is_binary
from services.api.http.problems import ProblemError
from services.runtime.settings import Settings


#: How much of a too large body is discarded before the connection is closed, and for how long.
LINGER_BYTES, LINGER_SECONDS = 67_108_864, 2.0
#: White space between the parts of JSON (RFC 8259 §2).
_SPACE = " \t\n\r"
#: The unread rest of a body would be taken for the next request.
_CLOSE = {"Connection": "close"}
#: The media types taken, and whether such a body is one event, an array, or either; with attributes in
#: `ce-*` headers, the last is the data of one event.
SINGLE, BATCH, EITHER = (
    "application/cloudevents+json",
    "application/cloudevents-batch+json",
    "application/json",
)
#: Most objects and arrays in one request, brackets in texts counted too. Making one takes as long as
#: reading a hundred characters.
CONTAINERS_MAX = 200_000
# Numbers are only skipped: parsing them would cost time, and fail for very long ones.
_DECODER = json.JSONDecoder(parse_int=len, parse_float=len, parse_constant=len)


def media_type_of(headers: Mapping[str, str]) -> str:
    """Return the media type of a body that can be taken.

    Raises:
        ProblemError: It is another one.
    """
    stated = headers.get("content-type", "")
    media_type, *parameters = (part.strip().lower() for part in stated.split(";"))
    charsets = {
        parameter[8:].strip('"') for parameter in parameters if parameter.startswith("charset=")
    }
    if media_type not in (SINGLE, BATCH, EITHER) or not charsets <= {"utf-8", "us-ascii"}:
        raise ProblemError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "unsupported media type",
            f"expected {SINGLE} (one event), {BATCH} (an array), or {EITHER} (either, or the data of "
            f"one event whose attributes are in ce-* headers), in UTF-8, found "
            f"{stated[:80] or 'nothing'}",
            headers=_CLOSE | {"Accept-Post": f"{SINGLE}, {BATCH}, {EITHER}"},
        )
    return media_type


def require_media_type(request: Request, expected: str, *, what: str = "") -> None:
    """Refuse a body of another media type; `what` names the expected one in words.

    Raises:
        ProblemError: It is another one.
    """
    found = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if found != expected:
        raise ProblemError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "unsupported media type",
            f"expected {what or expected}, found {found[:80] or 'nothing'}",
        )


async def read_body(request: Request, settings: Settings) -> bytes:
    """Read a body.

    Raises:
        ProblemError: It is too large, or takes too long.
    """
    stated = request.headers.get("content-length", "")
    if stated.isdecimal() and int(stated) > settings.body_bytes_max:
        if request.headers.get("expect", "").lower() != "100-continue":
            await _discard_rest(request)
        raise _too_large(settings.body_bytes_max, f"{stated} bytes")
    body = bytearray()
    try:
        async with asyncio.timeout(settings.body_seconds):
            async for piece in request.stream():
                body += piece
                if len(body) > settings.body_bytes_max:
                    await _discard_rest(request)
                    raise _too_large(settings.body_bytes_max, "more")
    except TimeoutError:
        raise ProblemError(
            HTTPStatus.REQUEST_TIMEOUT,
            "body too slow",
            f"expected the body within {settings.body_seconds:g} s, found {len(body)} bytes of it",
            headers=_CLOSE,
        ) from None
    except ClientDisconnect:
        raise ProblemError(
            HTTPStatus.BAD_REQUEST, "broken body", f"found {len(body)} bytes and then no more"
        ) from None
    return bytes(body)


async def _discard_rest(request: Request) -> None:
    """Discard what the client still sends, for a moment.

    A connection closed while its client still sends is reset, and the client never sees the response.
    """
    passed = 0
    with suppress(TimeoutError, ClientDisconnect, RuntimeError):
        async with asyncio.timeout(LINGER_SECONDS):
            while passed < LINGER_BYTES:
                message = await request.receive()
                passed += len(message.get("body", b""))
                if message["type"] == "http.disconnect" or not message.get("more_body"):
                    return


def events_in(headers: Headers, media_type: str, body: bytes, *, count_max: int) -> list[bytes]:
    """Return the events of a request: one whose attributes are in headers, else those of its body.

    Raises:
        ProblemError: There are none to be found, or too many.
    """
    if media_type == EITHER and is_binary(headers):
        return [event_of(headers, media_type, _one_value(_text_of(body)))]
    return split(body, media_type, count_max=count_max)


def split(body: bytes, media_type: str, *, count_max: int) -> list[bytes]:
    """Split a body into events, each as it came.

    Raises:
        ProblemError: It cannot be split, or holds too many.
    """
    text = _text_of(body)
    is_array = text.startswith("[")
    if media_type == SINGLE or (media_type == EITHER and not is_array):
        if not text.startswith("{"):
            raise _no_events("one JSON object", text[:40] or "nothing")
        return [text.encode()]
    if not is_array:
        raise _no_events("a JSON array of events", text[:40] or "nothing")
    _check_containers(text)
    try:
        return [text[start:end].encode() for start, end in _element_spans(text, count_max)]
    except (ValueError, RecursionError) as error:
        raise _no_events("a JSON array of events", str(error)[:80]) from None


def _text_of(body: bytes) -> str:
    try:
        return body.removeprefix(b"\xef\xbb\xbf").decode().strip(_SPACE)
    except UnicodeDecodeError as error:
        raise _no_events("UTF-8", f"byte 0x{body[error.start]:02X}") from None


def _check_containers(text: str) -> None:
    if text.count("[") + text.count("{") > CONTAINERS_MAX:
        raise _no_events(f"at most {CONTAINERS_MAX} objects and arrays in one request", "more")


def _one_value(text: str) -> str:
    # Anything behind it would become an attribute of the event that it is put into.
    _check_containers(text)
    try:
        _check_end(text + "]", _end_of(text, 0))
    except (ValueError, RecursionError) as error:
        raise _no_events("one JSON value as data", str(error)[:80]) from None
    return text


def _element_spans(text: str, count_max: int) -> list[tuple[int, int]]:
    # Where each element of an array begins and ends.
    found: list[tuple[int, int]] = []
    at = _behind_space(text, 1)
    if text[at : at + 1] == "]":
        _check_end(text, at)
        return found
    while True:
        if len(found) == count_max:
            raise ProblemError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                "too many claims",
                f"expected at most {count_max} claims in one request, found more",
            )
        end = _end_of(text, at)
        found.append((at, end))
        at = _behind_space(text, end)
        if text[at : at + 1] == "]":
            _check_end(text, at)
            return found
        if text[at : at + 1] != ",":
            raise ValueError(f"neither a comma nor an end at character {at}")
        at = _behind_space(text, at + 1)


def _end_of(text: str, at: int) -> int:
    _, end = _DECODER.raw_decode(text, at)
    assert isinstance(end, int), "an end is an index"
    return end


def _check_end(text: str, at: int) -> None:
    if at != len(text) - 1:
        raise ValueError(f"more after the end at character {at}")


def _behind_space(text: str, at: int) -> int:
    while at < len(text) and text[at] in _SPACE:
        at += 1
    return at


def _no_events(expected: str, found: str) -> ProblemError:
    printable = ascii(found)[1:-1]
    return ProblemError(
        HTTPStatus.BAD_REQUEST, "no events", f"expected {expected}, found {printable}"
    )


def _too_large(bytes_max: int, found: str) -> ProblemError:
    return ProblemError(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "body too large",
        f"expected at most {bytes_max} bytes, found {found}",
        headers=_CLOSE,
    )
