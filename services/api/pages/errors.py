"""Error pages.

They show the same problem, with the same status, as the API: to a browser in HTML, to a program in JSON.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, Response

from schemas.answers import Problem
from services.api.http.languages import PARAMETER, language_named
from services.api.http.negotiation import prefers_html
from services.api.http.state import state_of
from services.api.pages.frame import NAMES, PAGES, base_of, language_of
from services.api.pages.language import Spoken, gettext, speaking, spoken
from services.api.pages.rendering import HEADERS, language_headers, render


Handler = Callable[[Request, Exception], Awaitable[Response]]
#: What people are told of each status, and what they can do.
_TOLD = {
    400: ("This cannot be asked for", "Something in the address or the form does not fit."),
    404: ("Nothing here", "There is no page or exchange at this address."),
    405: ("This cannot be asked for", "Pages can be read, and nothing else."),
    500: ("A fault of ours", "It is in the log. The other pages go on working."),
    503: ("Out of reach for a moment", "The store behind this page does not answer. Try again."),
}
#: What a form calls its fields.
_LABELS = {
    "as_asserted_by": "As said by, day",
    "as_asserted_by_hour": "As said by, hour",
    "as_known_on": "As this ledger knew it, day",
    "as_known_on_hour": "As this ledger knew it, hour",
    "zone": "Days and hours of",
    "from": "From",
    "to": "To",
    "since": "Charts from the year",
    "until": "Charts to the year",
    "year": "Year",
    "side": "Side",
    "status": "Status",
    "sort": "Order",
}
_WRITTEN_ANEW = {"content-type", "content-length", *(name.lower() for name, _ in HEADERS), "vary"}
_ANY = ("This cannot be shown", "The request could not be answered.")


def for_people(handler: Handler) -> Handler:
    """Make a handler of problems answer browsers outside the API in HTML."""

    async def handle(request: Request, error: Exception) -> Response:
        answer = await handler(request, error)
        if request.url.path.startswith("/v1/") or not prefers_html(request):
            return answer
        problem = Problem.model_validate_json(bytes(answer.body))
        title, told = _TOLD.get(problem.status, _ANY)
        with speaking(Spoken(language_of(request))):
            html = render("problem.html", _context(request, problem, title, told))
            headers = dict(HEADERS + language_headers())
        kept = {name: value for name, value in answer.headers.items() if name not in _WRITTEN_ANEW}
        return HTMLResponse(html, answer.status_code, headers=kept | headers)

    return handle


def _context(request: Request, problem: Problem, title: str, told: str) -> Mapping[str, Any]:
    base = base_of(request, state_of(request))
    named = language_named(request.query_params.get(PARAMETER))
    query = f"?{PARAMETER}={named}" if named else ""
    return {
        "title": gettext(title),
        "told": gettext(told),
        "problem": problem,
        "home": f"{base or '/'}{query}",
        "links": [
            (path, gettext(label), f"{(base + path).rstrip('/') or '/'}{query}")
            for path, label in PAGES
        ],
        "languages": [
            (code, name, f"{request.url.path}?{PARAMETER}={code}") for code, name in NAMES.items()
        ],
        "language": spoken().language,
        "parameters": problem.parameters or (),
        "labels": {name: gettext(label) for name, label in _LABELS.items()},
    }


def messages() -> tuple[str, ...]:
    """Return what error pages say, for the catalogues."""
    told = (text for pair in (*_TOLD.values(), _ANY) for text in pair)
    return (*told, *_LABELS.values())
