"""Database addresses: what they may be, and what is wrong with one, in a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from qbferry.errors import ConfigError

if TYPE_CHECKING:
    from sqlalchemy import URL

__all__ = ["file_of", "is_new", "parse", "shown"]

FORMS = "write sqlite:///FILE, or postgresql://USER@HOST/NAME"
DRIVER = "postgresql+psycopg"
ALIASES = {"postgres", "postgresql", DRIVER}
MAGIC = b"SQLite format 3\x00"
"""How a SQLite file begins, once it holds anything."""


def parse(text: str) -> URL:
    """Read an address.

    Raises:
        ConfigError: It is none, is of a database we do not work with, or its file is a folder, lies in a
            folder that is not there, or is no SQLite database.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):  # the latter for a port that is no number
        raise ConfigError(f"The setting database_url is no address of a database; {FORMS}.") from None
    if url.drivername in ALIASES:
        return url.set(drivername=DRIVER)
    if url.drivername not in {"sqlite", "sqlite+pysqlite"}:
        raise ConfigError(
            f"The setting database_url begins with {url.drivername}, which qbferry does not work with; "
            f"{FORMS}."
        )
    if url.database in (None, "", ":memory:") or url.query.get("mode") == "memory":
        raise ConfigError(f"The setting database_url names no file, and what is kept must last; {FORMS}.")
    _check(file_of(url))
    return url


def shown(url: URL) -> str:
    """An address as a person may see it: a file's full path, or a server's address without its password."""
    return (
        str(file_of(url)) if url.get_backend_name() == "sqlite" else url.render_as_string(hide_password=True)
    )


def file_of(url: URL) -> Path:
    """The full path of a SQLite database."""
    return Path(url.database or "").absolute()


def is_new(url: URL) -> bool:
    """Whether a SQLite database would be made by opening it."""
    if url.get_backend_name() != "sqlite":
        return False
    file = file_of(url)
    return not file.exists() or file.stat().st_size == 0


def _check(file: Path) -> None:
    if file.is_dir():
        raise ConfigError(f"The setting database_url names the folder {file}; name a file in it.")
    if not file.parent.is_dir():
        raise ConfigError(
            f"The folder {file.parent} of the database is not there; make it, or set database_url."
        )
    try:
        with file.open("rb") as content:
            beginning = content.read(len(MAGIC))
    except FileNotFoundError:
        return
    except OSError as error:
        raise ConfigError(f"The database {file} cannot be read: {error.strerror}.") from error
    if beginning not in (b"", MAGIC):
        raise ConfigError(f"The file {file} is not a database of SQLite; set database_url to another file.")
