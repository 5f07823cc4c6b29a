"""What a person does with one purchase order: its goods arrive, or it is canceled."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from qbferry import Edit, InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qbferry_purchase_orders.state import OrderRecord

__all__ = ["EDITS", "count", "receipt"]

_PLAIN = re.compile(r"[0-9]{1,10}(\.[0-9]{1,5})?")
"""Not all that Python takes for a number, such as ``3_0`` and the digits of other scripts."""


def receipt(record: OrderRecord, name: str, count: Decimal) -> Mapping[str, Any]:
    """The order's document after goods have arrived.

    Raises:
        InputError: Nothing can be received on it, or not so many.
    """
    order = record.document
    if reason := _no_receipt(record):
        raise InputError(f"{reason} Nothing was changed.")
    line = order.line(name)
    if line is None:
        there = ", ".join(each.id for each in order.lines)
        raise InputError(
            f"Purchase order {order.id} has no line {name}; it has: {there}. Nothing was changed."
        )
    total = line.received + count
    if total > line.quantity:
        raise InputError(
            f"Line {name} of purchase order {order.id} has {line.quantity:f} ordered and {line.received:f} "
            f"received; {count:f} more are too many. Nothing was changed."
        )
    received = line.model_copy(update={"received": total})
    lines = tuple(received if each.id == name else each for each in order.lines)
    return order.model_copy(update={"lines": lines}).model_dump(mode="json")


def count(text: str) -> Decimal:
    """How many, as it was typed.

    Raises:
        InputError: It is no quantity.
    """
    if not (_PLAIN.fullmatch(text) and Decimal(text)):
        raise InputError(
            f"{text} is not a quantity; give a number above 0 with at most five decimals, such as 2 or 0.5."
        )
    return Decimal(text)


def _no_receipt(record: OrderRecord) -> str | None:
    order = record.document
    if not record.state.in_quickbooks:
        return (
            f"Purchase order {order.id} has not been transferred yet; set it ready, and receive its goods "
            "after the run."
        )
    if order.canceled:
        return f"Purchase order {order.id} is canceled; nothing can be received on it."
    return None


def _canceled(record: OrderRecord, _: Mapping[str, str]) -> Mapping[str, Any]:
    if reason := _no_cancel(record):
        raise InputError(f"{reason} Nothing was changed.")
    return record.document.model_copy(update={"status": "Canceled"}).model_dump(mode="json")


def _no_cancel(record: OrderRecord) -> str | None:
    return f"Purchase order {record.id} is canceled already." if record.document.canceled else None


EDITS = (
    Edit(
        name="receive",
        label="Receive goods",
        fields={"line": "Line", "quantity": "How many arrived now"},
        change=lambda record, given: receipt(record, given["line"], count(given["quantity"])),
        hold=_no_receipt,
    ),
    Edit(name="cancel", label="Cancel the order", change=_canceled, hold=_no_cancel),
)
