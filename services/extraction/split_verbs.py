"""English verbs by what stands behind them: "let 40 captives go", "turned nine women over"; "gave these details"."""

from collections.abc import Collection, Sequence


#: A verb, what ends it behind those who are freed, and what it says of who does it.
_SPLIT = {
    **dict.fromkeys(("let", "lets", "letting"), (("go",), "free")),
    **dict.fromkeys(("set", "sets", "setting"), (("free",), "free")),
    **dict.fromkeys(("turn", "turns", "turned", "turning"), (("over",), "give")),
    **dict.fromkeys(("send", "sends"), (("home", "back"), "give")),
}
#: How many words those who are freed may be told in.
_WITHIN_WORDS = 8
#: What is told, and no people, by whoever gives it.
_GIVEN = frozenset(("gave", "gives", "given", "giving", "give"))
_TOLD = frozenset(("details", "detail"))
_TOLD_WORDS = 3
#: Words between "was" and "given": "was then also given 8".
_ADVERBS = frozenset(("then", "also", "later", "itself", "now", "already", "again", "likewise"))
_WERE = frozenset(("was", "were", "been"))
_STOPS = frozenset((",", ";", ":", "and", "but", "who", "that", "to"))


def split_verbs(words: Sequence[str], sentences: Sequence[range], kind: str) -> list[int]:
    """Return where such verbs of a kind stand."""
    return [
        place
        for sentence in sentences
        for place in sentence
        if words[place] in _SPLIT
        and _SPLIT[words[place]][1] == kind
        and _is_ended(words, place, sentence.stop)
    ]


def _is_ended(words: Sequence[str], place: int, stop: int) -> bool:
    """Return whether what ends a verb stands behind it, and not right behind it."""
    for at in range(place + 1, min(place + _WITHIN_WORDS + 1, stop)):
        if words[at] in _SPLIT[words[place]][0]:
            return at > place + 1
        if words[at] in _STOPS:
            return False
    return False


def are_got(words: Sequence[str], place: int, starts: Collection[int]) -> bool:
    """Return whether somebody was given so many: "Klow was then also given eight"; numbers begin at `starts`."""
    before = place - 1
    while before > 0 and words[before] in _ADVERBS:
        before -= 1
    # "was given" alone is one of the words for getting
    is_apart = words[place] == "handed" or before < place - 1
    is_passive = words[place] in ("given", "handed") and is_apart and words[before] in _WERE
    return is_passive and place + 1 in starts


def tells(words: Sequence[str], place: int) -> bool:
    """Return whether somebody gives no people, but what he tells: "gave these details"."""
    behind = words[place + 1 : place + 1 + _TOLD_WORDS]
    return words[place] in _GIVEN and bool(_TOLD & set(behind))
