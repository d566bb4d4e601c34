"""A report's text with the words that matter marked: of the language, and of the ledger's conflict."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from schemas.ledger import LedgerConfiguration
from schemas.words import Words
from services.extraction.datelines import datelines_in
from services.extraction.given_words import words_given
from services.extraction.links import without_links
from services.extraction.numbers import Number, numbers_in
from services.extraction.office_words import office_words
from services.extraction.phrases import PhraseTable
from services.extraction.split_verbs import are_got, split_verbs, tells
from services.extraction.tokens import Token, tokens_of
from services.extraction.words import LanguageWords, words_of_language


#: Most numbers of a text that are read: a report has tens. Each is read beside all others.
NUMBERS_MAX = 400
#: What a phrase is marked as: its kind, and what it says (a side's code, a category, an office).
Sense = tuple[str, str]
#: Kinds of words of the ledger's vocabulary that name people who are counted.
_PEOPLE_KINDS = ("military", "civilian", "services", "military_parts")


class Mark(NamedTuple):
    """A phrase that says something.

    Attributes:
        kind: What sort of thing it says.
        value: What it says.
        start: The place of its first word.
        end: The place after its last word.
    """

    kind: str
    value: str
    start: int
    end: int


class MarkedText:
    """A text's words, sentences, numbers and marks."""

    def __init__(self, text: str, *, ledger: LedgerConfiguration, language: str) -> None:
        self.text = text
        self.ledger = ledger
        self.language_code = language
        self.language: LanguageWords = words_of_language(language)
        self.tokens: Sequence[Token] = without_links(tokens_of(text), language)
        self.words = [token.text for token in self.tokens]
        self.numbers: Sequence[Number] = numbers_in(self.tokens, self.language)[:NUMBERS_MAX]
        self.sentences = _sentences(self.tokens)
        self._marks = _marked(self.words, phrases_of(ledger, language), self.sentences)
        if language == "en":
            self._leave_out_datelines()
            starts = {one.start for one in self.numbers}
            given = self._marks.get("give", ())
            got = [one.start for one in given if are_got(self.words, one.start, starts)]
            self._marks["give"] = [
                one for one in given if not tells(self.words, one.start) and one.start not in got
            ]
            self._add("get", got)
            for kind in ("free", "give"):
                self._add(kind, split_verbs(self.words, self.sentences, kind))
        self._starts = {kind: [mark.start for mark in marks] for kind, marks in self._marks.items()}

    def _leave_out_datelines(self) -> None:
        """Leave out the sides whose towns only say where a report was written."""
        places = {at for one in datelines_in(self.text, self.tokens, self.sentences) for at in one}
        for kind in ("side_name", "side_owner", "mediator") if places else ():
            self._marks[kind] = [
                one for one in self._marks.get(kind, ()) if one.start not in places
            ]

    def _add(self, kind: str, places: Sequence[int]) -> None:
        """Mark single words as a kind, beside those that are marked so already."""
        found = [Mark(kind, kind, at, at + 1) for at in places]
        if found:
            self._marks[kind] = sorted(
                (*self._marks.get(kind, ()), *found), key=lambda one: one.start
            )

    def marks(self, kind: str, start: int, end: int) -> Sequence[Mark]:
        """Return the marks of a kind that begin within some words, in order."""
        starts = self._starts.get(kind)
        if not starts:
            return ()
        return self._marks[kind][bisect_left(starts, start) : bisect_left(starts, end)]

    def has(self, kind: str, start: int, end: int) -> bool:
        """Return whether a mark of a kind begins within some words."""
        return bool(self.marks(kind, start, end))

    def all_marks(self) -> Iterator[Mark]:
        """Yield every mark, of each kind in order."""
        for marks in self._marks.values():
            yield from marks

    def at(self, kind: str, place: int) -> Mark | None:
        """Return the mark of a kind that begins at a word, null if none does."""
        return next(iter(self.marks(kind, place, place + 1)), None)

    def is_small(self, name: str, place: int) -> bool:
        """Return whether a short word of the language's lists stands at a place: "of", "on"."""
        return place < len(self.words) and self.words[place] in self.language.small[name]

    def sentence_at(self, place: int) -> range:
        """Return the places of the words of the sentence that a word is in."""
        return self.sentences[self.tokens[place].sentence]

    def quote(self, start: int, end: int) -> str:
        """Return the text of some words, as it stands."""
        return self.text[self.tokens[start].start : self.tokens[end - 1].end]

    def is_name(self, place: int) -> bool:
        """Return whether a word is written with a capital; behind the end of the text there is none."""
        if place >= len(self.tokens):
            return False
        return self.text[self.tokens[place].start].isupper()


def _sentences(tokens: Sequence[Token]) -> list[range]:
    found: list[range] = []
    start = 0
    for place, token in enumerate(tokens):
        if place and token.sentence != tokens[place - 1].sentence:
            found += [range(start, place)]
            start = place
    return [*found, range(start, len(tokens))]


def _marked(
    words: Sequence[str], table: PhraseTable[Sense], sentences: Sequence[range]
) -> dict[str, list[Mark]]:
    """Return all marks by kind; of one kind the longest at each place, none within another."""
    marks: dict[str, list[Mark]] = {}
    ends: dict[str, int] = {}
    for sentence in sentences:
        within = words[: sentence.stop]
        for place in sentence:
            longest: dict[str, Mark] = {}
            for found in table.find_at(within, place):
                kind, value = found.value
                if kind not in longest or found.end > longest[kind].end:
                    longest[kind] = Mark(kind, value, found.start, found.end)
            for kind, mark in longest.items():
                if mark.start >= ends.get(kind, 0):
                    marks.setdefault(kind, []).append(mark)
                    ends[kind] = mark.end
    return marks


@lru_cache(32)
def phrases_of(ledger: LedgerConfiguration, language: str) -> PhraseTable[Sense]:
    """Return the phrases of a language and of a ledger's conflict."""
    # The ledger's offices before those of the language: what both name is the ledger's.
    return PhraseTable(
        (
            *_office_phrases(ledger, language),
            *words_of_language(language).phrases,
            *_ledger_phrases(ledger, language),
        )
    )


def _office_phrases(ledger: LedgerConfiguration, language: str) -> Iterator[tuple[str, Sense]]:
    for word, code in office_words(ledger, language):
        yield word, ("office", code)
        if language == "en":
            yield f"{word}s", ("office", code)


def _ledger_phrases(ledger: LedgerConfiguration, language: str) -> Iterator[tuple[str, Sense]]:
    yield from _side_phrases(ledger, language)
    if language == "en":
        yield from _given_phrases(ledger)
    for party in ledger.parties:
        yield party.name, ("party", party.code)
    named = [
        *((one.name, one.words, ("speaker", str(n))) for n, one in enumerate(ledger.speakers)),
        *((one.name, one.words, ("mediator", one.code)) for one in ledger.mediators),
    ]
    for name, words, sense in named:
        for word in (name, *words.get(language, ())):
            yield word, sense
            if language == "en":
                yield f"{word}s", sense
    yield from ((word, ("war", "opened")) for word in ledger.war.get(language, ()))
    yield from _people_phrases(ledger, language)


def _side_phrases(ledger: LedgerConfiguration, language: str) -> Iterator[tuple[str, Sense]]:
    def listed(words: Words) -> Sequence[str]:
        return words.get(language, ())

    for side in ledger.sides:
        for name in (side.name, *listed(side.names), *listed(side.mentions)):
            yield name, ("side_name", side.code)
            if language == "en":
                yield f"{name}s", ("side_owner", side.code)
        for kind, words in (
            ("side_owner", side.demonyms),
            ("side_people", side.people),
            ("side_force", side.forces),
            ("captor", side.captors),
        ):
            yield from ((word, (kind, side.code)) for word in listed(words))
        if language == "en":
            yield from _people_of_demonyms(side.code, listed(side.demonyms))


def _given_phrases(ledger: LedgerConfiguration) -> Iterator[tuple[str, Sense]]:
    """Yield the words that the names of sides and mediators give."""
    sides = ledger.side_codes
    for code, kind, word in words_given(ledger):
        if code not in sides:
            yield word, ("mediator", code)
            continue
        yield word, (kind, code)
        if kind == "side_name":
            yield f"{word}s", ("side_owner", code)
        elif kind == "side_owner":
            yield from _people_of_demonyms(code, [word])


def _people_of_demonyms(code: str, demonyms: Sequence[str]) -> Iterator[tuple[str, Sense]]:
    """Yield the plurals of demonyms: "Ruritanians" of "Ruritanian"."""
    yield from ((f"{word}s", ("side_people", code)) for word in demonyms if not word.endswith("s"))


def _people_phrases(ledger: LedgerConfiguration, language: str) -> Iterator[tuple[str, Sense]]:
    for alias, place in ledger.category_aliases.items():
        if place != "dead":
            yield alias, ("people", place if place in ("military", "civilian") else alias)
    for kind in _PEOPLE_KINDS:
        words = getattr(ledger.vocabulary, kind).get(language, ())
        for word in words:
            category = kind if kind in ("military", "civilian") else word.rstrip("*")
            yield word, ("people_known", category)
