"""Reconciliation with one part switched off, to see what each contributes."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from types import ModuleType
from typing import Any

from services.reconciliation import figures
from services.reconciliation.claims import reading
from services.reconciliation.claims.interval import ANY
from services.reconciliation.claims.voices import by_voice
from services.reconciliation.engine import subjects
from services.reconciliation.engine.index import kept_sound_totals
from services.reconciliation.rules import collapse, implied


@contextmanager
def put(module: ModuleType | type, name: str, other: Any) -> Iterator[None]:
    """Put another function or constant in a rule's place for a while."""
    kept = getattr(module, name)
    setattr(module, name, other)
    try:
        yield
    finally:
        setattr(module, name, kept)


@contextmanager
def without_voices() -> Iterator[None]:
    """Let every claim be a witness of its own."""

    def each_alone(readings: Any) -> dict[str, Any]:
        return {
            f"{one.voice}#{one.key}": [one]
            for group in by_voice(readings).values()
            for one in group
        }

    with (
        put(collapse, "by_voice", each_alone),
        put(collapse, "_without_copies", list),
        # Claims that say the same are one voice's; here each has to be seen.
        put(subjects, "WHOLE_COUNT_MAX", 1_000_000),
    ):
        yield


@contextmanager
def without_tiers() -> Iterator[None]:
    """Let everybody count alike."""
    with put(reading, "tier_of", lambda *_, **__: 2):
        yield


@contextmanager
def without_lattice() -> Iterator[None]:
    """Let no category bear on another."""
    with (
        put(figures, "limits_of", lambda cores, _: dict.fromkeys([*cores, ("all", "all")], ANY)),
        put(implied, "limits_of", lambda cores, _: dict.fromkeys([*cores, ("all", "all")], ANY)),
        put(figures, "find_drift", lambda _: {}),
        put(figures, "place_unsaid", lambda readings, _: list(readings)),
    ):
        yield


@contextmanager
def without_propagation() -> Iterator[None]:
    """Keep levels apart and let no running total be tested against another."""
    with (
        put(figures, "limits_of", lambda cores, _: dict.fromkeys([*cores, ("all", "all")], ANY)),
        put(implied, "limits_of", lambda cores, _: dict.fromkeys([*cores, ("all", "all")], ANY)),
        put(kept_sound_totals.KeptSoundTotals, "renew", lambda *_: date.min),
    ):
        yield


@contextmanager
def without_supersession() -> Iterator[None]:
    """Let an earlier word stand beside a later one."""
    with put(collapse, "supersede", lambda _: {}):
        yield


ABLATIONS: dict[str, Callable[[], AbstractContextManager[None]]] = {
    "voices": without_voices,
    "tiers": without_tiers,
    "lattice": without_lattice,
    "propagation": without_propagation,
    "supersession": without_supersession,
}
