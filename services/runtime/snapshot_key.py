"""The key that snapshots are signed with, so that nobody but their owner can make one that is read.

Reading a pickle runs what it says. So a snapshot is read only if it was signed with this key, which
lies beside the snapshots in a file that its owner alone can read, in a directory that its owner alone
can write.
"""

import os
import stat
from contextlib import suppress
from pathlib import Path
from secrets import token_bytes


#: Bytes of the key: as many as the digest it makes.
KEY_BYTES = 32
NAME = "key"
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_OTHERS_ANYTHING = stat.S_IRWXG | stat.S_IRWXO


def read_key(directory: Path) -> bytes:
    """Return the key of a directory of snapshots.

    Raises:
        FileNotFoundError: There is none.
        PermissionError: Others may have written the directory or read the key.
        OSError: It cannot be read.
    """
    _refuse_open(directory, os.stat(directory), _OTHERS_WRITE)  # noqa: PTH116  as fstat below
    with (directory / NAME).open("rb") as file:
        _refuse_open(directory / NAME, os.fstat(file.fileno()), _OTHERS_ANYTHING)
        key = file.read()
    if len(key) != KEY_BYTES:
        raise OSError(f"expected {KEY_BYTES} bytes in {directory / NAME}, found {len(key)}")
    return key


def make_key(directory: Path) -> bytes:
    """Return the key of a directory of snapshots; make both where there is none.

    Raises:
        PermissionError: Others may have written the directory or read the key.
        OSError: It cannot be read or written.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        return read_key(directory)
    except FileNotFoundError:
        fresh = directory / f"{NAME}.{os.getpid()}"
        try:
            with os.fdopen(
                os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"
            ) as file:
                file.write(token_bytes(KEY_BYTES))
            # Unlike a move, a link leaves alone the key that another worker made meanwhile.
            with suppress(FileExistsError):
                (directory / NAME).hardlink_to(fresh)
        finally:
            fresh.unlink(missing_ok=True)
        return read_key(directory)


def _refuse_open(path: Path, found: os.stat_result, forbidden: int) -> None:
    """Raise if somebody else owns what lies at a path, or may do there what is forbidden."""
    if found.st_uid != os.geteuid():
        raise PermissionError(
            f"expected {path} to belong to user {os.geteuid()}, found user {found.st_uid}"
        )
    if found.st_mode & forbidden:
        allowed = stat.S_IMODE(found.st_mode) & ~forbidden
        raise PermissionError(
            f"expected {path} with mode {allowed:04o}, found {stat.S_IMODE(found.st_mode):04o}: "
            "others may have put something there; remove it"
        )
