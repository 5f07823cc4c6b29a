"""What an answer of QuickBooks changes on a timesheet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qbferry_timesheets.mapping import KEY

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from qbferry import Request, Response
    from qbferry_timesheets.models import Timesheet

__all__ = ["changed_on_the_way", "forget", "remember"]


def remember(record: Timesheet, request: Request, response: Response) -> None:
    """Keep which entries QuickBooks has, under which TxnID and as what.

    The framework forgets its own memory once all are there. Of an earlier transfer nothing is kept; that is
    in the history.
    """
    if response.is_error:
        return
    record.entry_txn_ids = {key.removeprefix(KEY): txn_id for key, txn_id in record.done.items()}
    taken = request.key.removeprefix(KEY)
    before = {entry: sent for entry, sent in record.sent_entries.items() if entry in record.entry_txn_ids}
    record.sent_entries = before | {taken: _entries(record.document)[taken]}


def forget(record: Timesheet, lost: Collection[str]) -> None:
    """Keep nothing any more of entries QuickBooks has lost, given by their requests' keys."""
    gone = {key.removeprefix(KEY) for key in lost}
    record.entry_txn_ids = {name: txn_id for name, txn_id in record.entry_txn_ids.items() if name not in gone}
    record.sent_entries = {name: sent for name, sent in record.sent_entries.items() if name not in gone}


def changed_on_the_way(record: Timesheet) -> bool:
    """Tell whether the source has changed an entry between QuickBooks' taking it and taking the last one."""
    now = _entries(record.document)
    return any(now.get(entry) != sent for entry, sent in record.sent_entries.items())


def _entries(document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The entries by id, each with whose time it is."""
    return {entry["id"]: {**entry, "resource": document["resource"]} for entry in document["entries"]}
