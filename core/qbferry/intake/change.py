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
    from qbferry.model import AnyRecord, RecordRow

__all__ = ["change"]


def change(drawer: Drawer, name: str, edit: Callable[[AnyRecord], Mapping[str, Any]]) -> RecordRow:
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
        InputError: It is in doubt, its plugin does not run, or the new document does not fit.
        MisfitError: What is stored of it no longer fits its shape.
    """
    entity = drawer.entity
    [row] = drawer.find([name])
    if row.pk in drawer.in_flight:
        raise InFlightError(
            f"{entity.label} {name} is with QuickBooks at this moment; try again after the run."
        )
    if row.in_doubt:
        raise InputError(decide_first(drawer, row))
    arrivals = read(entity, [json.dumps(dict(edit(drawer.read(row))), default=str)])
    if [arrival.id for arrival in arrivals] != [name]:
        raise InputError(f"The id of {entity.label} {name} cannot be changed. Nothing was changed.")
    take_in(drawer, arrivals)
    [row] = drawer.find([name])
    return row
