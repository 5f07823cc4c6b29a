"""What the proof came to: a table of points by entities, databases and variants, and every failure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from rich.table import Table

from qbferry.proof.points import CLASSES
from qbferry.texts import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from qbferry.proof.trial import Result

__all__ = ["as_json", "show"]


def show(results: Sequence[Result], console: Console) -> None:
    """Write the table: a row a way to die; points tried in each variant, records compared of each entity."""
    variants = list(dict.fromkeys(result.variant for result in results))
    entities = list(dict.fromkeys(entity for result in results for entity in result.records))
    tried = Counter((result.point.name, result.variant) for result in results)
    failed = Counter((result.point.name, result.variant) for result in results if result.problems)
    compared: Counter[tuple[str, str]] = Counter()
    for result in results:
        for entity, count in result.records.items():
            compared[result.point.name, entity] += count
    names = {one.name: one.what for one in CLASSES} | {"soak": "everything at random"}
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Point", no_wrap=True)
    table.add_column("What happens", no_wrap=True)
    for heading in (*variants, *entities):
        table.add_column(heading.replace("_", " "), justify="right")
    for name, what in names.items():
        if any(tried[name, variant] for variant in variants):
            cells = [_cell(tried[name, variant], failed[name, variant]) for variant in variants]
            table.add_row(name, what, *cells, *(str(compared[name, entity]) for entity in entities))
    totals = [
        _cell(
            sum(result.variant == variant for result in results),
            sum(result.variant == variant and bool(result.problems) for result in results),
        )
        for variant in variants
    ]
    sums = [sum(result.records.get(entity, 0) for result in results) for entity in entities]
    table.add_row("all", "", *totals, *map(str, sums), style="bold")
    console.print(table)
    for result in results:
        for problem in result.problems:
            console.print(visible(f"{result.variant}, {result.point}: {problem}"), soft_wrap=True)
    wrong = sum(bool(result.problems) for result in results)
    console.print(f"{len(results)} crashes, {sum(sums)} records compared; {wrong or 'none'} failed.")


def as_json(results: Sequence[Result]) -> dict[str, Any]:
    """The same for programs."""
    return {
        "crashes": len(results),
        "failed": sum(bool(result.problems) for result in results),
        "results": [
            {
                "variant": result.variant,
                "point": str(result.point),
                "records": result.records,
                "runs": result.runs,
                "seconds": round(result.seconds, 2),
                "problems": list(result.problems),
            }
            for result in results
        ],
    }


def _cell(tried: int, failed: int) -> str:
    return f"{tried}, {failed} FAILED" if failed else str(tried) if tried else ""
