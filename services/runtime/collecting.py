"""How seldom the garbage collector runs in a worker, and what it leaves alone."""

import gc


#: Objects made and still alive before the garbage collector looks at the youngest, and how often it
#: looks at older ones. A batch is thousands of objects that reference counting frees by itself; at
#: Python's own 700 the collector took a third of a worker's time.
GARBAGE_THRESHOLDS = (50_000, 20, 100)


def freeze_state() -> None:
    """Exempt everything alive now, code and accumulated state, from garbage collection for good.

    What a batch adds to a worker's state stays alive and holds no cycles: collecting it found nothing and
    took a tenth of reconciliation's time. Reference counting frees what is removed.
    """
    gc.freeze()
