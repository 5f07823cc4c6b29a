"""Inventory adjustments: what says how many of an item there are.

assumption: facts E - only they change the quantity on hand here; receipts and sales do not. What an item
costs on average stays as the seed says.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qbferry.simulator import lists, status
from qbferry.simulator.amounts import money, number
from qbferry.simulator.status import RefusalError
from qbferry.simulator.transactions.kind import LineKind, TransactionKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qbferry.simulator.transactions.kind import Draft
    from qbferry.simulator.validate import Fields

__all__ = ["INVENTORY_ADJUSTMENT"]

_RET = "InventoryAdjustmentLineRet"
_NO_QUANTITY = "You cannot set the quantity for items of this type."


def _prepare(draft: Draft) -> None:
    if draft.entry("AccountRef") is None:
        raise RefusalError(status.missing_element("AccountRef"))


def _complete(draft: Draft, line: Fields, given: Fields) -> None:
    """Work out by how much a line changes what there is; a new quantity counts from the lines above it."""
    item = draft.entry("ItemRef", line)
    if item is None:
        raise RefusalError(status.missing_element("ItemRef"))
    if item.kind not in lists.COUNTED:
        raise RefusalError(status.cannot_save(draft.kind.name, _NO_QUANTITY))
    if line.keys() & {"SerialNumberAdjustment", "LotNumberAdjustment"}:
        raise RefusalError(status.feature_off())
    sent = line.pop("QuantityAdjustment", None) or line.pop("ValueAdjustment", None) or given
    above = (one for one in draft.lines[_RET] if one["ItemRef"]["ListID"] == item.list_id)
    before = sum((number(one["QuantityDifference"]) for one in above), number(_on_hand(draft, item.list_id)))
    if "NewQuantity" in sent:
        line["QuantityDifference"] = f"{number(sent['NewQuantity']) - before:f}"
    else:
        line["QuantityDifference"] = sent.get("QuantityDifference", line.get("QuantityDifference", "0"))
    cost = number(item.data.get("AverageCost", "0"))
    line["ValueDifference"] = sent.get("ValueDifference") or money(number(line["QuantityDifference"]) * cost)


def _finish(draft: Draft) -> None:
    _move(draft, draft.lines[_RET], 1)


def _undo(draft: Draft) -> None:
    _move(draft, draft.before.data.get(_RET, ()) if draft.before else (), -1)


def _move(draft: Draft, lines: Iterable[Fields], times: int) -> None:
    for line in lines:
        list_id = line["ItemRef"]["ListID"]
        item = draft.company.entry(list_id)
        if item is not None:
            now = number(_on_hand(draft, list_id)) + times * number(line["QuantityDifference"])
            draft.company.store_entry(replace(item, data=item.data | {"QuantityOnHand": f"{now:f}"}))


def _on_hand(draft: Draft, list_id: str) -> str:
    item = draft.company.entry(list_id)
    return str(item.data.get("QuantityOnHand", "0")) if item else "0"


INVENTORY_ADJUSTMENT = TransactionKind(
    name="InventoryAdjustment",
    party="CustomerRef",
    prepare=_prepare,
    finish=_finish,
    undo=_undo,
    lines=(LineKind(name="InventoryAdjustmentLine", complete=_complete),),
    fixed=frozenset({"AccountRef", "TxnDate"}),
    numbered=True,
    requires=("PurchasesAndVendorsPreferences", "IsUsingInventory"),
)
