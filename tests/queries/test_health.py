"""Which stage is red, told from what was found of a ledger."""

from datetime import UTC, datetime
from typing import Any

import pytest

from schemas.health import StageHealth
from services.eventlog.observation import HeldEntry, Observation
from services.eventlog.readers import Heartbeat, ReaderStatus
from services.eventlog.reports import ReportCounts
from services.queries.health import LedgerSeen, stages_of


STALE_AFTER_MS = 15_000
#: The stopwatch of every process at its last heartbeat, in milliseconds.
READING_MS = 1_000_000.0
LATER = datetime(2026, 1, 2, tzinfo=UTC)
NO_REPORTS = ReportCounts(0, 0, 0)
ALL = ("ingest:a-1", "reconciliation", "projection", "api:a-1")


def reader(state: Any = "running", *, still_seconds: float = 0.0, **more: Any) -> ReaderStatus:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    given = {"position": 7, "host": "a", "pid": 1, "handled": 7, "starts": 1, "at": at, **more}
    return ReaderStatus(
        state=state,
        moved_ms=READING_MS - still_seconds * 1000,
        **given,
    )


def seen_of(
    readers: dict[str, ReaderStatus] | None = None,
    *,
    silent: dict[str, float] | None = None,
    **more,
) -> Observation:
    """A ledger of seven events, all readers running unless given, with nothing to do unless said."""
    found = dict.fromkeys(ALL, reader()) if readers is None else readers
    ages = dict.fromkeys(found, 0.4) | (silent or {})
    beats = {name: Heartbeat(age, READING_MS) for name, age in ages.items()}
    settled = {"log": 7, "decided": 7, "shown": 7}
    return Observation(readers=found, heartbeats=beats, **settled | more)


def judged(
    seen: Observation, *, reports: ReportCounts = NO_REPORTS, **more: Any
) -> dict[str, StageHealth]:
    return {
        one.stage: one
        for one in stages_of(LedgerSeen(seen, reports), stale_after_ms=STALE_AFTER_MS, **more)
    }


def red(seen: Observation, **more: Any) -> dict[str, str]:
    return {name: one.state for name, one in judged(seen, **more).items() if not one.healthy}


WAITING: dict[str, dict[str, Any]] = {
    "ingest": {"inbox": 3, "oldest_inbox": 9.0, "oldest_unread": 9.0},
    "reconciliation": {"decided": 4, "oldest_undecided": 9.0},
    "projection": {"shown": 4, "oldest_unshown": 9.0},
}


def test_all_is_well_while_every_stage_runs_and_nothing_waits():
    assert red(seen_of()) == {}


def test_without_any_worker_an_empty_ledger_is_no_fault():
    assert red(Observation()) == {}
    assert {one.state for one in judged(Observation()).values()} == {"missing"}


@pytest.mark.parametrize("stage", sorted(WAITING))
def test_a_stage_that_never_ran_is_red_as_soon_as_anything_waits_for_it(stage):
    others = {name: reader() for name in ALL if not name.startswith(stage)}
    found = judged(seen_of(others, **WAITING[stage]))[stage]

    assert red(seen_of(others)) == {}
    assert (found.state, found.healthy, found.lag) == ("missing", False, 3)
    assert found.reason == f"{stage} has never run; 3 entries wait, the oldest for 9 s"


@pytest.mark.parametrize("name", ALL)
def test_a_process_without_a_heartbeat_is_red_even_if_nothing_waits(name):
    stage = name.partition(":")[0]

    assert red(seen_of(silent={name: 3.9})) == {}
    assert red(seen_of(silent={name: 4.1})) == {stage: "silent"}
    reason = judged(seen_of(silent={name: 61.0}))[stage].reason
    assert reason == f"{stage} shows no sign of life for 61 s (process 1 on a)"


@pytest.mark.parametrize("stage", sorted(WAITING))
def test_a_process_that_lives_and_goes_on_to_nothing_while_entries_wait_is_stuck(stage):
    hanging = dict.fromkeys(ALL, reader(still_seconds=30))
    working = dict.fromkeys(ALL, reader(still_seconds=1))

    assert red(seen_of(hanging)) == {}, "nothing waits"
    assert red(seen_of(working, **WAITING[stage])) == {}, "it works off what waits"
    assert red(seen_of(hanging, **WAITING[stage])) == {stage: "stuck"}
    reason = judged(seen_of(hanging, **WAITING[stage]))[stage].reason
    assert reason == (
        f"{stage} lives and has gone on to nothing for 30 s; 3 entries wait, the oldest for 9 s"
    )


def test_reports_that_wait_need_a_worker_and_may_wait_for_one_that_asks_a_model():
    reports = ReportCounts(waiting=2, for_review=10_000, parked=0)
    of_drafting = {"drafting:a-1": reader(still_seconds=90)}
    never = judged(seen_of(), reports=reports)["drafting"]

    assert red(seen_of(), reports=NO_REPORTS) == {}
    assert (never.state, never.lag) == ("missing", 2)
    assert never.reason == "drafting has never run; 2 entries wait"
    assert red(seen_of(dict.fromkeys(ALL, reader()) | of_drafting), reports=reports) == {}
    stopped = {"drafting:a-1": reader("stopped")}
    assert red(seen_of(stopped), reports=reports)["drafting"] == "stopped"
    silent = seen_of(of_drafting, silent={"drafting:a-1": 9.0})
    assert red(silent, reports=NO_REPORTS) == {"drafting": "silent"}


def test_an_entry_that_has_just_come_after_a_long_rest_is_no_fault():
    resting = dict.fromkeys(ALL, reader(still_seconds=86_400))
    fresh: dict[str, Any] = {"inbox": 1, "oldest_inbox": 0.01, "oldest_unread": 0.01}

    assert red(seen_of(resting, **fresh)) == {}


def test_of_several_processes_one_that_works_is_enough():
    several = dict.fromkeys(ALL, reader()) | {
        "ingest:a-2": reader("failed", entry="9-0", error="a bug"),
        "ingest:a-3": reader(),
    }

    assert red(seen_of(several, silent={"ingest:a-3": 100.0})) == {}
    assert judged(seen_of(several, silent={"ingest:a-3": 100.0}))["ingest"].processes == 1


def test_a_stopped_stage_is_red_only_if_something_waits_and_a_failed_one_always():
    stopped = dict.fromkeys(ALL, reader()) | {"projection": reader("stopped")}
    failed = dict.fromkeys(ALL, reader()) | {
        "projection": reader("failed", entry="5", error="AssertionError: no")
    }

    assert red(seen_of(stopped)) == {}
    assert red(seen_of(stopped, **WAITING["projection"])) == {"projection": "stopped"}
    assert red(seen_of(failed)) == {"projection": "failed"}
    assert judged(seen_of(failed))["projection"].reason == (
        "projection failed at 5: AssertionError: no"
    )


@pytest.mark.parametrize(
    ("last", "state", "reason"),
    [
        (
            reader("failed", entry="9-0", error="another", at=LATER),
            "failed",
            "failed at 9-0: another",
        ),
        (reader(at=LATER), "silent", "shows no sign of life for 8 s"),
        (reader("stopped", at=LATER), "failed", "failed at 5-0: mended since"),
    ],
    ids=["failed", "silent", "stopped because of it"],
)
def test_of_processes_that_do_nothing_the_latest_one_that_ended_wrong_is_told(last, state, reason):
    first = reader("failed", entry="5-0", error="mended since")
    readers = dict.fromkeys(ALL, reader()) | {"ingest:a-1": first, "ingest:a-2": last}

    found = judged(seen_of(readers, silent={"ingest:a-2": 8.0}))["ingest"]

    assert (found.state, found.healthy) == (state, False)
    assert reason in str(found.reason)


def test_what_a_dead_worker_held_is_not_due_before_others_should_have_taken_it_over():
    resting = dict.fromkeys(ALL, reader(still_seconds=60))

    def held_by(consumer: str, idle_seconds: float) -> Observation:
        held = (HeldEntry(consumer, idle_seconds),)
        return seen_of(resting, inbox=1, pending=1, oldest_inbox=idle_seconds, held=held)

    assert red(held_by("dead", 20)) == {}
    assert red(held_by("dead", 31)) == {"ingest": "stuck"}
    assert red(held_by("a-1", 6)) == {"ingest": "stuck"}


def test_the_stage_asked_for_must_run_and_the_others_do_not_count():
    readers = {"ingest:a-1": reader(), "projection": reader("stopped")}

    assert red(seen_of(readers, silent={"projection": 9.0}), required="ingest") == {}
    assert red(seen_of(readers), required="projection") == {"projection": "stopped"}
    assert red(seen_of(readers), required="api") == {"api": "missing"}


def test_readers_of_other_machines_do_not_count_where_only_this_one_does():
    readers = {"ingest:a-1": reader(), "ingest:b-1": reader(host="b")}
    seen = seen_of(readers, silent={"ingest:b-1": 9.0})

    found = judged(seen, required="ingest", is_ours=lambda status: status.host == "b")
    assert found["ingest"].state == "silent"
