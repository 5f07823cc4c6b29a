"""``qbferry demo``."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qbferry.demo.script import BOOKS, first_act, second_act
from qbferry.errors import InputError
from qbferry.files import make_private_folder
from qbferry.output import console as console_of
from qbferry.output import notice, say_json

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from qbferry.demo.performance import Ending

__all__ = ["demo"]


def demo(
    keep: Annotated[
        Path | None,
        typer.Option("--keep", metavar="DIR", help="Leave database and company file in this new folder."),
    ] = None,
    web: Annotated[
        bool, typer.Option("--web", help="Keep the web pages up afterwards, to look around in.")
    ] = False,
    autotask: Annotated[
        bool, typer.Option("--autotask", help="Read them from a simulated Autotask, and tell it the results.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Show the whole way once, with a simulated Web Connector and QuickBooks.

    Sample records are imported, served over HTTP, and run into a company file, twice: on the second day
    some were corrected. Nothing outside of a temporary folder is touched. The exit status is 0 only if every
    record ended as it should.

    With --autotask a few records come from a simulated Autotask, over its REST API, and what became of them
    goes back there; on the second day goods were received. It needs pip install 'qbferry[autotask]'.

    With --web the pages stay up, and a simulated Web Connector comes every few seconds: what you set ready
    there goes.

    Example: qbferry demo --web
    """
    if autotask and web:
        raise InputError("The pages show the other demo; leave out --web, or --autotask.")
    if autotask:
        _show_autotask(keep, as_json=as_json)
        return
    from rich.progress import Progress

    from qbferry.demo.performance import Performance
    from qbferry.demo.telling import tell, tell_next

    console = console_of(stderr=True)
    with ExitStack() as stack:
        folder = _folder(keep) or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        performance = Performance(folder)
        stack.callback(performance.close)
        for day, act in enumerate((first_act(), second_act()), 1):
            count = performance.arrive(act)
            with Progress(console=console, transient=not console.is_terminal) as progress:
                task = progress.add_task(f"Day {day}: {count} records arrived; the run", total=100)
                report = performance.run(partial(_show_progress, progress, task))
            notice(f"Day {day}: {count} records arrived. {report.sentence}")
        endings, books = performance.endings(), performance.books()
        wrong = sum(not ending.as_expected for ending in endings)
        if as_json:
            say_json({"records": [_view(ending) for ending in endings], "books": books})
        else:
            tell(endings, books, wrong)
            tell_next(keep and folder)
        if web:
            performance.stay(_invite)
    if wrong or books != BOOKS:
        raise typer.Exit(1)


def _show_autotask(keep: Path | None, *, as_json: bool) -> None:
    from qbferry.demo.autotask import show

    with ExitStack() as stack:
        folder = _folder(keep) or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        good = show(folder, as_json=as_json)
    if not good:
        raise typer.Exit(1)


def _invite(url: str, name: str, password: str) -> None:
    notice(f"The pages: {url}/")
    notice(f"Log in as {name}, with the password {password}")
    notice("A simulated Web Connector comes every few seconds. To end it, press Ctrl+C.")


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
        "id": ending.id,
        "transfer_status": ending.status,
        "ref_number": ending.number,
        "reason": ending.reason,
        "news": ending.part.news or None,
        "as_expected": ending.as_expected,
    }
