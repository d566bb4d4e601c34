"""A file that is made from the code: written anew, or compared with what the code makes now."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path


def write_or_check(path: Path, make_text: Callable[[], str], *, source: str) -> int:
    """Write a file, or with `--check` on the command line compare it; return 1 if it differs.

    Args:
        path: The file.
        make_text: Returns the text that must stand in it.
        source: What it is made from, for whoever reads that it differs.
    """
    parser = argparse.ArgumentParser(description=f"Write {path.name} from {source}.")
    parser.add_argument("--check", action="store_true", help="write nothing, fail on drift")
    is_check = parser.parse_args().check
    text = make_text()
    if not is_check:
        path.write_text(text, encoding="utf-8")
    elif not path.exists() or path.read_text(encoding="utf-8") != text:
        sys.stderr.write(f"{path.name} differs from {source}: run `make schemas`\n")
        return 1
    return 0
