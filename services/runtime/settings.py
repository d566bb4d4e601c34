"""The only reader of the environment: every setting, its unit and its default.

All settings start with `LEDGER_` and may also stand in the file that `LEDGER_SETTINGS_FILE` names
(`NAME=value` lines). `deploy/settings.env` lists them; a test holds it against this class.
"""

import os
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Literal

from platformdirs import user_data_path
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PrivateAttr,
    SecretStr,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from services.runtime.server_address import check_address, with_credentials
from services.runtime.shares import is_pattern, matching


def _split_names(names: object) -> object:
    if not isinstance(names, str):
        return names
    return tuple(name.strip() for name in names.split(",")) if names.strip() else ()


#: Networks, comma-separated.
Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(_split_names)]


class Settings(BaseSettings):
    """What can be set from outside.

    Attributes:
        redis_url: Server that holds the ledgers, Sentinels that know it, or a cluster; unset means an
            embedded one under `data_dir`.
        redis_user: User to connect as; unset means the URL's, or none.
        redis_password_file: File with that user's password.
        redis_ca_file: File with the certificate of who signed that of a rediss:// server; unset means
            those that the system trusts.
        redis_cert_file: File with our own certificate, for servers that ask for one behind TLS.
        redis_key_file: File with the key of that certificate.
        sentinel_user: User to ask Sentinels as; unset means none.
        sentinel_password_file: File with that user's password.
        replicas_ack: Replicas that must have a claim or a judgement on disk before it is acknowledged, by
            the API and by commands; in memory on Redis before 7.2.
        names: Ledgers to work on, comma-separated; `*`, `?` and `[…]` stand for several, of those that
            there are.
        leases: Whether workers share ledgers out among them, each with a lease of those it serves; unset
            means where a name stands for several.
        data_dir: Directory of the embedded server and its files, and of workers' snapshots.
        config_dir: Directory with further ledgers' TOML files; unset means the shipped ones alone.
        sealed_dir: Directory with the sealed segments of each ledger, in a directory of the ledger's name;
            what was trimmed from a log is read there. Unset means `sealed` under `data_dir`.
        releases_dir: Directory of the releases that are kept, of each ledger in a directory of its name. Unset
            means `releases` under `data_dir`.
        release_days: Days from one release that the worker `releasing` builds to the next.
        http_host: Address the HTTP API listens on.
        http_port: Port the HTTP API listens on.
        allow_lossy: Start on a server that may lose acknowledged claims or evict keys.
        log_level: Least severe log line written.
        batch_count: Most entries handled in one go.
        snapshot_count: Events after which a reader's state is worth a snapshot on disk.
        poll_ms: Longest wait for new entries in one call, in milliseconds.
        stale_after_ms: Age after which another worker takes over an unacknowledged inbox entry, in
            milliseconds. Longer than the slowest batch.
        entry_bytes_max: Largest inbound event accepted, in bytes.
        inbox_max: Most entries that a ledger's inbox may hold; publishers wait or are refused beyond.
        retry_seconds: How long an unreachable server is retried before a worker gives up, in seconds.
        reconnect_seconds: Longest pause between two tries, in seconds.
        changes_count: Entries the change feed keeps, approximately; older ones are trimmed.
        publish_keys: Who may publish over HTTP besides the keys of `exchange-ledger keys`: SHA-256 of
            each key, 64 hexadecimal digits, comma-separated.
        read_open: Whether anybody may read over HTTP; otherwise reading needs an API key too.
        key_requests_per_minute: Requests that one API key may make in a minute, unless it has a limit
            of its own; 0 sets none.
        address_requests_per_minute: Requests that one address may make in a minute without a key; 0
            sets none.
        wrong_keys_per_minute: Wrong API keys in a minute from one address, and ten times as many from all
            together, after which further ones are told to come back later; 0 sets no limit.
        submissions_per_hour: Errors and missing reports that one address may submit in an hour, and twenty
            times as many all together; 0 sets no limit.
        submissions_max: Most submissions and decisions about them that a ledger keeps; further submissions
            are refused.
        session_hours: How long an editor stays signed in, in hours.
        cors_origins: Origins whose pages may read the HTTP API in a browser, comma-separated; `*` for
            any, which may read and not publish, where reading needs no key.
        public_url: What the pages' addresses begin with, as readers outside write it; empty for the
            address that each request was sent to.
        connections_max: Most connections open at once.
        head_seconds: How long a request's head may take to arrive, in seconds.
        stalled_seconds: How long a connection may take in nothing of an answer, in seconds.
        body_bytes_max: Largest body of a request, in bytes.
        body_seconds: How long a body may take to arrive, in seconds.
        publish_count_max: Most claims in one request.
        publish_wait_seconds: Longest wait for the fate of published claims, in seconds.
        position_wait_seconds: Longest wait for a position asked for, in seconds.
        heartbeat_seconds: Pause after which an idle stream of changes says that it lives, in seconds.
        unread_count: Changes kept for a slow reader of the stream before it is dropped.
        otlp_endpoint: Where a collector takes spans in, OTLP over HTTP; unset means that none are made.
        proposer: Who reads claims out of reports unless a command says so itself: `rules`, `model`, or
            `both`.
        drafts_to: What becomes of drafts with nothing wrong: `review`, by a person, or `intake`, published
            unread. The others are reviewed in any case.
        drafts_max: Most reports that may wait to be read, and to be reviewed; more wait in turn.
        llm_base_url: Where a language model with OpenAI's interface answers; unset means none is asked.
        llm_model: Its name there.
        llm_api_key: The key that it wants; unset means none.
        llm_seconds: How long an answer may take in all, in seconds.
        llm_answer_tokens: Most tokens of one answer.
        llm_tokens_max: Most tokens that one command or worker may use in all; 0 sets no limit.
        llm_price_in: What a million tokens asked cost, in whichever currency.
        llm_price_out: What a million tokens answered cost.
        llm_cost_max: Most that one command or worker may spend on them; 0 sets no limit.
        fetch_seconds: How long one page or feed may take to arrive, redirects included, in seconds.
        fetch_bytes_max: Largest page or feed, unpacked or not, in bytes.
        scrape_host_seconds: Least time between two requests to one host while sources are scraped, in seconds.
        fetch_private: Private networks that pages and feeds are fetched from too, comma-separated.
        webhooks_max: Most webhooks that a ledger may have.
        webhook_seconds: How long an endpoint may take to answer, from looking its address up, in seconds.
        webhook_bytes_max: Largest figure that a message holds, in bytes; a larger one is named alone, with 0
            every one.
        webhook_retry_seconds: Pause after a message that was not taken, in seconds; it doubles each time, up
            to an hour.
        webhook_failing_hours: How long an endpoint may take nothing before it is stopped, in hours.
        webhook_private: Private networks that webhooks may lead to, comma-separated; without TLS too.
    """

    model_config = SettingsConfigDict(env_prefix="LEDGER_", extra="ignore", frozen=True)

    redis_url: Annotated[str, AfterValidator(check_address)] | None = None
    redis_user: str | None = None
    redis_password_file: Path | None = None
    redis_ca_file: Path | None = None
    redis_cert_file: Path | None = None
    redis_key_file: Path | None = None
    sentinel_user: str | None = None
    sentinel_password_file: Path | None = None
    replicas_ack: Annotated[int, Field(ge=0, le=100)] = 0
    names: Annotated[
        tuple[str, ...], NoDecode, BeforeValidator(_split_names), Field(min_length=1)
    ] = ("rus-ukr",)
    leases: bool | None = None
    data_dir: Path = Field(default_factory=lambda: user_data_path("exchange-ledger"))
    config_dir: Path | None = None
    sealed_dir: Path | None = None
    releases_dir: Path | None = None
    release_days: Annotated[int, Field(ge=1)] = 7
    http_host: str = "127.0.0.1"
    http_port: Annotated[int, Field(ge=0, le=65535)] = 8080
    allow_lossy: bool = False
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    batch_count: Annotated[int, Field(ge=1, le=10_000)] = 1_000
    snapshot_count: Annotated[int, Field(ge=1)] = 200_000
    poll_ms: Annotated[int, Field(ge=1, le=60_000)] = 1_000
    stale_after_ms: Annotated[int, Field(ge=1, le=86_400_000)] = 15_000
    entry_bytes_max: Annotated[int, Field(ge=1_024)] = 1_048_576
    inbox_max: Annotated[int, Field(ge=1)] = 100_000
    retry_seconds: Annotated[float, Field(ge=0)] = 60.0
    reconnect_seconds: Annotated[float, Field(gt=0)] = 2.0
    changes_count: Annotated[int, Field(ge=1)] = 1_000_000
    publish_keys: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")], ...],
        NoDecode,
        BeforeValidator(_split_names),
    ] = ()
    read_open: bool = True
    key_requests_per_minute: Annotated[int, Field(ge=0)] = 6_000
    address_requests_per_minute: Annotated[int, Field(ge=0)] = 0
    wrong_keys_per_minute: Annotated[int, Field(ge=0)] = 60
    submissions_per_hour: Annotated[int, Field(ge=0)] = 20
    submissions_max: Annotated[int, Field(ge=1)] = 10_000
    session_hours: Annotated[int, Field(ge=1, le=720)] = 12
    cors_origins: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split_names)] = ("*",)
    public_url: Annotated[str, Field(pattern=r"^(https?://[^\s/?#]+)?$")] = ""
    connections_max: Annotated[int, Field(ge=1)] = 4_096
    head_seconds: Annotated[float, Field(gt=0)] = 10.0
    stalled_seconds: Annotated[float, Field(gt=0)] = 60.0
    body_bytes_max: Annotated[int, Field(ge=1_024)] = 5_242_880
    body_seconds: Annotated[float, Field(gt=0)] = 30.0
    publish_count_max: Annotated[int, Field(ge=1)] = 10_000
    publish_wait_seconds: Annotated[float, Field(ge=0)] = 30.0
    position_wait_seconds: Annotated[float, Field(ge=0)] = 5.0
    heartbeat_seconds: Annotated[float, Field(gt=0)] = 15.0
    unread_count: Annotated[int, Field(ge=1)] = 1_000
    otlp_endpoint: Annotated[str, Field(pattern=r"^(https?://[^\s?#]+)?$")] = ""
    proposer: Literal["rules", "model", "both"] = "rules"
    drafts_to: Literal["review", "intake"] = "review"
    drafts_max: Annotated[int, Field(ge=1)] = 10_000
    llm_base_url: Annotated[str, Field(pattern=r"^https?://[^\s?#]+$")] | None = None
    llm_model: str = ""
    llm_api_key: SecretStr | None = None
    llm_seconds: Annotated[float, Field(gt=0)] = 30.0
    llm_answer_tokens: Annotated[int, Field(ge=1)] = 4_000
    llm_tokens_max: Annotated[int, Field(ge=0)] = 1_000_000
    llm_price_in: Annotated[float, Field(ge=0)] = 0.0
    llm_price_out: Annotated[float, Field(ge=0)] = 0.0
    llm_cost_max: Annotated[float, Field(ge=0)] = 0.0
    fetch_seconds: Annotated[float, Field(gt=0)] = 20.0
    fetch_bytes_max: Annotated[int, Field(ge=1_024)] = 5_242_880
    scrape_host_seconds: Annotated[float, Field(ge=0)] = 5.0
    fetch_private: Networks = ()
    webhooks_max: Annotated[int, Field(ge=0)] = 100
    webhook_seconds: Annotated[float, Field(gt=0)] = 15.0
    webhook_bytes_max: Annotated[int, Field(ge=0)] = 262_144
    webhook_retry_seconds: Annotated[float, Field(gt=0)] = 5.0
    webhook_failing_hours: Annotated[float, Field(ge=0)] = 72.0
    webhook_private: Networks = ()

    _patterns: tuple[str, ...] = PrivateAttr(())

    def segments_of(self, ledger: str) -> Path:
        """Return the directory of a ledger's sealed segments."""
        return (self.sealed_dir or self.data_dir / "sealed") / ledger

    def releases_of(self, ledger: str) -> Path:
        """Return the directory of a ledger's releases that are kept."""
        return (self.releases_dir or self.data_dir / "releases") / ledger

    @property
    def patterns(self) -> tuple[str, ...]:
        """The ledgers to work on as they were named, where `names` has each one."""
        return self._patterns or self.names

    @property
    def is_sharing(self) -> bool:
        """Whether workers share ledgers out among them."""
        return any(map(is_pattern, self.patterns)) if self.leases is None else self.leases

    def with_names(self, names: tuple[str, ...]) -> "Settings":
        """Return the same with each ledger named that the patterns stand for."""
        found = self.model_copy(update={"names": names})
        found._patterns = self.names  # noqa: SLF001  of the same class
        return found

    @model_validator(mode="before")
    @classmethod
    def _with_credentials(cls, given: dict[str, Any]) -> dict[str, Any]:
        return with_credentials(given)


def read_settings(**overrides: object) -> Settings:
    """Read the settings from the environment and the settings file; `overrides` win.

    Raises:
        pydantic.ValidationError: A setting has an impossible value; the message names it.
    """
    given: dict[str, Any] = {name: value for name, value in overrides.items() if value is not None}
    settings = Settings(_env_file=os.environ.get("LEDGER_SETTINGS_FILE"), **given)
    if not any(map(is_pattern, settings.names)):
        return settings
    # Here alone, and late: most processes need no ledger's file to know their settings.
    from services.ledgers import names_there_are  # noqa: PLC0415

    known = names_there_are(settings.config_dir)
    # A pattern that nothing matches is named as what there is no such ledger of.
    return settings.with_names(tuple(matching(settings.names, known)) or settings.names)
