"""Whether a side that is named speaks: "Ruritania said", "according to Ruritania"."""

from services.extraction.marking import Mark, MarkedText
from services.extraction.silence import keeps_a_number


_BESIDE = 4
_TURNS = frozenset((",", "where", "who", "whose", "whom", "which"))
_WHAT = frozenset(("what", "which", "that"))
#: Behind these a side is where something is, and whose: "the movement in Ruritania says".
_WHERE = frozenset(("in", "inside", "near", "across"))


def speaks(marked: MarkedText, side: Mark) -> bool:
    """Return whether a side itself is said to speak: "Ruritania said", but not "what Ruritania said"."""
    if side.start and marked.words[side.start - 1] in _WHAT and not _is_in_what(marked, side):
        return False
    if side.start and marked.words[side.start - 1] in _WHERE and marked.language_code == "en":
        return False
    cited = marked.marks("says_after", max(0, side.start - 3), side.start)
    # "according to Ruritania", "Ruritania does not publish the number"
    if any(one.end == side.start for one in cited) or keeps_a_number(marked, side.end):
        return True
    stop = side.end + _BESIDE
    if _WHERE & set(marked.words[side.end : stop]):
        stop += 2  # "the movement in Ruritania says"
    for place in range(side.end, min(stop, len(marked.words))):
        if marked.at("say", place):
            return True
        if marked.words[place] in _TURNS or marked.at("people", place):
            return False
    return False


def _is_in_what(marked: MarkedText, side: Mark) -> bool:
    """Return whether what is told is a side's word for it: "in what Ruritania said was the first"."""
    return side.start > 1 and marked.words[side.start - 2 : side.start] == ["in", "what"]
