"""Problem documents (RFC 9457): every response that reports an error.

A problem names what is wrong, with the expected and the found value.
"""

import json
import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from schemas.answers import Problem, WrongParameter
from services.eventlog.connection import ServerFullError
from services.eventlog.port import LogDamagedError, LogUnavailableError
from services.runtime.telemetry import logger_of


MEDIA_TYPE = "application/problem+json"
#: On every answer: what it holds is what its media type says, and nothing a browser makes of it.
NOSNIFF = ("X-Content-Type-Options", "nosniff")
#: When to try again if the server is out of reach, in seconds.
RETRY_AFTER_SECONDS = 2
#: When to try again if the server has no room, in seconds: a person has to make some.
FULL_RETRY_AFTER_SECONDS = 30
#: Longest piece of a found value that a problem shows, in characters.
FOUND_CHARACTERS_MAX = 80


class ProblemError(Exception):
    """A request that cannot be answered as asked."""

    def __init__(
        self,
        status: HTTPStatus,
        kind: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        **more: object,
    ) -> None:
        """Make a problem.

        Args:
            status: The HTTP status.
            kind: The kind in words, e.g. `unknown exchange`.
            detail: What happened here.
            headers: Further headers of the answer.
            more: Further fields of the problem document.
        """
        super().__init__(detail)
        self.problem = Problem.model_validate(
            {
                "type": f"urn:exchange-ledger:problem:{kind.replace(' ', '-')}",
                "title": kind.capitalize(),
                "status": int(status),
                "detail": detail,
                **more,
            }
        )
        self.headers = dict(headers or {})


def wrong_parameter(name: str, *, expected: str, found: object) -> ProblemError:
    """Make the problem of one parameter that cannot be used."""
    return _wrong_parameters(
        [WrongParameter(parameter=name, expected=expected, found=_shown(found))]
    )


def unknown(kind: str, found: str) -> ProblemError:
    """Make the problem of an id that names nothing."""
    return ProblemError(
        HTTPStatus.NOT_FOUND, f"unknown {kind}", f"expected a known {kind}, found {_shown(found)}"
    )


def _written(problem: Problem) -> str:
    """Write a problem without what it does not have; what it has, such as stages, is whole."""
    told = problem.model_dump(mode="json")
    return json.dumps({name: value for name, value in told.items() if value is not None})


def answer_problem(error: ProblemError) -> Response:
    """Write a problem as an answer."""
    return Response(
        _written(error.problem),
        status_code=error.problem.status,
        media_type=MEDIA_TYPE,
        headers={"Cache-Control": "no-store", NOSNIFF[0]: NOSNIFF[1]} | error.headers,
    )


async def on_problem(_: Request, error: Exception) -> Response:
    """Answer a problem of ours."""
    assert isinstance(error, ProblemError), "registered for problems"
    return answer_problem(error)


async def on_wrong_parameters(request: Request, error: Exception) -> Response:
    """Answer parameters that do not fit."""
    assert isinstance(error, RequestValidationError), "registered for wrong parameters"
    return answer_problem(
        _wrong_parameters(
            [
                WrongParameter(
                    parameter=".".join(str(part) for part in fault["loc"][1:]) or "body",
                    expected=_expected(request, fault),
                    # Of what is missing the input is everything around it.
                    found="nothing" if fault["type"] == "missing" else _shown(fault["input"]),
                )
                for fault in error.errors()
            ]
        )
    )


async def on_http_error(request: Request, error: Exception) -> Response:
    """Answer what the framework refuses: an unknown path, a method that is not there."""
    assert isinstance(error, HTTPException), "registered for errors of the framework"
    status = HTTPStatus(error.status_code)
    headers = dict(error.headers or {})
    detail = f"expected a path of /openapi.json, found {_shown(request.url.path)}"
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        # The framework names the methods of one route, and a path may have several.
        headers["Allow"] = ", ".join(sorted(_methods_at(request)))
        detail = f"expected one of {headers['Allow']}, found {_shown(request.method)}"
    return answer_problem(ProblemError(status, status.phrase.lower(), detail, headers=headers))


async def on_server_away(_: Request, error: Exception) -> Response:
    """Answer that the server is out of reach."""
    logger = logger_of("api", "")
    logger.warning("server.unreachable", error=str(error), retry_in_seconds=RETRY_AFTER_SECONDS)
    return answer_problem(server_away())


async def on_server_full(_: Request, error: Exception) -> Response:
    """Answer that the server has no room for what was to be written."""
    logger = logger_of("api", "")
    logger.warning("server.full", error=str(error), retry_in_seconds=FULL_RETRY_AFTER_SECONDS)
    return answer_problem(
        ProblemError(
            HTTPStatus.INSUFFICIENT_STORAGE,
            "server full",
            f"expected a server with room to write, found {error}; nothing of this request is lost that "
            "is published again",
            headers={"Retry-After": str(FULL_RETRY_AFTER_SECONDS)},
        )
    )


async def on_damaged_log(_: Request, error: Exception) -> Response:
    """Answer that the stored log is not whole, and log what is wrong with it."""
    logger = logger_of("api", "")
    logger.error("log.damaged", error=str(error))
    return answer_problem(
        ProblemError(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "log damaged",
            f"{error}; an operator has to mend it",
        )
    )


async def on_fault(request: Request, error: Exception) -> Response:
    """Answer a fault of ours, and log it."""
    logger = logger_of("api", "")
    logger.error("request.failed", method=request.method, path=request.url.path, exc_info=error)
    return answer_problem(
        ProblemError(
            HTTPStatus.INTERNAL_SERVER_ERROR,
            "fault",
            "the request met a fault of ours; it is in the log",
        )
    )


def server_away() -> ProblemError:
    """Make the problem of a server out of reach."""
    return ProblemError(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "server out of reach",
        "expected the server that holds the ledgers to answer, found none",
        headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
    )


HANDLERS = {
    ProblemError: on_problem,
    RequestValidationError: on_wrong_parameters,
    HTTPException: on_http_error,
    LogUnavailableError: on_server_away,
    ServerFullError: on_server_full,
    LogDamagedError: on_damaged_log,
    Exception: on_fault,
}


def _methods_at(request: Request) -> set[str]:
    methods = {method.upper() for method in _described_at(request)} or {"GET"}
    # What can be read can be asked for its headers alone.
    return methods | {"HEAD"} if "GET" in methods else methods


def _described_at(request: Request) -> Mapping[str, Any]:
    """Return what is described of the path of a request, by method; empty if it is not described."""
    path = request.url.path
    described: Mapping[str, Mapping[str, Any]] = request.app.openapi()["paths"]
    templates = (
        template
        for template in described
        if re.fullmatch(re.sub(r"\\{[^/]+\\}", ".+", re.escape(template)), path)
    )
    # Of templates that fit, as `/hooks/{hook}` does `/hooks/7/pause`, the one that says most of the path.
    template = max(templates, key=_literal_length, default=None)
    return described[template] if template else {}


def _parameters_at(request: Request) -> list[str]:
    method = "get" if request.method == "HEAD" else request.method.lower()
    described = _described_at(request).get(method, {})
    parameters = described.get("parameters", ())
    return sorted(one["name"] for one in parameters if one["in"] == "query")


def _literal_length(template: str) -> int:
    return len(re.sub(r"\{[^/]+\}", "", template))


def _wrong_parameters(wrong: Sequence[WrongParameter]) -> ProblemError:
    detail = "; ".join(
        f"{one.parameter}: expected {one.expected}, found {one.found}" for one in wrong
    )
    return ProblemError(HTTPStatus.BAD_REQUEST, "wrong parameter", detail, parameters=tuple(wrong))


#: What is expected, by the kind of fault that the framework names; what it says itself of all others.
_EXPECTED = {
    "missing": "present",
    "greater_than_equal": "{ge} or more",
    "less_than_equal": "{le} or less",
    "date_from_datetime_parsing": "a date (YYYY-MM-DD)",
}


def _expected(request: Request, fault: Mapping[str, Any]) -> str:
    if fault["type"] == "extra_forbidden":
        where, name = fault["loc"][0], str(fault["loc"][-1])
        known = _parameters_at(request) if where == "query" else []
        if not known:
            return "no parameter of this name"
        near = get_close_matches(name, known, n=1)
        return f"one of {', '.join(known)}" + (f"; nearest: {near[0]}" if near else "")
    if form := _EXPECTED.get(fault["type"]):
        return form.format(**fault.get("ctx", {}))
    words = fault["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    return str(words.removeprefix("expected ").partition(", found ")[0])


def _shown(found: object) -> str:
    text = ascii(found) if not isinstance(found, str) else found
    printable = "".join(
        character if character.isprintable() else f"\\u{ord(character):04x}"
        for character in text[: FOUND_CHARACTERS_MAX + 1]
    )
    if len(printable) <= FOUND_CHARACTERS_MAX:
        return printable or "nothing"
    return f"{printable[: FOUND_CHARACTERS_MAX - 1]}…"
