"""Phrases of several words, found in a row of words; a word that ends in `*` stands for all that begin so."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, NamedTuple, TypeVar

from services.extraction.tokens import words_in


V = TypeVar("V")
_STEM_LENGTH_MIN = 2


class FoundPhrase(NamedTuple, Generic[V]):
    """A phrase that was found: what it says, its first word's place and the place after its last."""

    value: V
    start: int
    end: int


class _Node(Generic[V]):
    """What may follow in a phrase, by whole words and by beginnings, and what a phrase that ends here says."""

    __slots__ = ("begun", "values", "whole")

    def __init__(self) -> None:
        self.whole: dict[str, _Node[V]] = {}
        self.begun: dict[str, _Node[V]] = {}
        self.values: list[V] = []

    def after(self, word: str) -> Iterator["_Node[V]"]:
        """Return where a word leads: as a whole one, then by its longest beginnings."""
        if (node := self.whole.get(word)) is not None:
            yield node
        if self.begun:
            for length in range(len(word), _STEM_LENGTH_MIN - 1, -1):
                if (node := self.begun.get(word[:length])) is not None:
                    yield node


def _is_no_word(words: Sequence[str], place: int) -> bool:
    if place >= len(words):
        return False
    return words[place] in "-‑–/" or (words[place] == "." and len(words[place - 1]) == 1)


class PhraseTable(Generic[V]):
    """Phrases and what each says. A phrase may say several things, each of which is found."""

    def __init__(self, phrases: Iterable[tuple[str, V]]) -> None:
        self._root: _Node[V] = _Node()
        for text, value in phrases:
            self._add(words_in(text), value)

    def _add(self, words: Sequence[str], value: V) -> None:
        node = self._root
        for word in words:
            table, key = (node.begun, word[:-1]) if word.endswith("*") else (node.whole, word)
            node = table.setdefault(key, _Node())
        if words and value not in node.values:
            node.values.append(value)

    def find_at(self, words: Sequence[str], start: int) -> list[FoundPhrase[V]]:
        """Return the phrases that begin at a word, the longest of each value."""
        longest: dict[V, int] = {}
        reached = [(self._root, start)]
        while reached:
            node, place = reached.pop()
            for value in node.values:
                longest[value] = max(longest.get(value, 0), place)
            # A hyphen between two words of a phrase is no word of it, nor a stroke, nor the point of "U.N.".
            after = place + 1 if place > start and _is_no_word(words, place) else place
            if after < len(words):
                reached += [(one, after + 1) for one in node.after(words[after])]
        return [FoundPhrase(value, start, end) for value, end in longest.items()]
