"""How rows are stored: as JSON without what every row repeats, in about half the bytes that readers get.

* A row is an array of its values in a fixed order. Its key, the ledger's name, and what follows from
  the key are left out.
* Claims have no row each. Those of 32 log positions lie on one shelf, an array of the words they use
  and of the claims themselves, with the number of a word where it stands. A shelf is written whole
  when one of its claims changes, so how many there are to write never depends on how long the log is.

`FORM` names this; a generation of views says in which form it is. Form 1 was one JSON object a row, as
readers get it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

import msgspec

from services.projection.evidence import SortedClaims
from services.projection.heard import Stand
from services.projection.rows import RECORDS, Row, Table


FORM = 2
#: Log positions of one shelf, as a power of two.
SHELF_BITS = 5

#: A row's fields, as its shape names them.
Fields = dict[str, Any]


class ClaimOnShelf(NamedTuple):
    """A claim as it goes onto a shelf; `is_id_shared` if another publisher uses its id too."""

    position: int
    id: str
    source: str
    is_id_shared: bool
    stand: Stand | None


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
#: What a figure is about, where its id does not say all of it.
_ABOUT = ("exchange", "date", "measure", "side", "category")
_about = itemgetter(*_ABOUT)
_HASH = "sha256:"
_DAY_CHARACTERS = len("2024-01-03")

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


def pack(table: Table, key: str, row: Fields) -> bytes:
    """Give a row of any table but claims as it is stored under its key."""
    values = _values[table](row)
    match table:
        case "exchanges":
            figures = [figure.removeprefix(key) for figure in row["figures"]]
            return _encode((figures, *values))
        case "figures":
            about = None if _is_said_by(key, row) else _about(row)
            *refs, excluded = row["claims"].values()
            claims = (*refs, [(gone["claim"], gone["reason"]) for gone in excluded])
            return _encode((about, claims, row["inputs_hash"].removeprefix(_HASH), *values))
        case "totals" | "checks" | "claims":
            return _encode(values)


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
        said["claims"] = shown_claims(SortedClaims._make((*refs, excluded)))
        said["inputs_hash"] = _HASH + inputs
    if table != "totals":
        said["id"] = key
    said |= zip(_STORED[table], found, strict=True)
    return (record.model_validate(said),)


def pack_shelf(claims: Sequence[ClaimOnShelf]) -> bytes:
    """Give a shelf of claims as it is stored."""
    words: dict[str | None, int] = {}

    def number(word: str | None) -> int | None:
        return None if word is None else words.setdefault(word, len(words))

    packed = []
    for position, claim_id, source, is_shared, stand in claims:
        row = [position & _ON_SHELF, claim_id, number(source), int(is_shared)]
        if stand is not None:
            row += (
                stand.tier,
                stand.low,
                stand.high,
                number(stand.voice),
                number(stand.camp),
                number(stand.state),
                number(stand.exchange),
                number(stand.figure),
                number(stand.reason),
                number(stand.evidence),
            )
        packed.append(row)
    return _encode((list(words), packed))


def shown_claims(claims: SortedClaims) -> Fields:
    """Give the claims at a figure as its row shows them."""
    *refs, excluded = claims
    shown: Fields = dict(zip(SortedClaims._fields, refs, strict=False))
    shown["excluded"] = [{"claim": claim, "reason": reason} for claim, reason in excluded]
    return shown


_ON_SHELF = (1 << SHELF_BITS) - 1
_NUMBERS = ("tier", "low", "high")
_WORDS = ("voice", "camp", "state", "exchange", "figure", "reason", "evidence")


def _claims_on(shelf: str, stored: Any) -> Iterator[Fields]:
    words, claims = stored
    for offset, claim_id, source, is_shared, *stand in claims:
        position = (int(shelf) << SHELF_BITS) | offset
        assignment: Fields | None = None
        if stand:
            said = [None if number is None else words[number] for number in stand[len(_NUMBERS) :]]
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


def _is_said_by(key: str, row: Fields) -> bool:
    """Say whether all that a figure is about can be read from its id."""
    exchange, day, *others = _about(row)
    return (
        key.split(":", 3) == [exchange, *others]
        and day is not None
        and exchange[:_DAY_CHARACTERS] == day.isoformat()
    )


def _said_by(key: str) -> tuple[str, ...]:
    exchange, measure, side, category = key.split(":", 3)
    return exchange, exchange[:_DAY_CHARACTERS], measure, side, category
