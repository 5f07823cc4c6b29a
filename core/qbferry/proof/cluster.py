"""A throw-away PostgreSQL, from the programs on this machine."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from qbferry.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["cluster", "programs"]

PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin")
USERS = ("postgres", "nobody")
"""PostgreSQL does not run as root; then it runs as one of these."""


def programs() -> Path | None:
    """The folder with ``initdb`` and ``pg_ctl``, the newest version first; None: there is none."""
    found = shutil.which("initdb")
    if found and shutil.which("pg_ctl"):
        return Path(found).resolve().parent
    folders = [folder for place in PLACES for folder in Path("/").glob(place.lstrip("/"))]
    able = [folder for folder in folders if (folder / "initdb").exists() and (folder / "pg_ctl").exists()]
    return max(able, key=_version) if able else None


@contextmanager
def cluster() -> Iterator[str]:
    """Start a new PostgreSQL on a free port of loopback, and remove it at the end.

    Yields:
        The address of its ``postgres`` database, whose user may make databases.

    Raises:
        ConfigError: The programs are not there, or do not start.
    """
    binaries = programs()
    if binaries is None:
        raise ConfigError(
            "PostgreSQL's programs initdb and pg_ctl are not on this machine; install PostgreSQL, or name a "
            "server with QBFERRY_TEST_POSTGRES_URL."
        )
    user = _user()
    with tempfile.TemporaryDirectory(prefix="qbferry-pg-", ignore_cleanup_errors=True) as folder:
        if user:
            shutil.chown(folder, user)
        data = str(Path(folder) / "data")
        port = _free_port()
        where = "" if sys.platform == "win32" else f" -k {folder}"
        _run(
            user, binaries / "initdb", "-D", data, "-U", "qbferry", "-A", "trust", "-E", "UTF8", "--locale=C"
        )
        # Processes are killed here, never the machine: what the system was given need not be on the disk.
        options = f"-p {port} -h 127.0.0.1{where} -c max_connections=200 -c fsync=off -c full_page_writes=off"
        _run(user, binaries / "pg_ctl", "-D", data, "-w", "-l", f"{folder}/log", "-o", options, "start")
        try:
            yield f"postgresql+psycopg://qbferry@127.0.0.1:{port}/postgres"
        finally:
            _run(user, binaries / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")


def _version(folder: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in "".join(c if c.isdigit() else " " for c in str(folder)).split())


def _user() -> str | None:
    """Whom to run as: ourselves, or, being root, somebody else."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return None
    import pwd

    known = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in USERS if name in known), None)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _run(user: str | None, *command: str | Path) -> None:
    # Into a file: what pg_ctl starts would keep a pipe open.
    with tempfile.TemporaryFile() as output:
        arguments = [str(part) for part in command]
        done = subprocess.run(  # noqa: S603 - programs of this machine, no shell
            arguments, stdout=output, stderr=subprocess.STDOUT, cwd="/", user=user, check=False
        )
        if done.returncode:
            output.seek(0)
            said = output.read().decode(errors="replace").strip().splitlines()
            raise ConfigError(f"{Path(arguments[0]).name} failed: {said[-1] if said else 'no word'}.")
