"""`rejected`: parked claims are found, mended, sent once more and thrown away, without a worker."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis

import services.ledgers
from services.eventlog.keys import keys_of
from tests.cli.running import Answer, seed_of


pytestmark = pytest.mark.redis

Park = Callable[..., str]


@pytest.fixture
def redis(server_url: str, ledger: str, monkeypatch, tmp_path) -> Iterator[Redis]:
    """A server, and a ledger of its own there that nobody works on."""
    shipped = Path(services.ledgers.__file__).parent / "rus-ukr.toml"
    (tmp_path / "ledgers").mkdir()
    text = shipped.read_text().replace('name = "rus-ukr"', f'name = "{ledger}"')
    (tmp_path / "ledgers" / f"{ledger}.toml").write_text(text)
    monkeypatch.setenv("LEDGER_REDIS_URL", server_url)
    monkeypatch.setenv("LEDGER_CONFIG_DIR", str(tmp_path / "ledgers"))
    monkeypatch.setenv("LEDGER_NAMES", ledger)
    with Redis.from_url(server_url) as client:
        yield client
        client.unlink(keys_of(ledger).inbox, keys_of(ledger).rejected)


@pytest.fixture
def park(redis, ledger) -> Park:
    def add(
        raw: bytes | str,
        source: str = "urn:one",
        expected: str = "JSON",
        parked_at: str = "2026-01-01T10:00:00+00:00",
    ) -> str:
        reasons = [{"pointer": "/data/side", "expected": expected, "found": "XX"}]
        fields = {
            "event": raw,
            "source": source,
            "parked_at": parked_at,
            "reasons": json.dumps(reasons),
        }
        return str(redis.xadd(keys_of(ledger).rejected, fields).decode())

    return add


@pytest.fixture
def three(park) -> list[str]:
    return [
        park('{"a": 1}'),
        park('{\n "a": "Лубінець"}', source="urn:two", parked_at="2026-01-02T10:00:00+00:00"),
        park(b"\xff", source="urn:two", expected="a side", parked_at="2026-01-03T10:00:00+00:00"),
    ]


def ids(answer: Answer) -> list[str]:
    return [row["id"] for row in json.loads(answer.out)]


@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        ((), [0, 1, 2]),
        (("--source", "urn:two"), [1, 2]),
        (("--reason", "A SIDE"), [2]),
        (("--text", "лубінець"), [1]),
        (("--since", "2026-01-02"), [2]),
        (("--since", "2026-01-02T00:00:00Z", "--until", "2026-01-02"), [1]),
        (("--source", "urn:two", "--reason", "JSON"), [1]),
        (("--limit", "2"), [0, 1]),
    ],
)
def test_parked_claims_are_found_by_what_they_say(three, call, options, numbers):
    assert ids(call("rejected", "list", *options)) == [three[number] for number in numbers]


def test_a_list_that_leaves_some_out_says_so(three, call):
    answer = call("rejected", "list", "--limit", "1", "--format", "table")

    assert answer.err == "the first 1 of 3 parked claims; --limit shows more\n"


def test_what_was_sent_is_exported_as_lines_that_can_be_published(three, call):
    answer = call("rejected", "export")

    assert answer.out.splitlines() == ['{"a":1}', '{"a":"Лубінець"}']
    assert answer.err.startswith("1 left out that are no JSON")


def test_discarding_takes_those_a_filter_finds_and_no_other(three, call):
    assert call("rejected", "discard", "--source", "urn:two").out == "2 discarded\n"
    assert ids(call("rejected", "list")) == three[:1]


def test_what_is_tried_again_goes_back_word_for_word(three, call, redis, ledger):
    assert call("rejected", "retry", three[1], three[2]).out == "2 back in the inbox\n"

    back = [fields for _, fields in redis.xrange(keys_of(ledger).inbox)]
    assert back == [{b"event": '{\n "a": "Лубінець"}'.encode()}, {b"event": b"\xff"}]
    assert ids(call("rejected", "list")) == three[:1]


def test_what_finds_no_room_in_the_inbox_stays_parked(three, call, monkeypatch):
    monkeypatch.setenv("LEDGER_INBOX_MAX", "2")

    answer = call("rejected", "retry", "--all")

    assert (answer.code, answer.out) == (1, "")
    assert "the others stay parked" in answer.err
    assert ids(call("rejected", "list")) == three[2:]


def test_a_mended_event_is_published_in_the_place_of_the_parked_one(
    three, call, tmp_path, redis, ledger
):
    (tmp_path / "mended").write_text(seed_of(ledger)[2])

    answer = call("rejected", "edit", three[0], tmp_path / "mended")

    assert (answer.code, answer.out) == (0, f"published in the place of {three[0]}\n")
    assert [fields for _, fields in redis.xrange(keys_of(ledger).inbox)] == [
        {b"event": seed_of(ledger)[2].encode()}
    ]
    assert ids(call("rejected", "list")) == three[1:]


def test_an_event_that_is_still_wrong_stays_parked(three, call, tmp_path, redis, ledger):
    (tmp_path / "wrong").write_text(seed_of(ledger)[2].replace('"side": "RU"', '"side": "XX"'))

    answer = call("rejected", "edit", three[0], tmp_path / "wrong")

    assert (answer.code, answer.out) == (1, "")
    assert answer.err.startswith("still wrong: /data/side: expected ")
    assert ids(call("rejected", "list")) == three
    assert not redis.exists(keys_of(ledger).inbox)


@pytest.mark.parametrize(
    "arguments",
    [
        ("discard",),
        ("discard", "--all", "--source", "urn:one"),
        ("retry", "1-1", "--all"),
        ("discard", "1-1"),
        ("show", "soon"),
        ("edit", "1-1", "/dev/null"),
        ("list", "--limit", "0"),
    ],
)
def test_what_names_nothing_or_too_much_is_refused(three, call, arguments):
    answer = call("rejected", *arguments)

    assert (answer.code, answer.out, len(answer.err.splitlines())) == (2, "", 1)
    assert ids(call("rejected", "list")) == three


def test_more_than_a_batch_is_found_and_thrown_away(park, call, redis, ledger):
    pipeline = redis.pipeline(transaction=False)
    reasons = json.dumps([{"pointer": "", "expected": "JSON", "found": "x"}])
    for number in range(4_500):
        source = "odd" if number % 2 else "even"
        fields = {"event": str(number), "source": source, "parked_at": "2026-01-01T10:00:00+00:00"}
        pipeline.xadd(keys_of(ledger).rejected, {**fields, "reasons": reasons})
    pipeline.execute()

    assert call("rejected", "discard", "--source", "odd").out == "2250 discarded\n"
    assert {row["source"] for row in json.loads(call("rejected", "list").out)} == {"even"}
    assert call("rejected", "discard", "--all").out == "2250 discarded\n"
