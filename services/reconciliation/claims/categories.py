"""Categories are a lattice: who is counted, and which count contains which.

    all = military + civilian + unspecified     a partition
    military ⊃ services (disjoint) ⊃ …          sub ≤ super
    all ⊃ cross-cuts (ranks, sex, places, …)    sub ≤ super, never added to services

A category is free text, so its place is found by its words; a ledger may name the place of words of
its own conflict. Whatever way it is spelled, it is one category: in the spelling of the ledger's file if
that names it, else in its canonical form. The dead are nobody's return: bodies stand outside the lattice. Source:
reconciliation.md §3.
"""

import re
from typing import Literal

from schemas.ledger import LedgerConfiguration
from services.reconciliation.claims.canonical_text import canonical_text


Place = Literal[
    "all", "military", "civilian", "service", "within-military", "within-civilian", "cross-cut"
]

#: Words that say nothing about who is counted: a speaker's scope decides.
UNSAID = frozenset({"unspecified", "prisoners", "prisoners of war", "pows", "people", "detainees"})

_BODIES = re.compile(r"\b(?:body|bodies|remains|corpses?|dead|deceased|fallen)\b", re.IGNORECASE)

#: Services: no person is in two of them, so one claimant's may be added.
SERVICES = frozenset(
    {
        "armed forces",
        "national guard",
        "border guards",
        "border guard",
        "state border guard service",
        "navy",
        "air force",
        "territorial defence",
        "territorial defense",
        "police",
        "national police",
        "state special transport service",
        "security service",
    }
)

_NAMED: dict[str, Place] = {"all": "all", "military": "military", "civilian": "civilian"}
_MILITARY_WORDS = (
    "soldier",
    "service",
    "troop",
    "fighter",
    "conscript",
    "pilot",
    "marine",
    "regiment",
    "brigade",
    "battalion",
    "militia",
    "commander",
    "officer",
    "private",
    "sergeant",
    "defender",
    "garrison",
    "military",
)
_CIVILIAN_WORDS = ("civilian", "child", "driver", "employee", "journalist", "priest", "medic")


def canonical_category(category: str, ledger: LedgerConfiguration) -> str:
    """Return the one spelling of a category: the ledger's own if its file names it.

    >>> from services.ledgers import load_ledger
    >>> ledger = load_ledger("rus-ukr")
    >>> [canonical_category(words, ledger) for words in ("Military ", "rosatom  EMPLOYEES")]
    ['military', 'Rosatom employees']
    """
    plain = canonical_text(category)
    own = (name for name in ledger.category_aliases if canonical_text(name) == plain)
    return next(own, plain)


def place_of(category: str, ledger: LedgerConfiguration) -> Place:
    """Return where a category stands in the lattice.

    >>> from services.ledgers import load_ledger
    >>> ledger = load_ledger("rus-ukr")
    >>> [place_of(words, ledger) for words in ("military", "national guard", "women", "officers")]
    ['military', 'service', 'cross-cut', 'within-military']
    """
    named = ledger.category_aliases.get(canonical_category(category, ledger))
    if named is not None:
        return _place_below(named)
    words = canonical_text(category)
    if words in _NAMED:
        return _NAMED[words]
    if words in SERVICES:
        return "service"
    if any(word in words for word in _CIVILIAN_WORDS):
        return "within-civilian"
    if any(word in words for word in _MILITARY_WORDS):
        return "within-military"
    return "cross-cut"


def are_bodies(category: str) -> bool:
    """Return whether a category counts the dead.

    >>> are_bodies("Bodies of fallen soldiers"), are_bodies("bodyguards")
    (True, False)
    """
    return _BODIES.search(category) is not None


def category_of_remains(category: str) -> str:
    """Return whose remains are counted: everybody's, unless a part of them is named.

    Remains are handed over and counted as those of soldiers, and few who count them say so.

    >>> [category_of_remains(words) for words in ("bodies", "military", "civilian")]
    ['all', 'all', 'civilian']
    """
    is_everybody = category in ("all", "military") or is_unsaid(category) or are_bodies(category)
    return "all" if is_everybody else category


def is_unsaid(category: str) -> bool:
    """Return whether a category leaves open who is counted.

    >>> is_unsaid("Prisoners of war")
    True
    """
    return canonical_text(category) in UNSAID


def _place_below(named: str) -> Place:
    match named:
        case "military":
            return "within-military"
        case "civilian":
            return "within-civilian"
        case _:
            return "cross-cut"
