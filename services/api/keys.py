"""Who may publish: whoever holds an API key whose hash the settings name."""

from hashlib import sha256
from hmac import compare_digest
from http import HTTPStatus

from fastapi import Request

from services.api.problems import ProblemError


def refuse_strangers(request: Request, digests: tuple[str, ...]) -> None:
    """Let a request pass that carries a key, as `Authorization: Bearer <key>`.

    Raises:
        ProblemError: Publishing is closed, or the key is missing or none of those known.
    """
    if not digests:
        raise ProblemError(
            HTTPStatus.FORBIDDEN,
            "publishing closed",
            "expected a server with LEDGER_PUBLISH_KEYS, found none set: nobody publishes over HTTP",
        )
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise ProblemError(
            HTTPStatus.UNAUTHORIZED,
            "key missing",
            "expected an API key (Authorization: Bearer …), found none",
            headers={"WWW-Authenticate": 'Bearer realm="exchange-ledger"'},
        )
    digest = sha256(key.strip().encode()).hexdigest()
    # All of them are compared, so that the time taken tells nothing.
    if not sum(compare_digest(digest, known) for known in digests):
        raise ProblemError(
            HTTPStatus.FORBIDDEN, "unknown key", "expected a known API key, found another"
        )
