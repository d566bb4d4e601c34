"""Words that say that somebody does not tell a number: "does not publish", "none of the statements specified"."""

from services.extraction.marking import Mark, MarkedText


#: How many words there may be between "did not", or "none of", and its verb, and from there to "how many".
_WORDS_DENIED_MAX = 2
_WORDS_ASKED_MAX = 6


def silences(marked: MarkedText, start: int, stop: int) -> list[Mark]:
    """Return the words in a span that say that something is not told."""
    return [
        *marked.marks("not_said", start, stop),
        *(
            Mark("not_said", "not_said", denied.start, told.end)
            for denied in marked.marks("does_not", start, stop)
            for told in marked.marks("tell", denied.end, stop)
            if told.start - denied.end <= _WORDS_DENIED_MAX
        ),
    ]


def keeps_a_number(marked: MarkedText, place: int) -> bool:
    """Return whether words for silence on a number begin at a place: "does not publish the number"."""
    if place >= len(marked.words):
        return False
    stop = marked.sentence_at(place).stop
    return any(
        one.start == place
        and marked.has("how_many", one.end, min(one.end + _WORDS_ASKED_MAX, stop))
        for one in silences(marked, place, min(place + _WORDS_ASKED_MAX, stop))
    )
