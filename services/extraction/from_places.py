"""People told by where they are from, without a verb, in Ukrainian and Russian: "Из Зилипа 40 человек, из Клова – 12"."""

from services.extraction.marking import MarkedText


_DASHES = frozenset("-–—")
_ACTS = ("give", "get", "free", "back", "swap", "exchange", "held")
#: How many sentences before them those may be told of whose part they are.
_WITHIN_SENTENCES = 2


def are_from_a_place(marked: MarkedText, start: int, end: int) -> bool:
    """Return whether those counted from one place of the text to another are told by where they are from alone."""
    if marked.language_code == "en":
        return False
    sentence = marked.sentence_at(start)
    if any(marked.has(kind, sentence.start, sentence.stop) for kind in _ACTS):
        return False
    own = marked.tokens[start].sentence
    before = marked.sentences[max(0, own - _WITHIN_SENTENCES)]
    is_told = any(marked.has(kind, before.start, sentence.start) for kind in _ACTS)
    return is_told and (_is_behind_place(marked, start) or _is_before_place(marked, end))


def _is_behind_place(marked: MarkedText, start: int) -> bool:
    place = start - 1
    if place > 0 and marked.words[place] in _DASHES:
        place -= 1
    return place > 0 and marked.is_name(place) and marked.at("from_place", place - 1) is not None


def _is_before_place(marked: MarkedText, end: int) -> bool:
    place = end
    if marked.words[place : place + 1] and marked.words[place] in _DASHES:
        place += 1
    return marked.at("from_place", place) is not None and marked.is_name(place + 1)
