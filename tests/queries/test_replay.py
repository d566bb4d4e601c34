"""A whole file through intake, reconciliation and projection, in memory."""

import json
from datetime import UTC, datetime

import pytest

from schemas.events import EVENTS, ClaimRecorded
from services.eventlog.port import Entry
from services.ledgers import load_ledger
from services.projection.fold import ReadModel
from services.queries.replay import EPOCH, Replayed, canonical_json, replay
from tests.builders import claim, reported, taken_back


LEDGER = load_ledger("rus-ukr")
PRESIDENT = {"name": "Volodymyr Zelensky", "party": "UA", "role": "president"}
MINISTRY = {"name": "Ministry of Defence", "party": "RU", "role": "mod"}
FILE = (
    reported("c1", time="2024-01-03T18:46:00Z"),
    reported("c2", time="2024-01-03T19:00:00Z", value=200, bound="more_than", claimant=PRESIDENT),
    reported("c3", time="2024-01-03T20:00:00Z", value=248, side="RU", claimant=MINISTRY),
    reported("c4", time="2024-01-05T09:00:00Z", value=231, claimant=PRESIDENT),
    taken_back("c4", time="2024-01-06T09:00:00Z"),
)


def replayed(*lines: bytes, **options) -> Replayed:
    return replay(lines, ledger=LEDGER, **options)


def entries_of(result: Replayed) -> list[Entry]:
    return result.log._entries


def content(result: Replayed) -> dict[str, list[dict[str, object]]]:
    """The read models without the positions, which depend on where batches end."""
    models: dict[str, list[dict[str, object]]] = json.loads(canonical_json(result.read_models))
    for rows in models.values():
        for row in rows:
            row.pop("position", None)
            row.pop("as_known_on", None)
    return models


def test_a_file_becomes_read_models():
    result = replayed(*FILE)

    assert result.rejections == ()
    assert (result.recorded_count, result.duplicate_count) == (5, 0)
    figures = {figure.id: figure for figure in result.read_models.figures}
    assert figures["2024-01-03:returned:UA:all"].best == 230
    assert [view.ref for view in result.read_models.claims] == ["c1", "c2", "c3", "c4"]
    assert result.read_models.claims[3].state == "retracted"


def test_an_empty_file_becomes_empty_read_models():
    assert content(replayed()) == {
        "exchanges": [],
        "figures": [],
        "cumulative": [],
        "checks": [],
        "claims": [],
        "headline": [],
        "operations": [],
    }


def test_the_same_file_gives_the_same_bytes():
    assert canonical_json(replayed(*FILE).read_models) == canonical_json(
        replayed(*FILE).read_models
    )


def test_canonical_json_has_the_read_models_and_nothing_else():
    models = json.loads(canonical_json(replayed(*FILE).read_models))

    assert set(models) == {
        *("exchanges", "figures", "cumulative", "checks", "claims", "headline"),
        "operations",
    }


@pytest.mark.parametrize("batch_count", [1, 2, 3])
def test_where_batches_end_changes_no_figure(batch_count):
    assert content(replayed(*FILE, batch_count=batch_count)) == content(replayed(*FILE))


def test_the_order_of_the_lines_changes_no_figure():
    def shown(result: Replayed) -> list[tuple[object, ...]]:
        return [
            (figure.id, figure.low, figure.best, figure.high, figure.status, figure.claims)
            for figure in result.read_models.figures
        ]

    assert shown(replayed(*reversed(FILE))) == shown(replayed(*FILE))


def test_an_exported_log_gives_what_the_claims_gave():
    for batch_count in (2, 500):
        first = replayed(*FILE, batch_count=batch_count)
        log = [entry.body for entry in entries_of(first)]

        again = replayed(*log, batch_count=batch_count)

        assert again.read_models == first.read_models
        assert [entry.body for entry in entries_of(again)] == log


def test_decisions_in_an_exported_log_are_made_anew():
    first = replayed(*FILE)
    recorded_alone = [
        entry.body
        for entry in entries_of(first)
        if EVENTS.validate_json(entry.body).type.startswith("claim.")
    ]

    assert replayed(*recorded_alone).read_models == first.read_models


def test_the_log_of_a_replay_folds_to_the_same_rows():
    result = replayed(*FILE)
    model = ReadModel(LEDGER.name)
    recorded: dict[int, ClaimRecorded] = {}
    for entry in entries_of(result):
        event = EVENTS.validate_json(entry.body)
        model.fold(event)
        if isinstance(event, ClaimRecorded):
            recorded[event.position] = event

    assert model.read_models(LEDGER, recorded.__getitem__) == result.read_models


@pytest.mark.parametrize("unread", [{"note": None}, {"note": None, "page": 3}, {"page": None}])
def test_what_nobody_reads_is_shown_as_the_log_holds_it(unread):
    line = reported("c1", exchange={"date": "2024-01-03", **unread})
    result = replayed(line)
    [view, *_] = result.read_models.claims

    [recorded] = [
        event
        for entry in entries_of(result)
        if isinstance(event := EVENTS.validate_json(entry.body), ClaimRecorded)
    ]
    assert view.stated_exchange == recorded.data.claim.exchange
    assert "note" not in view.stated_exchange.model_dump()


def test_blank_lines_are_skipped_and_counted():
    result = replayed(b"\n", FILE[0] + b"\r\n", b"   ", b"nonsense\n")

    assert result.recorded_count == 1
    assert [line.number for line in result.rejections] == [4]


def test_what_cannot_be_accepted_is_listed_with_its_line_and_reasons():
    wrong = reported("c9", side="XX")

    [line] = replayed(FILE[0], wrong, FILE[1]).rejections

    assert (line.number, line.raw) == (2, wrong)
    assert [reason.pointer for reason in line.reasons] == ["/data/side"]


def test_a_repeated_line_is_a_duplicate():
    result = replayed(*FILE, *FILE)

    assert (result.recorded_count, result.duplicate_count) == (5, 5)
    assert result.rejections == ()
    assert canonical_json(result.read_models) == canonical_json(replayed(*FILE).read_models)


def test_a_field_given_as_null_repeats_one_left_out():
    event = json.loads(FILE[0])
    event["data"] |= {"modality": "asserted", "quoted_from": None, "note_of_ours": None}

    result = replayed(FILE[0], json.dumps(event).encode())

    assert result.duplicate_count == 1


@pytest.mark.parametrize("batch_count", [1, 500])
def test_other_content_under_a_known_id_is_rejected(batch_count):
    result = replayed(FILE[0], reported("c1", value=231), batch_count=batch_count)

    [line] = result.rejections
    assert line.number == 2
    assert line.reasons[0].pointer == "/id"
    assert "position 1" in line.reasons[0].expected
    assert line.reasons[0].found == "other content"


def test_rejected_lines_come_in_order():
    result = replayed(FILE[0], reported("c1", value=231), b"{}", reported("c1", value=232))

    assert [line.number for line in result.rejections] == [2, 3, 4]


def test_a_claim_is_recorded_at_its_own_time_else_at_that_of_the_one_before():
    result = replayed(
        reported("a", time=None),
        reported("b", time="2024-01-03T20:46:00+02:00"),
        reported("c", time=None),
    )

    assert [view.recorded_at for view in result.read_models.claims] == [
        EPOCH,
        datetime(2024, 1, 3, 18, 46, tzinfo=UTC),
        datetime(2024, 1, 3, 18, 46, tzinfo=UTC),
    ]


def test_a_time_at_the_edge_of_the_calendar_is_kept():
    result = replayed(reported("a", time="0001-01-01T00:00:00+14:00"))

    assert result.rejections == ()
    assert result.recorded_count == 1


@pytest.mark.parametrize("day", ["0001-01-01", "0002-01-01", "9998-12-31", "9999-12-31"])
@pytest.mark.parametrize(
    "measure", ["returned", "cumulative_returned", "held", "superlative", "first_since"]
)
def test_a_day_at_the_edge_of_the_calendar_stops_nothing(day, measure):
    # Whoever knows no date may write the first or the last there is.
    result = replayed(
        *(
            reported(
                f"c{number}",
                measure=measure,
                exchange={"date": stated, "ordinal": None},
                published_at=published,
                period={"since": since, "as_of": as_of},
                time=None,
            )
            for number, (stated, published, since, as_of) in enumerate(
                [(day, day, day, day), (None, day, None, day), (day, None, day, None)]
            )
        ),
        reported("known"),
    )

    assert result.rejections == ()
    assert len(result.read_models.claims) == 4
    assert "2024-01-03" in {exchange.id for exchange in result.read_models.exchanges}


def test_as_asserted_by_is_the_file_without_what_was_said_later():
    cut = replayed(*FILE, asserted_by=datetime(2024, 1, 4, tzinfo=UTC))

    assert cut.left_out_count == 2
    assert canonical_json(cut.read_models) == canonical_json(replayed(*FILE[:3]).read_models)


def test_when_a_claim_was_asserted_is_as_exact_as_known():
    lines = (
        reported("said", time="2024-02-01T00:00:00Z", asserted_at="2024-01-03T12:00:00Z"),
        reported("sent", time="2024-01-03T12:00:00Z", published_at="2024-02-01"),
        reported("printed", time=None, published_at="2024-01-03T23:00:00"),
        reported("recorded", time=None, published_at=None),
    )

    noon = replayed(*lines, asserted_by=datetime(2024, 1, 3, 12, tzinfo=UTC))
    before = replayed(*lines, asserted_by=datetime(2024, 1, 3, 11, 59, tzinfo=UTC))

    assert {view.ref for view in noon.read_models.claims} == {"printed", "recorded", "said", "sent"}
    assert [view.ref for view in before.read_models.claims] == ["printed"]


def test_as_known_on_is_the_log_as_it_was_then():
    log = [entry.body for entry in entries_of(replayed(*FILE, batch_count=1))]

    cut = replayed(*log, known_on=datetime(2024, 1, 3, 19, tzinfo=UTC))

    assert cut.left_out_count == 3
    assert content(cut) == content(replayed(*FILE[:2]))


def test_a_log_of_another_ledger_is_rejected():
    [line] = replay(
        [
            entries_of(replayed(FILE[0]))[0].body.replace(
                b'"subject":"rus-ukr"', b'"subject":"usa-urs"'
            )
        ],
        ledger=LEDGER,
    ).rejections

    assert line.reasons[0].pointer == "/subject"


def test_a_broken_event_of_a_log_is_rejected():
    body = json.loads(entries_of(replayed(FILE[0]))[0].body)
    body["data"]["claim"]["measure"] = "guessed"

    [line] = replayed(json.dumps(body).encode()).rejections

    assert line.reasons[0].pointer == "/data/claim/measure"


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(b'{"position"', id="no JSON"),
        pytest.param(b'["position"]', id="no object"),
        pytest.param(b'{"position": 1}', id="no type"),
        pytest.param(b'{"position": 1, "type": []}', id="a type that is no text"),
        pytest.param(b'{"position": 1, "type": "claim.recorded"}', id="nothing else"),
        pytest.param(b'"position"' + b"[" * 100_000, id="deep"),
        pytest.param(b"\xff\xfe", id="no text"),
    ],
)
def test_any_line_is_rejected_rather_than_fatal(line):
    assert len(replayed(line).rejections) == 1


def test_a_publisher_may_say_position_too():
    event = json.loads(FILE[0]) | {"position": 7}
    event["data"] = claim(position="front")

    assert replayed(json.dumps(event).encode()).recorded_count == 1
