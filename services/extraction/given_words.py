"""English words of sides and mediators that their names give, beside those in the ledger's file.

Users' files have few words. "Government of Arland and the coalition (AC)" names a state, whose capital and demonym
are known, a government, and three names of one side. What another side, party or mediator has too, in the file or
by its own name, is given to none.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from schemas.ledger import LedgerConfiguration, LedgerMediator, Party, Side
from services.extraction.states import state_in
from services.extraction.tokens import words_in


#: What parts names in a name: "Arland and the coalition", "Arland Front (AF)".
_JOINTS = re.compile(r" and | with | or |[,;/()]")
#: What of them is a name: "AF", "the coalition", but not "its allies".
_NAME = re.compile(r"[A-ZА-ЯІЇЄҐ]|the [a-z]+$")
#: A name that is the plural of a word for its people: "Rurits", but not "Hamas".
_PLURAL = re.compile(r"[A-Z]\w*[a-z](?<![aous])s$")
_GOVERNMENT = "government"
#: What reports call a government where no other side is one, by what the words say.
_OF_GOVERNMENTS: Mapping[str, tuple[str, ...]] = {
    "side_name": ("the government", "govt"),
    "side_force": (
        *("government forces", "government troops", "government soldiers"),
        *("government prisoners", "government detainees", "government captives"),
        *("prisoners of government", "prisoners of the government"),
    ),
    "captor": ("government custody", "government prisons", "government jails"),
}
#: What reports call those who fight a state where they are its one adversary.
_OF_REBELS: Mapping[str, tuple[str, ...]] = {
    "side_name": (
        *("rebels", "the rebels", "rebel group", "rebel movement"),
        *("insurgents", "the insurgents", "the guerrillas", "the militants", "the militia"),
        *("armed group", "militant group", "Islamist group", "Islamist movement"),
    ),
    "side_owner": ("rebel", "insurgent"),
    "captor": ("rebel captivity", "rebel custody", "rebel prisons", "rebel jails"),
}
_TWO = 2
_Phrase = tuple[str, ...]


class GivenWord(NamedTuple):
    """A word that a name gives.

    Attributes:
        code: The side or mediator whose it is.
        kind: What it says, as marks do: `side_name`, `side_owner` (a demonym), `side_force`, `captor`.
        word: The word or words.
    """

    code: str
    kind: str
    word: str


@lru_cache(32)
def words_given(ledger: LedgerConfiguration) -> tuple[GivenWord, ...]:
    """Return the words that names of sides and mediators give."""
    bodies: list[Side | Party | LedgerMediator] = [*ledger.sides, *ledger.parties]
    bodies += ledger.mediators
    given = [one for body in bodies for one in _words_of_name(body.code, body.name)]
    given += _words_of_rebels(ledger)
    phrases = {(body.code, words_in(word)) for body in bodies for word in _words_of_file(body)}
    phrases |= {(one.code, words_in(one.word)) for one in given}
    parties = {one.code for one in ledger.parties}
    return tuple(
        one
        for one in given
        if one.code not in parties
        and not any(code != one.code and _is_in(words_in(one.word), said) for code, said in phrases)
    )


def _words_of_name(code: str, name: str) -> Iterator[GivenWord]:
    parts = [part.strip() for part in _JOINTS.split(name)]
    for part in parts if len(parts) > 1 else ():
        if _NAME.match(part):
            yield GivenWord(code, "side_name", part)
            if _PLURAL.match(part):
                yield GivenWord(code, "side_owner", part[:-1])
    if (state := state_in(name)) is not None:
        # a government's state is a place as well: "of Arland", but not "in Arland"
        yield GivenWord(code, "side_name", f"{state.name}")
        yield GivenWord(code, "side_owner", f"{state.name}s")
        yield from (GivenWord(code, "side_name", word) for word in state.capitals)
        yield from (GivenWord(code, "side_owner", word) for word in state.demonyms)
    if _GOVERNMENT in words_in(name):
        for kind, words in _OF_GOVERNMENTS.items():
            yield from (GivenWord(code, kind, word) for word in words)


def _words_of_rebels(ledger: LedgerConfiguration) -> Iterator[GivenWord]:
    """Yield what the one side of two is called that is no state, if the other is one."""
    others = [side for side in ledger.sides if state_in(side.name) is None]
    if len(ledger.sides) == _TWO and len(others) == 1:
        for kind, words in _OF_REBELS.items():
            yield from (GivenWord(others[0].code, kind, word) for word in words)


def _words_of_file(body: Side | Party | LedgerMediator) -> Iterator[str]:
    """Yield all that the file calls a side, party or mediator in English."""
    yield body.name
    if isinstance(body, Side):
        for words in (body.names, body.demonyms, body.mentions, body.people, body.forces):
            yield from words.get("en", ())
    elif isinstance(body, LedgerMediator):
        yield from body.words.get("en", ())


def _is_in(words: _Phrase, phrase: _Phrase) -> bool:
    """Return whether some words stand in a phrase: "Arlandic" in "Arlandic Liberation Front"."""
    starts = range(len(phrase) - len(words) + 1)
    return any(phrase[start : start + len(words)] == words for start in starts)
