"""What an operator has to know of a ledger's webhooks (pure)."""

from collections.abc import Sequence
from typing import NamedTuple

from schemas.webhook import webhook_view
from services.eventlog.webhooks import KnownWebhook


class WebhookNotes(NamedTuple):
    """What is to be said of webhooks, a sentence each.

    Attributes:
        endpoints: Of endpoints that take nothing: not a fault of this system.
        problem: Why none is sent anything, null if there is a worker that delivers, or nothing to deliver.
    """

    endpoints: tuple[str, ...]
    problem: str | None


def webhook_notes(known: Sequence[KnownWebhook], *, is_delivering: bool) -> WebhookNotes:
    """Return what is to be said; addresses are left out, because some hold words that open them."""
    shown = [webhook_view(*one) for one in known]
    endpoints = []
    for one in shown:
        about = f"webhook {one.id}" + (f" ({one.name})" if one.name else "")
        if one.state == "stopped":
            endpoints.append(
                f"{about} was stopped: {one.error}; `webhooks resume {one.id}` goes on from {one.after}"
            )
        elif one.state == "failing" and one.next_try_at is not None:
            endpoints.append(
                f"{about} took nothing in {one.tries} tries: {one.error}; tried again "
                f"{one.next_try_at:%Y-%m-%d %H:%M:%S} UTC"
            )
    waiting = sum(one.state in ("active", "failing") for one in shown)
    problem = None
    if waiting and not is_delivering:
        webhooks = "1 webhook is" if waiting == 1 else f"{waiting} webhooks are"
        problem = (
            f"{webhooks} sent nothing: no worker delivers (`worker webhooks`, `up --webhooks`)"
        )
    return WebhookNotes(tuple(endpoints), problem)
