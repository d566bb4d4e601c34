"""A shelf that was pickled, however often, is the dictionary it was filled as."""

import pickle
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.runtime.lazy_dict import Shelf


KEYS = st.integers(0, 11)
STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(["put", "get", "look up", "default", "add", "pop", "delete"]), KEYS
        ),
        st.tuples(st.sampled_from(["keep", "keep", "keep", "items", "values"]), st.just(0)),
    ),
    max_size=40,
)


def kept(shelf: Shelf[int, list[int]]) -> Shelf[int, list[int]]:
    came_back: Shelf[int, list[int]] = pickle.loads(pickle.dumps(shelf))
    return came_back


def do(step: str, key: int, known: dict[int, list[int]], number: int) -> Any:
    """Do one thing to a dictionary; give what it answers, what it holds included."""
    answer: Any = None
    match step:
        case "put":
            known[key] = [number]
        case "get":
            answer = known.get(key), known.get(key, [0])
        case "look up" if key in known:
            answer = known[key]
        case "default":
            answer = list(known.setdefault(key, [number]))
        case "add":
            known.get(key, []).append(number)
        case "pop":
            answer = known.pop(key, None)
        case "delete" if key in known:
            del known[key]
        case "items":
            answer = list(known.items())
        case "values":
            answer = list(known.values())
    return answer, len(known), list(known)


@given(STEPS, st.integers(1, 5))
def test_it_answers_as_a_dictionary_does_whenever_it_is_pickled(
    steps: list[tuple[str, int]], box_count: int
) -> None:
    known: dict[int, list[int]] = {}
    shelf: Shelf[int, list[int]] = Shelf(box_count)
    for key in range(8):
        known[key], shelf[key] = [key], [key]

    for number, (step, key) in enumerate(steps, start=100):
        if step == "keep":
            shelf = kept(shelf)
        else:
            assert do(step, key, shelf, number) == do(step, key, known, number)

    assert list(kept(shelf).items()) == list(known.items())
    assert list(shelf.items()) == list(known.items())


class Packed:
    """Counts how often one of its kind is packed and unpacked."""

    packed = 0
    unpacked = 0

    def __getstate__(self) -> dict[str, int]:
        Packed.packed += 1
        return {"known": 1}

    def __setstate__(self, state: dict[str, int]) -> None:
        Packed.unpacked += 1


def test_only_the_boxes_that_are_asked_for_are_unpacked_and_packed_again() -> None:
    shelf: Shelf[int, Packed] = Shelf(2)
    shelf.update({number: Packed() for number in range(6)})
    came_back: Shelf[int, Packed] = pickle.loads(pickle.dumps(shelf))
    Packed.packed = Packed.unpacked = 0

    assert 3 in came_back
    assert came_back.get(6) is None
    came_back[0] = Packed()
    assert Packed.unpacked == 0

    assert came_back[3] is came_back[3]
    assert Packed.unpacked == 2

    # The box whose first value was replaced is opened for the other, and the new one packed beside it.
    pickle.dumps(came_back)
    assert (Packed.packed, Packed.unpacked) == (4, 4)


def test_a_shelf_on_a_shelf_comes_back_as_one() -> None:
    outer: Shelf[str, Shelf[int, int]] = Shelf(2)
    outer["a"] = Shelf(1)
    outer["a"].update({1: 10, 2: 20})

    came_back: Shelf[str, Shelf[int, int]] = pickle.loads(
        pickle.dumps(pickle.loads(pickle.dumps(outer)))
    )

    assert list(came_back["a"].items()) == [(1, 10), (2, 20)]
