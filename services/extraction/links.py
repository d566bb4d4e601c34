"""What leads to other reports and tells nothing of its own: "Read also", with the titles behind it."""

from collections.abc import Sequence
from functools import cache
from itertools import pairwise

from services.extraction.phrases import PhraseTable
from services.extraction.tokens import Token
from services.extraction.words import LanguageWords, words_of_language


#: Most titles in lines of their own behind "Read also:".
_TITLES_MAX = 4
_ENDS = frozenset(".!?…;:")


def without_links(tokens: Sequence[Token], language: str) -> list[Token]:
    """Return a text's tokens without the sentences that lead to other reports.

    A line that says no more than "Read also:" goes with the lines behind it that have no mark at their end, as
    titles have none, and that begin a list no more than titles do.
    """
    table = _links(language)
    words = [token.text for token in tokens]
    kept: list[Token] = []
    titles = 0
    paragraph = -1
    for sentence in _sentences(tokens):
        first, last = tokens[sentence[0]], tokens[sentence[-1]]
        is_line = first.paragraph != paragraph
        paragraph = first.paragraph
        start = next((at for at in sentence if words[at][0].isalnum()), sentence[0])
        found = table.find_at(words[: sentence[-1] + 1], start)
        if found:
            rest = words[max(one.end for one in found) : sentence[-1] + 1]
            titles = 0 if any(word[0].isalnum() for word in rest) else _TITLES_MAX
            continue
        if titles and is_line and first.text[0].isalpha() and last.text not in _ENDS:
            titles -= 1
            continue
        titles = 0
        kept += [tokens[at] for at in sentence]
    return _numbered(kept) if len(kept) < len(tokens) else list(tokens)


@cache
def _links(language: str) -> PhraseTable[str]:
    words: LanguageWords = words_of_language(language)
    return PhraseTable((phrase, kind) for phrase, (kind, _) in words.phrases if kind == "read_also")


def _sentences(tokens: Sequence[Token]) -> list[range]:
    starts = [
        place
        for place, token in enumerate(tokens)
        if not place or token.sentence != tokens[place - 1].sentence
    ]
    return [range(start, stop) for start, stop in pairwise([*starts, len(tokens)])]


def _numbered(tokens: Sequence[Token]) -> list[Token]:
    """Return tokens with their sentences numbered anew, without gaps."""
    numbers: dict[int, int] = {}
    return [
        token._replace(sentence=numbers.setdefault(token.sentence, len(numbers)))
        for token in tokens
    ]
