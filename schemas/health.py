"""How the stages of a ledger are: what `status` shows, `/readyz` answers and `/metrics` counts."""

from typing import Literal

from schemas.record import Record


Stage = Literal["ingest", "reconciliation", "projection", "drafting", "api"]
StageState = Literal["running", "stuck", "silent", "failed", "stopped", "missing"]


class StageHealth(Record):
    """How one stage of a ledger is.

    Attributes:
        stage: Which.
        state: `running`; `stuck` if it runs and goes on to nothing while entries wait; `silent` if its
            process shows no sign of life; `failed` at an entry; `stopped` when asked to; `missing` if
            it never ran.
        healthy: Whether nobody has to look at it: it runs, or it does not and nothing waits for it.
        position: Log position up to which it has dealt with everything.
        lag: Entries that wait for it: of the inbox for ingest, reports for drafting, of the log for the others.
        oldest_waiting_seconds: Age of the oldest of them, null if none waits.
        heartbeat_age_seconds: Time since its process last showed that it lives, null if it never did.
        processes: How many of its processes run.
        starts: How often a process of it was started on this ledger, null if unknown.
        reason: What is wrong, in a sentence; null if it is healthy.
        holder: The process that has the lease of this stage, as `host-process`; null where nobody has, or
            every worker serves every ledger.
    """

    stage: Stage
    state: StageState
    healthy: bool
    position: int
    lag: int
    oldest_waiting_seconds: float | None
    heartbeat_age_seconds: float | None
    processes: int
    starts: int | None
    reason: str | None
    holder: str | None = None
