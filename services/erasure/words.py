"""What takes the place of erased words, so that every figure stays as it is (pure).

A figure is decided by who speaks, by which reports are one, and by a few words of the vocabulary. So one
name gets one new name wherever it stands, one address one new address, and of a wording those words stay
that the rules look at, which are in the vocabulary and say nothing of anybody.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from schemas.claim import Claim, extra_fields
from schemas.ledger import LedgerConfiguration
from schemas.record import Received
from services.reconciliation.claims.canonical_text import canonical_text, canonical_url
from services.reconciliation.claims.lexicon import lexicon_of
from services.reconciliation.claims.speakers import speaker_name


#: How what takes the place of an erased text begins, by field.
WORDING_BEGINS = "[erased]"
NAME_BEGINS = {"name": "speaker-", "reported_by": "outlet-", "quoted_from": "source-"}
URL_BEGINS = "https://erased.invalid/"
#: A year that "the first since" may name.
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
#: The fields of a claim that hold a name.
NAME_FIELDS = ("name", "reported_by", "quoted_from")


class ErasedName(NamedTuple):
    """One name in all its spellings, and what takes the place of each.

    Attributes:
        key: What tells whom it names from others.
        substitute: What takes its place in sentences.
        spellings: Each spelling as a field has it, with what takes its place there.
    """

    key: str
    substitute: str
    spellings: Mapping[str, str]


def wording_left(wording: str, measure: str, ledger: LedgerConfiguration) -> str:
    """Return what takes the place of a wording: no word of it but those that rules look at.

    >>> from services.ledgers import load_ledger
    >>> wording_left("One of the largest, says A. B.", "superlative", load_ledger("rus-ukr"))
    '[erased] one of'
    """
    kept = [" ".join(phrase) for phrase in lexicon_of(ledger).said_in(wording)]
    if measure == "first_since" and (year := _YEAR.search(wording)):
        kept.append(year[0])
    return " ".join([WORDING_BEGINS, *kept])


def is_erased(field: str, text: str) -> bool:
    """Return whether a text already took the place of an erased one."""
    if field == "wording":
        return text.startswith(WORDING_BEGINS)
    if field == "url":
        return text.startswith(URL_BEGINS)
    return any(text.startswith(begins) for begins in NAME_BEGINS.values())


def erased_name(
    name: str, spelt: Iterable[str], substitute: str, ledger: LedgerConfiguration
) -> ErasedName:
    """Return what takes the place of a name.

    Args:
        name: As the claim has it.
        spelt: All names that the log has.
        substitute: The new name.
        ledger: Which names are one.

    >>> from services.ledgers import load_ledger
    >>> named = erased_name("A. B.", ["a.  b.", "A. B. (via C)", "D."], "speaker-1", load_ledger("rus-ukr"))
    >>> named.spellings
    {'A. B.': 'speaker-1', 'a.  b.': 'speaker-1', 'A. B. (via C)': 'speaker-1 (2)'}
    """
    key = speaker_name(name, ledger).key
    same = dict.fromkeys(
        [name, *(other for other in spelt if speaker_name(other, ledger).key == key)]
    )
    # Outlets are told apart by the whole of their names, speakers by what stands before a bracket.
    numbers: dict[str, int] = {}
    for spelling in same:
        numbers.setdefault(canonical_text(spelling), len(numbers) + 1)
    spellings = {
        spelling: substitute if number == 1 else f"{substitute} ({number})"
        for spelling in same
        for number in [numbers[canonical_text(spelling)]]
    }
    return ErasedName(key, substitute, spellings)


class Substitution:
    """What takes the place of words in all events of a log.

    Attributes:
        ledger: Which names are one, and which words rules look at.
        token: Random digits for what takes the place of names and addresses.
    """

    def __init__(self, ledger: LedgerConfiguration, token: str) -> None:
        self.ledger, self.token = ledger, token
        self._names: dict[str, str] = {}
        self._url: tuple[str, str] | None = None
        self._in_sentences: dict[str, str] = {}
        self._pattern: re.Pattern[str] | None = None

    def add_name(self, named: ErasedName) -> None:
        """Put another name in the place of one."""
        self._names |= named.spellings
        for spelling in named.spellings:
            for text in (spelling, speaker_name(spelling, self.ledger).shown):
                self._add(text, named.substitute)
        self._add(named.key, named.substitute)

    def add_url(self, url: str, substitute: str) -> None:
        """Put another address in the place of one, however it is written."""
        self._url = (canonical_url(url), substitute)
        self._add(url, substitute)

    def add_quotation(self, wording: str, left: str) -> None:
        """Put another wording in the place of one where a sentence quotes it."""
        self._add(f"“{wording}”", f"“{left}”")

    def _add(self, text: str, substitute: str) -> None:
        self._in_sentences[text.casefold()] = substitute
        longest_first = sorted(self._in_sentences, key=len, reverse=True)
        either = "|".join(map(re.escape, longest_first))
        self._pattern = re.compile(rf"(?<!\w)(?:{either})(?!\w)", re.IGNORECASE)

    def name(self, text: str) -> str:
        """Return what stands in the place of a name that is all of a field."""
        return self._names.get(text) or self.sentence(text)

    def url(self, text: str) -> str:
        """Return what stands in the place of an address."""
        if self._url is not None and canonical_url(text) == self._url[0]:
            return self._url[1]
        return text

    def sentence(self, text: str) -> str:
        """Return a text with others in the place of the erased ones in it."""
        if self._pattern is None:
            return text
        return self._pattern.sub(
            lambda found: self._in_sentences.get(found[0].casefold(), WORDING_BEGINS), text
        )

    def holds(self, text: str) -> bool:
        """Return whether a text holds erased words."""
        return self._pattern is not None and self._pattern.search(text) is not None


def texts_of(claim: Claim) -> dict[str, str]:
    """Return the texts of a claim by their fields, of those that can be erased."""
    found = {
        "wording": claim.wording,
        "name": claim.claimant.name,
        "url": claim.url,
        "reported_by": claim.reported_by,
        "quoted_from": claim.quoted_from,
    }
    return {field: text for field, text in found.items() if text is not None}


def has_other(claim: Claim) -> bool:
    """Return whether a claim names a reviewer, or holds more than the fields of a claim."""
    reviewer = claim.extraction.reviewer if claim.extraction else None
    is_reviewed = reviewer is not None and reviewer != WORDING_BEGINS
    return is_reviewed or any(extra_fields(part) for _, part in _parts_of(claim))


def drop_other(shape: dict[str, Any], claim: Claim) -> None:
    """Take who reviewed a claim, and what is no field of a claim, out of its JSON."""
    for name, part in _parts_of(claim):
        place = shape[name] if name else shape
        for extra in extra_fields(part):
            del place[extra]
    if claim.extraction is not None and claim.extraction.reviewer is not None:
        shape["extraction"]["reviewer"] = WORDING_BEGINS


def _parts_of(claim: Claim) -> Iterator[tuple[str, Received]]:
    yield "", claim
    for name in Claim.model_fields:
        part = getattr(claim, name)
        if isinstance(part, Received) and part.__pydantic_extra__:
            yield name, part
