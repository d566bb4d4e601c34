"""The only reader of the environment: every setting, its unit and its default.

All settings start with `LEDGER_` and may also stand in the file that `LEDGER_SETTINGS_FILE` names
(`NAME=value` lines). `deploy/settings.env` lists them; a test holds it against this class.
"""

import os
from pathlib import Path
from typing import Annotated, Any, Literal

from platformdirs import user_data_path
from pydantic import BeforeValidator, Field
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


def _split_names(names: object) -> object:
    return tuple(name.strip() for name in names.split(",")) if isinstance(names, str) else names


class Settings(BaseSettings):
    """What can be set from outside.

    Attributes:
        redis_url: Server that holds the ledgers; unset means an embedded one under `data_dir`.
        names: Ledgers to work on, comma-separated.
        data_dir: Directory of the embedded server and its files.
        config_dir: Directory with further ledgers' TOML files; unset means the shipped ones alone.
        http_host: Address the HTTP API listens on.
        http_port: Port the HTTP API listens on.
        allow_lossy: Start on a server that may lose acknowledged claims or evict keys.
        log_level: Least severe log line written.
        batch_count: Most entries handled in one go.
        poll_ms: Longest wait for new entries in one call, in milliseconds.
        stale_after_ms: Age after which another worker takes over an unacknowledged inbox entry, in
            milliseconds. Longer than the slowest batch.
        entry_bytes_max: Largest inbound event accepted, in bytes.
        retry_seconds: How long an unreachable server is retried before a worker gives up, in seconds.
        reconnect_seconds: Longest pause between two tries, in seconds.
        changes_count: Entries the change feed keeps, approximately; older ones are trimmed.
    """

    model_config = SettingsConfigDict(env_prefix="LEDGER_", extra="ignore", frozen=True)

    redis_url: str | None = None
    names: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split_names)] = ("rus-ukr",)
    data_dir: Path = Field(default_factory=lambda: user_data_path("exchange-ledger"))
    config_dir: Path | None = None
    http_host: str = "127.0.0.1"
    http_port: Annotated[int, Field(ge=0, le=65535)] = 8080
    allow_lossy: bool = False
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    batch_count: Annotated[int, Field(ge=1, le=10_000)] = 500
    poll_ms: Annotated[int, Field(ge=1, le=60_000)] = 1_000
    stale_after_ms: Annotated[int, Field(ge=1, le=86_400_000)] = 15_000
    entry_bytes_max: Annotated[int, Field(ge=1_024)] = 1_048_576
    retry_seconds: Annotated[float, Field(ge=0)] = 60.0
    reconnect_seconds: Annotated[float, Field(gt=0)] = 2.0
    changes_count: Annotated[int, Field(ge=1)] = 1_000_000


def read_settings(**overrides: object) -> Settings:
    """Read the settings from the environment and the settings file; `overrides` win.

    Raises:
        pydantic.ValidationError: A setting has an impossible value; the message names it.
    """
    given: dict[str, Any] = {name: value for name, value in overrides.items() if value is not None}
    return Settings(_env_file=os.environ.get("LEDGER_SETTINGS_FILE"), **given)
