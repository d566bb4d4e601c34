"""Who is named beside a verb of saying and does not speak: by whom something was, for whom, between whom."""

from services.extraction.marking import Mark, MarkedText


_MEANS = frozenset(("by", "with", "through", "via", "from"))
#: What somebody is behind "of" who only helped: "under the auspices of".
_HELP = frozenset(
    ("auspices", "supervision", "presence", "mediation", "help", "assistance", "aegis", "support")
)
#: What somebody says something in, and how that came about.
_MESSAGES = frozenset(
    ("statement", "post", "message", "announcement", "report", "release", "readout")
)
_MADE = frozenset(("made", "issued", "released", "published", "posted", "shared", "given"))
_BETWEEN_WORDS = 7


def is_means(marked: MarkedText, mark: Mark) -> bool:
    """Return whether somebody is named as who did or got something: "a plane operated by the Red Cross".

    "15 were handed over to Ruritanian authorities", "under the auspices of the Red Cross", "fighters loyal to
    the president" are no more.
    """
    before = before_name(marked, mark)
    if before < 1:
        return before == 0 and marked.words[0] in _MEANS
    if marked.words[before] == "to":
        is_aide = marked.is_small("aide", before - 1)  # "an adviser to the president"
        is_given = marked.at("says_after", before - 1) is None and not is_aide
        return is_given and marked.language_code == "en"
    is_of_help = marked.words[before] == "of" and marked.words[before - 1] in _HELP
    return marked.words[before] in _MEANS or is_of_help


def before_name(marked: MarkedText, mark: Mark) -> int:
    """Return the place before a name and before whose it is: "to" of "to the Ruritanian authorities"."""
    before = mark.start - 1
    kinds = ("side_owner", "side_name", "office")
    while before > 0 and (
        marked.words[before] == "the"
        or any(marked.at(kind, before) for kind in kinds)
        or (
            marked.words[before][0].isalpha()
            and marked.is_name(before)
            and not marked.at("say", before)
        )
    ):
        before -= 1
    return before


def is_author(marked: MarkedText, mark: Mark) -> bool:
    """Return whether what is cited is somebody's: "according to a statement made by the Ruritanian ministry"."""
    before = before_name(marked, mark)
    if before < 2 or marked.words[before] not in ("by", "from", "of"):  # noqa: PLR2004
        return False
    return marked.words[before - 1 - (marked.words[before - 1] in _MADE)] in _MESSAGES


def is_through(marked: MarkedText, mark: Mark) -> bool:
    """Return whether something came by way of somebody: "confirmed through the Red Cross"."""
    before = mark.start - 1
    if before > 0 and marked.words[before] == "the":
        before -= 1
    return before >= 0 and marked.words[before] in ("through", "via")


def is_between(marked: MarkedText, saying: Mark, mark: Mark) -> bool:
    """Return whether somebody is named as one between whom something was: "the swap between A and B officials"."""
    return "between" in marked.words[max(saying.end, mark.start - _BETWEEN_WORDS) : mark.start]
