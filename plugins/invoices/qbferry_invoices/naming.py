"""What the item of a line is called: as the source says, or as a connector's naming convention makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry import Naming
from qbferry_invoices.document import LineKind

if TYPE_CHECKING:
    from qbferry import Connector
    from qbferry_invoices.document import InvoiceLine

__all__ = ["NAMING", "item"]

NAMING = Naming(
    kinds=tuple(kind.value for kind in LineKind), words=("item", "billing_code", "role", "name", "class")
)


def item(line: InvoiceLine, connector: Connector) -> str | None:
    """The name of a line's item; None: it has none."""
    words = {
        "item": line.item,
        "billing_code": line.billing_code,
        "role": line.role,
        "name": line.name,
        "class": line.class_,
    }
    return connector.made_name("invoice", line.kind, words) or line.item
