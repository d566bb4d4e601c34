"""What a replay of an exported log gives, beside what the log itself holds: a pure function of the two.

A log is decided by workers that read ahead of each other, so its decisions may stand elsewhere than those
of a replay, which decides in batches of its own. Rows are then the same but for their positions. Where they
differ otherwise, the log was decided under another policy or by other rules.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pydantic import BaseModel

from schemas.decisions import Decision
from schemas.events import ClaimRecorded
from schemas.ledger import LedgerConfiguration
from schemas.views import ReadModels
from services.log_events.identities import ClaimIdentity, decode_identity
from services.projection.fold import ReadModel
from services.projection.rows import total_key
from services.queries.replay import Replayed


#: Rows named where they differ.
NAMED_COUNT_MAX = 3
_VIEWS = ("exchanges", "figures", "cumulative", "checks", "claims", "operations")


class LogBesideReplay(NamedTuple):
    """How the read models of a log and of its replay differ.

    Attributes:
        moved_count: Rows that stand at another position, and are the same otherwise.
        differing: The table and id of rows that differ otherwise, or are in one of the two alone.
        policies: The policies that the log's own figures were decided under.
        policy: The policy of the replay.
    """

    moved_count: int
    differing: tuple[str, ...]
    policies: tuple[str, ...]
    policy: str

    @property
    def in_words(self) -> str:
        """What differs, and why, as a sentence."""
        if not self.differing and not self.moved_count:
            return "the log's own decisions give the same rows at the same positions"
        if not self.differing:
            return (
                f"the log's own decisions give the same rows; {self.moved_count} stand at other positions, "
                "because its workers decided in other batches"
            )
        named = ", ".join(self.differing[:NAMED_COUNT_MAX])
        more = len(self.differing) - NAMED_COUNT_MAX
        why = "it was decided by other rules, or its workers in other batches"
        if set(self.policies) - {self.policy}:
            why = f"it was decided under policy {', '.join(self.policies)}, this replay under {self.policy}"
        return (
            f"the log's own decisions give {len(self.differing)} other rows "
            f"({named}{f' and {more} more' if more > 0 else ''}): {why}"
        )


def log_beside_replay(
    lines: Sequence[bytes], replayed: Replayed, ledger: LedgerConfiguration
) -> LogBesideReplay | None:
    """Compare the decisions that an exported log holds with those of its replay.

    Args:
        lines: The log's events as JSON, in order; blank lines are skipped.
        replayed: What its replay gave.
        ledger: The ledger's configuration.

    Returns:
        How they differ, null if the lines are no log with decisions, or not all of one.
    """
    model = ReadModel(ledger.name)
    claims: dict[int, ClaimRecorded] = {}
    last = 0
    is_decided = False
    for line in filter(None, map(bytes.strip, lines)):
        if not line.startswith(b'{"position":'):
            return None
        event = decode_identity(line)
        if event.position != last + 1:
            return None
        last = event.position
        is_decided = is_decided or isinstance(event, Decision)
        if isinstance(event, ClaimIdentity):
            claims[event.position] = ClaimRecorded.model_validate_json(line)
        model.fold(event)
    if not is_decided:
        return None
    # Nobody stores rows that changed: each is made once, to be read.
    model.discard_changes()
    return _compared(model.read_models(ledger, claims.__getitem__), replayed.read_models, ledger)


def _compared(held: ReadModels, made: ReadModels, ledger: LedgerConfiguration) -> LogBesideReplay:
    moved_count = 0
    differing: list[str] = []
    for view in _VIEWS:
        old, new = _by_id(getattr(held, view)), _by_id(getattr(made, view))
        for name in dict.fromkeys((*old, *new)):
            was, becomes = old.get(name), new.get(name)
            if was == becomes:
                continue
            if was and becomes and _without_position(was) == _without_position(becomes):
                moved_count += 1
            else:
                differing.append(f"{view} {name}")
    policies = tuple(sorted({figure.policy for figure in held.figures}))
    return LogBesideReplay(moved_count, tuple(differing), policies, ledger.policy)


def _by_id(rows: Sequence[BaseModel]) -> Mapping[str, BaseModel]:
    return {_id_of(row): row for row in rows}


def _id_of(row: BaseModel) -> str:
    for name in ("ref", "id"):
        if found := getattr(row, name, None):
            return str(found)
    side, category, as_of = (getattr(row, name) for name in ("side", "category", "as_of"))
    return total_key(side=side, category=category, as_of=as_of)


def _without_position(row: BaseModel) -> dict[str, object]:
    return {name: value for name, value in row if name != "position"}
