"""Publish each event of a file with CloudEvents' SDK: `URL KEY FILE binary|structured`."""

import json
import sys
from datetime import datetime
from pathlib import Path

import httpx
from cloudevents.core.bindings.http import to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent


url, key, file, mode = sys.argv[1:]
write = {"binary": to_binary_event, "structured": to_structured_event}[mode]
with httpx.Client(headers={"Authorization": f"Bearer {key}", "Prefer": "wait=60"}) as http:
    for event in json.loads(Path(file).read_text(encoding="utf-8")):
        data = event.pop("data")
        event["time"] = datetime.fromisoformat(event["time"])
        event.setdefault("datacontenttype", "application/json")
        message = write(CloudEvent(attributes=event, data=data))
        answer = http.post(url, content=message.body, headers=message.headers, timeout=90)
        sys.stdout.write(f"{answer.json()['items'][0]['outcome']}\n")
