"""A release's directory: whole or not there, and never in the place of something else.

It is written beside its place, in a directory of its own, and moved there in one step. What stands in
that place must be an empty directory, or an earlier release if it is to be replaced: one that this
project made, with no file in it that is not the release's.
"""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import file_digest
from pathlib import Path


SUMS = "SHA256SUMS"
DESCRIPTOR = "datapackage.json"
#: What the descriptor of every release says, so that one is known again.
GENERATOR = "exchange-ledger"


class PlaceError(Exception):
    """A release cannot be put there; the message says what was expected and found."""


@contextmanager
def release_directory(place: Path, *, replaces: bool) -> Iterator[Path]:
    """Yield a directory to write a release into; it is moved to its place if all goes well.

    Raises:
        PlaceError: It cannot stand there.
    """
    place = place.resolve()
    _check(place, replaces=replaces)
    try:
        with tempfile.TemporaryDirectory(prefix=f".{place.name}-", dir=place.parent) as beside:
            made = Path(beside) / "made"
            made.mkdir()
            yield made
            _check(place, replaces=replaces)
            _move(made, place, old=Path(beside) / "old")
    except OSError as error:
        raise PlaceError(
            f"expected a place that can be written, found {error.filename or place}: {error.strerror or error}"
        ) from error


def write_sums(directory: Path) -> None:
    """Write the sums of all files of a directory, as `sha256sum` does."""
    lines = [f"{sum_of(path)}  {path.name}\n" for path in sorted(directory.iterdir())]
    (directory / SUMS).write_text("".join(lines), encoding="utf-8")


def sum_of(path: Path) -> str:
    """Return the SHA-256 of a file, as hexadecimal digits."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _check(place: Path, *, replaces: bool) -> None:
    if not place.exists():
        if not place.parent.is_dir():
            raise PlaceError(f"expected a directory to put it in, found no {place.parent}")
        return
    if not place.is_dir():
        raise PlaceError(f"expected a directory, found {place}, a file")
    names = {path.name for path in place.iterdir()}
    if not names:
        return
    released = _names_of_release(place)
    if released is None:
        raise PlaceError(
            f"expected a new or empty directory, or an earlier release, found {place} with "
            f"{min(names)} in it"
        )
    if others := names - released:
        raise PlaceError(
            f"expected a release and nothing else in {place}, found {min(others)} beside it"
        )
    if not replaces:
        raise PlaceError(
            f"expected a new or empty directory, found an earlier release in {place} (--replace replaces it)"
        )


def _names_of_release(place: Path) -> set[str] | None:
    """Return the names of the files of a release, null if there is none in that place."""
    try:
        descriptor = json.loads((place / DESCRIPTOR).read_bytes())
        sums = (place / SUMS).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return None
    if not isinstance(descriptor, dict) or descriptor.get("generator") != GENERATOR:
        return None
    return {SUMS, *(line.partition("  ")[2] for line in sums)}


def _move(made: Path, place: Path, *, old: Path) -> None:
    if place.exists():
        place.rename(old)
    try:
        made.rename(place)
    except OSError:
        if old.exists():
            old.rename(place)
        raise
