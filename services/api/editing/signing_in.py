"""Signing in with an editor's key, and out again."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from services.api.editing.forms import PUBLIC_BYTES_MAX, read_form
from services.api.editing.page import go_to, show, signed_form
from services.api.editing.sessions import close_session, editor_of, set_cookie
from services.api.http.guard import address_of
from services.api.http.state import state_of
from services.runtime import clock


router = APIRouter(include_in_schema=False)
_WRONG = "expected the key of an editor (`exchange-ledger keys create NAME --role editor`)"
#: Where one goes after signing in unless a page was asked for.
QUEUE = "/editors"


@router.api_route("/editors/sign-in", methods=["GET", "HEAD"])
async def show_sign_in(
    request: Request, back: Annotated[str, Query(max_length=1_000)] = QUEUE
) -> Response:
    """Show the form on which an editor signs in."""
    if await editor_of(request) is not None:
        return go_to(request, QUEUE)
    return await show(request, "sign_in.html", fault="", back=_own_path(back))


@router.post("/editors/sign-in")
async def sign_in(request: Request) -> Response:
    """Open a session for whoever has an editor's key."""
    state = state_of(request)
    form = await read_form(request, state.settings, bytes_max=PUBLIC_BYTES_MAX)
    back = _own_path(form.get("back", QUEUE))
    caller = await state.keys.caller_of(form.get("key", ""))
    if caller is None:
        seconds = state.wrong_keys.count(address_of(request.scope), now_ms=clock.stopwatch_ms())
        if seconds is not None:
            fault = f"expected fewer wrong keys; try again in {seconds} seconds"
            answer = await show(
                request,
                "sign_in.html",
                status=HTTPStatus.TOO_MANY_REQUESTS,
                fault=fault,
                back=back,
            )
            answer.headers["Retry-After"] = str(seconds)
            return answer
    if caller is None or caller.role != "editor":
        found = "one that is not known" if caller is None else f"that of a {caller.role}"
        return await show(
            request,
            "sign_in.html",
            status=HTTPStatus.FORBIDDEN,
            fault=f"{_WRONG}, found {found}",
            back=back,
        )
    seconds_open = state.settings.session_hours * 3_600
    opened = await state.sessions.open(caller.key_id, seconds=seconds_open)
    answer = go_to(request, back)
    set_cookie(answer, request, opened, seconds_open)
    return answer


@router.post("/editors/sign-out")
async def sign_out(request: Request) -> Response:
    """End the session."""
    form = await read_form(request, state_of(request).settings)
    editor = await signed_form(request, form)
    answer = go_to(request, "/")
    await close_session(answer, request, editor)
    return answer


def _own_path(path: str) -> str:
    r"""Return a path of these pages to go on to; what leads elsewhere leads to the queue.

    >>> _own_path("/review?x=1"), _own_path("//example.org"), _own_path("/\\example.org")
    ('/review?x=1', '/editors', '/editors')
    """
    is_own = path.startswith(("/editors", "/review")) and "\\" not in path and path.isprintable()
    return path if is_own and not path.startswith("//") else QUEUE
