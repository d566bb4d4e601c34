"""The ledgers' configurations, shipped or the operator's own, and the shipped demo claims."""

import os
import tomllib
from contextlib import suppress
from difflib import get_close_matches
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from schemas.ledger import LedgerConfiguration
from schemas.words import LedgerVocabulary
from services.ledgers.faults import FileFault, find_faults, shown_faults, shown_syntax_error
from services.reconciliation.claims.lexicon import merged
from services.reconciliation.policy import LATEST, version_for


class LedgerConfigurationError(Exception):
    """A ledger's configuration is missing or wrong: a line for each fault, with the file and the field."""


class LedgerOrigin(NamedTuple):
    """Where a ledger comes from: its name, its file, and whether that is shipped or the operator's."""

    name: str
    file: str
    is_shipped: bool


def load_ledger(name: str, *, config_dir: Path | None = None) -> LedgerConfiguration:
    """Read one ledger's TOML file: the operator's if there is one, else the shipped one.

    Raises:
        LedgerConfigurationError: There is no such ledger, or its file is wrong.
    """
    own = config_dir / f"{name}.toml" if config_dir else None
    # A name with a slash in it is no ledger's, and would be a path.
    if own is not None and own.parent == config_dir and own.is_file():
        return read_ledger_file(own, name=name)
    shipped = files(__name__).joinpath(f"{name}.toml")
    if name not in shipped_ledgers():
        raise LedgerConfigurationError(_unknown(name, config_dir))
    return parse_ledger(shipped.read_text(encoding="utf-8"), origin=f"shipped ledger {name}")


def read_ledger_file(file: Path, *, name: str | None = None) -> LedgerConfiguration:
    """Read a ledger's file, which must be of the ledger named, if one is.

    Raises:
        LedgerConfigurationError: It cannot be read, or is wrong.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        found = "a directory" if file.is_dir() else (error.strerror or str(error)).lower()
        raise LedgerConfigurationError(
            f"{file}: expected a ledger's file, found {found}"
        ) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise LedgerConfigurationError(
            f"{file}:{line}: expected UTF-8, found byte {error.object[error.start]:#04x}"
        ) from error
    return parse_ledger(text, origin=str(file), name=name)


def parse_ledger(text: str, *, origin: str, name: str | None = None) -> LedgerConfiguration:
    """Read a ledger's configuration out of TOML text.

    Raises:
        LedgerConfigurationError: The text is no TOML, or fields are missing or wrong; a line for each.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LedgerConfigurationError(shown_syntax_error(error, origin=origin)) from error
    faults = find_faults(document)
    if name is not None and isinstance(document.get("name"), str) and document["name"] != name:
        faults.append(
            FileFault(("name",), f"{name}, as the file is called", repr(document["name"]))
        )
    if faults:
        raise LedgerConfigurationError(shown_faults(faults, text, origin=origin))
    configuration = LedgerConfiguration.model_validate(document)
    version = version_for(configuration.policy)
    named = None if version == configuration.policy else configuration.policy
    vocabulary = _with_default(configuration.vocabulary.model_dump_json())
    return configuration.model_copy(
        update={"policy": version, "policy_named": named, "vocabulary": vocabulary}
    )


def names_there_are(config_dir: Path | None) -> list[str]:
    """Return the names of all ledgers, in the order of the alphabet."""
    own: list[str] = []
    with suppress(FileNotFoundError, NotADirectoryError):
        # A path for each would take ten times as long, and there may be a hundred thousand.
        own = os.listdir(config_dir) if config_dir else []  # noqa: PTH208
    named = {name.removesuffix(".toml") for name in own if name.endswith(".toml")}
    return sorted({*shipped_ledgers(), *named})


def ledgers_there_are(config_dir: Path | None) -> list[LedgerOrigin]:
    """Return where each ledger comes from; an operator's file stands in the place of a shipped one."""
    found = {
        name: LedgerOrigin(name, f"shipped {name}.toml", is_shipped=True)
        for name in shipped_ledgers()
    }
    for file in sorted(config_dir.glob("*.toml")) if config_dir else ():
        found[file.stem] = LedgerOrigin(file.stem, str(file), is_shipped=False)
    return [found[name] for name in sorted(found)]


def _unknown(name: str, config_dir: Path | None) -> str:
    known = names_there_are(config_dir)
    near = get_close_matches(name, known, n=1)
    where = f"holds no {name}.toml: {config_dir}" if config_dir else "is not set"
    return (
        f"expected a ledger that there is ({', '.join(known)}), found {name!r}"
        f"{f'; nearest: {near[0]}' if near else ''} (LEDGER_CONFIG_DIR, where ledgers of one's own are "
        f"described, {where})"
    )


@lru_cache(64)
def _with_default(own: str) -> LedgerVocabulary:
    """Return the words of a ledger with those that every ledger has; ledgers without own words share them."""
    return merged(LedgerVocabulary.model_validate_json(own), default_vocabulary())


@cache
def default_vocabulary() -> LedgerVocabulary:
    """Return the words that every ledger has."""
    kinds: dict[str, dict[str, list[str]]] = {}
    for entry in sorted(
        files(__name__).joinpath("vocabulary").iterdir(), key=lambda file: file.name
    ):
        for kind, words in tomllib.loads(entry.read_text(encoding="utf-8")).items():
            kinds.setdefault(kind, {})[entry.name.removesuffix(".toml")] = words
    return LedgerVocabulary.model_validate(kinds)


def names_past_policy(ledger: LedgerConfiguration) -> bool:
    """Return whether a ledger's file names a policy that another one succeeded."""
    return ledger.policy_named not in (None, LATEST)


def shipped_ledgers() -> list[str]:
    """Return the names of the ledgers that come with this package."""
    return sorted(
        entry.name.removesuffix(".toml")
        for entry in files(__name__).iterdir()
        if entry.name.endswith(".toml")
    )


def demo_ledgers() -> tuple[str, ...]:
    """Return the names of the ledgers whose real claims are shipped, in the order of the alphabet."""
    return tuple(
        name
        for name in shipped_ledgers()
        if files(__name__).joinpath(f"{name}.claims.jsonl").is_file()
    )


def demo_claims(name: str) -> bytes:
    """Return the shipped real claims of a ledger as JSON lines.

    Raises:
        LedgerConfigurationError: No claims are shipped for that ledger.
    """
    shipped = files(__name__).joinpath(f"{name}.claims.jsonl")
    if not shipped.is_file():
        raise LedgerConfigurationError(f"expected a ledger with shipped claims, found {name!r}")
    return shipped.read_bytes()
