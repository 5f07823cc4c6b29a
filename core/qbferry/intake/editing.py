"""What plugins offer to do with one record: a change of its document."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from qbferry.errors import InputError, MisfitError
from qbferry.intake.change import change

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qbferry.desk.drawer import Drawer
    from qbferry.model import AnyRecord, Edit, RecordRow

__all__ = ["held_back", "make_edit"]

log = logging.getLogger("qbferry.server")


def held_back(drawer: Drawer, row: RecordRow, edit: Edit) -> str:
    """Why an edit cannot be made now; empty: it can."""
    try:
        return edit.hold(drawer.read(row)) or ""
    except MisfitError as error:
        return str(error)


def make_edit(drawer: Drawer, name: str, edit: Edit, filled: Mapping[str, str]) -> RecordRow:
    """Make an edit, in the transaction of a locked drawer.

    Args:
        drawer: Where the record is.
        name: Its id.
        edit: What is done.
        filled: What was filled in, by the names of the edit's fields.

    Returns:
        The record.

    Raises:
        NotFoundError: There is no such record.
        InFlightError: It is with QuickBooks at this moment.
        InputError: It cannot be done now, or what comes of it does not fit.
        MisfitError: What is stored of it no longer fits its shape.
    """
    [row] = drawer.find([name])
    if reason := held_back(drawer, row, edit):
        raise InputError(reason)
    return change(drawer, name, lambda record: _edited(edit, record, filled))


def _edited(edit: Edit, record: AnyRecord, filled: Mapping[str, str]) -> Mapping[str, Any]:
    """What a plugin makes of a record; whatever it raises is told."""
    try:
        return edit.change(record, filled)
    except InputError:
        raise
    except Exception as error:
        log.exception("The edit %s of %s failed.", edit.name, record.id)
        raise InputError(f"{edit.label} failed; the log says why. Nothing was changed.") from error
