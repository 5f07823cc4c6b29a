"""The measurements that are programs of their own, in one process each: their figures as tables."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from bed import address, environment
from table import Table

__all__ = ["measure_program"]


def measure_program(folder: Path, program: str, title: str, *, rounds: int | None = None) -> Table:
    """Run a program of this folder with ``--json``: it prints name -> heading -> figure.

    Args:
        folder: Where its database may lie.
        program: Its file.
        title: Of the table.
        rounds: How often each is measured; None: as often as the program does by itself.
    """
    command = [sys.executable, str(Path(__file__).with_name(program)), "--json"]
    command += [] if rounds is None else ["--rounds", str(rounds)]
    given = environment(address(folder / "program.sqlite3"))
    done = subprocess.run(command, env=given, check=True, stdout=subprocess.PIPE, text=True)
    figures: dict[str, dict[str, float]] = json.loads(done.stdout)
    headings = [*next(iter(figures.values()))]
    table = Table(title, ("", *headings))
    for name, row in figures.items():
        table.add(name, *(row.get(heading) for heading in headings))
    return table
