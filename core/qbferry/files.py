"""Files that nobody else on the machine may read: they hold a company's books, or lead to them.

On Windows a file has the rights of its folder, and nothing here changes them.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

__all__ = ["OWN_FOLDER", "make_private_folder", "prepare_private", "replace_text", "write_private"]

OWN, OWN_FOLDER = 0o600, 0o700


def prepare_private(path: str | os.PathLike[str]) -> None:
    """Make an empty file for its owner alone, whatever the umask says; one that is there stays as it is.

    SQLite gives the files beside a database, ``-wal`` and ``-shm``, the rights of the database.

    Raises:
        OSError: It cannot be made.
    """
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWN))
    except FileExistsError:
        return


def write_private(path: Path, text: str, *, encoding: str = "utf-8", newline: str | None = None) -> None:
    """Write a text file for its owner alone, one that others could read before as well.

    Raises:
        OSError: It cannot be written.
    """
    prepare_private(path)
    if path.is_file():  # not a device
        path.chmod(OWN)
    path.write_text(text, encoding=encoding, newline=newline)


def replace_text(path: Path, text: str) -> None:
    """Put a text where another one was: whoever reads finds the one or the other, whole.

    Raises:
        OSError: It cannot be written; the one that was there stays.
    """
    rights = path.stat().st_mode & 0o777 if path.exists() else OWN
    handle, made = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        Path(made).chmod(rights)
        Path(made).replace(path)
    except BaseException:
        Path(made).unlink(missing_ok=True)
        raise


def make_private_folder(path: Path) -> None:
    """Make a folder for its owner alone; one that is there stays as it is.

    Raises:
        OSError: It cannot be made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir(mode=OWN_FOLDER, exist_ok=True)
