"""By which words reports name the offices that the ledger's file declares.

"State Commission on Prisoners, Hostages and Others" is "the State Commission" and "the SCPHO" as well, and people
whom `claimant_aliases` call by its name speak for it.
"""

import re
from collections.abc import Iterator

from schemas.ledger import LedgerConfiguration
from services.extraction.tokens import words_in


#: What an office's name goes on with behind what reports call it: "on Prisoners", "(SC)", "and its staff".
_REST = re.compile(r" (?:and|for|in|of|on|or|to|with) |[,;(]")
_SHORT_WORDS_MIN = 2
_INITIALS_MIN = 3
_FULL_NAME = re.compile(r"[A-Z][\w’'-]+(?: [A-Z][\w’'-]+){1,3}$")
_SURNAME_LETTERS = 4


def office_words(ledger: LedgerConfiguration, language: str) -> Iterator[tuple[str, str]]:
    """Yield words for offices, each with the office's code."""
    for office in ledger.offices:
        words = [office.name, *office.words.get(language, ())]
        if language == "en":
            words += _shorter(office.name)
        for alias, name in ledger.claimant_aliases.items():
            words += _names_of(alias) if name == office.name else ()
        yield from ((word, office.code) for word in words)


def _shorter(name: str) -> Iterator[str]:
    """Yield what reports call an office whose name is long: its beginning, and its initials."""
    short = _REST.split(name)[0]
    if short != name and len(words_in(short)) >= _SHORT_WORDS_MIN:
        yield short
    initials = "".join(re.findall(r"\b[A-Z]", name))
    # "National Museum Council", but not "Council of the Museum"
    if name.istitle() and len(initials) >= _INITIALS_MIN:
        yield initials


def _names_of(person: str) -> Iterator[str]:
    """Yield the names of somebody who speaks for an office: the full one and the surname."""
    if _FULL_NAME.match(person):
        yield person
        surname = person.rsplit(maxsplit=1)[-1]
        if len(surname) >= _SURNAME_LETTERS:
            yield surname
