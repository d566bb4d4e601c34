"""How rows are stored: as JSON without what every row repeats, in about half the bytes that readers get.

* A row is an array of its values, in the order of the columns of its view. Its key, the ledger's name,
  and what follows from the key are left out.
* Claims have no row each. Those of 32 log positions lie in one block, an array of the words they use
  and of the claims themselves, with the number of a word where it stands. A block is written whole
  when one of its claims changes, so how many there are to write never depends on how long the log is.

`FORM` names this; a generation of views says in which form it is. Form 1 was one JSON object a row, as
readers get it. A new column is a new form, named in `ADDED`: rows of forms before it are read with its
default in its place, null if it has none, and their views are made anew.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import count
from operator import attrgetter, itemgetter
from typing import Any

import msgspec

from schemas.decisions import Assignment
from services.log_events.identities import Identity
from services.projection.rows import RECORDS, Row, Table
from services.projection.support import SortedClaims


#: Columns that came later than form 2, by the form they came with.
ADDED: Mapping[int, Mapping[Table, tuple[str, ...]]] = {
    3: {"exchanges": ("listed",)},
    4: {"exchanges": ("thirds",)},
    5: {"exchanges": ("lapsed_on",)},
    6: {"totals": ("said",)},
}
FORM = max((2, *ADDED))
#: Log positions of one block, as a power of two.
BLOCK_BITS = 5

#: A row's values, by the names of its view.
Columns = dict[str, Any]
#: A figure's row, with the columns of its view: there are most of them, and this is the quickest.
FigureRow = msgspec.defstruct(
    "FigureRow", [(name, Any) for name in RECORDS["figures"].model_fields], frozen=True, gc=False
)
#: A claim as it goes into a block: its position, who published it, whether another publisher uses its
#: id too, and where it stands.
ClaimInBlock = tuple[int, Identity, bool, Assignment | None]

#: What a figure is about, where its id does not say all of it.
_ABOUT = ("exchange", "date", "measure", "side", "category")
#: What of a row does not stand in its place: the key, the ledger, and what is packed in another way.
_APART: Mapping[Table, frozenset[str]] = {
    "exchanges": frozenset({"ledger", "id", "figures"}),
    "figures": frozenset({"ledger", "id", *_ABOUT, "claims", "inputs_hash"}),
    "totals": frozenset({"ledger"}),
    "checks": frozenset({"ledger", "id"}),
}


@cache
def stored_columns(table: Table, form: int) -> tuple[str, ...]:
    """Return what is stored of a row as it stands there, in this order."""
    later = {
        name for added, names in ADDED.items() if added > form for name in names.get(table, ())
    }
    left_out = _APART[table] | later
    return tuple(name for name in RECORDS[table].model_fields if name not in left_out)


_values: Mapping[Table, Callable[[Columns], tuple[Any, ...]]] = {
    table: itemgetter(*stored_columns(table, FORM)) for table in _APART if table != "figures"
}
_figure_values = attrgetter(*stored_columns("figures", FORM))
_about = attrgetter(*_ABOUT)
#: The claims at a figure: lists of refs, and those that do not count with the reason.
_REFS = ("best", "agreeing", "disagreeing", "explained")
_EXCLUDED = ("claim", "reason")
_HASH = "sha256:"
_DAY_CHARACTERS = len("2024-01-03")

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


def pack(table: Table, key: str, row: Columns) -> bytes:
    """Return a row of any table but figures and claims as it is stored under its key."""
    values = _values[table](row)
    if table == "exchanges":
        figures = [figure.removeprefix(key) for figure in row["figures"]]
        return _encode((figures, *values))
    return _encode(values)


def pack_figure(row: Any, *, are_in_id: bool) -> bytes:
    """Return a figure's row as it is stored under its id, which may say all that it is about."""
    about = None if are_in_id else _about(row)
    found: SortedClaims = row.claims
    excluded = [(one.claim, one.reason) for one in found.excluded]
    claims = (found.best, found.agreeing, found.disagreeing, found.explained, excluded)
    inputs = row.inputs_hash.removeprefix(_HASH)
    return _encode((about, claims, inputs, *_figure_values(row)))


def unpack(table: Table, key: str, stored: bytes, *, ledger: str, form: int) -> tuple[Row, ...]:
    """Return the rows that are stored under a key: one, but all claims of a block."""
    record = RECORDS[table]
    found = _decode(stored)
    if form == 1:
        return (record.model_validate(_not_there(table, form) | found),)
    if table == "claims":
        return tuple(record.model_validate(columns) for columns in _claims_in(key, found))
    said: Columns = {"ledger": ledger} | _not_there(table, form)
    if table == "exchanges":
        figures, *found = found
        said["figures"] = [key + name if name.startswith(":") else name for name in figures]
    elif table == "figures":
        about, (*refs, excluded), inputs, *found = found
        said |= zip(_ABOUT, about or _said_by(key), strict=True)
        said["claims"] = dict(zip(_REFS, refs, strict=True))
        said["claims"]["excluded"] = [dict(zip(_EXCLUDED, one, strict=True)) for one in excluded]
        said["inputs_hash"] = _HASH + inputs
    if table != "totals":
        said["id"] = key
    said |= zip(stored_columns(table, form), found, strict=True)
    return (record.model_validate(said),)


def _not_there(table: Table, form: int) -> Columns:
    """Return the columns that an earlier form has not, each with its default, null if it has none."""
    later = [names for added, names in ADDED.items() if added > form]
    fields = RECORDS[table].model_fields
    return {
        name: None if fields[name].is_required() else fields[name].default
        for names in later
        for name in names.get(table, ())
    }


def pack_block(claims: Sequence[ClaimInBlock]) -> bytes:
    """Return a block of claims as it is stored."""
    # Each word in turn gets the next number.
    number: defaultdict[str | None, int] = defaultdict(count().__next__)
    packed: list[tuple[Any, ...]] = []
    for position, identity, is_shared, stated in claims:
        offset, shared = position & _IN_BLOCK, 1 if is_shared else 0
        if stated is None:
            packed.append((offset, identity.id, number[identity.source], shared))
            continue
        packed.append(
            (
                offset,
                identity.id,
                number[identity.source],
                shared,
                stated.tier,
                stated.low,
                stated.high,
                number[stated.voice],
                number[stated.camp],
                number[stated.state],
                number[stated.exchange],
                number[stated.figure],
                number[stated.reason],
                number[stated.evidence],
            )
        )
    return _encode((list(number), packed))


_IN_BLOCK = (1 << BLOCK_BITS) - 1
_NUMBERS = ("tier", "low", "high")
_WORDS = ("voice", "camp", "state", "exchange", "figure", "reason", "evidence")


def _claims_in(block: str, stored: Any) -> Iterator[Columns]:
    words, claims = stored
    for offset, claim_id, source, is_shared, *stand in claims:
        position = (int(block) << BLOCK_BITS) | offset
        assignment: Columns | None = None
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
