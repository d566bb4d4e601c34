"""Who is signed in: an editor's key opens a session, which a cookie names.

The cookie holds a random token and nothing else, is sent to no script and with no request that another site
began, and ends with its session. Every form of an editor carries a second word of the session, which no other
site can read. A session ends at once when its key is revoked.
"""

from hmac import compare_digest
from http import HTTPStatus
from typing import NamedTuple

from fastapi import Request
from fastapi.responses import Response

from services.api.http.problems import ProblemError
from services.api.http.state import AppState, state_of
from services.eventlog.sessions import OpenedSession
from services.runtime.settings import Settings


#: The cookie's name; with TLS it begins so that browsers keep it to this host.
COOKIE, SECURE_COOKIE = "ledger-session", "__Host-ledger-session"
#: The field of forms that holds the session's word.
FORM_TOKEN = "form_token"  # noqa: S105  the name of a field


class Editor(NamedTuple):
    """Who is signed in.

    Attributes:
        name: The name of the key.
        form_token: What forms carry.
        token: What the cookie holds.
    """

    name: str
    form_token: str
    token: str


async def editor_of(request: Request) -> Editor | None:
    """Return who is signed in, null for nobody."""
    state = state_of(request)
    token = request.cookies.get(_cookie_name(request, state.settings), "")
    session = await state.sessions.find(token) if token else None
    key = await state.keys.stored(session.key_id) if session else None
    if session is None or key is None or key.role != "editor":
        return None
    return Editor(key.name, session.form_token, token)


def check_form(editor: Editor, form_token: str) -> None:
    """Refuse a form that is none of the session's.

    Raises:
        ProblemError: It is none.
    """
    if not compare_digest(editor.form_token.encode(), form_token.encode()):
        raise ProblemError(
            HTTPStatus.FORBIDDEN,
            "form of another session",
            "expected a form of this session, found another: open the page again and repeat it",
        )


def set_cookie(response: Response, request: Request, opened: OpenedSession, seconds: int) -> None:
    """Let the browser keep a session's token."""
    settings = state_of(request).settings
    response.set_cookie(
        _cookie_name(request, settings),
        opened.token,
        max_age=seconds,
        path="/",
        secure=is_secure(request, settings),
        httponly=True,
        samesite="strict",
    )


async def close_session(response: Response, request: Request, editor: Editor) -> None:
    """End a session, on the server and in the browser."""
    state: AppState = state_of(request)
    await state.sessions.close(editor.token)
    secure = is_secure(request, state.settings)
    response.delete_cookie(
        _cookie_name(request, state.settings),
        path="/",
        secure=secure,
        httponly=True,
        samesite="strict",
    )


def is_secure(request: Request, settings: Settings) -> bool:
    """Return whether readers reach this server through TLS."""
    return request.url.scheme == "https" or settings.public_url.startswith("https://")


def _cookie_name(request: Request, settings: Settings) -> str:
    return SECURE_COOKIE if is_secure(request, settings) else COOKIE
