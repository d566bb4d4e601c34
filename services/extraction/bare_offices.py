"""Whose office speaks where its side is not said: "according to the Defence Ministry, 40 Ruritanian soldiers came home".

The ledger's file does not say whose an office of its own is: a report may say so once, or what else the file tells.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from schemas.ledger import LedgerConfiguration, LedgerOffice, LedgerSpeaker
from services.extraction.marking import Mark, MarkedText
from services.extraction.tokens import words_in


#: How far behind a number those whom it counts may be named.
_COUNTED_WORDS = 1
_COME = ("back", "get")
#: What leads from an office to its side, and how far: "the council of the Ruritanian".
_OF = frozenset(("of", "for", "from"))
_OF_WORDS = 3
#: Where a text is asked whose an office is; a report names tens.
_MENTIONS_MAX = 100
#: An office with this in its name counts whom it lets go, the other side's people.
_OF_PRISONS = frozenset(("prison", "prisons", "jail", "jails", "penitentiary"))


def holder_by_people(
    marked: MarkedText, office: Mark, holders: Sequence[LedgerSpeaker]
) -> LedgerSpeaker | None:
    """Return who of several holds an office: of the side whose people alone a sentence counts as come home."""
    sentence = marked.sentence_at(office.start)
    if not any(marked.has(kind, sentence.start, sentence.stop) for kind in _COME):
        return None
    numbers = [one for one in marked.numbers if one.start in sentence and one.kind == "cardinal"]
    counted = {
        side.value
        for kind in ("side_owner", "side_people")
        for side in marked.marks(kind, sentence.start, sentence.stop)
        for one in numbers
        if side.start - _COUNTED_WORDS <= one.end <= side.start
    }
    if len(counted) != 1:
        return None
    return next((one for one in holders if one.party in counted), None)


def side_of_office(marked: MarkedText, office: Mark) -> str | None:
    """Return whose an office of the ledger's file is, null where neither the report nor the file tells."""
    if office.value not in {one.code for one in marked.ledger.offices}:
        return None
    beside = list(_sides_beside(marked, office))
    if beside:
        return beside[0]
    if _is_of_others(marked, office):
        return None
    return _side_said(marked, office.value) or _side_by_file(marked.ledger, office.value)


@lru_cache(8)
def _side_said(marked: MarkedText, code: str) -> str | None:
    """Return the side that a text says an office to be of where it names it first; asked for each naming of it."""
    sides = (
        side
        for other in marked.marks("office", 0, len(marked.words))[:_MENTIONS_MAX]
        if other.value == code
        for side in _sides_beside(marked, other)
    )
    return next(sides, None)


def _is_of_others(marked: MarkedText, office: Mark) -> bool:
    """Return whether an office is of those whom the ledger does not know: "the Cedrian premier", "premier of Cedria"."""
    before, after = office.start - 1, office.end + 1
    is_before = before > marked.sentence_at(office.start).start and marked.is_name(before)
    is_after = marked.words[office.end : after] == ["of"] and marked.is_name(after)
    is_known = any(marked.at(kind, before) for kind in ("speaker", "office"))
    return marked.language_code == "en" and (is_after or (is_before and not is_known))


def _sides_beside(marked: MarkedText, office: Mark) -> Iterator[str]:
    """Yield the sides that stand right before an office, or behind it and "of"."""
    first = marked.sentence_at(office.start).start
    is_led = marked.words[office.end : office.end + 1] and marked.words[office.end] in _OF
    for kind in ("side_owner", "side_name"):
        before = marked.marks(kind, max(first, office.start - _OF_WORDS), office.start)
        yield from (one.value for one in before if one.end == office.start)
        if is_led:
            after = marked.marks(kind, office.end + 1, office.end + _OF_WORDS)
            yield from (one.value for one in after)


@lru_cache(256)
def _side_by_file(ledger: LedgerConfiguration, code: str) -> str | None:
    """Return whose an office is by the ledger's file: its name, a speaker or a scope, or whom it counts."""
    office = next(one for one in ledger.offices if one.code == code)
    if (named := _side_in_name(ledger, office)) is not None:
        return named
    holders = [(one.party, one.role) for one in ledger.speakers]
    holders += [(one.party, one.role) for one in ledger.scopes if one.party != "*"]
    listed = {party for party, role in holders if role == code}
    return listed.pop() if len(listed) == 1 else _side_by_counting(ledger, office)


def _side_in_name(ledger: LedgerConfiguration, office: LedgerOffice) -> str | None:
    """Return the side that an office's name names: "Ruritanian army"."""
    named = MarkedText(office.name, ledger=ledger, language="en")
    sides = {
        one.value
        for kind in ("side_owner", "side_name")
        for one in named.marks(kind, 0, len(named.words))
    }
    return sides.pop() if len(sides) == 1 else None


def _side_by_counting(ledger: LedgerConfiguration, office: LedgerOffice) -> str | None:
    """Return an office's side by whose people it counts: its own, or the other's if those let go are counted."""
    counted = [code for code in ledger.side_codes if ledger.is_competent(office.code, code)]
    if len(counted) != 1:
        return None
    others = [code for code in ledger.side_codes if code not in counted]
    is_crosswise = bool(_OF_PRISONS & set(words_in(office.name))) or any(
        ledger.is_competent(one.code, code)
        for one in ledger.offices
        if (own := _side_in_name(ledger, one)) is not None
        for code in ledger.side_codes
        if code != own
    )
    if not is_crosswise:
        return counted[0]
    return others[0] if len(others) == 1 else None
