"""A lazy that was pickled, however often, is the dictionary it was filled as."""

import pickle
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.runtime.lazy_dict import LazyDict


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


def kept(lazy: LazyDict[int, list[int]]) -> LazyDict[int, list[int]]:
    came_back: LazyDict[int, list[int]] = pickle.loads(pickle.dumps(lazy))
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
    steps: list[tuple[str, int]], block_size: int
) -> None:
    known: dict[int, list[int]] = {}
    lazy: LazyDict[int, list[int]] = LazyDict(block_size)
    for key in range(8):
        known[key], lazy[key] = [key], [key]

    for number, (step, key) in enumerate(steps, start=100):
        if step == "keep":
            lazy = kept(lazy)
        else:
            assert do(step, key, lazy, number) == do(step, key, known, number)

    assert list(kept(lazy).items()) == list(known.items())
    assert list(lazy.items()) == list(known.items())


class Packed:
    """Counts how often one of its kind is packed and unpacked."""

    packed = 0
    unpacked = 0

    def __getstate__(self) -> dict[str, int]:
        Packed.packed += 1
        return {"known": 1}

    def __setstate__(self, state: dict[str, int]) -> None:
        Packed.unpacked += 1


def test_only_the_blocks_that_are_asked_for_are_unpacked_and_packed_again() -> None:
    lazy: LazyDict[int, Packed] = LazyDict(2)
    lazy.update({number: Packed() for number in range(6)})
    came_back: LazyDict[int, Packed] = pickle.loads(pickle.dumps(lazy))
    Packed.packed = Packed.unpacked = 0

    assert 3 in came_back
    assert came_back.get(6) is None
    came_back[0] = Packed()
    assert Packed.unpacked == 0

    assert came_back[3] is came_back[3]
    assert Packed.unpacked == 2

    # The block whose first value was replaced is opened for the other, and the new one packed beside it.
    pickle.dumps(came_back)
    assert (Packed.packed, Packed.unpacked) == (4, 4)


def test_a_lazy_on_a_lazy_comes_back_as_one() -> None:
    outer: LazyDict[str, LazyDict[int, int]] = LazyDict(2)
    outer["a"] = LazyDict(1)
    outer["a"].update({1: 10, 2: 20})

    came_back: LazyDict[str, LazyDict[int, int]] = pickle.loads(
        pickle.dumps(pickle.loads(pickle.dumps(outer)))
    )

    assert list(came_back["a"].items()) == [(1, 10), (2, 20)]
