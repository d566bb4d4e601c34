"""CloudEvents over HTTP in binary mode: the attributes in `ce-*` headers, the body as their `data`.

Such a request becomes the event that structured mode would have sent, so that intake has one shape to
check. The body is put in as it came.
"""

import json
import re
from http import HTTPStatus
from urllib.parse import unquote_to_bytes

from starlette.datastructures import Headers

from services.api.http.problems import ProblemError


#: What the headers of attributes begin with.
PREFIX = "ce-"
#: The attributes that claims have.
ATTRIBUTES = ("specversion", "id", "source", "type", "subject", "time")
#: What an attribute's name is made of (CloudEvents 1.0, naming conventions).
_NAME = re.compile(r"[a-z0-9]{1,64}")
#: Names that are no attributes of their own: the body is the one, its media type says the other.
_ELSEWHERE = frozenset({"data", "datacontenttype"})
_ESCAPED = re.compile(rb"\\(.)")


def is_binary(headers: Headers) -> bool:
    """Return whether headers carry attributes of an event."""
    return any(name.startswith(PREFIX) for name in headers)


def event_of(headers: Headers, media_type: str, data: str) -> bytes:
    """Make the event of attributes in headers and of its data, which is one JSON value.

    Raises:
        ProblemError: A header is none of an attribute, or comes twice.
    """
    attributes: dict[str, str] = {}
    for name, value in headers.raw:
        header = name.decode("latin-1").lower()
        if not header.startswith(PREFIX):
            continue
        attribute = header.removeprefix(PREFIX)
        if not _NAME.fullmatch(attribute) or attribute in _ELSEWHERE:
            raise _wrong_header(header, "the name of an attribute in small letters and digits")
        if attribute in attributes:
            raise _wrong_header(header, "one value of each attribute")
        attributes[attribute] = _read(header, value)
    head = json.dumps(attributes | {"datacontenttype": media_type})
    # Data that is no number, text or the like begins and ends by itself: the caller has seen to it.
    return f'{head[:-1]}, "data": {data}}}'.encode()


def _read(header: str, value: bytes) -> str:
    # A text of printable ASCII; everything else, and the percent sign, is UTF-8 in percent-encoding.
    if len(value) > 1 and value.startswith(b'"') and value.endswith(b'"'):
        value = _ESCAPED.sub(rb"\1", value[1:-1])
    try:
        return unquote_to_bytes(value).decode()
    except UnicodeDecodeError:
        raise _wrong_header(header, "UTF-8 in percent-encoding") from None


def _wrong_header(header: str, expected: str) -> ProblemError:
    return ProblemError(
        HTTPStatus.BAD_REQUEST, "wrong header", f"{ascii(header)[1:-1]}: expected {expected}"
    )
