"""`/v1/webhooks`: who is sent changed figures; for subscribers' keys, of which each sees its own alone."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ValidationError

from schemas.answers import WebhookList
from schemas.webhook import NewWebhook, WebhookRequest, WebhookView, webhook_view
from services.api.http.keys import Caller
from services.api.http.problems import ProblemError, unknown
from services.api.http.query_parameters import LedgerParameters
from services.api.http.request_bodies import EITHER, read_body, require_media_type
from services.api.http.roles import require_role
from services.api.http.state import state_of
from services.eventlog.webhooks import KnownWebhook
from services.webhooks.managing import TooManyWebhooksError, WebhookRefusedError, Webhooks


router = APIRouter(tags=["subscribe"])
_UNCACHED = {"Cache-Control": "no-store"}
#: Largest body that asks for a webhook, in bytes.
BYTES_MAX = 16_384
Parameters = Annotated[LedgerParameters, Query()]


@router.get("/v1/webhooks", response_model=WebhookList)
async def list_webhooks(request: Request, parameters: Parameters) -> Response:
    """List the webhooks that this key added, the oldest first, and how delivery goes; secrets are not shown."""
    caller, owned = _owned(request, parameters)
    items = tuple(webhook_view(*one) for one in await owned.known(key=caller.key_id))
    return _answer(WebhookList(ledger=owned.ledger, items=items))


@router.post("/v1/webhooks", response_model=NewWebhook, status_code=HTTPStatus.CREATED)
async def add_webhook(request: Request, parameters: Parameters) -> Response:
    """Have changed figures sent to an address; the answer holds the secret, this once.

    Messages are signed as Standard Webhooks has it, and sent again until they are taken.
    """
    caller, owned = _owned(request, parameters)
    require_media_type(request, EITHER)
    bounded = owned.settings.model_copy(update={"body_bytes_max": BYTES_MAX})
    asked = _asked(await read_body(request, bounded))
    try:
        made = await owned.add(asked, key=caller.key_id)
    except TooManyWebhooksError as error:
        raise ProblemError(HTTPStatus.CONFLICT, "too many webhooks", str(error)) from None
    except WebhookRefusedError as error:
        raise ProblemError(HTTPStatus.BAD_REQUEST, "no webhook", str(error)) from None
    return _answer(
        made, HTTPStatus.CREATED, {"Location": f"/v1/webhooks/{made.id}?ledger={owned.ledger}"}
    )


@router.get("/v1/webhooks/{webhook}", response_model=WebhookView)
async def get_webhook(request: Request, webhook: str, parameters: Parameters) -> Response:
    """Return one webhook, and how delivery goes."""
    _, found = await _found(request, webhook, parameters)
    return _answer(webhook_view(*found))


@router.delete("/v1/webhooks/{webhook}", status_code=HTTPStatus.NO_CONTENT)
async def remove_webhook(request: Request, webhook: str, parameters: Parameters) -> Response:
    """Remove a webhook, with its secret; a message under way may still arrive."""
    owned, found = await _found(request, webhook, parameters)
    await owned.remove(found)
    return Response(status_code=HTTPStatus.NO_CONTENT, headers=_UNCACHED)


@router.post("/v1/webhooks/{webhook}/pause", response_model=WebhookView)
async def pause_webhook(request: Request, webhook: str, parameters: Parameters) -> Response:
    """Have nothing sent until it is resumed; what changes meanwhile is sent then."""
    owned, found = await _found(request, webhook, parameters)
    return _answer(webhook_view(*await owned.pause(found)))


@router.post("/v1/webhooks/{webhook}/resume", response_model=WebhookView)
async def resume_webhook(request: Request, webhook: str, parameters: Parameters) -> Response:
    """Go on with one that was paused or stopped, from where it was, and try at once."""
    owned, found = await _found(request, webhook, parameters)
    return _answer(webhook_view(*await owned.resume(found)))


@router.post("/v1/webhooks/{webhook}/ping", response_model=WebhookView)
async def ping_webhook(request: Request, webhook: str, parameters: Parameters) -> Response:
    """Have a message sent that tells nothing, to try a receiver."""
    owned, found = await _found(request, webhook, parameters)
    return _answer(webhook_view(*await owned.ping(found)))


@router.post("/v1/webhooks/{webhook}/rotate", response_model=NewWebhook)
async def rotate_webhook(request: Request, webhook: str, parameters: Parameters) -> Response:
    """Make another secret for a webhook, shown this once; for a day messages are signed with both."""
    owned, found = await _found(request, webhook, parameters)
    return _answer(await owned.rotate(found))


def _owned(request: Request, parameters: LedgerParameters) -> tuple[Caller, Webhooks]:
    caller = require_role(request, "subscriber")
    state = state_of(request)
    served = state.ledger(parameters.ledger)
    return caller, Webhooks(state.client, served.name, state.settings)


async def _found(
    request: Request, webhook: str, parameters: LedgerParameters
) -> tuple[Webhooks, KnownWebhook]:
    caller, owned = _owned(request, parameters)
    found = await owned.find(webhook, key=caller.key_id)
    if found is None:
        raise unknown("webhook", webhook)
    return owned, found


def _asked(body: bytes) -> WebhookRequest:
    try:
        return WebhookRequest.model_validate_json(body)
    except ValidationError as error:
        faults = [
            f"{'.'.join(map(str, one['loc'])) or 'the whole'}: {one['msg']}"
            for one in error.errors(include_url=False, include_input=False)[:5]
        ]
        raise ProblemError(HTTPStatus.BAD_REQUEST, "no webhook", "; ".join(faults)) from None


def _answer(
    shown: BaseModel, status: HTTPStatus = HTTPStatus.OK, headers: Mapping[str, str] = {}
) -> Response:
    return Response(
        shown.model_dump_json(),
        status_code=status,
        media_type=EITHER,
        headers={**_UNCACHED, **headers},
    )
