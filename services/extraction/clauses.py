"""The parts of a sentence that each tell one thing: who let whom go, and who says so.

A sentence is divided at semicolons, at words that set one thing against another ("while", "in exchange"), and
at a comma or "and" where what stands on either side has a verb and a number of its own.
"""

from services.extraction.marking import MarkedText


VERBS = ("give", "get", "free", "back", "swap", "say")


def clauses_of(marked: MarkedText, sentence: range) -> list[range]:
    """Return the clauses of a sentence, in order."""
    places = sorted({*_hard(marked, sentence), *_soft(marked, sentence)})
    starts = [
        sentence.start,
        *(place for place in places if sentence.start < place < sentence.stop),
    ]
    ends = [*starts[1:], sentence.stop]
    return [range(start, end) for start, end in zip(starts, ends, strict=True)]


def clause_at(marked: MarkedText, place: int) -> range:
    """Return the clause that a word is in."""
    return next(one for one in clauses_of(marked, marked.sentence_at(place)) if place in one)


def _hard(marked: MarkedText, sentence: range) -> list[int]:
    places = [place for place in sentence if marked.words[place] == ";"]
    for kind in ("break", "in_turn"):
        for mark in marked.marks(kind, sentence.start, sentence.stop):
            # "115 in exchange for 115" sets nothing apart.
            if mark.end < len(marked.words) and marked.words[mark.end] in ("for", "на", "за"):
                continue
            places.append(mark.start)
    return places


def _soft(marked: MarkedText, sentence: range) -> list[int]:
    """Return the commas and conjunctions that divide two statements."""
    found: list[int] = []
    start = sentence.start
    for place in sentence:
        is_joint = marked.words[place] in (",", "а") or marked.at("and", place) is not None
        if is_joint and _is_whole(marked, start, place) and _is_whole(marked, place, sentence.stop):
            found.append(place)
            start = place
    return found


def _is_whole(marked: MarkedText, start: int, end: int) -> bool:
    """Return whether some words tell one thing: a verb with its number."""
    has_number = any(start <= one.start < end for one in marked.numbers)
    if not has_number or not any(marked.has(kind, start, end) for kind in VERBS):
        return False
    # What begins with a number goes on with a list: "2 officers, 14 soldiers returned home".
    first = next((one.start for one in marked.numbers if one.start >= start), end)
    return start == 0 or any(
        marked.has(kind, start, first) for kind in (*VERBS, "side_name", "side_owner", "speaker")
    )
