"""What can be done with records, many or one, by the names that pages and programs use."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from qbferry.desk import numbers, readiness

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from qbferry.desk.drawer import Drawer
    from qbferry.desk.readiness import Verdict
    from qbferry.model import RecordRow

    Doing = Callable[[Drawer, Iterable[RecordRow]], Iterator[Verdict]]

__all__ = ["ACTS", "READY", "doing"]

READY = "ready"

ACTS: Mapping[str, Doing] = {
    READY: readiness.set_ready,
    "not-ready": readiness.set_not_ready,
    "clear": numbers.clear,
}
"""Each with whose rules it goes by."""


def doing(what: str, *, confirmed: bool) -> Doing:
    """What does one of ``ACTS``.

    Args:
        what: Its name.
        confirmed: Whether a person has confirmed that what was transferred is sent once more.
    """
    return partial(readiness.set_ready, confirmed=None) if what == READY and confirmed else ACTS[what]
