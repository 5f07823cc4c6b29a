"""What a command costs before it works, beside the imports that it cannot do without.

    python benchmarks/startup.py [--rounds 20] [--json]

Seconds of CPU of whole processes, the least of the rounds, which start one of each in turns. Bytecode is at
hand, as where qbferry is installed. The machine is noisy, so compare ratios, not runs.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from bed import QBFERRY, Bed, address, environment
from machine import run

PACKAGES = "typer, rich, pluggy, pydantic_settings, sqlalchemy"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="qbferry-bench-") as folder:
        figures = measure(Path(folder), arguments.rounds)
    if arguments.json:
        print(json.dumps(figures, indent=1))
        return
    for name, figure in figures.items():
        print(f"{name:70} {figure['CPU']:5.3f} s  {figure['ratio']:4.2f}")


def measure(folder: Path, rounds: int) -> dict[str, dict[str, float]]:
    """Start commands in a folder for their database, and for what is remembered."""
    (folder / "cache").mkdir()
    remembers = _environment(folder, folder / "cache")
    forgets = _environment(folder, folder / "none" / "none")
    starts = {
        f"import {PACKAGES}": ([sys.executable, "-c", f"import {PACKAGES}"], remembers),
        "--version": ([*QBFERRY, "--version"], remembers),
        "--help": ([*QBFERRY, "--help"], remembers),
        "--help, nothing being remembered": ([*QBFERRY, "--help"], forgets),
        "list invoice": ([*QBFERRY, "list", "invoice"], remembers),
    }
    for started in starts.values():
        run(*started)
    spent: dict[str, list[float]] = {name: [] for name in starts}
    for _ in range(rounds):
        for name, started in starts.items():
            spent[name].append(run(*started).cpu)
    floor, *_ = map(min, spent.values())
    return {name: {"CPU": min(seconds), "ratio": min(seconds) / floor} for name, seconds in spent.items()}


def _environment(folder: Path, cache: Path) -> dict[str, str]:
    """An installation's, with its own places for bytecode and for what is remembered."""
    given = environment(address(Bed(folder).ready(1)))
    given.pop("PYTHONDONTWRITEBYTECODE", None)
    return given | {"XDG_CACHE_HOME": str(cache), "PYTHONPYCACHEPREFIX": str(folder / "bytecode")}


if __name__ == "__main__":
    main()
