"""Importing and setting ready, beside a raw executemany of the same rows into the same tables."""

from __future__ import annotations

import statistics
import time
from contextlib import nullcontext
from typing import TYPE_CHECKING

from bed import address, command
from invoices import invoices
from rawrows import Rows
from table import Table
from waiting import Writer

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from bed import Bed
    from machine import Spent
    from scale import Scale

__all__ = ["measure"]


def measure(bed: Bed, *, scale: Scale, rounds: int) -> list[Table]:
    """Import a file into an empty database and into a large one, in turns; medians of the rounds."""
    count, large = scale.pick((20_000, 1_000_000), (5_000, 100_000), (10, 1_000))
    rows = Rows(bed.ready(count))
    table = Table(
        f"CPU seconds to import 1,000 invoices with --ready, of {count:,} at once and without the program's "
        f"start, and how long another writer had to wait; medians of {rounds} rounds",
        ("there before", "CPU", "executemany", "ratio", "invoices a second", "MiB", "p99 wait, s", "longest"),
    )
    for there in (0, large):
        starts: list[float] = []
        ours: list[float] = []
        raw: list[float] = []
        seconds: list[float] = []
        peak = 0.0
        for number in range(rounds):
            with _place(bed, there) as file:
                starts.append(_import(file, "\n").cpu)
                begun = time.perf_counter()
                spent = _import(file, invoices(count, f"NEW{number}"))
                seconds.append(time.perf_counter() - begun)
                ours.append(spent.cpu)
                peak = max(peak, spent.peak_mib)
            with _place(bed, there) as file:
                raw.append(rows.insert(file, f"RAW{number}-"))
        with _place(bed, there) as file, Writer(file) as writer:
            _import(file, invoices(count, "WAIT"))
        cpu = (statistics.median(ours) - statistics.median(starts)) / count * 1000
        floor, rate = statistics.median(raw) / count * 1000, count / statistics.median(seconds)
        table.add(there, cpu, floor, cpu / floor, rate, peak, writer.p99, writer.longest)
    return [table]


def _place(bed: Bed, there: int) -> AbstractContextManager[Path]:
    """An empty database of its own, or the large one, which grows."""
    return nullcontext(bed.filled(there)) if there else bed.copy(bed.ready(0))


def _import(file: Path, text: str) -> Spent:
    return command(address(file), "import", "invoice", "-", "--ready", "--allow-empty", text=text)
