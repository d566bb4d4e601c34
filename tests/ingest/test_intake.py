"""What intake accepts, and what it says about the rest."""

import copy
import json
from typing import Any, get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.claim import ACCEPTED_COUNT_MAX, COUNT_MAX, UNITS, Bound, Measure, Role
from schemas.events import EVENTS, RecordedClaim, RecordedRetraction
from schemas.ledger import Scope
from schemas.one_line import one_line
from schemas.record import Record
from schemas.views import Rejection
from services.ingest import intake
from services.ingest.intake import (
    NESTING_MAX,
    NOT_SERVED,
    REASONS_MAX,
    Accepted,
    Rejected,
    read_inbound,
    refusal_of_other_content,
)
from services.ingest.size import VALUES_MAX
from services.ingest.stated import stated_source
from services.ledgers import demo_claims, demo_ledgers, load_ledger
from services.log_events.envelope import Origin, recorded_id, seal
from services.queries.replay import replay
from services.runtime.clock import now
from tests.builders import recorded_claim


LEDGER = load_ledger("rus-ukr")
BYTES_MAX = 1_048_576
COUNT = f"an integer from 0 to {ACCEPTED_COUNT_MAX}"
ORDINAL = f"an integer from 1 to {ACCEPTED_COUNT_MAX}"
DAY = "a date (YYYY-MM-DD)"
A_DAY_MONTH_OR_YEAR = f"{DAY}, a month (YYYY-MM) or a year (YYYY)"
INSTANT = "a date and time with a time zone (RFC 3339)"
TYPES = "one of exchange.claim.reported.v1, exchange.claim.retracted.v1"

#: What is expected of a claim that names another ledger.
OTHER_LEDGER = f"rus-ukr; {NOT_SERVED}"
CLAIM: dict[str, Any] = {
    "specversion": "1.0",
    "id": "8ad7e451fb7b2bd5",
    "source": "urn:scraper:interfax-ua",
    "type": "exchange.claim.reported.v1",
    "subject": "rus-ukr",
    "time": "2024-01-03T18:46:00Z",
    "datacontenttype": "application/json",
    "data": {
        "measure": "returned",
        "side": "UA",
        "category": "all",
        "unit": "persons",
        "quantity": {"bound": "exact", "value": 230, "low": None, "high": None},
        "wording": "230 of our people",
        "exchange": {"date": "2024-01-03", "ordinal": 49},
        "period": {"since": None, "as_of": None},
        "claimant": {"name": "Dmytro Lubinets", "party": "UA", "role": "ombudsman"},
        "reported_by": "Interfax-Ukraine",
        "url": "https://example.org/news",
        "published_at": "2024-01-03",
        "mediators": ["AE"],
        "modality": "asserted",
    },
}
RETRACTION: dict[str, Any] = {
    "specversion": "1.0",
    "id": "r1",
    "source": "urn:scraper:interfax-ua",
    "type": "exchange.claim.retracted.v1",
    "subject": "rus-ukr",
    "data": {"retracts": {"source": "urn:scraper:interfax-ua", "id": "8ad7e451fb7b2bd5"}},
}
ABSENT = object()


def changed(pointer: str, value: object, event: dict[str, Any] = CLAIM) -> bytes:
    """The event as JSON, with one place set, or left out."""
    whole = copy.deepcopy(event)
    *way, last = pointer.removeprefix("/").split("/")
    inner = whole
    for name in way:
        inner = inner[name]
    if value is ABSENT:
        del inner[last]
    else:
        inner[last] = value
    return json.dumps(whole, ensure_ascii=False).encode()


def with_text(old: str, new: str) -> bytes:
    text = json.dumps(CLAIM)
    assert old in text
    return text.replace(old, new).encode()


def read(raw: bytes) -> Accepted | Rejected:
    return read_inbound(raw, ledger=LEDGER, entry_bytes_max=BYTES_MAX)


def reasons(raw: bytes) -> list[tuple[str, str, str]]:
    rejected = read(raw)
    assert isinstance(rejected, Rejected), rejected
    return [(reason.pointer, reason.expected, reason.found) for reason in rejected.reasons]


def test_a_claim_is_accepted_with_every_word_and_the_publishers_identity():
    accepted = read(json.dumps(CLAIM).encode())

    assert isinstance(accepted, Accepted)
    assert accepted.event_id == recorded_id(source=CLAIM["source"], id=CLAIM["id"])
    assert isinstance(accepted.data, RecordedClaim)
    assert accepted.data.claim.model_dump(mode="json", exclude_unset=True) == CLAIM["data"]


@pytest.mark.parametrize("place", ["/note", "/data/note", "/data/quantity/note"])
def test_fields_that_nobody_reads_are_noticed_wherever_they_lie(place):
    accepted = read(changed(place, None))

    assert isinstance(accepted, Accepted)
    assert accepted.holds_unread
    plain = read(json.dumps(RETRACTION).encode())
    assert isinstance(plain, Accepted)
    assert not plain.holds_unread


def test_a_retraction_is_accepted():
    accepted = read(json.dumps(RETRACTION).encode())

    assert isinstance(accepted, Accepted)
    assert isinstance(accepted.data, RecordedRetraction)
    assert accepted.data.retraction.retracts.id == CLAIM["id"]


@pytest.mark.parametrize("name", demo_ledgers())
def test_every_shipped_claim_is_accepted(name):
    ledger = load_ledger(name)
    for line in demo_claims(name).splitlines():
        holds(line)
        accepted = read_inbound(line, ledger=ledger, entry_bytes_max=BYTES_MAX)
        assert isinstance(accepted, Accepted)


@pytest.mark.parametrize(
    ("raw", "pointer", "expected", "found"),
    [
        # Not even an event.
        (b"", "", "JSON", "EOF while parsing a value at line 1 column 0"),
        (b"\xff\xfe{}", "", "UTF-8", "byte 0xFF at offset 0"),
        (b'{"id":"\xc3\x28"}', "", "UTF-8", "byte 0xC3 at offset 7"),
        (b"230 people", "", "JSON", "trailing characters at line 1 column 5"),
        (b"{'id': 1}", "", "JSON", "key must be a string at line 1 column 2"),
        (b"[]", "", "a JSON object", "[]"),
        (b"[{}, {}]", "", "a JSON object", "[{}, {}]"),
        (b"230", "", "a JSON object", "230"),
        (b'"claim"', "", "a JSON object", '"claim"'),
        (b"null", "", "a JSON object", "null"),
        (b"true", "", "a JSON object", "true"),
        (b"NaN", "", "a JSON object", "NaN"),
        (b"[" * 9_000, "", "JSON", "recursion limit exceeded at line 1"),
        (b"[" * 100_000, "", "at most 10000 values in one event", "more"),
        (with_text("230", "9" * 5_000), "", "JSON", "number out of range at line 1"),
        (with_text("230 of", "\\ud800 of"), "", "JSON", "unexpected end of hex escape at line"),
        (b" " * 10_000_000, "", "at most 1048576 bytes", "10000000 bytes"),
        # The envelope.
        (b"{}", "/type", "present", "nothing"),
        (changed("/type", "exchange.claim.v2"), "/type", TYPES, '"exchange.claim.v2"'),
        (changed("/type", 7), "/type", TYPES, "7"),
        (changed("/type", None), "/type", TYPES, "null"),
        (changed("/specversion", "0.3"), "/specversion", "1.0", '"0.3"'),
        (changed("/id", ABSENT), "/id", "present", "nothing"),
        (changed("/id", ""), "/id", "at least 1 character", '""'),
        (changed("/source", None), "/source", "a text", "null"),
        (changed("/subject", "aze-arm"), "/subject", OTHER_LEDGER, '"aze-arm"'),
        (changed("/time", 1704307560), "/time", INSTANT, "1704307560"),
        (changed("/time", "2024-01-03T18:46:00"), "/time", INSTANT, '"2024-01-03T18:46:00"'),
        (changed("/time", "2024-13-03T18:46:00Z"), "/time", INSTANT, '"2024-13-03T18:46:00Z"'),
        (changed("/data", ABSENT), "/data", "present", "nothing"),
        (changed("/data", "230"), "/data", "a JSON object", '"230"'),
        # What is counted.
        (
            changed("/data/measure", "freed"),
            "/data/measure",
            f"one of {', '.join(get_args(Measure))}",
            '"freed"',
        ),
        (changed("/data/side", "PL"), "/data/side", "one of RU, UA, both", '"PL"'),
        (changed("/data/side", 3), "/data/side", "a text", "3"),
        (
            changed("/data/claimant/party", "PL"),
            "/data/claimant/party",
            "one of RU, UA, mediator, intl, media",
            '"PL"',
        ),
        (changed("/data/claimant", ["x"]), "/data/claimant", "a JSON object", '["x"]'),
        (
            changed("/data/category", "x" * 5_000),
            "/data/category",
            "at most 200 characters",
            f'5000 characters: "{"x" * 78}…',
        ),
        (
            changed("/data/category", "all\x1b[2J"),
            "/data/category",
            "printable text",
            "control character U+001B at index 3",
        ),
        (
            changed("/data/mediators", "AE"),
            "/data/mediators",
            "a JSON array",
            '"AE"',
        ),
        (
            changed("/data/mediators", ["AE"] * 51),
            "/data/mediators",
            "at most 50 items",
            "an array of 51 items",
        ),
        # Which exchange, and by whom.
        *(
            (
                changed("/data/exchange/date", given),
                "/data/exchange/date",
                A_DAY_MONTH_OR_YEAR,
                found,
            )
            for given, found in (
                ("2020-13", '"2020-13"'),
                ("2020-00", '"2020-00"'),
                ("0000", '"0000"'),
                ("20", '"20"'),
                (2020, "2020"),
                ("October 2020", '"October 2020"'),
                ("2020-10-32", '"2020-10-32"'),
            )
        ),
        (
            changed("/data/exchange", {"date": "2025-05-25", "until": "2025-05-23"}),
            "/data/exchange/until",
            "date <= until",
            "2025-05-25 > 2025-05-23",
        ),
        *(
            (changed("/data/exchange", said), "/data/exchange/date", f"{DAY} beside until", found)
            for said, found in (
                ({"until": "2025-05-25"}, "null"),
                ({"date": "2025-05", "until": "2025-05-25"}, '"2025-05"'),
            )
        ),
        (changed("/data/exchange/until", "2025-05"), "/data/exchange/until", DAY, '"2025-05"'),
        (
            changed("/data/exchange/counterpart", "money"),
            "/data/exchange/counterpart",
            "one of persons, none, things",
            '"money"',
        ),
        (changed("/data/period/as_of", "2024-01"), "/data/period/as_of", DAY, '"2024-01"'),
        (
            changed("/data/claimant/role", "ombudsmann"),
            "/data/claimant/role",
            f"one of {', '.join(get_args(Role))}; nearest: ombudsman",
            '"ombudsmann"',
        ),
        *(
            (
                changed("/data/side", written),
                "/data/side",
                f"one of RU, UA, both; nearest: {code}",
                f'"{written}"',
            )
            for written, code in (("ua", "UA"), ("Ru", "RU"), ("Both", "both"), (" UA", "UA"))
        ),
        (
            changed("/data/claimant/party", "ua"),
            "/data/claimant/party",
            "one of RU, UA, mediator, intl, media; nearest: UA",
            '"ua"',
        ),
        (
            changed("/data/claimant/role", "icrc"),
            "/data/claimant/role",
            f"one of {', '.join(get_args(Role))}",
            '"icrc"',
        ),
        *(
            (
                changed("/data/claimant/role", given),
                "/data/claimant/role",
                "an office in small letters, digits and underscores (prison_service)",
                json.dumps(given),
            )
            for given in ("Ombudsman", "prison service", "", 7)
        ),
        (
            changed("/data/unit", "bodies"),
            "/data/unit",
            "persons for measure returned",
            '"bodies"',
        ),
        # Numbers.
        (
            changed("/data/quantity", None),
            "/data/quantity",
            'a quantity for measure returned ({"bound": "undisclosed"} for a withheld number)',
            "nothing",
        ),
        (
            changed("/data/quantity", {"bound": "exact"}),
            "/data/quantity/value",
            "a number for bound exact",
            "nothing",
        ),
        (
            changed("/data/quantity", {"bound": "range", "low": 300, "high": 200}),
            "/data/quantity",
            "low <= high for bound range",
            "300 > 200",
        ),
        (
            changed("/data/quantity", {"bound": "range", "value": 3}),
            "/data/quantity",
            "low and high for bound range",
            "low None, high None",
        ),
        (
            changed("/data/quantity/bound", "roughly"),
            "/data/quantity/bound",
            f"one of {', '.join(get_args(Bound))}",
            '"roughly"',
        ),
        (changed("/data/quantity/value", -1), "/data/quantity/value", COUNT, "-1"),
        (changed("/data/quantity/value", 2**63), "/data/quantity/value", COUNT, str(2**63)),
        (changed("/data/quantity/value", "230"), "/data/quantity/value", COUNT, '"230"'),
        (with_text(": 230", ": true"), "/data/quantity/value", COUNT, "true"),
        (changed("/data/quantity/value", 230.5), "/data/quantity/value", COUNT, "230.5"),
        (changed("/data/quantity/value", 10**99), "/data/quantity/value", COUNT, "100 digits"),
        (with_text(": 230", ": NaN"), "/data/quantity/value", COUNT, "NaN"),
        (with_text(": 230", ": -Infinity"), "/data/quantity/value", COUNT, "a number beyond 64"),
        (with_text(": 230", ": 1e400"), "/data/quantity/value", COUNT, "a number beyond 64 bits"),
        (
            changed("/data/exchange/ordinal", 0),
            "/data/exchange/ordinal",
            ORDINAL,
            "0",
        ),
        # Dates that are none.
        (changed("/data/exchange/date", "2024-02-30"), "/data/exchange/date", DAY, '"2024-02-30"'),
        (changed("/data/exchange/date", "03.01.2024"), "/data/exchange/date", DAY, '"03.01.2024"'),
        (changed("/data/exchange/date", 1704240000), "/data/exchange/date", DAY, "1704240000"),
        (changed("/data/period/as_of", "soon"), "/data/period/as_of", DAY, '"soon"'),
        (
            changed("/data/published_at", "yesterday"),
            "/data/published_at",
            "an ISO 8601 date or date-time",
            '"yesterday"',
        ),
        # Either of two shapes, said once.
        (
            changed("/data/revises", {"id": "x"}),
            "/data/revises",
            "an id, or an object with source and id",
            '{"id": "x"}',
        ),
        # Fields we do not read.
        (with_text('"AE"]', '"AE"], "x/y~z": 1e999'), "/data/x~1y~0z", "a number that fits 64", ""),
        (
            with_text('"AE"]', '"AE"], "note": [1, NaN]'),
            "/data/note/1",
            "a number that fits",
            "NaN",
        ),
    ],
)
def test_what_cannot_be_recorded_is_refused_with_place_expectation_and_finding(
    raw, pointer, expected, found
):
    [reason] = reasons(raw)

    assert reason[0] == pointer
    assert reason[1].startswith(expected)
    assert reason[2].startswith(found)
    assert len(reason[2]) <= 110


def test_all_that_is_wrong_is_said_at_once():
    found = reasons(changed("/data", {"measure": "returned", "category": ""}))

    assert found == [
        ("/data/category", "at least 1 character", '""'),
        ("/data/claimant", "present", "nothing"),
    ]


def claimed(**said: object) -> bytes:
    """The claim as JSON, with some of what it says in other words."""
    return changed("/data", {**CLAIM["data"], **said})


@pytest.mark.parametrize(
    ("measure", "unit", "other"),
    [
        ("returned", "persons", "exchanges"),
        ("exchanged_total", "persons", "exchanges"),
        ("cumulative_returned", "persons", "exchanges"),
        ("cumulative_exchanged_total", "persons", "exchanges"),
        ("held", "persons", "exchanges"),
        ("breakdown", "persons", "exchanges"),
        ("exchange_ordinal", "exchanges", "persons"),
        ("returned", "persons", "bodies"),
        ("exchange_ordinal", "exchanges", "bodies"),
        ("remains_returned", "bodies", "persons"),
        ("cumulative_remains_returned", "bodies", "persons"),
    ],
)
def test_a_measure_counts_people_exchanges_or_bodies_and_never_another(measure, unit, other):
    for stated in (unit, None):
        assert isinstance(read(claimed(measure=measure, side="both", unit=stated)), Accepted)

    assert reasons(claimed(measure=measure, side="both", unit=other)) == [
        ("/data/unit", f"{unit} for measure {measure}", f'"{other}"')
    ]


@pytest.mark.parametrize("unit", ["persons", "exchanges", None])
@pytest.mark.parametrize("measure", ["mediated_count", "superlative", "first_since"])
def test_what_counts_people_or_exchanges_may_say_either(measure, unit):
    assert isinstance(read(claimed(measure=measure, unit=unit)), Accepted)
    assert reasons(claimed(measure=measure, unit="bodies")) == [
        ("/data/unit", f"persons or exchanges for measure {measure}", '"bodies"')
    ]


@pytest.mark.parametrize("measure", ["exchanged_total", "cumulative_exchanged_total"])
def test_a_total_of_both_sides_is_not_one_sides(measure):
    for stated in ("both", "all_sides", None):
        assert isinstance(read(claimed(measure=measure, side=stated)), Accepted)

    for side in ("UA", "RU"):
        assert reasons(claimed(measure=measure, side=side)) == [
            ("/data/side", f"both for measure {measure}", f'"{side}"')
        ]


def test_an_ordinal_may_be_one_sides_own():
    ordinal = claimed(measure="exchange_ordinal", side="UA", unit="exchanges")

    assert isinstance(read(ordinal), Accepted)


@pytest.mark.parametrize("stated", ["2020-10-15", "2020-10", "2020", "0001", "9999-12", None])
def test_the_day_of_an_exchange_may_be_known_to_the_month_or_the_year_only(stated):
    accepted = read(claimed(exchange={"date": stated}))

    assert isinstance(accepted, Accepted)
    written = json.loads(accepted.content())["claim"]
    assert written.get("exchange", {}).get("date") == stated


@pytest.mark.parametrize(
    "said",
    [
        {"date": "2025-05-23", "until": "2025-05-25"},
        {"date": "2025-05-23", "until": "2025-05-23"},
        {"counterpart": "none"},
        {"third": "QA"},
    ],
)
def test_what_is_said_of_an_exchange_is_recorded_word_for_word(said):
    accepted = read(claimed(exchange=said))

    assert isinstance(accepted, Accepted)
    assert json.loads(accepted.content())["claim"]["exchange"] == said


@pytest.mark.parametrize("bound", ["at_most", "less_than"])
def test_a_count_so_far_is_no_upper_bound(bound):
    so_far = {"value": 50, "so_far": True}

    assert isinstance(read(claimed(quantity={"bound": "exact", **so_far})), Accepted)
    assert reasons(claimed(quantity={"bound": bound, **so_far})) == [
        ("/data/quantity/so_far", f"nothing for bound {bound}", "true")
    ]


def test_the_dead_within_a_number_are_a_part_in_a_list():
    part = {"category": "of_whom_dead", "quantity": {"bound": "exact", "value": 8}}

    assert isinstance(read(claimed(measure="breakdown", **part)), Accepted)
    assert reasons(claimed(**part)) == [
        ("/data/measure", "breakdown for category of_whom_dead", '"returned"')
    ]


def test_an_office_that_the_ledgers_file_names_is_known():
    scope = Scope(party="UA", role="prison_service", counts="all")
    ledger = LEDGER.model_copy(update={"scopes": (scope, *LEDGER.scopes)})
    claimant = {"name": "Prison service", "party": "UA", "role": "prison_service"}

    known = read_inbound(claimed(claimant=claimant), ledger=ledger, entry_bytes_max=BYTES_MAX)

    assert isinstance(known, Accepted)
    assert isinstance(read(claimed(claimant=claimant)), Rejected)


@pytest.mark.parametrize("bound", sorted({*get_args(Bound)} - {"range"}))
def test_the_ends_of_a_range_stand_beside_no_other_bound(bound):
    value = None if bound == "undisclosed" else 230
    alone = {"bound": bound, "value": value, "low": None, "high": None}
    assert isinstance(read(claimed(quantity=alone)), Accepted)

    assert reasons(claimed(quantity={**alone, "low": 225, "high": 235})) == [
        ("/data/quantity/low", f"nothing for bound {bound}", "225"),
        ("/data/quantity/high", f"nothing for bound {bound}", "235"),
    ]
    assert reasons(claimed(quantity={**alone, "high": 0})) == [
        ("/data/quantity/high", f"nothing for bound {bound}", "0")
    ]


def test_ends_that_repeat_the_number_contradict_nothing():
    repeated = {"bound": "exact", "value": 230, "low": 230, "high": 230}

    assert isinstance(read(claimed(quantity=repeated)), Accepted)


@pytest.mark.parametrize("value", [0, 93, 100, 111])
def test_a_number_beside_a_range_is_refused_wherever_it_lies(value):
    a_range = {"bound": "range", "low": 90, "high": 110}
    assert isinstance(read(claimed(quantity=a_range)), Accepted)

    assert reasons(claimed(quantity={**a_range, "value": value})) == [
        ("/data/quantity/value", "nothing for bound range", str(value))
    ]


def test_a_withheld_number_is_not_told():
    assert reasons(claimed(quantity={"bound": "undisclosed", "value": 93})) == [
        ("/data/quantity/value", "nothing for bound undisclosed", "93")
    ]


def test_a_word_for_a_number_may_be_coded_by_one():
    for value in (None, 10):
        assert isinstance(read(claimed(quantity={"bound": "vague", "value": value})), Accepted)


@pytest.mark.parametrize(
    ("since", "as_of", "found"),
    [
        ("2024-01-03", "2024-01-02", "2024-01-03 > 2024-01-02"),
        ("2031-05-10", "2022-02-24", "2031-05-10 > 2022-02-24"),
        ("9999-12-31", "0001-01-01", "9999-12-31 > 0001-01-01"),
    ],
)
def test_a_period_does_not_end_before_it_begins(since, as_of, found):
    for period in (
        {"since": as_of, "as_of": since},
        {"since": since, "as_of": since},
        {"since": since},
        {"as_of": as_of},
    ):
        assert isinstance(read(claimed(period=period)), Accepted)

    assert reasons(claimed(period={"since": since, "as_of": as_of})) == [
        ("/data/period", "since <= as_of", found)
    ]


@pytest.mark.parametrize("count", [ACCEPTED_COUNT_MAX + 1, 10**12, COUNT_MAX])
@pytest.mark.parametrize("measure", ["returned", "cumulative_returned", "held", "exchange_ordinal"])
def test_a_count_that_no_conflict_has_is_refused(measure, count):
    unit = UNITS[measure]
    about = {"bound": "about", "value": count}
    a_range = {"bound": "range", "low": count, "high": count}

    assert reasons(claimed(measure=measure, unit=unit, quantity=about)) == [
        ("/data/quantity/value", COUNT, str(count))
    ]
    assert reasons(claimed(measure=measure, unit=unit, quantity=a_range)) == [
        ("/data/quantity/low", COUNT, str(count)),
        ("/data/quantity/high", COUNT, str(count)),
    ]
    assert reasons(claimed(exchange={"ordinal": count})) == [
        ("/data/exchange/ordinal", ORDINAL, str(count))
    ]


def test_the_greatest_count_there_may_be_is_accepted():
    greatest = {"bound": "exact", "value": ACCEPTED_COUNT_MAX}

    assert isinstance(read(claimed(quantity=greatest)), Accepted)
    assert isinstance(read(claimed(exchange={"ordinal": ACCEPTED_COUNT_MAX})), Accepted)


def test_all_contradictions_of_a_claim_are_said_at_once():
    said = claimed(
        measure="exchanged_total",
        side="PL",
        unit="exchanges",
        quantity={"bound": "exact", "value": 10**12, "low": 1},
        exchange={"ordinal": 10**10},
        period={"since": "2024-01-03", "as_of": "2022-02-24"},
    )

    assert reasons(said) == [
        ("/data/unit", "persons for measure exchanged_total", '"exchanges"'),
        ("/data/side", "both for measure exchanged_total", '"PL"'),
        ("/data/quantity/value", COUNT, str(10**12)),
        ("/data/quantity/low", "nothing for bound exact", "1"),
        ("/data/exchange/ordinal", ORDINAL, str(10**10)),
        ("/data/period", "since <= as_of", "2024-01-03 > 2022-02-24"),
        ("/data/side", "one of RU, UA, both", '"PL"'),
    ]


@pytest.mark.parametrize(
    "said",
    [
        {"unit": "exchanges"},
        {"measure": "exchanged_total"},
        {"quantity": {"bound": "exact", "value": 230, "low": 225, "high": 235}},
        {"quantity": {"bound": "range", "value": 93, "low": 90, "high": 110}},
        {"quantity": {"bound": "about", "value": COUNT_MAX}},
        {"exchange": {"ordinal": COUNT_MAX}},
        {"period": {"since": "2024-01-03", "as_of": "2022-02-24"}},
    ],
)
def test_a_contradiction_that_a_log_holds_is_read_as_before(said):
    assert isinstance(read(claimed(**said)), Rejected)

    recorded = recorded_claim(1, **said)
    result = replay([recorded.model_dump_json(exclude_none=True).encode()], ledger=LEDGER)

    assert result.rejections == ()
    [entry] = result.log.bodies()[:1]
    assert EVENTS.validate_json(entry).data == recorded.data


def test_another_ledgers_subject_is_named_beside_a_shape_that_is_refused():
    lost = {**CLAIM, "subject": "aze-arm", "data": {}}

    assert reasons(json.dumps(lost).encode()) == [
        ("/subject", OTHER_LEDGER, '"aze-arm"'),
        ("/data/measure", "present", "nothing"),
        ("/data/category", "present", "nothing"),
        ("/data/claimant", "present", "nothing"),
    ]
    assert reasons(json.dumps({**lost, "type": "other"}).encode()) == [
        ("/subject", OTHER_LEDGER, '"aze-arm"'),
        ("/type", TYPES, '"other"'),
    ]
    # A subject that is none is said once, and as that.
    [none, *_] = reasons(json.dumps({**lost, "subject": 7}).encode())
    assert none == ("/subject", "a text", "7")


def test_reasons_are_bounded_in_number():
    everything_wrong = {**CLAIM["data"], "unread": [float("nan")] * 1_000}

    assert len(reasons(changed("/data", everything_wrong))) == REASONS_MAX


def test_a_name_given_twice_is_refused_because_readers_would_differ():
    assert reasons(with_text('"value": 230', '"value": 200, "value": 230')) == [
        ("/data/quantity/value", "a name given once in its object", "given 2 times")
    ]
    assert reasons(with_text('"value": 230', '"value" : 200, "value": 230')) == [
        ("/data/quantity/value", "a name given once in its object", "given 2 times")
    ]
    assert reasons(with_text('"AE"]', '"AE"], "note": [{"a": 1, "a": 2}]')) == [
        ("/data/note/0/a", "a name given once in its object", "given 2 times")
    ]


def test_text_that_looks_like_names_is_no_repeated_name():
    accepted = read(with_text("230 of our people", r"\"value\": 1, \"value\" : 2"))

    assert isinstance(accepted, Accepted)


def test_white_space_and_a_byte_order_mark_make_no_difference():
    spread = json.dumps(CLAIM, indent="\t", separators=(" ,", " : ")).encode()

    assert read(b"\xef\xbb\xbf" + spread) == read(json.dumps(CLAIM).encode())


def test_fields_we_do_not_read_are_kept_with_their_values():
    accepted = read(changed("/data/page", {"line": 7, "class": "x", "model_dump_json": [None]}))

    assert isinstance(accepted, Accepted)
    sealed = sealed_of(accepted)
    assert json.loads(sealed)["data"]["claim"]["page"]["line"] == 7


@pytest.mark.parametrize("depth", [NESTING_MAX, NESTING_MAX + 1, 190, 198, 1_000, 100_000])
@pytest.mark.parametrize("brackets", ["[]", '{"a":}'])
def test_nesting_is_kept_up_to_a_bound_and_refused_above(depth, brackets):
    opening, closing = brackets[:-1], brackets[-1]
    inner = opening * (depth - 1) + brackets.replace(":", ":0") + closing * (depth - 1)
    accepted = read(with_text('"AE"]', f'"AE"], "note": {inner}'))

    if depth <= NESTING_MAX:
        EVENTS.validate_json(sealed_of(accepted))
    else:
        assert isinstance(accepted, Rejected)


@pytest.mark.parametrize("unit", ["1e999", "0", "[]", "{}", '{"a":1}', '""', "[" * 50 + "]" * 50])
def test_more_values_than_a_claim_can_have_use_for_are_refused_before_they_are_read(
    monkeypatch, unit
):
    few = f"[{','.join([unit] * 150)}]"
    many = f"[{','.join([unit] * (1_000_000 // (len(unit) + 1)))}]"

    assert "values" not in str(read(with_note(few)))
    # Whatever would read them is gone.
    monkeypatch.delattr(intake, "_INBOUND")
    monkeypatch.delattr(intake, "json")

    assert reasons(with_note(many)) == [("", f"at most {VALUES_MAX} values in one event", "more")]
    assert stated_source(with_note(many)) == CLAIM["source"]


def test_a_long_text_is_no_many_values():
    text = json.dumps("[,{" * 20_000 + '\\",' * 20_000)

    assert isinstance(read(with_note(text)), Accepted)


def test_a_day_of_publication_holds_nothing_that_is_obeyed():
    [(pointer, _, found)] = reasons(changed("/data/published_at", "2024-01-03\u202e10:00"))

    assert (pointer, found) == ("/data/published_at", '"2024-01-03\\u202e10:00"')


def with_note(json_value: str) -> bytes:
    """The claim with a field that nobody reads."""
    return with_text('"AE"]', f'"AE"], "note": {json_value}')


def test_found_text_is_short_and_printable():
    [(_, _, found)] = reasons(changed("/data/measure", "\u202e\x00" + "y" * 100))

    assert found.startswith('"\\u202e\\u0000yyy')
    assert found.isprintable()
    assert len(found) == 80


def test_the_same_identity_with_other_content_is_refused_at_its_id():
    assert refusal_of_other_content(812) == Rejection(
        pointer="/id",
        expected="the content recorded under this source and id at position 812, "
        "or an id not used before",
        found="other content",
    )


def sealed_of(accepted: Accepted | Rejected) -> bytes:
    """What the log would hold, with a position as the log puts it in."""
    assert isinstance(accepted, Accepted), accepted
    origin = Origin("ingest", now(), "urn:inbox:1-0", "urn:inbox:1-0")
    event = seal(accepted.data, event_id=accepted.event_id, ledger="rus-ukr", origin=origin)
    return b'{"position":1,' + event.body[1:]


def said_by(data: Record) -> dict[str, Any]:
    return data.model_dump(exclude_none=True)


def holds(raw: bytes) -> None:
    """Whatever the bytes: reasons that can be stored and read, or an event that the log can hold."""
    match read(raw):
        case Rejected(found):
            assert found
            for reason in found:
                assert reason.expected
                assert reason.found
                assert reason.found.isprintable()
                assert reason.pointer == "" or reason.pointer.startswith("/")
                reason.model_dump_json().encode()
        case accepted:
            event = EVENTS.validate_json(sealed_of(accepted))
            assert type(event.data) is type(accepted.data) is accepted.shape
            # A null that nobody reads is left out, as every null is.
            assert said_by(event.data) == said_by(accepted.data)
            written = one_line(accepted.content().decode())
            assert sealed_of(accepted).decode().endswith(f'"data":{written}}}')


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85"])
def test_an_event_of_the_log_is_one_line_whatever_an_unread_field_holds(separator):
    data = {**CLAIM["data"], "unread": f"A{separator}B"}
    accepted = read(json.dumps({**CLAIM, "data": data}, ensure_ascii=False).encode())

    assert separator not in sealed_of(accepted).decode()


names = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        ["data", "type", "revises", "model_config", "__class__", "a/b", "m~n", "value", "claimant"]
    ),
)
values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=20),
        st.sampled_from([2**63, "2024-01-03", "", "UA", 10**400]),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(names, inner, max_size=4)),
    max_leaves=8,
)


def places(field: object, way: str = "") -> list[str]:
    if not isinstance(field, dict):
        return [way]
    inner = [place for name in field for place in places(field[name], f"{way}/{name}")]
    return [way, *inner] if way else inner


@given(st.binary(max_size=200))
@example(b"\xef\xbb\xbf")
@example(b'{"type":"exchange.claim.reported.v1"}\x00')
def test_no_bytes_raise(raw):
    holds(raw)


@given(values)
def test_no_json_raises(value):
    holds(json.dumps(value).encode())


@given(
    st.sampled_from([CLAIM, RETRACTION]).flatmap(
        lambda event: st.tuples(st.just(event), st.sampled_from(places(event)))
    ),
    st.one_of(values, st.just(ABSENT)),
)
@example((CLAIM, "/data/exchange/date"), 10**400)
def test_no_changed_claim_raises(place, value):
    event, pointer = place
    holds(changed(pointer, value, event))


@given(st.integers(0, len(json.dumps(CLAIM)) - 1), st.binary(max_size=4), st.integers(0, 4))
def test_no_damaged_claim_raises(offset, put, cut):
    raw = json.dumps(CLAIM).encode()
    holds(raw[:offset] + put + raw[offset + cut :])


@given(st.dictionaries(names, values, max_size=4))
def test_no_unread_field_is_lost_or_raises(unread):
    extra = {f"x{name}": value for name, value in unread.items()}
    holds(json.dumps({**CLAIM, "data": {**CLAIM["data"], **extra}}).encode())
