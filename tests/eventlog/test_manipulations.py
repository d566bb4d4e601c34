"""Whatever is done to a stored log by hand, the proof finds it and names its position, without seals."""

import json
import os
import random

import pytest

from benchmarks.load import make_claims
from services.eventlog.port import Entry
from services.eventlog.proof import Proof
from services.ledgers import load_ledger
from services.queries.replay import replay


LEDGER = load_ledger("rus-ukr")
#: How many manipulations, all kinds together.
COUNT = int(os.environ.get("MANIPULATIONS", "100"))


@pytest.fixture(scope="module")
def bodies() -> list[bytes]:
    return replay(make_claims(80), ledger=LEDGER).log.bodies()


def faults_of(bodies: list[bytes]) -> list[int]:
    proof = Proof(LEDGER.name)
    for position, body in enumerate(bodies, start=1):
        proof.check(Entry(position, body))
    return [fault.position for fault in proof.faults]


def alter(bodies: list[bytes], at: int, rng: random.Random) -> list[bytes]:
    """Change one digit or letter of an event's content."""
    body = bytearray(bodies[at])
    start = bodies[at].index(b'"specversion"')
    places = [place for place in range(start, len(body)) if chr(body[place]).isalnum()]
    place = rng.choice(places)
    body[place] = rng.choice([code for code in b"0123456789abcdef" if code != body[place]])
    return [*bodies[:at], bytes(body), *bodies[at + 1 :]]


def remove(bodies: list[bytes], at: int, _: random.Random) -> list[bytes]:
    return [*bodies[:at], *bodies[at + 1 :]]


def reorder(bodies: list[bytes], at: int, rng: random.Random) -> list[bytes]:
    """Let two events change places, each with the position of its new place."""
    other = rng.choice([place for place in range(len(bodies)) if place != at])
    swapped = list(bodies)
    swapped[at], swapped[other] = placed(bodies[other], at), placed(bodies[at], other)
    return swapped


def insert(bodies: list[bytes], at: int, rng: random.Random) -> list[bytes]:
    """Write an event a second time, under an id of its own, and number the rest anew."""
    second = json.loads(rng.choice(bodies))
    second["id"] = f"{rng.getrandbits(128):032x}"
    text = json.dumps(second, ensure_ascii=False, separators=(",", ":")).encode()
    inserted = [*bodies[:at], text, *bodies[at:]]
    return [placed(body, place) for place, body in enumerate(inserted)]


def swap_ids(bodies: list[bytes], at: int, rng: random.Random) -> list[bytes]:
    other = rng.choice([place for place in range(len(bodies)) if place != at])
    here, there = (json.loads(bodies[place])["id"].encode() for place in (at, other))
    swapped = list(bodies)
    swapped[at] = bodies[at].replace(b'"id":"' + here, b'"id":"' + there, 1)
    swapped[other] = bodies[other].replace(b'"id":"' + there, b'"id":"' + here, 1)
    return swapped


def placed(body: bytes, place: int) -> bytes:
    return b'{"position":%d,' % (place + 1) + body.partition(b",")[2]


@pytest.mark.parametrize("manipulate", [alter, remove, reorder, insert, swap_ids])
def test_every_manipulation_of_a_log_is_found_at_its_position(bodies, manipulate):
    assert faults_of(bodies) == []
    for seed in range(COUNT // 5):
        rng = random.Random(seed)
        # Of the last event alone nothing is left to tell by; that it is gone, the store knows.
        at = rng.randrange(len(bodies) - 1)

        faults = faults_of(manipulate(bodies, at, rng))

        assert faults, (manipulate.__name__, seed)
        assert at + 1 in faults or min(faults) <= at + 1, (manipulate.__name__, seed, at + 1)


def test_an_altered_number_is_named_at_its_event_and_nowhere_else(bodies):
    at = next(place for place, body in enumerate(bodies) if b'"value":' in body)
    altered = [*bodies]
    altered[at] = bodies[at].replace(b'"value":', b'"value":9', 1)
    assert faults_of(altered) == [at + 1]
