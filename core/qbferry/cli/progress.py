"""How far a long command is, where someone watches."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from qbferry.output import console, terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["progress"]


@contextmanager
def progress(what: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """Show a bar that moves by the steps it is told, and is gone at the end; nothing where nobody watches.

    Without a total it only shows that something is done.
    """
    if not terminal():
        yield lambda _: None
        return
    from rich.progress import Progress

    with Progress(console=console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda step: bar.advance(task, step)
