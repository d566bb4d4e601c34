"""Categories are a lattice: who is counted, and which count contains which.

    all = military + civilian + unspecified     a partition
    military ⊃ services (disjoint) ⊃ …          sub ≤ super
    all ⊃ cross-cuts (ranks, sex, places, …)    sub ≤ super, never added to services

A category is free text. Its place is found by its words in the ledger's vocabulary, whole words and
phrases alone; a ledger may name the place of a category of its own. Who says "soldiers and civilians"
counts both. What comes after "of" or "from" says which of them, and decides nothing where it is known
who they are: "relatives of the fallen" are alive. A category of which no word is known may be anybody:
it is part of everybody, added to nothing, and said to be unknown.

Whatever way it is spelled, it is one category: in the spelling of the ledger's file if that names it,
else in its canonical form. The dead are nobody's return. Source: reconciliation.md §3, §9.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from schemas.claim import OF_WHOM_DEAD
from schemas.ledger import LedgerConfiguration
from services.reconciliation.claims.canonical_text import canonical_text
from services.reconciliation.claims.lexicon import Piece, lexicon_of


Place = Literal[
    "all", "military", "civilian", "service", "within-military", "within-civilian", "cross-cut"
]

#: The category of who leaves open who is counted.
UNSAID = "unspecified"
#: How it is noted that no word of a category is known.
NOT_KNOWN = "category-not-known"


class Category(NamedTuple):
    """Who is counted.

    Attributes:
        name: The one name of the category: `all`, `military`, `civilian` and `unspecified` however they
            are said, else as it is spelled.
        place: Where it stands in the lattice; of `unspecified`, where it stands if nobody says more.
        is_dead: Whether the dead are counted.
        is_known: Whether the ledger knows any word of it.
    """

    name: str
    place: Place
    is_dead: bool = False
    is_known: bool = True


_CONTRACT = {
    "all": Category("all", "all"),
    "military": Category("military", "military"),
    "civilian": Category("civilian", "civilian"),
    UNSAID: Category(UNSAID, "cross-cut"),
    # No part of those who came back: `rules.dead_within` reads it.
    OF_WHOM_DEAD: Category(OF_WHOM_DEAD, "cross-cut"),
}


@lru_cache(8_192)
def read_category(category: str, ledger: LedgerConfiguration) -> Category:
    """Return who is counted by a category.

    >>> from services.ledgers import load_ledger
    >>> ledger = load_ledger("rus-ukr")
    >>> words = ("Military ", "soldiers and civilians", "national guard", "women", "officers", "POWs")
    >>> [read_category(word, ledger)[:2] for word in words[:3]]
    [('military', 'military'), ('all', 'all'), ('national guard', 'service')]
    >>> [read_category(word, ledger)[:2] for word in words[3:]]
    [('women', 'cross-cut'), ('officers', 'within-military'), ('unspecified', 'cross-cut')]
    >>> read_category("bodies of fallen soldiers", ledger).is_dead
    True
    """
    plain = canonical_text(category)
    if plain in _CONTRACT:
        return _CONTRACT[plain]
    for name, alias in ledger.category_aliases.items():
        if canonical_text(name) == plain:
            return _aliased(name, alias)
    pieces = lexicon_of(ledger).read(category)
    if _are_dead(pieces):
        return Category(plain, "cross-cut", is_dead=True)
    return _placed(plain, pieces)


def place_of(category: str, ledger: LedgerConfiguration) -> Place:
    """Return where a category stands in the lattice.

    >>> from services.ledgers import load_ledger
    >>> place_of("National Guard", load_ledger("rus-ukr"))
    'service'
    """
    return read_category(category, ledger).place


def category_of_remains(read: Category) -> str:
    """Return whose remains are counted: everybody's, unless a part of them is named.

    Remains are handed over and counted as those of soldiers, and few who count them say so.
    """
    is_everybody = read.is_dead or read.name in ("all", "military", UNSAID)
    return "all" if is_everybody else read.name


def is_unsaid(category: str) -> bool:
    """Return whether a category, by its one name, leaves open who is counted."""
    return category == UNSAID


def _aliased(name: str, alias: str) -> Category:
    """Return where a ledger's file puts a category of its own: below what it names."""
    match alias:
        case "military":
            return Category(name, "within-military")
        case "civilian":
            return Category(name, "within-civilian")
        case "service":
            return Category(name, "service")
        case "unspecified":
            return _CONTRACT[UNSAID]
        case "dead":
            return Category(name, "cross-cut", is_dead=True)
        case _:
            return Category(name, "cross-cut")


#: Kinds that say nothing about who is counted.
_SILENT = frozenset({"fillers", "joining", "belonging"})
_MILITARY = frozenset({"military", "services", "military_parts"})
_CIVILIAN = frozenset({"civilian", "civilian_parts", "relatives"})
_NARROWING = frozenset({"cross_cut", "not_dead"})


def _are_dead(pieces: Sequence[Piece]) -> bool:
    """Return whether the dead are counted: whether the first who are named are dead, and not theirs."""
    for named in _apart(pieces, "belonging"):
        kinds = [piece.kinds for piece in named if piece.kinds - _SILENT]
        for kind in kinds:
            if "dead" in kind:
                return True
            if "relatives" in kind:
                return False
        if kinds:
            return False
    return False


class _Group(NamedTuple):
    """People named together: where they stand, and whether that is all of them."""

    place: Place | Literal["unsaid"]
    is_whole: bool


def _placed(plain: str, pieces: Sequence[Piece]) -> Category:
    """Return where the living stand."""
    named, rest = _head(pieces)
    groups = [group for part in _apart(named, "joining") if (group := _group(part)) is not None]
    is_narrowed = bool(rest) or any(not piece.kinds for piece in named)
    place = _together(groups, is_narrowed=is_narrowed)
    if place == "unsaid":
        if not is_narrowed:
            return _CONTRACT[UNSAID]
        is_known = any(_NARROWING & piece.kinds for piece in pieces)
        return Category(plain, "cross-cut", is_known=is_known)
    if place in ("all", "military", "civilian"):
        return _CONTRACT[place]
    return Category(plain, place, is_known=bool(groups))


def _head(pieces: Sequence[Piece]) -> tuple[list[Piece], list[Piece]]:
    """Return who is named, and what is said of them after that.

    "People from the national guard" are of the national guard: who is left open is told by what follows.
    """
    apart = _apart(pieces, "belonging")
    for index, named in enumerate(apart):
        kinds = frozenset[str]().union(*(piece.kinds for piece in named)) - _SILENT
        if kinds - {"unsaid"}:
            before = [piece for earlier in apart[:index] for piece in earlier]
            after = [piece for later in apart[index + 1 :] for piece in later]
            return [*before, *named], [piece for piece in after if not _SILENT & piece.kinds]
    return list(pieces), []


def _group(pieces: Iterable[Piece]) -> _Group | None:
    """Return where people named as one group stand, null where no word of it is known."""
    kinds = [piece.kinds - _SILENT for piece in pieces if piece.kinds - _SILENT]
    said = frozenset[str]().union(*kinds)
    if not said:
        return None
    is_whole = not said & _NARROWING
    military, civilian = said & _MILITARY, said & _CIVILIAN
    place: Place | Literal["unsaid"]
    if "civilian" in said:
        # "Civilian sailors" are no soldiers.
        place = "civilian" if is_whole and not military else "within-civilian"
    elif military and civilian:
        place = "cross-cut"
    elif military:
        is_one = (
            is_whole and "military_parts" not in said and len(kinds) - _unsaid_count(kinds) == 1
        )
        whole: Place = "service" if "services" in military else "military"
        place = whole if is_one else "within-military"
    elif civilian:
        place = "within-civilian"
    elif not is_whole:
        place = "cross-cut"
    else:
        place = "all" if "everybody" in said else "unsaid"
    return _Group(place, is_whole)


def _unsaid_count(kinds: Iterable[frozenset[str]]) -> int:
    return sum(kind <= {"unsaid", "everybody"} for kind in kinds)


def _together(groups: Sequence[_Group], *, is_narrowed: bool) -> Place | Literal["unsaid"]:
    """Return where people stand who are counted together."""
    places = {group.place for group in groups}
    if not places:
        return "cross-cut"
    if len(places) == 1 and len(groups) == 1:
        [place] = places
        return _narrowed(place) if is_narrowed else place
    if places <= {"military", "service", "within-military"}:
        return "military" if places == {"military"} and not is_narrowed else "within-military"
    if places <= {"civilian", "within-civilian"}:
        return "civilian" if places == {"civilian"} and not is_narrowed else "within-civilian"
    if places == {"unsaid"}:
        return "unsaid"
    are_all = "all" in places or {"military", "civilian"} <= places
    return "all" if are_all and "cross-cut" not in places and not is_narrowed else "cross-cut"


def _narrowed(place: Place | Literal["unsaid"]) -> Place | Literal["unsaid"]:
    match place:
        case "military" | "service":
            return "within-military"
        case "civilian":
            return "within-civilian"
        case "all":
            return "cross-cut"
        case _:
            return place


def _apart(pieces: Iterable[Piece], kind: str) -> list[list[Piece]]:
    """Return the pieces between those of a kind; where one begins a group, it parts nothing."""
    apart: list[list[Piece]] = [[]]
    is_begun = False
    for piece in pieces:
        begins, is_begun = not is_begun, "joining" not in piece.kinds
        if kind in piece.kinds and not begins:
            apart.append([])
        else:
            apart[-1].append(piece)
    return apart
