"""What a changed document means for a record that was transferred, or is ready to be."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

from qbferry.errors import HookError, MisfitError
from qbferry.model import Ignore, Noted, Record, SendAgain, TransferStatus, Withdraw

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qbferry.desk.drawer import Drawer
    from qbferry.model import Entity, RecordRow

__all__ = ["Judgement", "judge"]

Judgement: TypeAlias = SendAgain | Noted | Ignore | Withdraw | None
"""None: it is nothing to QuickBooks, and the record is just replaced."""


def judge(drawer: Drawer, row: RecordRow, text: str) -> Judgement:
    """Ask the plugins about a change, where it may matter to QuickBooks; the row's state may be another then.

    Args:
        drawer: Locked.
        row: The record with its old document.
        text: The new document as JSON.

    Raises:
        HookError: A plugin fails to judge it.
    """
    entity = drawer.entity
    changed = replace(row, document_text=text)
    if _sent(entity, row) == _sent(entity, changed):
        return None
    judgement = _ask(drawer, row, changed)
    # QuickBooks may have a part of the transfer that goes on already, as the record was before.
    midway = row.transfer_status is not TransferStatus.TRANSFERRED and (row.done or row.in_doubt)
    row.changed_midway |= bool(midway) and not isinstance(judgement, Ignore)
    return judgement


def _ask(drawer: Drawer, row: RecordRow, changed: RecordRow) -> Judgement:
    entity = drawer.entity
    if row.transfer_status is TransferStatus.NOT_TRANSFERRED:
        return None
    try:
        previous = Record.read(entity, row).document
        record = Record.read(entity, changed)
    except MisfitError:
        return Noted()  # of a shape that its plugin knows no more; the record fails alone when it goes
    try:
        answer = drawer.plugins.check_change(entity, record, previous)
    except HookError as error:
        raise HookError(f"{entity.label} {row.id}: {error} Nothing was changed.") from error
    if record.keep():
        row.state_text = changed.state_text
        drawer.touch(row, text=True)
    return answer


def _sent(entity: Entity, row: RecordRow) -> Mapping[str, Any]:
    """The part of a document that requests may carry."""
    return {name: value for name, value in row.document.items() if name not in entity.unsent}
