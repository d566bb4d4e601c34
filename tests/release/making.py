"""Releases of what a file of claims gives, for tests that look at the files."""

import asyncio
import csv
import json
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from services.ledgers import load_ledger
from services.queries.as_of import Cut
from services.queries.replay import Replayed, replay
from services.release.content import Content
from services.release.described import ReleaseMetadata
from services.release.writing import write_release


LEDGER = load_ledger("rus-ukr")
AUTHORS = ("A keeper of lists",)


def content_of(replayed: Replayed) -> Content:
    async def bodies() -> AsyncIterator[bytes]:
        for body in replayed.log.bodies():
            yield body

    return Content(
        configuration=LEDGER,
        cut=Cut(),
        models=replayed.read_models,
        policy=LEDGER.policy,
        position=len(replayed.log.bodies()),
        bodies=bodies(),
    )


def release(lines: Iterable[bytes], place: Path, *, replaces: bool = False) -> ReleaseMetadata:
    content = content_of(replay(lines, ledger=LEDGER))
    return asyncio.run(write_release(content, place, authors=AUTHORS, replaces=replaces))


def descriptor_of(place: Path) -> dict[str, Any]:
    described: dict[str, Any] = json.loads((place / "datapackage.json").read_text())
    return described


def csv_rows(place: Path, name: str) -> list[dict[str, Any]]:
    """The rows of a CSV file, read by what the descriptor says of its columns."""
    [resource] = [part for part in descriptor_of(place)["resources"] if part["name"] == name]
    types = {field["name"]: field["type"] for field in resource["schema"]["fields"]}
    with (place / resource["path"]).open(encoding="utf-8", newline="") as file:
        table = csv.DictReader(file)
        assert table.fieldnames == list(types)
        return [{name: _read(text, types[name]) for name, text in row.items()} for row in table]


def _read(text: str, kind: str) -> Any:
    if text == "":
        return None
    match kind:
        case "integer":
            return int(text)
        case "date":
            return date.fromisoformat(text)
        case "datetime":
            return datetime.fromisoformat(text).astimezone(UTC)
        case "array" | "boolean":
            return json.loads(text)
        case _:
            return text.removeprefix("'")
