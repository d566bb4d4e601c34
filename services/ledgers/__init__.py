"""The ledgers' configurations, shipped or the operator's own, and the shipped demo claims."""

import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path

from pydantic import ValidationError

from schemas.ledger import LedgerConfiguration
from schemas.words import LedgerVocabulary
from services.reconciliation.claims.lexicon import merged
from services.reconciliation.policy import LATEST, UnknownPolicyError, version_for


class LedgerConfigurationError(Exception):
    """A ledger's configuration is missing or wrong; the message names the file and the field."""


def load_ledger(name: str, *, config_dir: Path | None = None) -> LedgerConfiguration:
    """Read one ledger's TOML file: the operator's if there is one, else the shipped one.

    Raises:
        LedgerConfigurationError: There is no such ledger, or its file is wrong.
    """
    own = config_dir / f"{name}.toml" if config_dir else None
    if own is not None and own.is_file():
        return parse_ledger(own.read_text(encoding="utf-8"), origin=str(own))
    shipped = files(__name__).joinpath(f"{name}.toml")
    if not shipped.is_file():
        raise LedgerConfigurationError(
            f"expected a ledger with a configuration ({', '.join(shipped_ledgers())}"
            f"{f', or a file in {config_dir}' if config_dir else ''}), found {name!r}"
        )
    return parse_ledger(shipped.read_text(encoding="utf-8"), origin=f"shipped ledger {name}")


def parse_ledger(text: str, *, origin: str) -> LedgerConfiguration:
    """Read a ledger's configuration out of TOML text.

    Raises:
        LedgerConfigurationError: The text is no TOML, or a field is missing or wrong, or the policy
            is none that this program has or had.
    """
    try:
        configuration = LedgerConfiguration.model_validate(tomllib.loads(text))
        version = version_for(configuration.policy)
    except tomllib.TOMLDecodeError as error:
        raise LedgerConfigurationError(f"{origin}: expected TOML, {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise LedgerConfigurationError(f"{origin}: {where}: {first['msg']}") from error
    except UnknownPolicyError as error:
        raise LedgerConfigurationError(f"{origin}: policy: {error}") from error
    named = None if version == configuration.policy else configuration.policy
    vocabulary = merged(configuration.vocabulary, default_vocabulary())
    return configuration.model_copy(
        update={"policy": version, "policy_named": named, "vocabulary": vocabulary}
    )


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
