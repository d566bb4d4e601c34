"""A dictionary of very many values, of which a start from a snapshot unpacks those that are asked for.

Most of what a ledger knows is about exchanges that nobody speaks of any more. So a lazy dict is pickled
as its keys, which are all there again at once, and blocks of values that were put beside each other. A
block is unpacked when one of its values is asked for; one that nobody asked for is packed again as it is.

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


class _Block(msgspec.Struct, frozen=True, gc=False):
    """Packed values, and the keys they have, in the same order."""

    keys: Sequence[Any]
    packed: bytes

    def unpacked(self) -> dict[Any, Any]:
        """Unpack what is in it: part of a snapshot, which was signed."""
        values = pickle.loads(self.packed)  # noqa: S301  # nosec B301
        return dict(zip(self.keys, values, strict=True))


class LazyDict(dict[Key, Value]):
    """A dictionary filled by this process: as any other, but for how it is pickled."""

    __slots__ = ("_block_size",)

    def __init__(self, block_size: int) -> None:
        """Begin empty.

        Args:
            block_size: How many values to pack together: so few that unpacking them all for the sake of
                one is no waste, and so many that there are few blocks.
        """
        super().__init__()
        self._block_size = block_size

    @override
    def __reduce__(self) -> tuple[Any, ...]:
        return _unpickled, (
            self._block_size,
            [(block.keys, block.packed) for block in self._blocks()],
        )

    def _blocks(self) -> Iterator[_Block]:
        return _packed(dict.items(self), self._block_size)


class _UnpickledDict(LazyDict[Key, Value]):
    """A lazy dict that was pickled: in the place of a value there may be the block it is in.

    What gives values and is not found here must not be used.
    """

    __slots__ = ()

    @override
    def __getitem__(self, key: Key) -> Value:
        value: Any = dict.__getitem__(self, key)
        return self._unpack(value, key) if type(value) is _Block else value

    @override
    def get(self, key: Key, default: Any = None) -> Any:
        value: Any = dict.get(self, key, default)
        return self._unpack(value, key) if type(value) is _Block else value

    @override
    def setdefault(self, key: Key, default: Any = None) -> Any:
        value: Any = dict.setdefault(self, key, default)
        return self._unpack(value, key) if type(value) is _Block else value

    @override
    def pop(self, key: Key, *default: Any) -> Any:
        self.get(key)
        return dict.pop(self, key, *default)

    @override
    def items(self) -> ItemsView[Key, Value]:  # type: ignore[override]  # a view, as a dictionary's
        self._unpack_all()
        return dict.items(self)

    @override
    def values(self) -> ValuesView[Value]:  # type: ignore[override]  # likewise
        self._unpack_all()
        return dict.values(self)

    def _unpack(self, block: _Block, key: Key) -> Value:
        for known, value in block.unpacked().items():
            # Another value may have been put there since, or none be wanted any more.
            if dict.get(self, known) is block:
                dict.__setitem__(self, known, value)
        return dict.__getitem__(self, key)

    def _unpack_all(self) -> None:
        for key in self:
            self.get(key)

    @override
    def _blocks(self) -> Iterator[_Block]:
        for _, run in groupby(dict.items(self), key=_which_block):
            items: list[tuple[Any, Any]] = list(run)
            block = items[0][1]
            if type(block) is not _Block:
                yield from _packed(items, self._block_size)
            elif len(items) == len(block.keys):
                yield block
            else:
                unpacked = block.unpacked()
                yield from _packed([(key, unpacked[key]) for key, _ in items], self._block_size)


def _packed(items: Iterable[tuple[Any, Any]], count: int) -> Iterator[_Block]:
    rest = iter(items)
    while batch := tuple(islice(rest, count)):
        keys, values = zip(*batch, strict=True)
        yield _Block(keys, pickle.dumps(values, protocol=5))


def _which_block(item: tuple[Any, Any]) -> int:
    """Return what tells blocks apart, and from values that are in none."""
    return id(item[1]) if type(item[1]) is _Block else 0


def _unpickled(
    block_size: int, blocks: Iterable[tuple[Sequence[Key], bytes]]
) -> LazyDict[Key, Any]:
    found: _UnpickledDict[Key, Any] = _UnpickledDict(block_size)
    for keys, packed in blocks:
        found.update(dict.fromkeys(keys, _Block(keys, packed)))
    return found
