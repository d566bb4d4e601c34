"""Publish the events of a file with a generated client, one by one and together: `URL KEY FILE`."""

import json
import sys
from pathlib import Path

from exchange_ledger_client import AuthenticatedClient
from exchange_ledger_client.api.publish import publish_batch, publish_claims
from exchange_ledger_client.api.read import list_claims, list_log
from exchange_ledger_client.models import ClaimReported


url, key, file = sys.argv[1:]
events = [ClaimReported.from_dict(event) for event in json.loads(Path(file).read_text("utf-8"))]
with AuthenticatedClient(base_url=url, token=key, timeout=90) as client:
    answers = [publish_claims.sync(client=client, body=event, prefer="wait=60") for event in events]
    answers.append(publish_batch.sync(client=client, body=events, prefer="wait=60"))
    for answer in answers:
        for item in answer.items:
            sys.stdout.write(f"{item.outcome}\n")
    ledger, position = events[0].subject, answers[-1].position
    claims = list_claims.sync(client=client, ledger=ledger, min_position=position, limit=1000)
    found = {claim.id for claim in claims.items}
    assert {event.id for event in events} <= found
    log = list_log.sync(client=client, ledger=ledger, limit=2)
    behind = list_log.sync(client=client, ledger=ledger, limit=2, cursor=int(log.next_))
    assert [event.position for event in log.items + behind.items] == [1, 2, 3, 4]
