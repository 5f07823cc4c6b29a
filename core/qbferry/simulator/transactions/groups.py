"""Item groups: a line that stands for several.

The lines of a group are stored among the others, and say by ``Group`` which head they belong to, so that all
that works on lines works on them; an answer shows them inside their head.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from qbferry.simulator import lists, status
from qbferry.simulator.amounts import money, number, quantity
from qbferry.simulator.status import RefusalError

if TYPE_CHECKING:
    from collections.abc import Callable

    from qbferry.simulator.transactions.kind import Draft, LineKind
    from qbferry.simulator.validate import Fields

__all__ = ["GROUP", "expand", "nested"]

GROUP = "Group"
"""What connects a head and its lines; no element of qbXML, so that no answer has it."""

_OWN = ("UnitOfMeasure", "TxnLineID")


def expand(draft: Draft, line_kind: LineKind, sent: Fields, line: Callable[[Fields, Fields], None]) -> None:
    """Add a head and the lines it stands for.

    Args:
        draft: The transaction.
        line_kind: What its lines are.
        sent: The content of ``InvoiceLineGroupAdd`` or the like.
        line: Adds a line: what it has beforehand, and what is as if it was sent.

    Raises:
        RefusalError: 3140, there is no such group, or what a line is refused for.
    """
    entry = lists.refer(
        draft.company, "ItemGroupRef", sent.get("ItemGroupRef", {}), f"{draft.kind.name} line"
    )
    if entry is None:
        raise RefusalError(status.missing_element("ItemGroupRef"))
    heads = draft.groups[line_kind.group_ret]
    number_of = str(max((int(head[GROUP]) for head in heads), default=0) + 1)
    count = number(sent.get("Quantity") or "1")
    heads.append(
        {
            **{name: sent[name] for name in _OWN if sent.get(name)},
            GROUP: number_of,
            "ItemGroupRef": entry.ref,
            "Desc": entry.data.get("ItemDesc", ""),
            "Quantity": quantity(count),
            "IsPrintItemsInGroup": entry.data.get("IsPrintItemsInGroup", "false"),
        }
    )
    for part in entry.data.get("ItemGroupLine", ()):
        if "ItemRef" in part:
            times = {"Quantity": quantity(number(part["Quantity"]) * count)} if part.get("Quantity") else {}
            line({GROUP: number_of}, {"ItemRef": part["ItemRef"], **times})


def nested(data: Fields) -> Fields:
    """Give a transaction's data with the lines of each group inside its head."""
    shown = dict(data)
    for name, heads in data.items():
        if not (name.endswith(("LineGroupRet", "GroupLineRet")) and any(GROUP in head for head in heads)):
            continue
        lines = name.replace("Group", "")
        shown[lines] = [line for line in data.get(lines, ()) if GROUP not in line]
        shown[name] = [
            _with_lines(head, lines, [line for line in data.get(lines, ()) if line.get(GROUP) == head[GROUP]])
            for head in heads
        ]
    return shown


def _with_lines(head: Fields, name: str, lines: list[Fields]) -> Fields:
    total = sum((number(line.get("Amount", "0")) for line in lines), Decimal(0))
    return {**head, "TotalAmount": money(total), name: lines}
