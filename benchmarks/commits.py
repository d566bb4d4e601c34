"""Earlier commits of this repository, as directories whose code can be run beside that of today."""

import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path


#: The code of today.
HERE = Path(__file__).parent.parent


def short_name(commit: str) -> str:
    """Return the shortest hash that names a commit."""
    name = subprocess.run(
        ["git", "rev-parse", "--short", commit], cwd=HERE, check=True, stdout=subprocess.PIPE
    ).stdout
    return name.decode().strip()


@contextmanager
def tree_of(commit: str) -> Iterator[Path]:
    """Lay the files of a commit out; they are removed afterwards."""
    archive = subprocess.run(
        ["git", "archive", commit], cwd=HERE, check=True, stdout=subprocess.PIPE
    ).stdout
    with tempfile.TemporaryDirectory(prefix="exl-bench-") as directory:
        with tarfile.open(fileobj=BytesIO(archive)) as files:
            files.extractall(directory, filter="data")
        yield Path(directory)
