"""Whether an erasure leaves everything as it is but the words (pure)."""

from collections.abc import Iterable, Sequence
from typing import Any

from schemas.ledger import LedgerConfiguration
from schemas.record import Record
from schemas.views import ReadModels
from services.erasure.plan import ErasurePlan
from services.eventlog.chain import split, store_left
from services.eventlog.port import Entry
from services.queries.replay import replay


#: What is worded, and what is made of words: sentences, and a hash over names.
_WORDED = ("reasons", "explanations", "radius", "inputs_hash")
#: Where a claim stands; all else of it is what it says.
_STANDS = ("ref", "exchange", "figure", "camp", "tier", "low", "high", "state", "evidence")


def left_of(entries: Sequence[Entry], plan: ErasurePlan) -> list[bytes]:
    """Return the events of a log after an erasure, but for the one that says so."""
    erased = entries[-1].position + 1
    bodies = []
    for entry in entries:
        content = plan.left.get(entry.position)
        stored = split(entry.body)
        assert stored is not None, "the log was proven"
        body = entry.body if content is None else store_left(stored, content, erased=erased)
        bodies.append(body)
    return bodies


def decided(bodies: Iterable[bytes], ledger: LedgerConfiguration) -> list[Any]:
    """Return what follows from the facts of a log by the rules of today, without its words."""
    models = replay(bodies, ledger=ledger).read_models
    return [_without_words(view, getattr(models, view)) for view in ReadModels.model_fields]


def _without_words(view: str, rows: Iterable[Record]) -> list[Any]:
    plain = [row.model_dump(mode="json") for row in rows]
    if view == "claims":
        return [{name: row[name] for name in _STANDS} for row in plain]
    return [{name: value for name, value in row.items() if name not in _WORDED} for row in plain]
