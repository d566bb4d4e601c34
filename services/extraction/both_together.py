"""Whether people are told of as all sides' together: by who exchanged them, and by what they were part of."""

from services.extraction.joined_sides import BOTH, joined_sides, side_at
from services.extraction.marking import Mark, MarkedText
from services.extraction.told import SideReading, Told
from services.extraction.totals_told import is_total_of_one


_WHICH = frozenset(("якому", "якого", "котором", "которого"))
#: "secured the return of": how many words there may be for getting people.
_GOT_WORDS = 4
_NEAR_VERB = 5
_WHO = frozenset(("who", "that", "which"))
_COVERED_BY = ["covered", "by"]
_COVERS = frozenset(("covers", "covered", "cover", "concerns"))
_ON_THE_RELEASE = ["on", "the", "release", "of"]


def exchange_of_so_many(told: Told) -> SideReading | None:
    """Return both sides where an exchange is of so many, and nobody is said to have come from anywhere then."""
    marked, start = told.marked, told.said.start
    if marked.language_code != "en":
        return _exchange_of_captives(told)
    start -= marked.words[start - 1] == "all"  # "the swap of all 90 captives"
    if start < 2 or marked.words[start - 1] != "of" or told.said.bound == "vague":  # noqa: PLR2004
        return None
    exchange = next(
        (one for one in marked.marks("exchange", start - 4, start) if one.end == start - 1), None
    )
    after = range(told.said.end, told.clause.stop)
    is_told = any(marked.has(kind, *_span(after)) for kind in ("captor", "from_place", "each"))
    # "the exchange of 40 for 90"
    is_told = is_told or any(
        marked.is_small("against", one.start - 1) for one in marked.numbers if one.start in after
    )
    return SideReading((BOTH,), exchange) if exchange is not None and not is_told else None


def _exchange_of_captives(told: Told) -> SideReading | None:
    """Return both sides where captives are exchanged, in Ukrainian and Russian: "обмін 90 полонених", "обміняли 90"."""
    marked, start, clause = told.marked, told.said.start, told.clause
    is_open = told.group.side is None and told.group.belongs is None
    if not is_open or told.group.category != "unspecified" or told.group.end == told.group.start:
        return None
    exchange = next(
        (
            one
            for kind in ("exchange", "swap")
            for one in marked.marks(kind, start - 2, start)
            if one.end == start and (kind == "exchange" or marked.words[start - 1].endswith("ли"))
        ),
        None,
    )
    after = range(told.said.end, clause.stop)
    is_told = any(marked.has(kind, *_span(after)) for kind in ("captor", "from_place", "each"))
    is_for = any(
        marked.is_small("against", one.start - 1) for one in marked.numbers if one.start in after
    )
    is_done = exchange is not None and exchange.kind == "swap"
    # "Сілдавія і Клов обміняли": of a doer that is named
    is_told = is_told or (is_done and bool(sides_in(marked, range(clause.start, start))))
    if exchange is None or is_told or is_for:
        return None
    return SideReading((BOTH,), exchange)


def summed_exchanged(told: Told) -> SideReading | None:
    """Return both sides where those exchanged are summed up: "brings the number exchanged so far to 4,000"."""
    marked, start = told.marked, told.said.start
    if not marked.is_small("sum_to", start - 1):
        return None
    if is_total_of_one(told):
        return SideReading((BOTH,), marked.marks("exchange", told.sentence.start, start)[0])
    swaps = [
        one
        for summed in marked.marks("so_far", told.clause.start, start)[:1]
        for kind in ("swap", "exchange")
        for one in marked.marks(kind, summed.end, min(summed.end + _NEAR_VERB, start))
    ]
    is_named = told.group.end > told.group.start and told.group.side is not None
    return SideReading((BOTH,), swaps[0]) if swaps and not is_named else None


def freed_by_both(told: Told) -> SideReading | None:
    """Return both sides where both are said to have freed so many: "90 soldiers were released by A and B"."""
    marked, end = told.marked, told.group.end
    if marked.language_code != "en" or told.group.side is not None:
        return None
    for kind in ("free", "give"):
        for act in marked.marks(kind, end, min(end + _NEAR_VERB, told.clause.stop)):
            joined = joined_sides(
                marked, range(act.end, min(act.end + _NEAR_VERB, len(marked.words)))
            )
            if joined is not None and marked.words[act.end : joined.start] in (
                ["by"],
                ["by", "both"],
            ):
                return SideReading((BOTH,), joined)
    return None


def halved(told: Told) -> SideReading | None:
    """Return both sides where a half is told to be of each: "208 prisoners, 104 from each side, were exchanged"."""
    marked, number = told.marked, told.said.number
    half = next((one for one in marked.numbers if one.start >= told.said.end), None)
    if half is None or half.value * 2 != number.value or half.start - told.group.end > _NEAR_VERB:
        return None
    each = marked.marks("each", half.end, min(half.end + _NEAR_VERB, told.sentence.stop))
    if "with" in marked.words[told.group.end : half.start]:
        # of "188 captives, with each side returning 94" both halves
        each = each or marked.marks("each", told.group.end, half.start)
    return SideReading((BOTH,), each[0]) if each else None


def carried_between(told: Told) -> SideReading | None:
    """Return both sides where people were carried between them: "318 were flown between A and B"."""
    marked, clause = told.marked, told.clause
    joined = joined_sides(marked, range(told.said.end, clause.stop))
    if joined is None and told.group.side is None:
        return _flown_between(told)
    if joined is None or not marked.has("back", told.said.end, joined.start):
        return None
    is_between = "between" in marked.words[max(told.said.end, joined.start - 5) : joined.start]
    return SideReading((BOTH,), joined) if is_between else None


def _flown_between(told: Told) -> SideReading | None:
    """Return both sides where flights between them carried so many: "Planes between A and B carried hundreds"."""
    marked, start = told.marked, told.said.start
    carriers = marked.marks("carrier", told.clause.start, start)
    carried = [one for one in marked.marks("carry", start - 2, start) if one.end == start]
    if not carriers or not carried:
        return None
    before = range(carriers[0].end, carried[0].start)
    between = next((at for at in before if marked.words[at] == "between"), None)
    if between is None:
        return None
    named = sorted(
        (
            one
            for kind in ("side_name", "side_owner")
            for one in marked.marks(kind, between, before.stop)
        ),
        key=lambda one: one.start,
    )
    if len({one.value for one in named}) < 2:  # noqa: PLR2004
        return None
    return SideReading((BOTH,), Mark("both_sides", BOTH, between + 1, named[-1].end))


def exchangers(told: Told) -> SideReading | None:
    """Return both sides where they are the ones who exchange so many: "A and B swapped 200"."""
    marked = told.marked
    joined = joined_sides(marked, range(told.clause.start, told.said.start))
    if joined is None:
        return None
    swaps = [
        one
        for one in marked.marks("swap", joined.end, min(joined.end + _NEAR_VERB, told.said.start))
        # "conducted another swap, 40 came home"
        if "," not in marked.words[one.end : told.said.start]
    ]
    return SideReading((BOTH,), joined) if swaps and not _acts_alone(told, joined) else None


def swapped(told: Told) -> SideReading | None:
    """Return both sides where so many are said to have been exchanged, and for nobody: "they swapped 112 people"."""
    marked, start = told.marked, told.said.start
    if told.group.side is not None or marked.language_code != "en":
        return None
    act = next((one for one in marked.marks("swap", start - 2, start) if one.end == start), None)
    is_done = act is not None and marked.words[act.start].endswith(("ed", "ing"))
    is_for = any(marked.is_small("against", at) for at in range(told.said.end, told.clause.stop))
    is_told = any(marked.has(kind, *_span(told.clause)) for kind in ("captor", "each"))
    # "we exchanged 60 servicemen" are ours
    is_ours = marked.has("our", told.clause.start, start)
    if not is_done or is_for or is_told or is_ours:
        return None
    return SideReading((BOTH,), act)


def involved(told: Told) -> SideReading | None:
    """Return both sides where an exchange is said to be of so many: "the swap involved 200 prisoners"."""
    marked = told.marked
    for mark in marked.marks("involve", told.clause.start, told.said.start):
        near = max(told.clause.start, mark.start - _NEAR_VERB)
        exchange = next(
            (
                one
                for kind in ("exchange", "free", "back")
                for one in marked.marks(kind, near, mark.start)
            ),
            None,
        )
        if exchange is not None and told.said.start - mark.end <= 1:
            return SideReading((BOTH,), exchange)
    return _released_by_it(told) or _within_which(told)


def _released_by_it(told: Told) -> SideReading | None:
    """Return both sides where an exchange is said to have led to a release: "The swap completed a release of 90"."""
    marked, start = told.marked, told.said.start
    first = told.sentence.start + (marked.words[told.sentence.start] in ("the", "this"))
    exchange = marked.at("exchange", first)
    if exchange is None or told.group.side is not None or marked.language_code != "en":
        return None
    # what the exchange itself did stands right behind it: "the swap completed a total release of"
    is_release = marked.words[max(0, start - 2) : start] == ["release", "of"]
    is_near = start - exchange.end <= _NEAR_VERB + 1
    return SideReading((BOTH,), exchange) if is_release and is_near else None


def _within_which(told: Told) -> SideReading | None:
    """Return both sides where so many are freed in the course of an exchange: "an exchange during which 40 will be"."""
    marked, start = told.marked, told.said.start
    which = start - 1
    if which - 1 <= told.sentence.start or marked.words[which] != "which":
        return None
    comma = which - 2 - (marked.words[which - 2] == ",")
    exchange = marked.marks("exchange", max(told.sentence.start, comma - 2), comma + 1)
    is_in = marked.words[which - 1] in ("during", "in", "under")
    is_named = told.group.end > start and told.group.side is not None
    will_be = marked.has("plan", told.group.end, told.sentence.stop)
    is_open = is_in and will_be and not is_named
    return SideReading((BOTH,), exchange[-1]) if exchange and is_open else None


def will_be_exchanged(told: Told) -> SideReading | None:
    """Return both sides where so many are to be exchanged, for nobody: "about 870 captives would be exchanged"."""
    marked, end = told.marked, told.group.end
    if told.group.side is not None or marked.language_code != "en":
        return None
    stop = min(end + _NEAR_VERB, told.clause.stop)
    act = next(
        (
            one
            for one in marked.marks("swap", end, stop)
            if marked.words[one.start].endswith("ed") and marked.words[one.start - 1] == "be"
        ),
        None,
    )
    is_for = any(marked.is_small("against", at) for at in range(end, told.clause.stop))
    is_ours = told.group.belongs is not None
    return SideReading((BOTH,), act) if act is not None and not (is_for or is_ours) else None


def of_a_deal(told: Told) -> SideReading | None:
    """Return both sides where a deal is of so many captives, and no side is named: "40 captives are covered by the deal"."""
    marked, start, end = told.marked, told.said.start, told.group.end
    if (
        marked.language_code != "en"
        or told.group.side
        or told.group.belongs
        or end == told.group.start
    ):
        return None
    covered = next(
        (at for at in range(end, end + 2) if marked.words[at : at + 2] == _COVERED_BY), None
    )
    deal = None if covered is None else marked.at("agreement", covered + 3)
    if marked.words[start - 1] in _COVERS and start - 2 >= told.sentence.start:
        deal = marked.at("agreement", start - 2)  # "the deal covers 40 captives"
    if deal is None and marked.words[max(0, start - 4) : start] == _ON_THE_RELEASE:
        deal = next(
            (one for one in marked.marks("agreement", start - 6, start) if one.end == start - 4),
            None,
        )
    kinds = ("side_name", "side_owner", "side_people", "captor", "each")
    span = (told.sentence.start, told.sentence.stop)
    return (
        SideReading((BOTH,), deal)
        if deal and not any(marked.has(kind, *span) for kind in kinds)
        else None
    )


def swapped_in_it(told: Told) -> SideReading | None:
    """Return both sides where so many are told to have been swapped in an exchange: "обмін, на якому обміняли 60"."""
    marked, start = told.marked, told.said.start
    acts = [one for one in marked.marks("swap", start - 2, start) if one.end == start]
    act = next((one for one in acts if marked.words[one.start].endswith("ли")), None)
    if act is None or marked.language_code == "en" or told.group.side is not None:
        return None
    is_in_it = marked.words[act.start - 1] in _WHICH and marked.has(
        "exchange", told.sentence.start, act.start
    )
    return SideReading((BOTH,), act) if is_in_it else None


def were_involved(told: Told) -> SideReading | None:
    """Return both sides where so many are said to have been in an exchange: "218 detainees were involved"."""
    marked = told.marked
    after = (told.group.end, min(told.group.end + _NEAR_VERB, told.clause.stop))
    mark = next(iter(marked.marks("were_involved", *after)), None)
    if mark is None or told.group.side is not None:
        return None
    # "freed 40 prisoners who were involved in the war"
    is_of_theirs = bool(_WHO & set(marked.words[told.group.end : mark.start]))
    # "the 40 captives were involved in grave crimes"
    is_of_theirs = is_of_theirs or (
        marked.words[mark.end : mark.end + 1] == ["in"]
        and not marked.has("exchange", mark.end, mark.end + _NEAR_VERB)
    )
    return None if is_of_theirs else SideReading((BOTH,), mark)


def home_as(told: Told) -> SideReading | None:
    """Return the side that acts as so many come home: "37 captives come home as Syldavia agrees on a new exchange"."""
    marked, end = told.marked, told.group.end
    if told.group.side is not None or marked.language_code != "en":
        return None
    home = next(iter(marked.marks("back", told.said.end, end + 2)), None)
    side = side_at(marked, home.end + 1) if home is not None else None
    is_as = home is not None and marked.words[home.end : home.end + 1] == ["as"]
    if side is None or not is_as or joined_sides(marked, range(side.start, side.end + 3)):
        return None
    return SideReading((side.value,), side)


def own_part(told: Told) -> range:
    """Return a number's clause, from a dash or colon on behind which it has its own verb: "a swap – 40 came home"."""
    marked, clause = told.marked, told.clause
    dashes = [at for at in range(clause.start, told.said.start) if marked.words[at] in "–—:"]
    if dashes and any(
        marked.has(kind, dashes[-1], clause.stop)
        for kind in ("back", "get", *(() if marked.language_code == "en" else ("free",)))
    ):
        return range(dashes[-1], clause.stop)
    return clause


def came_home(told: Told) -> SideReading | None:
    """Return whose home so many came to behind a dash, where both exchanged: "A and B held a swap – 40 came home"."""
    marked, clause, own = told.marked, told.clause, own_part(told)
    if own == clause or joined_sides(marked, range(clause.start, own.start)) is None:
        return None
    is_told = any(marked.has(kind, *_span(own)) for kind in ("captor", "each", "both_sides"))
    is_told = is_told or told.speaker.party == "mediator" or told.group.belongs is not None
    if is_told or sides_in(marked, own):
        return None
    home, source = told.speaker, told.source
    if home.party == "media" and source is not None and source.role != "other":
        home = source
    is_side = home.party in marked.ledger.side_codes
    return SideReading((home.party,) if is_side else (), home.mark if is_side else None)


def both_together(told: Told) -> SideReading | None:
    """Return both sides together, where both are those who exchanged so many."""
    marked = told.marked
    span = own_part(told)
    joined = joined_sides(marked, span) or next(
        iter(marked.marks("both_sides", span.start, span.stop)), None
    )
    kinds = ("swap", "exchange", "free", "give", "back", "combined")
    acts = [one for kind in kinds for one in marked.marks(kind, span.start, span.stop)]
    if joined is not None and acts and not (_acts_alone(told, joined) or _is_got(told, joined)):
        return SideReading((BOTH,), joined)
    if told.speaker.party == "mediator" and acts:
        return SideReading((BOTH,), told.speaker.mark or acts[0])
    exchange = _exchange_of(told)
    if exchange is None and told.speaker.party not in marked.ledger.side_codes:
        exchange = next(
            (
                one
                for one in marked.marks("exchange", span.start, span.stop)
                # of "24 swaps, 900 freed" the 900 are not of one exchange
                if not any(
                    number.end == one.start and number.kind == "cardinal" and number.value > 1
                    for number in marked.numbers
                )
                # what came home "within the exchange" is not what was exchanged
                and not any(
                    within.end == one.start
                    for within in marked.marks("within_exchange", one.start - 3, one.start)
                )
            ),
            None,
        )
    comes_home = any(marked.has(kind, span.start, span.stop) for kind in ("back", "get"))
    if exchange is not None and not sides_in(marked, span) and not comes_home:
        return SideReading((BOTH,), exchange)
    return None


def _acts_alone(told: Told, joined: Mark) -> bool:
    """Return whether, after both sides, one of them is said to get or give so many."""
    marked = told.marked
    for kind in ("give", "get", "back"):
        for act in marked.marks(kind, joined.end, told.said.start):
            if marked.has("side_name", joined.end, act.start):
                return True
    return False


def _is_got(told: Told, joined: Mark) -> bool:
    """Return whether a side is said to get so many in an exchange of both: "Klow received 40 in a swap between the two"."""
    marked, start = told.marked, told.said.start
    near = max(told.clause.start, start - _GOT_WORDS)
    end = start - (marked.words[start - 1] == "of")
    got = next((one for one in marked.marks("get", near, start) if one.end == end), None)
    if got is None or joined.start < told.said.end:
        return False
    sides = marked.marks("side_name", max(told.clause.start, got.start - 3), got.start)
    return any(one.end == got.start for one in sides)


def _exchange_of(told: Told) -> Mark | None:
    """Return the words of an exchange of so many: "the exchange of 200 prisoners"."""
    before = range(max(told.clause.start, told.said.start - 4), told.said.start)
    return next(
        (
            one
            for one in told.marked.marks("exchange", before.start, before.stop)
            # "64 exchanges brought 900 home"
            if not any(
                number.end == one.start and number.kind == "cardinal" and number.value > 1
                for number in told.marked.numbers
            )
        ),
        None,
    )


def _span(places: range) -> tuple[int, int]:
    return places.start, places.stop


def sides_in(marked: MarkedText, span: range) -> set[str]:
    """Return the sides that some words name, or whose people they do."""
    return {
        mark.value
        for kind in ("side_name", "side_owner", "side_people", "side_force")
        for mark in marked.marks(kind, span.start, span.stop)
    }
