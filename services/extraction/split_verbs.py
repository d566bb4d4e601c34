"""English verbs that those who are freed stand within: "let 40 captives go", "set nine women free"."""

from collections.abc import Sequence


#: A verb, and what ends it behind those who are freed.
_SPLIT = {
    "let": "go",
    "lets": "go",
    "letting": "go",
    "set": "free",
    "sets": "free",
    "setting": "free",
}
#: How many words those who are freed may be told in.
_WITHIN_WORDS = 8
_STOPS = frozenset((",", ";", ":", "and", "but", "who", "that", "to"))


def split_verbs(words: Sequence[str], sentences: Sequence[range]) -> list[int]:
    """Return where such verbs stand."""
    return [
        place
        for sentence in sentences
        for place in sentence
        if words[place] in _SPLIT and _is_ended(words, place, sentence.stop)
    ]


def _is_ended(words: Sequence[str], place: int, stop: int) -> bool:
    """Return whether what ends a verb stands behind it, and not right behind it."""
    for at in range(place + 1, min(place + _WITHIN_WORDS + 1, stop)):
        if words[at] == _SPLIT[words[place]]:
            return at > place + 1
        if words[at] in _STOPS:
            return False
    return False
