"""The values by which lists are filtered and sorted, kept beside a record as texts that sort as they do."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from qbferry.model import Kind, fold

if TYPE_CHECKING:
    from qbferry.model import Entity, RecordRow

__all__ = ["sortable", "values"]

LONGEST = 200
"""Characters that are kept of a value."""

DECIMALS, DIGITS = 5, 20
"""Of a number: QuickBooks holds five decimals (facts B2)."""


def values(entity: Entity, row: RecordRow) -> dict[str, str]:
    """The texts of a record's filterable columns by name; a column without a value has none."""
    if not entity.filterable:
        return {}
    document, state = row.document, row.state
    found = {
        column.name: sortable(column.kind, column.value(document, state, row)) for column in entity.filterable
    }
    return {name: text for name, text in found.items() if text is not None}


def sortable(kind: Kind, value: Any) -> str | None:
    """A text that sorts as the value does among all of its kind; None: there is no value of that kind.

    Args:
        kind: What the column holds.
        value: As JSON gives it, or a date or moment of the framework's.
    """
    if value is None:
        return None
    match kind:
        case Kind.MONEY | Kind.QUANTITY:
            return _number(value)
        case Kind.FLAG:
            return "1" if value else "0"
        case Kind.DATE | Kind.MOMENT:
            return (value if isinstance(value, str) else value.isoformat())[:LONGEST]
        case Kind.TEXT:
            return fold(str(value))[:LONGEST]


def _number(value: Any) -> str | None:
    try:
        whole = int(round(Decimal(str(value)), DECIMALS).scaleb(DECIMALS))
    except (InvalidOperation, ValueError, OverflowError):
        return None
    # A leading 1 stands for plus. Negative ones have a 0, and count up from the lowest there can be.
    return f"{10**DIGITS + whole:0{DIGITS + 1}d}"
