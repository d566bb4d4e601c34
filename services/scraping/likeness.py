"""How alike two texts are, by a sketch of each that is small enough to keep.

A sketch is the least of the hashes of all runs of four words: of two texts, as many of the least of both
together are in both sketches as the texts have runs of words in common (bottom-k MinHash).
"""

import re
from collections.abc import Iterable
from hashlib import blake2b


#: Words in a run, and hashes kept of a text.
RUN_WORDS = 4
SKETCH_COUNT = 128
#: From how many runs of words on a text can be told to be a copy.
RUNS_MIN = 20
#: From which share of runs in common on one text is a copy of another.
COPY_SHARE = 0.5
_HASH_BYTES = 8
_WORD = re.compile(r"\w+")
Sketch = frozenset[bytes]


def sketch_of(text: str) -> Sketch:
    """Return the sketch of a text, empty for one too short to be told."""
    words = _WORD.findall(text.casefold())
    count = max(0, len(words) - RUN_WORDS + 1)
    runs = {" ".join(words[at : at + RUN_WORDS]) for at in range(count)}
    if len(runs) < RUNS_MIN:
        return frozenset()
    digests = (
        blake2b(run.encode(errors="replace"), digest_size=_HASH_BYTES).digest() for run in runs
    )
    return frozenset(sorted(digests)[:SKETCH_COUNT])


def share_in_common(one: Sketch, other: Sketch) -> float:
    """Return the share of runs of words that two sketched texts have in common, 0 where that cannot be told.

    >>> text = " ".join(map(str, range(100)))
    >>> share_in_common(sketch_of(text), sketch_of(text))
    1.0
    >>> share_in_common(sketch_of(text), sketch_of(" ".join(map(str, range(200, 300)))))
    0.0
    """
    both = one & other
    if not both:
        return 0.0
    least = sorted(one | other)[:SKETCH_COUNT]
    return sum(known in both for known in least) / len(least)


def packed(sketch: Sketch) -> bytes:
    """Return a sketch as it is kept.

    >>> unpacked(packed(sketch_of("a " * 9))) == frozenset()
    True
    """
    return b"".join(sorted(sketch))


def unpacked(kept: bytes) -> Sketch:
    """Return a sketch that was kept."""
    return frozenset(kept[at : at + _HASH_BYTES] for at in range(0, len(kept), _HASH_BYTES))


class Copies:
    """Texts, and which of them is a copy of which outlet's."""

    def __init__(self, known: Iterable[tuple[str, bytes, str | None]]) -> None:
        """Begin with texts found before, the first found first: outlet, kept sketch, and whom it copies."""
        self._known = [(outlet, unpacked(kept), source) for outlet, kept, source in known]

    def original_of(self, sketch: Sketch, outlet: str) -> str | None:
        """Return the outlet that a text is a copy of, null if its words are its own; remember it."""
        source = next(
            (
                first or other
                for other, known, first in self._known
                if other != outlet and share_in_common(sketch, known) >= COPY_SHARE
            ),
            None,
        )
        source = None if source == outlet else source
        if sketch:
            self._known.append((outlet, sketch, source))
        return source
