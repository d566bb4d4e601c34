"""Places of a log that a process has seen, whether it noted them one by one or append by append."""

from hashlib import sha256
from itertools import pairwise

import pytest

from services.eventlog.chain import Head, link
from services.eventlog.seen import LATEST_COUNT, SeenHeads


def heads(count: int) -> tuple[list[bytes], list[Head]]:
    """Digests of events, and the place of each, with the one before the first."""
    digests = [sha256(b"%d" % number).digest() for number in range(count)]
    found = [Head(7, "a" * 40)]
    for digest in digests:
        found.append(Head(found[-1].position + 1, link(found[-1].chain, digest)))
    return digests, found


@pytest.mark.parametrize("cuts", [(0, 5), (0, 1, 5), (0, 2, 3, 5)])
def test_places_of_appends_are_those_noted_one_by_one(cuts):
    digests, places = heads(5)
    one_by_one, by_append = SeenHeads(places), SeenHeads()

    for first, last in pairwise(cuts):
        by_append.see_run(places[first], digests[first:last], places[last])
        assert by_append.last == places[last]

    assert by_append.all() == one_by_one.all() == places
    assert by_append.few() == one_by_one.few()
    assert [by_append.at(place.position) for place in places] == [chain for _, chain in places]


def test_of_appends_far_back_the_last_place_is_kept_and_of_the_latest_every_one():
    size = 100
    digests, places = heads(3 * LATEST_COUNT)
    seen = SeenHeads()

    for first in range(0, len(digests), size):
        last = min(first + size, len(digests))
        seen.see_run(places[first], digests[first:last], places[last])

    kept = seen.all()
    assert kept == sorted(set(kept))
    assert kept[-LATEST_COUNT:] == places[-LATEST_COUNT:]
    assert set(kept) <= set(places)
    # Further back a place for each append; some of them were thinned out by what came later.
    far_back = [place.position for place in kept[:-LATEST_COUNT]]
    assert max(after - before for before, after in pairwise(far_back)) <= 3 * size
    assert far_back[0] <= places[0].position + size


def test_an_append_that_does_not_lead_to_its_last_place_is_not_taken_for_one():
    digests, places = heads(2)
    seen = SeenHeads()
    seen.see_run(places[0], digests, Head(9, "0" * 40))

    with pytest.raises(AssertionError, match="expected digests that lead to"):
        seen.all()
