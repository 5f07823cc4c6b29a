"""The invoices' table."""

from __future__ import annotations

from qbferry import Base, Transferable

__all__ = ["Invoice"]


class Invoice(Transferable, Base):
    """An invoice; all a source says of it is in ``document``."""

    __tablename__ = "invoice"
