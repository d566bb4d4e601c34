"""Write the golden read models anew: run by `make golden`, read as a difference before it is kept."""

import json

from services.ledgers import load_ledger
from services.queries.replay import replay
from tests.normal import without_arrival
from tests.reconciliation.test_seed import GOLDEN, SEED


def main() -> None:
    """Replay the seed and write what it gives, one value a line."""
    found = replay(SEED.read_bytes().splitlines(), ledger=load_ledger("rus-ukr"))
    text = json.dumps(without_arrival(found.read_models), ensure_ascii=False, indent=1)
    GOLDEN.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
