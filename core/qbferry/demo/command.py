"""``qbferry demo``."""

from __future__ import annotations

import json
import sys
import tempfile
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qbferry.demo.script import BOOKS, first_act, second_act
from qbferry.errors import InputError
from qbferry.files import make_private_folder

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from qbferry.demo.performance import Ending

__all__ = ["demo"]


def demo(
    keep: Annotated[
        Path | None,
        typer.Option("--keep", metavar="DIR", help="Leave database and company file in this new folder."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Show the whole way once, with a simulated Web Connector and QuickBooks.

    Sample records are imported, served over HTTP, and run into a company file, twice: on the second day
    some were corrected. Nothing outside of a temporary folder is touched. The exit status is 0 only if every
    record ended as it should.

    Example: qbferry demo --keep demo
    """
    from rich.console import Console
    from rich.progress import Progress

    from qbferry.demo.performance import Performance

    console = Console(stderr=True)
    with ExitStack() as stack:
        folder = _folder(keep) or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        performance = Performance(folder)
        stack.callback(performance.close)
        for day, act in enumerate((first_act(), second_act()), 1):
            count = performance.arrive(act)
            with Progress(console=console, transient=not console.is_terminal) as progress:
                task = progress.add_task(f"Day {day}: {count} records arrived; the run", total=100)
                report = performance.run(partial(_show_progress, progress, task))
            console.print(f"Day {day}: {report.sentence}")
        endings, books = performance.endings(), performance.books()
    wrong = sum(not ending.as_expected for ending in endings)
    if as_json:
        result = {"records": [_view(ending) for ending in endings], "books": books}
        sys.stdout.write(json.dumps(result, indent=1) + "\n")
    else:
        _show(endings, books, wrong)
    if keep:
        console.print(
            f"Database and company file are in {keep}; look at them with QBFERRY_DATABASE_URL set to"
        )
        console.print(f"sqlite:///{folder / 'qbferry.sqlite3'}", soft_wrap=True)
    if wrong or books != BOOKS:
        raise typer.Exit(1)


def _show_progress(progress: Progress, task: TaskID, percent: int) -> None:
    progress.update(task, completed=percent)


def _folder(keep: Path | None) -> Path | None:
    if keep is None:
        return None
    if keep.exists() and (not keep.is_dir() or any(keep.iterdir())):
        raise InputError(f"{keep} exists and is no empty folder; name a new one.")
    make_private_folder(keep)
    return keep.resolve()


def _view(ending: Ending) -> dict[str, str | bool | None]:
    return {
        "entity": ending.part.entity,
        "id": ending.part.document["id"],
        "transfer_status": ending.status,
        "ref_number": ending.number,
        "reason": ending.reason,
        "as_expected": ending.as_expected,
    }


def _show(endings: list[Ending], books: dict[str, int], wrong: int) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("Record", "Status", "Number or reason", box=None, pad_edge=False)
    for ending in endings:
        mark = "" if ending.as_expected else "NOT AS EXPECTED: "
        table.add_row(
            ending.part.document["id"], ending.status, mark + (ending.reason or ending.number or "")
        )
    console = Console()
    console.print(table)
    statuses = [ending.status for ending in endings]
    counts = ", ".join(f"{statuses.count(status)} {status}" for status in dict.fromkeys(statuses))
    held = ", ".join(f"{count} {kind}" for kind, count in books.items())
    console.print(f"{len(endings)} records: {counts}.")
    console.print(f"QuickBooks has {held}{'' if books == BOOKS else ', which is not what was asked for'}.")
    console.print(f"{wrong or 'No'} record{'s' * (wrong > 1)} ended otherwise than expected.")
