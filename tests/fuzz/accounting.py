"""What became of inputs: recorded, duplicate or parked, nothing else, and none takes long."""

import time
from collections import Counter
from collections.abc import Iterable
from hashlib import sha256

from services.ingest.intake import Accepted, read_inbound, refusal_of_other_content
from services.ingest.stated import stated_source
from services.ledgers import load_ledger
from services.runtime.settings import Settings
from tests.fuzz.inputs import LEDGER


#: Longest processor time that one input may take, in seconds.
SECONDS_MAX = 0.1


class Accounting:
    """What intake made of inputs.

    Attributes:
        outcomes: How many were recorded, duplicate and parked.
        slowest: The longest processor time that one took, in seconds, and its number.
    """

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self.slowest = (0.0, 0)
        self._ledger = load_ledger(LEDGER)
        self._bytes_max = Settings.model_fields["entry_bytes_max"].default
        self._recorded: dict[str, bytes] = {}

    def take(self, raws: Iterable[bytes]) -> None:
        """Put inputs through intake as the worker does, one by one."""
        for number, raw in enumerate(raws):
            started = time.thread_time()
            outcome = self._outcome_of(raw)
            self.slowest = max(self.slowest, (time.thread_time() - started, number))
            self.outcomes[outcome] += 1

    def _outcome_of(self, raw: bytes) -> str:
        found = read_inbound(raw, ledger=self._ledger, entry_bytes_max=self._bytes_max)
        if not isinstance(found, Accepted):
            assert found.reasons, raw
            # As a worker stores and logs it.
            assert stated_source(raw) is not None
            assert all(reason.model_dump_json().encode() for reason in found.reasons)
            return "parked"
        digest = sha256(found.content()).digest()
        known = self._recorded.setdefault(found.event_id, digest)
        if known is digest:
            return "recorded"
        if known == digest:
            return "duplicate"
        assert refusal_of_other_content(1).found
        return "parked"
