"""How rows are stored: as JSON without what every row repeats, in about half the bytes that readers get.

* A row is an array of its values in a fixed order. Its key, the ledger's name, and what follows from
  the key are left out.
* Claims have no row each. Those of 32 log positions lie on one shelf, an array of the words they use
  and of the claims themselves, with the number of a word where it stands. A shelf is written whole
  when one of its claims changes, so how many there are to write never depends on how long the log is.

`FORM` names this; a generation of views says in which form it is. Form 1 was one JSON object a row, as
readers get it.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from operator import attrgetter, itemgetter
from typing import Any

import msgspec

from schemas.decisions import Assignment, Explanation
from schemas.vocabulary import Cause, FigureStatus, Flag, ObservationStatus
from services.log_events.identities import Identity
from services.projection.rows import RECORDS, Row, Table
from services.projection.support import SortedClaims


FORM = 2
#: Log positions of one shelf, as a power of two.
SHELF_BITS = 5

#: A row's fields, as its shape names them.
Fields = dict[str, Any]


class FigureFields(msgspec.Struct, frozen=True, gc=False):
    """A figure's row as `schemas.views.Figure` has it: there are most of them, and this is the quickest."""

    ledger: str
    id: str
    exchange: str | None
    date: dt.date | None
    measure: str
    side: str
    category: str
    low: int
    best: int | None
    high: int | None
    claimed_low: int | None
    claimed_high: int | None
    status: FigureStatus
    credibility: int
    flags: tuple[Flag, ...]
    obs_status: ObservationStatus
    voices: int
    camps: int
    claims: SortedClaims
    reasons: tuple[Explanation, ...]
    checks: tuple[str, ...]
    adjudication: str | None
    policy: str
    inputs_hash: str
    position: int
    revision: int
    cause: Cause
    as_known_on: dt.datetime


#: A claim as it goes onto a shelf: its position, who published it, whether another publisher uses its
#: id too, and where it stands.
ClaimOnShelf = tuple[int, Identity, bool, Assignment | None]

#: What is stored of a row as it stands there, in this order.
_STORED: Mapping[Table, tuple[str, ...]] = {
    "exchanges": (
        "date",
        "status",
        "ordinals",
        "mediators",
        "aliases",
        "phases",
        "claim_count",
        "position",
    ),
    "figures": (
        "low",
        "best",
        "high",
        "claimed_low",
        "claimed_high",
        "status",
        "credibility",
        "flags",
        "obs_status",
        "voices",
        "camps",
        "reasons",
        "checks",
        "adjudication",
        "policy",
        "position",
        "revision",
        "cause",
        "as_known_on",
    ),
    "totals": (
        "side",
        "category",
        "as_of",
        "since",
        "low",
        "best",
        "high",
        "status",
        "flags",
        "claims",
        "checks",
        "position",
    ),
    "checks": (
        "kind",
        "claim",
        "exchange",
        "side",
        "category",
        "as_of",
        "expected",
        "expected_low",
        "expected_high",
        "got",
        "diff",
        "tolerance",
        "result",
        "explanations",
        "radius",
        "position",
    ),
}
_values: Mapping[Table, Callable[[Fields], tuple[Any, ...]]] = {
    table: itemgetter(*names) for table, names in _STORED.items()
}
_figure_values = attrgetter(*_STORED["figures"])
#: What a figure is about, where its id does not say all of it.
_ABOUT = ("exchange", "date", "measure", "side", "category")
_about = attrgetter(*_ABOUT)
#: The claims at a figure: lists of refs, and those that do not count with the reason.
_REFS = ("best", "agreeing", "disagreeing", "explained")
_EXCLUDED = ("claim", "reason")
_HASH = "sha256:"
_DAY_CHARACTERS = len("2024-01-03")

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


def pack(table: Table, key: str, row: Fields) -> bytes:
    """Give a row of any table but figures and claims as it is stored under its key."""
    values = _values[table](row)
    if table == "exchanges":
        figures = [figure.removeprefix(key) for figure in row["figures"]]
        return _encode((figures, *values))
    return _encode(values)


def pack_figure(row: FigureFields, *, is_said: bool) -> bytes:
    """Give a figure's row as it is stored under its id, which may say all that it is about."""
    about = None if is_said else _about(row)
    found = row.claims
    excluded = [(gone.claim, gone.reason) for gone in found.excluded]
    claims = (found.best, found.agreeing, found.disagreeing, found.explained, excluded)
    return _encode((about, claims, row.inputs_hash.removeprefix(_HASH), *_figure_values(row)))


def unpack(table: Table, key: str, stored: bytes, *, ledger: str, form: int) -> tuple[Row, ...]:
    """Give the rows that are stored under a key: one, but all of a shelf's claims."""
    record = RECORDS[table]
    if form == 1:
        return (record.model_validate_json(stored),)
    found = _decode(stored)
    if table == "claims":
        return tuple(record.model_validate(fields) for fields in _claims_on(key, found))
    said: Fields = {"ledger": ledger}
    if table == "exchanges":
        figures, *found = found
        said["figures"] = [key + name if name.startswith(":") else name for name in figures]
    elif table == "figures":
        about, (*refs, excluded), inputs, *found = found
        said |= zip(_ABOUT, about or _said_by(key), strict=True)
        said["claims"] = dict(zip(_REFS, refs, strict=True))
        said["claims"]["excluded"] = [dict(zip(_EXCLUDED, gone, strict=True)) for gone in excluded]
        said["inputs_hash"] = _HASH + inputs
    if table != "totals":
        said["id"] = key
    said |= zip(_STORED[table], found, strict=True)
    return (record.model_validate(said),)


def pack_shelf(claims: Sequence[ClaimOnShelf]) -> bytes:
    """Give a shelf of claims as it is stored."""
    # Each word in turn gets the next number.
    number: defaultdict[str | None, int] = defaultdict(count().__next__)
    packed: list[tuple[Any, ...]] = []
    for position, identity, is_shared, stand in claims:
        offset, shared = position & _ON_SHELF, 1 if is_shared else 0
        if stand is None:
            packed.append((offset, identity.id, number[identity.source], shared))
            continue
        packed.append(
            (
                offset,
                identity.id,
                number[identity.source],
                shared,
                stand.tier,
                stand.low,
                stand.high,
                number[stand.voice],
                number[stand.camp],
                number[stand.state],
                number[stand.exchange],
                number[stand.figure],
                number[stand.reason],
                number[stand.evidence],
            )
        )
    return _encode((list(number), packed))


_ON_SHELF = (1 << SHELF_BITS) - 1
_NUMBERS = ("tier", "low", "high")
_WORDS = ("voice", "camp", "state", "exchange", "figure", "reason", "evidence")


def _claims_on(shelf: str, stored: Any) -> Iterator[Fields]:
    words, claims = stored
    for offset, claim_id, source, is_shared, *stand in claims:
        position = (int(shelf) << SHELF_BITS) | offset
        assignment: Fields | None = None
        if stand:
            said = [words[number] for number in stand[len(_NUMBERS) :]]
            assignment = {
                "claim": position,
                **dict(zip(_NUMBERS, stand, strict=False)),
                **dict(zip(_WORDS, said, strict=True)),
            }
        yield {
            "id": claim_id,
            "source": words[source],
            "ref": f"{claim_id}@{words[source]}" if is_shared else claim_id,
            "position": position,
            "assignment": assignment,
        }


def _said_by(key: str) -> tuple[str, ...]:
    exchange, measure, side, category = key.split(":", 3)
    return exchange, exchange[:_DAY_CHARACTERS], measure, side, category
