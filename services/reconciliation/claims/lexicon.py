"""A ledger's vocabulary, ready to look words up in.

A text is cut into words, without case, accents and marks. At each word the longest phrase that begins
there is what is said; a word of no phrase says nothing known. What a ledger's own file says of a phrase
holds, whatever the default vocabulary says of it.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from typing_extensions import override

from schemas.ledger import LedgerConfiguration
from schemas.words import CATEGORY_KINDS, RELEASE_KINDS, LedgerVocabulary
from services.reconciliation.claims.canonical_text import canonical_text, without_category


#: Words of a phrase.
Phrase = tuple[str, ...]
_Table: TypeAlias = dict[Phrase, frozenset[str]]

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
        self._whole: _Table = {}
        self._begun: _Table = {}
        # Nearly no word of a report begins a phrase: that is asked first.
        #: By first word, how many words the longest phrase has; those apart of which a word's beginning is all.
        self._first_words: dict[str, int] = {}
        self._first_letters: set[str] = set()
        self._stems: tuple[str, ...] = ()

    def add(self, text: str, kinds: Iterable[str]) -> None:
        """Add a phrase; one that is known says this too."""
        phrase, is_begun = words_of(text), text.rstrip().endswith("*")
        if phrase:
            table = self._begun if is_begun else self._whole
            table[phrase] = self.known(phrase, is_begun=is_begun) | frozenset(kinds)
            first = phrase[0]
            if is_begun and len(phrase) == 1:
                self._first_letters.add(first[:_STEM_LENGTH_MIN])
                self._stems = (*self._stems, first)
            else:
                self._first_words[first] = max(self._first_words.get(first, 0), len(phrase))

    def known(self, phrase: Phrase, *, is_begun: bool) -> frozenset[str]:
        """Return what a phrase says, whole or as a beginning of words."""
        return (self._begun if is_begun else self._whole).get(phrase, frozenset())

    def occur_in(self, words: Phrase) -> bool:
        """Return whether any phrase stands in a text."""
        return any(self._found_in(words))

    def may_occur_in(self, words: Phrase) -> bool:
        """Return whether a text holds a word with which a phrase begins."""
        return bool(self._stems) or not self._first_words.keys().isdisjoint(words)

    def kinds_in(self, words: Phrase) -> frozenset[str]:
        """Return what the phrases of a text say."""
        return frozenset().union(*[piece.kinds for piece in self._found_in(words)])

    def all_in(self, words: Phrase) -> list[Phrase]:
        """Return the phrases that stand in a text, in order."""
        return [piece.words for piece in self._found_in(words)]

    def _found_in(self, words: Phrase) -> Iterator[Piece]:
        """Find the longest phrase at each word of a text."""
        letters, stems = self._first_letters, self._stems
        for start, word in enumerate(words):
            # Asked here, without a call for each word.
            if word in self._first_words or (
                word[:_STEM_LENGTH_MIN] in letters and word.startswith(stems)
            ):
                found = self.find(words, start)
                if found is not None:
                    yield found

    def find(self, words: Phrase, start: int) -> Piece | None:
        """Return the longest phrase that begins at a word, null if none does."""
        longest = self.longest_with(words[start])
        for length in range(min(longest, len(words) - start), 0, -1):
            found = words[start : start + length]
            kinds = self.known(found, is_begun=False) or self._of_beginning(found)
            if kinds:
                return Piece(found, kinds)
        return None

    def longest_with(self, word: str) -> int:
        """Return how many words a phrase that begins with a word may have, 0 if none does."""
        is_stem = word[:_STEM_LENGTH_MIN] in self._first_letters
        return self._first_words.get(word, 1 if is_stem else 0)

    def _of_beginning(self, found: Phrase) -> frozenset[str]:
        *before, last = found
        for length in range(len(last), _STEM_LENGTH_MIN - 1, -1):
            kinds = self.known((*before, last[:length]), is_begun=True)
            if kinds:
                return kinds
        return frozenset()


class _PhrasesBeside(Phrases):
    """Phrases beside those of others, which stay as they are."""

    def __init__(self, others: Phrases) -> None:
        super().__init__()
        self._others = others

    @override
    def _found_in(self, words: Phrase) -> Iterator[Piece]:
        found = (self.find(words, start) for start in range(len(words)))
        return (piece for piece in found if piece is not None)

    @override
    def longest_with(self, word: str) -> int:
        return max(super().longest_with(word), self._others.longest_with(word))

    @override
    def known(self, phrase: Phrase, *, is_begun: bool) -> frozenset[str]:
        own = super().known(phrase, is_begun=is_begun)
        return own or self._others.known(phrase, is_begun=is_begun)


class _Vocabulary:
    """A vocabulary, ready to look words up in: hundreds of kilobytes, which many ledgers share."""

    def __init__(self, words: LedgerVocabulary) -> None:
        self.categories = Phrases()
        for kind in CATEGORY_KINDS:
            for word in _listed(getattr(words, kind)):
                self.categories.add(word, (kind,))
        self.attached = sorted(_attached(words), key=len, reverse=True)
        self.joining = {words_of(word) for word in _listed(words.joining)}
        self.shares = _phrases(words.shares)
        self.releases = Phrases()
        for kind in RELEASE_KINDS:
            for word in _listed(getattr(words, kind)):
                self.releases.add(word, (kind,))
        self.says = {
            "hedges": _phrases(words.hedges),
            "windows": _phrases(words.windows),
        }


class Lexicon:
    """What the words of one ledger say."""

    def __init__(self, ledger: LedgerConfiguration) -> None:
        vocabulary = _vocabulary_of(ledger.vocabulary.model_dump_json())
        self._categories = _PhrasesBeside(vocabulary.categories)
        for side in ledger.sides:
            for word in (side.name, *_listed(side.names), *_listed(side.demonyms)):
                self._categories.add(word, ("fillers",))
        self._attached, self._joining = vocabulary.attached, vocabulary.joining
        self._shares, self._says = vocabulary.shares, vocabulary.says
        self._releases = vocabulary.releases

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
        found = self._shares.find(words, 0) if words else None
        if found is None or len(found.words) == len(words):
            return None
        return found.words, words[len(found.words) :]

    def says(self, kind: str, text: str) -> bool:
        """Return whether a text says something of a kind: `hedges`, `windows`."""
        return self._says[kind].occur_in(words_of(text))

    def release_said(self, text: str) -> str | None:
        """Return how a text says that people came back, one of `RELEASE_KINDS`, null if it does not.

        >>> from services.ledgers import load_ledger
        >>> lexicon = lexicon_of(load_ledger("rus-ukr"))
        >>> [lexicon.release_said(text) for text in ("handed over nine", "not an exchange", "45 men")]
        ['let_go', 'one_sided', None]
        """
        return _release_said(self._releases, text)

    def said_in(self, text: str) -> list[Phrase]:
        """Return the phrases of a text by which it says something of any of these kinds.

        >>> from services.ledgers import load_ledger
        >>> lexicon_of(load_ledger("rus-ukr")).said_in("One of the largest, says A. B.")
        [('one', 'of')]
        """
        kinds = (self._releases, *self._says.values())
        return [phrase for said in kinds for phrase in said.all_in(words_of(text))]

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


@lru_cache(16_384)
def _release_said(releases: Phrases, text: str) -> str | None:
    # A category is said in very many claims, and so are the words of a report that others copy.
    said = releases.kinds_in(words_of(text))
    return next((kind for kind in RELEASE_KINDS if kind in said), None)


@lru_cache(64)
def _vocabulary_of(words: str) -> _Vocabulary:
    """Return a vocabulary by its text: ledgers without words of their own have the same one."""
    return _Vocabulary(LedgerVocabulary.model_validate_json(words))


#: As many as one process serves: with fewer kept, reconciliation of many ledgers made one anew for each figure.
@lru_cache(4_096)
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
