"""The engine keeps the answer that the reference works out: row for row, after any history.

Histories hold claims of every measure, on neighbouring days, with and without dates, by several
speakers; revisions, retractions, judgements and their undoings; in any order, in batches of any size,
with starts from a snapshot or from the log in between, and with large exchanges of few claims.
"""

import os
import random
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from schemas.events import ClaimRetracted, JudgementMade, JudgementUndone
from services.log_events.facts import ClaimFact, decode_fact
from services.reconciliation.engine import subjects
from services.reconciliation.engine.book import Book
from services.reconciliation.reference import Answer, reconcile
from tests.builders import SOURCE, reported, taken_back, undone
from tests.reconciliation.engine.test_judgements import judgements
from tests.reconciliation.engine.test_kept_books import Renewal, kept, log_of, read_again
from tests.reconciliation.engine.test_large_exchanges import much_the_same
from tests.reconciliation.given import (
    HEADQUARTERS,
    LEDGER,
    MEDIATOR,
    MINISTRY,
    OMBUDSMAN,
    OTHER,
    OUTLET,
    PRESIDENT,
    TRUSTED,
    on,
    said,
    total,
)
from tests.reconciliation.labelled_sets import FIRST_PERIOD, LATER_PERIOD, LabelledSet
from tests.reconciliation.test_properties import reports


#: The profile's number of examples, or as many as are asked for: `REFERENCE_EXAMPLES=20000`.
EXAMPLES = int(os.environ.get("REFERENCE_EXAMPLES", "0")) or settings().max_examples
SPEAKERS = [OMBUDSMAN, HEADQUARTERS, PRESIDENT, MINISTRY, MEDIATOR, OUTLET]
#: A day before the ledger opens.
DOUBTED = "2013-01-02"
#: A day by which whatever was planned for one of the others has lapsed.
AFTER_ALL_PLANS = "2024-03-20"
DAYS = [f"2024-01-0{day}" for day in range(1, 7)]


#: Makes what a claim counts.
Counting = Callable[[random.Random, "World"], dict[str, Any]]


class World(NamedTuple):
    """What a history's claims are about: the less there is, the more they have to do with each other."""

    days: list[str]
    values: list[int]
    speakers: list[dict[str, str]]
    sides: list[str]
    categories: list[str]
    counted: list[Counting]
    revising: float


PARTS = ["military", "military", "civilian", "women", "unspecified", "Women", " MILITARY"]
PUBLISHERS = [SOURCE, SOURCE, TRUSTED, OTHER]
REPORTS = [
    "https://example.org/1",
    "https://example.org/2",
    "http://www.example.org/1/?utm_source=feed#top",
]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    return World(
        draw(st.sampled_from([DAYS[:2], DAYS[:3], DAYS, [*DAYS[:2], AFTER_ALL_PLANS]])),
        draw(st.sampled_from([[10, 15, 20, 25, 45], [10, 25, 35], [10, 30]])),
        draw(
            st.sampled_from([SPEAKERS, [OMBUDSMAN, MINISTRY, OUTLET, OUTLET], [OMBUDSMAN, OUTLET]])
        ),
        draw(st.sampled_from([["UA", "UA", "RU"], ["UA"]])),
        draw(st.sampled_from([["all", "all", "all", *PARTS], ["all"]])),
        draw(
            st.sampled_from(
                [
                    [
                        running_total,
                        ordinal,
                        superlative,
                        both_sides,
                        mediated,
                        held,
                        remains,
                        dead,
                        *[returned] * 9,
                    ],
                    [returned],
                    [returned, running_total],
                    [returned, returned, returned, dead],
                    [returned, ordinal, superlative, mediated],
                ]
            )
        ),
        draw(st.sampled_from([0.1, 0.1, 0.7])),
    )


def about(chance: random.Random, world: World) -> dict[str, Any]:
    """Where and when a claim is made: days close together, many of them not stated."""
    day = chance.choice(world.days)
    return {
        "time": chance.choice(
            [
                f"{day}T05:30:00Z",
                f"{day}T12:00:00Z",
                f"{day}T18:00:00Z",
                f"{day}T00:30:00+03:00",
                None,
            ]
        ),
        "exchange": {
            "date": chance.choice(
                [
                    *[day] * 5,
                    *[chance.choice(world.days)] * 3,
                    *[None] * 4,
                    *["2024-01"] * 2,
                    DOUBTED,
                ]
            ),
            "ordinal": chance.choice([None, None, None, 7, 8, 9]),
            "counterpart": chance.choice([None] * 6 + ["persons", "none", "things"]),
            "third": chance.choice([None] * 9 + ["QA"]),
        },
        "published_at": chance.choice([day, day, chance.choice(world.days), None]),
        "url": chance.choice([None, *REPORTS]),
        "claimant": spelled(chance, chance.choice(world.speakers)),
        "reported_by": chance.choice(["One", "Two", "Three", "three", "TWO\u00a0"]),
        "mediators": chance.choice([None, None, ["AE"], ["AE", "TR"], ["tr ", "ae"]]),
    }


def spelled(chance: random.Random, speaker: dict[str, str]) -> dict[str, str]:
    """The same speaker, now and then as another feed spells the name."""
    name = speaker["name"]
    spellings = [name.upper(), f"{name}\u200b", name.replace(" ", "\u00a0 "), name.casefold()]
    return speaker | {"name": chance.choice([*[name] * 8, *spellings])}


def running_total(chance: random.Random, world: World) -> dict[str, Any]:
    day = chance.choice(world.days)
    since = chance.choice(["2022-02-24", "2022-02-24", "2023-12-01", "2024-01-02", None])
    return {
        "measure": "cumulative_returned",
        "side": chance.choice(world.sides),
        "category": chance.choice(["all", "all", "military"]),
        "period": chance.choice(
            [*[{"since": since, "as_of": day}] * 4, {"since": since}, {"as_of": DOUBTED}]
        ),
        "quantity": quantity(chance, [10, 20, 25, 30, 35, 45, 50, 53]),
    }


def ordinal(chance: random.Random, _: World) -> dict[str, Any]:
    return {
        "measure": "exchange_ordinal",
        "side": chance.choice([None, "UA"]),
        "quantity": {"bound": "exact", "value": chance.choice([7, 8, 9, 10])},
        "period": {"as_of": chance.choice([*DAYS, None])},
    }


def superlative(chance: random.Random, _: World) -> dict[str, Any]:
    return {
        "measure": chance.choice(["superlative", "first_since"]),
        "side": chance.choice(["both", "UA"]),
        "category": chance.choice(["all", "all", "women"]),
        "quantity": None,
        "wording": chance.choice(["the largest", "one of the largest", "the first this year"]),
        "period": {"since": chance.choice([None, "2024-01-02"]), "as_of": None},
    }


def both_sides(chance: random.Random, world: World) -> dict[str, Any]:
    counted = quantity(chance, world.values)
    return {"measure": "exchanged_total", "side": "both", "quantity": counted}


def mediated(chance: random.Random, _: World) -> dict[str, Any]:
    return {
        "measure": "mediated_count",
        "side": "both",
        "unit": chance.choice(["exchanges", "persons"]),
        "mediators": chance.choice([["AE"], ["TR"]]),
        "quantity": quantity(chance, [1, 2, 3, 25, 40, 50]),
        "period": {"as_of": chance.choice([*DAYS, None])},
    }


def held(chance: random.Random, _: World) -> dict[str, Any]:
    return {"measure": "held", "period": {"as_of": chance.choice([*DAYS, None])}}


def remains(chance: random.Random, world: World) -> dict[str, Any]:
    return {
        "measure": chance.choice(["remains_returned", "cumulative_remains_returned"]),
        "side": chance.choice(["UA", "all_sides"]),
        "category": chance.choice(["bodies", "military", "civilian"]),
        "quantity": quantity(chance, world.values),
        "period": {"as_of": chance.choice([*DAYS, None])},
    }


def dead(chance: random.Random, _: World) -> dict[str, Any]:
    return {
        "measure": "breakdown",
        "side": "UA",
        "category": "of_whom_dead",
        "quantity": quantity(chance, [5, 10]),
    }


def returned(chance: random.Random, world: World) -> dict[str, Any]:
    return {
        "measure": chance.choice(["returned", "returned", "returned", "breakdown"]),
        "side": chance.choice(world.sides),
        "category": chance.choice(world.categories),
        "quantity": quantity(chance, world.values),
    }


def revising(chance: random.Random) -> dict[str, Any]:
    """That a claim revises one of those there may be: in circles, of others, or of none there is."""
    few = chance.choice([4, 16])
    source = chance.choice([*[SOURCE] * 7, TRUSTED, OTHER])
    return {
        "revises": {"source": source, "id": f"c{chance.randrange(few)}"},
        "reason": chance.choice([None, None, "correction", "misattribution"]),
    }


def quantity(chance: random.Random, values: list[int]) -> dict[str, Any]:
    bound = chance.choice(["exact"] * 7 + ["at_least", "about", "undisclosed"])
    if bound == "undisclosed":
        return {"bound": bound}
    so_far = chance.choice([None] * 7 + [True])
    return {"bound": bound, "value": chance.choice(values), "so_far": so_far}


@st.composite
def neighbouring(draw: st.DrawFn) -> list[bytes]:
    """Claims on neighbouring days, drawn as one seed each: drawing every word is what costs time."""
    world = draw(worlds())
    lines = []
    for number in range(draw(st.integers(2, 16))):
        chance = random.Random(draw(st.integers(0, 2**20)))
        claim = about(chance, world) | chance.choice(world.counted)(chance, world)
        claim["modality"] = chance.choice(["asserted"] * 8 + ["planned", "denied"])
        source = chance.choice([*[SOURCE] * 7, TRUSTED, OTHER])
        claim |= revising(chance) if chance.random() < world.revising else {}
        quoted = chance.choice([f"c{chance.randrange(16)}", "A wire"])
        claim["quoted_from"] = quoted if chance.random() < 0.2 else None
        lines.append(reported(f"c{number}", source=source, **claim))
    gone = draw(st.dictionaries(st.integers(0, 15), st.sampled_from(PUBLISHERS), max_size=2))
    return lines + [
        taken_back(f"c{number}", event_id=f"r{number}", source=publisher, of=SOURCE)
        for number, publisher in sorted(gone.items())
    ]


@st.composite
def spanning(draw: st.DrawFn) -> list[bytes]:
    """Numbers of a few days, and what speaks of several or none: sums, plans, reports, months, totals."""
    chance = random.Random(draw(st.integers(0, 2**20)))
    days = DAYS[: draw(st.sampled_from([2, 3, 6]))]
    counted = [chance.choice([10, 15, 30]) for _ in days]
    sums = [sum(counted[first:last]) for first in range(len(days)) for last in range(first + 2, 7)]
    numbers = [10, 15, 25, 30, 60, 100, *sums]
    kinds = chance.sample([planned_number, of_a_page, of_several_days, both_sides_of_a_day], 2)
    lines = [
        said(f"d{place}", number, claimant=chance.choice(SPEAKERS), **on(day))
        for place, (day, number) in enumerate(zip(days, counted, strict=True))
        if chance.random() < 0.8
    ]
    if chance.random() < 0.5:
        # As many come back to the other side, so that a total may be told of each side or of both.
        lines += [
            said(f"e{place}", number, side="RU", claimant=MINISTRY, **on(day))
            for place, (day, number) in enumerate(zip(days, counted, strict=True))
        ]
    for place in range(draw(st.integers(1, 8))):
        day, number = chance.choice(days), chance.choice(numbers)
        about = {
            "side": chance.choice(["UA", "UA", "RU"]),
            "claimant": chance.choice(SPEAKERS),
            "quantity": quantity(chance, [number]),
            "published_at": day,
            "time": f"{day}T{chance.choice(['05:30', '18:00', '18:00'])}:00Z",
        }
        lines.append(reported(f"c{place}", **about | chance.choice(kinds)(chance, day)))
    return lines


def planned_number(chance: random.Random, day: str) -> dict[str, Any]:
    """A plan, most often of no day, one of few numbers, and now and then of a day that is over."""
    return {
        "modality": chance.choice(["planned", "planned", "planned", "denied", "asserted"]),
        "quantity": quantity(chance, [30, 30, 60]),
        "exchange": {"date": chance.choice([None, None, None, day, chance.choice(DAYS)])},
    }


def of_a_page(chance: random.Random, _: str) -> dict[str, Any]:
    """One of a page's numbers, most of them without a day."""
    return {
        "url": chance.choice(REPORTS[:2]),
        "claimant": chance.choice([OUTLET, OUTLET, OUTLET, PRESIDENT]),
        "measure": chance.choice(["returned", "returned", "breakdown", "superlative"]),
        "category": chance.choice(["all", "all", "women", "minors"]),
        "wording": chance.choice(["so many", "so many", "so many on Wednesday", "January 2"]),
        "exchange": {
            "date": chance.choice([None, None, None, chance.choice(DAYS)]),
            "ordinal": chance.choice([None, None, None, 7, 8]),
        },
    }


def of_several_days(chance: random.Random, day: str) -> dict[str, Any]:
    """What is said of an operation, a month or a year, or of several days without saying so."""
    stated = chance.choice([day, day, None, "2024-01", "2024"])
    later = [other for other in DAYS if other > day]
    until = chance.choice([None, DAYS[-1], *later]) if stated == day and later else None
    return {"exchange": {"date": stated, "until": until}}


def both_sides_of_a_day(chance: random.Random, day: str) -> dict[str, Any]:
    """How many all sides got together, exactly or at least."""
    return {
        "measure": "exchanged_total",
        "side": "both",
        "exchange": {"date": chance.choice([day, day, None])},
    }


@st.composite
def revisions(draw: st.DrawFn) -> list[bytes]:
    """Few claims that nearly all revise another: circles of any length, chains, what is not there."""
    count = draw(st.integers(2, 6))
    chance = random.Random(draw(st.integers(0, 2**20)))
    others = [chance.randrange(count + 1) for _ in range(count)]
    if chance.random() < 0.5:
        others = [(number + 1) % count for number in range(count)]
    lines = [
        said(
            f"c{number}",
            chance.choice([10, 20, 30]),
            source=chance.choice([*[SOURCE] * 12, TRUSTED, OTHER]),
            claimant=chance.choice([*[OMBUDSMAN] * 9, PRESIDENT]),
            time=f"2024-01-03T1{chance.randrange(3)}:00:00Z",
            revises={"source": SOURCE, "id": f"c{others[number]}"},
            reason=chance.choice([None, "misattribution"]),
        )
        for number in range(count)
    ]
    gone = chance.sample(range(count), chance.randrange(3))
    return lines + [
        taken_back(f"c{number}", event_id=f"r{number}", source=chance.choice(PUBLISHERS), of=SOURCE)
        for number in gone
    ]


@st.composite
def histories(draw: st.DrawFn) -> list[bytes]:
    kinds = [neighbouring(), neighbouring(), spanning(), reports(), much_the_same(), revisions()]
    lines = draw(st.one_of(*kinds))
    made = draw(st.lists(judgements, max_size=4))
    taken = [undone(judgement) for judgement in made[: draw(st.integers(0, 2))]]
    return draw(st.permutations([*lines, *made, *taken]))


def answer_in(log: list[bytes]) -> Answer:
    """What the decisions in a log say, taken together."""
    book = Book(LEDGER)
    for body in log:
        book.take(body)
    return book.answer()


def answer_of(log: list[bytes]) -> Answer:
    """What the reference makes of the facts in a log."""
    events = [decode_fact(body) for body in log]
    facts = [
        event
        for event in events
        if isinstance(event, ClaimFact | ClaimRetracted | JudgementMade | JudgementUndone)
    ]
    return reconcile(facts, LEDGER)


def assert_same(found: Answer, expected: Answer) -> None:
    """Compare table by table, so that a difference names its rows."""
    for table in Answer.__struct_fields__:
        ours, theirs = getattr(found, table), getattr(expected, table)
        differing = sorted(
            (key for key in ours.keys() | theirs.keys() if ours.get(key) != theirs.get(key)),
            key=str,
        )
        rows = [(key, ours.get(key), theirs.get(key)) for key in differing]
        assert not rows, f"{table}: engine and reference differ in {rows[:3]}"


#: Two totals that close around an exchange which was decided before the second one came.
CLOSING = [
    total("before", 100, "2024-01-01"),
    said("exchange", 25, **on("2024-01-02")),
    total("after", 125, "2024-01-03"),
]
#: Then another exchange comes between the two.
CLOSING_NO_LONGER = [*CLOSING, said("other", 30, **on("2024-01-03"))]
#: A number that turns out to be the sum of two days when the second day is counted.
ADDING_UP = [
    said("whole", 25, claimant=PRESIDENT, **on("2024-01-02")),
    said("first", 10, **on("2024-01-02")),
    said("second", 15, **on("2024-01-03")),
]
#: The same of a number that is one only as it is read.
ADDING_UP_NEARLY = [
    said("whole", 26, bound="nearly", claimant=PRESIDENT, **on("2024-01-02")),
    *ADDING_UP[1:],
]
#: A rounded number whose middle is the sum of three days, and a number of the days stated together.
ADDING_UP_ROUNDED = [
    said("first", 10, **on("2024-01-02")),
    said("second", 11, **on("2024-01-03")),
    said("third", 12, **on("2024-01-04")),
    said("whole", 33, bound="about", exchange={"date": None}, published_at="2024-01-04"),
    said("stated", 33, bound="about", **on("2024-01-02", until="2024-01-04")),
]
#: An operation that nobody means any more once another day is counted.
DISSOLVED = [
    said("first", 15, **on("2024-01-02")),
    said("second", 10, claimant=PRESIDENT, **on("2024-01-03")),
    said("third", 15, **on("2024-01-04")),
    said("whole", 40, claimant=OUTLET, exchange={"date": None}, published_at="2024-01-05"),
    said("next", 30, claimant=PRESIDENT, **on("2024-01-05")),
]
#: A total of a window, and an exchange inside it that comes later.
WINDOW = [
    total("series", 100, "2024-01-01"),
    total("again", 100, "2024-01-01", claimant=PRESIDENT),
    total("window", 30, "2024-01-05").replace(b"2022-02-24", b"2023-12-01"),
    said("exchange", 25, **on("2024-01-03")),
    said("later", 20, **on("2024-01-04")),
]
#: A day that duplicates the day before it, until nobody states it any more.
DUPLICATE = [
    said("one", 95, **on("2024-01-02")),
    said("two", 95, claimant=PRESIDENT, **on("2024-01-02")),
    said("late", 95, claimant=HEADQUARTERS, **on("2024-01-03")),
    said("copy", 95, claimant=OUTLET, **on("2024-01-03")),
    taken_back("late", event_id="r1"),
    taken_back("copy", event_id="r2"),
]
#: A count of the dead that is quoted: whoever speaks first in it, who is heard of later, counts since another day.
QUOTED_DEAD = [
    reported(
        "quoting",
        measure="cumulative_remains_returned",
        category="bodies",
        unit="bodies",
        value=25,
        quoted_from="first",
    ),
    reported(
        "first",
        measure="cumulative_returned",
        value=25,
        claimant=MEDIATOR,
        modality="planned",
        period={"since": "2024-01-02"},
    ),
]
#: An outlet's floor, and later the number of a ministry that counts five dead in it: 30 came back, below the floor.
DEAD_AMONG = [
    said("whole", 35, claimant=MINISTRY, **on("2024-01-01")),
    said(
        "dead",
        5,
        claimant=MINISTRY,
        measure="breakdown",
        category="of_whom_dead",
        **on("2024-01-01"),
    ),
    said("floor", 35, bound="at_least", claimant=OUTLET, **on("2024-01-01")),
    said("later", 35, claimant=OUTLET, **on("2024-01-01") | {"time": "2024-01-02T12:00:00Z"}),
]
#: Operations whose days overlap, with totals around them, of which a day is counted later and one is taken back.
OVERLAPPING = [
    total("before", 100, "2024-01-01"),
    said("two days", 100, **on("2024-01-02", until="2024-01-03")),
    said("three days", 150, claimant=PRESIDENT, **on("2024-01-02", until="2024-01-04")),
    total("after", 250, "2024-01-05"),
    said("day", 40, claimant=HEADQUARTERS, **on("2024-01-03")),
    said("first", 1, measure="first_since", wording="the first this year", **on("2024-01-05")),
    said("last day", 150, claimant=OUTLET, **on("2024-01-04", until="2024-01-05")),
    taken_back("two days"),
]


@settings(max_examples=EXAMPLES)
@example(CLOSING, 1, set(), 10_000, kept)
@example(CLOSING_NO_LONGER, 1, set(), 10_000, kept)
@example(ADDING_UP, 1, set(), 10_000, kept)
@example(ADDING_UP_NEARLY, 1, set(), 10_000, kept)
@example(ADDING_UP_ROUNDED, 1, set(), 10_000, kept)
@example(DISSOLVED, 1, set(), 10_000, kept)
@example(WINDOW, 1, set(), 10_000, kept)
@example(DUPLICATE, 1, set(), 10_000, kept)
@example(OVERLAPPING, 1, set(), 10_000, kept)
@example(OVERLAPPING[::-1], 1, {4}, 10_000, read_again)
@example(QUOTED_DEAD, 1, set(), 10_000, kept)
@example(QUOTED_DEAD, 10, set(), 10_000, kept)
@example(DEAD_AMONG, 1, set(), 0, kept)
@example(DEAD_AMONG[::-1], 4, set(), 0, read_again)
@example([*DEAD_AMONG, taken_back("dead")], 5, set(), 0, kept)
@given(
    histories(),
    st.integers(1, 6),
    st.sets(st.integers(0, 12), max_size=3),
    st.sampled_from([0, 3, 10_000]),
    st.sampled_from([kept, read_again]),
)
def test_the_engine_says_what_the_reference_says(
    lines: list[bytes], batch_count: int, starts: set[int], whole_count_max: int, renewal: Renewal
) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(subjects, "WHOLE_COUNT_MAX", whole_count_max)
        log = log_of(lines, batch_count, starts, renewal)

    assert_same(answer_in(log), answer_of(log))


@pytest.mark.parametrize(
    ("labelled", "seed"),
    [(FIRST_PERIOD, None), (FIRST_PERIOD, 2024), (FIRST_PERIOD, 2025), (LATER_PERIOD, 2024)],
    ids=["in order", "shuffled", "shuffled again", "a later period, shuffled"],
)
def test_the_engine_says_what_the_reference_says_of_real_claims(
    labelled: LabelledSet, seed: int | None
) -> None:
    lines = list(labelled.lines)
    if seed is not None:
        random.Random(seed).shuffle(lines)
    log = log_of(lines, 100)

    assert_same(answer_in(log), answer_of(log))
