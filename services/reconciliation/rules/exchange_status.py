"""Whether an exchange took place, by what is asserted, planned and denied of it.

Parts alone ("65 were aboard", "the largest") do not make an exchange: somebody must say that people
came back, with a number or, better placed than an outlet, without disclosing it. A group of which an outlet
tells as people who came back ("100 fishermen were freed") is enough in the days after it, when it is news;
later it may be a part of several. People set free to a third country came back to no side.

A plan is for its own day or a later one: one that states a day before it was published leaves open whether
there was an exchange that day.

A number that somebody tells as done, and that an official placed at least as well denies then or later, did
not come back. Who is placed better than whoever denies it stands.

Where people came back to one side alone, it is unilateral

* if somebody says that nobody, or only things such as money or maps of mines, was got for them, and nobody
  placed as well or better says that people were; or
* if whoever let them go, or a go-between, speaks of them, and nobody speaks of anybody else: neither of
  people who came back to another side, nor of all sides together, nor of the number of the exchange; and
  officials of the side they came back to count none of them, or no more than whoever let them go; or
* if nobody speaks of anybody else, nobody says that they were exchanged, and somebody says in so many
  words that they were let go ("handed over");
* or if outlets alone speak of them, or they are no soldiers, or were set free to a third country, nobody says that
  they were exchanged, and for a week nobody speaks of anybody else (`rules/silence.py`).

Whoever let them go speaks for another side than theirs, also where the ledger's file has that office count
heads. What is planned of the other side's people, or denied, speaks of nobody who came back.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Literal

from schemas.vocabulary import FREED_TO_THIRD, ExchangeStatus
from services.reconciliation.claims.categories import is_unsaid
from services.reconciliation.claims.interval import NOBODY
from services.reconciliation.claims.reading import Reading
from services.reconciliation.policy import Policy
from services.reconciliation.rules.collapse import GO_BETWEEN_TIER, OUTLET_TIER


#: When a claim was published: a claim that states no day is of the day it was published.
Lateness = Literal["by its day", "within a week", "later", "unknown"]
#: How many days after its day an exchange is news.
_NEWS_DAYS_MAX = 7
_NEWS = frozenset({"by its day", "within a week"})
_AFTERWARDS = frozenset({"within a week", "later"})
#: Whom an outlet may speak of at any time to say that people came back: a part alone ("500 marines") may be
#: a part of several exchanges.
_WHOLES = frozenset({"all", "military", "civilian"})
#: Where those stand who are told apart from soldiers.
_NO_SOLDIERS = frozenset({"civilian", "within-civilian", "cross-cut"})


def lateness(reading: Reading) -> Lateness:
    """Return when a claim was published, by the day that it states."""
    day, published_on = reading.stated_date, reading.published_on
    if published_on is None or reading.stated_span is not None:
        return "unknown"
    days = 0 if day is None else (published_on - day).days
    if days <= 0:
        return "by its day"
    return "within a week" if days <= _NEWS_DAYS_MAX else "later"


def find_status(readings: Sequence[Reading], policy: Policy) -> ExchangeStatus:
    """Return the status of an exchange by the claims that mean it."""
    numbered = [
        reading
        for reading in readings
        if reading.measure in ("returned", "exchanged_total", FREED_TO_THIRD)
        and not reading.is_breakdown
    ]
    denials = [reading for reading in numbered if _denies(reading)]
    came_back = [
        reading
        for reading in numbered
        if reading.modality == "asserted"
        and reading.interval != NOBODY
        and (
            reading.tier < OUTLET_TIER
            or (
                reading.interval is not None
                and (reading.place in _WHOLES or lateness(reading) in _NEWS)
            )
        )
        and not any(_is_denied_by(denial, reading) for denial in denials)
    ]
    if came_back:
        one_sided = _is_one_sided(came_back, readings) or _is_let_go(came_back, readings, policy)
        return "unilateral" if one_sided else "completed"
    if any(reading.modality == "denied" for reading in numbered):
        return "cancelled"
    if any(
        reading.modality == "planned" and lateness(reading) not in _AFTERWARDS
        for reading in numbered
    ):
        return "planned"
    return "unconfirmed"


def _denies(reading: Reading) -> bool:
    return reading.modality == "denied" and reading.tier < OUTLET_TIER


def _is_denied_by(denial: Reading, told: Reading) -> bool:
    """Return whether a denial, by somebody placed as well or better, is of what a claim tells as done."""
    if denial.tier > told.tier or denial.said[0] < told.said[0]:
        return False
    return denial.side == told.side and denial.interval in (None, told.interval)


def _is_one_sided(came_back: Iterable[Reading], readings: Iterable[Reading]) -> bool:
    """Return whether people came back to one side alone, and somebody says that nobody was got."""
    sides = {reading.side for reading in came_back if reading.measure != FREED_TO_THIRD}
    if len(sides) != 1 or "both" in sides:
        return False
    asserted = [reading for reading in readings if reading.modality == "asserted"]
    one_sided = {
        reading.tier
        for reading in asserted
        if reading.counterpart in ("none", "things") or _got_nobody(reading, sides)
    }
    one_sided |= {reading.tier for reading in came_back if reading.release_said == "one_sided"}
    exchanged = {reading.tier for reading in asserted if reading.counterpart == "persons"}
    return bool(one_sided) and not (exchanged and min(exchanged) <= min(one_sided))


def _got_nobody(reading: Reading, sides: Collection[str]) -> bool:
    """Return whether a claim says that nobody came back to the other side."""
    is_count = reading.measure in ("returned", "exchanged_total") and not reading.is_breakdown
    return is_count and reading.interval == NOBODY and reading.side not in sides


def _is_let_go(came_back: Sequence[Reading], readings: Sequence[Reading], policy: Policy) -> bool:
    """Return whether all that is said is about one side's people, by those who had them and go-betweens."""
    told = [reading for reading in readings if reading.modality == "asserted"]
    sides = {reading.side for reading in told if speaks_of_exchanged(reading)}
    if len(sides) != 1 or "both" in sides:
        return False
    if any(reading.counterpart == "persons" for reading in readings):
        return False
    said = {reading.release_said for reading in told}
    if "exchanged" not in said and any(one.release_said == "let_go" for one in came_back):
        return True
    counting = [
        reading
        for reading in came_back
        if reading.interval is not None and reading.measure != FREED_TO_THIRD
    ]
    got = [reading for reading in counting if _received(reading, policy)]
    let_go = [
        reading
        for reading in counting
        if reading.tier < OUTLET_TIER and not _received(reading, policy)
    ]
    if not got:
        return bool(let_go)
    handed_over = [
        reading.interval.low
        for reading in let_go
        if reading.tier != GO_BETWEEN_TIER
        and reading.interval is not None
        and reading.interval.is_exact
    ]
    most = max((reading.interval.low for reading in got if reading.interval is not None), default=0)
    return bool(handed_over) and most <= max(handed_over)


def is_told_of_one_side(readings: Sequence[Reading]) -> bool:
    """Return whether what is told of an exchange leaves no room for anybody got for those who came back.

    Nobody says that it was one, and everything is of one side's people, told by outlets alone: officials tell of
    their own soldiers, and leave it to the others to tell of theirs; outlets tell what they know. Civilians are let
    go, whoever tells of them. Or all is of people who were set free to one third country.
    """
    sides = {reading.side for reading in readings}
    if len(sides) != 1 or "both" in sides:
        return False
    if any(
        reading.counterpart == "persons" or reading.release_said == "exchanged"
        for reading in readings
    ):
        return False
    if all(reading.measure == FREED_TO_THIRD for reading in readings):
        return True
    told = [reading for reading in readings if reading.modality == "asserted"]
    return all(reading.tier >= OUTLET_TIER or _are_no_soldiers(reading) for reading in told)


def _are_no_soldiers(reading: Reading) -> bool:
    """Return whether a claim is of civilians, or of a group that is told apart from soldiers, such as children."""
    return reading.place in _NO_SOLDIERS and not is_unsaid(reading.category)


def _received(reading: Reading, policy: Policy) -> bool:
    """Return whether an official of the side that people came back to speaks of them."""
    return reading.tier <= policy.counting_tier and reading.camp == reading.side


def speaks_of_exchanged(reading: Reading) -> bool:
    """Return whether a claim says of an exchange whose people it was about."""
    if reading.measure == "exchange_ordinal":
        # "The second such release" is no number of an exchange.
        return reading.since is None
    return reading.measure in ("returned", "exchanged_total")
