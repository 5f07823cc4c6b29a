"""Many trials, a few processes at a time."""

from __future__ import annotations

import multiprocessing
import tempfile
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import TYPE_CHECKING

from qbferry.proof.sequence.play import Stock, attempt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import ExitStack

    from qbferry.config import PluginSettings
    from qbferry.proof.databases import Databases
    from qbferry.proof.scenario import Wish
    from qbferry.proof.sequence.plan import Plan
    from qbferry.proof.sequence.play import Outcome

__all__ = ["stocks", "try_all"]


def stocks(
    kinds: Sequence[Databases], plugins: PluginSettings, stack: ExitStack, more: Sequence[Wish] = ()
) -> Iterator[Stock]:
    """Make what trials begin with, one for each kind of database; they are removed with the stack.

    Raises:
        QbferryError: The first day does not end as it should even without trouble.
    """
    for kind in kinds:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        stock = Stock.make(folder, kind, plugins, more)
        stack.callback(stock.world.remove)
        yield stock


def try_all(
    chosen: Sequence[tuple[Stock, Plan]],
    jobs: int,
    progress: Callable[[Outcome], None] = lambda _: None,
) -> list[Outcome]:
    """Try plans.

    Args:
        chosen: The plans, each with what it begins with.
        jobs: How many processes try.
        progress: Hears each outcome as it comes.

    Returns:
        The outcomes, in the order of the plans.
    """
    made = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=min(jobs, len(chosen)), mp_context=made) as pool:
        waiting = {pool.submit(attempt, *one): number for number, one in enumerate(chosen)}
        outcomes: dict[int, Outcome] = {}
        for done in as_completed(waiting):
            outcomes[waiting[done]] = done.result()
            progress(done.result())
    return [outcomes[number] for number in sorted(outcomes)]
