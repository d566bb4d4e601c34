"""Which policies decided what a log holds: a pure function of its events."""

import json
from collections.abc import Iterable
from datetime import datetime

from pydantic import AwareDatetime

from schemas.record import Record
from services.reconciliation.policy import POLICIES


class PolicyHeld(Record):
    """A policy by which decisions in a log were made.

    Attributes:
        policy: Its version.
        decisions: How many events of decisions name it.
        first: Position of the first of them.
        last: Position of the last one.
        until: When the fact behind the last one was recorded: as known then, its figures are shown.
        can_be_run: Whether this program can decide by it.
    """

    policy: str
    decisions: int
    first: int
    last: int
    until: AwareDatetime
    can_be_run: bool


def policies_held(bodies: Iterable[bytes]) -> list[PolicyHeld]:
    """Return the policies that decided what a log holds, in the order in which they came.

    Args:
        bodies: The log's events as JSON, in order.
    """
    found: dict[str, PolicyHeld] = {}
    for body in bodies:
        # What is recorded may hold the word anywhere; decisions are few fields of ours.
        if b'"policy":' not in body:
            continue
        event = json.loads(body)
        policy = event["data"].get("policy")
        if not isinstance(policy, str) or "causationid" not in event or "claim" in event["data"]:
            continue
        known = found.get(policy)
        found[policy] = PolicyHeld(
            policy=policy,
            decisions=known.decisions + 1 if known else 1,
            first=known.first if known else event["position"],
            last=event["position"],
            until=datetime.fromisoformat(event["recorded_at"]),
            can_be_run=policy in POLICIES,
        )
    return list(found.values())
