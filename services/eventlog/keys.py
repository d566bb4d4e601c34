"""The names of a ledger's keys in Redis.

All of them share the ledger's hash tag, so that one script may touch them together and a cluster
keeps them in one slot.
"""

from typing import NamedTuple


#: Events of a log copied in one go to another key.
COPY_COUNT = 500
#: Seconds after which the server removes such a copy that nobody goes on with.
COPY_SECONDS = 3_600


class Keys(NamedTuple):
    """The keys of one ledger."""

    inbox: str
    log: str
    ids: str
    checkpoints: str
    rejected: str
    view: str
    current: str
    changes: str
    readers: str
    starts: str
    inbox_limit: str
    losses: str
    submissions: str


def keys_of(ledger: str) -> Keys:
    """Return the keys of one ledger.

    >>> keys_of("rus-ukr").log
    'exl:{rus-ukr}:log'
    """
    root = f"exl:{{{ledger}}}"
    return Keys(
        inbox=f"{root}:inbox",
        log=f"{root}:log",
        ids=f"{root}:log:ids:",
        checkpoints=f"{root}:log:checkpoints",
        rejected=f"{root}:rejected",
        view=f"{root}:view:",
        current=f"{root}:view:current",
        changes=f"{root}:changes",
        readers=f"{root}:log:readers",
        starts=f"{root}:log:starts",
        inbox_limit=f"{root}:inbox:limit",
        losses=f"{root}:log:losses",
        submissions=f"{root}:submissions",
    )


class ReportKeys(NamedTuple):
    """The keys of one ledger's reports: those that wait, what was read out of them, what cannot be, and which were."""

    reports: str
    drafts: str
    rejected: str
    inbox: str
    known: str
    limit: str


def report_keys_of(ledger: str) -> ReportKeys:
    """Return the keys of one ledger's reports.

    >>> report_keys_of("rus-ukr").drafts
    'exl:{rus-ukr}:drafts'
    """
    root = f"exl:{{{ledger}}}"
    return ReportKeys(
        reports=f"{root}:reports",
        drafts=f"{root}:drafts",
        rejected=f"{root}:reports:rejected",
        inbox=f"{root}:inbox",
        known=f"{root}:reports:known",
        limit=f"{root}:reports:limit",
    )


class WebhookKeys(NamedTuple):
    """The keys of one ledger's webhooks: what owners say, secrets among it, and how delivery goes."""

    webhooks: str
    states: str


def webhook_keys_of(ledger: str) -> WebhookKeys:
    """Return the keys of one ledger's webhooks; the secrets lie apart from what all parts of it may read.

    >>> webhook_keys_of("rus-ukr")
    WebhookKeys(webhooks='exl:webhooks:{rus-ukr}', states='exl:{rus-ukr}:webhooks')
    """
    return WebhookKeys(webhooks=f"exl:webhooks:{{{ledger}}}", states=f"exl:{{{ledger}}}:webhooks")


def heartbeat_key(host: str, process: int) -> str:
    """Return the key of one process's heartbeat. It belongs to no ledger: a process may serve many.

    >>> heartbeat_key("a-host", 812)
    'exl:heartbeat:a-host-812'
    """
    return f"exl:heartbeat:{host}-{process}"


def lease_key(ledger: str, stage: str) -> str:
    """Return the key that says which process serves a stage of a ledger.

    >>> lease_key("rus-ukr", "ingest")
    'exl:{rus-ukr}:lease:ingest'
    """
    return f"exl:{{{ledger}}}:lease:{stage}"


def members_key(stage: str) -> str:
    """Return the key of the processes of a stage that share ledgers. It belongs to no ledger.

    >>> members_key("ingest")
    'exl:members:ingest'
    """
    return f"exl:members:{stage}"
