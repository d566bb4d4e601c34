"""Authentication and rate limits: reading is open or needs a key, publishing needs a publisher's key.

A key comes as `Authorization: Bearer <key>`. Where reading needs one, it may also be the password of
`Authorization: Basic`, because a browser that shows the page can send no other.

Requests are counted here too, for each key and, if so set, for each address without one, and wrong keys
for each address; every process counts for itself.
"""

from base64 import b64decode
from binascii import Error as Base64Error
from http import HTTPStatus
from math import ceil
from typing import NamedTuple

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.api.http.keys import Caller
from services.api.http.problems import ProblemError, answer_problem, server_away
from services.api.http.state import AppState
from services.eventlog.port import LogUnavailableError
from services.runtime import clock


#: Paths that need no key: those for monitoring the process.
_OPEN_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})
#: Paths of which POST needs a publisher's key.
_PUBLISHING_PATHS = frozenset({"/v1/claims", "/v1/claims/batch"})


class RequestAllowance(NamedTuple):
    """Where a caller is within its limit of requests.

    Attributes:
        counted: What is counted: a `key`, or an `address`.
        limit: Requests allowed a minute.
        remaining: How many of them are left.
        seconds: Until more are allowed.
        is_within: Whether this request is.
    """

    counted: str
    limit: int
    remaining: int
    seconds: int
    is_within: bool

    def check(self) -> None:
        """Refuse a request beyond the limit.

        Raises:
            ProblemError: It is.
        """
        if self.is_within:
            return
        raise ProblemError(
            HTTPStatus.TOO_MANY_REQUESTS,
            "too many requests",
            f"expected at most {self.limit} requests a minute from this {self.counted}, found more",
            headers={"Retry-After": str(self.seconds)},
        )


class Guard:
    """Middleware that lets authorised requests pass, within their rate limit."""

    def __init__(self, app: ASGIApp, state: AppState) -> None:
        self._app = app
        self._ring = state.keys
        self._settings = state.settings
        self._wrong_keys = state.wrong_keys
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer why not."""
        if scope["type"] == "http" and scope["path"] not in _OPEN_PATHS:
            try:
                caller = await self._caller(scope)
                scope.setdefault("state", {})["caller"] = caller
                if (allowance := await self._count(scope, caller)) is not None:
                    send = _with_allowance(send, allowance)
                    allowance.check()
            except ProblemError as error:
                await answer_problem(error)(scope, receive, send)
                return
            except LogUnavailableError:
                await answer_problem(server_away())(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _caller(self, scope: Scope) -> Caller | None:
        is_publishing = scope["method"] == "POST" and scope["path"] in _PUBLISHING_PATHS
        is_open = self._settings.read_open and not is_publishing
        key = _key_in(Headers(scope=scope), with_basic=not (is_publishing or is_open))
        if key is None and is_open:
            return None
        caller = None if key is None else await self._ring.caller_of(key)
        if caller is None and is_publishing and not await self._ring.has_publisher():
            raise _closed()
        if key is None:
            raise _missing(for_publishing=is_publishing)
        if caller is None:
            raise self._unknown_key(scope)
        if is_publishing and caller.role != "publisher":
            raise ProblemError(
                HTTPStatus.FORBIDDEN,
                "not a publisher",
                f"expected the key of a publisher, found that of a {caller.role}",
            )
        return caller

    def _unknown_key(self, scope: Scope) -> ProblemError:
        seconds = self._wrong_keys.count(address_of(scope), now_ms=clock.stopwatch_ms())
        if seconds is None:
            return ProblemError(
                HTTPStatus.FORBIDDEN, "unknown key", "expected a known API key, found another"
            )
        return ProblemError(
            HTTPStatus.TOO_MANY_REQUESTS,
            "too many wrong keys",
            "expected a known API key, found many unknown ones within a minute",
            headers={"Retry-After": str(seconds)},
        )

    async def _count(self, scope: Scope, caller: Caller | None) -> RequestAllowance | None:
        if caller is None:
            limit = self._settings.address_requests_per_minute
            counted = ("address", address_of(scope))
        else:
            limit = caller.requests_per_minute or self._settings.key_requests_per_minute
            counted = ("key", caller.key_id)
        if not limit:
            return None
        item = RateLimitItemPerMinute(limit)
        is_within = await self._limiter.hit(item, *counted)
        window = await self._limiter.get_window_stats(item, *counted)
        seconds = max(1, ceil(window.reset_time - clock.now().timestamp()))
        remaining = window.remaining if is_within else 0
        return RequestAllowance(counted[0], limit, remaining, seconds, is_within=is_within)


def _with_allowance(send: Send, allowance: RequestAllowance) -> Send:
    """Add to every answer how many requests are left (draft-ietf-httpapi-ratelimit-headers-10)."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["RateLimit-Policy"] = f'"{allowance.counted}";q={allowance.limit};w=60'
            headers["RateLimit"] = (
                f'"{allowance.counted}";r={allowance.remaining};t={allowance.seconds}'
            )
        await send(message)

    return sent


def address_of(scope: Scope) -> str:
    """Return the address that a request came from, empty for a Unix socket."""
    return str(scope["client"][0]) if scope.get("client") else ""


def _key_in(headers: Headers, *, with_basic: bool) -> str | None:
    scheme, _, rest = headers.get("authorization", "").partition(" ")
    rest = rest.strip()
    if scheme.lower() == "bearer":
        return rest or None
    if with_basic and scheme.lower() == "basic":
        try:
            _, _, password = b64decode(rest, validate=True).decode().partition(":")
        except (Base64Error, UnicodeDecodeError):
            return None
        return password or None
    return None


def _closed() -> ProblemError:
    return ProblemError(
        HTTPStatus.FORBIDDEN,
        "publishing closed",
        "expected a server with a publisher's key (`exchange-ledger keys create`, or "
        "LEDGER_PUBLISH_KEYS), found none: nobody publishes over HTTP",
    )


def _missing(*, for_publishing: bool) -> ProblemError:
    challenge = 'Bearer realm="exchange-ledger"'
    if not for_publishing:
        challenge = f'Basic realm="exchange-ledger", charset="UTF-8", {challenge}'
    return ProblemError(
        HTTPStatus.UNAUTHORIZED,
        "key missing",
        "expected an API key (Authorization: Bearer …), found none",
        headers={"WWW-Authenticate": challenge},
    )
