"""A dictionary of very many values, of which a start from a snapshot unpacks those that are asked for.

Most of what a ledger knows is about exchanges that nobody speaks of any more. So a shelf is pickled as
its keys, which are all there again at once, and boxes of values that were put beside each other. A box
is opened when one of its values is asked for; one that nobody opened is packed again as it is.

A value must be its own: what two values share, or a value and somebody else, is two things after it
came back, which is the same only for what never changes.
"""

import pickle
from collections.abc import ItemsView, Iterable, Iterator, Sequence, ValuesView
from itertools import groupby, islice
from typing import Any, TypeVar

import msgspec
from typing_extensions import override


Key = TypeVar("Key")
Value = TypeVar("Value")


class _Box(msgspec.Struct, frozen=True, gc=False):
    """Packed values, and the keys they have, in the same order."""

    keys: Sequence[Any]
    packed: bytes

    def opened(self) -> dict[Any, Any]:
        """Unpack what is in it."""
        values = pickle.loads(self.packed)  # noqa: S301  part of a snapshot, ours alone to write
        return dict(zip(self.keys, values, strict=True))


class Shelf(dict[Key, Value]):
    """A dictionary filled by this process: as any other, but for how it is pickled."""

    __slots__ = ("_box_count",)

    def __init__(self, box_count: int) -> None:
        """Begin empty.

        Args:
            box_count: How many values to pack together: so few that unpacking them all for the sake of
                one is no waste, and so many that there are few boxes.
        """
        super().__init__()
        self._box_count = box_count

    @override
    def __reduce__(self) -> tuple[Any, ...]:
        return _come_back, (self._box_count, [(box.keys, box.packed) for box in self._boxes()])

    def _boxes(self) -> Iterator[_Box]:
        return _boxed(dict.items(self), self._box_count)


class _CameBack(Shelf[Key, Value]):
    """A shelf that was pickled: in the place of a value there may be the box it is in.

    What gives values and is not found here must not be used.
    """

    __slots__ = ()

    @override
    def __getitem__(self, key: Key) -> Value:
        value: Any = dict.__getitem__(self, key)
        return self._open(value, key) if type(value) is _Box else value

    @override
    def get(self, key: Key, default: Any = None) -> Any:
        value: Any = dict.get(self, key, default)
        return self._open(value, key) if type(value) is _Box else value

    @override
    def setdefault(self, key: Key, default: Any = None) -> Any:
        value: Any = dict.setdefault(self, key, default)
        return self._open(value, key) if type(value) is _Box else value

    @override
    def pop(self, key: Key, *default: Any) -> Any:
        self.get(key)
        return dict.pop(self, key, *default)

    @override
    def items(self) -> ItemsView[Key, Value]:  # type: ignore[override]  # a view, as a dictionary's
        self._open_all()
        return dict.items(self)

    @override
    def values(self) -> ValuesView[Value]:  # type: ignore[override]  # likewise
        self._open_all()
        return dict.values(self)

    def _open(self, box: _Box, key: Key) -> Value:
        for known, value in box.opened().items():
            # Another value may have been put there since, or none be wanted any more.
            if dict.get(self, known) is box:
                dict.__setitem__(self, known, value)
        return dict.__getitem__(self, key)

    def _open_all(self) -> None:
        for key in self:
            self.get(key)

    @override
    def _boxes(self) -> Iterator[_Box]:
        for _, run in groupby(dict.items(self), key=_which_box):
            items: list[tuple[Any, Any]] = list(run)
            box = items[0][1]
            if type(box) is not _Box:
                yield from _boxed(items, self._box_count)
            elif len(items) == len(box.keys):
                yield box
            else:
                opened = box.opened()
                yield from _boxed([(key, opened[key]) for key, _ in items], self._box_count)


def _boxed(items: Iterable[tuple[Any, Any]], count: int) -> Iterator[_Box]:
    rest = iter(items)
    while batch := tuple(islice(rest, count)):
        keys, values = zip(*batch, strict=True)
        yield _Box(keys, pickle.dumps(values, protocol=5))


def _which_box(item: tuple[Any, Any]) -> int:
    """Tell boxes apart, and from values that are in none."""
    return id(item[1]) if type(item[1]) is _Box else 0


def _come_back(box_count: int, boxes: Iterable[tuple[Sequence[Key], bytes]]) -> Shelf[Key, Any]:
    shelf: _CameBack[Key, Any] = _CameBack(box_count)
    for keys, packed in boxes:
        shelf.update(dict.fromkeys(keys, _Box(keys, packed)))
    return shelf
