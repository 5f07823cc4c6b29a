"""What planned sequences came to: a table of troubles, every failure with the plan that shows it again."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from rich.table import Table

from qbferry.proof.sequence.covering import pairs
from qbferry.proof.sequence.troubles import TROUBLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from qbferry.proof.sequence.play import Outcome

__all__ = ["as_json", "show", "tell"]


def show(outcomes: Sequence[Outcome], console: Console) -> None:
    """Write the table: a row a trouble; how often it struck, and in how many trials that failed."""
    databases = list(dict.fromkeys(outcome.database for outcome in outcomes))
    struck = Counter((name, one.database) for one in outcomes for name in {*one.struck})
    failed = Counter((name, one.database) for one in outcomes if one.verdicts for name in {*one.struck})
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Trouble", no_wrap=True)
    table.add_column("What happens")
    for database in databases:
        table.add_column(database, justify="right")
    for name, trouble in TROUBLES.items():
        cells = []
        for database in databases:
            wrong = failed[name, database]
            cells.append(f"{struck[name, database]}{f', {wrong} FAILED' if wrong else ''}")
        table.add_row(name, trouble.what(), *cells)
    console.print(table)
    for outcome in outcomes:
        for verdict in outcome.verdicts:
            console.print(f"{outcome.database}, {outcome.plan}: {verdict}", soft_wrap=True)
    wrong = sum(bool(outcome.verdicts) for outcome in outcomes)
    console.print(
        f"{len(outcomes)} trials, {len(_pairs(outcomes))} of {len(TROUBLES) ** 2} pairs struck one after the "
        f"other; {wrong or 'none'} failed."
    )


def tell(outcome: Outcome, console: Console) -> None:
    """Write what happened in one trial, step by step."""
    console.print(f"{outcome.database}, {outcome.plan.conditions}", soft_wrap=True)
    for number, what in enumerate(outcome.told, 1):
        console.print(f"{number:3} {what}", soft_wrap=True, highlight=False)


def as_json(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The same for programs."""
    return {
        "trials": len(outcomes),
        "pairs": len(_pairs(outcomes)),
        "failed": sum(bool(outcome.verdicts) for outcome in outcomes),
        "results": [
            {
                "database": outcome.database,
                "plan": list(outcome.plan.troubles),
                "seed": outcome.plan.seed,
                "struck": list(outcome.struck),
                "seconds": round(outcome.seconds, 2),
                "problems": [
                    {"charge": str(verdict.charge), "text": verdict.text} for verdict in outcome.verdicts
                ],
                "told": list(outcome.told) if outcome.verdicts else [],
            }
            for outcome in outcomes
        ],
    }


def _pairs(outcomes: Sequence[Outcome]) -> set[tuple[str, str]]:
    return {pair for outcome in outcomes for pair in pairs(outcome.struck)}
