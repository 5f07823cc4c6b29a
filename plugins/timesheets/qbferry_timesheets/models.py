"""The timesheets' table."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from qbferry import Base, Transferable

__all__ = ["Timesheet"]


class Timesheet(Transferable, Base):
    """A timesheet; all a source says of it is in ``document``.

    Attributes:
        entry_txn_ids: Entry id -> TxnID in QuickBooks, of the last transfer; None where it is not known.
        sent_entries: Entry id -> the entry as it was when QuickBooks took it.
    """

    __tablename__ = "timesheet"

    entry_txn_ids: Mapped[dict[str, str | None]] = mapped_column(default=dict)
    sent_entries: Mapped[dict[str, Any]] = mapped_column(default=dict)
