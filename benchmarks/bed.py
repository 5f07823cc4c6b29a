"""What is measured upon: SQLite files with a connector and invoices that are due, made once and copied."""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from filling import multiply
from invoices import invoices
from machine import Served, Spent, free_port, run, served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

__all__ = ["PASSWORD", "USER", "Bed", "command", "environment", "serve"]

USER, PASSWORD = "bench", "a password for measuring"
QBFERRY = (sys.executable, "-m", "qbferry")
PART = 1000
"""Invoices that are imported; what goes beyond are copies of their rows."""


def environment(url: str, per_message: int = 25) -> dict[str, str]:
    """What a process finds around it: the settings of an installation, and none of this place's."""
    return {name: value for name, value in os.environ.items() if not name.startswith("QBFERRY_")} | {
        "QBFERRY_DATABASE_URL": url,
        "QBFERRY_TRANSFER__REQUESTS_PER_MESSAGE": str(per_message),
        "QBFERRY_LOG__LEVEL": "ERROR",
    }


def command(url: str, *arguments: str, text: str = "") -> Spent:
    """Run a command of qbferry upon a database."""
    return run([*QBFERRY, *arguments], environment(url), text)


def serve(url: str, per_message: int = 25, workers: int = 1) -> AbstractContextManager[Served]:
    """Let qbferry serve a database."""
    port = free_port()
    arguments = [*QBFERRY, "serve", "--port", str(port), "--workers", str(workers)]
    return served(arguments, port, environment(url, per_message))


class Bed:
    """A folder of databases; one that was made once is there for all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._copies = 0

    def ready(self, count: int) -> Path:
        """A database with so many invoices that were imported and set ready; not to be changed."""
        file = self.folder / f"ready-{count}.sqlite3"
        if not file.exists():
            url = address(file)
            command(url, "connector", "add", USER, "--user", USER, "--password-stdin", text=PASSWORD)
            if count:
                command(url, "import", "invoice", "-", "--ready", text=invoices(count))
        return file

    def filled(self, count: int) -> Path:
        """A database with a multiple of 1,000 invoices that are due; it may be worked upon."""
        file = self.folder / f"filled-{count}.sqlite3"
        if not file.exists():
            draft = file.with_suffix(".draft")
            shutil.copyfile(self.ready(PART), draft)
            multiply(draft, count // PART)
            draft.rename(file)
        return file

    @contextmanager
    def copy(self, file: Path) -> Iterator[Path]:
        """A copy of a database that nobody has open, for a while."""
        self._copies += 1
        target = self.folder / f"copy-{self._copies}.sqlite3"
        shutil.copyfile(file, target)
        try:
            yield target
        finally:
            for left in self.folder.glob(f"{target.name}*"):
                left.unlink()


def address(file: Path) -> str:
    """What qbferry calls a SQLite file."""
    return f"sqlite:///{file}"
