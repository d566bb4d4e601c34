"""Two sides that are named in one breath, by name, by whose they are, or by their towns."""

from itertools import pairwise

from services.extraction.marking import Mark, MarkedText


BOTH = "both"
#: "the government of" Ruritania: what may stand between two sides in one breath.
_WORDS_BETWEEN_SIDES_MAX = 4
#: "between" the capital of one and that of the other.
_WORDS_BETWEEN_PLACES_MAX = 9
#: "between the government - held" town: what may stand before the first.
_WORDS_AFTER_BETWEEN = 5
_JOINTS = frozenset((",", "with", "з", "із", "с"))
_THAT = frozenset(("що", "что"))
_DASHES = frozenset("-–")


def side_at(marked: MarkedText, place: int) -> Mark | None:
    """Return the side that is named at a place: "Ruritania", "the Guard"."""
    at = place + (marked.words[place : place + 1] == ["the"])
    return marked.at("side_name", place) or marked.at("side_name", at)


def joined_sides(marked: MarkedText, span: range) -> Mark | None:
    """Return the words that name two sides in one breath: "Ruritania and Borduria"."""
    named = sorted(
        (
            *marked.marks("side_name", span.start, span.stop),
            # "Klow freed 40 from Bordurian captivity": whose captivity it is
            *(
                one
                for one in marked.marks("side_owner", span.start, span.stop)
                if marked.language_code == "en" or not marked.has("captivity", one.end, one.end + 1)
            ),
        ),
        key=lambda one: one.start,
    )
    for first, second in pairwise(named):
        between = range(first.end, second.start)
        before = marked.words[max(span.start, first.start - _WORDS_AFTER_BETWEEN) : first.start]
        is_spread = "between" in before
        if is_spread and _is_between_enemies(marked, first):
            continue
        is_near = len(between) <= (
            _WORDS_BETWEEN_PLACES_MAX if is_spread else _WORDS_BETWEEN_SIDES_MAX
        )
        joins = any(_is_joint(marked, at) for at in between)
        # but not: the adviser to Klow's president, said Ruritania had freed 40
        joins = joins and not (
            marked.language_code == "en"
            and any(
                one.end == second.start for one in marked.marks("say", between.start, between.stop)
            )
        )
        # but not: "Сілдавія підтвердила, що з Бордурії повернулися 90"
        joins = joins and _THAT.isdisjoint(marked.words[first.end : second.start])
        # but not: since the invasion by Ruritania, Klow has returned 40
        if marked.words[first.end : second.start] == [","]:
            joins = joins and marked.words[second.end : second.end + 1] != ["has"]
        # "Klow визволив 40 з полону": from it, and not with it
        joins = joins and not (
            marked.language_code != "en"
            and any(marked.has(kind, between.start, between.stop) for kind in ("get", "free"))
        )
        # "20 from the one and 14 from the other" came from each
        is_counted = any(
            one.start in between
            and (
                marked.at("from_place", one.end)
                # "the one got 20 back, the other 14"
                or any(marked.has(kind, between.start, one.start) for kind in ("get", "give"))
            )
            for one in marked.numbers
        )
        if first.value != second.value and is_near and joins and not is_counted:
            return Mark("both_sides", BOTH, first.start, second.end)
    return None


def _is_joint(marked: MarkedText, place: int) -> bool:
    """Return whether a word joins two names; a dash that stands apart does not, as behind a dateline's town."""
    if marked.words[place] in _DASHES:
        tokens = marked.tokens
        is_close = tokens[place].start == tokens[place - 1].end
        return is_close and tokens[place + 1].start == tokens[place].end
    return marked.words[place] in _JOINTS or marked.at("and", place) is not None


def _is_between_enemies(marked: MarkedText, first: Mark) -> bool:
    """Return whether what is between two sides is no exchange: "the conflict between Ruritania and Borduria"."""
    place = first.start - 1
    while marked.words[place] != "between":
        place -= 1
    kinds = ("war", "truce", "agreement")
    near = (mark for kind in kinds for mark in marked.marks(kind, place - 3, place))
    return any(mark.end == place for mark in near)
