"""Where a report was written, in front of what it tells: "KLOW (Kurier) - ", "Klow, 9 May: "; it is nobody's doing."""

from collections.abc import Sequence

from services.extraction.tokens import Token


_WORDS_MAX = 12
_DASHES = frozenset("-–—")
_BETWEEN = frozenset(",./()")


def datelines_in(text: str, tokens: Sequence[Token], sentences: Sequence[range]) -> list[range]:
    """Return the words of datelines, each at the beginning of a sentence."""
    found = (_dateline(text, tokens, sentence) for sentence in sentences)
    return [one for one in found if one is not None]


def _dateline(text: str, tokens: Sequence[Token], sentence: range) -> range | None:
    """Return the words up to the dash or colon behind a place and a day, or behind a place in capitals."""
    marks = 0
    for at in range(sentence.start, min(sentence.start + _WORDS_MAX, sentence.stop)):
        word = text[tokens[at].start : tokens[at].end]
        is_end = word in _DASHES or word == ":"
        if is_end and at > sentence.start:
            place = text[tokens[sentence.start].start : tokens[sentence.start].end]
            is_marked = marks > 0 or (place.isupper() and word in _DASHES)
            return range(sentence.start, at) if is_marked else None
        is_place = word[0].isupper() or word[0].isdigit() or word in _BETWEEN
        if not is_place and "(" not in text[tokens[sentence.start].start : tokens[at].start]:
            return None
        marks += word in _BETWEEN
    return None
