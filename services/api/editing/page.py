"""How the pages with forms are written: as other pages, but never stored and never followed live."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from services.api.editing.sessions import FORM_TOKEN, Editor, check_form, editor_of
from services.api.http.languages import PARAMETER
from services.api.http.standing import standing_of
from services.api.http.state import LedgerState, state_of
from services.api.pages.frame import Frame, base_of, context_of, frame_of, spoken_to
from services.api.pages.language import speaking
from services.api.pages.overview import Tables
from services.api.pages.query_parameters import PageParameters
from services.api.pages.rendering import HEADERS, render
from services.api.pages.tables import VIEWS, ledger_of, tables_of
from services.queries.as_of import Cut


#: As of all pages, but that forms say which page they came from; what is on them is for this moment alone.
FORM_HEADERS = dict(HEADERS) | {"Referrer-Policy": "same-origin", "Cache-Control": "no-store"}
#: Longest name of a language that is looked at.
NAME_CHARACTERS_MAX = 100


class SignInNeededError(Exception):
    """Nobody is signed in who may see this page; the answer says where to."""

    def __init__(self, response: Response) -> None:
        super().__init__("nobody is signed in")
        self.response = response


async def in_readers_language(request: Request) -> AsyncIterator[None]:
    """Write in the language that a request asks for, until it is answered."""
    with speaking(spoken_to(request, _parameters(request))):
        yield


async def show(
    request: Request,
    template: str,
    *,
    status: int = 200,
    editor: Editor | None = None,
    **given: Any,
) -> Response:
    """Write a page."""
    frame = await frame_now(request)
    context = context_of(frame, editor=editor, **given)
    html = await asyncio.to_thread(render, f"editing/{template}", context)
    return HTMLResponse(html.encode(errors="replace"), status, headers=FORM_HEADERS)


async def frame_now(request: Request) -> Frame:
    """Return what all pages share, as it stands now."""
    served = ledger_of(request)
    version = await served.version(Cut())
    standing = await standing_of(request, served, version.position, Cut())
    return frame_of(request, state_of(request), served, _parameters(request), standing)


def _parameters(request: Request) -> PageParameters:
    """Return what such a page is asked for: a language alone, it knows no other time."""
    return PageParameters(lang=request.query_params.get(PARAMETER, "")[:NAME_CHARACTERS_MAX])


async def tables_now(served: LedgerState) -> Tables:
    """Return all views as pages read them."""
    return tables_of(await served.read(VIEWS, Cut()))


def go_to(request: Request, path: str) -> Response:
    """Send the browser to another page of the ledger, to be read, in the same language."""
    base = base_of(request, state_of(request))
    address, mark, anchor = f"{base}{path}".partition("#")
    address = Frame.with_query(address, _parameters(request).query.removeprefix("?"))
    return RedirectResponse(f"{address}{mark}{anchor}", 303, headers={"Cache-Control": "no-store"})


async def signed_in(request: Request) -> Editor:
    """Return who is signed in.

    Raises:
        SignInNeededError: Nobody is.
    """
    editor = await editor_of(request)
    if editor is None:
        raise SignInNeededError(
            await show(request, "sign_in.html", status=401, fault="", back=_back(request))
        )
    return editor


async def signed_form(request: Request, form: Any) -> Editor:
    """Return who sent a form of an editor.

    Raises:
        SignInNeededError: Nobody is signed in.
        ProblemError: It is no form of the session.
    """
    editor = await signed_in(request)
    check_form(editor, form.get(FORM_TOKEN, ""))
    return editor


async def on_sign_in_needed(_: Request, error: Exception) -> Response:
    """Answer with the page on which to sign in."""
    return cast("SignInNeededError", error).response


def _back(request: Request) -> str:
    """Return where to go on after signing in: where somebody wanted to read, else the queue."""
    base = base_of(request, state_of(request))
    path = request.url.path.removeprefix(base)
    # The language goes along with each address by itself.
    asked = [item for item in request.query_params.multi_items() if item[0] != PARAMETER]
    return Frame.with_query(path, urlencode(asked)) if request.method == "GET" else "/editors"
