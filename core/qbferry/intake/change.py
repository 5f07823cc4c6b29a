"""Changing one record by a command, the way an import does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from qbferry.desk.readiness import decide_first
from qbferry.errors import InFlightError, InputError
from qbferry.intake.arrival import take_in
from qbferry.intake.reading import read

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from qbferry.desk.drawer import Drawer

__all__ = ["change"]


def change(drawer: Drawer, name: str, edit: Callable[[Any], Mapping[str, Any]]) -> Any:
    """Give a record a new document, in the transaction of a locked drawer.

    Args:
        drawer: Where it is.
        name: Its id.
        edit: Given the record, says its new document.

    Returns:
        The record.

    Raises:
        NotFoundError: There is no such record.
        InFlightError: It is with QuickBooks at this moment.
        InputError: It is in doubt, or the new document does not fit.
    """
    [record] = drawer.find([name])
    if record.pk in drawer.in_flight:
        label = drawer.entity.label
        raise InFlightError(f"{label} {name} is with QuickBooks at this moment; try again after the run.")
    if record.in_doubt:
        raise InputError(decide_first(drawer, record))
    take_in(drawer, read(drawer.entity, [json.dumps(dict(edit(record)))]))
    [record] = drawer.find([name])
    return record
