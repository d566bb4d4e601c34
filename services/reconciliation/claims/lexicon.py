"""A ledger's vocabulary, ready to look words up in.

A text is cut into words, without case, accents and marks. At each word the longest phrase that begins
there is what is said; a word of no phrase says nothing known. What a ledger's own file says of a phrase
holds, whatever the default vocabulary says of it.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from schemas.ledger import LedgerConfiguration
from schemas.words import CATEGORY_KINDS, LedgerVocabulary
from services.reconciliation.claims.canonical_text import canonical_text, without_category


#: Words of a phrase.
Phrase = tuple[str, ...]

#: A word, or a mark that joins two.
_WORD = re.compile(r"[^\W_]+|[&+,/;]")
#: Letters that differ in nothing but the keyboard or the custom of a country.
_SAME_LETTERS = str.maketrans("ىیکةı", "ييكهi")
#: Shortest word that is looked up by its beginning.
_STEM_LENGTH_MIN = 2


class Piece(NamedTuple):
    """A phrase of a text: its words, and what kinds of words it is; of none if nobody knows it."""

    words: Phrase
    kinds: frozenset[str]


@lru_cache(8_192)
def words_of(text: str) -> Phrase:
    """Return the words of a text, as they are compared.

    >>> words_of("The soldiers\u2019 “Été”, law-enforcement")
    ('the', 'soldiers', 'ete', ',', 'law', 'enforcement')
    """
    if text.isascii():
        # What else is done to such a text parts no words.
        return tuple(_WORD.findall(text.casefold()))
    plain = canonical_text(text)
    if not plain.isascii():
        plain = without_category(unicodedata.normalize("NFKD", plain), "Mn")
        plain = plain.translate(_SAME_LETTERS)
    return tuple(_WORD.findall(plain))


class Phrases:
    """Phrases and what each says; the longest that fits wins, a whole one before a beginning."""

    def __init__(self) -> None:
        self._whole: dict[Phrase, frozenset[str]] = {}
        self._begun: dict[Phrase, frozenset[str]] = {}
        self._longest = 0
        # Nearly no word of a report begins a phrase: that is asked first.
        self._first_words: set[str] = set()
        self._first_letters: set[str] = set()

    def add(self, text: str, kinds: Iterable[str]) -> None:
        """Add a phrase; one that is known says this too."""
        phrase, table = self._table_of(text)
        if phrase:
            table[phrase] = table.get(phrase, frozenset()) | frozenset(kinds)
            self._longest = max(self._longest, len(phrase))
            if table is self._begun and len(phrase) == 1:
                self._first_letters.add(phrase[0][:_STEM_LENGTH_MIN])
            else:
                self._first_words.add(phrase[0])

    def forget(self, text: str) -> None:
        """Remove a phrase, if it is known."""
        phrase, table = self._table_of(text)
        table.pop(phrase, None)

    def _table_of(self, text: str) -> tuple[Phrase, dict[Phrase, frozenset[str]]]:
        return words_of(text), self._begun if text.rstrip().endswith("*") else self._whole

    def occur_in(self, words: Phrase) -> bool:
        """Return whether any phrase stands in a text."""
        if self._first_words.isdisjoint(words) and self._first_letters.isdisjoint(
            [word[:_STEM_LENGTH_MIN] for word in words]
        ):
            return False
        # Most words begin no phrase; whether one does is asked here, without a call for each.
        return any(
            self.find(words, start)
            for start, word in enumerate(words)
            if word in self._first_words or word[:_STEM_LENGTH_MIN] in self._first_letters
        )

    def all_in(self, words: Phrase) -> list[Phrase]:
        """Return the phrases that stand in a text, in order."""
        found = (self.find(words, start) for start in range(len(words)))
        return [piece.words for piece in found if piece is not None]

    def find(self, words: Phrase, start: int) -> Piece | None:
        """Return the longest phrase that begins at a word, null if none does."""
        first = words[start]
        if first not in self._first_words and first[:_STEM_LENGTH_MIN] not in self._first_letters:
            return None
        for length in range(min(self._longest, len(words) - start), 0, -1):
            found = words[start : start + length]
            kinds = self._whole.get(found) or self._of_beginning(found)
            if kinds is not None:
                return Piece(found, kinds)
        return None

    def _of_beginning(self, found: Phrase) -> frozenset[str] | None:
        *before, last = found
        for length in range(len(last), _STEM_LENGTH_MIN - 1, -1):
            kinds = self._begun.get((*before, last[:length]))
            if kinds is not None:
                return kinds
        return None


class Lexicon:
    """What the words of one ledger say."""

    def __init__(self, ledger: LedgerConfiguration) -> None:
        vocabulary = ledger.vocabulary
        self._categories = Phrases()
        for kind in CATEGORY_KINDS:
            for word in _listed(getattr(vocabulary, kind)):
                self._categories.add(word, (kind,))
        for side in ledger.sides:
            for word in (side.name, *_listed(side.names), *_listed(side.demonyms)):
                self._categories.add(word, ("fillers",))
        self._attached = sorted(_attached(vocabulary), key=len, reverse=True)
        self._joining = {words_of(word) for word in _listed(vocabulary.joining)}
        self._shares = _phrases(vocabulary.shares)
        self._says = {
            "one_sided": _phrases(vocabulary.one_sided),
            "hedges": _phrases(vocabulary.hedges),
            "windows": _phrases(vocabulary.windows),
        }

    def read(self, category: str) -> list[Piece]:
        """Return the phrases of a category, in order."""
        words = tuple(self._detached(words_of(category)))
        pieces = []
        start = 0
        while start < len(words):
            found = self._categories.find(words, start)
            piece = found or Piece(words[start : start + 1], frozenset())
            pieces.append(piece)
            start += len(piece.words)
        return pieces

    def share_of(self, category: str) -> tuple[Phrase, Phrase] | None:
        """Return by which way a category came and which one it is, null for one that names no such share."""
        words = words_of(category)
        found = self._shares.find(words, 0)
        if found is None or len(found.words) == len(words):
            return None
        return found.words, words[len(found.words) :]

    def says(self, kind: str, text: str) -> bool:
        """Return whether a text says something of a kind: `one_sided`, `hedges`, `windows`."""
        return self._says[kind].occur_in(words_of(text))

    def said_in(self, text: str) -> list[Phrase]:
        """Return the phrases of a text by which it says something of any of these kinds.

        >>> from services.ledgers import load_ledger
        >>> lexicon_of(load_ledger("rus-ukr")).said_in("One of the largest, says A. B.")
        [('one', 'of')]
        """
        return [phrase for said in self._says.values() for phrase in said.all_in(words_of(text))]

    def _detached(self, words: Phrase) -> Iterator[str]:
        """Return the words without what is written onto their beginnings, and "and" by itself."""
        for word in words:
            if not self._attached or word.isascii() or self._categories.find((word,), 0):
                yield word
                continue
            for beginning in self._attached:
                rest = word.removeprefix(beginning)
                if rest != word and self._categories.find((rest,), 0):
                    if (beginning[:1],) in self._joining:
                        yield beginning[:1]
                    yield rest
                    break
            else:
                yield word


@lru_cache(16)
def lexicon_of(ledger: LedgerConfiguration) -> Lexicon:
    """Return the vocabulary of a ledger, ready to look words up in."""
    return Lexicon(ledger)


def merged(own: LedgerVocabulary, default: LedgerVocabulary) -> LedgerVocabulary:
    """Return the default vocabulary with a ledger's own: a phrase that both have is the ledger's own."""
    taken = {words_of(word) for kind in CATEGORY_KINDS for word in _listed(getattr(own, kind))}
    kinds = {}
    for kind in LedgerVocabulary.model_fields:
        shipped: Mapping[str, Sequence[str]] = getattr(default, kind)
        added: Mapping[str, Sequence[str]] = getattr(own, kind)
        is_taken = taken if kind in CATEGORY_KINDS else set()
        kinds[kind] = {
            language: (
                *added.get(language, ()),
                *(word for word in shipped.get(language, ()) if words_of(word) not in is_taken),
            )
            for language in sorted({*shipped, *added})
        }
    return LedgerVocabulary.model_validate(kinds)


def _listed(words: Mapping[str, Sequence[str]]) -> Iterator[str]:
    return (word for language in sorted(words) for word in words[language])


def _attached(vocabulary: LedgerVocabulary) -> set[str]:
    return {word for text in _listed(vocabulary.attached) for word in words_of(text)}


def _phrases(words: Mapping[str, Sequence[str]]) -> Phrases:
    phrases = Phrases()
    for word in _listed(words):
        phrases.add(word, ("said",))
    return phrases
