"""Releases that are kept: one directory a day, at an address that stands for the same bytes for good.

A release appears whole and is never written again. What may no longer be given away is withdrawn: its files go,
and its day, its hash and the reason stay.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from shutil import rmtree
from typing import Any

from schemas.kept_release import KeptFile, KeptRelease, Withdrawal
from services.release.content import Content
from services.release.directory import DESCRIPTOR, SUMS, PlaceError, sum_of


_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_WITHDRAWN = ".withdrawn.json"
_MEDIA_TYPES: Mapping[str, str] = {
    ".csv": "text/csv; charset=utf-8",
    ".parquet": "application/vnd.apache.parquet",
    ".json": "application/json",
    ".jsonl": "application/jsonl",
    ".md": "text/markdown; charset=utf-8",
    ".cff": "application/yaml",
}
#: Of files that are more than JSON.
_OWN_TYPES: Mapping[str, str] = {
    "croissant.json": "application/ld+json",
    "csv-metadata.json": "application/csvm+json",
}


class KeptReleases:
    """The releases of one ledger that are kept in a directory."""

    def __init__(self, directory: Path, ledger: str) -> None:
        self._directory, self._ledger = directory, ledger

    def all(self) -> list[KeptRelease]:
        """Return what is kept, the newest first."""
        if not self._directory.is_dir():
            return []
        names = {path.name.removesuffix(_WITHDRAWN) for path in self._directory.iterdir()}
        found = (self.find(name) for name in sorted(names, reverse=True))
        return [one for one in found if one is not None]

    def find(self, day: str) -> KeptRelease | None:
        """Return the release of a day, null if there is none."""
        if not _DAY.fullmatch(day):
            return None
        place = self._directory / day
        try:
            described: dict[str, Any] = json.loads((place / DESCRIPTOR).read_bytes())
            sums = (place / SUMS).read_text(encoding="utf-8")
        except FileNotFoundError:
            return self._withdrawn(day)
        files = [line.partition("  ") for line in sums.splitlines()]
        return KeptRelease(
            ledger=self._ledger,
            day=date.fromisoformat(day),
            version=described["version"],
            position=described["position"],
            policy=described["policy"],
            recorded_at=described.get("created"),
            sha256=sum_of(place / SUMS),
            files=tuple(
                KeptFile(
                    name=name,
                    media_type=media_type_of(name),
                    bytes=(place / name).stat().st_size,
                    sha256=digits,
                )
                for digits, _, name in [*files, (sum_of(place / SUMS), "", SUMS)]
            ),
        )

    def file(self, release: KeptRelease, name: str) -> Path | None:
        """Return where a file of a release lies, null if it has none of that name."""
        if all(file.name != name for file in release.files):
            return None
        return self._directory / release.day.isoformat() / name

    async def build(
        self, content: Content, *, day: date, authors: Sequence[str], origin: str
    ) -> KeptRelease:
        """Build the release of a day and keep it.

        Args:
            content: What is released.
            day: Of which day it is.
            authors: Who releases it.
            origin: What the addresses of this server begin with, empty if it has none outside.

        Raises:
            PlaceError: There is one of that day, or it cannot be written.
            OutOfRangeError: A sum of people does not fit into 64 bits.
        """
        if (there := self.find(day.isoformat())) is not None:
            state = "one that was withdrawn" if there.withdrawn else f"{there.version} of it"
            raise PlaceError(f"expected no release of {self._ledger} of {day}, found {state}")
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise PlaceError(
                f"expected a directory for releases at {self._directory} (LEDGER_RELEASES_DIR), found "
                f"{error.strerror}"
            ) from error
        # Whoever only reads releases needs no library that writes Parquet.
        from services.release.writing import write_release  # noqa: PLC0415

        place = self._directory / day.isoformat()
        await write_release(
            content,
            place,
            authors=authors,
            replaces=False,
            address=f"{origin}/releases/{self._ledger}/{day}/" if origin else None,
        )
        for path in place.iterdir():
            path.chmod(0o444)
        made = self.find(day.isoformat())
        assert made is not None, "a release that was just built"
        return made

    def withdraw(self, release: KeptRelease, *, who: str, why: str, at: datetime) -> KeptRelease:
        """Remove a release's files for good; what it was, by whom it was withdrawn and why stays.

        Raises:
            PlaceError: It cannot be removed.
        """
        noted = release.model_copy(
            update={"files": (), "withdrawn": Withdrawal(who=who, why=why, at=at)}
        )
        day = release.day.isoformat()
        note = self._directory / f"{day}{_WITHDRAWN}"
        try:
            note.write_text(noted.model_dump_json() + "\n", encoding="utf-8")
            rmtree(self._directory / day)
        except OSError as error:
            raise PlaceError(
                f"expected to remove {error.filename}, found {error.strerror}"
            ) from error
        return noted

    def changed_files(self, release: KeptRelease) -> list[str]:
        """Return the files of a release that are not what its sums say, in order of name."""
        place = self._directory / release.day.isoformat()
        return sorted(
            file.name for file in release.files if sum_of(place / file.name) != file.sha256
        )

    def _withdrawn(self, day: str) -> KeptRelease | None:
        try:
            note = (self._directory / f"{day}{_WITHDRAWN}").read_bytes()
        except FileNotFoundError:
            return None
        return KeptRelease.model_validate_json(note)


def media_type_of(name: str) -> str:
    """Return of which kind a file of a release is.

    >>> media_type_of("figures.csv"), media_type_of("croissant.json"), media_type_of("SHA256SUMS")
    ('text/csv; charset=utf-8', 'application/ld+json', 'text/plain; charset=utf-8')
    """
    return _OWN_TYPES.get(name) or _MEDIA_TYPES.get(Path(name).suffix, "text/plain; charset=utf-8")
