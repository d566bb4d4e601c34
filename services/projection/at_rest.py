"""A record of the log that is kept: as an object, or, out of a snapshot, as its JSON until it is asked for.

Most records in a snapshot are never asked for again, and reading them all would take longer than all
the rest of a start.
"""

from typing import Any, Generic, TypeVar

from typing_extensions import override

from schemas.record import Record


AnyRecord = TypeVar("AnyRecord", bound=Record)


class AtRest(Generic[AnyRecord]):
    """One record."""

    __slots__ = ("_json", "_model", "_record")

    def __init__(self, record: AnyRecord) -> None:
        self._model: type[AnyRecord] = type(record)
        self._record: AnyRecord | None = record
        self._json: bytes | None = None

    @override
    def __reduce__(self) -> tuple[Any, ...]:
        """Be kept in a snapshot as JSON."""
        return _out_of_snapshot, (self._model, self._json or _written(self._record))

    @property
    def record(self) -> AnyRecord:
        """The record."""
        if self._record is None:
            assert self._json is not None, "a record is there in one form at least"
            self._record = self._model.model_validate_json(self._json)
            self._json = None
        return self._record


def _written(record: Record | None) -> bytes:
    assert record is not None, "a record is there in one form at least"
    return record.__pydantic_serializer__.to_json(record, exclude_none=True)


def _out_of_snapshot(model: type[AnyRecord], json: bytes) -> AtRest[AnyRecord]:
    kept: AtRest[AnyRecord] = AtRest.__new__(AtRest)
    kept._model, kept._record, kept._json = model, None, json  # noqa: SLF001  its own constructor
    return kept
